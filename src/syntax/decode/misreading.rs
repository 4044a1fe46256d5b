//! Conditions that KDL reads as something else: symbols, `=`, colons, `and`.

use super::Decoder;
use super::condition::Words;
use super::operator;
use super::statement::{bare, part, word_entry};
use crate::diagnostic::{Diagnostic, Rule};
use crate::source::{Span, Spanned};
use crate::syntax::ast::{Condition, Operator, Value};
use crate::syntax::tree::{Entry, Style, Text, Value as Read};

/// A comparison in symbols, taken apart.
struct Symbols<'t> {
    attribute: Text<'t>,
    /// The symbols as written, `>=`.
    symbols: String,
    /// From the first symbol to the value.
    gap: Span,
    value: Option<Entry<'t>>,
    /// The words after the value.
    rest: usize,
}

impl<'t> Decoder<'t> {
    /// Cuts a line at `and`, `&&`, `or`, `||`, with a finding.
    pub(super) fn one_condition(&mut self, mut words: Words<'t>) -> Words<'t> {
        let Some(at) = (1..words.all.len()).find(|&at| joins(&words.all, at)) else { return words };
        let Some(joint) = words.all.get(at).and_then(bare) else { return words };
        let (before, after) = (self.between(&words, 0, at), self.between(&words, at + 1, words.all.len()));
        let and = matches!(joint.text.to_lowercase().as_str(), "and" | "&&");
        let inside_block = words.all.first().is_some_and(|first| first.span == words.node.name().span);
        let more = (at + 1..words.all.len()).any(|other| joins(&words.all, other));
        let finding = Diagnostic::new(
            Rule::SeveralConditionsOnOneLine,
            joint.span,
            format!("KDL reads `{}` as a value: a line holds one condition", joint.text),
        )
        .label("read as one more value");
        let cut = words.all.get(at - 1).map_or(joint.span.start, |word| word.span.end);
        let cut = Span::new(joint.span.file, cut, joint.span.end);
        let end = Span::new(joint.span.file, words.span().end, words.span().end);
        let begin = Span::new(joint.span.file, words.span().start, words.span().start);
        let quoted = format!("quote the word if it is a value: `\"{}\"`", joint.text);
        self.report(match (and, inside_block) {
            (true, false) => {
                let finding = finding.help(format!("put both in a block: `when {{ {before}; {after} }}`; {quoted}"));
                if more { finding } else { finding.edit(begin, "{ ").edit(cut, ";").edit(end, " }") }
            }
            (true, true) => finding.help(format!("write two lines: `{before}; {after}`; {quoted}")).edit(cut, ";"),
            (false, false) => {
                let finding = finding.help(format!("add an alternative on the next line: `or {after}`; {quoted}"));
                if more { finding } else { finding.edit(cut, "\nor") }
            }
            (false, true) => finding.help(format!("put the alternative below the block: `or {after}`; {quoted}")),
        });
        words.all.truncate(at);
        words
    }

    /// Cuts a line where a second condition begins without any word between: `country is US plan is free`.
    pub(super) fn second_condition(&mut self, mut words: Words<'t>) -> Words<'t> {
        let comma = words.node.entries().any(|entry| bare(&entry).is_some_and(|text| text.text.contains(',')));
        let single =
            words.all.get(1).and_then(bare).and_then(|text| Operator::parse(text.text)).is_some_and(|operator| {
                matches!(
                    operator,
                    Operator::Is | Operator::IsNot | Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte
                )
            });
        let from = if comma { 3 } else { 4 };
        if !single && !comma {
            return words;
        }
        let operator =
            |at: usize| words.all.get(at).and_then(bare).is_some_and(|text| Operator::parse(text.text).is_some());
        let Some(at) = (from..words.all.len().min(from + 64)).find(|&at| operator(at)) else { return words };
        let (before, after) = (self.between(&words, 0, at - 1), self.between(&words, at - 1, words.all.len()));
        self.incomplete = true;
        if !comma && let Some(second) = words.all.get(at - 1) {
            self.report(
                Diagnostic::new(
                    Rule::SeveralConditionsOnOneLine,
                    second.span,
                    "a second condition begins here: a line holds one",
                )
                .label("read as one more value")
                .help(format!("write both in a block: `{{ {before}; {after} }}`; or quote what is a value")),
            );
        }
        words.all.truncate(at - 1);
        words
    }

    fn between(&self, words: &Words<'t>, from: usize, to: usize) -> String {
        match (words.all.get(from), to.checked_sub(1).and_then(|last| words.all.get(last))) {
            (Some(first), Some(last)) if from < to => self.excerpt(first.span.to(last.span)),
            _ => "…".to_owned(),
        }
    }

    /// `country: US`: reported; the condition is left out.
    pub(super) fn without_colon(&mut self, words: Words<'t>) -> Option<Words<'t>> {
        let Some(text) =
            words.all.first().and_then(bare).filter(|text| text.text.len() > 1 && text.text.ends_with(':'))
        else {
            return Some(words);
        };
        let name = text.text.trim_end_matches(':');
        let source = self.excerpt(words.span());
        let rest = self.between(&words, 1, words.all.len());
        let word = words.all.get(1).and_then(|second| match second.value {
            Read::Text(text) => Some(text.text),
            _ => None,
        });
        let is_operator = word.is_some_and(|word| Operator::parse(word).is_some());
        let operator = if words.all.len() > 2 { "one-of" } else { "is" };
        let fixed = if is_operator { name.to_owned() } else { format!("{name} {operator}") };
        self.report(
            Diagnostic::new(Rule::ColonAfterName, text.span, format!("the colon in `{source}` is part of the text"))
                .label("KDL has no colons")
                .help(format!("write `{fixed} {rest}`"))
                .edit(text.span, fixed),
        );
        None
    }

    /// Comparisons in symbols and by `=`. None when the line has neither; else the condition that was meant, where it is clear.
    pub(super) fn symbols(&mut self, words: &Words<'t>) -> Option<Option<Condition>> {
        if let Some(found) = self.find_symbols(words) {
            return Some(self.symbol_condition(&found, words));
        }
        let first = *words.all.first()?;
        let name = first.name?;
        Some(self.equals_condition(&first, name, words))
    }

    fn find_symbols(&self, words: &Words<'t>) -> Option<Symbols<'t>> {
        let first = *words.all.first()?;
        // `age>18`, `age>=18`: the symbol is inside the first word.
        let glued = first.name.or_else(|| bare(&first)).filter(|text| text.style == Style::Bare)?;
        if let Some(at) = glued.text.find(is_symbol).filter(|&at| at > 0) {
            return self.glued(&first, glued, at, words);
        }
        let second = *words.all.get(1)?;
        let attribute = bare(&first)?;
        if let Some(name) = second.name {
            // `age >=18`, `plan != free`: a property named `>`, `!`.
            let symbols = name.text.chars().all(is_symbol) && !name.text.is_empty();
            return symbols.then(|| {
                let value = Entry { name: None, span: second.value_span, ..second };
                self.with_value(attribute, format!("{}=", name.text), name.span.start, value, words, 2)
            });
        }
        let text = bare(&second)?;
        let length = text.text.find(|letter| !is_symbol(letter)).unwrap_or(text.text.len());
        if length == 0 {
            return None;
        }
        let symbols = text.text.get(..length).unwrap_or("").to_owned();
        if length < text.text.len() {
            // `age <18`: the symbol begins the second word.
            let value = word_entry(part(text, length, text.text.len()));
            return Some(self.with_value(attribute, symbols, text.span.start, value, words, 2));
        }
        Some(match words.all.get(2).copied().filter(|entry| entry.name.is_none()) {
            Some(value) => self.with_value(attribute, symbols, text.span.start, value, words, 3),
            None => Symbols { attribute, symbols, gap: text.span, value: None, rest: 2 },
        })
    }

    fn glued(&self, first: &Entry<'t>, glued: Text<'t>, at: usize, words: &Words<'t>) -> Option<Symbols<'t>> {
        let attribute = part(glued, 0, at);
        let tail = glued.text.get(at..).unwrap_or("");
        let length = tail.find(|letter| !is_symbol(letter)).unwrap_or(tail.len());
        let symbols = tail.get(..length).unwrap_or("").to_owned();
        let start = part(glued, at, at).span.start;
        if first.name.is_some() {
            if length < tail.len() {
                return None;
            }
            let value = Entry { name: None, span: first.value_span, ..*first };
            return Some(self.with_value(attribute, format!("{symbols}="), start, value, words, 1));
        }
        if length < tail.len() {
            let value = word_entry(part(glued, at + length, glued.text.len()));
            return Some(self.with_value(attribute, symbols, start, value, words, 1));
        }
        let value = words.all.get(1).copied().filter(|entry| entry.name.is_none())?;
        Some(self.with_value(attribute, symbols, start, value, words, 2))
    }

    fn with_value(
        &self,
        attribute: Text<'t>,
        symbols: String,
        start: u32,
        value: Entry<'t>,
        words: &Words<'t>,
        rest: usize,
    ) -> Symbols<'t> {
        let gap = Span::new(value.span.file, start, value.value_span.start);
        Symbols { attribute, symbols, gap, value: Some(value), rest: rest.min(words.all.len()) }
    }

    fn symbol_condition(&mut self, found: &Symbols<'t>, words: &Words<'t>) -> Option<Condition> {
        let attribute = found.attribute.text;
        let source = self.excerpt(words.span());
        let meant = operator::alias(&found.symbols).and_then(Operator::parse);
        let finding =
            Diagnostic::new(Rule::SymbolOperator, found.gap, format!("`{source}` uses a symbol for an operator"))
                .label("operators are words");
        let negated = found.value.filter(|_| found.symbols == "!").and_then(|value| bare(&value));
        if let Some(word) = negated.and_then(|word| operator::alias(&format!("not-{}", word.text))) {
            return self.negated_operator(finding, word, words);
        }
        let (Some(meant), Some(value)) = (meant, found.value) else {
            let word = meant.map_or("is", Operator::word);
            self.report(
                finding
                    .help(format!("write `{attribute} {word} …`; `flagfall explain symbol-operator` lists the words")),
            );
            return None;
        };
        let several = words.all.len() > found.rest && meant == Operator::Is;
        let meant = if several { Operator::OneOf } else { meant };
        let written = self.excerpt(value.value_span);
        let before = if found.gap.start == found.attribute.span.end { " " } else { "" };
        let fixed = format!("{before}{} ", meant.word());
        self.report(finding.help(format!("write `{attribute} {} {written}`", meant.word())).edit(found.gap, fixed));
        let mut operands: Vec<Value> = vec![Self::scalar(value)];
        operands.extend(
            words.all.iter().skip(found.rest).filter(|entry| entry.name.is_none()).map(|&entry| Self::scalar(entry)),
        );
        Some(Condition::Attribute {
            attribute: Spanned::new(attribute.to_owned(), found.attribute.span),
            operator: Spanned::new(meant, found.gap),
            operands,
            from_file: false,
            span: words.span(),
        })
    }

    /// `country !in US`: reported; the condition is left out.
    fn negated_operator(&mut self, finding: Diagnostic, word: &str, words: &Words<'t>) -> Option<Condition> {
        let place = words.all.get(1).map(|second| second.span);
        let finding = finding.help(format!("write `{word}`"));
        self.report(match place {
            Some(place) => finding.edit(place, word),
            None => finding,
        });
        None
    }

    /// `age => 18`, `age =<18`: KDL reads a property whose value begins with the symbol.
    fn backward_symbols(&self, first: &Entry<'t>, name: Text<'t>, words: &Words<'t>) -> Option<Symbols<'t>> {
        let Read::Text(text) = first.value else { return None };
        let symbol =
            text.text.chars().next().filter(|letter| text.style == Style::Bare && matches!(letter, '<' | '>'))?;
        let symbols = format!("{symbol}=");
        if text.text.len() > 1 {
            let value = word_entry(part(text, 1, text.text.len()));
            return Some(self.with_value(name, symbols, name.span.end, value, words, 1));
        }
        let value = words.all.get(1).copied().filter(|entry| entry.name.is_none())?;
        Some(self.with_value(name, symbols, name.span.end, value, words, 2))
    }

    /// `!country is US`: reported; the condition is left out.
    pub(super) fn negated_attribute(&mut self, words: &Words<'t>) -> bool {
        let Some(text) =
            words.all.first().and_then(bare).filter(|text| text.text.len() > 1 && text.text.starts_with('!'))
        else {
            return false;
        };
        self.report(
            Diagnostic::new(
                Rule::SymbolOperator,
                part(text, 0, 1).span,
                format!("`{}` uses a symbol for an operator", text.text),
            )
            .label("operators are words")
            .help("every operator has its negation: `is-not`, `not-one-of`, `not-matches`, `not-in-segment`, …"),
        );
        true
    }

    /// `country = US`: KDL reads a property.
    fn equals_condition(&mut self, first: &Entry<'t>, name: Text<'t>, words: &Words<'t>) -> Option<Condition> {
        let source = self.excerpt(words.span());
        let more = words.all.get(1).filter(|entry| entry.name.is_none());
        if let Some(found) = self.backward_symbols(first, name, words) {
            return self.symbol_condition(&found, words);
        }
        let operator = if more.is_some() { Operator::OneOf } else { Operator::Is };
        let (value, skip) = (*first, 1);
        let end = words.all.iter().skip(1).take_while(|entry| entry.name.is_none()).last().unwrap_or(first).span.end;
        let values = Span::new(first.span.file, value.value_span.start, end);
        let values = self.excerpt(values);
        let gap = Span::new(first.span.file, name.span.end, value.value_span.start);
        let fixed = format!(" {} ", operator.word());
        self.report(
            Diagnostic::new(
                Rule::EqualsOperator,
                gap,
                format!("KDL reads `{source}` as a property named `{}`", name.text),
            )
            .label("operators are words")
            .help(format!("write `{}{fixed}{values}`", name.text))
            .edit(gap, fixed),
        );
        for entry in words.all.iter().skip(1).filter(|entry| entry.name.is_some()) {
            self.unknown_condition_property(entry, operator.word());
        }
        let mut operands = vec![Self::scalar(value)];
        operands
            .extend(words.all.iter().skip(skip).filter(|entry| entry.name.is_none()).map(|&entry| Self::scalar(entry)));
        Some(Condition::Attribute {
            attribute: Spanned::new(name.text.to_owned(), name.span),
            operator: Spanned::new(operator, gap),
            operands,
            from_file: false,
            span: words.span(),
        })
    }
}

fn is_symbol(letter: char) -> bool {
    matches!(letter, '<' | '>' | '=' | '!' | '~')
}

/// Whether the word at `at` was meant to join two conditions.
fn joins(words: &[Entry<'_>], at: usize) -> bool {
    let Some(text) = words.get(at).and_then(bare) else { return false };
    match text.text {
        "and" | "&&" | "||" => true,
        // `OR` may be a value (Oregon): it joins where a condition follows.
        "or" | "OR" | "AND" | "And" | "Or" | "&" | "|" => {
            let segment = words.get(at + 1).and_then(bare).is_some_and(|next| next.text.ends_with("in-segment"));
            let operator = words
                .get(at + 2)
                .and_then(bare)
                .is_some_and(|next| Operator::parse(next.text).is_some() || next.text.starts_with(is_symbol));
            let property =
                [at + 1, at + 2].iter().any(|&next| words.get(next).is_some_and(|entry| entry.name.is_some()));
            segment || operator || property || text.text == "or"
        }
        _ => false,
    }
}
