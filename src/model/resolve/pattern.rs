//! Regular expressions: whether the evaluator can read them at all.

use std::collections::HashMap;

use regex_syntax::hir::{Class, Hir, HirKind};

use super::Resolver;
use super::names::shown;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;

/// Expressions seen so far, with what is wrong with them.
#[derive(Default)]
pub(super) struct Patterns {
    known: HashMap<String, Option<String>>,
    compiled: usize,
}

/// How many states an expression may have before it is worth trying whether it fits the evaluator's limit.
const SUSPICIOUS: u64 = 20_000;

/// How many suspicious expressions are tried: each may cost a tenth of a second.
const TRIED: usize = 8;

impl Patterns {
    /// Whether suspicious expressions were tried, of which there is a bound.
    pub(super) fn were_tried(&self) -> bool {
        self.compiled > 0
    }

    fn problem(&mut self, pattern: &str) -> Option<String> {
        if let Some(known) = self.known.get(pattern) {
            return known.clone();
        }
        let problem = match regex_syntax::parse(pattern) {
            Ok(hir) if states(&hir) > SUSPICIOUS && self.compiled < TRIED => {
                self.compiled += 1;
                regex::Regex::new(pattern).err().map(|_| "it needs too much memory".to_owned())
            }
            Ok(_) => None,
            Err(regex_syntax::Error::Parse(error)) => Some(error.kind().to_string()),
            Err(regex_syntax::Error::Translate(error)) => Some(error.kind().to_string()),
            Err(_) => Some("it does not parse".to_owned()),
        };
        self.known.insert(pattern.to_owned(), problem.clone());
        problem
    }
}

/// About how many states the expression compiles to.
fn states(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Class(Class::Bytes(_)) => 8,
        // `\w` of Unicode alone is hundreds of ranges, many of which share states.
        HirKind::Class(Class::Unicode(class)) => (class.ranges().len() as u64 / 4).max(8),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min.saturating_add(1));
            states(&repetition.sub).saturating_mul(u64::from(times.max(1)))
        }
        HirKind::Capture(capture) => states(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(states).fold(0, u64::saturating_add),
    }
}

impl Resolver<'_> {
    /// Whether the evaluator can read the expression; if not, that is reported.
    pub(super) fn is_pattern(&mut self, pattern: &str, at: Span) -> bool {
        let Some(problem) = self.patterns.problem(pattern) else { return true };
        let help = if problem.contains("look-around") {
            "say what must match instead; a negation is `not-matches` on a line of its own"
        } else if problem.contains("backreference") {
            "write the alternatives out; the evaluator has no backreferences"
        } else if problem.contains("memory") {
            "repeat less often, or write an ASCII class such as `[A-Za-z0-9_]` instead of `\\w`"
        } else {
            "correct the expression; punctuation that stands for itself needs a backslash, as in `\\.`"
        };
        self.report(
            Diagnostic::new(
                Rule::InvalidPattern,
                at,
                format!("`{}` is not a regular expression: {problem}", shown(pattern)),
            )
            .label("cannot be read")
            .meaning("evaluators treat a condition they cannot read as false, so no subject would match")
            .help(help),
        );
        false
    }
}
