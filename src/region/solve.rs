//! Where a function holds: a class for each attribute and a cell for each salt that can be together, or the proof that there are none.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Undecided;
use super::diagram::{EVERYWHERE, Function, NOWHERE};
use super::domain::Member;
use super::space::{Space, Variable};
use crate::count::Fraction;
use crate::evaluate::AttributeValue;

/// Which values attributes may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// Everything evaluators accept.
    Any,
    /// Those of the declared types, and missing.
    Typed,
    /// The same, but for the attribute of that number, which may have any.
    TypedBut(usize),
}

/// What conditions on `id` may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// Any value: callers may pass an `id`.
    Free,
    /// A subject key that no condition names; its shards are uniform.
    Unnamed,
}

/// Where in an attribute's values: class, which patterns match, and a value.
pub(super) type Place = (usize, Literals, AttributeValue);

/// Patterns by number, and whether each matches.
pub(super) type Literals = Vec<(usize, bool)>;

/// One place where a function holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Spot {
    /// By attribute.
    pub(super) attributes: BTreeMap<usize, Place>,
    /// By salt, the cell.
    pub(super) salts: BTreeMap<usize, usize>,
}

/// A search in progress.
struct Search {
    values: Values,
    keys: Keys,
    /// Functions that hold nowhere, asked from the beginning of an attribute on.
    nowhere: FxHashSet<Function>,
    /// What could not be decided on the way.
    unknown: Option<String>,
    spot: Spot,
}

/// The attribute being decided: its number, class, and patterns so far.
type Open = Option<(usize, usize, Vec<(usize, bool)>)>;

impl Space {
    /// A spot where `function` holds; none where it holds nowhere.
    pub(super) fn find(&mut self, function: Function, values: Values, keys: Keys) -> Result<Option<Spot>, Undecided> {
        if function == NOWHERE {
            return Ok(None);
        }
        let nowhere = FxHashSet::default();
        let mut search = Search { values, keys, nowhere, unknown: None, spot: Spot::default() };
        if self.look(function, None, &mut search) {
            return Ok(Some(search.spot));
        }
        search.unknown.map_or(Ok(None), |reason| Err(Undecided { reason }))
    }

    fn look(&mut self, function: Function, open: Open, search: &mut Search) -> bool {
        let variable = self.diagrams.level(function).and_then(|level| self.variables.get(level as usize)).copied();
        let same = |attribute: usize| open.as_ref().is_some_and(|(known, _, _)| *known == attribute);
        match variable {
            Some(Variable::Pattern(attribute, pattern)) if same(attribute) => {
                self.look_at_pattern(function, pattern, open, search)
            }
            _ => {
                let Some(entry) = self.close(open, search) else { return false };
                if self.look_from(function, variable, search) {
                    return true;
                }
                if let Some(attribute) = entry {
                    search.spot.attributes.remove(&attribute);
                }
                false
            }
        }
    }

    /// Looks on from the beginning of a variable that is no pattern of an open attribute.
    fn look_from(&mut self, function: Function, variable: Option<Variable>, search: &mut Search) -> bool {
        if function == EVERYWHERE {
            return true;
        }
        if function == NOWHERE || search.nowhere.contains(&function) {
            return false;
        }
        if !self.diagrams.take(1) {
            search.unknown = Some("the steps' conditions are too entangled: the budget of work is spent".to_owned());
            return false;
        }
        let before = search.unknown.is_some();
        let found = match variable {
            Some(Variable::Class(attribute)) => self.look_at_class(function, attribute, search),
            // Without a class above it, the attribute is in its open class: other classes decide the pattern.
            Some(Variable::Pattern(attribute, pattern)) => {
                self.look_at_lone_pattern(function, attribute, pattern, search)
            }
            Some(Variable::Salt(salt)) => self.look_at_salt(function, salt, search),
            None => false,
        };
        if !found && search.unknown.is_some() == before {
            search.nowhere.insert(function);
        }
        found
    }

    fn look_at_class(&mut self, function: Function, attribute: usize, search: &mut Search) -> bool {
        let count = self.diagrams.children(function).len();
        // Present values first: they make the better witness.
        (0..count).rev().any(|class| {
            let child = self.diagrams.child(function, class);
            child != NOWHERE
                && self.allowed(attribute, class, search)
                && self.look(child, Some((attribute, class, Vec::new())), search)
        })
    }

    fn look_at_lone_pattern(
        &mut self,
        function: Function,
        attribute: usize,
        pattern: usize,
        search: &mut Search,
    ) -> bool {
        let count = self.attributes.get(attribute).map_or(0, |attribute| attribute.domain.classes.len());
        (0..count).rev().any(|class| {
            self.allowed(attribute, class, search)
                && self.look_at_pattern(function, pattern, Some((attribute, class, Vec::new())), search)
        })
    }

    fn look_at_pattern(&mut self, function: Function, pattern: usize, open: Open, search: &mut Search) -> bool {
        let Some((attribute, class, literals)) = open else { return false };
        if !self.diagrams.take(1) {
            search.unknown =
                Some("the patterns on one attribute are too entangled: the budget of work is spent".to_owned());
            return false;
        }
        [0, 1].into_iter().any(|value| {
            let child = self.diagrams.child(function, value);
            let mut literals = literals.clone();
            literals.push((pattern, value == 1));
            child != NOWHERE
                && self.possible(attribute, class, &literals, search).is_some()
                && self.look(child, Some((attribute, class, literals)), search)
        })
    }

    fn look_at_salt(&mut self, function: Function, salt: usize, search: &mut Search) -> bool {
        let mut cells: Vec<usize> = (0..self.diagrams.children(function).len()).collect();
        // The more shards, the sooner a subject key is found.
        let size =
            |cell: &usize| self.salts.get(salt).and_then(|salt| salt.cells.get(*cell)).map_or(0, |cell| cell.shards);
        cells.sort_by_key(|cell| std::cmp::Reverse(size(cell)));
        cells.into_iter().any(|cell| {
            search.spot.salts.insert(salt, cell);
            let child = self.diagrams.child(function, cell);
            let found = child != NOWHERE && self.look(child, None, search);
            if !found {
                search.spot.salts.remove(&salt);
            }
            found
        })
    }

    fn allowed(&self, attribute: usize, class: usize, search: &Search) -> bool {
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

    /// Notes a value of the attribute that was decided last. None where there is none; else the attribute, to forget again.
    fn close(&mut self, open: Open, search: &mut Search) -> Option<Option<usize>> {
        let Some((attribute, class, literals)) = open else { return Some(None) };
        let value = self.possible(attribute, class, &literals, search)?;
        search.spot.attributes.insert(attribute, (class, literals, value));
        Some(Some(attribute))
    }

    /// A value of the class for which the patterns are so; none where there is none, or nobody knows.
    fn possible(
        &mut self,
        attribute: usize,
        class: usize,
        literals: &[(usize, bool)],
        search: &mut Search,
    ) -> Option<AttributeValue> {
        let question = (attribute, class, literals.to_vec());
        let known = self.members.get(&question).cloned();
        let member = known.unwrap_or_else(|| {
            let content = self.attributes.get(attribute);
            let member = content.map_or(Member::Nobody, |content| content.domain.member(class, literals));
            // Walking automata is the dearest thing to do here.
            self.diagrams.take(if matches!(member, Member::Unknown(_)) { 200_000 } else { 50 });
            self.members.insert(question, member.clone());
            member
        });
        match member {
            Member::Is(value) => Some(value),
            Member::Nobody => None,
            Member::Unknown(reason) => {
                search.unknown.get_or_insert(reason);
                None
            }
        }
    }

    /// The part of all shards, salt by salt, where a function of salts holds. None where attributes decide.
    pub(super) fn share(&self, function: Function, known: &mut FxHashMap<Function, Fraction>) -> Option<Fraction> {
        match function {
            NOWHERE => return Some(Fraction::ZERO),
            EVERYWHERE => return Some(Fraction::ONE),
            _ => {}
        }
        if let Some(share) = known.get(&function) {
            return Some(share.clone());
        }
        let level = self.diagrams.level(function)?;
        let Variable::Salt(salt) = self.variables.get(level as usize)? else { return None };
        let salt = self.salts.get(*salt)?;
        let mut sum = Fraction::ZERO;
        for (child, cell) in self.diagrams.children(function).iter().zip(&salt.cells) {
            let part = Fraction::new(u128::from(cell.shards), u128::from(salt.total))?;
            sum = sum.plus(&part.times(&self.share(*child, known)?));
        }
        known.insert(function, sum.clone());
        Some(sum)
    }
}

impl Space {
    /// What remains of a function at a spot.
    pub(super) fn at(&mut self, function: Function, spot: &Spot) -> Result<Function, super::diagram::Full> {
        let Self { diagrams, attributes, variables, .. } = self;
        let value = |level: u32| match variables.get(level as usize)? {
            Variable::Class(attribute) => spot.attributes.get(attribute).map(|(class, _, _)| *class),
            Variable::Pattern(attribute, pattern) => {
                let (_, literals, value) = spot.attributes.get(attribute)?;
                let literal = literals.iter().find(|(known, _)| known == pattern).map(|(_, matched)| *matched);
                let text = value.text();
                let domain = attributes.get(*attribute).map(|attribute| &attribute.domain);
                let matched = literal.or_else(|| Some(domain?.matches(&text?, &[(*pattern, true)])));
                matched.map(usize::from)
            }
            Variable::Salt(salt) => spot.salts.get(salt).copied(),
        };
        diagrams.given(function, &value, &mut FxHashMap::default())
    }
}

impl Space {
    /// Where a subject key is that a condition on `id` names: its class, and all its shards.
    pub(super) fn spot_of(&self, copy: usize, key: &str) -> Spot {
        let mut spot = Spot::default();
        if let Some(index) = self.attribute(copy, "id")
            && let Some(attribute) = self.attributes.get(index)
        {
            let class = attribute.domain.classes.iter().position(|class| class.texts.iter().any(|text| text == key));
            let value = AttributeValue::Text(key.to_owned());
            spot.attributes.insert(index, (class.unwrap_or(0), Vec::new(), value));
        }
        spot.salts = self.salts.iter().enumerate().map(|(index, salt)| (index, salt.cell_of(key))).collect();
        spot
    }

    /// Whether a spot with all its salts is in the shards of a split.
    pub(super) fn holds(&self, split: &crate::ufc::Split, spot: &Spot) -> bool {
        split.shards.iter().all(|shard| {
            let Some((salt, asked)) = self.shard(shard) else { return false };
            let content = self.salts.get(salt).zip(spot.salts.get(&salt));
            content.is_some_and(|(content, cell)| content.holds(*cell, asked))
        })
    }
}
