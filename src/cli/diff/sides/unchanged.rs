//! The files that are the same on both sides. They are looked through for names as bytes, and parsed only where a name may be.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rayon::prelude::*;
use regex::Regex;

use super::outline::{self, Definition};
use crate::source::FileKind;
use crate::workspace::{Listed, Shelf};

/// How many files are read at once.
const BATCH: usize = 512;

/// How many bytes of texts are kept for the next look.
const KEPT: usize = 32 << 20;

/// Words in paths of files that are likely to hold what flags share.
const LIKELY: &str = "vocabulary|attribute|segment|layer|holdout|shared|common|audience|definition";

/// The files of definitions that both sides have alike.
pub(super) struct Unchanged<'a> {
    shelf: &'a Shelf<'a>,
    files: Vec<&'a Listed>,
    kept: RefCell<(BTreeMap<usize, Rc<str>>, usize)>,
}

impl<'a> Unchanged<'a> {
    /// Of these files, as the shelf has them.
    pub(super) fn new(shelf: &'a Shelf<'a>, files: Vec<&'a Listed>) -> Self {
        let files = files.into_iter().filter(|file| file.kind == FileKind::Definitions).collect();
        Self { shelf, files, kept: RefCell::default() }
    }

    /// What the files define in which one of the names may be, or, where `data` asks for it, the name of a file.
    pub(super) fn mentioning(&self, names: &BTreeSet<String>, data: bool) -> Vec<(&'a Listed, Vec<Definition>)> {
        let Some(pattern) = Pattern::of(names, "") else { return self.outlines(0..self.files.len(), |_| true) };
        let wanted =
            |text: &str| pattern.may_be_in(text) || data && memchr::memmem::find(text.as_bytes(), b"file").is_some();
        self.outlines(0..self.files.len(), wanted)
    }

    /// The files that declare these names, the likely ones first, the others only as long as names are missing; and what else of
    /// these files those declarations mention.
    pub(super) fn declaring(&self, mut names: BTreeSet<String>) -> Declaring<'a> {
        let mut found = Declaring::default();
        let mut take = |outlines: Vec<(&'a Listed, Vec<Definition>)>, names: &mut BTreeSet<String>| {
            for (file, definitions) in outlines {
                found.take(file, &definitions, names);
            }
        };
        for index in self.likely(&names) {
            if names.is_empty() {
                break;
            }
            take(self.outlines(index..index + 1, |_| true), &mut names);
        }
        // A declaration is a line that begins with its word, unless somebody went out of their way to write it otherwise.
        for before in ["(?:attribute|segment|layer|holdout)[^\n]*", ""] {
            for start in (0..self.files.len()).step_by(BATCH) {
                if names.is_empty() {
                    return found;
                }
                let end = (start + BATCH).min(self.files.len());
                let pattern = Pattern::of(&names, before);
                let wanted = |text: &str| match &pattern {
                    Some(pattern) if !before.is_empty() => pattern.regex.is_match(text),
                    Some(pattern) => pattern.may_be_in(text),
                    None => true,
                };
                take(self.outlines(start..end, wanted), &mut names);
            }
        }
        found
    }

    /// The files whose paths say that they hold what is shared, or one of the names.
    fn likely(&self, names: &BTreeSet<String>) -> Vec<usize> {
        let words = Regex::new(LIKELY).ok();
        let says = |path: &str| {
            words.as_ref().is_some_and(|words| words.is_match(path))
                || path
                    .rsplit('/')
                    .next()
                    .and_then(|name| name.strip_suffix(".kdl"))
                    .is_some_and(|stem| names.contains(stem))
        };
        let indexed = self.files.iter().enumerate().filter(|(_, file)| says(&file.path));
        let mut likely: Vec<usize> = indexed.map(|(index, _)| index).collect();
        // What many flags share is near the top.
        likely.sort_by_key(|&index| self.files.get(index).map(|file| (file.path.matches('/').count(), &file.path)));
        likely.truncate(BATCH);
        likely
    }

    /// What the wanted ones of some files define.
    fn outlines(
        &self,
        range: std::ops::Range<usize>,
        wanted: impl Fn(&str) -> bool + Sync,
    ) -> Vec<(&'a Listed, Vec<Definition>)> {
        let mut found = Vec::new();
        let mut start = range.start;
        while start < range.end {
            let end = (start + BATCH).min(range.end);
            let texts = self.texts(start, end);
            let texts: Vec<(&'a Listed, &str)> = texts.iter().map(|(file, text)| (*file, &**text)).collect();
            let outlined = texts.par_iter().filter(|(_, text)| wanted(text));
            found.extend(outlined.map(|(file, text)| (*file, outline::of(&file.path, text))).collect::<Vec<_>>());
            start = end;
        }
        found
    }

    /// The texts of some files; what is no text defines nothing.
    fn texts(&self, start: usize, end: usize) -> Vec<(&'a Listed, Rc<str>)> {
        let (kept, size) = &mut *self.kept.borrow_mut();
        let missing: Vec<usize> = (start..end).filter(|index| !kept.contains_key(index)).collect();
        let files: Vec<&Listed> = missing.iter().filter_map(|&index| self.files.get(index).copied()).collect();
        let mut read: BTreeMap<usize, Rc<str>> = BTreeMap::new();
        for (index, text) in missing.into_iter().zip(self.shelf.texts(&files)) {
            let Some(text) = text else { continue };
            let text: Rc<str> = text.into();
            if *size + text.len() <= KEPT {
                *size += text.len();
                kept.insert(index, Rc::clone(&text));
            }
            read.insert(index, text);
        }
        let all = (start..end).filter_map(|index| {
            let text = read.get(&index).or_else(|| kept.get(&index))?;
            Some((*self.files.get(index)?, Rc::clone(text)))
        });
        all.collect()
    }
}

/// Files that declare names.
#[derive(Default)]
pub(super) struct Declaring<'a> {
    pub(super) files: Vec<&'a Listed>,
    /// What is declared there and mentioned by the declarations that were looked for, near or far.
    pub(super) mentioned: BTreeSet<String>,
}

impl<'a> Declaring<'a> {
    /// Takes a file that declares one of the names, which are then looked for no more.
    fn take(&mut self, file: &'a Listed, definitions: &[Definition], names: &mut BTreeSet<String>) {
        let mut shared: BTreeMap<&str, Vec<&Definition>> = BTreeMap::new();
        for one in definitions.iter().filter(|one| one.is_shared()) {
            shared.entry(&one.name).or_default().push(one);
        }
        let mut open: Vec<&Definition> =
            names.iter().filter_map(|name| shared.get(name.as_str())).flatten().copied().collect();
        if open.is_empty() {
            return;
        }
        self.files.push(file);
        names.retain(|name| !shared.contains_key(name.as_str()));
        while let Some(one) = open.pop() {
            let mentioned = one.mentions.iter().filter_map(|name| Some((name, shared.get(name.as_str())?)));
            for (name, declared) in mentioned {
                if self.mentioned.insert(name.clone()) {
                    open.extend(declared);
                }
            }
        }
    }
}

/// Names to look for in texts that nobody parsed.
struct Pattern {
    regex: Regex,
}

impl Pattern {
    /// One of the names behind `before`; none where a name cannot be told by its spelling.
    fn of(names: &BTreeSet<String>, before: &str) -> Option<Self> {
        if names.is_empty() || names.iter().any(|name| name.is_empty() || name.contains(char::is_control)) {
            return names.is_empty().then(|| Regex::new("[^\\s\\S]").ok().map(|regex| Self { regex }))?;
        }
        let names: Vec<String> = names.iter().map(|name| regex::escape(name)).collect();
        Regex::new(&format!("{before}(?:{})", names.join("|"))).ok().map(|regex| Self { regex })
    }

    /// Whether a text may hold one of the names. With a backslash, text can be written in other letters.
    fn may_be_in(&self, text: &str) -> bool {
        self.regex.is_match(text) || memchr::memchr(b'\\', text.as_bytes()).is_some()
    }
}
