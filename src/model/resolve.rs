//! The author's words in, [`Workspace`] out: every name looked up, every share counted in shards, every value typed.
//!
//! Definitions come before their uses: environments, attributes, segments, layers, holdouts, flags, then contracts and
//! tests. A name whose definition is broken stays known, so that its uses are not reported as well.

mod attribute;
mod audience;
mod contract;
mod flag;
mod json;
mod names;
mod operand;
mod pattern;
mod population;
mod range;
mod salt;
mod segment;
mod split;
mod step;
mod test_case;
#[cfg(test)]
mod tests;
mod value;
mod waterfall;

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Rule, Severity, Sink};
use crate::model::{Contract, Environment, Flag, Holdout, Layer, Segment, Slot, Step, TestGroup, Workspace};
use crate::source::Span;
use crate::syntax::ast::{self, Ast};

use attribute::Declared;
use names::{Guesses, Known, Names, Seen};
use pattern::Patterns;

/// Resolves a workspace. Never stops: what cannot be resolved is reported and left out.
#[must_use]
pub fn resolve(ast: Ast, sink: &mut Sink) -> Workspace {
    let mut resolver = Resolver::new(sink);
    resolver.incomplete = ast.incomplete;
    let environments = resolver.environments(ast.configuration.environments);
    resolver.attributes(ast.attributes);
    resolver.segments(ast.segments);
    resolver.layers(ast.layers);
    resolver.holdouts(ast.holdouts);
    resolver.flags(ast.flags);
    let contracts: Vec<Contract> = resolver.contracts(ast.contracts);
    let tests: Vec<TestGroup> = ast.tests.into_iter().filter_map(|group| resolver.test_group(group)).collect();
    Workspace {
        environments,
        attributes: resolver.attributes.things().map(|declared| Arc::clone(&declared.attribute)).collect(),
        segments: resolver.segments.things().cloned().collect(),
        layers: resolver.layers.things().cloned().collect(),
        holdouts: resolver.holdouts.things().cloned().collect(),
        contracts,
        flags: resolver.flags.things().cloned().collect(),
        tests,
        levels: ast.configuration.levels,
        policy: ast.configuration.policy,
        incomplete: resolver.incomplete,
        bounded: resolver.patterns.were_tried(),
    }
}

/// What is known so far, and where findings go.
struct Resolver<'s> {
    sink: &'s mut Sink,
    /// With their place in the workspace's order.
    environments: Names<(usize, Arc<Environment>)>,
    attributes: Names<Declared>,
    segments: Names<Segment>,
    layers: Names<Layer>,
    holdouts: Names<Holdout>,
    flags: Names<Flag>,
    /// By layer and slot; none for slots whose range could not be resolved.
    slots: HashMap<(String, String), Option<Arc<Slot>>>,
    /// By flag and step; none for steps that could not be resolved.
    steps: HashMap<(String, String), Option<Arc<Step>>>,
    patterns: Patterns,
    guesses: Guesses,
    /// Something of what is being resolved was left out.
    incomplete: bool,
    /// What findings are about.
    flag: Option<String>,
    environment: Option<String>,
    step: Option<String>,
}

impl<'s> Resolver<'s> {
    fn new(sink: &'s mut Sink) -> Self {
        Self {
            sink,
            environments: Names::default(),
            attributes: Names::default(),
            segments: Names::default(),
            layers: Names::default(),
            holdouts: Names::default(),
            flags: Names::default(),
            slots: HashMap::new(),
            steps: HashMap::new(),
            patterns: Patterns::default(),
            guesses: Guesses::default(),
            incomplete: false,
            flag: None,
            environment: None,
            step: None,
        }
    }

    fn report(&mut self, mut finding: Diagnostic) {
        // The fifth family can be lowered, so what it finds is kept whole in the model.
        self.incomplete |= finding.severity == Severity::Error && !finding.rule.can_be_lowered();
        finding.subject.flag = finding.subject.flag.or_else(|| self.flag.clone());
        finding.subject.environment = finding.subject.environment.or_else(|| self.environment.clone());
        finding.subject.step = finding.subject.step.or_else(|| self.step.clone());
        self.sink.push(finding);
    }

    /// What `resolve` returns, and whether part of it was left out. Whatever contains it is incomplete, too.
    fn watched<T>(&mut self, resolve: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        let before = std::mem::take(&mut self.incomplete);
        let thing = resolve(self);
        let incomplete = self.incomplete;
        self.incomplete |= before;
        (thing, incomplete)
    }

    /// A piece that decoding reported and left out.
    fn present<T>(&mut self, piece: Option<T>) -> Option<T> {
        self.incomplete |= piece.is_none();
        piece
    }

    /// Whether `name` is the first of its kind; others are reported.
    fn is_first(&mut self, seen: &mut Seen, what: &str, name: &ast::Name) -> bool {
        let Some(first) = seen.add(name) else { return true };
        let message = if first.value == name.value {
            format!("{what} `{name}` is defined twice")
        } else {
            format!("{what}s `{first}` and `{name}` differ only in case")
        };
        let help = if first.value == name.value { "remove or rename one of them" } else { "rename one of them" };
        self.report(
            Diagnostic::new(Rule::DuplicateDefinition, name.span, message)
                .label("defined again here")
                .and(first.span, "first defined here")
                .help(help),
        );
        false
    }

    fn environments(&mut self, environments: Vec<ast::Environment>) -> Vec<Arc<Environment>> {
        let mut seen = Seen::folded();
        let mut ordered = Vec::new();
        for ast::Environment { name, protected } in environments {
            if self.is_first(&mut seen, "environment", &name) {
                let environment = Arc::new(Environment { name, protected });
                let entry = Arc::new((ordered.len(), Arc::clone(&environment)));
                self.environments.insert(&environment.name, Some(entry));
                ordered.push(environment);
            } else {
                self.environments.insert(&name, None);
            }
        }
        ordered
    }

    /// The environment of that name; unknown ones are reported, unless `flagfall.kdl` lists none at all.
    fn environment_named(&mut self, name: &ast::Name) -> Option<(usize, Arc<Environment>)> {
        match self.environments.get(name) {
            Known::Whole(entry) => Some((entry.0, Arc::clone(&entry.1))),
            Known::Broken => self.present(None),
            Known::Not if self.environments.is_empty() => self.present(None),
            Known::Not => {
                let otherwise = format!("add `env {name}` to `flagfall.kdl`");
                let help = self.guesses.did_you_mean(name, &self.environments, &otherwise);
                self.report(
                    Diagnostic::new(
                        Rule::UnknownEnvironment,
                        name.span,
                        format!("`flagfall.kdl` lists no environment `{name}`"),
                    )
                    .label("unknown environment")
                    .meaning("nothing would be compiled from it")
                    .help(help),
                );
                None
            }
        }
    }

    fn flags(&mut self, flags: Vec<ast::Flag>) {
        let mut seen = Seen::folded();
        for written in flags {
            let first = self.is_first(&mut seen, "flag", &written.key);
            let key = written.key.clone();
            let flag = self.resolved_flag(written);
            self.flags.insert(&key, first.then(|| Arc::new(flag)));
        }
    }

    /// The flag of that key; unknown ones are reported.
    fn flag_named(&mut self, key: &ast::Name, meaning: &str) -> Option<Arc<Flag>> {
        match self.flags.get(key) {
            Known::Whole(flag) => Some(flag),
            Known::Broken => self.present(None),
            Known::Not => {
                let otherwise = format!("define it: `flag {key} type=boolean {{ … }}`");
                let help = self.guesses.did_you_mean(key, &self.flags, &otherwise);
                self.report(
                    Diagnostic::new(Rule::UnknownFlag, key.span, format!("there is no flag `{key}`"))
                        .label("unknown flag")
                        .meaning(meaning)
                        .help(help),
                );
                None
            }
        }
    }
}

/// Where something was declared, for a second label.
fn with_declaration(finding: Diagnostic, span: Option<Span>, text: &str) -> Diagnostic {
    match span {
        Some(span) => finding.and(span, text),
        None => finding,
    }
}
