//! FF2006: two experiments of one waterfall that want the same subjects, so that the lower one's population is what the upper leaves.

use super::Scope;
use super::claim::{beginning, example, undecided, witness};
use super::contract::meeting;
use super::layer_overcommitted::free_slot;
use super::toggle::Told;
use super::waterfall::{Line, Reasoning, Waterfall};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::lower::instant;
use crate::region::{Fact, LineKind, Witness};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let reasoning = scope.reasoning();
    for waterfall in reasoning.all() {
        for Told { fact, hidden } in &waterfall.told {
            let Fact::Overlapping { upper, lower, least, most, from, witness } = fact else { continue };
            let (Some(upper), Some(lower)) = (waterfall.line(*upper), waterfall.line(*lower)) else { continue };
            let share = if least == most { least.to_string() } else { format!("between {least} and {most}") };
            let met = met(upper, lower).and(*from);
            let when = met.map_or_else(|| beginning(*from), |at| format!(" in the one moment {}", instant(at)));
            let finding = overlapping(waterfall, reasoning, (upper, lower), (&share, &when), witness.as_ref());
            sink.push(waterfall.weighed(finding, *hidden));
        }
        for kept in waterfall.kept.iter().filter(|kept| kept.lower.kind() == LineKind::Experiment) {
            sink.push(match &kept.found {
                // A stopping experiment leaves nobody of its audience, whatever its exposure.
                Ok(found) => {
                    let lines = (kept.upper, kept.lower);
                    let finding = overlapping(waterfall, reasoning, lines, ("100%", ""), Some(found));
                    waterfall.weighed(finding, kept.hidden)
                }
                Err(why) => {
                    let what = format!("whether `{}` and `{}` overlap", kept.upper.name(), kept.lower.name());
                    undecided(kept.lower.span(), &what, why)
                        .flag(&*waterfall.flag.key)
                        .environment(waterfall.environment())
                        .step(kept.lower.name())
                }
            });
        }
    }
}

fn overlapping(
    waterfall: &Waterfall<'_>,
    reasoning: &Reasoning<'_>,
    (upper, lower): (Line<'_>, Line<'_>),
    (share, when): (&str, &str),
    found: Option<&Witness>,
) -> Diagnostic {
    let found = witness(found, waterfall, reasoning);
    let message = format!(
        "`{}` and `{}` want the same subjects in `{}`{when}",
        upper.name(),
        lower.name(),
        waterfall.environment()
    );
    waterfall
        .finding(Rule::OverlappingExperiments, lower, message)
        .label("gets who is left")
        .and(upper.span(), "takes first")
        .meaning(format!(
            "of those whom both target, `{}` loses {share} to `{}`, so it does not test the population it targets{}",
            lower.name(),
            upper.name(),
            example(found.as_ref())
        ))
        .help(apart(upper, lower))
        .witness(found)
}

/// What to write where one ends in the moment the other starts.
fn met(upper: Line<'_>, lower: Line<'_>) -> Option<String> {
    let [first, second] = [upper, lower].map(|line| format!("`{}`", line.name()));
    meeting((upper, &first), (lower, &second))
}

/// What would keep them apart.
fn apart(upper: Line<'_>, lower: Line<'_>) -> String {
    if let Some(earlier) = met(upper, lower) {
        return earlier;
    }
    let layer = |line: Line<'_>| line.placement().and_then(|placement| placement.step.layer.clone());
    let both = (layer(upper), layer(lower));
    let free = [&both.0, &both.1].into_iter().flatten().find_map(|used| Some((used, free_slot(&used.layer)?)));
    match (&both, free) {
        ((Some(first), Some(second)), Some((used, free))) if first.layer.name.value == second.layer.name.value => {
            format!("give `{}` a slot of its own in layer `{}`: {free}", lower.name(), used.layer.name)
        }
        ((Some(_), None) | (None, Some(_)), Some((used, free))) => {
            format!("put both into layer `{}`: {free}", used.layer.name)
        }
        _ => format!(
            "give both a slot of one layer (`layer NAME slot=SLOT`), or target `{}` at whom `{}` does not target",
            lower.name(),
            upper.name()
        ),
    }
}
