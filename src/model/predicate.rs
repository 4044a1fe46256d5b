//! Audiences as evaluators test them: alternatives of conditions on attributes, segments inlined, complements exact.
//!
//! A [`Predicate`] is a disjunctive normal form: [`Rule`]s, any of which may hold, of [`Atom`]s, all of which must. No rule
//! is nobody; a rule without atoms is everyone. A wire allocation cannot say "nobody" (an empty rule list is everyone), so
//! whoever emits a predicate asks [`Predicate::is_nobody`] first.
//!
//! Complements multiply: negating r rules of c conditions gives up to (2c)^r. Rules are simplified as they arise, and the work
//! is bounded: [`Exhausted`] says that an audience is far beyond the [`LIMIT`].

pub mod atom;
mod pattern;
mod segments;
#[cfg(test)]
mod tests;
mod waterfall;

pub use atom::{Ask, Atom, Bound, Texts};
pub use pattern::{escaped, expression, worded, worded_several};
pub use segments::{Predicates, given_up};
pub use waterfall::{Piece, Reach, Trouble};

use atom::Both;

/// How many rules an allocation may have.
pub const LIMIT: usize = 64;

/// How many rules a predicate may have on the way to fewer.
const INTERMEDIATE: usize = 512;

/// An audience that needs too many rules, or too much work to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted;

/// How much work is left, in looks at an atom.
#[derive(Debug, Clone, Copy)]
pub struct Work(usize);

impl Work {
    /// Plenty for anything that ends up within the limit.
    const FULL: usize = 1_000_000;

    /// What an audience gets when `given_up` were hopeless before it. A file of a thousand hopeless audiences must still be
    /// checked in seconds; there are errors then anyway, so nothing is compiled.
    fn after(given_up: usize) -> Self {
        Self(Self::FULL / given_up.saturating_sub(3).max(1))
    }

    fn take(&mut self, steps: usize) -> Result<(), Exhausted> {
        self.0 = self.0.checked_sub(steps).ok_or(Exhausted)?;
        Ok(())
    }
}

/// Alternatives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Predicate {
    rules: Vec<Rule>,
}

/// Atoms that must all hold; none contradicts, repeats or could be merged with another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rule {
    atoms: Vec<Atom>,
}

impl Predicate {
    /// Holds for nobody.
    #[must_use]
    pub fn nobody() -> Self {
        Self::default()
    }

    /// Holds for everyone.
    #[must_use]
    pub fn everyone() -> Self {
        Self { rules: vec![Rule::default()] }
    }

    /// Whether no subject can match.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether every subject matches, by form.
    #[must_use]
    pub fn is_everyone(&self) -> bool {
        self.rules.iter().any(|rule| rule.atoms.is_empty())
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Adds an alternative unless another covers it; drops those that it covers.
    pub(crate) fn or(&mut self, rule: Rule, work: &mut Work) -> Result<(), Exhausted> {
        for present in &self.rules {
            if rule.implies(present, work)? {
                return Ok(());
            }
        }
        let mut index = 0;
        while let Some(present) = self.rules.get(index) {
            if present.implies(&rule, work)? {
                self.rules.remove(index);
            } else {
                index += 1;
            }
        }
        self.rules.push(rule);
        if self.rules.len() > INTERMEDIATE { Err(Exhausted) } else { Ok(()) }
    }

    /// Those of `self` for whom `atom` holds.
    pub(crate) fn and_atom(&self, atom: &Atom, work: &mut Work) -> Result<Self, Exhausted> {
        self.and_any(std::slice::from_ref(atom), work)
    }

    /// Those of `self` for whom one of `atoms` holds.
    fn and_any(&self, atoms: &[Atom], work: &mut Work) -> Result<Self, Exhausted> {
        let mut result = Self::nobody();
        for rule in &self.rules {
            if rule.says_one_of(atoms, work)? {
                result.or(rule.clone(), work)?;
                continue;
            }
            for atom in atoms {
                if let Some(both) = rule.and(atom, work)? {
                    result.or(both, work)?;
                }
            }
        }
        Ok(result)
    }

    /// Those of `self` who are in `other`.
    pub(crate) fn and(&self, other: &Self, work: &mut Work) -> Result<Self, Exhausted> {
        let mut result = Self::nobody();
        for first in &self.rules {
            for second in &other.rules {
                if let Some(both) = first.and_all(&second.atoms, work)? {
                    result.or(both, work)?;
                }
            }
        }
        Ok(result)
    }

    /// Those of `self` who are not in `other`. The complement is multiplied into `self` rule by rule, so that what `self`
    /// already says keeps it small.
    pub(crate) fn and_not(&self, other: &Self, work: &mut Work) -> Result<Self, Exhausted> {
        let mut clauses: Vec<Vec<Atom>> = other.rules.iter().map(Rule::complement).collect();
        clauses.sort_by_key(Vec::len);
        let mut result = self.clone();
        for clause in &clauses {
            result = result.and_any(clause, work)?;
        }
        Ok(result)
    }
}

impl Rule {
    /// The atoms, in the order they were written.
    #[must_use]
    pub fn atoms(&self) -> &[Atom] {
        &self.atoms
    }

    /// Alternatives one of which holds exactly when the rule does not.
    #[must_use]
    pub fn complement(&self) -> Vec<Atom> {
        self.atoms.iter().flat_map(Atom::complement).collect()
    }

    fn of<'a>(&'a self, atom: &'a Atom) -> impl Iterator<Item = &'a Atom> {
        self.atoms.iter().filter(move |own| own.same_attribute(atom))
    }

    fn says(&self, atom: &Atom, work: &mut Work) -> Result<bool, Exhausted> {
        work.take(1 + self.atoms.len() / 4)?;
        for own in self.of(atom) {
            work.take(own.weight(false) + atom.weight(false))?;
            if own.implies(atom) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn says_one_of(&self, atoms: &[Atom], work: &mut Work) -> Result<bool, Exhausted> {
        for atom in atoms {
            if self.says(atom, work)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether `other` holds whenever this does, atom by atom.
    fn implies(&self, other: &Self, work: &mut Work) -> Result<bool, Exhausted> {
        work.take(1)?;
        for atom in &other.atoms {
            if !self.says(atom, work)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Both; none when they contradict.
    fn and(&self, atom: &Atom, work: &mut Work) -> Result<Option<Self>, Exhausted> {
        let mut atoms = Vec::with_capacity(self.atoms.len() + 1);
        atoms.extend_from_slice(&self.atoms);
        let mut place = atoms.len();
        let mut added = atom.clone();
        work.take(1 + atoms.len())?;
        // Merging two atoms makes a new one, which may in turn merge with, or contradict, the rest.
        'again: loop {
            for (index, own) in atoms.iter().enumerate() {
                if !own.same_attribute(&added) {
                    continue;
                }
                work.take(own.weight(true) + added.weight(true))?;
                match own.with(&added) {
                    Both::Contradiction => return Ok(None),
                    Both::First => return Ok(Some(Self { atoms })),
                    Both::One(ask) => {
                        added = Atom { attribute: std::sync::Arc::clone(&own.attribute), ask };
                        atoms.remove(index);
                        place = place.min(index);
                        continue 'again;
                    }
                    Both::Independent => {}
                }
            }
            atoms.insert(place.min(atoms.len()), added);
            return Ok(Some(Self { atoms }));
        }
    }

    fn and_all(&self, others: &[Atom], work: &mut Work) -> Result<Option<Self>, Exhausted> {
        let mut rule = self.clone();
        for atom in others {
            match rule.and(atom, work)? {
                Some(both) => rule = both,
                None => return Ok(None),
            }
        }
        Ok(Some(rule))
    }
}
