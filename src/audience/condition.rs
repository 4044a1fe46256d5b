//! Conditions as an author writes them, of the model and of the wire.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::import;
use crate::model::predicate::expression;
use crate::model::{Alternative, AttributeType, Audience, Condition, Flag, Operand, PatternKind, Segment, Test};
use crate::region::Declared;
use crate::source::Span;
use crate::syntax::print;
use crate::ufc;
use crate::ufc::write::number_text;

/// Lists longer than this are cut, with a count.
pub(crate) const SHOWN: usize = 8;

/// A condition in pieces: what is asked of what, and the values it names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    /// `country one-of`; what two conditions have in common of which only the values differ.
    pub(crate) about: String,
    /// The values as written, in order.
    pub(crate) values: Vec<(String, Option<Span>)>,
    /// The word for one value, where it has another.
    single: Option<&'static str>,
}

impl Asked {
    pub(crate) fn of(condition: &Condition) -> Self {
        match condition {
            Condition::Segment { segment, negated, .. } => {
                let word = if *negated { "not-in-segment" } else { "in-segment" };
                Self::plain(word.to_owned(), vec![(segment.name.value.clone(), None)])
            }
            Condition::Attribute { attribute, test, .. } => Self::of_test(&print::text(&attribute.name), test),
        }
    }

    fn of_test(name: &str, test: &Test) -> Self {
        match test {
            Test::Null { is } => {
                Self::plain(format!("{name} {}", if *is { "is-null" } else { "not-null" }), Vec::new())
            }
            Test::Listed { negated, values } => {
                let (word, single) = if *negated { ("not-one-of", "is-not") } else { ("one-of", "is") };
                let values = values.iter().map(|value| (operand(&value.value), Some(value.span)));
                Self { about: format!("{name} {word}"), values: values.collect(), single: Some(single) }
            }
            Test::Pattern { negated, kind, texts } => {
                let not = if *negated { "not-" } else { "" };
                let values = texts.iter().map(|text| match kind {
                    PatternKind::Matches => (print::quoted(&text.value), Some(text.span)),
                    PatternKind::StartsWith | PatternKind::EndsWith | PatternKind::Contains => {
                        (print::text(&text.value), Some(text.span))
                    }
                });
                Self::plain(format!("{name} {not}{}", kind.word()), values.collect())
            }
            Test::Compare { order, operand: with } => {
                Self::plain(format!("{name} {}", order.word()), vec![(operand(&with.value), Some(with.span))])
            }
        }
    }

    fn plain(about: String, values: Vec<(String, Option<Span>)>) -> Self {
        Self { about, values, single: None }
    }

    /// The condition, long lists cut.
    pub(crate) fn text(&self) -> String {
        let values: Vec<&str> = self.values.iter().map(|(value, _)| value.as_str()).collect();
        let about = match (self.single, values.as_slice(), self.about.rsplit_once(' ')) {
            (Some(single), [_], Some((name, _))) => format!("{name} {single}"),
            _ => self.about.clone(),
        };
        if values.is_empty() { about } else { format!("{about} {}", cut(&values)) }
    }

    /// The whole of it, for comparison: values of a list have no order.
    pub(crate) fn whole(&self) -> (String, Vec<&str>) {
        let mut values: Vec<&str> = self.values.iter().map(|(value, _)| value.as_str()).collect();
        values.sort_unstable();
        values.dedup();
        (self.about.clone(), values)
    }
}

/// Values one after the other; of long lists the first, with a count.
pub(crate) fn cut(values: &[&str]) -> String {
    let shown = values.iter().take(SHOWN).copied().collect::<Vec<_>>().join(" ");
    match values.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{shown} … {more} more"),
        _ => shown,
    }
}

pub(crate) fn operand(operand: &Operand) -> String {
    match operand {
        Operand::Text(text) => print::text(text),
        Operand::Number(number) => number_text(*number, false),
        Operand::Bool(truth) => format!("#{truth}"),
        Operand::Version(version) => print::quoted(version),
    }
}

/// What authors wrote for a pattern of the wire, by attribute and pattern in JSON: the attribute's name, and the test unless negated.
pub(crate) type Patterns = BTreeMap<(String, String), (String, String)>;

/// The patterns of some flags, those of their segments too.
pub(crate) fn patterns<'a>(flags: impl Iterator<Item = &'a Flag>) -> Patterns {
    let (mut found, mut seen) = (Patterns::new(), BTreeSet::new());
    for step in flags.flat_map(|flag| &flag.steps) {
        of_audience(&step.audience, &mut found, &mut seen);
    }
    found
}

/// `seen` are segments that were looked at, one may be used in many ways.
fn of_audience(audience: &Audience, found: &mut Patterns, seen: &mut BTreeSet<*const Segment>) {
    for condition in audience.alternatives.iter().flat_map(|alternative| &alternative.conditions) {
        match condition {
            Condition::Segment { segment, .. } => {
                if seen.insert(Arc::as_ptr(segment)) {
                    of_audience(&segment.audience, found, seen);
                }
            }
            Condition::Attribute { attribute, test: Test::Pattern { kind, texts, .. }, .. } => {
                let wire = expression(*kind, texts.iter().map(|text| text.value.as_str()));
                let name = print::text(&attribute.name);
                let positive = Test::Pattern { negated: false, kind: *kind, texts: texts.clone() };
                let words = Asked::of_test("", &positive).text().trim_start().to_owned();
                found.insert((attribute.name.clone(), serde_json::Value::from(wire).to_string()), (name, words));
            }
            Condition::Attribute { .. } => {}
        }
    }
}

/// A condition of the wire, long lists cut.
pub(crate) fn of_wire(condition: &ufc::Condition, declared: Option<Declared>) -> String {
    let kind = match declared {
        None | Some(Declared::Text) => AttributeType::String,
        Some(Declared::Number) => AttributeType::Number,
        Some(Declared::Bool) => AttributeType::Bool,
        Some(Declared::Version) => AttributeType::Semver,
    };
    let listed = condition.value.as_array().map_or(0, Vec::len);
    let Some(more) = listed.checked_sub(SHOWN).filter(|more| *more > 0) else {
        return import::condition(condition, kind);
    };
    let few = condition.value.as_array().into_iter().flatten().take(SHOWN).cloned().collect::<Vec<_>>();
    let few = ufc::Condition { value: few.into(), ..condition.clone() };
    format!("{} … {more} more", import::condition(&few, kind))
}

/// An alternative for comparison: conditions have no order.
pub(crate) fn whole(alternative: &Alternative) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = alternative
        .conditions
        .iter()
        .map(|condition| {
            let asked = Asked::of(condition);
            let (about, values) = asked.whole();
            (about, values.into_iter().map(str::to_owned).collect())
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether two audiences say the same.
pub(crate) fn says_the_same(before: &Audience, after: &Audience) -> bool {
    let all = |audience: &Audience| {
        let mut all: Vec<_> = audience.alternatives.iter().map(whole).collect();
        all.sort_unstable();
        all
    };
    all(before) == all(after)
}
