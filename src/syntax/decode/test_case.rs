//! `*.test.kdl`: groups, cases, who, what is expected.

use super::Decoder;
use super::shape;
use super::statement::Statement;
use super::value::{Bound, Names};
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{Ast, Expectation, Name, Percent, TestCase, TestGroup, TestSubject, Value};
use crate::syntax::tree::{Entry, Node, Value as Read};

impl<'t> Decoder<'t> {
    /// Reads a `*.test.kdl` file.
    pub(super) fn tests(&mut self, ast: &mut Ast) {
        for item in self.statements(None, self.tree.roots(), &shape::TESTS_FILE) {
            ast.tests.extend(self.test_group(item.node));
        }
    }

    fn test_group(&mut self, node: Node<'t>) -> Option<TestGroup> {
        let line = self.open(node, &shape::TESTS);
        let flag = self.own_name(&line, "the flag's key", Names::Strict);
        self.flag = flag.as_ref().map(|flag| flag.value.clone());
        let items = self.statements(Some(node), node.children(), &shape::TESTS);
        if node.children().next().is_none() {
            self.untested(node, "`tests` holds no case", "add a case: `case \"everyone\" { … }`");
        }
        let cases = items.iter().filter_map(|item| self.test_case(item.node)).collect();
        self.flag = None;
        Some(TestGroup { flag: flag?, cases, span: line.span() })
    }

    fn untested(&mut self, node: Node<'t>, message: &str, help: &str) {
        self.incomplete = true;
        if !self.damage.touches(node.span()) {
            self.report(
                Diagnostic::new(Rule::IncompleteTest, node.name().span, message).label("tests nothing").help(help),
            );
        }
    }

    fn test_case(&mut self, node: Node<'t>) -> Option<TestCase> {
        let line = self.open(node, &shape::CASE);
        let name = self.own_name(&line, "the case's name", Names::Free);
        let mut who: Option<TestSubject> = None;
        let mut first: Option<Node<'t>> = None;
        let mut expectations = Vec::new();
        let mut expected = false;
        for item in self.statements(Some(node), node.children(), &shape::CASE) {
            if matches!(item.word, "subject" | "given") {
                if let Some(first) = first {
                    self.second_subject(first, item.node);
                    continue;
                }
                first = Some(item.node);
                who = if item.word == "subject" { self.subject(item.node) } else { Some(self.given(item.node)) };
            } else {
                expected = true;
                expectations.extend(self.expectation(item.word, item.node));
            }
        }
        let strange = node.children().count() > usize::from(first.is_some()) + expectations.len();
        if first.is_none() && !strange {
            self.untested(
                node,
                "the case says nothing about whom it tests",
                "add `subject KEY name=value` or `given name=value`",
            );
        } else if !expected && !strange {
            self.untested(
                node,
                "the case expects nothing",
                "add `expect NAME`, `expect-default`, `share NAME \"5%\"` or `never NAME`",
            );
        }
        let environment =
            line.property("env").and_then(|entry| self.name(entry, "an environment's name", Names::Strict));
        let at = line.property("at").and_then(|entry| self.instant(entry, "`at`", Bound::Now));
        Some(TestCase { name: name?, environment, at, who, expectations, span: line.span() })
    }

    fn second_subject(&mut self, first: Node<'t>, node: Node<'t>) {
        self.report(
            Diagnostic::new(Rule::MisplacedProperty, node.header(), "a case is about one subject or one population")
                .label("a second one")
                .and(first.header(), "the first one")
                .help("write a case for each"),
        );
    }

    fn subject(&mut self, node: Node<'t>) -> Option<TestSubject> {
        let line = self.open(node, &shape::SUBJECT);
        let key = self.own_name(&line, "the subject's key", Names::Free)?;
        Some(TestSubject::Subject { key, attributes: Self::attributes(line.properties()), span: line.span() })
    }

    fn attributes(entries: &[Entry<'t>]) -> Vec<(Name, Value)> {
        let named = entries.iter().filter_map(|&entry| Some((entry.name?, entry)));
        named.map(|(name, entry)| (Spanned::new(name.text.to_owned(), name.span), Self::scalar(entry))).collect()
    }

    fn given(&mut self, node: Node<'t>) -> TestSubject {
        let line = self.open(node, &shape::GIVEN);
        let (others, attributes): (Vec<Entry<'t>>, Vec<Entry<'t>>) =
            line.properties().iter().partition(|entry| entry.name.is_some_and(|name| name.text == "others"));
        let others_any =
            others.first().and_then(|&entry| self.choice(entry, "`others`", &[("any", ())]).map(|_| entry.span));
        let conditions = self.conditions(node);
        TestSubject::Given { attributes: Self::attributes(&attributes), others_any, conditions, span: line.span() }
    }

    fn expectation(&mut self, word: &str, node: Node<'t>) -> Option<Expectation> {
        match word {
            "expect" => {
                let line = self.open(node, &shape::EXPECT);
                let variation = self.expected(&line)?;
                Some(Expectation::Variation { variation, via: self.via(&line), span: line.span() })
            }
            "expect-default" => {
                let line = self.open(node, &shape::EXPECT_DEFAULT);
                Some(Expectation::Default { span: line.span() })
            }
            "share" => {
                let line = self.open(node, &shape::SHARE);
                let variation = self.expected(&line)?;
                let via = self.via(&line);
                let share = self.exact_share(&line, 1)?;
                Some(Expectation::Share { variation, via, share, span: line.span() })
            }
            "share-default" => {
                let line = self.open(node, &shape::SHARE_DEFAULT);
                let share = self.exact_share(&line, 0)?;
                Some(Expectation::ShareDefault { share, span: line.span() })
            }
            _ => {
                let line = self.open(node, &shape::NEVER);
                Some(Expectation::Never { variation: self.expected(&line)?, span: line.span() })
            }
        }
    }

    fn expected(&mut self, line: &Statement<'t>) -> Option<Name> {
        let word = line.node.name();
        let Some(entry) = line.argument(0) else {
            self.missing(
                line.span(),
                word.span,
                format!("`{}` names no variation", word.text),
                format!("write `{} NAME` with the name of a variation", word.text),
            );
            return None;
        };
        if let Read::Bool(_) = entry.value {
            let source = self.excerpt(entry.span);
            self.report(
                Diagnostic::new(
                    Rule::UnexpectedValue,
                    entry.span,
                    format!("`{}` names a variation, not the value `{source}`", word.text),
                )
                .label("not a variation's name")
                .help(format!("write the name of the variation whose value is `{source}`")),
            );
            return None;
        }
        self.name(entry, "a variation's name", Names::Free)
    }

    fn via(&mut self, line: &Statement<'t>) -> Option<Name> {
        line.property("via").and_then(|entry| self.name(entry, "a step's name", Names::Strict))
    }

    fn exact_share(&mut self, line: &Statement<'t>, index: usize) -> Option<Spanned<Percent>> {
        if let Some(entry) = line.argument(index) {
            return self.share(entry);
        }
        let at: Span = line.node.name().span;
        self.missing(line.span(), at, "the share is missing", "write the exact share, such as `\"2.5%\"`");
        None
    }
}
