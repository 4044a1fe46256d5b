//! FF3006: a flag of another type than callers ask for.

use super::Change;
use crate::diagnostic::{Rule, Sink};

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return };
    if before.flag.kind == after.flag.kind || before.lowered.is_none() {
        return;
    }
    let (was, is) = (before.flag.kind.author(), after.flag.kind.author());
    let message = format!("the flag `{}` changes its type from {was} to {is}", change.key());
    sink.push(
        change
            .about(Rule::RetypedFlag, after.flag.key.span, message)
            .label(format!("was {was}"))
            .meaning(format!(
                "callers in `{}` ask for {was}: an evaluator answers a request for another type with the caller's default, for everybody",
                change.environment.name
            ))
            .help("define a new flag of the new type, move callers to it, and remove this one afterwards"),
    );
}
