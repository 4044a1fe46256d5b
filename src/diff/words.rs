//! Changes in the words of the author: definitions as lists of facts, compared fact by fact.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Place, Side};
use crate::audience::condition::{Asked, cut, whole};
use crate::model::{Alternative, Audience, Condition};
use crate::source::Span;

/// What happened to a line of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// Nothing.
    Kept,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
    /// It stands elsewhere in the waterfall.
    Moved,
}

impl Mark {
    /// One character for it.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Kept => ' ',
            Self::Added => '+',
            Self::Removed => '-',
            Self::Changed => '~',
            Self::Moved => '>',
        }
    }
}

/// One thing that changed, in the author's words.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Word {
    /// What happened.
    pub mark: Mark,
    /// What changed, such as ``step `beta`: exposure 5% → 25%``.
    pub text: String,
    /// The step it is about, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Where it stood; null for what is new.
    pub base: Option<Place>,
    /// Where it stands; null for what is gone.
    pub head: Option<Place>,
}

/// The two sides, for places.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) base: &'a Side<'a>,
    pub(super) head: &'a Side<'a>,
}

impl Sides<'_> {
    pub(super) fn word(self, mark: Mark, text: String, base: Option<Span>, head: Option<Span>) -> Word {
        let place = |side: &Side<'_>, span: Option<Span>| span.and_then(|span| side.place(span));
        Word { mark, text, step: None, base: place(self.base, base), head: place(self.head, head) }
    }
}

/// One fact of a definition: what it is called, and what it says.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    label: String,
    text: String,
    span: Option<Span>,
}

/// A definition as facts.
#[derive(Debug, Clone)]
pub(super) struct Definition<'a> {
    /// What sentences about it begin with, such as ``step `beta```; empty for the flag itself.
    pub(super) title: String,
    /// Its line.
    pub(super) span: Option<Span>,
    /// In the order in which they are told.
    pub(super) facts: Vec<Fact>,
    /// Whom it targets.
    pub(super) audience: Option<&'a Audience>,
}

impl<'a> Definition<'a> {
    pub(super) fn new(title: impl Into<String>, span: Option<Span>) -> Self {
        Self { title: title.into(), span, facts: Vec::new(), audience: None }
    }

    /// A fact that there always is.
    pub(super) fn fact(mut self, label: &str, text: impl Into<String>) -> Self {
        self.facts.push(Fact { label: label.to_owned(), text: text.into(), span: None });
        self
    }

    /// A fact at a place of its own.
    pub(super) fn at(mut self, label: &str, text: impl Into<String>, span: Option<Span>) -> Self {
        self.facts.push(Fact { label: label.to_owned(), text: text.into(), span });
        self
    }

    /// A fact where there is one.
    pub(super) fn maybe(self, label: &str, text: Option<impl Into<String>>) -> Self {
        match text {
            Some(text) => self.fact(label, text),
            None => self,
        }
    }

    pub(super) fn audience(self, audience: &'a Audience) -> Self {
        Self { audience: Some(audience), ..self }
    }

    /// Everything it says, for comparison.
    pub(super) fn told(&self) -> String {
        let facts: Vec<String> = self.facts.iter().map(|fact| format!("{} {}", fact.label, fact.text)).collect();
        let audience = self.audience.map(|audience| {
            let mut all: Vec<_> = audience.alternatives.iter().map(whole).collect();
            all.sort_unstable();
            format!("{all:?}")
        });
        facts.into_iter().chain(audience).collect::<Vec<_>>().join("\n")
    }

    /// The same without some of its facts.
    pub(super) fn without(mut self, labels: &[&str]) -> Self {
        self.facts.retain(|fact| !labels.contains(&fact.label.as_str()));
        self
    }

    fn sentence(&self, text: &str) -> String {
        if self.title.is_empty() { text.to_owned() } else { format!("{}: {text}", self.title) }
    }

    /// What two definitions of one thing say differently.
    pub(super) fn compare(&self, after: &Self, sides: Sides<'_>) -> Vec<Word> {
        let mut words = Vec::new();
        let known: BTreeMap<&str, &Fact> = self.facts.iter().map(|fact| (fact.label.as_str(), fact)).collect();
        let mut seen = BTreeSet::new();
        for fact in &after.facts {
            seen.insert(fact.label.as_str());
            let (before, head) = (known.get(fact.label.as_str()), fact.span.or(after.span));
            let Some(before) = before else {
                let text = self.sentence(&format!("+ {}", said(&fact.label, &fact.text)));
                words.push(sides.word(Mark::Added, text, self.span, head));
                continue;
            };
            if before.text != fact.text {
                let text = format!("{} {} → {}", fact.label, before.text, fact.text);
                words.push(sides.word(Mark::Changed, self.sentence(text.trim()), before.span.or(self.span), head));
            }
        }
        for fact in self.facts.iter().filter(|fact| !seen.contains(fact.label.as_str())) {
            let text = self.sentence(&format!("- {}", said(&fact.label, &fact.text)));
            words.push(sides.word(Mark::Removed, text, fact.span.or(self.span), after.span));
        }
        if let (Some(before), Some(audience)) = (self.audience, after.audience) {
            words.extend(self.audiences((before, audience), after.span, sides));
        }
        words
    }

    fn audiences(&self, (before, after): (&Audience, &Audience), head: Option<Span>, sides: Sides<'_>) -> Vec<Word> {
        let mut left: Vec<&Alternative> = before.alternatives.iter().collect();
        let mut right: Vec<&Alternative> = after.alternatives.iter().collect();
        right.retain(|alternative| {
            let same = left.iter().position(|other| whole(other) == whole(alternative));
            same.map(|index| left.remove(index)).is_none()
        });
        if before.alternatives.is_empty() != after.alternatives.is_empty() {
            // Everyone has no line of its own: what is added narrows, what is removed widens.
            let text = format!("for {} → {}", quoted(before), quoted(after));
            let place = |audience: &Audience| audience.alternatives.first().map(|first| first.span);
            let (base, head) = (place(before).or(self.span), place(after).or(head));
            return vec![sides.word(Mark::Changed, self.sentence(&text), base, head)];
        }
        match (left.as_slice(), right.as_slice()) {
            ([one], [other]) => self.conditions(one, other, sides),
            _ => {
                let gone = left.iter().map(|alternative| (Mark::Removed, "-", alternative));
                let new = right.iter().map(|alternative| (Mark::Added, "+", alternative));
                let told = gone.chain(new).map(|(mark, sign, alternative)| {
                    let text = self.sentence(&format!("{sign} `{}`", self::alternative(alternative)));
                    match mark {
                        Mark::Removed => sides.word(mark, text, Some(alternative.span), head),
                        _ => sides.word(mark, text, self.span, Some(alternative.span)),
                    }
                });
                told.collect()
            }
        }
    }

    /// What two alternatives say differently, condition by condition; of lists, value by value.
    fn conditions(&self, before: &Alternative, after: &Alternative, sides: Sides<'_>) -> Vec<Word> {
        let mut left: Vec<(Asked, Span)> = before.conditions.iter().map(asked).collect();
        let mut right: Vec<(Asked, Span)> = after.conditions.iter().map(asked).collect();
        right.retain(|(asked, _)| {
            let same = left.iter().position(|(other, _)| other.whole() == asked.whole());
            same.map(|index| left.remove(index)).is_none()
        });
        let mut words = Vec::new();
        right.retain(|(asked, head)| {
            let about = left.iter().position(|(other, _)| other.about == asked.about && !asked.values.is_empty());
            let Some((before, base)) = about.map(|index| left.remove(index)) else { return true };
            let text = self.sentence(&values(&before, asked));
            words.push(sides.word(Mark::Changed, text, Some(base), Some(*head)));
            false
        });
        for (asked, base) in left {
            let text = self.sentence(&format!("- `{}`", asked.text()));
            words.push(sides.word(Mark::Removed, text, Some(base), Some(after.span)));
        }
        for (asked, head) in right {
            let text = self.sentence(&format!("+ `{}`", asked.text()));
            words.push(sides.word(Mark::Added, text, Some(before.span), Some(head)));
        }
        words
    }
}

fn said(label: &str, text: &str) -> String {
    if text.is_empty() { label.to_owned() } else { format!("{label} {text}") }
}

/// `country one-of: + CA - US`; of one value each, `age gt 18 → 21`.
fn values(before: &Asked, after: &Asked) -> String {
    let texts = |asked: &Asked| asked.values.iter().map(|(value, _)| value.clone()).collect::<Vec<String>>();
    let (old, new) = (texts(before), texts(after));
    if let ([old], [new]) = (old.as_slice(), new.as_slice()) {
        return format!("`{}` {old} → {new}", after.about);
    }
    let beyond = |values: &[String], others: &[String]| {
        let others: BTreeSet<&String> = others.iter().collect();
        values.iter().filter(|value| !others.contains(value)).cloned().collect::<Vec<_>>()
    };
    let part = |sign: &str, values: Vec<String>| {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        (!values.is_empty()).then(|| format!("{sign} {}", cut(&values)))
    };
    let parts = [part("+", beyond(&new, &old)), part("-", beyond(&old, &new))];
    format!("`{}` {}", after.about, parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

fn asked(condition: &Condition) -> (Asked, Span) {
    let (Condition::Attribute { span, .. } | Condition::Segment { span, .. }) = condition;
    (Asked::of(condition), *span)
}

/// `country one-of US CA and plan is pro`.
pub(super) fn alternative(alternative: &Alternative) -> String {
    let all: Vec<String> = alternative.conditions.iter().map(|condition| Asked::of(condition).text()).collect();
    all.join(" and ")
}

/// An audience on one line, alternatives after `or`; `everyone` where there are none.
pub(super) fn audience(audience: &Audience) -> String {
    let all: Vec<String> = audience.alternatives.iter().map(self::alternative).collect();
    if all.is_empty() { "everyone".to_owned() } else { all.join(" or ") }
}

fn quoted(audience: &Audience) -> String {
    if audience.alternatives.is_empty() { "everyone".to_owned() } else { format!("`{}`", self::audience(audience)) }
}
