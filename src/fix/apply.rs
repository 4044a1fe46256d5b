//! Edits carried out.

use std::collections::BTreeMap;

use crate::diagnostic::Edit;
use crate::source::{FileId, FileKind, SourceSet, Span};

/// The same files with `edits` carried out; none where they overlap, split a character, or are in files that are not ours.
#[must_use]
pub fn apply(sources: &SourceSet, edits: &[Edit]) -> Option<SourceSet> {
    let mut taken = Taken::default();
    if !taken.take(edits) {
        return None;
    }
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    let mut rest = sorted.as_slice();
    let mut after = sources.emptied();
    for (id, file) in sources.files() {
        let mut text = String::new();
        let mut copied = 0;
        let own = rest.partition_point(|edit| edit.span.file <= id);
        let (here, later) = rest.split_at_checked(own)?;
        rest = later;
        for edit in here {
            if !is_ours(file.kind) {
                return None;
            }
            text.push_str(file.text.get(copied..edit.span.start as usize)?);
            text.push_str(&edit.replacement);
            copied = edit.span.end as usize;
        }
        if copied == 0 && text.is_empty() {
            after.add(&*file.path, &*file.name, file.kind, std::sync::Arc::clone(&file.text));
        } else {
            text.push_str(file.text.get(copied..)?);
            after.add(&*file.path, &*file.name, file.kind, text);
        }
    }
    Some(after)
}

/// Stretches of text that edits touch already.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// File and first byte → the byte after the last.
    stretches: BTreeMap<(FileId, u32), u32>,
}

impl Taken {
    /// Takes what these edits touch, or nothing where any of it is taken. Two insertions at one place clash, too, because
    /// their order would be a guess.
    pub(super) fn take(&mut self, edits: &[Edit]) -> bool {
        for (at, edit) in edits.iter().enumerate() {
            let Span { file, start, end } = edit.span;
            if self.is_free(edit.span) {
                self.stretches.insert((file, start), end);
                continue;
            }
            for taken in edits.iter().take(at) {
                self.stretches.remove(&(taken.span.file, taken.span.start));
            }
            return false;
        }
        true
    }

    fn is_free(&self, span: Span) -> bool {
        let Span { file, start, end } = span;
        let before = self.stretches.range(..(file, start)).next_back();
        let after = self.stretches.range((file, start)..).next();
        before.is_none_or(|(&(other, _), &until)| other != file || until <= start)
            && after.is_none_or(|(&(other, from), _)| other != file || (from != start && from >= end))
    }
}

fn is_ours(kind: FileKind) -> bool {
    match kind {
        FileKind::Configuration | FileKind::Definitions | FileKind::Tests => true,
        FileKind::Data | FileKind::Refused => false,
    }
}
