//! Edits carried out.

use crate::diagnostic::Edit;
use crate::source::{FileKind, SourceSet};

/// The same files with `edits` carried out; none where they overlap, split a character, or are in files that are not ours.
#[must_use]
pub fn apply(sources: &SourceSet, edits: &[Edit]) -> Option<SourceSet> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    if sorted.windows(2).any(|pair| matches!(pair, [first, second] if overlap(first, second))) {
        return None;
    }
    let mut after = SourceSet::new();
    for (id, file) in sources.files() {
        let mut text = String::new();
        let mut copied = 0;
        for edit in sorted.iter().filter(|edit| edit.span.file == id) {
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

/// Whether two edits touch the same text. Two insertions at one place do, because their order would be a guess.
pub(super) fn overlap(one: &Edit, other: &Edit) -> bool {
    let (a, b) = (one.span, other.span);
    a.file == b.file && ((a.start < b.end && b.start < a.end) || a.start == b.start)
}

fn is_ours(kind: FileKind) -> bool {
    match kind {
        FileKind::Configuration | FileKind::Definitions | FileKind::Tests => true,
        FileKind::Data | FileKind::Refused => false,
    }
}
