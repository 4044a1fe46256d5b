//! What SQL cannot say, where its author wrote it.

use crate::diagnostic::{Diagnostic, Rule};
use crate::lower::Origin;
use crate::model::predicate::expression;
use crate::model::{Audience, Condition, Flag, Operand, Test};
use crate::source::Span;
use crate::sql::{Site, Trouble};

/// A finding about `flag`, whose allocations come from `origins`.
pub(super) fn finding(trouble: &Trouble, flag: &Flag, environment: &str, origins: &[Origin]) -> Diagnostic {
    let origin = match trouble.site {
        Site::Condition { allocation, .. } | Site::Allocation(allocation) => origins.get(allocation),
        Site::Variation(_) => None,
    };
    let span = match &trouble.site {
        Site::Condition { attribute, operand, .. } => condition(flag, origin, attribute, operand),
        Site::Allocation(_) => origin.map(|origin| origin.placement),
        Site::Variation(name) => {
            flag.variations.iter().find(|variation| variation.name.value == *name).map(|variation| variation.span)
        }
    };
    let finding = Diagnostic::new(Rule::NotInSql, span.unwrap_or(flag.span), &*trouble.message)
        .label(&*trouble.reason)
        .meaning("a query could give subjects something else than SDKs do, so none is written")
        .help(&*trouble.help)
        .flag(&*flag.key.value)
        .environment(environment);
    match origin {
        Some(origin) => finding.step(&*origin.step),
        None => finding,
    }
}

/// Where the condition is written: in the step, in a segment that it uses, or in a step before whose audience is left out of it.
fn condition(flag: &Flag, origin: Option<&Origin>, attribute: &str, operand: &str) -> Option<Span> {
    let origin = origin?;
    let own = flag.steps.iter().filter(|step| step.name.value == origin.step);
    let others = flag.steps.iter().filter(|step| step.name.value != origin.step);
    let mut found: Vec<(bool, Span)> = Vec::new();
    for step in own.chain(others) {
        places(&step.audience, attribute, operand, &mut found);
    }
    let exact = found.iter().find(|(exact, _)| *exact);
    Some(exact.or(found.first()).map_or(origin.definition, |(_, span)| *span))
}

/// Every condition on the attribute, and whether it compares with the operand.
fn places(audience: &Audience, attribute: &str, operand: &str, found: &mut Vec<(bool, Span)>) {
    for condition in audience.alternatives.iter().flat_map(|alternative| &alternative.conditions) {
        match condition {
            Condition::Segment { segment, .. } => places(&segment.audience, attribute, operand, found),
            Condition::Attribute { attribute: asked, test, span } if asked.name == attribute => {
                found.push(place(test, *span, operand));
            }
            Condition::Attribute { .. } => {}
        }
    }
}

fn place(test: &Test, span: Span, operand: &str) -> (bool, Span) {
    match test {
        Test::Null { .. } => (false, span),
        Test::Pattern { kind, texts, .. } => {
            let same = expression(*kind, texts.iter().map(|text| text.value.as_str())) == operand;
            (same, texts.first().map_or(span, |text| text.span))
        }
        Test::Listed { values, .. } => {
            let listed =
                values.iter().find(|value| matches!(&value.value, Operand::Text(text) if operand.contains(text)));
            (listed.is_some(), listed.map_or(span, |value| value.span))
        }
        Test::Compare { operand: compared, .. } => {
            let same = match &compared.value {
                Operand::Text(text) | Operand::Version(text) => text == operand,
                Operand::Number(number) => operand.parse() == Ok(*number),
                Operand::Bool(_) => false,
            };
            (same, compared.span)
        }
    }
}
