//! Operators the language does not have: what was meant, and what the evaluator cannot do.

use super::Decoder;
use crate::diagnostic::{Diagnostic, Rule};
use crate::syntax::ast::Operator;
use crate::syntax::tree::{Entry, Value};

/// Every word that may stand where an operator stands.
const WORDS: [&str; 20] = [
    "is",
    "is-not",
    "one-of",
    "not-one-of",
    "matches",
    "not-matches",
    "starts-with",
    "not-starts-with",
    "ends-with",
    "not-ends-with",
    "contains",
    "not-contains",
    "gt",
    "gte",
    "lt",
    "lte",
    "is-null",
    "not-null",
    "in-segment",
    "not-in-segment",
];

impl<'t> Decoder<'t> {
    /// Reports `operator`, which is none, in a condition on `attribute`.
    pub(super) fn unknown_operator(&mut self, attribute: &str, operator: &Entry<'t>, next: Option<&Entry<'t>>) {
        let source = self.excerpt(operator.span);
        let word = match operator.value {
            Value::Text(text) => text.text.to_lowercase().replace('_', "-"),
            Value::Number(_) | Value::Bool(_) | Value::Null => {
                return self.report(
                    Diagnostic::new(
                        Rule::MissingPiece,
                        operator.span,
                        format!("the condition on `{attribute}` has no operator"),
                    )
                    .label("an operator belongs before the value")
                    .help(format!("write `{attribute} is {source}`")),
                );
            }
        };
        if let Some((what, way)) = beyond(&word) {
            return self.report(
                Diagnostic::new(
                    Rule::NotInEvaluator,
                    operator.span,
                    format!("`{source}`: the evaluator has no {what}"),
                )
                .label("cannot be expressed")
                .help(way),
            );
        }
        let finding = Diagnostic::new(Rule::UnknownOperator, operator.span, format!("there is no operator `{source}`"))
            .label("unknown operator");
        let next_word = next.and_then(|entry| match entry.value {
            Value::Text(text) => Some(text.text),
            _ => None,
        });
        if word == "not" || (word == "is" && next_word == Some("not")) {
            let fixed = next_word.and_then(|next| WORDS.iter().find(|word| word.strip_prefix("not-") == Some(next)));
            return self.report(finding.help(match fixed {
                Some(fixed) => format!("write `{fixed}`"),
                None => "write `is-not` for one value or `not-one-of` for several".to_owned(),
            }));
        }
        if let Some(known) = alias(&word) {
            return self.report(finding.help(format!("write `{known}`")).edit(operator.span, known));
        }
        let near = self.near(&word, &WORDS);
        self.report(match near {
            Some(known) => finding.help(format!("did you mean `{known}`?")).edit(operator.span, known),
            None => finding.help(format!("`{attribute} is {source}` tests for one value, `one-of` for several; `flagfall explain unknown-operator` lists all operators")),
        });
    }
}

/// Other systems' words for operators the language has.
pub(super) fn alias(word: &str) -> Option<&'static str> {
    if let Some(operator) = Operator::parse(word) {
        return Some(operator.word());
    }
    Some(match word {
        "eq" | "equals" | "equal" | "equal-to" | "==" | "=" | "are" => "is",
        "ne" | "neq" | "isnt" | "isnot" | "not-equals" | "not-equal" | "!=" | "<>" | "=!" => "is-not",
        "in" | "any-of" | "is-one-of" | "in-list" | "oneof" => "one-of",
        "not-in" | "none-of" | "nin" | "notin" | "is-not-one-of" | "is-none-of" => "not-one-of",
        "regex" | "like" | "matches-regex" | "~" | "=~" | "~=" => "matches",
        "not-regex" | "not-like" | "!~" => "not-matches",
        "startswith" | "begins-with" | "prefix" | "beginswith" => "starts-with",
        "endswith" | "suffix" => "ends-with",
        "greater-than" | "more-than" | "above" | "over" | ">" => "gt",
        "ge" | "at-least" | "greater-than-or-equal" | "min" | ">=" | "=>" => "gte",
        "less-than" | "below" | "under" | "<" => "lt",
        "le" | "at-most" | "less-than-or-equal" | "max" | "<=" | "=<" => "lte",
        "null" | "isnull" | "missing" | "absent" | "not-exists" | "is-missing" => "is-null",
        "exists" | "present" | "is-not-null" | "isnotnull" | "is-present" => "not-null",
        "segment" | "in-segments" | "is-in-segment" => "in-segment",
        "not-segment" => "not-in-segment",
        _ => return None,
    })
}

/// What the evaluator cannot do, and the way round.
pub(super) fn beyond(word: &str) -> Option<(&'static str, &'static str)> {
    const ARRAYS: &str = "lists as attributes";
    const ARRAYS_WAY: &str = "pass one attribute for each question, such as `attribute has-beta bool`, and test that";
    const DATES: &str = "dates";
    const DATES_WAY: &str =
        "pass the date as epoch milliseconds in a `number` attribute and compare with `gt`, `gte`, `lt`, `lte`";
    const CASES: &str = "matching without regard to case";
    const CASES_WAY: &str = "pass the attribute in lower case, or spell both cases: `matches \"^[eE]xample$\"`";
    const FLAGS: &str = "flags that depend on flags";
    const FLAGS_WAY: &str = "give both flags the same audience: define a `segment` and use `when in-segment …` in each";
    Some(match word {
        "contains-any" | "contains-all" | "contains-none" | "has" | "has-any" | "has-all" | "includes"
        | "includes-any" | "includes-all" | "all-of" | "intersects" | "overlaps" | "length" | "size" | "count" => {
            (ARRAYS, ARRAYS_WAY)
        }
        "before" | "after" | "since" | "on-or-after" | "on-or-before" | "date-before" | "date-after" | "is-before"
        | "is-after" | "older-than" | "newer-than" | "within" | "not-before" | "not-after" => (DATES, DATES_WAY),
        "iequals"
        | "iis"
        | "is-ci"
        | "ieq"
        | "icontains"
        | "istarts-with"
        | "iends-with"
        | "imatches"
        | "i-equals"
        | "equals-ignore-case"
        | "ignore-case"
        | "contains-ignore-case"
        | "is-insensitive"
        | "contains-insensitive"
        | "iregex"
        | "ilike"
        | "one-of-ci"
        | "matches-i"
        | "case-insensitive" => (CASES, CASES_WAY),
        "flag" | "in-flag" | "flag-is" | "flag-on" | "prerequisite" => (FLAGS, FLAGS_WAY),
        "percentage" | "percent" | "rollout" | "bucket" | "sample" | "random" => {
            ("shares in conditions", "a share is the step's exposure where it is placed: `gate NAME \"20%\"` in `env`")
        }
        "between" => ("ranges in one condition", "write two lines in one block: `when { age gte 18; age lte 65 }`"),
        "in-cidr" | "cidr" | "ip-in" | "in-radius" | "near" => (
            "addresses and places",
            "let the caller work it out and pass an attribute, such as `attribute office bool`",
        ),
        "mod" | "modulo" | "divisible-by" => (
            "arithmetic",
            "let the caller work it out and pass an attribute; for a share, use the placement's exposure",
        ),
        _ => return None,
    })
}
