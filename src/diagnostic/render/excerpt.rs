//! The few lines of a file around some marks, made fit for a terminal.
//!
//! Tabs become spaces, control and invisible characters become `\u{…}`, lines too wide for the terminal are cut around their
//! mark. miette draws the result; it never sees the file, so its cost does not depend on the file's size.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use unicode_width::UnicodeWidthChar as _;

use super::{is_unprintable, printable};
use crate::source::SourceFile;

/// A place to underline.
#[derive(Debug, Clone)]
pub(super) struct Mark<'a> {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) text: &'a str,
    pub(super) primary: bool,
}

/// Consecutive lines, as shown.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    text: String,
    /// Where each line starts in `text`.
    starts: Vec<usize>,
    /// The 0-based number of the first line.
    first: usize,
    /// Where each mark is in `text`, and its 0-based column in the file.
    pub(super) marks: Vec<Shown>,
}

/// A mark in the text of an excerpt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The terminal column, counted from the beginning of the line's text, that a label hangs from.
    pub(super) anchor: usize,
    column: usize,
}

const TAB: usize = 4;

impl Excerpt {
    /// The lines of `marks` (which are close together) and one line around them, at most `width` columns wide.
    pub(super) fn new(file: &SourceFile, marks: &[Mark<'_>], width: usize) -> Self {
        let line_of = |mark: &Mark<'_>| file.line_index(mark.start);
        let first = marks.iter().map(line_of).min().unwrap_or(0).saturating_sub(1);
        let last = marks.iter().map(line_of).max().unwrap_or(0);
        // The empty line after the last line break is no line, unless something is wrong there.
        let after = if (last + 1..file.line_count()).any(|line| file.line_start(line) < length(file)) {
            last + 1
        } else {
            last
        };
        let mut excerpt = Self {
            name: printable(&file.name).into_owned(),
            text: String::new(),
            starts: Vec::new(),
            first,
            marks: vec![Shown { start: 0, end: 0, anchor: 0, column: 0 }; marks.len()],
        };
        for line in first..=after {
            excerpt.push(file, line, marks, width);
        }
        excerpt
    }

    fn push(&mut self, file: &SourceFile, line: usize, marks: &[Mark<'_>], width: usize) {
        let from = file.line_start(line);
        let to = content_end(file, line);
        let here: Vec<usize> = (0..marks.len())
            .filter(|&index| marks.get(index).is_some_and(|mark| file.line_index(mark.start) == line))
            .collect();
        let focus = here
            .iter()
            .filter_map(|&index| marks.get(index))
            .max_by_key(|mark| mark.primary)
            .map_or(from, |mark| mark.start.min(to));
        let begin = self.text.len();
        self.starts.push(begin);
        let cells = Cells::cut(file, from, to, focus, width);
        self.text.push_str(&cells.text);
        self.text.push('\n');
        for index in here {
            let (Some(mark), Some(shown)) = (marks.get(index), self.marks.get_mut(index)) else { continue };
            let (start, start_column) = cells.locate(mark.start.min(to));
            let (end, end_column) = cells.locate(mark.end.clamp(mark.start, to.max(mark.start)).min(to));
            *shown = Shown {
                start: begin + start,
                end: begin + end.max(start),
                anchor: (start_column + end_column.max(start_column + 1)) / 2,
                column: file.line_column(mark.start).column.saturating_sub(1) as usize,
            };
        }
    }

    /// How many columns its largest line number has.
    pub(super) fn number_width(&self) -> usize {
        (self.first + self.starts.len()).to_string().len()
    }

    fn line_at(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset).saturating_sub(1)
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let first = self.line_at(span.offset()).saturating_sub(before);
        let last_byte = (span.offset() + span.len()).saturating_sub(1).max(span.offset());
        let last = (self.line_at(last_byte) + after).min(self.starts.len().saturating_sub(1));
        let start = self.starts.get(first).copied().unwrap_or(0);
        let end = self.starts.get(last + 1).copied().unwrap_or(self.text.len());
        let data = self.text.as_bytes().get(start..end).ok_or(MietteError::OutOfBounds)?;
        // Without context, miette asks for the column of a label.
        let marked = self.marks.iter().find(|mark| mark.start == span.offset());
        let column = if before == 0 { marked.map_or(0, |mark| mark.column) } else { 0 };
        let whole = (start, end - start).into();
        let lines = last + 1 - first;
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), data, whole, self.first + first, column, lines)))
    }
}

fn length(file: &SourceFile) -> u32 {
    u32::try_from(file.text.len()).unwrap_or(u32::MAX)
}

/// The end of a line's text, before its line break.
fn content_end(file: &SourceFile, line: usize) -> u32 {
    let (from, to) = (file.line_start(line), file.line_start(line + 1));
    let text = file.text.get(from as usize..to as usize).unwrap_or("");
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    from + u32::try_from(text.len()).unwrap_or(0)
}

/// A line as shown, and where each of its characters went.
struct Cells {
    text: String,
    /// Byte in the file, byte in `text`, terminal column; the last entry is the end of the line.
    index: Vec<(u32, usize, usize)>,
}

impl Cells {
    /// The line `from..to` of `file`, cut to `width` columns around `focus`.
    fn cut(file: &SourceFile, from: u32, to: u32, focus: u32, width: usize) -> Self {
        // What is further away than this cannot be visible.
        let reach = u32::try_from(width * 4).unwrap_or(u32::MAX);
        let near = |offset: u32, step: fn(usize) -> usize| {
            let mut at = offset as usize;
            while !file.text.is_char_boundary(at) {
                at = step(at);
            }
            at
        };
        let left = near(focus.saturating_sub(reach).max(from), |at| at.saturating_sub(1));
        let right = near(focus.saturating_add(reach).min(to), |at| at + 1);
        let shown = file.text.get(left..right).unwrap_or("");
        let pieces = pieces(shown, left);
        let total: usize = pieces.iter().map(|piece| piece.width).sum();
        let (cut_left, cut_right) = (left > from as usize, right < to as usize);
        if !cut_left && !cut_right && total <= width {
            return Self::collect(&pieces, "", "", to);
        }
        Self::window(&pieces, focus, width, cut_left, cut_right, to)
    }

    fn window(pieces: &[Piece], focus: u32, width: usize, cut_left: bool, cut_right: bool, to: u32) -> Self {
        let before: usize = pieces.iter().take_while(|piece| piece.offset < focus).map(|piece| piece.width).sum();
        let hide = if before > width * 2 / 3 { before - width / 4 } else { 0 };
        let mut column = 0;
        let first = pieces
            .iter()
            .take_while(|piece| {
                column += piece.width;
                column <= hide
            })
            .count();
        let open = if first > 0 || cut_left { "…" } else { "" };
        let mut room = width.saturating_sub(open.chars().count() + 1);
        let rest = pieces.get(first..).unwrap_or(&[]);
        let count = rest
            .iter()
            .take_while(|piece| {
                let fits = piece.width <= room;
                room = room.saturating_sub(piece.width);
                fits
            })
            .count();
        let close = if count < rest.len() || cut_right { "…" } else { "" };
        let kept = rest.get(..count).unwrap_or(rest);
        let end = rest.get(count).map_or(to, |piece| piece.offset);
        Self::collect(kept, open, close, end)
    }

    fn collect(pieces: &[Piece], open: &str, close: &str, end: u32) -> Self {
        let mut text = open.to_owned();
        let mut column = open.chars().count();
        let mut index = Vec::with_capacity(pieces.len() + 1);
        for piece in pieces {
            index.push((piece.offset, text.len(), column));
            text.push_str(&piece.text);
            column += piece.width;
        }
        index.push((end, text.len(), column));
        text.push_str(close);
        Self { text, index }
    }

    /// Byte in `text` and terminal column of a byte of the file; the nearest end when it was cut away.
    fn locate(&self, offset: u32) -> (usize, usize) {
        let at = self.index.partition_point(|&(byte, ..)| byte < offset);
        self.index.get(at).or(self.index.last()).map_or((0, 0), |&(_, byte, column)| (byte, column))
    }
}

/// A character as shown.
struct Piece {
    offset: u32,
    text: String,
    width: usize,
}

fn pieces(text: &str, start: usize) -> Vec<Piece> {
    let mut column = 0;
    text.char_indices()
        // A leading byte-order mark is not part of what the author sees.
        .filter(|&(at, character)| !(at + start == 0 && character == '\u{feff}'))
        .map(|(at, character)| {
            let text = match character {
                '\t' => " ".repeat(TAB - column % TAB),
                other if is_unprintable(other) => format!("\\u{{{:x}}}", u32::from(other)),
                other => other.to_string(),
            };
            let width = text.chars().map(|one| one.width().unwrap_or(0)).sum();
            column += width;
            Piece { offset: u32::try_from(at + start).unwrap_or(u32::MAX), text, width }
        })
        .collect()
}
