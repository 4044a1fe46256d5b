//! FF3007: a flag switched on in a protected environment that no test runs in.

use super::{Change, Half};
use crate::diagnostic::{Rule, Sink};

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    let Some(after) = &change.after else { return };
    let Some(here) = after.here.filter(|_| after.serves()) else { return };
    if change.before.as_ref().is_some_and(Half::serves) || !change.environment.protected {
        return;
    }
    let groups = change.workspaces[1].tests.iter().filter(|group| group.flag.key.value == after.flag.key.value);
    let name = &change.environment.name.value;
    let tested = groups.flat_map(|group| &group.cases).any(|case| {
        case.environments.is_empty() || case.environments.iter().any(|environment| environment.name.value == *name)
    });
    if tested {
        return;
    }
    let message = format!("`{}` is switched on in `{name}`, and no test runs there", change.key());
    sink.push(
        change
            .about(Rule::EnabledWithoutTests, here.span, message)
            .label("switched on here")
            .meaning("nobody has written down who should get what")
            .help(format!(
                "add a `case … env={name}` to a `tests {}` block; `flagfall test --coverage` writes them",
                change.key()
            )),
    );
}
