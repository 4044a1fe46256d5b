//! Contracts: experiments of which nobody is ever in two.

use std::sync::Arc;

use super::Resolver;
use super::names::Seen;
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Contract, Flag, Step, StepKind};
use crate::source::Span;
use crate::syntax::ast::{self, ContractMember};

type Member = (Arc<Flag>, Arc<Step>, Span);

impl Resolver<'_> {
    /// Resolves contracts, in source order.
    pub(super) fn contracts(&mut self, written: Vec<ast::Contract>) -> Vec<Contract> {
        let mut seen = Seen::exact();
        let mut contracts = Vec::with_capacity(written.len());
        for ast::Contract { name, members: lines, span } in written {
            let first = self.is_first(&mut seen, "contract", &name);
            let mut members: Vec<Member> = Vec::with_capacity(lines.len());
            let mut listed = Seen::exact();
            let mut different = 0;
            for line in lines {
                // A key cannot hold the slash that joins the two.
                let pair = line.flag.clone().map(|flag| format!("{flag}/{}", line.step));
                if self.is_first(&mut listed, "member", &pair) {
                    different += 1;
                    members.extend(self.member(line));
                }
            }
            if different < 2 {
                self.binds_nothing(&name, span, different);
            }
            self.one_entity(&name, &members);
            if first {
                contracts.push(Contract { name, members });
            }
        }
        contracts
    }

    fn binds_nothing(&mut self, name: &ast::Name, line: Span, members: usize) {
        let (message, label) = if members == 0 {
            (format!("the contract `{name}` lists no experiment"), "lists none")
        } else {
            (format!("the contract `{name}` lists one experiment"), "lists only one")
        };
        let at = if name.span.file == line.file { name.span } else { line };
        self.report(
            Diagnostic::new(Rule::IncompleteContract, at, message)
                .label(label)
                .meaning("there are no two that it could keep apart")
                .help("list two experiments or more, each on a line: `experiment FLAG STEP`"),
        );
    }

    fn member(&mut self, written: ContractMember) -> Option<Member> {
        let flag = self.flag_named(&written.flag, "the contract would not bind it")?;
        let name = &written.step;
        let defined = self.steps.get(&(flag.key.value.clone(), name.value.clone())).cloned();
        let Some(step) = defined else {
            let known: Vec<&str> = flag.steps.iter().map(|step| step.name.as_str()).collect();
            let otherwise = format!("define it in the flag: `experiment {name} {{ split … }}`");
            let help = self.guesses.among(name, known.len(), known.iter().copied(), &otherwise);
            self.report(
                Diagnostic::new(
                    Rule::UnknownStep,
                    name.span,
                    format!("the flag `{}` defines no step `{name}`", flag.key),
                )
                .label("unknown step")
                .help(help),
            );
            return None;
        };
        let step = self.present(step)?;
        if let StepKind::Gate { .. } = step.kind {
            self.report(
                Diagnostic::new(Rule::IncompleteContract, name.span, format!("`{name}` is a gate, not an experiment"))
                    .label("a gate")
                    .and(step.name.span, "defined here")
                    .meaning("a contract keeps experiments apart; gates assign nobody to an arm")
                    .help("name an experiment of the flag, or remove the line"),
            );
            return None;
        }
        Some((flag, step, written.span))
    }

    fn one_entity(&mut self, name: &ast::Name, members: &[Member]) {
        let Some((first, _, at)) = members.first() else { return };
        for (flag, _, span) in members.iter().filter(|(flag, _, _)| flag.entity != first.entity) {
            self.report(
                Diagnostic::new(
                    Rule::MixedEntities,
                    *span,
                    format!("the contract `{name}` mixes `{}` and `{}`", first.entity, flag.entity),
                )
                .label(format!("of `{}`", flag.entity))
                .and(*at, format!("of `{}`", first.entity))
                .meaning("a contract is about people who are in two experiments; keys of different entities are not the same people")
                .help("write a contract for each entity"),
            );
        }
    }
}
