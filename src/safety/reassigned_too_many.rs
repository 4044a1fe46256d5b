//! FF3012: more subjects get another value than the policy allows.

use super::Change;
use crate::count::Fraction;
use crate::diagnostic::{Rule, Severity, Sink};
use crate::region::{Move, Portion};

pub(super) fn check(change: &Change<'_>, sink: &mut Sink) {
    let Some(policy) = &change.workspaces[1].policy.max_reassigned else { return };
    let Some(most) = Fraction::from_percent(policy.value.digits, policy.value.decimals) else { return };
    let over = |one: &&Move| match &one.portion {
        Portion::Share(share) | Portion::OtherId(share) => *share > most,
        // A single key is no share: it counts where nothing may move at all.
        Portion::Keys { .. } => most.is_zero(),
        Portion::Uncounted(_) => true,
    };
    let reassigned = |one: &&Move| one.from.variation.is_some() && !change.keeps_value(one) && !change.is_released(one);
    let all: Vec<&Move> = change.moves().iter().filter(reassigned).filter(over).collect();
    let Some(worst) = all.first() else { return };
    let overriding = |one: &&Move| {
        let after = change.after.as_ref()?;
        let placement = after.placement(after.step(one.to.allocation?)?)?;
        placement.override_reason.as_ref()
    };
    let told: Vec<String> = all.iter().take(3).map(|one| change.told_of(one)).collect();
    let finding = change
        .about(
            Rule::ReassignedTooMany,
            change.place(),
            format!("more subjects of `{}` are reassigned in `{}` than the policy allows", change.key(), change.environment.name),
        )
        .label(format!("the policy allows {most}"))
        .and(policy.span, "the policy")
        .meaning(told.join("; "))
        .witness(change.witness(worst))
        .help("change it so that fewer get another value, or allow it with a reason: `allow reassigned-too-many reason=\"…\"`");
    sink.push(match all.iter().map(overriding).collect::<Option<Vec<_>>>().and_then(|all| all.first().copied()) {
        Some(reason) => finding.severity(Severity::Note).and(reason.span, "an override, on purpose"),
        None => finding,
    });
}
