//! FF2013: a step nobody reaches for a time, because lines above it take everyone it targets while they are open.

use jiff::Timestamp;

use super::Scope;
use super::claim::{assuming, names};
use super::waterfall::{is_ramped_out, on_purpose};
use crate::diagnostic::{Rule, Sink};
use crate::lower::instant;
use crate::region::Fact;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for waterfall in &scope.reasoning().waterfalls {
        for fact in &waterfall.facts {
            let Fact::TimeShadowed { step, above, from, until, assumption } = fact else { continue };
            let Some(line) = waterfall.line(*step) else { continue };
            let takers = waterfall.lines(above);
            if is_ramped_out(line, &takers) {
                continue;
            }
            let (name, environment) = (line.name(), waterfall.environment());
            let message = format!("nobody reaches `{name}` in `{environment}` {}", span(*from, *until));
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
            sink.push(on_purpose(finding, &takers));
        }
    }
}

fn span(from: Option<Timestamp>, until: Option<Timestamp>) -> String {
    match (from, until) {
        (Some(from), Some(until)) => format!("from {} until {}", instant(from), instant(until)),
        (Some(from), None) => format!("from {} on", instant(from)),
        (None, Some(until)) => format!("until {}", instant(until)),
        (None, None) => "for a time".to_owned(),
    }
}
