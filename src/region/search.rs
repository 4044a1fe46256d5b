//! Where functions hold together: a class for each attribute and a cell for each salt, or the proof that there are none.
//!
//! Most questions are about a step and everything above it. The functions are walked side by side, one variable after another,
//! and never multiplied: what many functions are together can be larger than all of them, and is of no use once it is known
//! to hold somewhere.

use rustc_hash::FxHashSet;

use super::Undecided;
use super::diagram::{EVERYWHERE, Function, NOWHERE};
use super::domain::Member;
use super::solve::{Keys, Literals, Spot, Values};
use super::space::{Space, Variable};
use crate::evaluate::AttributeValue;

/// A search in progress.
struct Search<'s> {
    values: Values,
    keys: Keys,
    /// What is left of the functions; what is left of them one variable on lies behind it.
    left: Vec<Function>,
    /// Functions that hold together nowhere, asked from the beginning of an attribute on.
    nowhere: FxHashSet<Box<[Function]>>,
    /// What could not be decided on the way.
    unknown: Option<String>,
    /// Filled from the end, once the end is found; none where nobody asks for it.
    spot: Option<&'s mut Spot>,
}

/// The attribute being decided: its number, class, and patterns so far.
type Open<'o> = Option<(usize, usize, &'o [(usize, bool)])>;

/// How many steps of automata are a step of work.
const STEPS: usize = 2;

/// How many functions are looked at in a step of work.
const SIDE_BY_SIDE: usize = 16;

impl Search<'_> {
    /// Each of the functions that begin at `from` once, in order: which came from where is of no interest to those who come here again.
    fn settle(&mut self, from: usize) {
        let Some(here) = self.left.get_mut(from..) else { return };
        here.sort_unstable();
        let mut kept = 0;
        for at in 0..here.len() {
            if at == 0 || here.get(at) != here.get(kept - 1) {
                here.swap(kept, at);
                kept += 1;
            }
        }
        self.left.truncate(from + kept);
    }
}

impl Space {
    /// A spot where `function` holds; none where it holds nowhere.
    pub(super) fn find(&mut self, function: Function, values: Values, keys: Keys) -> Result<Option<Spot>, Undecided> {
        self.find_all(&[function], values, keys)
    }

    /// A spot where all functions hold; none where they do not hold together.
    pub(super) fn find_all(
        &mut self,
        functions: &[Function],
        values: Values,
        keys: Keys,
    ) -> Result<Option<Spot>, Undecided> {
        let mut spot = Spot::default();
        Ok(self.search(functions, (values, keys), Some(&mut spot))?.then_some(spot))
    }

    /// Whether all functions hold somewhere.
    pub(super) fn hold(&mut self, functions: &[Function], values: Values, keys: Keys) -> Result<bool, Undecided> {
        self.search(functions, (values, keys), None)
    }

    fn search(
        &mut self,
        functions: &[Function],
        (values, keys): (Values, Keys),
        spot: Option<&mut Spot>,
    ) -> Result<bool, Undecided> {
        if functions.contains(&NOWHERE) {
            return Ok(false);
        }
        let left = functions.iter().copied().filter(|function| *function != EVERYWHERE).collect();
        let mut search = Search { values, keys, left, nowhere: FxHashSet::default(), unknown: None, spot };
        if self.look(0, None, &mut search) {
            return Ok(true);
        }
        search.unknown.map_or(Ok(false), |reason| Err(Undecided { reason }))
    }

    /// Looks for a place of the functions that begin at `from`.
    fn look(&mut self, from: usize, open: Open<'_>, search: &mut Search<'_>) -> bool {
        let here = search.left.get(from..).unwrap_or(&[]);
        let level = here.iter().filter_map(|function| self.diagrams.level(*function)).min();
        let variable = level.and_then(|level| Some((level, *self.variables.get(level as usize)?)));
        match (variable, open) {
            (Some((level, Variable::Pattern(attribute, pattern))), Some((known, ..))) if known == attribute => {
                self.look_at_pattern(from, (level, pattern), open, search)
            }
            _ => {
                if !self.is_possible(open, search) || !self.look_from(from, variable, search) {
                    return false;
                }
                self.note(open, search);
                true
            }
        }
    }

    /// Looks on from the beginning of a variable that is no pattern of an open attribute.
    fn look_from(&mut self, from: usize, variable: Option<(u32, Variable)>, search: &mut Search<'_>) -> bool {
        let Some((level, variable)) = variable else { return true };
        search.settle(from);
        let here = search.left.get(from..).unwrap_or(&[]);
        if search.nowhere.contains(here) {
            return false;
        }
        if !self.diagrams.take(1 + here.len() / SIDE_BY_SIDE) {
            search.unknown = Some("the steps' conditions are too entangled: the budget of work is spent".to_owned());
            return false;
        }
        let before = search.unknown.is_some();
        let found = match variable {
            Variable::Class(attribute) => self.look_at_class(from, (level, attribute), search),
            // Without a class above it, the attribute is in its open class: other classes decide the pattern.
            Variable::Pattern(attribute, pattern) => {
                self.look_at_lone_pattern(from, attribute, (level, pattern), search)
            }
            Variable::Salt(salt) => self.look_at_salt(from, (level, salt), search),
        };
        if !found && search.unknown.is_some() == before {
            search.nowhere.insert(search.left.get(from..).unwrap_or(&[]).into());
        }
        found
    }

    /// What is left of the functions that begin at `from` when the variable at `level` has `value`: where that begins. None where one
    /// of them does not hold.
    fn descend(&self, from: usize, level: u32, value: usize, search: &mut Search<'_>) -> Option<usize> {
        let next = search.left.len();
        for at in from..next {
            let function = *search.left.get(at)?;
            let child = self.diagrams.when(function, level, value);
            if child == NOWHERE {
                search.left.truncate(next);
                return None;
            }
            if child != EVERYWHERE {
                search.left.push(child);
            }
        }
        Some(next)
    }

    fn look_at_class(&mut self, from: usize, (level, attribute): (u32, usize), search: &mut Search<'_>) -> bool {
        let count = self.attributes.get(attribute).map_or(0, |attribute| attribute.domain.classes.len());
        // Present values first: they make the better witness.
        (0..count).rev().any(|class| {
            if !self.allowed(attribute, class, search) {
                return false;
            }
            let Some(next) = self.descend(from, level, class, search) else { return false };
            let found = self.look(next, Some((attribute, class, &[])), search);
            search.left.truncate(next);
            found
        })
    }

    fn look_at_lone_pattern(
        &mut self,
        from: usize,
        attribute: usize,
        pattern: (u32, usize),
        search: &mut Search<'_>,
    ) -> bool {
        let count = self.attributes.get(attribute).map_or(0, |attribute| attribute.domain.classes.len());
        (0..count).rev().any(|class| {
            self.allowed(attribute, class, search)
                && self.look_at_pattern(from, pattern, Some((attribute, class, &[])), search)
        })
    }

    fn look_at_pattern(
        &mut self,
        from: usize,
        (level, pattern): (u32, usize),
        open: Open<'_>,
        search: &mut Search<'_>,
    ) -> bool {
        let Some((attribute, class, literals)) = open else { return false };
        if !self.diagrams.take(1 + (search.left.len() - from) / SIDE_BY_SIDE) {
            search.unknown =
                Some("the patterns on one attribute are too entangled: the budget of work is spent".to_owned());
            return false;
        }
        let mut literals = literals.to_vec();
        [0, 1].into_iter().any(|value| {
            let Some(next) = self.descend(from, level, value, search) else { return false };
            literals.push((pattern, value == 1));
            let open = Some((attribute, class, literals.as_slice()));
            let found = self.is_possible(open, search) && self.look(next, open, search);
            literals.pop();
            search.left.truncate(next);
            found
        })
    }

    fn look_at_salt(&mut self, from: usize, (level, salt): (u32, usize), search: &mut Search<'_>) -> bool {
        let count = self.salts.get(salt).map_or(0, |salt| salt.cells.len());
        let mut cells: Vec<usize> = (0..count).collect();
        // The more shards, the sooner a subject key is found.
        let size =
            |cell: &usize| self.salts.get(salt).and_then(|salt| salt.cells.get(*cell)).map_or(0, |cell| cell.shards);
        cells.sort_by_key(|cell| std::cmp::Reverse(size(cell)));
        cells.into_iter().any(|cell| {
            let Some(next) = self.descend(from, level, cell, search) else { return false };
            let found = self.look(next, None, search);
            search.left.truncate(next);
            if found && let Some(spot) = &mut search.spot {
                spot.salts.insert(salt, cell);
            }
            found
        })
    }

    fn allowed(&self, attribute: usize, class: usize, search: &Search<'_>) -> bool {
        let Some(content) = self.attributes.get(attribute) else { return false };
        let Some(class) = content.domain.classes.get(class) else { return false };
        let typed = match search.values {
            Values::Any => true,
            Values::Typed => class.typed.is_some(),
            Values::TypedBut(free) => free == attribute || class.typed.is_some(),
        };
        let missing = class.any == AttributeValue::Null;
        let named = content.name == "id" && (missing || !class.texts.is_empty());
        typed && (search.keys == Keys::Free || !named)
    }

    /// Notes a value of the attribute that was decided last.
    fn note(&mut self, open: Open<'_>, search: &mut Search<'_>) {
        let (Some((attribute, class, literals)), Some(spot)) = (open, &mut search.spot) else { return };
        if let Some(Member::Is(value)) = self.member(attribute, class, literals) {
            spot.attributes.insert(attribute, (class, literals.to_vec(), value));
        }
    }

    /// Whether the class has a value for which the patterns are so; false where there is none, or nobody knows.
    fn is_possible(&mut self, open: Open<'_>, search: &mut Search<'_>) -> bool {
        let Some((attribute, class, literals)) = open else { return true };
        let domain = self.attributes.get(attribute).map(|attribute| &attribute.domain);
        if domain.is_some_and(|domain| !domain.is_open(class)) {
            return true;
        }
        match self.member(attribute, class, literals) {
            Some(Member::Is(_)) => true,
            Some(Member::Nobody) | None => false,
            Some(Member::Unknown(reason)) => {
                search.unknown.get_or_insert(reason);
                false
            }
        }
    }

    /// What is known of a class together with patterns, or found out now.
    fn member(&mut self, attribute: usize, class: usize, literals: &[(usize, bool)]) -> Option<Member> {
        let question: (usize, usize, Literals) = (attribute, class, literals.to_vec());
        if let Some(known) = self.members.get(&question) {
            return Some(known.clone());
        }
        let (member, steps) = self.attributes.get(attribute)?.domain.member(class, literals);
        // Walking automata is the dearest thing to do here, and building one that turns out too large dearer still.
        self.diagrams.take(if matches!(member, Member::Unknown(_)) { 200_000 } else { 50 } + steps / STEPS);
        self.members.insert(question, member.clone());
        Some(member)
    }
}

#[cfg(test)]
mod tests;
