//! What the rules about meaning say alike: for whom a claim can be seen, what it assumes, and what could not be decided.

use jiff::Timestamp;

use super::waterfall::{Reasoning, Waterfall};
use crate::diagnostic::{Diagnostic, Rule, Witness};
use crate::lower::instant;
use crate::region::{self, Assumption, Declared, Undecided};
use crate::source::Span;
use crate::witness;

/// Somebody of a waterfall, as findings name them.
pub(super) fn witness(
    found: Option<&region::Witness>,
    waterfall: &Waterfall<'_>,
    reasoning: &Reasoning<'_>,
) -> Option<Witness> {
    let region::Witness { subject, at } = found?;
    let source = witness::Source::Workspace {
        workspace: reasoning.given,
        environment: waterfall.environment(),
        declared: reasoning.attributes,
    };
    Some(witness::Document::new(&waterfall.flag.key, source, subject, *at))
}

/// `for example user-3 (country=US)`; empty where nobody was found.
pub(super) fn example(found: Option<&Witness>) -> String {
    let Some(witness) = found else { return String::new() };
    let attributes = witness.attributes.iter().map(|(name, value)| match value.as_str() {
        Some(text) => format!("{name}={text}"),
        None => format!("{name}={value}"),
    });
    let attributes: Vec<String> = attributes.collect();
    let known = if attributes.is_empty() { String::new() } else { format!(" with `{}`", attributes.join("`, `")) };
    format!(", for example `{}`{known}", witness.subject)
}

/// `, if `age` is a number and callers pass no `id``; empty where nothing is assumed.
pub(super) fn assuming(assumption: &Assumption) -> String {
    let typed = assumption.typed.iter().map(|(name, kind)| format!("`{name}` is {}", noun(*kind)));
    let key = assumption.no_id.then(|| "callers pass no `id`".to_owned());
    let all: Vec<String> = typed.chain(key).collect();
    if all.is_empty() { String::new() } else { format!(", if {}", all.join(" and ")) }
}

fn noun(declared: Declared) -> &'static str {
    match declared {
        Declared::Text => "text",
        Declared::Number => "a number",
        Declared::Bool => "true or false",
        Declared::Version => "a version",
    }
}

/// ` from 2027-01-01T00:00:00.000Z on`; empty where it is so already.
pub(super) fn beginning(from: Option<Timestamp>) -> String {
    from.map_or_else(String::new, |from| format!(" from {} on", instant(from)))
}

/// A claim about a place that could not be decided. `what` completes "cannot decide …".
pub(super) fn undecided(span: Span, what: &str, undecided: &Undecided) -> Diagnostic {
    Diagnostic::new(Rule::Undecided, span, format!("cannot decide {what}: {undecided}"))
        .label("not decided")
        .meaning("what nobody proved may be wrong: this is a finding until it is decided, or allowed with a reason")
        .help("say it with fewer or simpler conditions: lists instead of patterns, one pattern instead of several")
}

/// Names in backticks: `a`, `b` and `c`.
pub(super) fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match (quoted.pop(), quoted.is_empty()) {
        (Some(last), true) => last,
        (Some(last), false) => format!("{} and {last}", quoted.join(", ")),
        (None, _) => String::new(),
    }
}
