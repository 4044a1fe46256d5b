//! Atoms: the conditions an evaluator can test, their complements, and what one says about another.
//!
//! Everything here holds for every value an attribute can have, missing and ill-typed ones included, so rewriting with it
//! never changes who matches. The one exception is [`Atom::complement`] of an inequality, which is exact over null and values
//! of the declared type only (`ufc.md`).

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Attribute, AttributeType, Operand, Order};

/// One condition of the wire format.
#[derive(Debug, Clone)]
pub struct Atom {
    /// The attribute it tests.
    pub attribute: Arc<Attribute>,
    /// What it asks.
    pub ask: Ask,
}

impl PartialEq for Atom {
    fn eq(&self, other: &Self) -> bool {
        self.same_attribute(other) && self.ask == other.ask
    }
}

/// What an atom asks of its attribute. A null attribute fails everything but `Null(true)`.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// `IS_NULL` with this value.
    Null(bool),
    /// `ONE_OF`, or `NOT_ONE_OF` when negated.
    Listed {
        /// None of them instead of any.
        negated: bool,
        /// The texts.
        texts: Arc<Texts>,
    },
    /// `MATCHES`, or `NOT_MATCHES` when negated.
    Matches {
        /// No match instead of a match.
        negated: bool,
        /// A regular expression.
        pattern: Arc<str>,
    },
    /// `GT`, `GTE`, `LT` or `LTE`.
    Compare {
        /// Which.
        order: Order,
        /// With what.
        bound: Bound,
    },
}

/// A list of texts: each once, in the order they were written.
#[derive(Debug, Default)]
pub struct Texts {
    written: Vec<Arc<str>>,
    set: BTreeSet<Arc<str>>,
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.set == other.set
    }
}

impl FromIterator<Arc<str>> for Texts {
    fn from_iter<I: IntoIterator<Item = Arc<str>>>(texts: I) -> Self {
        let mut list = Self::default();
        for text in texts {
            if list.set.insert(Arc::clone(&text)) {
                list.written.push(text);
            }
        }
        list
    }
}

impl Texts {
    /// The texts in the order they were written.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.written.iter().map(AsRef::as_ref)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.written.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    fn filtered(&self, keep: impl Fn(&Arc<str>) -> bool) -> Self {
        self.written.iter().filter(|text| keep(text)).cloned().collect()
    }

    fn joined(&self, other: &Self) -> Self {
        self.written.iter().chain(&other.written).cloned().collect()
    }
}

/// What an inequality compares with.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    /// A number.
    Number(f64),
    /// A version as written; parsed unless it is not strict SemVer (a finding elsewhere).
    Version(Arc<str>, Option<semver::Version>),
}

impl Bound {
    fn new(operand: &Operand) -> Self {
        match operand {
            Operand::Number(number) => Self::Number(*number),
            Operand::Text(text) | Operand::Version(text) => {
                Self::Version(Arc::from(text.as_str()), semver::Version::parse(text).ok())
            }
            Operand::Bool(truth) => Self::Version(Arc::from(truth.to_string()), None),
        }
    }

    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b),
            (Self::Version(_, Some(a)), Self::Version(_, Some(b))) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// The text an evaluator compares list elements with: strings as they are, `true`/`false`, numbers in plain shortest decimal.
#[must_use]
pub fn text_of(operand: &Operand) -> String {
    match operand {
        Operand::Text(text) | Operand::Version(text) => text.clone(),
        // Adding zero turns a negative zero into zero: subjects pass `0`.
        Operand::Number(number) => (number + 0.0).to_string(),
        Operand::Bool(truth) => truth.to_string(),
    }
}

/// What two atoms of one attribute that must both hold come to.
#[derive(Debug)]
pub(super) enum Both {
    /// They cannot both hold.
    Contradiction,
    /// The first already says what the second says.
    First,
    /// This one atom says what both say.
    One(Ask),
    /// Both are needed.
    Independent,
}

impl Atom {
    pub(super) fn new(attribute: &Arc<Attribute>, ask: Ask) -> Self {
        Self { attribute: Arc::clone(attribute), ask }
    }

    /// `attribute IS_NULL is`.
    #[must_use]
    pub fn null(attribute: &Arc<Attribute>, is: bool) -> Self {
        Self::new(attribute, Ask::Null(is))
    }

    /// `attribute ORDER operand`.
    #[must_use]
    pub fn compare(attribute: &Arc<Attribute>, order: Order, operand: &Operand) -> Self {
        Self::new(attribute, Ask::Compare { order, bound: Bound::new(operand) })
    }

    /// Alternatives one of which holds exactly when this does not. Of an inequality: over null and values of the declared
    /// type; other values are in neither side.
    #[must_use]
    pub fn complement(&self) -> Vec<Self> {
        let with = |ask| Self::new(&self.attribute, ask);
        let missing = with(Ask::Null(true));
        match &self.ask {
            Ask::Null(is) => vec![with(Ask::Null(!is))],
            Ask::Listed { negated, texts } => {
                vec![with(Ask::Listed { negated: !negated, texts: Arc::clone(texts) }), missing]
            }
            Ask::Matches { negated, pattern } => {
                vec![with(Ask::Matches { negated: !negated, pattern: Arc::clone(pattern) }), missing]
            }
            Ask::Compare { order, bound } => {
                let mut sides = vec![with(Ask::Compare { order: opposite(*order), bound: bound.clone() }), missing];
                match self.attribute.kind {
                    AttributeType::Semver => {
                        sides.push(with(Ask::Matches { negated: true, pattern: Arc::from(crate::ufc::VERSION) }));
                    }
                    // Never for numbers: one SDK's NOT_MATCHES is true on floats.
                    AttributeType::Number | AttributeType::String | AttributeType::Bool => {}
                }
                sides
            }
        }
    }

    pub(super) fn same_attribute(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.attribute, &other.attribute) || self.attribute.name == other.attribute.name
    }

    /// How much work it is to look at this atom once; merging lists makes new ones, comparing them mostly ends early.
    pub(super) fn weight(&self, merging: bool) -> usize {
        match &self.ask {
            Ask::Listed { texts, .. } => 1 + texts.len() / if merging { 8 } else { 128 },
            Ask::Null(_) | Ask::Matches { .. } | Ask::Compare { .. } => 1,
        }
    }

    /// Whether `other`, of the same attribute, holds whenever this does.
    pub(super) fn implies(&self, other: &Self) -> bool {
        match (&self.ask, &other.ask) {
            (Ask::Null(a), Ask::Null(b)) => a == b,
            (Ask::Null(_), _) => false,
            (_, Ask::Null(is)) => !is,
            (Ask::Listed { negated: a, texts: first }, Ask::Listed { negated: b, texts: second }) => match (a, b) {
                (false, false) => Arc::ptr_eq(first, second) || first.set.is_subset(&second.set),
                (false, true) => first.set.is_disjoint(&second.set),
                (true, true) => Arc::ptr_eq(first, second) || second.set.is_subset(&first.set),
                (true, false) => false,
            },
            (Ask::Listed { .. }, _) | (_, Ask::Listed { .. }) => false,
            (_, _) => matches!(self.with(other), Both::First),
        }
    }

    /// What this and `other`, of the same attribute, come to together.
    pub(super) fn with(&self, other: &Self) -> Both {
        match (&self.ask, &other.ask) {
            (Ask::Null(a), Ask::Null(b)) => {
                if a == b {
                    Both::First
                } else {
                    Both::Contradiction
                }
            }
            (Ask::Null(true), _) | (_, Ask::Null(true)) => Both::Contradiction,
            (Ask::Null(false), ask) => Both::One(ask.clone()),
            (_, Ask::Null(false)) => Both::First,
            (Ask::Listed { negated: a, texts: first }, Ask::Listed { negated: b, texts: second }) => {
                lists(*a, first, *b, second)
            }
            (Ask::Matches { negated: a, pattern: first }, Ask::Matches { negated: b, pattern: second }) => {
                match (first == second, a == b) {
                    (true, true) => Both::First,
                    (true, false) => Both::Contradiction,
                    (false, _) => Both::Independent,
                }
            }
            (Ask::Compare { order: a, bound: first }, Ask::Compare { order: b, bound: second }) => {
                inequalities(*a, first, *b, second)
            }
            (Ask::Compare { bound, .. }, Ask::Matches { negated, pattern }) if is_version(bound, pattern) => {
                if *negated { Both::Contradiction } else { Both::First }
            }
            (Ask::Matches { negated, pattern }, compare @ Ask::Compare { bound, .. }) if is_version(bound, pattern) => {
                if *negated {
                    Both::Contradiction
                } else {
                    Both::One(compare.clone())
                }
            }
            (Ask::Listed { .. } | Ask::Matches { .. } | Ask::Compare { .. }, _) => Both::Independent,
        }
    }
}

/// An inequality of versions holds for nothing but versions, and this pattern for all of them.
fn is_version(bound: &Bound, pattern: &str) -> bool {
    matches!(bound, Bound::Version(_, Some(_))) && pattern == crate::ufc::VERSION
}

fn opposite(order: Order) -> Order {
    match order {
        Order::Gt => Order::Lte,
        Order::Gte => Order::Lt,
        Order::Lt => Order::Gte,
        Order::Lte => Order::Gt,
    }
}

fn lists(a: bool, first: &Arc<Texts>, b: bool, second: &Arc<Texts>) -> Both {
    let (negated, texts) = match (a, b) {
        (false, _) => (false, first.filtered(|text| second.set.contains(text) != b)),
        (true, false) => (false, second.filtered(|text| !first.set.contains(text))),
        (true, true) => (true, first.joined(second)),
    };
    if texts.is_empty() && !negated {
        Both::Contradiction
    } else if a == negated && texts.len() == first.len() {
        Both::First
    } else {
        Both::One(Ask::Listed { negated, texts: Arc::new(texts) })
    }
}

fn inequalities(a: Order, first: &Bound, b: Order, second: &Bound) -> Both {
    let Some(ordering) = first.compare(second) else {
        return if (a, first) == (b, second) { Both::First } else { Both::Independent };
    };
    let strict = |order| matches!(order, Order::Gt | Order::Lt);
    let below = |order| matches!(order, Order::Lt | Order::Lte);
    if below(a) == below(b) {
        let first_is_tighter = match ordering {
            Ordering::Less => below(a),
            Ordering::Greater => !below(a),
            Ordering::Equal => strict(a) || !strict(b),
        };
        if first_is_tighter { Both::First } else { Both::One(Ask::Compare { order: b, bound: second.clone() }) }
    } else {
        // One bounds from below, the other from above: nothing is left when the lower bound is above the upper one.
        let crossed = if below(a) { ordering == Ordering::Less } else { ordering == Ordering::Greater };
        let touching = ordering == Ordering::Equal && (strict(a) || strict(b));
        if crossed || touching { Both::Contradiction } else { Both::Independent }
    }
}
