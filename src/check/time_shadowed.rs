//! FF2013: a step nobody reaches for a time, because lines above it take everyone it targets while they are open.

use super::Scope;
use super::claim::{assuming, names};
use super::toggle::Told;
use super::waterfall::is_ramped_out;
use crate::diagnostic::{Rule, Sink};
use crate::region::{Fact, Stretch};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for waterfall in scope.reasoning().all() {
        for Told { fact, hidden } in &waterfall.told {
            let Fact::TimeShadowed { step, above, from, until, assumption } = fact else { continue };
            let Some(line) = waterfall.line(*step) else { continue };
            let takers = waterfall.lines(above);
            if is_ramped_out(line, &takers) {
                continue;
            }
            let (name, environment) = (line.name(), waterfall.environment());
            let message =
                format!("nobody reaches `{name}` in `{environment}`{}", Stretch { from: *from, until: *until });
            let mut finding = waterfall.finding(Rule::TimeShadowed, line, message).label("nobody is left for it then");
            for taker in &takers {
                finding = finding.and(taker.span(), "takes those it targets then");
            }
            let take = if takers.len() == 1 { "takes" } else { "take" };
            let finding = finding
                .meaning(format!(
                    "{} above it {take} everyone it targets during that time{}",
                    names(takers.iter().map(|taker| taker.name())),
                    assuming(assumption)
                ))
                .help(match takers.first() {
                    Some(first) if line.placement().is_some() => {
                        format!(
                            "move `{}` above `{}`, or say when it runs with `start=` and `end=`",
                            line.written(),
                            first.written()
                        )
                    }
                    Some(_) | None => "target the lines above at fewer, or remove the line".to_owned(),
                });
            sink.push(waterfall.weighed(finding, *hidden));
        }
    }
}
