//! `flagfall.kdl`: edition, definitions, environments, levels.

use super::Decoder;
use super::shape::{self, Shape};
use super::statement::Statement;
use super::value::Names;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{Ast, Environment, LevelLine, LevelWord, Name};
use crate::syntax::tree::{Node, Value};

/// The edition this flagfall reads.
const EDITION: &str = "2026";

impl<'t> Decoder<'t> {
    /// Reads `flagfall.kdl`.
    pub(super) fn configuration(&mut self, ast: &mut Ast) {
        let top = Span::new(self.tree.file, 0, self.line_end(0));
        let configuration = &mut ast.configuration;
        configuration.span = Some(top);
        let mut editions = 0;
        for item in self.statements(None, self.tree.roots(), &shape::CONFIGURATION_FILE) {
            match item.word {
                "edition" => {
                    editions += 1;
                    let edition = self.edition(item.node);
                    self.once(&mut configuration.edition, edition, item.node);
                }
                "definitions" => {
                    let directory = self.only_text(item.node, &shape::DEFINITIONS, "the directory of definitions");
                    self.once(&mut configuration.definitions, directory, item.node);
                }
                "env" => configuration.environments.extend(self.environment_of_workspace(item.node)),
                "policy" => self.policy(item.node, &mut configuration.policy),
                _ => self.levels(item.node, &mut configuration.levels),
            }
        }
        if editions == 0 {
            self.no_edition(top);
        }
        if configuration.environments.is_empty() {
            self.missing(
                top,
                top,
                "the workspace has no environments",
                "name them in `flagfall.kdl`, one a line: `env production protected=#true`",
            );
        }
    }

    fn no_edition(&mut self, top: Span) {
        let start = Span::new(top.file, 0, 0);
        self.report(
            Diagnostic::new(Rule::Edition, top, "the workspace does not say its edition")
                .label("here")
                .meaning("a later flagfall could read it differently")
                .help(format!("begin the file with `edition \"{EDITION}\"`"))
                .edit(start, format!("edition \"{EDITION}\"\n")),
        );
    }

    fn edition(&mut self, node: Node<'t>) -> Option<Name> {
        let edition = self.only_text(node, &shape::EDITION, "the edition")?;
        if edition.value != EDITION {
            self.report(
                Diagnostic::new(
                    Rule::Edition,
                    edition.span,
                    format!("this flagfall does not read the edition `{}`", edition.value),
                )
                .label("unknown edition")
                .help(format!("write `edition \"{EDITION}\"`, or use a flagfall of that edition"))
                .edit(edition.span, format!("\"{EDITION}\"")),
            );
        }
        Some(edition)
    }

    fn environment_of_workspace(&mut self, node: Node<'t>) -> Option<Environment> {
        let line = self.open(node, &shape::ENVIRONMENT);
        let protected =
            line.property("protected").and_then(|entry| self.truth(entry, "`protected`")).is_some_and(|value| *value);
        let name = self.own_name(&line, "an environment's name", Names::Strict)?;
        let lower = name.value.to_lowercase();
        if lower == "manifest" || lower.ends_with(".client") {
            self.reserved(&name, "environment", "it would be the name of a file flagfall writes");
        }
        Some(Environment { name, protected })
    }

    /// Reports a name flagfall keeps for itself.
    pub(super) fn reserved(&mut self, name: &Name, what: &str, why: &str) {
        self.report(
            Diagnostic::new(Rule::ReservedName, name.span, format!("no {what} can be called `{}`", name.value))
                .label("reserved")
                .meaning(why)
                .help("choose another name"),
        );
    }

    fn levels(&mut self, node: Node<'t>, levels: &mut Vec<LevelLine>) {
        self.open(node, &shape::RULES);
        for item in self.statements(Some(node), node.children(), &shape::RULES) {
            let level = match item.word {
                "allow" => LevelWord::Allow,
                "warn" => LevelWord::Warn,
                _ => LevelWord::Deny,
            };
            let line = self.open(item.node, &shape::LEVEL);
            let rules: Vec<Name> =
                line.arguments().iter().filter_map(|&entry| self.name(entry, "a rule", Names::Free)).collect();
            if line.arguments().is_empty() {
                let name = item.node.name();
                self.missing(
                    line.span(),
                    name.span,
                    format!("`{}` names no rule", name.text),
                    "name a rule or a family: `deny FF3`, `warn missing-owner`",
                );
            }
            levels.push(LevelLine {
                level: Spanned::new(level, item.node.name().span),
                rules,
                glob: self.text_property(&line, "in"),
                reason: self.text_property(&line, "reason"),
                until: line.property("until").and_then(|entry| self.date(entry, "`until`")),
                span: line.span(),
            });
        }
    }

    /// A statement of one text: `edition "2026"`, `description "…"`.
    pub(super) fn only_text(&mut self, node: Node<'t>, shape: &'static Shape, what: &str) -> Option<Name> {
        let line = self.open(node, shape);
        let Some(entry) = line.argument(0) else {
            let name = node.name();
            self.missing(line.span(), name.span, format!("{what} is missing"), format!("write `{} \"…\"`", name.text));
            return None;
        };
        self.text(entry, what)
    }

    /// The first argument as the name of what the line defines.
    pub(super) fn own_name(&mut self, line: &Statement<'t>, what: &str, names: Names) -> Option<Name> {
        let Some(entry) = line.argument(0) else {
            let word = line.node.name();
            self.missing(
                line.span(),
                word.span,
                format!("{what} is missing"),
                format!("write it after `{}`: `{} NAME`", word.text, word.text),
            );
            return None;
        };
        self.name(entry, what, names)
    }

    /// A property that is a text.
    pub(super) fn text_property(&mut self, line: &Statement<'t>, name: &str) -> Option<Name> {
        let entry = line.property(name)?;
        if matches!(entry.value, Value::Text(text) if text.text.is_empty()) {
            self.report(
                Diagnostic::new(Rule::UnexpectedValue, entry.span, format!("`{name}` is empty"))
                    .label("says nothing")
                    .help(format!("write a text, or remove `{name}`")),
            );
            return None;
        }
        self.text(entry, &format!("`{name}`"))
    }

    /// Keeps what may be said once; says where it was said before.
    pub(super) fn once<T>(&mut self, slot: &mut Option<T>, value: Option<T>, node: Node<'t>) {
        if slot.is_some() {
            let name = node.name();
            self.report(
                Diagnostic::new(Rule::DuplicateDefinition, node.header(), format!("`{}` is given twice", name.text))
                    .label("given before")
                    .help("keep one of them"),
            );
        } else {
            *slot = value;
        }
    }
}
