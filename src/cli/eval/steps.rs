//! A trace as lines that a person can follow: each step by its author's name, each condition with the value seen,
//! each shard with its number and range, and why it stopped there or went on.

use serde_json::Value;

use crate::cli::output::printable;
use crate::compile::{Origin, OriginKind};
use crate::diagnostic::render::counted;
use crate::diagnostic::render::human::Look;
use crate::evaluate::{
    AllocationCode, AllocationTrace, AttributeValue, ConditionTrace, RuleTrace, ShardTrace, SplitTrace, Trace,
};
use crate::source::{SourceSet, Span};
use crate::ufc::{Allocation, Operator, Range};

/// Lists longer than this are cut, with a count.
const SHOWN: usize = 6;

/// The lines of a trace. `allocations` are the flag's own, for their windows; `origins` name the steps, where there is a workspace.
#[must_use]
pub fn lines(
    trace: &Trace,
    allocations: &[Allocation],
    origins: Option<(&[Origin], &SourceSet)>,
    look: Look,
) -> Vec<String> {
    let marks = Marks::of(look);
    let mut lines = Vec::new();
    let unevaluated = trace.allocations.iter().filter(|each| each.code == AllocationCode::Unevaluated).count();
    let last = trace.allocations.len().saturating_sub(1);
    for each in trace.allocations.iter().filter(|each| each.code != AllocationCode::Unevaluated) {
        let origin = origins.and_then(|(origins, sources)| Some((origins.get(each.index)?, sources)));
        let place = origin.map(|(origin, sources)| format!("  ({})", self::place(origin.placement, sources)));
        let name = name(&each.key, origin.map(|(origin, _)| origin));
        lines.push(format!("{:>3}  {}{}", each.index + 1, printable(&name), place.unwrap_or_default()));
        lines.extend(evaluated(each, &marks).into_iter().map(|line| format!("     {line}")));
        lines.push(format!("     {} {}", marks.so, ending(each, allocations.get(each.index), each.index == last)));
    }
    if unevaluated > 0 {
        let later = if unevaluated == trace.allocations.len() { "step" } else { "later step" };
        lines.push(format!("     {} not looked at", counted(unevaluated, later)));
    }
    lines
}

/// A step's name, or its allocation key where nobody named it.
#[must_use]
pub fn name(key: &str, origin: Option<&Origin>) -> String {
    let Some(origin) = origin else { return key.to_owned() };
    match &origin.kind {
        OriginKind::Step | OriginKind::Otherwise => origin.step.clone(),
        OriginKind::Holdout(holdout) => format!("{}, held out by {holdout}", origin.step),
    }
}

/// `file:line`.
#[must_use]
pub fn place(span: Span, sources: &SourceSet) -> String {
    let file = sources.file(span.file);
    format!("{}:{}", printable(&file.name), file.line_column(span.start).line)
}

/// Text as it is where it is one plain word, else quoted.
#[must_use]
pub fn bare(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '/' | '+' | ':');
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { Value::from(text).to_string() }
}

/// The signs in front of lines.
struct Marks {
    yes: String,
    no: String,
    so: &'static str,
}

impl Marks {
    fn of(look: Look) -> Self {
        let painted = |color: &str, sign: &str| {
            if look.color { format!("\u{1b}[{color}m{sign}\u{1b}[0m") } else { sign.to_owned() }
        };
        let (yes, no, so) = if look.unicode { ("✓", "✗", "→") } else { ("yes", "no ", "->") };
        Self { yes: painted("32", yes), no: painted("31", no), so }
    }

    fn mark(&self, yes: bool) -> &str {
        if yes { &self.yes } else { &self.no }
    }
}

fn evaluated(allocation: &AllocationTrace, marks: &Marks) -> Vec<String> {
    let several = allocation.rules.len() > 1;
    let rules = allocation.rules.iter().enumerate().flat_map(|(index, rule)| rule_lines(index, rule, several, marks));
    let several = allocation.splits.len() > 1;
    let splits = allocation.splits.iter().flat_map(|split| split_lines(split, several, marks));
    rules.chain(splits).collect()
}

fn rule_lines(index: usize, rule: &RuleTrace, several: bool, marks: &Marks) -> Vec<String> {
    let indent = if several { "  " } else { "" };
    let heading = several.then(|| if index == 0 { "when".to_owned() } else { "or".to_owned() });
    let conditions = rule.conditions.iter().map(|condition| format!("{indent}{}", condition_line(condition, marks)));
    heading.into_iter().chain(conditions).collect()
}

fn condition_line(condition: &ConditionTrace, marks: &Marks) -> String {
    let test = match (condition.operator, &condition.operand) {
        (Some(Operator::IsNull), Value::Bool(true)) => "is-null".to_owned(),
        (Some(Operator::IsNull), Value::Bool(false)) => "not-null".to_owned(),
        (Some(operator), operand) => format!("{} {}", word(operator), operand_text(operand)),
        (None, operand) => format!("has a test that evaluators do not know: {}", operand_text(operand)),
    };
    let seen = match &condition.seen {
        None => "it is missing".to_owned(),
        Some(AttributeValue::Text(text)) => format!("it is {}", Value::from(text.as_str())),
        Some(other) => format!("it is {}", other.text().unwrap_or("null".into())),
    };
    let text = format!("{} {test}: {seen}", bare(&condition.attribute));
    format!("{} {}", marks.mark(condition.matched), printable(&text))
}

/// The author's word for an operator.
fn word(operator: Operator) -> &'static str {
    match operator {
        Operator::Matches => "matches",
        Operator::NotMatches => "not-matches",
        Operator::OneOf => "one-of",
        Operator::NotOneOf => "not-one-of",
        Operator::IsNull => "is-null",
        Operator::Gt => "gt",
        Operator::Gte => "gte",
        Operator::Lt => "lt",
        Operator::Lte => "lte",
    }
}

fn operand_text(operand: &Value) -> String {
    let Value::Array(items) = operand else { return operand.to_string() };
    let mut shown: Vec<_> = items.iter().take(SHOWN).map(ToString::to_string).collect();
    if items.len() > SHOWN {
        shown.push(format!("and {} more", items.len() - SHOWN));
    }
    shown.join(" ")
}

fn split_lines(split: &SplitTrace, several: bool, marks: &Marks) -> Vec<String> {
    let indent = if several { "  " } else { "" };
    let heading = several.then(|| format!("{} {}", marks.mark(split.matched), printable(&split.variation)));
    let shards = split.shards.iter().map(|shard| format!("{indent}{}", shard_line(shard, marks)));
    heading.into_iter().chain(shards).collect()
}

fn shard_line(shard: &ShardTrace, marks: &Marks) -> String {
    let ranges: Vec<_> =
        shard.ranges.iter().take(SHOWN).map(|Range { start, end }| format!("[{start}, {end})")).collect();
    let more = if shard.ranges.len() > SHOWN { " …" } else { "" };
    let ranges = if ranges.is_empty() { "no range".to_owned() } else { ranges.join(" ") };
    let verb = if shard.matched { "is in" } else { "is not in" };
    let ShardTrace { salt, shard: number, total, .. } = shard;
    format!(
        "{} shard {number} of {total} {verb} {ranges}{more}  (salt {})",
        marks.mark(shard.matched),
        printable(&bare(salt))
    )
}

/// Why the waterfall stopped here or went on.
fn ending(trace: &AllocationTrace, allocation: Option<&Allocation>, last: bool) -> String {
    let date = |date: Option<&Option<String>>| date.and_then(Option::as_deref).map_or_else(String::new, plain_date);
    let why = match trace.code {
        AllocationCode::Match => {
            let variation = trace.splits.iter().find(|split| split.matched).map_or("", |split| &split.variation);
            return format!("serves {}; the waterfall stops here", printable(variation));
        }
        AllocationCode::Unevaluated => return "not looked at".to_owned(),
        AllocationCode::BeforeStartTime => format!("not before {}", date(allocation.map(|a| &a.start_at))),
        AllocationCode::AfterEndTime => format!("ended at {}", date(allocation.map(|a| &a.end_at))),
        AllocationCode::FailingRule => "not targeted".to_owned(),
        AllocationCode::TrafficExposureMiss => "targeted, but in the shards of no split".to_owned(),
    };
    format!("{why}; {}", if last { "this was the last step" } else { "on to the next step" })
}

/// A wire date, decoded where it is coded.
fn plain_date(written: &str) -> String {
    let coded = crate::ufc::Instant::parse(written).is_none();
    let plain = coded.then(|| crate::ufc::obfuscate::decode(written)).flatten();
    printable(&plain.unwrap_or_else(|| written.to_owned())).into_owned()
}
