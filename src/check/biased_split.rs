//! FF2011: arms that do not receive the shares they are written with, because a line above takes some of their shards.

use super::Scope;
use super::claim::{example, witness};
use super::toggle::Told;
use super::waterfall::Waterfall;
use crate::diagnostic::{Rule, Sink};
use crate::model::{Placement, StepKind};
use crate::region::Fact;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let reasoning = scope.reasoning();
    for waterfall in reasoning.all() {
        for Told { fact, hidden } in &waterfall.told {
            let Fact::BiasedSplit { step, arms, witness: found } = fact else { continue };
            let Some(line) = waterfall.line(*step) else { continue };
            let found = witness(found.as_ref(), waterfall, reasoning);
            let wrong: Vec<_> = arms.iter().filter(|(_, should, has)| should != has).collect();
            let shares = wrong.iter().map(|(arm, should, has)| format!("`{arm}` gets {has} instead of {should}"));
            let message = format!(
                "the split of `{}` is biased in `{}`: {}",
                line.name(),
                waterfall.environment(),
                shares.collect::<Vec<_>>().join(", ")
            );
            let mut finding = waterfall.finding(Rule::BiasedSplit, line, message).label("not split as it is written");
            if let Some(StepKind::Experiment { arms: written }) = line.placement().map(|placement| &placement.step.kind)
            {
                let named = |name: &str| wrong.iter().find(|(arm, ..)| arm == name);
                for arm in written {
                    if let Some((_, _, has)) = named(&arm.variation.name) {
                        finding = finding.and(arm.span, format!("gets {has}"));
                    }
                }
            }
            let rival = line.placement().and_then(|placement| rival(waterfall, *step, placement));
            if let Some(rival) = rival {
                finding = finding.and(rival.span, "hashes with the same salt, and takes first");
            }
            let help = match rival {
                Some(rival) => {
                    format!("give `{}` a salt of its own: it shares one with `{}`", line.name(), rival.step.name)
                }
                None => "give it a salt of its own, or a place above the lines that take its shards".to_owned(),
            };
            let finding = finding
                .meaning(format!("what the arms differ in is not only what they serve{}", example(found.as_ref())))
                .help(help)
                .witness(found);
            sink.push(waterfall.weighed(finding, *hidden));
        }
    }
}

/// The line above that hashes with the salt of this split.
fn rival<'a>(waterfall: &Waterfall<'a>, step: usize, placement: &Placement) -> Option<&'a Placement> {
    let above = waterfall.lines.get(..step)?.iter().filter_map(|line| line.placement());
    let own = &placement.step.split_salt;
    let slot = |step: &crate::model::Step| step.layer.as_ref().is_some_and(|used| used.layer.salt == *own);
    let mut alike =
        above.filter(|other| other.step.split_salt == *own || other.step.traffic_salt == *own || slot(&other.step));
    alike.next()
}
