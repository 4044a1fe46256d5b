//! An answer for people: the answer, a sentence, and a command that shows it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::document::{Answer, By, Document, End};
use crate::cli::output::printable;
use crate::count::Fraction;
use crate::diagnostic::render::counted;
use crate::diagnostic::render::human::Look;
use crate::witness;

/// More shares than these are cut, with a count.
const SHOWN: usize = 8;

/// One line for grep, or one for each difference: answer, flag, environment, share, command, tab-separated; `-` where there is none.
pub(super) fn plain(document: &Document) -> String {
    let answer = document.answer.word();
    let mut rows: Vec<[Option<String>; 4]> = Vec::new();
    let command = |witness: &Option<witness::Document>| witness.as_ref().map(|witness| witness.command.clone());
    for each in &document.differences {
        rows.push([Some(each.flag.clone()), Some(each.environment.clone()), None, command(&each.witness)]);
    }
    if rows.is_empty() {
        let seen = document.witness.as_ref();
        rows.push([
            seen.map(|seen| seen.flag.clone()),
            seen.map(|seen| seen.environment.clone()),
            document.share.as_ref().map(Fraction::percent),
            command(&document.witness),
        ]);
    }
    let mut out = String::new();
    for row in rows {
        let fields = row.map(|field| field.map_or_else(|| "-".to_owned(), |field| printable(&field).into_owned()));
        let _ = writeln!(out, "{answer}\t{}", fields.join("\t"));
    }
    out
}

/// The whole answer.
pub(super) fn render(document: &Document, look: Look) -> String {
    let (on, off) = if look.color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    let mut out = format!("{on}{}{off}: {}\n", document.answer.word(), printable(&document.sentence));
    shares(document, &mut out);
    for each in &document.undecided {
        let _ = writeln!(
            out,
            "  {} in {}: {}",
            printable(&each.flag),
            printable(&each.environment),
            printable(&each.reason)
        );
    }
    if document.differences.is_empty() {
        pasted(document, &mut out);
    } else {
        differences(document, &mut out);
    }
    out
}

fn shares(document: &Document, out: &mut String) {
    let at = document.witness.as_ref().map(|witness| format!(" at {}", witness.at)).unwrap_or_default();
    if let Some(why) = &document.uncounted {
        let _ = writeln!(out, "  which share it takes is not said: {}", printable(why));
    }
    match (&document.share, &document.least, &document.most) {
        (Some(share), ..) => {
            let _ = writeln!(out, "  it takes {share} of them{at}");
        }
        (None, Some(least), Some(most)) => {
            let _ = writeln!(out, "  it takes between {least} and {most} of them{at}, depending on their attributes:");
            examples(document, out);
        }
        (None, ..) => {}
    }
    if let Some(keys) = document.keys {
        let of = counted(keys.of, "subject key");
        let _ = writeln!(out, "  of {of} listed one by one it takes {}", keys.taken);
    }
}

/// Each share once, with attributes that lead to it.
fn examples(document: &Document, out: &mut String) {
    let mut by_share: BTreeMap<&Fraction, &Map<String, Value>> = BTreeMap::new();
    for region in document.regions.iter().filter(|region| region.subject.is_none()) {
        by_share.entry(&region.share).or_insert(&region.attributes);
    }
    let more = by_share.len().saturating_sub(SHOWN);
    for (share, attributes) in by_share.iter().rev().take(SHOWN) {
        let words = attributes.iter().map(|(name, value)| match value {
            Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        });
        let words = words.collect::<Vec<_>>().join(" ");
        let words = if words.is_empty() { "no attributes".to_owned() } else { words };
        let _ = writeln!(out, "    {share} with {}", printable(&words));
    }
    if more > 0 {
        let _ = writeln!(out, "    and {more} more shares");
    }
}

fn pasted(document: &Document, out: &mut String) {
    let (witness, also) = (document.witness.as_ref(), document.also.as_ref());
    match (witness, also) {
        (Some(first), Some(second)) if document.by == Some(By::Targeting) => {
            let _ = writeln!(out, "  one subject is in the first step like this:\n    {}", first.command);
            let _ =
                writeln!(out, "  and, once attributes or time have changed, in the second:\n    {}", second.command);
        }
        (Some(_), _) => {
            for each in witness.into_iter().chain(also) {
                let _ = writeln!(out, "  {}", each.command);
            }
        }
        (None, _) if document.answer == Answer::Refuted && document.question.starts_with("exclusive") => {
            out.push_str("  no witness was found within the budget\n");
        }
        (None, _) => {}
    }
}

fn differences(document: &Document, out: &mut String) {
    for each in &document.differences {
        let _ = writeln!(out, "\n{} in {}", printable(&each.flag), printable(&each.environment));
        let _ = writeln!(out, "  first:  {}", end(each.before.as_ref()));
        let _ = writeln!(out, "  second: {}", end(each.after.as_ref()));
        if each.witness.is_none() {
            out.push_str("  no witness was found within the budget\n");
        }
        for seen in each.witness.iter().chain(&each.also) {
            let _ = writeln!(out, "  {}", seen.command);
        }
    }
}

fn end(end: Option<&End>) -> String {
    let Some(End { step, variation, value, logged }) = end else { return "the caller's default".to_owned() };
    let logged = if *logged { "logged" } else { "not logged" };
    printable(&format!("{variation} = {value}, decided by {step}, {logged}")).into_owned()
}
