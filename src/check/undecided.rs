//! FF2900: a question about a waterfall that could not be answered exactly. Never passed in silence: no finding is a proof.

use super::Scope;
use super::claim;
use super::toggle::Told;
use crate::diagnostic::Sink;
use crate::region::{Fact, Undecided};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for waterfall in scope.reasoning().all() {
        for Told { fact, .. } in &waterfall.told {
            let Fact::Undecided { step, what, reason } = fact else { continue };
            let Some(line) = waterfall.line(*step) else { continue };
            let what = format!("{what} (`{}` in `{}`)", line.name(), waterfall.environment());
            sink.push(
                claim::undecided(line.span(), &what, &Undecided { reason: reason.clone() })
                    .flag(&*waterfall.flag.key)
                    .environment(waterfall.environment())
                    .step(line.name()),
            );
        }
    }
}
