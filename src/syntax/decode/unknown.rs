//! Statements and properties that a place does not know: what was meant, or where they belong.

use super::Decoder;
use super::shape::Shape;
use super::statement::Item;
use crate::diagnostic::suggest::nearest;
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::Span;
use crate::syntax::tree::{Node, Style, Text};

/// How many "did you mean" one file gets; beyond them the known names are listed instead.
const GUESSES: usize = 1_000;

impl<'t> Decoder<'t> {
    /// The statements of a block that its shape knows; the others are reported.
    pub(super) fn statements(
        &mut self,
        parent: Option<Node<'t>>,
        nodes: impl Iterator<Item = Node<'t>>,
        shape: &'static Shape,
    ) -> Vec<Item<'t>> {
        let mut items: Vec<Item<'t>> = Vec::new();
        let mut stray = false;
        for node in nodes {
            let name = node.name();
            let text = name.text.strip_suffix(':').unwrap_or(name.text);
            let known = shape.statements.iter().copied().find(|word| *word == text);
            if let Some(word) = known {
                if text.len() < name.text.len() {
                    self.colon(name.span, name.text, text, None);
                }
                stray = false;
                items.push(Item { word, node, dashes: Vec::new() });
            } else if is_dash(name) {
                match items.last_mut() {
                    Some(item) if !stray && matches!(item.word, "when" | "or" | "one-of") => item.dashes.push(node),
                    _ if stray => {}
                    _ => {
                        self.stray_dash(node);
                        stray = true;
                    }
                }
            } else {
                stray = true;
                self.unknown_statement(parent, node, shape);
            }
        }
        items
    }

    /// The help for an unknown name: the nearest known one, or `otherwise`.
    pub(super) fn guess(&mut self, written: &str, known: &[&'static str], otherwise: &str) -> String {
        match self.near(written, known) {
            Some(name) => format!("did you mean `{name}`?"),
            None => otherwise.to_owned(),
        }
    }

    /// The nearest known name.
    pub(super) fn near(&mut self, written: &str, known: &[&'static str]) -> Option<&'static str> {
        self.guesses += 1;
        if self.guesses > GUESSES {
            return None;
        }
        nearest(written, known.iter().copied())
    }

    fn unknown_statement(&mut self, parent: Option<Node<'t>>, node: Node<'t>, shape: &'static Shape) {
        let name = node.name();
        let text = name.text.strip_suffix(':').unwrap_or(name.text);
        if let (Some(parent), true) = (parent, shape.properties.contains(&text)) {
            return self.property_on_its_own(parent, node, text, shape);
        }
        let finding = Diagnostic::new(
            Rule::UnknownStatement,
            name.span,
            format!("{} knows no statement `{}`", shape.what, name.text),
        );
        if let Some(way) = dependency(text) {
            return self.report(
                Diagnostic::new(
                    Rule::NotInEvaluator,
                    name.span,
                    format!("`{text}`: the evaluator knows no flags that depend on flags"),
                )
                .label("cannot be expressed")
                .help(way),
            );
        }
        if text == "and" {
            return self.report(
                Diagnostic::new(
                    Rule::SeveralConditionsOnOneLine,
                    name.span,
                    "`and` is no statement: the lines of one `when` block must all hold",
                )
                .label("joins nothing")
                .help("put both conditions in one block: `when { …; … }`"),
            );
        }
        let homes = Shape::homes_of(text);
        if !homes.is_empty() {
            return self.report(finding.label("unknown here").help(format!("`{text}` belongs in {homes}")));
        }
        if text == "policy" {
            let help = "policies are not part of this edition: remove the block";
            return self.report(finding.label("unknown here").help(help));
        }
        let finding = finding.label("unknown here");
        if let Some(word) = synonym(text).filter(|word| shape.statements.contains(word)) {
            return self.report(finding.help(format!("write `{word}`")).edit(name.span, word));
        }
        let near = self.near(text, shape.statements);
        self.report(match near {
            Some(known) if name.style == Style::Bare => {
                finding.help(format!("did you mean `{known}`?")).edit(name.span, known)
            }
            Some(known) => finding.help(format!("did you mean `{known}`?")),
            None if !Shape::owners_of(text).is_empty() => {
                finding.help(format!("`{text}` is a property of {}: write it on that line", Shape::owners_of(text)))
            }
            None => finding.help(format!("it knows {}", list(shape.statements))),
        });
    }

    /// `type boolean` or `type: boolean` on a line of its own where `type=boolean` is meant.
    fn property_on_its_own(&mut self, parent: Node<'t>, node: Node<'t>, text: &str, shape: &'static Shape) {
        let name = node.name();
        let colon = text.len() < name.text.len();
        let value = node.entries().find(|entry| entry.name.is_none()).map(|entry| self.excerpt(entry.span));
        let fixed = format!("{text}={}", value.as_deref().unwrap_or("…"));
        let source = self.excerpt(node.header());
        let opening = self.excerpt(parent.header());
        let rule = if colon { Rule::ColonAfterName } else { Rule::UnknownStatement };
        let mut finding = Diagnostic::new(
            rule,
            name.span,
            format!("`{source}` is a statement, but `{text}` is a property of {}", shape.what),
        )
        .label("not a statement")
        .and(parent.name().span, "belongs on this line")
        .help(format!("write it on the line of `{}`: `{opening} {fixed}`", parent.name().text));
        if value.is_some() {
            let end = parent.header().end;
            finding = finding.edit(Span::new(name.span.file, end, end), format!(" {fixed}")).edit(node.span(), "");
        }
        self.report(finding);
    }

    /// A property the statement does not know.
    pub(super) fn unknown_property(
        &mut self,
        entry: &crate::syntax::tree::Entry<'t>,
        name: Text<'t>,
        node: Node<'t>,
        shape: &'static Shape,
    ) {
        let text = name.text;
        let value = self.excerpt(entry.value_span);
        let finding =
            Diagnostic::new(Rule::UnknownProperty, name.span, format!("{} knows no property `{text}`", shape.what))
                .label("unknown here");
        if shape.statements.contains(&text) {
            return self.report(finding.help(format!(
                "`{text}` is a statement: write `{text} {value}` inside the block of `{}`",
                node.name().text
            )));
        }
        let is_share = matches!(text, "share" | "exposure" | "percent" | "percentage" | "rollout" | "traffic");
        if is_share && value.contains(|letter: char| letter.is_ascii_digit()) && shape.statements.contains(&"ramp") {
            let (word, step) = (node.name().text, self.step.clone().unwrap_or_else(|| "NAME".to_owned()));
            return self.report(finding.help(format!("the share follows the step's name: `{word} {step} {value}`")));
        }
        let owners = Shape::owners_of(text);
        let homes = Shape::homes_of(text);
        let near = self.near(text, shape.properties);
        self.report(match near {
            Some(known) if name.style == Style::Bare => {
                finding.help(format!("did you mean `{known}`?")).edit(name.span, known)
            }
            Some(known) => finding.help(format!("did you mean `{known}`?")),
            None if !owners.is_empty() => finding.help(format!("`{text}` belongs on {owners}")),
            None if !homes.is_empty() => finding.help(format!("`{text}` is a statement of {homes}")),
            None if shape.properties.is_empty() => finding.help("it takes none: remove it"),
            None => finding.help(format!("it knows {}", list(shape.properties))),
        });
    }

    /// A `-` line that belongs to no list.
    pub(super) fn stray_dash(&mut self, node: Node<'t>) {
        let name = node.name();
        let source = self.excerpt(node.header());
        self.report(
            Diagnostic::new(Rule::MisplacedDash, name.span, format!("`{source}` stands outside a list"))
                .label(format!("a statement named `{}`", name.text))
                .help("put the lines of a list in a block: `when id one-of { - a; - b }`"),
        );
    }
}

/// Whether a node's name is `-`, or a value whose dash lost its space.
pub(super) fn is_dash(name: Text<'_>) -> bool {
    name.style == Style::Bare && name.text.starts_with('-')
}

/// Other systems' words for statements the language has.
fn synonym(name: &str) -> Option<&'static str> {
    Some(match name {
        "if" | "where" | "targeting" | "condition" | "conditions" | "match" => "when",
        "default" | "else" | "fallback" | "fallthrough" | "rest" => "otherwise",
        "variant" | "arm" | "value" | "option" => "variation",
        "rule" | "target" | "toggle" | "feature" => "gate",
        "environment" => "env",
        "desc" | "note" | "comment" => "description",
        "test" | "ab-test" => "experiment",
        "weights" | "allocation" | "allocations" => "split",
        _ => return None,
    })
}

/// The way round for statements that would make a flag depend on another.
fn dependency(name: &str) -> Option<&'static str> {
    matches!(
        name,
        "depends-on" | "depends" | "requires" | "require" | "prerequisite" | "prerequisites" | "parent" | "needs"
    )
    .then_some("give both flags the same audience: define a `segment` and use `when in-segment …` in each")
}

fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
