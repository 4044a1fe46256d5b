//! The subjects a question is about: a variable for each attribute, for each pattern on it, and for each salt.
//!
//! Attributes come first, then salts, those that several steps use before those of one step. Two flags in one space share attributes, unless
//! the question lets attributes differ between them, and they always share salts: it is one subject.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::diagram::{Diagrams, EVERYWHERE, Full, Function, Mark, NOWHERE};
use super::domain::{Domain, Truth};
use super::salt::Salt;
use super::{Declared, Limits, Undecided};
use crate::evaluate::ask::{Check, Patterns, understand};
use crate::ufc;

/// What a level of the diagrams asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variable {
    /// The class of an attribute.
    Class(usize),
    /// Whether a pattern of an attribute matches.
    Pattern(usize, usize),
    /// The cell of a salt.
    Salt(usize),
}

/// An attribute of a space.
#[derive(Debug)]
pub(super) struct Attribute {
    /// Which copy of the attributes it belongs to.
    pub(super) copy: usize,
    pub(super) name: String,
    pub(super) domain: Domain,
    pub(super) declared: Option<Declared>,
    pub(super) level: u32,
    patterns: Vec<u32>,
}

/// The space of one question.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) diagrams: Diagrams,
    pub(super) attributes: Vec<Attribute>,
    pub(super) salts: Vec<Salt>,
    pub(super) salt_levels: Vec<u32>,
    pub(super) variables: Vec<Variable>,
    conditions: FxHashMap<*const ufc::Condition, (usize, usize)>,
    asked: FxHashMap<*const ufc::Shard, (usize, usize)>,
    /// How many subject keys may be hashed for one witness.
    pub(super) keys: u64,
    /// How many may still be hashed, for all witnesses of the question.
    pub(super) keys_left: Cell<u64>,
    /// Functions of conditions, by attribute and number, and of lists of rules, by where they are.
    made: FxHashMap<(usize, usize), Function>,
    ruled: FxHashMap<*const ufc::Rule, Function>,
    /// What was found out about patterns that can match together.
    pub(super) members: FxHashMap<(usize, usize, super::solve::Literals), super::domain::Member>,
}

/// What goes into a space before it is cut.
#[derive(Debug, Default)]
pub(super) struct Plan<'q> {
    attributes: Vec<Planned<'q>>,
    by_name: BTreeMap<(usize, &'q str), usize>,
    conditions: FxHashMap<*const ufc::Condition, (usize, usize)>,
    salts: Vec<(Salt, Vec<usize>)>,
    by_salt: BTreeMap<&'q str, usize>,
    shards: FxHashMap<*const ufc::Shard, (usize, usize)>,
}

/// How many compiled patterns a thread keeps.
const KEPT: usize = 1_024;

thread_local! {
    /// Compiling a pattern takes longer than most questions.
    static PATTERNS: RefCell<Patterns> = RefCell::default();
}

/// What a condition asks; patterns are compiled once.
pub(super) fn understood(condition: &ufc::Condition) -> Check {
    PATTERNS.with_borrow_mut(|patterns| {
        if patterns.len() >= KEPT {
            patterns.clear();
        }
        understand(condition, patterns)
    })
}

#[derive(Debug)]
struct Planned<'q> {
    copy: usize,
    name: &'q str,
    conditions: Vec<&'q ufc::Condition>,
    checks: Vec<Check>,
}

impl<'q> Plan<'q> {
    /// Adds what rules ask, of that copy of the attributes.
    pub(super) fn rules(&mut self, copy: usize, rules: &'q [ufc::Rule]) {
        for condition in rules.iter().flat_map(|rule| &rule.conditions) {
            let name = condition.attribute.as_str();
            let next = self.attributes.len();
            let at = *self.by_name.entry((copy, name)).or_insert(next);
            if at == next {
                self.attributes.push(Planned { copy, name, conditions: Vec::new(), checks: Vec::new() });
            }
            let Some(attribute) = self.attributes.get_mut(at) else { continue };
            let same = |known: &&ufc::Condition| known.operator == condition.operator && known.value == condition.value;
            let number = attribute.conditions.iter().position(same).unwrap_or_else(|| {
                attribute.conditions.push(condition);
                attribute.checks.push(understood(condition));
                attribute.conditions.len() - 1
            });
            self.conditions.insert(std::ptr::from_ref(condition), (at, number));
        }
    }

    /// Adds everything a flag asks. `user` tells steps of the question apart.
    pub(super) fn flag(&mut self, copy: usize, flag: &'q ufc::Flag, user: impl Fn(usize) -> usize) {
        for (index, allocation) in flag.allocations.iter().enumerate() {
            self.rules(copy, &allocation.rules);
            for shard in allocation.splits.iter().flat_map(|split| &split.shards) {
                let next = self.salts.len();
                let at = *self.by_salt.entry(shard.salt.as_str()).or_insert(next);
                if at == next {
                    self.salts.push((Salt::new(&shard.salt), Vec::new()));
                }
                let Some((salt, users)) = self.salts.get_mut(at) else { continue };
                let asked = salt.ask(flag.total_shards, &shard.ranges);
                self.shards.insert(std::ptr::from_ref(shard), (at, asked));
                let user = user(index);
                if !users.contains(&user) {
                    users.push(user);
                }
            }
        }
    }

    /// Cuts the space.
    pub(super) fn cut(self, declared: &BTreeMap<String, Declared>, limits: Limits) -> Result<Space, Undecided> {
        let mut diagrams = Diagrams::new(limits.nodes);
        let mut variables = Vec::new();
        let mut attributes = Vec::new();
        for (index, planned) in self.attributes.into_iter().enumerate() {
            let declared = declared.get(planned.name).copied();
            let domain = Domain::new(planned.checks, declared);
            let level = diagrams.variable(domain.classes.len());
            variables.push(Variable::Class(index));
            let patterns = (0..domain.patterns.len()).map(|pattern| {
                variables.push(Variable::Pattern(index, pattern));
                diagrams.variable(2)
            });
            let patterns = patterns.collect();
            let (copy, name) = (planned.copy, planned.name.to_owned());
            attributes.push(Attribute { copy, name, domain, declared, level, patterns });
        }
        let mut order: Vec<usize> = (0..self.salts.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(self.salts.get(*at).map_or(0, |(_, users)| users.len())));
        let mut salts: Vec<Salt> = self.salts.into_iter().map(|(salt, _)| salt).collect();
        let mut salt_levels = vec![0; salts.len()];
        for at in order {
            let (Some(salt), Some(level)) = (salts.get_mut(at), salt_levels.get_mut(at)) else { continue };
            salt.cut().ok_or_else(|| Undecided {
                reason: format!(
                    "the numbers of shards on the salt `{}` are too many to reason about together",
                    salt.name
                ),
            })?;
            *level = diagrams.variable(salt.cells.len());
            variables.push(Variable::Salt(at));
        }
        if variables.len() > LEVELS {
            return Err(Undecided { reason: format!("more than {LEVELS} attributes, patterns and salts decide here") });
        }
        let (conditions, asked) = (self.conditions, self.shards);
        let (made, ruled, members) = (FxHashMap::default(), FxHashMap::default(), FxHashMap::default());
        Ok(Space {
            diagrams,
            attributes,
            salts,
            salt_levels,
            variables,
            conditions,
            asked,
            keys: limits.keys,
            keys_left: Cell::new(limits.keys.saturating_mul(WITNESSES)),
            made,
            ruled,
            members,
        })
    }
}

/// A question may hash as many keys as so many of the rarest witnesses take.
const WITNESSES: u64 = 2;

/// The most variables of a question; bounds the depth of recursion.
const LEVELS: usize = 2_000;

impl Space {
    /// Holds for whom the rules hold; none is everyone.
    pub(super) fn rules(&mut self, rules: &[ufc::Rule]) -> Result<Function, Full> {
        if rules.is_empty() {
            return Ok(EVERYWHERE);
        }
        if let Some(known) = self.ruled.get(&rules.as_ptr()) {
            return Ok(*known);
        }
        let mut any = NOWHERE;
        for rule in rules {
            let mut all = EVERYWHERE;
            for condition in &rule.conditions {
                let condition = self.condition(condition)?;
                all = self.diagrams.and(all, condition)?;
            }
            any = self.diagrams.or(any, all)?;
        }
        self.ruled.insert(rules.as_ptr(), any);
        Ok(any)
    }

    /// Forgets functions made since `mark`, once there are many.
    pub(super) fn sweep(&mut self, mark: Mark) -> bool {
        let swept = self.diagrams.sweep(mark);
        if swept {
            self.made.clear();
            self.ruled.clear();
        }
        swept
    }

    /// Holds for whom a condition holds.
    pub(super) fn condition(&mut self, condition: &ufc::Condition) -> Result<Function, Full> {
        let known = self.conditions.get(&std::ptr::from_ref(condition)).copied();
        let Some((index, number)) = known else { return Ok(NOWHERE) };
        if let Some(made) = self.made.get(&(index, number)) {
            return Ok(*made);
        }
        let Some(attribute) = self.attributes.get(index) else { return Ok(NOWHERE) };
        let mut children = Vec::with_capacity(attribute.domain.classes.len());
        for class in &attribute.domain.classes {
            children.push(match class.truth.get(number) {
                Some(Truth::Is(true)) => EVERYWHERE,
                Some(Truth::Is(false)) | None => NOWHERE,
                Some(Truth::Pattern(pattern, wanted)) => match attribute.patterns.get(*pattern) {
                    Some(level) => self.diagrams.ask(*level, |value| (value == 1) == *wanted)?,
                    None => NOWHERE,
                },
            });
        }
        let function = self.diagrams.node(attribute.level, &children)?;
        self.made.insert((index, number), function);
        Ok(function)
    }

    /// Holds for whose shards a split asks.
    pub(super) fn split(&mut self, split: &ufc::Split) -> Result<Function, Full> {
        let mut all = EVERYWHERE;
        for shard in &split.shards {
            let one = self.shards(shard)?;
            all = self.diagrams.and(all, one)?;
        }
        Ok(all)
    }

    /// Holds for whom the ranges of one salt hold.
    pub(super) fn shards(&mut self, shard: &ufc::Shard) -> Result<Function, Full> {
        let Some((at, asked)) = self.shard(shard) else { return Ok(NOWHERE) };
        let (Some(salt), Some(level)) = (self.salts.get(at), self.salt_levels.get(at)) else { return Ok(NOWHERE) };
        self.diagrams.ask(*level, |cell| salt.holds(cell, asked))
    }

    /// The salt of a shard, and which of the sets asked of it.
    pub(super) fn shard(&self, shard: &ufc::Shard) -> Option<(usize, usize)> {
        self.asked.get(&std::ptr::from_ref(shard)).copied()
    }

    /// The salts that a split uses.
    pub(super) fn salts_of<'s>(&'s self, split: &'s ufc::Split) -> impl Iterator<Item = usize> + 's {
        split.shards.iter().filter_map(|shard| self.asked.get(&std::ptr::from_ref(shard)).map(|(salt, _)| *salt))
    }

    /// The number of an attribute.
    pub(super) fn attribute(&self, copy: usize, name: &str) -> Option<usize> {
        self.attributes.iter().position(|attribute| attribute.copy == copy && attribute.name == name)
    }
}

impl From<Full> for Undecided {
    fn from(Full: Full) -> Self {
        Self { reason: "the steps' conditions are too entangled: the budget of decision nodes is spent".to_owned() }
    }
}
