//! FF2003: a step nobody reaches, because steps above it take everyone it targets.

use super::claim::{assuming, names};
use super::order::{Repair, is_for_everyone, starves};
use super::targeting::Asking;
use super::toggle::Told;
use super::waterfall::{Line, Waterfall, is_ramped_out};
use super::{Scope, stopped};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::region::{Assumption, Fact, LineKind};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let reasoning = scope.reasoning();
    let mut asking = Asking::new(&reasoning.declared);
    for waterfall in reasoning.all() {
        let mut report = |line, above: &[Line<'_>], assumption: &Assumption| {
            let Repair { help, edits } = order(scope, waterfall, (line, above), &mut asking);
            let finding = unreachable(waterfall, line, above, assumption).help(help);
            sink.push(waterfall.weighed(Diagnostic { edits, ..finding }, false));
        };
        for Told { fact, .. } in &waterfall.told {
            let Fact::Unreachable { step, above, assumption } = fact else { continue };
            let Some(line) = waterfall.line(*step) else { continue };
            // With nobody above to blame, the step's own targeting is at fault, which is another rule's finding.
            let above = waterfall.lines(above);
            if !above.is_empty() && !is_ramped_out(line, &above) {
                report(line, &above, assumption);
            }
        }
        for line in &waterfall.idle {
            let above = stopped::stops_above(waterfall, *line);
            // Whom a stop keeps is easily overlooked, at the end of the waterfall too.
            if !above.is_empty() {
                report(*line, &above, &Assumption::default());
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
    finding.meaning(format!("{takers} above it {take} {whom}{}", assuming(assumption)))
}

/// The order that repairs it, or what to do where no order does.
fn order(
    scope: Scope<'_>,
    waterfall: &Waterfall<'_>,
    (line, above): (Line<'_>, &[Line<'_>]),
    asking: &mut Asking<'_>,
) -> Repair {
    if let Some(toggle) = above.iter().find(|line| line.overrides()) {
        return Repair::said(format!("remove `{}` when the incident is over", toggle.written()));
    }
    let (Some(first), Line::Placed(_)) = (above.first().copied(), line) else {
        let help = "remove the line, or target the steps above it at fewer";
        return Repair { edits: scope.files.remove(line.span()), ..Repair::said(help) };
    };
    // Above them an experiment would take their subjects, which is wrong as well.
    let moves = line.kind() == LineKind::Gate && !above.iter().any(|other| starves(line, *other, waterfall, asking));
    if moves {
        let Repair { help, edits } = Repair::moving(scope, waterfall, line, first);
        return Repair { help: format!("{help}, or remove it from this environment"), edits };
    }
    // Below a line that takes everyone nobody would reach `otherwise` either.
    let is_otherwise = is_for_everyone(first, waterfall) && !is_for_everyone(line, waterfall);
    let instead = match (above, first.served().filter(|_| is_otherwise)) {
        ([_], Some(name)) => format!("write `otherwise {name}` instead of `{}`", first.written()),
        ([_], None) => format!("target `{}` at fewer", first.written()),
        _ => "target the steps above it at fewer".to_owned(),
    };
    Repair::said(format!("{instead}, or remove `{}` from this environment", line.written()))
}
