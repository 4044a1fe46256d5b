//! FF2005: a gate whose subjects an experiment above it can enrol.

use super::Scope;
use super::claim::{beginning, example, witness};
use super::waterfall::{Line, Reasoning, Waterfall, on_purpose};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::StepKind;
use crate::region::{Fact, LineKind, Witness};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let reasoning = scope.reasoning();
    for waterfall in &reasoning.waterfalls {
        for fact in &waterfall.facts {
            let Fact::GateBelow { gate, experiment, from, witness } = fact else { continue };
            let (Some(gate), Some(experiment)) = (waterfall.line(*gate), waterfall.line(*experiment)) else { continue };
            sink.push(below(waterfall, reasoning, (gate, experiment), &beginning(*from), witness.as_ref()));
        }
        for kept in waterfall.kept.iter().filter(|kept| kept.lower.kind() == LineKind::Gate) {
            sink.push(match &kept.found {
                Ok(found) => below(waterfall, reasoning, (kept.lower, kept.upper), "", Some(found)),
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
    let served = match gate.placement().map(|placement| &placement.step.kind) {
        Some(StepKind::Gate { serve }) => format!("`{}`", serve.name),
        Some(StepKind::Experiment { .. }) | None => "what the gate serves".to_owned(),
    };
    let message = format!(
        "`{}` enrols subjects of the gate `{}` below it in `{}`{from}",
        experiment.name(),
        gate.name(),
        waterfall.environment()
    );
    let finding = waterfall
        .finding(Rule::GateBelowExperiment, gate, message)
        .label("comes too late for them")
        .and(experiment.span(), "enrols them first")
        .meaning(format!(
            "subjects meant to get {served} are split and logged by `{}` instead{}",
            experiment.name(),
            example(found.as_ref())
        ))
        .help(format!("move `{}` above `{}`", gate.written(), experiment.written()))
        .witness(found);
    on_purpose(finding, &[gate])
}
