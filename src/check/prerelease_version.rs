//! FF5013: a pre-release version in an inequality.

use super::{Scope, condition};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Condition, Operand, Test};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for placed in condition::all(scope.workspace) {
        let Condition::Attribute { test: Test::Compare { operand, .. }, .. } = placed.condition else { continue };
        let Operand::Version(version) = &operand.value else { continue };
        let Ok(parsed) = semver::Version::parse(version) else { continue };
        if parsed.pre.is_empty() {
            continue;
        }
        sink.push(
            placed.about(
                Diagnostic::new(Rule::PrereleaseVersion, operand.span, format!("`{version}` is a pre-release version"))
                    .label(format!("`-{}` is not ordered alike everywhere", parsed.pre))
                    .meaning(
                        "PHP puts some pre-releases above the release, so a subject near it is in or out by language",
                    )
                    .help(format!("compare with `{}.{}.{}`", parsed.major, parsed.minor, parsed.patch)),
            ),
        );
    }
}
