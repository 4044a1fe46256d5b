//! Tests: subjects with typed attributes, and expectations that name what the flag has.

use std::sync::Arc;

use super::Resolver;
use super::attribute::guess;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Environment, Expectation, Flag, Operand, TestCase, TestGroup, TestSubject, Variation};
use crate::source::Spanned;
use crate::syntax::ast::{self, Name, ValueKind};

impl Resolver<'_> {
    /// Resolves the tests of a flag.
    pub(super) fn test_group(&mut self, written: ast::TestGroup) -> Option<TestGroup> {
        let flag = self.flag_named(&written.flag, "these tests would test nothing")?;
        self.flag = Some(flag.key.value.clone());
        let cases = written.cases.into_iter().filter_map(|case| self.test_case(&flag, case)).collect();
        self.flag = None;
        Some(TestGroup { flag, cases })
    }

    fn test_case(&mut self, flag: &Arc<Flag>, written: ast::TestCase) -> Option<TestCase> {
        let environments = match &written.environment {
            None => self.all_environments(),
            Some(name) => {
                let environment = self.environment_named(name);
                environment.map(|(_, environment)| vec![environment]).unwrap_or_default()
            }
        };
        let who = self.present(written.who).map(|who| self.test_subject(who));
        let expectations: Vec<Expectation> =
            written.expectations.into_iter().filter_map(|expectation| self.expectation(flag, expectation)).collect();
        let whole = !environments.is_empty() && !expectations.is_empty();
        whole.then_some(TestCase {
            name: written.name,
            environments,
            at: written.at,
            who: who?,
            expectations,
            span: written.span,
        })
    }

    fn all_environments(&self) -> Vec<Arc<Environment>> {
        let mut entries: Vec<_> = self.environments.things().cloned().collect();
        entries.sort_by_key(|entry| entry.0);
        entries.into_iter().map(|entry| Arc::clone(&entry.1)).collect()
    }

    fn test_subject(&mut self, written: ast::TestSubject) -> TestSubject {
        match written {
            ast::TestSubject::Subject { key, attributes, span: _ } => {
                TestSubject::Subject { key, attributes: self.given_values(attributes) }
            }
            ast::TestSubject::Given { attributes, others_any, conditions, span } => {
                let attributes = self.given_values(attributes);
                let conditions = self.conditions(&conditions);
                TestSubject::Given { attributes, conditions, others_any, span }
            }
        }
    }

    /// Attribute values in their declared types; `#null` is an explicit null.
    fn given_values(&mut self, written: Vec<(Name, ast::Value)>) -> Vec<(String, Option<Operand>)> {
        let mut values = Vec::with_capacity(written.len());
        for (name, value) in written {
            let Some(declared) = self.declared(&name, guess(None, std::slice::from_ref(&value))) else { continue };
            if value.kind == ValueKind::Null {
                values.push((name.value, None));
            } else if let Some(operand) = self.operand(&value, value.span, &declared.attribute) {
                values.push((name.value, Some(operand)));
            }
        }
        values
    }

    fn expectation(&mut self, flag: &Arc<Flag>, written: ast::Expectation) -> Option<Expectation> {
        match written {
            ast::Expectation::Default { span } => Some(Expectation::Default { span }),
            ast::Expectation::ShareDefault { share, span } => Some(Expectation::ShareDefault { share, span }),
            ast::Expectation::Never { variation, span } => {
                Some(Expectation::Never { variation: self.expected(flag, &variation)?, span })
            }
            ast::Expectation::Variation { variation, via, span } => {
                let (variation, via) = self.expected_via(flag, &variation, via)?;
                Some(Expectation::Variation { variation, via, span })
            }
            ast::Expectation::Share { variation, via, share, span } => {
                let (variation, via) = self.expected_via(flag, &variation, via)?;
                Some(Expectation::Share { variation, via, share, span })
            }
        }
    }

    fn expected_via(
        &mut self,
        flag: &Arc<Flag>,
        variation: &Name,
        via: Option<Name>,
    ) -> Option<(Arc<Variation>, Option<Spanned<String>>)> {
        let variation = self.expected(flag, variation);
        let via = match via {
            Some(via) if !self.is_step(flag, &via) => return None,
            via => via,
        };
        Some((variation?, via))
    }

    fn expected(&mut self, flag: &Arc<Flag>, name: &Name) -> Option<Arc<Variation>> {
        if let Some(variation) = flag.variations.iter().find(|variation| variation.name.value == name.value) {
            return Some(Arc::clone(variation));
        }
        let known: Vec<&str> = flag.variations.iter().map(|variation| variation.name.as_str()).collect();
        let help = self.guesses.among(name, known.len(), known.iter().copied(), "name a variation of the flag");
        self.report(
            Diagnostic::new(
                Rule::UnknownVariation,
                name.span,
                format!("the flag `{}` has no variation `{name}`", flag.key),
            )
            .label("unknown variation")
            .help(help),
        );
        None
    }

    /// Whether `via=` names a step of the flag or `otherwise`; if not, that is reported.
    fn is_step(&mut self, flag: &Arc<Flag>, via: &Name) -> bool {
        if via.value == "otherwise" {
            return true;
        }
        if let Some(step) = self.steps.get(&(flag.key.value.clone(), via.value.clone())) {
            let step = step.clone();
            return self.present(step).is_some();
        }
        let known: Vec<&str> =
            flag.steps.iter().map(|step| step.name.as_str()).chain(std::iter::once("otherwise")).collect();
        let help =
            self.guesses.among(via, known.len(), known.iter().copied(), "name a step of the flag, or `otherwise`");
        self.report(
            Diagnostic::new(Rule::UnknownStep, via.span, format!("the flag `{}` defines no step `{via}`", flag.key))
                .label("unknown step")
                .help(help),
        );
        false
    }
}
