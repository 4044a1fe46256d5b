//! Edits of whole statements: move one before another, remove one, take a condition out of an audience.
//!
//! A statement goes with its block and, where it has lines of its own, with the comments directly above it and the one
//! behind it. Where that is in doubt the author's words stay. No edits are an answer, too: the place is written in a way
//! that nothing here takes apart.

mod extent;
mod files;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use self::files::Files;

use self::extent::{After, Extent};
use super::reader;
use super::tree::{Node, TokenKind, Tree, Value};
use crate::diagnostic::{Edit, Sink};
use crate::source::{FileId, SourceSet, Span};

/// The statements of one file, to build edits of it. Reading takes linear time: with many findings, keep it.
#[derive(Debug)]
pub struct Statements<'s> {
    file: FileId,
    text: &'s str,
    /// Kind, first byte, byte after the last.
    tokens: Vec<(TokenKind, u32, u32)>,
    /// By first byte, so that parents stand before their children.
    places: Vec<Place>,
}

/// A statement.
#[derive(Debug, Clone)]
struct Place {
    word: Word,
    /// The first argument, of top-level statements.
    argument: Option<String>,
    name: Span,
    /// Without the block.
    header: Span,
    /// With the block.
    whole: Span,
    parent: Option<usize>,
    /// The next statement of the same block.
    next: Option<usize>,
}

/// What matters of a statement's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// `-`: belongs to the line above it.
    Dash,
    When,
    Or,
    Flag,
    Other,
}

/// [`Statements::move_before`] for a single question.
#[must_use]
pub fn move_before(sources: &SourceSet, moved: Span, target: Span) -> Vec<Edit> {
    Statements::read(sources, moved.file).move_before(moved, target)
}

/// [`Statements::remove`] for a single question.
#[must_use]
pub fn remove(sources: &SourceSet, statement: Span) -> Vec<Edit> {
    Statements::read(sources, statement.file).remove(statement)
}

/// [`Statements::remove_condition`] for a single question.
#[must_use]
pub fn remove_condition(sources: &SourceSet, condition: Span, alternative: Span) -> Vec<Edit> {
    Statements::read(sources, alternative.file).remove_condition(condition, alternative)
}

impl<'s> Statements<'s> {
    /// Reads a file. What is wrong with it was reported when it was parsed.
    #[must_use]
    pub fn read(sources: &'s SourceSet, file: FileId) -> Self {
        let text = &*sources.file(file).text;
        let tree = reader::read(file, text, &mut Sink::new());
        let tokens = tree.spans().map(|(kind, span)| (kind, span.start, span.end)).collect();
        Self { file, text, tokens, places: places(&tree) }
    }

    /// The key of the flag whose definition holds a place; none outside of flags.
    #[must_use]
    pub fn flag_around(&self, place: Span) -> Option<&str> {
        let mut at = self.last_before(place)?;
        while let Some(parent) = self.places.get(at)?.parent {
            at = parent;
        }
        let root = self.places.get(at).filter(|root| root.word == Word::Flag && place.end <= root.whole.end)?;
        root.argument.as_deref()
    }

    /// The whole of the statement called `word` that is at a place, or around it.
    #[must_use]
    pub fn named_around(&self, word: &str, place: Span) -> Option<Span> {
        let mut at = self.at(place)?;
        loop {
            let found = self.places.get(at)?;
            if self.slice((found.name.start, found.name.end)) == word {
                return Some(found.whole);
            }
            at = found.parent?;
        }
    }

    /// Moves the statement at `moved` directly before the one at `target`, of the same block, with all that belongs to it.
    #[must_use]
    pub fn move_before(&self, moved: Span, target: Span) -> Vec<Edit> {
        self.moving(moved, target).unwrap_or_default()
    }

    /// Removes the statement at a place. Comments above it go with it only where they cannot speak of what follows.
    #[must_use]
    pub fn remove(&self, statement: Span) -> Vec<Edit> {
        self.at(statement).and_then(|at| self.removal(at)).into_iter().collect()
    }

    /// Takes a condition out of its alternative, and with the last one the alternative. The `or` that then comes first
    /// becomes the `when`.
    #[must_use]
    pub fn remove_condition(&self, condition: Span, alternative: Span) -> Vec<Edit> {
        self.without_condition(condition, alternative).unwrap_or_default()
    }

    /// Takes an alternative out of its audience, which has others. The `or` that then comes first becomes the `when`.
    #[must_use]
    pub fn remove_alternative(&self, alternative: Span) -> Vec<Edit> {
        self.at(alternative).and_then(|at| self.without_alternative(at)).unwrap_or_default()
    }

    fn moving(&self, moved: Span, target: Span) -> Option<Vec<Edit>> {
        let (from, to) = (self.at(moved)?, self.at(target)?);
        let siblings = self.places.get(from)?.parent == self.places.get(to)?.parent;
        if from == to || !siblings || self.next(from) == Some(to) {
            return None;
        }
        let (moved, target) = (self.extent(from)?, self.extent(to)?);
        let (cut, carried) = self.cut(&moved);
        let core = self.slice(moved.core);
        let newline = self.newline();
        let insert = if target.starts_line {
            let at = target.above;
            let indentation = self.slice((target.line, target.core.0));
            let ends = if carried.is_some_and(|text| text.ends_with('\n')) { "" } else { newline };
            self.edit(
                at,
                at,
                carried.map_or_else(|| format!("{indentation}{core}{ends}"), |text| format!("{text}{ends}")),
            )
        } else if let Some(text) = carried.filter(|_| moved.has_comments()) {
            // Comments end at the end of their line, so the line is broken.
            let indentation = self.slice((moved.line, moved.core.0));
            let ends = if text.ends_with('\n') { "" } else { newline };
            self.edit(self.space_before(target.core.0), target.core.0, format!("{newline}{text}{ends}{indentation}"))
        } else {
            self.edit(target.core.0, target.core.0, format!("{core}; "))
        };
        Some(if insert.span < cut.span { vec![insert, cut] } else { vec![cut, insert] })
    }

    /// What takes a statement away from where it is, and its lines where it has some that go with it.
    fn cut(&self, moved: &Extent) -> (Edit, Option<&'s str>) {
        match (moved.starts_line, moved.line_end) {
            (true, Some(end)) => (self.edit(moved.above, end, ""), Some(self.slice((moved.above, end)))),
            (true, None) if moved.after == After::Brace => {
                let text = self.slice((moved.above, moved.core.1));
                let indentation = self.slice((moved.line, moved.core.0));
                (self.edit(moved.above, self.space_after(moved.core.1), indentation), Some(text))
            }
            _ => (self.inline_removal(moved), None),
        }
    }

    fn removal(&self, at: usize) -> Option<Edit> {
        let extent = self.extent(at)?;
        Some(match extent.line_end {
            Some(end) if extent.starts_line => {
                let start = if self.speaks_of_what_follows(end) { extent.line } else { extent.above };
                self.edit(start, end, "")
            }
            _ => self.inline_removal(&extent),
        })
    }

    /// Removes a statement that shares its line, with one separator.
    fn inline_removal(&self, extent: &Extent) -> Edit {
        let (start, end) = extent.core;
        let before = self.space_before(start);
        match extent.after {
            After::Semicolon(after) if extent.line_end.is_some() => self.edit(before, after, ""),
            After::Semicolon(after) => self.edit(start, self.space_after(after), ""),
            After::Brace | After::Other => match self.token_ending(before) {
                Some((TokenKind::Semicolon, semicolon, _)) => self.edit(semicolon, end, ""),
                _ => match self.dangling(extent) {
                    Some(line) => self.edit(line, end, ""),
                    None => self.edit(start, self.space_after(end), ""),
                },
            },
        }
    }

    /// Where the line break before a statement begins that stands last on its line, before the brace of its block: nothing of
    /// that line would be left but the brace. None where a comment needs the break.
    fn dangling(&self, extent: &Extent) -> Option<u32> {
        let (_, newline, _) = self.token_ending(extent.line).filter(|(kind, ..)| *kind == TokenKind::Newline)?;
        let before = self.space_before(newline);
        let commented = self.token_ending(before).is_some_and(|(kind, ..)| kind == TokenKind::LineComment);
        (extent.starts_line && extent.after == After::Brace && !commented).then_some(before)
    }

    fn without_condition(&self, condition: Span, alternative: Span) -> Option<Vec<Edit>> {
        let (line, around) = (self.at(condition)?, self.at(alternative)?);
        if line == around {
            return self.without_alternative(around);
        }
        if !self.is_alternative(around) || self.places.get(line)?.parent != Some(around) {
            return None;
        }
        let is_other = |place: &Place| place.parent == Some(around) && place.word != Word::Dash;
        let lines = self.places.iter().skip(around).take_while(|place| place.header.start < self.end(around));
        if lines.filter(|place| is_other(place)).count() > 1 {
            return Some(vec![self.removal(line)?]);
        }
        self.without_alternative(around)
    }

    fn without_alternative(&self, at: usize) -> Option<Vec<Edit>> {
        if !self.is_alternative(at) {
            return None;
        }
        let mut edits = vec![self.removal(at)?];
        if self.places.get(at)?.word == Word::When
            && let Some(or) = self.siblings_after(at).find(|place| place.word == Word::Or)
        {
            edits.push(Edit { span: or.name, replacement: "when".to_owned() });
        }
        Some(edits)
    }

    fn is_alternative(&self, at: usize) -> bool {
        self.places.get(at).is_some_and(|place| matches!(place.word, Word::When | Word::Or))
    }

    /// The innermost statement whose line holds the beginning of `span`.
    fn at(&self, span: Span) -> Option<usize> {
        let mut at = self.last_before(span)?;
        loop {
            let place = self.places.get(at)?;
            if span.start < place.header.end {
                return Some(at);
            }
            at = place.parent?;
        }
    }

    /// The last statement that begins at or before `span`.
    fn last_before(&self, span: Span) -> Option<usize> {
        let after = self.places.partition_point(|place| place.header.start <= span.start);
        after.checked_sub(1).filter(|_| span.file == self.file)
    }

    fn end(&self, at: usize) -> u32 {
        self.places.get(at).map_or(0, |place| place.whole.end)
    }

    /// The next statement of the same block that is not a dash line.
    fn next(&self, at: usize) -> Option<usize> {
        let mut next = self.places.get(at)?.next?;
        while self.places.get(next)?.word == Word::Dash {
            next = self.places.get(next)?.next?;
        }
        Some(next)
    }

    fn siblings_after(&self, at: usize) -> impl Iterator<Item = &Place> {
        let first = self.places.get(at).and_then(|place| place.next);
        let following = std::iter::successors(first, |&at| self.places.get(at).and_then(|place| place.next));
        following.filter_map(|at| self.places.get(at))
    }

    fn edit(&self, start: u32, end: u32, replacement: impl Into<String>) -> Edit {
        Edit { span: Span::new(self.file, start, end), replacement: replacement.into() }
    }

    fn slice(&self, (start, end): (u32, u32)) -> &'s str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }
}

/// All statements, by first byte.
fn places(tree: &Tree<'_>) -> Vec<Place> {
    let mut open: Vec<(Node<'_>, Option<u32>)> = tree.roots().map(|node| (node, None)).collect();
    let mut found: Vec<(Place, Option<u32>)> = Vec::new();
    while let Some((node, parent)) = open.pop() {
        let header = node.header();
        found.push((place(node, parent.is_none()), parent));
        open.extend(node.children().map(|child| (child, Some(header.start))));
    }
    found.sort_by_key(|(place, _)| place.header.start);
    let by_start: HashMap<u32, usize> =
        found.iter().enumerate().map(|(at, (place, _))| (place.header.start, at)).collect();
    let parents: Vec<Option<usize>> =
        found.iter().map(|(_, parent)| parent.and_then(|start| by_start.get(&start).copied())).collect();
    let mut places: Vec<Place> = found.into_iter().map(|(place, _)| place).collect();
    let mut following: HashMap<Option<usize>, usize> = HashMap::new();
    for (at, (place, parent)) in places.iter_mut().zip(parents).enumerate().rev() {
        place.parent = parent;
        place.next = following.insert(parent, at);
    }
    places
}

fn place(node: Node<'_>, is_root: bool) -> Place {
    let name = node.name();
    let word = match name.text {
        "-" => Word::Dash,
        "when" => Word::When,
        "or" => Word::Or,
        "flag" => Word::Flag,
        _ => Word::Other,
    };
    let argument = node.entries().next().filter(|_| is_root).and_then(|entry| match entry.value {
        Value::Text(text) => Some(text.text.to_owned()),
        Value::Number(_) | Value::Bool(_) | Value::Null => None,
    });
    Place { word, argument, name: name.span, header: node.header(), whole: node.span(), parent: None, next: None }
}
