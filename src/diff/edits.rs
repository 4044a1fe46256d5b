//! What was edited, in the author's words: definition by definition, step by step, each fact before and after.

mod facts;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::View;
use crate::model::{Flag, Value};
use crate::source::{SourceSet, Span};
pub(super) use facts::{exposure, written};

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As findings call it.
    pub file: String,
    /// Line and column of its beginning, 1-based.
    pub start: (u32, u32),
    /// Line and column after its end.
    pub end: (u32, u32),
}

/// Something that was edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What it belongs to: ``step `trial` ``, ``segment `staff` ``, `flag`.
    pub of: String,
    /// What of it: `exposure`, `when`; empty for the whole.
    pub what: String,
    /// As it was; none where it is new.
    pub before: Option<String>,
    /// As it is; none where it is gone.
    pub after: Option<String>,
    /// Where it was.
    pub was_at: Option<Place>,
    /// Where it is.
    pub is_at: Option<Place>,
    /// Whether it is written outside of the flag, where other flags use it, too.
    pub is_shared: bool,
}

impl Edit {
    /// In one line: ``step `trial`: exposure 5% → 25% ``.
    #[must_use]
    pub fn words(&self) -> String {
        let what = if self.what.is_empty() { String::new() } else { format!("{} ", self.what) };
        match (&self.before, &self.after) {
            (Some(before), Some(after)) if before.is_empty() || after.is_empty() => {
                format!("{}: {}", self.of, what.trim_end())
            }
            (Some(before), Some(after)) => format!("{}: {what}{before} → {after}", self.of),
            (None, Some(after)) if self.what.is_empty() => format!("{} added{}", self.of, told(after)),
            (None, Some(after)) => format!("{}: {what}{after} added", self.of),
            (Some(before), None) if self.what.is_empty() => format!("{} removed{}", self.of, told(before)),
            (Some(before), None) => format!("{}: {what}{before} removed", self.of),
            (None, None) => format!("{}: {}", self.of, what.trim_end()),
        }
    }
}

fn told(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

/// One fact of a definition.
struct Fact {
    of: String,
    what: &'static str,
    text: String,
    span: Span,
    is_shared: bool,
    /// Whether only its being there counts.
    is_summary: bool,
}

/// The edits of a flag.
#[derive(Debug, Default)]
pub(super) struct Edited {
    /// Of the flag as a whole.
    flag: Vec<Edit>,
    /// By environment: what is placed there, and what that uses.
    environments: BTreeMap<String, Vec<Edit>>,
}

impl Edited {
    pub(super) fn in_environment(&self, environment: &str) -> Vec<Edit> {
        let own = self.environments.get(environment).into_iter().flatten();
        self.flag.iter().chain(own).cloned().collect()
    }
}

/// Compares what both sides say of a flag. Of configuration files nothing can be said.
pub(super) fn of(key: &str, sides: [(View<'_>, Option<&Flag>); 2]) -> Edited {
    let [(base, before), (head, after)] = sides;
    let sources = match (base.written, head.written) {
        (Some((_, before)), Some((_, after))) => [before, after],
        _ => return Edited::default(),
    };
    let (Some(before), Some(after)) = (before, after) else {
        let whole = |flag: &Flag, sources: &SourceSet| (String::new(), place(sources, flag.span));
        let of = format!("flag `{key}`");
        let edit = match (before, after) {
            (Some(before), None) => {
                let (text, at) = whole(before, sources[0]);
                Edit {
                    of,
                    what: String::new(),
                    before: Some(text),
                    after: None,
                    was_at: Some(at),
                    is_at: None,
                    is_shared: false,
                }
            }
            (None, Some(after)) => {
                let (text, at) = whole(after, sources[1]);
                Edit {
                    of,
                    what: String::new(),
                    before: None,
                    after: Some(text),
                    was_at: None,
                    is_at: Some(at),
                    is_shared: false,
                }
            }
            _ => return Edited::default(),
        };
        return Edited { flag: vec![edit], environments: BTreeMap::new() };
    };
    let flag = compared([facts::of_flag(before), facts::of_flag(after)], sources);
    let mut environments = BTreeMap::new();
    let names = before.environments.iter().chain(&after.environments).map(|here| here.environment.name.value.as_str());
    for name in names.collect::<std::collections::BTreeSet<_>>() {
        let facts = [(before, sources[0]), (after, sources[1])]
            .map(|(flag, sources)| facts::of_environment(flag, name, sources));
        let mut edits = compared(facts, sources);
        edits.extend(facts::moved(before, after, name, sources));
        if !edits.is_empty() {
            environments.insert(name.to_owned(), edits);
        }
    }
    Edited { flag, environments }
}

/// What differs between two lists of facts, in the order of the second; what is gone comes first.
fn compared([before, after]: [Vec<Fact>; 2], sources: [&SourceSet; 2]) -> Vec<Edit> {
    let same = |one: &Fact, other: &Fact| one.of == other.of && one.what == other.what;
    // Of what is new, or gone, as a whole, its parts need no words of their own.
    let lacks = |facts: &[Fact], fact: &Fact| !fact.what.is_empty() && !facts.iter().any(|other| other.of == fact.of);
    let mut edits = Vec::new();
    for fact in &before {
        if !after.iter().any(|other| same(fact, other)) && !lacks(&after, fact) {
            edits.push(Edit {
                of: fact.of.clone(),
                what: fact.what.to_owned(),
                before: Some(fact.text.clone()),
                after: None,
                was_at: Some(place(sources[0], fact.span)),
                is_at: None,
                is_shared: fact.is_shared,
            });
        }
    }
    for fact in &after {
        let was = before.iter().find(|other| same(fact, other));
        if was.is_some_and(|was| fact.is_summary || was.text == fact.text) || was.is_none() && lacks(&before, fact) {
            continue;
        }
        edits.push(Edit {
            of: fact.of.clone(),
            what: fact.what.to_owned(),
            before: was.map(|was| was.text.clone()),
            after: Some(fact.text.clone()),
            was_at: was.map(|was| place(sources[0], was.span)),
            is_at: Some(place(sources[1], fact.span)),
            is_shared: fact.is_shared,
        });
    }
    edits
}

pub(super) fn place(sources: &SourceSet, span: Span) -> Place {
    let (start, end) = sources.place(span);
    let pair = |at: crate::source::LineColumn| (at.line, at.column);
    Place { file: sources.file(span.file).name.clone(), start: pair(start), end: pair(end) }
}

/// A value as JSON; of a JSON flag, JSON.
pub(super) fn json(value: &Value) -> Json {
    match value {
        Value::Boolean(truth) => (*truth).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Integer(whole) => (*whole).into(),
        Value::Numeric(number) => (*number).into(),
        Value::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
    }
}
