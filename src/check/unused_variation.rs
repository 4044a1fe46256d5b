//! FF4008: a variation nothing serves.

use std::collections::BTreeSet;

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Flag, StepKind, Variation};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in scope.workspace.flags.iter().filter(|flag| !flag.incomplete) {
        let served = named(flag);
        for variation in &flag.variations {
            if served.contains(variation.name.value.as_str()) || is_code_default(flag, variation) {
                continue;
            }
            sink.push(unused(flag, variation));
        }
    }
}

/// What steps, holdouts and `otherwise` name, placed or kept ready.
fn named(flag: &Flag) -> BTreeSet<&str> {
    let mut named = BTreeSet::new();
    for step in &flag.steps {
        match &step.kind {
            StepKind::Gate { serve } => {
                named.insert(serve.name.value.as_str());
            }
            StepKind::Experiment { arms } => named.extend(arms.iter().map(|arm| arm.variation.name.value.as_str())),
        }
        named.extend(step.holdouts.iter().map(|held| held.serve.name.value.as_str()));
    }
    let otherwise = flag.environments.iter().filter_map(|environment| environment.otherwise.as_ref());
    named.extend(otherwise.map(|otherwise| otherwise.variation.name.value.as_str()));
    named
}

/// A variation that gives the callers' own default a name is what falling through serves.
fn is_code_default(flag: &Flag, variation: &Variation) -> bool {
    let value = variation.value.as_ref().map(|value| &value.value);
    value.is_some() && value == flag.code_default.as_ref()
}

fn unused(flag: &Flag, variation: &Variation) -> Diagnostic {
    let name = &variation.name;
    let finding = if variation.retired {
        Diagnostic::new(Rule::UnusedVariation, name.span, format!("no split names retired variation `{name}`"))
            .label("keeps nobody's place")
            .meaning("a retired variation holds the shards of a removed arm; this one holds none")
            .help("remove the line")
    } else {
        Diagnostic::new(Rule::UnusedVariation, name.span, format!("nothing serves variation `{name}`"))
            .label("defined, never served")
            .meaning("nobody gets its value")
            .help("serve it, remove it, or, if it is what callers pass as default, say so with `code-default`")
    };
    finding.flag(&*flag.key)
}
