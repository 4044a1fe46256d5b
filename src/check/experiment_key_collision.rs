//! FF1035: two experiments that SDKs would log under one key. They build it as `<flag>-<allocation>`.

use std::collections::BTreeMap;

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Flag, FlagEnvironment, Placement};
use crate::source::Span;

/// A logged allocation.
struct Logged<'a> {
    flag: &'a Flag,
    environment: &'a FlagEnvironment,
    placement: &'a Placement,
}

impl Logged<'_> {
    fn span(&self) -> Span {
        self.placement.key_span.unwrap_or(self.placement.span)
    }

    fn described(&self) -> String {
        format!(
            "step `{}` of flag `{}` in `{}`",
            self.placement.step.name, self.flag.key, self.environment.environment.name
        )
    }

    /// One flag may write one foreign key in several environments; in one environment that is another rule's finding.
    fn may_share_with(&self, other: &Self) -> bool {
        let same_environment = std::ptr::eq(self.environment, other.environment);
        let written = self.placement.key_span.is_some() && other.placement.key_span.is_some();
        std::ptr::eq(self.flag, other.flag) && (written || same_environment)
    }
}

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let mut by_key: BTreeMap<String, Vec<Logged<'_>>> = BTreeMap::new();
    for flag in &scope.workspace.flags {
        for environment in &flag.environments {
            for placement in environment.placements.iter().filter(|placement| placement.step.log) {
                let key = format!("{}-{}", flag.key, placement.key);
                by_key.entry(key).or_default().push(Logged { flag, environment, placement });
            }
        }
    }
    for (key, logged) in by_key {
        let Some((first, others)) = logged.split_first() else { continue };
        for other in others.iter().filter(|other| !first.may_share_with(other)) {
            sink.push(collision(&key, other, first));
        }
    }
}

fn collision(key: &str, culprit: &Logged<'_>, other: &Logged<'_>) -> Diagnostic {
    let message =
        format!("SDKs log {} and {} under one experiment key, `{key}`", culprit.described(), other.described());
    Diagnostic::new(Rule::ExperimentKeyCollision, culprit.span(), message)
        .label(format!("logged as `{key}`"))
        .and(other.span(), "so is this")
        .meaning("the analysis cannot tell the subjects of one from those of the other")
        .help("rename one of the steps; `salt=\"<flag>/<old name>\"` on it keeps every subject where it is")
        .flag(&*culprit.flag.key)
        .environment(&*culprit.environment.environment.name)
        .step(&*culprit.placement.step.name)
}
