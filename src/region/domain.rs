//! The values of one attribute, in classes that no condition in question tells apart.
//!
//! To evaluators a value is the text it prints as, or missing: a number or a truth value answers every condition as its text
//! does. So the classes are: missing; listed texts; where numbers or versions are compared, the points and gaps of their order;
//! and the rest. Patterns do not cut classes: within the rest they are variables of their own, and which of them can hold
//! together is asked when it matters ([`Domain::member`]).

mod number;
mod version;

use super::Declared;
use super::automaton::{self, Search};
use crate::evaluate::AttributeValue;
use crate::evaluate::ask::Check;
use crate::ufc;

/// The texts that are numbers to the evaluator.
const NUMBER: &str = r"^[+-]?((?i:inf|infinity|nan)|([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?)$";

/// Values that all conditions treat alike, but for patterns where the class is open.
#[derive(Debug)]
pub(super) struct Class {
    /// For each condition whether it holds; a pattern's number and what it must be where that decides.
    pub(super) truth: Vec<Truth>,
    /// One of them; `Null` stands for missing. Of an open class only a value to begin with.
    pub(super) any: AttributeValue,
    /// One of the attribute's declared type, where there is one.
    pub(super) typed: Option<AttributeValue>,
    /// The listed texts in it.
    pub(super) texts: Vec<String>,
    /// How patterns are decided in it.
    open: Open,
}

/// Whether a condition holds in a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// For all of it or none.
    Is(bool),
    /// Where this pattern matches (or does not).
    Pattern(usize, bool),
}

/// How it is decided which patterns can match together.
#[derive(Debug, PartialEq)]
enum Open {
    /// No pattern is open here.
    No,
    /// By automata: any text that is none of the others.
    Rest,
    /// By trying these texts: numbers and versions in order, together with patterns, are beyond automata.
    Tried(Vec<String>),
}

/// Whether a class has a member that some patterns match and others do not.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Member {
    /// This one.
    Is(AttributeValue),
    /// None.
    Nobody,
    /// Nobody knows, and why.
    Unknown(String),
}

/// One attribute's conditions and classes.
#[derive(Debug)]
pub(super) struct Domain {
    conditions: Vec<Check>,
    /// The patterns that are variables.
    pub(super) patterns: Vec<String>,
    pub(super) classes: Vec<Class>,
    /// Every listed text; the rest excludes them.
    listed: Vec<String>,
    compares_numbers: bool,
    compares_versions: bool,
}

/// A value that a class may begin with: one, and one of the declared type.
struct Candidate {
    any: AttributeValue,
    typed: Option<AttributeValue>,
    /// More of the same.
    more: Vec<String>,
}

impl Domain {
    /// The domain that these conditions cut. `declared` is none for attributes nobody declared.
    pub(super) fn new(conditions: Vec<Check>, declared: Option<Declared>) -> Self {
        let asked = Asked::of(&conditions);
        let mut domain = Self {
            patterns: asked.patterns,
            classes: Vec::new(),
            listed: asked.texts,
            compares_numbers: !asked.numbers.is_empty(),
            compares_versions: asked.grammar || !asked.versions.is_empty(),
            conditions,
        };
        // Open patterns on a typed attribute are refused elsewhere; nothing is assumed of such an attribute.
        let declared = declared.filter(|declared| *declared == Declared::Text || domain.patterns.is_empty());
        domain.add_missing();
        domain.add_listed(declared);
        let mut cells = number::cells(&asked.numbers, &domain.listed, declared, !domain.patterns.is_empty());
        cells.extend(version::cells(&asked.versions, &domain.listed, declared, asked.grammar));
        for cell in cells {
            domain.add_cell(cell);
        }
        domain.add_rest(declared);
        domain
    }

    fn add_missing(&mut self) {
        let truth = self.conditions.iter().map(|check| Truth::Is(check.asks(None))).collect();
        let missing = AttributeValue::Null;
        let typed = Some(missing.clone());
        self.classes.push(Class { truth, any: missing, typed, texts: Vec::new(), open: Open::No });
    }

    fn add_listed(&mut self, declared: Option<Declared>) {
        for text in self.listed.clone() {
            let value = AttributeValue::Text(text.clone());
            let truth: Vec<Truth> = self.conditions.iter().map(|check| Truth::Is(check.asks(Some(&value)))).collect();
            let typed = fitting(&text, declared);
            match self.classes.iter_mut().skip(1).find(|class| class.truth == truth) {
                Some(class) => {
                    class.typed = class.typed.take().or(typed);
                    class.texts.push(text);
                }
                None => {
                    let any = typed.clone().unwrap_or(value);
                    self.classes.push(Class { truth, any, typed, texts: vec![text], open: Open::No });
                }
            }
        }
    }

    fn add_cell(&mut self, cell: Candidate) {
        let Candidate { any, typed, more } = cell;
        let truth = self.truth_with_patterns(&any);
        let open = if self.patterns.is_empty() { Open::No } else { Open::Tried(more) };
        self.merge(Class { truth, any, typed, texts: Vec::new(), open });
    }

    fn add_rest(&mut self, declared: Option<Declared>) {
        let Some(any) = self.other() else { return };
        let typed = match declared {
            None | Some(Declared::Text) => Some(any.clone()),
            Some(Declared::Number) if self.compares_numbers => None,
            Some(Declared::Number) => {
                let mut numbers = (0..).map(f64::from);
                let free = |number: &f64| !self.listed.contains(&number.to_string());
                numbers.find(free).map(AttributeValue::Number)
            }
            Some(Declared::Bool) => {
                let free = |truth: &bool| !self.listed.contains(&truth.to_string());
                [false, true].into_iter().find(free).map(AttributeValue::Bool)
            }
            Some(Declared::Version) if self.compares_versions => None,
            Some(Declared::Version) => {
                let mut versions = (0_u32..).map(|patch| format!("1.0.{patch}"));
                versions.find(|version| !self.listed.contains(version)).map(AttributeValue::Text)
            }
        };
        let any = typed.clone().unwrap_or(any);
        let truth = self.truth_with_patterns(&any);
        let open = if self.patterns.is_empty() { Open::No } else { Open::Rest };
        self.merge(Class { truth, any, typed, texts: Vec::new(), open });
    }

    /// Classes without open patterns that no condition tells apart are one.
    fn merge(&mut self, class: Class) {
        let alike = |known: &&mut Class| class.open == Open::No && known.open == Open::No && known.truth == class.truth;
        match self.classes.iter_mut().skip(1).find(alike) {
            Some(known) => {
                if known.typed.is_none() && class.typed.is_some() {
                    known.any = class.any;
                    known.typed = class.typed;
                }
            }
            None => self.classes.push(class),
        }
    }

    fn truth_with_patterns(&self, value: &AttributeValue) -> Vec<Truth> {
        let one = |check: &Check| match check.pattern().and_then(|pattern| self.pattern(pattern)) {
            Some(index) => Truth::Pattern(index, check.expects()),
            None => Truth::Is(check.asks(Some(value))),
        };
        self.conditions.iter().map(one).collect()
    }

    fn pattern(&self, pattern: &str) -> Option<usize> {
        self.patterns.iter().position(|known| known == pattern)
    }

    /// A text that is in no other class.
    fn other(&self) -> Option<AttributeValue> {
        let mut texts = std::iter::once("other".to_owned()).chain((1..).map(|number| format!("other-{number}")));
        texts.find(|text| !self.listed.contains(text)).map(AttributeValue::Text)
    }

    /// Whether patterns are open in a class. Where they are not, it has a member whatever they are.
    pub(super) fn is_open(&self, class: usize) -> bool {
        self.classes.get(class).is_none_or(|class| class.open != Open::No)
    }

    /// A member of the class that matches the patterns as `literals` say, and how many steps of automata it takes to find out.
    pub(super) fn member(&self, class: usize, literals: &[(usize, bool)]) -> (Member, usize) {
        let Some(class) = self.classes.get(class) else { return (Member::Nobody, 0) };
        match &class.open {
            Open::No => (Member::Is(class.any.clone()), 0),
            Open::Tried(texts) => (self.tried(texts, literals), 0),
            Open::Rest => self.rest(&class.any, literals),
        }
    }

    fn tried(&self, texts: &[String], literals: &[(usize, bool)]) -> Member {
        match texts.iter().find(|text| self.matches(text, literals)) {
            Some(text) => Member::Is(AttributeValue::Text(text.clone())),
            None => Member::Unknown("an attribute is compared in order and matched against patterns".to_owned()),
        }
    }

    fn rest(&self, any: &AttributeValue, literals: &[(usize, bool)]) -> (Member, usize) {
        if any.text().is_some_and(|text| self.matches(&text, literals)) {
            return (Member::Is(any.clone()), 0);
        }
        let side = |wanted: bool| {
            let chosen = literals.iter().filter(move |(_, matched)| *matched == wanted);
            chosen.filter_map(|(pattern, _)| self.patterns.get(*pattern).map(String::as_str))
        };
        let mut unwanted: Vec<&str> = side(false).collect();
        unwanted.extend(self.compares_numbers.then_some(NUMBER));
        unwanted.extend(self.compares_versions.then_some(ufc::VERSION));
        let wanted: Vec<&str> = side(true).collect();
        let listed: Vec<&str> = self.listed.iter().map(String::as_str).collect();
        let (found, steps) = automaton::search(&wanted, &unwanted, &listed);
        let member = match found {
            Search::Found(text) => Member::Is(AttributeValue::Text(text)),
            Search::Nothing => Member::Nobody,
            Search::Unknown(reason) => Member::Unknown(reason),
        };
        (member, steps)
    }

    pub(super) fn matches(&self, text: &str, literals: &[(usize, bool)]) -> bool {
        literals.iter().all(|(pattern, wanted)| {
            let pattern = self.patterns.get(*pattern);
            let check = self.conditions.iter().find(|check| check.pattern() == pattern.map(String::as_str));
            check.is_some_and(|check| {
                check.asks(Some(&AttributeValue::Text(text.to_owned()))) == (*wanted == check.expects())
            })
        })
    }

    /// Whether `text` is a member of the class that matches the patterns as `literals` say.
    pub(super) fn has(&self, class: usize, literals: &[(usize, bool)], text: &str) -> bool {
        let value = AttributeValue::Text(text.to_owned());
        let Some(class) = self.classes.get(class) else { return false };
        let fixed = self.conditions.iter().zip(&class.truth).all(|(check, truth)| match truth {
            Truth::Is(holds) => check.asks(Some(&value)) == *holds,
            Truth::Pattern(..) => true,
        });
        fixed && self.matches(text, literals)
    }
}

/// What the conditions of an attribute ask.
struct Asked {
    texts: Vec<String>,
    numbers: Vec<f64>,
    versions: Vec<semver::Version>,
    patterns: Vec<String>,
    /// Whether the grammar of versions is asked for; it is a property of classes, as the order of versions is.
    grammar: bool,
}

impl Asked {
    fn of(conditions: &[Check]) -> Self {
        let mut asked =
            Self { texts: Vec::new(), numbers: Vec::new(), versions: Vec::new(), patterns: Vec::new(), grammar: false };
        for check in conditions {
            match check {
                Check::Never | Check::Null { .. } => {}
                Check::Number { operand, .. } => asked.numbers.push(*operand),
                Check::Version { operand, .. } => asked.versions.push(operand.clone()),
                Check::Pattern { pattern, .. } => asked.patterns.push(pattern.as_str().to_owned()),
                Check::Listed { list, .. } => asked.texts.extend(list.iter().cloned()),
            }
        }
        asked.texts.sort_unstable();
        asked.texts.dedup();
        asked.patterns.sort_unstable();
        asked.patterns.dedup();
        let before = asked.patterns.len();
        asked.patterns.retain(|pattern| pattern != ufc::VERSION);
        asked.grammar = asked.patterns.len() < before;
        asked
    }
}

/// The text as a value of the declared type; undeclared attributes take any text.
pub(super) fn fitting(text: &str, declared: Option<Declared>) -> Option<AttributeValue> {
    let as_text = || AttributeValue::Text(text.to_owned());
    match declared {
        None | Some(Declared::Text) => Some(as_text()),
        Some(Declared::Number) => {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && number.to_string() == text);
            number.map(AttributeValue::Number)
        }
        Some(Declared::Bool) => text.parse().ok().map(AttributeValue::Bool),
        Some(Declared::Version) => {
            semver::Version::parse(text).ok().filter(|version| version.build.is_empty()).map(|_| as_text())
        }
    }
}

#[cfg(test)]
mod tests;
