//! FF2010: held-out subjects who get what they are held out from, by a later experiment or by a gate that replaced theirs.

use super::Scope;
use super::claim::{example, undecided, witness};
use super::toggle::{Toggles, Told};
use super::waterfall::{Line, Reasoning, Waterfall};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::lower;
use crate::model::predicate::Predicates;
use crate::model::{Flag, FlagEnvironment, HoldoutUse, Placement, Step, StepKind, Variation};
use crate::region::{self, Fact, Limits};
use jiff::Timestamp;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let reasoning = scope.reasoning();
    let now = super::waterfall::midnight(scope.today);
    let mut predicates = Predicates::new();
    for waterfall in reasoning.all() {
        for Told { fact, hidden } in &waterfall.told {
            let Fact::HoldoutLeak { step, later, holdout, witness } = fact else { continue };
            let lines = (waterfall.line(*step), waterfall.line(*later));
            let (Some(step), Some(later)) = lines else { continue };
            let finding = falls(waterfall, reasoning, (step, later), holdout, witness.as_ref());
            sink.push_all(finding.map(|finding| waterfall.weighed(finding, *hidden)));
        }
        for (step, used) in replaced(waterfall, now) {
            for placement in shipping(waterfall) {
                let Some(serve) = leaks(placement, used) else { continue };
                match covers(placement, step, reasoning, &mut predicates) {
                    Ok(true) => sink.push(waterfall.weighed(shipped(waterfall, (step, used), placement, serve), false)),
                    Ok(false) => {}
                    Err(why) => {
                        let what = format!("whether `{}` replaces `{}`", placement.step.name, step.name);
                        let line = Line::Placed(placement);
                        sink.push(
                            undecided(line.span(), &what, &why)
                                .flag(&*waterfall.flag.key)
                                .environment(waterfall.environment())
                                .step(line.name()),
                        );
                    }
                }
            }
        }
    }
}

fn falls(
    waterfall: &Waterfall<'_>,
    reasoning: &Reasoning<'_>,
    (step, later): (Line<'_>, Line<'_>),
    salt: &str,
    found: Option<&region::Witness>,
) -> Option<Diagnostic> {
    let holdouts = &step.placement()?.step.holdouts;
    let used = holdouts.iter().find(|used| used.holdout.salt == salt)?;
    let found = witness(found, waterfall, reasoning);
    let (name, environment) = (&used.holdout.name, waterfall.environment());
    let message = format!(
        "subjects whom `{name}` holds out of `{}` can be in `{}` in `{environment}`",
        step.name(),
        later.name()
    );
    let finding = waterfall
        .finding(Rule::HoldoutLeak, later, message)
        .label("enrols them")
        .and(step.span(), "does not expose all of those it holds out")
        .and(used.span, "held out here")
        .meaning(format!(
            "the held-out population is no longer one that no experiment touches{}",
            example(found.as_ref())
        ))
        .help(format!("add `holdout {name} serve={}` to `{}`", used.serve.name, later.name()))
        .witness(found);
    Some(finding)
}

/// The experiments that somebody is held out of still, and that this environment runs no more: it does not place them although
/// no later environment does either, or it has switched them off.
fn replaced<'a>(waterfall: &Waterfall<'a>, now: Timestamp) -> Vec<(&'a Step, &'a HoldoutUse)> {
    let (flag, here): (&'a Flag, &'a FlagEnvironment) = (waterfall.flag, waterfall.here);
    let places = |there: &FlagEnvironment, step: &Step| {
        there.placements.iter().find(|placement| placement.step.name.value == step.name.value).map(|one| one.enabled)
    };
    let later: Vec<&FlagEnvironment> =
        flag.environments.iter().skip_while(|there| !std::ptr::eq(*there, here)).skip(1).collect();
    let gone = flag.steps.iter().filter(|step| match (&step.kind, places(here, step)) {
        (StepKind::Gate { .. }, _) | (_, Some(true)) => false,
        (StepKind::Experiment { .. }, Some(false)) => true,
        (StepKind::Experiment { .. }, None) => later.iter().all(|there| places(there, step).is_none()),
    });
    let held = gone.flat_map(|step| step.holdouts.iter().map(move |used| (step.as_ref(), used)));
    held.filter(|(_, used)| used.holdout.shards > 0 && used.holdout.window.end.is_none_or(|end| now <= end)).collect()
}

/// The placements whose doing is told of this waterfall: of one with emergency toggles those, of one without them all others.
fn shipping<'a>(waterfall: &Waterfall<'a>) -> impl Iterator<Item = &'a Placement> {
    let toggles = waterfall.toggles;
    let lines = waterfall.lines.iter().copied().filter(move |line| match toggles {
        Toggles::Without => true,
        Toggles::Only(_) => false,
        Toggles::All => line.overrides(),
    });
    lines.filter_map(Line::placement)
}

/// What a gate serves to subjects whom the holdout would give another variation, while it runs.
fn leaks<'a>(placement: &'a Placement, used: &HoldoutUse) -> Option<&'a Variation> {
    let StepKind::Gate { serve } = &placement.step.kind else { return None };
    let holds = placement.step.holdouts.iter().any(|own| own.holdout.salt == used.holdout.salt);
    let both = placement.window.intersection(used.holdout.window);
    (!holds && both.is_some() && serve.name.value != used.serve.name.value).then_some(serve.as_ref())
}

/// Whether a gate is for everyone whom the experiment was for.
fn covers(
    placement: &Placement,
    step: &Step,
    reasoning: &Reasoning<'_>,
    predicates: &mut Predicates,
) -> Result<bool, region::Undecided> {
    if placement.step.audience.alternatives.is_empty() {
        return Ok(true);
    }
    let rules = |step: &Step, predicates: &mut Predicates| lower::audience(&predicates.audience(&step.audience).ok()?);
    let (Some(old), Some(new)) = (rules(step, predicates), rules(&placement.step, predicates)) else {
        return Ok(false);
    };
    region::implied(&old, &new, &reasoning.declared, Limits::MANY)
}

fn shipped(
    waterfall: &Waterfall<'_>,
    (step, used): (&Step, &HoldoutUse),
    placement: &Placement,
    serve: &Variation,
) -> Diagnostic {
    let (holdout, line) = (&used.holdout.name, Line::Placed(placement));
    let message = format!(
        "`{}` gives `{}` to subjects whom `{holdout}` held out of `{}` in `{}`",
        line.name(),
        serve.name,
        step.name,
        waterfall.environment()
    );
    waterfall
        .finding(Rule::HoldoutLeak, line, message)
        .label("holds nobody out")
        .and(used.span, "held out here")
        .and(used.holdout.name.span, "this holdout has not ended")
        .meaning(format!(
            "what `{holdout}` measures ends when its subjects get what everyone gets; `{}` no longer runs here",
            step.name
        ))
        .help(format!("add `holdout {holdout} serve={}` to `{}`", used.serve.name, line.written()))
}
