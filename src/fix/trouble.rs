//! What could not be read, and whose text a finding would edit.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Family, Severity};
use crate::source::{FileId, FileKind, SourceSet, Span};
use crate::syntax::edit::Statements;

/// Flags that have no assignments to compare, because part of what they say could not be read.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    flags: BTreeSet<String>,
    /// Something that flags share could not be read, so it may be any of them.
    everywhere: bool,
}

impl Trouble {
    pub(super) fn of(findings: &[Diagnostic], sources: &SourceSet) -> Self {
        let mut readings = Readings::new(sources);
        let mut trouble = Self::default();
        for finding in findings.iter().filter(|finding| is_unread(finding)) {
            match readings.owner(finding, finding.span.as_slice()) {
                // Nobody is assigned by a test.
                Owner::Tests => {}
                Owner::Flag(key) => {
                    trouble.flags.insert(key);
                }
                Owner::Shared => trouble.everywhere = true,
            }
        }
        trouble
    }

    /// Whether what `owner` says has assignments to compare.
    pub(super) fn spares(&self, owner: &Owner) -> bool {
        match owner {
            Owner::Tests => true,
            Owner::Flag(key) => !self.everywhere && !self.flags.contains(key),
            Owner::Shared => !self.everywhere && self.flags.is_empty(),
        }
    }
}

/// Whether the finding says that something could not be read or resolved.
pub(super) fn is_unread(finding: &Diagnostic) -> bool {
    let family = finding.rule.family();
    finding.severity == Severity::Error && matches!(family, Family::Syntax | Family::Names)
}

/// Whose text it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// Of tests, which assign nobody.
    Tests,
    /// Of this flag.
    Flag(String),
    /// Of several flags, or of all.
    Shared,
}

/// The files of a revision, each read when first asked about.
#[derive(Debug)]
pub(super) struct Readings<'s> {
    sources: &'s SourceSet,
    files: BTreeMap<FileId, Statements<'s>>,
}

impl<'s> Readings<'s> {
    pub(super) fn new(sources: &'s SourceSet) -> Self {
        Self { sources, files: BTreeMap::new() }
    }

    /// Whose text all of `places` are; without places, the flag that the finding speaks of.
    pub(super) fn owner(&mut self, finding: &Diagnostic, places: &[Span]) -> Owner {
        let mut owners: Vec<Owner> = places.iter().map(|&place| self.owner_of(place)).collect();
        owners.dedup();
        match (owners.pop(), owners.is_empty(), &finding.subject.flag) {
            (Some(owner), true, _) => owner,
            (None, _, Some(key)) => Owner::Flag(key.clone()),
            _ => Owner::Shared,
        }
    }

    fn owner_of(&mut self, place: Span) -> Owner {
        if self.sources.file(place.file).kind == FileKind::Tests {
            return Owner::Tests;
        }
        let statements = self.files.entry(place.file).or_insert_with(|| Statements::read(self.sources, place.file));
        statements.flag_around(place).map_or(Owner::Shared, |key| Owner::Flag(key.to_owned()))
    }
}
