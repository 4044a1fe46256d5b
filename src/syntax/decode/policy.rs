//! `policy { … }` in `flagfall.kdl`.

use super::Decoder;
use super::shape::{self, Shape};
use super::value::Names;
use crate::diagnostic::{Diagnostic, Rule, suggest};
use crate::source::Spanned;
use crate::syntax::ast::{Percent, Policy, Required};
use crate::syntax::tree::Node;

impl<'t> Decoder<'t> {
    pub(super) fn policy(&mut self, node: Node<'t>, policy: &mut Policy) {
        self.open(node, &shape::POLICY);
        for item in self.statements(Some(node), node.children(), &shape::POLICY) {
            match item.word {
                "max-reassigned" => {
                    let share = self.limit(item.node, &shape::POLICY_SHARE);
                    self.once(&mut policy.max_reassigned, share, item.node);
                }
                "max-ramp-step" => {
                    let share = self.limit(item.node, &shape::POLICY_SHARE);
                    self.once(&mut policy.max_ramp_step, share, item.node);
                }
                _ => self.required(item.node, policy),
            }
        }
    }

    fn limit(&mut self, node: Node<'t>, shape: &'static Shape) -> Option<Spanned<Percent>> {
        let line = self.open(node, shape);
        let Some(entry) = line.argument(0) else {
            let name = node.name();
            let help = format!("write `{} \"10%\"`", name.text);
            self.missing(line.span(), name.span, format!("`{}` has no limit", name.text), help);
            return None;
        };
        self.share(entry)
    }

    fn required(&mut self, node: Node<'t>, policy: &mut Policy) {
        let line = self.open(node, &shape::REQUIRE);
        let known = Required::ALL.map(Required::word);
        if line.arguments().is_empty() {
            let name = node.name();
            self.missing(
                line.span(),
                name.span,
                "`require` asks for nothing",
                format!("write `require {}`", known.join(" ")),
            );
        }
        for &entry in line.arguments() {
            let Some(name) = self.name(entry, "what every flag has to say", Names::Free) else { continue };
            match Required::ALL.into_iter().find(|required| required.word() == name.value) {
                Some(required) => policy.required.push(Spanned::new(required, name.span)),
                None => self.report(
                    Diagnostic::new(
                        Rule::UnexpectedValue,
                        name.span,
                        format!("a policy cannot require `{}`", name.value),
                    )
                    .label("unknown")
                    .help(suggest::did_you_mean(
                        &name,
                        known,
                        "write `owner`, `expires`, `description` or `tests`",
                    )),
                ),
            }
        }
    }
}
