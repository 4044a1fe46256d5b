//! Which files a flag is made of: those that define it, and those that declare what any flag may use.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::Version;
use crate::diagnostic::Sink;
use crate::git::{Changed, History, Revision, Target};
use crate::source::{FileKind, SourceSet};
use crate::syntax;
use crate::workspace::{CONFIGURATION, Id};

/// What is known about files, by the ids of their bytes: every content is parsed once.
pub(super) struct Parts<'a> {
    flag: &'a str,
    known: RefCell<BTreeMap<Id, bool>>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(flag: &'a str) -> Self {
        Self { flag, known: RefCell::default() }
    }

    /// Whether a file of definitions holds the flag, or anything but flags. What cannot be read may hold anything.
    pub(super) fn needs(&self, id: Id, text: impl FnOnce() -> Option<String>) -> bool {
        if let Some(known) = self.known.borrow().get(&id) {
            return *known;
        }
        let needed = text().is_none_or(|text| self.holds(&text));
        self.known.borrow_mut().insert(id, needed);
        needed
    }

    fn holds(&self, text: &str) -> bool {
        let (mut sources, mut sink) = (SourceSet::new(), Sink::new());
        sources.add("one.kdl", "one.kdl", FileKind::Definitions, text);
        let ast = syntax::parse(&sources, &mut sink);
        let others = [
            ast.attributes.is_empty(),
            ast.segments.is_empty(),
            ast.layers.is_empty(),
            ast.holdouts.is_empty(),
            ast.contracts.is_empty(),
        ];
        sink.has_errors()
            || ast.incomplete
            || others.contains(&false)
            || ast.flags.iter().any(|flag| flag.key.value == self.flag)
    }

    /// Whether a file that is not the same in two commits is one of a version's parts, in either of them.
    pub(super) fn concerns(&self, changed: &Changed, history: &History, version: &Version) -> bool {
        let Changed { path, ids } = changed;
        if path.rsplit('/').next() == Some(CONFIGURATION) || version.data.contains(path) {
            return true;
        }
        if !path.ends_with(".kdl") || path.ends_with(".test.kdl") {
            return false;
        }
        ids.iter().any(|id| !id.is_zero() && self.needs(*id, || history.text(*id)))
    }
}

/// A path below a directory; the top of the repository is empty.
pub(super) fn below(root: &str, path: &str) -> String {
    if root.is_empty() { path.to_owned() } else { format!("{root}/{path}") }
}

/// Where what `file=` names is, from the top of the repository.
pub(super) fn data(revision: &Revision, root: &str, sources: &SourceSet) -> BTreeSet<String> {
    let named = syntax::references(sources).into_iter().map(|reference| {
        let full = below(root, &reference.value);
        match revision.target(&full) {
            Target::There(path, _) => path,
            Target::Outside | Target::Nowhere => full,
        }
    });
    named.collect()
}
