//! Places of a space: a class for each attribute and a cell for each salt, what functions are there, and which share is there.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::diagram::{EVERYWHERE, Function, NOWHERE};
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

impl Space {
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
