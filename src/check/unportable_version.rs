//! FF5012: a version that SDKs read differently.

use super::{Scope, condition};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Condition, Operand, Test};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for placed in condition::all(scope.workspace) {
        let Condition::Attribute { test: Test::Compare { operand, .. }, .. } = placed.condition else { continue };
        let Operand::Version(version) = &operand.value else { continue };
        let Some(reason) = unportable(version) else { continue };
        sink.push(
            placed.about(
                Diagnostic::new(
                    Rule::UnportableVersion,
                    operand.span,
                    format!("SDKs read the version `{version}` differently"),
                )
                .label(reason)
                .meaning("a subject near that version is in or out by language")
                .help("write three plain numbers, as in `2.4.0`"),
            ),
        );
    }
}

fn unportable(version: &str) -> Option<&'static str> {
    // .NET keeps each part in 32 bits.
    const LARGEST: u64 = 2_147_483_647;
    match semver::Version::parse(version) {
        Err(_) => Some("not `MAJOR.MINOR.PATCH`"),
        Ok(parsed) if !parsed.build.is_empty() => Some("build metadata orders versions in some languages only"),
        Ok(parsed) if [parsed.major, parsed.minor, parsed.patch].iter().any(|part| *part > LARGEST) => {
            Some("a part larger than 2147483647")
        }
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::unportable;

    #[test]
    fn only_three_plain_numbers_are_portable() {
        for version in ["v2.4.0", "2.4", "2.4.0+7", "2.04.0", "1.2.3.4", "1.0.20240101000000"] {
            assert!(unportable(version).is_some(), "{version}");
        }
        for version in ["2.4.0", "0.0.1", "10.20.30", "1.0.0-beta.1"] {
            assert_eq!(unportable(version), None, "{version}");
        }
    }
}
