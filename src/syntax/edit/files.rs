//! The statements of many files, for findings that come in any order and from several threads.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::Statements;
use crate::diagnostic::Edit;
use crate::source::{FileId, SourceSet, Span};

/// The statements of every file of a set. A file is read once, when the first edit of it is built.
#[derive(Debug)]
pub struct Files<'s> {
    sources: &'s SourceSet,
    read: BTreeMap<FileId, OnceLock<Statements<'s>>>,
}

impl<'s> Files<'s> {
    /// Of these texts; nothing is read yet.
    #[must_use]
    pub fn new(sources: &'s SourceSet) -> Self {
        let read = sources.files().map(|(file, _)| (file, OnceLock::new())).collect();
        Self { sources, read }
    }

    /// See [`Statements::move_before`].
    #[must_use]
    pub fn move_before(&self, moved: Span, target: Span) -> Vec<Edit> {
        self.of(moved).map_or_else(Vec::new, |statements| statements.move_before(moved, target))
    }

    /// See [`Statements::remove`].
    #[must_use]
    pub fn remove(&self, statement: Span) -> Vec<Edit> {
        self.of(statement).map_or_else(Vec::new, |statements| statements.remove(statement))
    }

    /// See [`Statements::remove_condition`].
    #[must_use]
    pub fn remove_condition(&self, condition: Span, alternative: Span) -> Vec<Edit> {
        self.of(alternative).map_or_else(Vec::new, |statements| statements.remove_condition(condition, alternative))
    }

    /// See [`Statements::remove_alternative`].
    #[must_use]
    pub fn remove_alternative(&self, alternative: Span) -> Vec<Edit> {
        self.of(alternative).map_or_else(Vec::new, |statements| statements.remove_alternative(alternative))
    }

    fn of(&self, place: Span) -> Option<&Statements<'s>> {
        let read = self.read.get(&place.file)?;
        Some(read.get_or_init(|| Statements::read(self.sources, place.file)))
    }
}
