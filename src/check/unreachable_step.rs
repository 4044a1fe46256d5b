//! FF2003: a step nobody reaches, because steps above it take everyone it targets.

use super::claim::{assuming, names};
use super::waterfall::{Line, Waterfall, is_ramped_out, on_purpose};
use super::{Scope, stopped};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::region::{Assumption, Fact};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for waterfall in &scope.reasoning().waterfalls {
        for fact in &waterfall.facts {
            let Fact::Unreachable { step, above, assumption } = fact else { continue };
            let Some(line) = waterfall.line(*step) else { continue };
            // With nobody above to blame, the step's own targeting is at fault, which is another rule's finding.
            let above = waterfall.lines(above);
            if !above.is_empty() && !is_ramped_out(line, &above) {
                sink.push(unreachable(waterfall, line, &above, assumption));
            }
        }
        for line in &waterfall.idle {
            let above = stopped::stops_above(waterfall, *line);
            // Whom a stop keeps is easily overlooked, at the end of the waterfall too.
            if !above.is_empty() {
                sink.push(unreachable(waterfall, *line, &above, &Assumption::default()));
            }
        }
    }
}

fn unreachable(waterfall: &Waterfall<'_>, line: Line<'_>, above: &[Line<'_>], assumption: &Assumption) -> Diagnostic {
    let (name, environment) = (line.name(), waterfall.environment());
    let takers = names(above.iter().map(|line| line.name()));
    let take = if above.len() == 1 { "takes" } else { "take" };
    let message = format!("nobody reaches `{name}` in `{environment}`");
    let mut finding = waterfall.finding(Rule::UnreachableStep, line, message).label("nobody is left for it");
    for taker in above {
        let text = if above.len() == 1 { "takes everyone it targets" } else { "takes some of those it targets" };
        finding = finding.and(taker.span(), text);
    }
    let whom = match line {
        Line::Placed(_) => "everyone it targets",
        Line::Otherwise(_) => "everyone",
    };
    let finding =
        finding.meaning(format!("{takers} above it {take} {whom}{}", assuming(assumption))).help(order(line, above));
    on_purpose(finding, above)
}

/// The order that repairs it, or what to do where no order does.
fn order(line: Line<'_>, above: &[Line<'_>]) -> String {
    let overriding = above.iter().find(|line| line.overrides());
    match (overriding, line, above.first()) {
        (Some(line), _, _) => format!("remove `{}` when the incident is over", line.written()),
        (None, Line::Placed(_), Some(first)) => {
            format!("move `{}` above `{}`, or remove it from this environment", line.written(), first.written())
        }
        (None, Line::Otherwise(_), _) | (None, Line::Placed(_), None) => {
            "remove the line, or target the steps above it at fewer".to_owned()
        }
    }
}
