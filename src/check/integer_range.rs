//! FF5007: an integer that does not fit 32 bits.

use super::Scope;
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::Value;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for flag in &scope.workspace.flags {
        for variation in &flag.variations {
            let Some(value) = &variation.value else { continue };
            let Value::Integer(number) = value.value else { continue };
            if i32::try_from(number).is_ok() {
                continue;
            }
            sink.push(
                Diagnostic::new(Rule::IntegerRange, value.span, format!("`{number}` does not fit 32 bits"))
                    .label("integers go from -2147483648 to 2147483647")
                    .meaning("Java callers get another number; other languages get this one")
                    .help("serve a smaller number, or make the flag `type=string` and parse it")
                    .flag(&*flag.key),
            );
        }
    }
}
