//! FF2008: an `exclusive` contract that holds only while attributes stay what they are.

use super::Scope;
use super::claim::{example, witness};
use super::exclusive_violated::apart;
use crate::diagnostic::{Rule, Sink};
use crate::region::{Apart, Exclusion};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let reasoning = scope.reasoning();
    for pair in scope.pairs() {
        let Ok(Exclusion::ByTargeting(apart_by, found)) = &pair.answer else { continue };
        let (first, second) = (&pair.first, &pair.second);
        let before = found.as_deref().and_then(|(one, _)| witness(Some(one), first.waterfall, reasoning));
        let after = found.as_deref().and_then(|(_, two)| witness(Some(two), second.waterfall, reasoning));
        let (only, label) = match apart_by {
            Apart::ByAttributes => ("only while attributes stay the same", "apart by targeting, not by bucketing"),
            Apart::ByTime => ("only at any one time", "apart by time, not by bucketing"),
            Apart::ByEither => ("by targeting and by time only", "apart by targeting and by time, not by bucketing"),
            Apart::ByBoth => (
                "only at any one time and while attributes stay the same",
                "apart by targeting and time, not by bucketing",
            ),
        };
        let moves = match (&before, &after) {
            (Some(before), Some(after)) => format!(
                "{} is in {} at {}, and as{} in {} at {}",
                example(Some(before)).trim_start_matches(", "),
                first.named(),
                before.at,
                example(Some(after)).trim_start_matches(", for example"),
                second.named(),
                after.at
            ),
            _ => "whoever's attributes change, or who comes back later, can be in both".to_owned(),
        };
        let message = format!(
            "the contract `{}` keeps {} and {} apart in `{}` {}",
            pair.contract.name,
            first.named(),
            second.named(),
            second.waterfall.environment(),
            only
        );
        sink.push(
            pair.finding(Rule::ExclusiveByTargeting, message)
                .label(label)
                .meaning(moves)
                .help(apart(pair))
                .witness(before)
                .also(after),
        );
    }
}
