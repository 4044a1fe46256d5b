//! A flag at one time: compiled for every environment, with where that was written.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::cli::eval::{steps, target};
use crate::cli::side::Declarations;
use crate::compile::{Compiled, Origin, instant};
use crate::diagnostic::rule::Family;
use crate::diagnostic::{Diagnostic, Severity};
use crate::evaluate::{AllocationCode, Evaluator, Subject};
use crate::lower::{self, Lowered};
use crate::model::Workspace;
use crate::model::predicate::Predicates;
use crate::source::SourceSet;
use crate::ufc::{self, Config, Format, VariationType};
use crate::witness;

/// A flag at one time.
#[derive(Debug)]
pub struct Version {
    /// Whether it was defined at all.
    pub defined: bool,
    /// Its type.
    pub kind: Option<VariationType>,
    /// What it says that callers pass as default.
    pub code_default: Option<Value>,
    /// The workspace, or as much of it as the flag is made of.
    pub workspace: Workspace,
    /// Its environments in its order, with no other flag than this one.
    pub environments: Vec<Compiled>,
    /// What the workspace declares, as reasoning takes it.
    pub declared: Declarations,
    /// The texts it was read from.
    pub sources: SourceSet,
    /// The text of the files that define it.
    pub written: String,
    /// The files of data that were named, from the top of the repository.
    pub(super) data: BTreeSet<String>,
}

impl Version {
    /// There was no workspace.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::of(Workspace::default(), SourceSet::new(), "")
    }

    /// The flag in a workspace without errors.
    #[must_use]
    pub fn of(workspace: Workspace, sources: SourceSet, flag: &str) -> Self {
        let found = workspace.flags.iter().find(|each| each.key.value == flag);
        let mut predicates = Predicates::new();
        let environments = workspace.environments.iter().map(|environment| {
            let name = &environment.name.value;
            let served = found.and_then(|flag| flag.served_in(name)).zip(found);
            let lowered = served.and_then(|(here, flag)| lower::lower(flag, here, &mut predicates));
            let (wire, origins) = lowered.map(|Lowered { flag, origins }| (flag, origins)).unzip();
            let named = |key: &str| key.to_owned();
            let config = Config {
                created_at: instant(Timestamp::UNIX_EPOCH),
                format: Format::Server,
                environment: name.clone(),
                flags: wire.map(|wire| (named(flag), Ok(wire))).into_iter().collect(),
            };
            Compiled { config, origins: origins.map(|origins| (named(flag), origins)).into_iter().collect() }
        });
        Self {
            defined: found.is_some(),
            kind: found.map(|flag| flag.kind),
            code_default: found.and_then(|flag| target::passed_default(flag)),
            environments: environments.collect(),
            declared: lower::declared(&workspace.attributes),
            written: found.map(|flag| sources.file(flag.key.span.file).text.to_string()).unwrap_or_default(),
            workspace,
            sources,
            data: BTreeSet::new(),
        }
    }

    /// The names of its environments.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.environments.iter().map(|compiled| compiled.config.environment.as_str())
    }

    /// Its only flag in an environment; none where it is not served.
    #[must_use]
    pub fn served(&self, environment: &str) -> Option<(&ufc::Flag, &[Origin])> {
        let compiled = self.compiled(environment)?;
        let flag = compiled.config.flags.values().next()?.as_ref().ok()?;
        Some((flag, compiled.origins.values().next()?))
    }

    fn compiled(&self, environment: &str) -> Option<&Compiled> {
        self.environments.iter().find(|compiled| compiled.config.environment == environment)
    }

    /// What a subject gets.
    #[must_use]
    pub fn gets(&self, flag: &str, environment: &str, subject: &Subject, at: Timestamp) -> Got {
        let nothing = Config {
            created_at: instant(Timestamp::UNIX_EPOCH),
            format: Format::Server,
            environment: environment.to_owned(),
            flags: BTreeMap::new(),
        };
        let config = self.compiled(environment).map_or(&nothing, |compiled| &compiled.config);
        let (assignment, trace) = Evaluator::new(config).explain(flag, subject, None, at);
        let matched = trace.allocations.iter().find(|allocation| allocation.code == AllocationCode::Match);
        let origin = matched.and_then(|matched| self.served(environment)?.1.get(matched.index)).cloned();
        Got {
            defined: self.defined,
            assigned: assignment.value.zip(assignment.variation).map(|(value, variation)| Assigned {
                step: matched.map(|matched| steps::name(&matched.key, origin.as_ref())).unwrap_or_default(),
                value,
                variation,
                logged: assignment.event.map(|event| (event.experiment(), event.extra)),
            }),
            default: self.code_default.clone(),
            origin,
        }
    }

    /// A command that shows what a subject gets; none where it would not know the flag or the environment.
    #[must_use]
    pub fn command(
        &self,
        (flag, environment): (&str, &str),
        workspace: Option<&str>,
        subject: &Subject,
        at: Timestamp,
    ) -> Option<String> {
        let source = witness::Source::Workspace { workspace, environment, declared: &self.workspace.attributes };
        (self.defined && self.compiled(environment).is_some()).then(|| witness::command(flag, source, subject, at))
    }
}

/// What a subject gets from a flag.
#[derive(Debug, Clone)]
pub struct Got {
    /// Whether the flag was there.
    pub defined: bool,
    /// None: the caller's default.
    pub assigned: Option<Assigned>,
    /// What callers were said to pass as default.
    pub default: Option<Value>,
    /// Where the step was written.
    pub origin: Option<Origin>,
}

/// What a flag assigned.
#[derive(Debug, Clone, PartialEq)]
pub struct Assigned {
    /// The step's name, with the holdout where it is one that assigned.
    pub step: String,
    /// As on the wire; JSON as JSON.
    pub value: Value,
    /// The variation's key.
    pub variation: String,
    /// The experiment key and extra logging of the event, where one is logged.
    pub logged: Option<(String, BTreeMap<String, String>)>,
}

impl Got {
    /// Whether somebody who got the one would notice the other: value, variation, step or event.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.defined == other.defined && self.assigned == other.assigned
    }
}

/// The first error among findings: what keeps the workspace from being compiled.
///
/// Of a part of a workspace "nothing uses it" cannot be said, so only rules that are errors by themselves count.
pub(super) fn first_error(findings: &[Diagnostic], sources: &SourceSet) -> Option<String> {
    let is_error = |finding: &&Diagnostic| {
        finding.severity == Severity::Error
            && finding.rule.default_severity() == Severity::Error
            && finding.rule.family() != Family::Meaning
    };
    findings.iter().find(is_error).map(|finding| {
        let place = finding.span.map(|span| format!("{}: ", steps::place(span, sources))).unwrap_or_default();
        format!("{place}{} {}: {}", finding.rule.id(), finding.rule.name(), finding.message)
    })
}
