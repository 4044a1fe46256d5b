//! Decision diagrams: functions of variables with few values each, every function there once.
//!
//! A node asks one variable and leads on by its value; nodes are shared, so equal functions have equal numbers. Variables are
//! asked in the order of their levels. The number of nodes is bounded: past the bound every operation answers [`Full`].

use rustc_hash::FxHashMap;

/// A function, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Function(u32);

/// Holds nowhere.
pub(super) const NOWHERE: Function = Function(0);
/// Holds everywhere.
pub(super) const EVERYWHERE: Function = Function(1);

/// The budget of nodes is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// Steps of work that a question may take, of diagrams and of searches in them. A step is well below a microsecond.
const WORK: usize = 2_000_000;

/// How many functions may pile up before they are forgotten.
const MANY: usize = 20_000;

/// See [`Diagrams::mark`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    nodes: usize,
    children: usize,
}

/// The level of the two constants, below every variable.
const BOTTOM: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Node {
    level: u32,
    /// Where its children begin in the list of all children.
    first: u32,
    /// An older node with the same fingerprint; 0 where there is none.
    older: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    And(Function, Function),
    Or(Function, Function),
    Not(Function),
    /// Holds for some value of every variable in the set of that number.
    Some(Function, u32),
}

/// The diagrams of one question.
#[derive(Debug)]
pub(super) struct Diagrams {
    /// How many values each variable has, by level.
    arity: Vec<u32>,
    nodes: Vec<Node>,
    children: Vec<Function>,
    /// The newest node of each fingerprint.
    known: FxHashMap<u64, u32>,
    done: FxHashMap<Operation, Function>,
    /// Sets of levels to quantify over.
    sets: Vec<Vec<bool>>,
    limit: usize,
    /// Steps of work that are left.
    work: usize,
}

impl Diagrams {
    /// No functions yet but the constants.
    pub(super) fn new(limit: usize) -> Self {
        let constant = Node { level: BOTTOM, first: 0, older: 0 };
        Self {
            arity: Vec::new(),
            nodes: vec![constant, constant],
            children: Vec::new(),
            known: FxHashMap::default(),
            done: FxHashMap::default(),
            sets: Vec::new(),
            limit,
            work: WORK,
        }
    }

    /// A variable below all others, with values `0..arity`.
    pub(super) fn variable(&mut self, arity: usize) -> u32 {
        self.arity.push(u32::try_from(arity).unwrap_or(u32::MAX));
        u32::try_from(self.arity.len() - 1).unwrap_or(BOTTOM - 1)
    }

    /// Takes work from the budget of the question; false when it is spent.
    pub(super) fn take(&mut self, steps: usize) -> bool {
        self.work = self.work.saturating_sub(steps);
        self.work > 0
    }

    /// Whether the budget of the question is spent: nothing more will be decided.
    pub(super) fn spent(&self) -> bool {
        self.work == 0
    }

    /// A point to go back to: every function known by now stays.
    pub(super) fn mark(&self) -> Mark {
        Mark { nodes: self.nodes.len(), children: self.children.len() }
    }

    /// Forgets the functions made since `mark`, once there are many. Whether it did: no such function may be used any more.
    pub(super) fn sweep(&mut self, mark: Mark) -> bool {
        if self.nodes.len() < mark.nodes + MANY {
            return false;
        }
        let kept = |function: &Function| (function.0 as usize) < mark.nodes;
        let Self { known, nodes, .. } = self;
        known.retain(|_, newest| {
            // Older nodes have smaller numbers.
            while *newest as usize >= mark.nodes {
                *newest = nodes.get(*newest as usize).map_or(0, |node| node.older);
            }
            *newest != 0
        });
        self.nodes.truncate(mark.nodes);
        self.children.truncate(mark.children);
        self.done.retain(|operation, result| {
            kept(result)
                && match operation {
                    Operation::And(left, right) | Operation::Or(left, right) => kept(left) && kept(right),
                    Operation::Not(function) | Operation::Some(function, _) => kept(function),
                }
        });
        true
    }

    /// Which variable a function asks first; none for the constants.
    pub(super) fn level(&self, function: Function) -> Option<u32> {
        self.nodes.get(function.0 as usize).map(|node| node.level).filter(|level| *level != BOTTOM)
    }

    /// What remains of a function when its first variable has `value`.
    pub(super) fn child(&self, function: Function, value: usize) -> Function {
        let node = self.nodes.get(function.0 as usize);
        node.and_then(|node| self.children.get(node.first as usize + value)).copied().unwrap_or(function)
    }

    /// What remains of a function when the variable at `level` has `value`; all of it where that is not its first variable.
    pub(super) fn when(&self, function: Function, level: u32, value: usize) -> Function {
        let node = self.nodes.get(function.0 as usize).filter(|node| node.level == level);
        node.and_then(|node| self.children.get(node.first as usize + value)).copied().unwrap_or(function)
    }

    /// What remains for each value of its first variable.
    pub(super) fn children(&self, function: Function) -> &[Function] {
        let Some(node) = self.nodes.get(function.0 as usize) else { return &[] };
        let arity = self.arity.get(node.level as usize).copied().unwrap_or(0) as usize;
        self.children.get(node.first as usize..node.first as usize + arity).unwrap_or(&[])
    }

    /// The function that asks `level` and leads on to `children`, by value.
    pub(super) fn node(&mut self, level: u32, children: &[Function]) -> Result<Function, Full> {
        let Some(first) = children.first() else { return Ok(NOWHERE) };
        if children.iter().all(|child| child == first) {
            return Ok(*first);
        }
        let hash = fingerprint(level, children);
        let newest = self.known.get(&hash).copied().unwrap_or(0);
        let mut next = newest;
        while let Some(node) = self.nodes.get(next as usize).filter(|_| next != 0) {
            let function = Function(next);
            if node.level == level && self.children(function) == children {
                return Ok(function);
            }
            next = node.older;
        }
        if self.nodes.len() >= self.limit {
            return Err(Full);
        }
        let number = u32::try_from(self.nodes.len()).map_err(|_| Full)?;
        let first = u32::try_from(self.children.len()).map_err(|_| Full)?;
        self.children.extend_from_slice(children);
        self.nodes.push(Node { level, first, older: newest });
        self.known.insert(hash, number);
        Ok(Function(number))
    }

    /// Holds where the variable has a value that `which` accepts.
    pub(super) fn ask(&mut self, level: u32, which: impl Fn(usize) -> bool) -> Result<Function, Full> {
        let arity = self.arity.get(level as usize).copied().unwrap_or(0) as usize;
        let children: Vec<Function> = (0..arity).map(|value| if which(value) { EVERYWHERE } else { NOWHERE }).collect();
        self.node(level, &children)
    }

    /// Holds where both hold.
    pub(super) fn and(&mut self, left: Function, right: Function) -> Result<Function, Full> {
        match (left, right) {
            (NOWHERE, _) | (_, NOWHERE) => Ok(NOWHERE),
            (EVERYWHERE, other) | (other, EVERYWHERE) => Ok(other),
            _ if left == right => Ok(left),
            _ => {
                let (left, right) = (left.min(right), left.max(right));
                self.both(Operation::And(left, right), left, right, Self::and)
            }
        }
    }

    /// Holds where either holds.
    pub(super) fn or(&mut self, left: Function, right: Function) -> Result<Function, Full> {
        match (left, right) {
            (EVERYWHERE, _) | (_, EVERYWHERE) => Ok(EVERYWHERE),
            (NOWHERE, other) | (other, NOWHERE) => Ok(other),
            _ if left == right => Ok(left),
            _ => {
                let (left, right) = (left.min(right), left.max(right));
                self.both(Operation::Or(left, right), left, right, Self::or)
            }
        }
    }

    /// Holds where the first does and the second does not.
    pub(super) fn without(&mut self, left: Function, right: Function) -> Result<Function, Full> {
        let outside = self.not(right)?;
        self.and(left, outside)
    }

    /// Holds where any holds.
    pub(super) fn any(&mut self, functions: impl IntoIterator<Item = Function>) -> Result<Function, Full> {
        functions.into_iter().try_fold(NOWHERE, |sum, one| self.or(sum, one))
    }

    fn both(
        &mut self,
        operation: Operation,
        left: Function,
        right: Function,
        on: impl Fn(&mut Self, Function, Function) -> Result<Function, Full> + Copy,
    ) -> Result<Function, Full> {
        if let Some(done) = self.done.get(&operation) {
            return Ok(*done);
        }
        if !self.take(1) {
            return Err(Full);
        }
        let (left_level, right_level) = (self.order(left), self.order(right));
        let level = left_level.min(right_level);
        let arity = self.arity.get(level as usize).copied().unwrap_or(0) as usize;
        let mut children = Vec::with_capacity(arity);
        for value in 0..arity {
            let left = if left_level == level { self.child(left, value) } else { left };
            let right = if right_level == level { self.child(right, value) } else { right };
            children.push(on(self, left, right)?);
        }
        let result = self.node(level, &children)?;
        self.done.insert(operation, result);
        Ok(result)
    }

    fn order(&self, function: Function) -> u32 {
        self.level(function).unwrap_or(BOTTOM)
    }

    /// Holds where the function does not.
    pub(super) fn not(&mut self, function: Function) -> Result<Function, Full> {
        match function {
            NOWHERE => return Ok(EVERYWHERE),
            EVERYWHERE => return Ok(NOWHERE),
            _ => {}
        }
        let operation = Operation::Not(function);
        if let Some(done) = self.done.get(&operation) {
            return Ok(*done);
        }
        let level = self.order(function);
        let arity = self.children(function).len();
        let mut children = Vec::with_capacity(arity);
        for value in 0..arity {
            children.push(self.not(self.child(function, value))?);
        }
        let result = self.node(level, &children)?;
        self.done.insert(operation, result);
        self.done.insert(Operation::Not(result), function);
        Ok(result)
    }

    /// A set of levels, to be quantified over.
    pub(super) fn set(&mut self, levels: impl IntoIterator<Item = u32>) -> u32 {
        let mut set = vec![false; self.arity.len()];
        for level in levels {
            if let Some(entry) = set.get_mut(level as usize) {
                *entry = true;
            }
        }
        if let Some(known) = self.sets.iter().position(|known| *known == set) {
            return u32::try_from(known).unwrap_or(0);
        }
        self.sets.push(set);
        u32::try_from(self.sets.len() - 1).unwrap_or(0)
    }

    /// Holds where the function holds for some values of the variables in `set`.
    pub(super) fn some(&mut self, function: Function, set: u32) -> Result<Function, Full> {
        let Some(level) = self.level(function) else { return Ok(function) };
        let operation = Operation::Some(function, set);
        if let Some(done) = self.done.get(&operation) {
            return Ok(*done);
        }
        if !self.take(1) {
            return Err(Full);
        }
        let quantified = self.sets.get(set as usize).and_then(|set| set.get(level as usize)).copied().unwrap_or(false);
        let mut children = Vec::new();
        for value in 0..self.children(function).len() {
            let child = self.some(self.child(function, value), set)?;
            if quantified && child == EVERYWHERE {
                self.done.insert(operation, EVERYWHERE);
                return Ok(EVERYWHERE);
            }
            children.push(child);
        }
        let result = if quantified { self.any(children)? } else { self.node(level, &children)? };
        self.done.insert(operation, result);
        Ok(result)
    }

    /// What remains of a function when variables have the values that `value` knows.
    pub(super) fn given(
        &mut self,
        function: Function,
        value: &impl Fn(u32) -> Option<usize>,
        known: &mut FxHashMap<Function, Function>,
    ) -> Result<Function, Full> {
        let Some(level) = self.level(function) else { return Ok(function) };
        if let Some(done) = known.get(&function) {
            return Ok(*done);
        }
        let result = match value(level) {
            Some(known_value) => self.given(self.child(function, known_value), value, known),
            None => {
                let mut children = Vec::new();
                for index in 0..self.children(function).len() {
                    children.push(self.given(self.child(function, index), value, known)?);
                }
                self.node(level, &children)
            }
        }?;
        known.insert(function, result);
        Ok(result)
    }
}

fn fingerprint(level: u32, children: &[Function]) -> u64 {
    use std::hash::Hasher as _;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write_u32(level);
    for child in children {
        hasher.write_u32(child.0);
    }
    hasher.finish()
}
