//! From the author's audiences to predicates, each segment worked out once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::model::{Alternative, Attribute, Audience, Condition, Segment, Test};

use super::atom::{Ask, Atom, text_of};
use super::{Exhausted, LIMIT, Predicate, Work, pattern};

/// How many audiences were given up in this process.
static GIVEN_UP: AtomicUsize = AtomicUsize::new(0);

/// How many audiences were given up in this process so far. Where there were any, others got less work: what is said of them depends
/// on what they were worked out beside.
#[must_use]
pub fn given_up() -> usize {
    GIVEN_UP.load(Ordering::Relaxed)
}

/// The predicates of one workspace's audiences.
#[derive(Debug, Default)]
pub struct Predicates {
    /// By the address of the segment, which the workspace keeps.
    segments: BTreeMap<usize, Result<Arc<Predicate>, Exhausted>>,
    given_up: usize,
}

impl Predicates {
    /// None worked out yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Who `audience` is.
    ///
    /// # Errors
    /// When it needs far more than [`LIMIT`] rules; fewer than that can still be too many.
    pub fn audience(&mut self, audience: &Audience) -> Result<Predicate, Exhausted> {
        self.prepare(audience);
        self.build(audience)
    }

    /// Whether `audience` is so small that it needs no more than [`LIMIT`] rules, told without working it out.
    pub(crate) fn is_small(&mut self, audience: &Audience) -> bool {
        self.prepare(audience);
        let sizes = audience.alternatives.iter().map(|alternative| {
            alternative.conditions.iter().try_fold((1_usize, 0_usize), |(rules, atoms), condition| match condition {
                Condition::Attribute { .. } => Some((rules, atoms + 1)),
                Condition::Segment { segment, negated: false, .. } => {
                    let predicate = self.segment(segment).ok()?;
                    let inside: usize = predicate.rules().iter().map(|rule| rule.atoms().len()).sum();
                    Some((rules.checked_mul(predicate.rules().len())?, atoms + inside))
                }
                // What a complement needs is only known once it is there.
                Condition::Segment { negated: true, .. } => None,
            })
        });
        let whole = sizes.into_iter().try_fold((0_usize, 0_usize), |(rules, atoms), size| {
            let (more, inside) = size?;
            Some((rules.checked_add(more)?, atoms + inside))
        });
        // Rules are compared with each other, atom by atom: so few never exhaust the work.
        whole.is_some_and(|(rules, atoms)| rules <= LIMIT && rules * atoms <= 512)
    }

    pub(super) fn work(&self) -> Work {
        Work::after(self.given_up)
    }

    pub(super) fn give_up(&mut self) {
        self.given_up += 1;
        GIVEN_UP.fetch_add(1, Ordering::Relaxed);
    }

    /// The predicate of a segment that was part of an audience.
    ///
    /// # Errors
    /// When it alone needs far more than [`LIMIT`] rules.
    pub fn segment(&self, segment: &Arc<Segment>) -> Result<Arc<Predicate>, Exhausted> {
        self.segments.get(&address(segment)).cloned().unwrap_or(Err(Exhausted))
    }

    /// Works out the segments that `audience` uses, innermost first, without recursion: chains can be long.
    fn prepare(&mut self, audience: &Audience) {
        let mut open: Vec<&Arc<Segment>> = mentioned(audience).collect();
        let mut entered = BTreeSet::new();
        while let Some(segment) = open.last().copied() {
            let known = self.segments.contains_key(&address(segment));
            if known || !entered.insert(address(segment)) {
                if !known {
                    let predicate = self.build(&segment.audience).map(Arc::new);
                    self.segments.insert(address(segment), predicate);
                }
                open.pop();
                continue;
            }
            let missing = mentioned(&segment.audience).filter(|inner| !entered.contains(&address(inner)));
            open.extend(missing);
        }
    }

    fn build(&mut self, audience: &Audience) -> Result<Predicate, Exhausted> {
        if audience.alternatives.is_empty() {
            return Ok(Predicate::everyone());
        }
        let mut work = self.work();
        let result = self.alternatives(&audience.alternatives, &mut work);
        if result.is_err() {
            self.give_up();
        }
        result
    }

    fn alternatives(&self, alternatives: &[Alternative], work: &mut Work) -> Result<Predicate, Exhausted> {
        let mut result = Predicate::nobody();
        for alternative in alternatives {
            for rule in self.alternative(&alternative.conditions, work)?.rules {
                result.or(rule, work)?;
            }
        }
        Ok(result)
    }

    /// Complements come last: what the other conditions say keeps them small.
    fn alternative(&self, conditions: &[Condition], work: &mut Work) -> Result<Predicate, Exhausted> {
        let mut result = Predicate::everyone();
        for condition in conditions {
            match condition {
                Condition::Attribute { attribute, test, .. } => {
                    result = result.and_atom(&atom(attribute, test), work)?;
                }
                Condition::Segment { segment, negated: false, .. } => {
                    result = result.and(self.segment(segment)?.as_ref(), work)?;
                }
                Condition::Segment { negated: true, .. } => {}
            }
        }
        for condition in conditions {
            match condition {
                Condition::Segment { segment, negated: true, .. } => {
                    result = result.and_not(self.segment(segment)?.as_ref(), work)?;
                }
                Condition::Segment { negated: false, .. } | Condition::Attribute { .. } => {}
            }
        }
        Ok(result)
    }
}

fn address(segment: &Arc<Segment>) -> usize {
    Arc::as_ptr(segment).addr()
}

fn mentioned(audience: &Audience) -> impl Iterator<Item = &Arc<Segment>> {
    let conditions = audience.alternatives.iter().flat_map(|alternative| &alternative.conditions);
    conditions.filter_map(|condition| match condition {
        Condition::Segment { segment, .. } => Some(segment),
        Condition::Attribute { .. } => None,
    })
}

/// The atom that a test of an attribute is.
fn atom(attribute: &Arc<Attribute>, test: &Test) -> Atom {
    let ask = match test {
        Test::Null { is } => Ask::Null(*is),
        Test::Listed { negated, values } => {
            let texts = values.iter().map(|value| Arc::from(text_of(value))).collect();
            Ask::Listed { negated: *negated, texts: Arc::new(texts) }
        }
        Test::Pattern { negated, kind, texts } => {
            let expression = pattern::expression(*kind, texts.iter().map(|text| text.as_str()));
            Ask::Matches { negated: *negated, pattern: Arc::from(expression) }
        }
        Test::Compare { order, operand } => return Atom::compare(attribute, *order, operand),
    };
    Atom::new(attribute, ask)
}
