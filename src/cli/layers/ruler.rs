//! Rulers at a terminal: the layer drawn to scale, and its slots below.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::words;
use crate::cli::output::printable;
use crate::cli::show::shortened;
use crate::diagnostic::render::human::Look;
use crate::layers::{Part, Ruler};
use crate::model::{DEFAULT_ENTITY, SHARDS};

/// The longest ruler, in columns.
const LONGEST: usize = 100;

/// Letters for slots, in their order; further slots are `#`.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// All rulers, an empty line between two.
pub(super) fn render(rulers: &[Ruler], look: Look) -> String {
    rulers.iter().map(|ruler| one(ruler, look)).collect::<Vec<_>>().join("\n")
}

fn one(ruler: &Ruler, look: Look) -> String {
    let (strong, weak, plain) = if look.color { ("\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m") } else { ("", "", "") };
    let mut about = match ruler.free() {
        0 => "nothing free".to_owned(),
        free => format!("{} free", words::percent(free)),
    };
    if ruler.entity != DEFAULT_ENTITY {
        about = format!("of {}, {about}", ruler.entity);
    }
    if let Some(owner) = &ruler.owner {
        about = format!("{about}, owner {owner}");
    }
    let mut text = format!("{strong}{}{plain}: {}\n\n", printable(&ruler.layer), printable(&about));
    let width = look.width.min(LONGEST);
    let _ = writeln!(text, "{weak}{}{plain}", scale(width));
    let _ = writeln!(text, "{}\n", drawn(ruler, width, look.unicode));
    let mut number = 0;
    for part in &ruler.parts {
        let letter = if part.slot.is_some() { letter(number) } else { gap(look.unicode) };
        number += usize::from(part.slot.is_some());
        describe(&mut text, part, letter, (strong, plain), look);
    }
    text
}

/// The slot's line, and one for each of its users.
fn describe(text: &mut String, part: &Part, letter: char, (strong, plain): (&str, &str), look: Look) {
    let dash = if look.unicode { "–" } else { "-" };
    let range = words::range(part, dash);
    let Some(slot) = &part.slot else {
        let _ = writeln!(text, "{letter} {range}: no slot, {} free", words::percent(part.shards()));
        return;
    };
    let head = format!("{letter} {}", printable(slot));
    let line = format!("{head} {range}: {}", printable(&words::frees(part)));
    for line in wrapped(&line, "  ", look) {
        // A name that is wider than the terminal stays plain.
        let line = line.strip_prefix(&head).map_or(line.clone(), |rest| format!("{strong}{head}{plain}{rest}"));
        let _ = writeln!(text, "{line}");
    }
    let mut above = None;
    for used in &part.uses {
        let user = words::user(used);
        if above.as_ref() != Some(&user) {
            wrapped(&format!("  {}", printable(&user)), "    ", look).for_each(|line| text.push_str(&(line + "\n")));
        }
        above = Some(user);
        let what = words::what(used);
        wrapped(&format!("    {}", printable(&what)), "      ", look).for_each(|line| text.push_str(&(line + "\n")));
    }
}

fn wrapped<'a>(text: &'a str, indent: &'a str, look: Look) -> impl Iterator<Item = String> + use<'a> {
    let options = textwrap::Options::new(look.width)
        .subsequent_indent(indent)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(std::borrow::Cow::into_owned)
}

/// `0%       25% …`, each over its column.
fn scale(width: usize) -> String {
    let mut line = String::new();
    for quarter in 0..4 {
        let at = width * quarter / 4;
        line.push_str(&" ".repeat(at.saturating_sub(line.width())));
        line.push_str(&format!("{}%", quarter * 25));
    }
    let end = "100%";
    line.push_str(&" ".repeat(width.saturating_sub(line.width() + end.len())));
    line + end
}

/// Each slot as its letters, with its name in the middle where it fits; dots for free room.
fn drawn(ruler: &Ruler, width: usize, unicode: bool) -> String {
    let mut cells = vec![gap(unicode).to_string(); width];
    let slots = ruler.parts.iter().filter(|part| part.slot.is_some());
    for (number, part) in slots.enumerate() {
        let (start, end) = columns(part.from, part.to, width);
        let label = label(part, letter(number), end - start, unicode);
        for (cell, drawn) in cells.iter_mut().skip(start).zip(label) {
            *cell = drawn;
        }
    }
    cells.concat()
}

/// From which column to which; at least one, as narrow as a slot may be.
fn columns(from: u32, to: u32, width: usize) -> (usize, usize) {
    let column = |shard: u32| shard as usize * width / SHARDS as usize;
    let start = column(from).min(width.saturating_sub(1));
    (start, column(to).max(start + 1))
}

/// One text a column: a cell that a wide character covers the second half of is empty.
fn label(part: &Part, letter: char, width: usize, unicode: bool) -> Vec<String> {
    let mut cells = vec![letter.to_string(); width];
    let Some(room) = width.checked_sub(4).filter(|room| *room >= 3) else { return cells };
    let name = printable(part.slot.as_deref().unwrap_or_default()).into_owned();
    let name = format!(" {} ", shortened(&name, room, unicode));
    let mut at = (width - name.width()) / 2;
    for character in name.chars() {
        let wide = unicode_width::UnicodeWidthChar::width(character).unwrap_or(0);
        match (wide, at.checked_sub(1)) {
            // A combining mark belongs to the character before it.
            (0, Some(before)) => cells.iter_mut().skip(before).take(1).for_each(|cell| cell.push(character)),
            _ => {
                cells.iter_mut().skip(at).take(1).for_each(|cell| *cell = character.to_string());
                cells.iter_mut().skip(at + 1).take(wide.saturating_sub(1)).for_each(String::clear);
            }
        }
        at += wide;
    }
    cells
}

fn letter(number: usize) -> char {
    LETTERS.chars().nth(number).unwrap_or('#')
}

fn gap(unicode: bool) -> char {
    if unicode { '·' } else { '.' }
}
