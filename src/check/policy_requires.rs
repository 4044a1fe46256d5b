//! FF6001: a flag without what the team's policy requires.

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Flag, Required};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let tested = |flag: &Flag| scope.workspace.tests.iter().any(|group| group.flag.key.value == flag.key.value);
    for flag in &scope.workspace.flags {
        for required in &scope.workspace.policy.required {
            let (has, meaning, help) = match required.value {
                Required::Owner => {
                    (flag.owner.is_some(), "nobody answers for what it does", "add `owner=TEAM` to the flag's line")
                }
                Required::Expires => (
                    flag.expires.is_some(),
                    "nobody is reminded to remove it",
                    "add `expires=\"YYYY-MM-DD\"` to the flag's line",
                ),
                Required::Description => (
                    flag.description.is_some(),
                    "whoever reads it later has to guess what it is for",
                    "add a `description` to the flag",
                ),
                Required::Tests => (
                    tested(flag),
                    "nobody has written down who should get what",
                    "add a `tests` block in a `*.test.kdl` file; `flagfall test --coverage` writes cases",
                ),
            };
            if has || flag.incomplete {
                continue;
            }
            let word = required.value.word();
            sink.push(
                Diagnostic::new(
                    Rule::PolicyRequires,
                    flag.key.span,
                    format!("the policy requires `{word}` of every flag, and `{}` has none", flag.key),
                )
                .label(format!("no `{word}`"))
                .and(required.span, "required here")
                .meaning(meaning)
                .help(help)
                .flag(&*flag.key),
            );
        }
    }
}
