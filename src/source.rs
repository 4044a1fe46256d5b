//! The texts of a workspace, and places in them.
//!
//! A [`SourceSet`] holds text and answers questions about places; it reads nothing. Offsets are bytes,
//! lines and columns are 1-based, columns count characters.

mod provenance;

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

pub use provenance::Provenance;

/// The number of a file in its [`SourceSet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

impl FileId {
    /// The position of the file in its set.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A half-open range of bytes in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    #[must_use]
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// The smallest span that covers both; `self` when they are in different files.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.file == other.file {
            Self::new(self.file, self.start.min(other.start), self.end.max(other.end))
        } else {
            self
        }
    }
}

/// A value and where it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: with(self.value), span: self.span }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Display> fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// `flagfall.kdl`.
    Configuration,
    /// `*.kdl`: attributes, segments, layers, holdouts, contracts, flags.
    Definitions,
    /// `*.test.kdl`.
    Tests,
    /// Named by `file=`: a JSON value or a list, one raw text a line.
    Data,
    /// Shown in findings only; never parsed (not UTF-8, too large, a link that leaves the workspace).
    Refused,
}

/// One text.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The path as people write it: relative to where the command runs when below it, with `/`.
    pub name: String,
    /// The path relative to the workspace directory, with `/`.
    pub path: String,
    /// What the file is for.
    pub kind: FileKind,
    /// The text. A leading byte-order mark stays in it.
    pub text: Arc<str>,
    lines: OnceLock<Vec<u32>>,
    characters: OnceLock<Vec<u32>>,
}

/// Bytes between two entries of the character index.
const STRIDE: usize = 128;

/// A place as people count: 1-based, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl SourceFile {
    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let mut starts = vec![0];
            starts.extend(memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|at| as_offset(at + 1)));
            starts
        })
    }

    /// The 0-based line that holds byte `offset`.
    #[must_use]
    pub fn line_index(&self, offset: u32) -> usize {
        self.line_starts().partition_point(|&start| start <= offset).saturating_sub(1)
    }

    /// The first byte of a 0-based line; the length of the text for lines past the end.
    #[must_use]
    pub fn line_start(&self, line: usize) -> u32 {
        self.line_starts().get(line).copied().unwrap_or_else(|| as_offset(self.text.len()))
    }

    /// How many lines the text has; the empty text has one.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.line_starts().len()
    }

    /// How many characters begin before byte `offset`; quick on long lines too.
    fn characters_before(&self, offset: usize) -> u32 {
        let bytes = self.text.as_bytes();
        let begun = |bytes: &[u8]| as_offset(bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count());
        let index = self.characters.get_or_init(|| {
            let mut before = 0;
            let mut index = Vec::with_capacity(bytes.len() / STRIDE + 1);
            for block in bytes.chunks(STRIDE) {
                index.push(before);
                before += begun(block);
            }
            index.push(before);
            index
        });
        let offset = offset.min(bytes.len());
        let block = offset / STRIDE;
        let (here, next) = (index.get(block).copied().unwrap_or(0), index.get(block + 1).copied().unwrap_or(0));
        if next.saturating_sub(here) as usize == STRIDE {
            // A block of single-byte characters only.
            return here + as_offset(offset % STRIDE);
        }
        here + begun(bytes.get(block * STRIDE..offset).unwrap_or(&[]))
    }

    /// Line and column of byte `offset`.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let line = self.line_index(offset);
        let start = self.line_start(line) as usize;
        let mut before = self.characters_before(offset as usize).saturating_sub(self.characters_before(start));
        // A leading byte-order mark is invisible: editors do not count it.
        if line == 0 && self.text.starts_with('\u{feff}') {
            before = before.saturating_sub(1);
        }
        LineColumn { line: as_offset(line + 1), column: before + 1 }
    }
}

fn as_offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// All texts of one workspace.
#[derive(Debug, Clone, Default)]
pub struct SourceSet {
    files: Vec<SourceFile>,
    workspace: Option<String>,
    provenance: Provenance,
    /// Where the texts of the base begin, and where they come from.
    base: Option<(usize, Provenance)>,
}

impl SourceSet {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty set for other texts of the same workspace.
    #[must_use]
    pub fn emptied(&self) -> Self {
        Self { files: Vec::new(), workspace: self.workspace.clone(), provenance: self.provenance.clone(), base: None }
    }

    /// The same texts, and behind them those of what they are compared with, so that findings can point at what is gone. Nothing is
    /// to be added afterwards.
    #[must_use]
    pub fn with_base(&self, base: &Self) -> Self {
        let files = self.files().map(|(_, file)| file).chain(base.files().map(|(_, file)| file));
        Self {
            files: files.cloned().collect(),
            workspace: self.workspace.clone(),
            provenance: self.provenance.clone(),
            base: Some((self.files().count(), base.provenance.clone())),
        }
    }

    /// Where a span of the base's own set is here; none where the base's texts are not.
    #[must_use]
    pub fn in_base(&self, span: Span) -> Option<Span> {
        let (start, _) = self.base.as_ref()?;
        let file = FileId(as_offset(start + span.file.index()));
        (file.index() < self.files.len()).then_some(Span { file, ..span })
    }

    /// Whether a file is one of the base.
    #[must_use]
    pub fn is_of_base(&self, id: FileId) -> bool {
        self.base.as_ref().is_some_and(|(start, _)| id.index() >= *start)
    }

    /// The same texts, of the workspace that commands find when they are given it so.
    #[must_use]
    pub fn of_workspace(self, given: Option<String>) -> Self {
        Self { workspace: given, ..self }
    }

    /// What `--workspace` is given for a command to find the workspace; none for the one that is found where the command runs.
    #[must_use]
    pub fn workspace(&self) -> Option<&str> {
        self.workspace.as_deref()
    }

    /// Adds a text; `path` is relative to the workspace, `name` is how findings call it.
    pub fn add(
        &mut self,
        path: impl Into<String>,
        name: impl Into<String>,
        kind: FileKind,
        text: impl Into<Arc<str>>,
    ) -> FileId {
        let id = FileId(as_offset(self.files.len()));
        self.files.push(SourceFile {
            path: path.into(),
            name: name.into(),
            kind,
            text: text.into(),
            lines: OnceLock::new(),
            characters: OnceLock::new(),
        });
        id
    }

    /// The file with that number.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "a FileId is only made by `add`")]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.index()]
    }

    /// All files in the order they were added, without those of a base.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        let own = self.base.as_ref().map_or(self.files.len(), |(start, _)| *start);
        self.files.iter().take(own).enumerate().map(|(index, file)| (FileId(as_offset(index)), file))
    }

    /// All files by number, those of a base too.
    pub fn all_files(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter()
    }

    /// The file with that path relative to the workspace.
    #[must_use]
    pub fn by_path(&self, path: &str) -> Option<FileId> {
        self.files().find(|(_, file)| file.path == path).map(|(id, _)| id)
    }

    /// The text at `span`; empty when the span is not on character borders.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Where a span begins and ends.
    #[must_use]
    pub fn place(&self, span: Span) -> (LineColumn, LineColumn) {
        let file = self.file(span.file);
        (file.line_column(span.start), file.line_column(span.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_wherever_they_are_in_a_long_line() {
        let line = "aä🦀".repeat(200);
        let text = format!("\u{feff}x\n{line}\r\nend");
        let mut set = SourceSet::new();
        let file = set.add("a", "a", FileKind::Definitions, text.as_str());
        for (offset, _) in text.char_indices() {
            let before = &text[..offset];
            let line = before.matches('\n').count();
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let mut column = text[start..offset].chars().count();
            if line == 0 {
                column = column.saturating_sub(1);
            }
            let expected = LineColumn { line: as_offset(line + 1), column: as_offset(column + 1) };
            assert_eq!(set.file(file).line_column(as_offset(offset)), expected, "at byte {offset}");
        }
    }
}
