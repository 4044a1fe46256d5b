//! Which part of the files that were read is looked at, so that it means what it means in the whole workspace.

use std::collections::BTreeSet;

use super::narrow::Touched;
use crate::cli::session::{self, Resolved};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::failure::Failure;
use crate::source::{SourceSet, Span};
use crate::syntax;
use crate::syntax::ast::Ast;
use crate::workspace::Shelf;

/// The flags that changed or are touched, with what they use.
pub(in crate::cli) struct Part<'a> {
    changed: &'a BTreeSet<String>,
    touched: &'a Touched,
    /// Names that were looked for, whether they were found or not.
    sought: BTreeSet<String>,
}

impl<'a> Part<'a> {
    /// The part that is touched; nothing was looked for yet.
    pub(super) fn new(changed: &'a BTreeSet<String>, touched: &'a Touched) -> Self {
        Self { changed, touched, sought: BTreeSet::new() }
    }

    /// Notes that names were looked for.
    pub(super) fn look_for(&mut self, names: impl IntoIterator<Item = String>) {
        self.sought.extend(names);
    }

    /// Reads the files of these paths, and resolves the part that they hold.
    pub(super) fn read(&self, shelf: &Shelf<'_>, paths: &BTreeSet<&str>) -> Result<(SourceSet, Resolved), Failure> {
        let mut sink = Sink::new();
        let sources = shelf.load(paths, &mut sink)?;
        let resolved = session::resolve(&sources, sink, Some(self));
        Ok((sources, resolved))
    }

    /// The names that the part uses and nothing of it declares, as far as nobody looked for them.
    pub(super) fn missing(&self, (sources, resolved): &(SourceSet, Resolved)) -> BTreeSet<String> {
        let unknown = resolved.findings().iter().filter(|finding| {
            matches!(
                finding.rule,
                Rule::UnknownAttribute | Rule::UnknownSegment | Rule::UnknownLayer | Rule::UnknownHoldout
            )
        });
        let names = unknown.filter_map(|finding| Some(written(sources, finding.span?)));
        names.filter(|name| !self.sought.contains(name) && !self.touched.names.contains(name)).collect()
    }

    /// Leaves of what was read only the part.
    pub(in crate::cli) fn keep(&self, ast: &mut Ast, sources: &SourceSet) {
        let changed = |span: Span| self.changed.contains(&sources.file(span.file).path);
        let declared =
            |name: &str, span: Span| changed(span) || self.touched.names.contains(name) || self.sought.contains(name);
        ast.attributes.retain(|one| declared(&one.name, one.span));
        ast.segments.retain(|one| declared(&one.name, one.span));
        ast.layers.retain(|one| declared(&one.name, one.span));
        ast.holdouts.retain(|one| declared(&one.name, one.span));
        ast.flags.retain(|one| changed(one.span) || self.touched.flags.contains(&one.key.value));
        let flags: BTreeSet<&str> = ast.flags.iter().map(|flag| flag.key.value.as_str()).collect();
        // Of contracts and tests only those of which everything is there.
        ast.contracts.retain(|one| one.members.iter().all(|member| flags.contains(member.flag.value.as_str())));
        ast.tests.retain(|one| flags.contains(one.flag.value.as_str()));
        // What nothing here uses may be used where nobody looked.
        ast.incomplete = true;
    }

    /// Whether a finding of reading is about the part.
    pub(in crate::cli) fn concerns(&self, finding: &Diagnostic, sources: &SourceSet) -> bool {
        let Some(span) = finding.span else { return true };
        let is_changed = self.changed.contains(&sources.file(span.file).path);
        let of_another = finding.subject.flag.as_ref().is_some_and(|flag| !self.touched.flags.contains(flag));
        is_changed || !of_another
    }

    /// Whether a rule can be judged by a part: what is used, tested or allowed by nothing may be so elsewhere.
    pub(in crate::cli) fn can_judge(rule: Rule) -> bool {
        !matches!(
            rule,
            Rule::UnusedAttribute
                | Rule::UnusedSegment
                | Rule::UnusedLayer
                | Rule::UnusedHoldout
                | Rule::UntestedFlag
                | Rule::UnusedAllow
        )
    }
}

/// A name as KDL reads it.
fn written(sources: &SourceSet, span: Span) -> String {
    let text = sources.text(span);
    let line = format!("name {text}\n");
    let mut scratch = SourceSet::new();
    let file = scratch.add("", "", crate::source::FileKind::Definitions, line.as_str());
    let tree = syntax::reader::read(file, &line, &mut Sink::new());
    let value = tree.roots().next().and_then(|node| node.entries().next()).map(|entry| entry.value);
    match value {
        Some(syntax::tree::Value::Text(read)) => read.text.to_owned(),
        _ => text.to_owned(),
    }
}
