//! FF2005: a gate whose subjects an experiment above it can enrol.

use super::Scope;
use super::claim::{beginning, example, witness};
use super::order::{Repair, is_for_everyone, starves};
use super::targeting::Asking;
use super::toggle::Told;
use super::waterfall::{Line, Reasoning, Waterfall};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::region::{Fact, LineKind, Witness};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let reasoning = scope.reasoning();
    let mut asking = Asking::new(&reasoning.declared);
    let mut repair =
        |waterfall: &Waterfall<'_>, gate, experiment| above(scope, waterfall, (gate, experiment), &mut asking);
    for waterfall in reasoning.all() {
        for Told { fact, hidden } in &waterfall.told {
            let Fact::GateBelow { gate, experiment, from, witness } = fact else { continue };
            let (Some(gate), Some(experiment)) = (waterfall.line(*gate), waterfall.line(*experiment)) else { continue };
            let repair = repair(waterfall, gate, experiment);
            let finding = below(waterfall, reasoning, (gate, experiment), &beginning(*from), witness.as_ref());
            sink.push(waterfall.weighed(Diagnostic { edits: repair.edits, ..finding.help(repair.help) }, *hidden));
        }
        for kept in waterfall.kept.iter().filter(|kept| kept.lower.kind() == LineKind::Gate) {
            sink.push(match &kept.found {
                Ok(found) => {
                    let repair = repair(waterfall, kept.lower, kept.upper);
                    let finding = below(waterfall, reasoning, (kept.lower, kept.upper), "", Some(found));
                    waterfall.weighed(Diagnostic { edits: repair.edits, ..finding.help(repair.help) }, kept.hidden)
                }
                Err(undecided) => {
                    let what = format!("whether `{}` enrols subjects of `{}`", kept.upper.name(), kept.lower.name());
                    super::claim::undecided(kept.lower.span(), &what, undecided)
                        .flag(&*waterfall.flag.key)
                        .environment(waterfall.environment())
                        .step(kept.lower.name())
                }
            });
        }
    }
}

fn below(
    waterfall: &Waterfall<'_>,
    reasoning: &Reasoning<'_>,
    (gate, experiment): (Line<'_>, Line<'_>),
    from: &str,
    found: Option<&Witness>,
) -> Diagnostic {
    let found = witness(found, waterfall, reasoning);
    let served = gate.served().map_or_else(|| "what the gate serves".to_owned(), |name| format!("`{name}`"));
    let message = format!(
        "`{}` enrols subjects of the gate `{}` below it in `{}`{from}",
        experiment.name(),
        gate.name(),
        waterfall.environment()
    );
    waterfall
        .finding(Rule::GateBelowExperiment, gate, message)
        .label("comes too late for them")
        .and(experiment.span(), "enrols them first")
        .meaning(format!(
            "subjects meant to get {served} are split and logged by `{}` instead{}",
            experiment.name(),
            example(found.as_ref())
        ))
        .witness(found)
}

/// The gate above the experiment, where that leaves the experiment somebody. An emergency toggle may leave it nobody.
fn above(
    scope: Scope<'_>,
    waterfall: &Waterfall<'_>,
    (gate, experiment): (Line<'_>, Line<'_>),
    asking: &mut Asking<'_>,
) -> Repair {
    if gate.overrides() || !starves(gate, experiment, waterfall, asking) {
        return Repair::moving(scope, waterfall, gate, experiment);
    }
    let is_otherwise = is_for_everyone(gate, waterfall) && !is_for_everyone(experiment, waterfall);
    match gate.served().filter(|_| is_otherwise) {
        Some(name) => Repair::said(format!(
            "write `otherwise {name}` instead of `{}`: above `{}` it would leave it nobody",
            gate.written(),
            experiment.written()
        )),
        None => Repair::said(format!(
            "target one of them at fewer: above `{}`, `{}` would leave it nobody",
            experiment.written(),
            gate.written()
        )),
    }
}
