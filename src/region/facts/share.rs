//! Which shares of its audience a step receives, and whether its arms share them as their weights say.

use std::collections::BTreeSet;

use super::{Study, Times};
use crate::count::{Fraction, Outcome, Targeting};
use crate::region::course::holds_out;
use crate::region::rows::rows;
use crate::region::{Fact, LineKind, Row, Undecided, Universe, Witness};
use crate::ufc;

impl Study<'_> {
    /// Whether the arms of an experiment receive what their shards promise, after everything above took its part.
    pub(super) fn bias(&mut self, times: &Times, step: usize) -> Result<Vec<Fact>, Undecided> {
        let side = &self.waterfall.side;
        if self.kind(step) != LineKind::Experiment {
            return Ok(Vec::new());
        }
        let own: Vec<usize> = (0..side.steps.len()).filter(|index| side.steps.get(*index) == Some(&step)).collect();
        for allocation in own {
            let Some(content) = side.flag.allocations.get(allocation).filter(|content| !holds_out(content)) else {
                continue;
            };
            let Some(salt) = arm_salt(content) else { continue };
            if !entangled(side.flag, &side.steps, step, salt) {
                continue;
            }
            for (piece, _) in self.coming(times) {
                let at = piece.at_or_after(self.now);
                for row in rows(side, &[], at, Universe::Declared, self.limits)? {
                    let biased = row.key.is_none() && row.targeting.get(allocation) == Some(&Targeting::In);
                    let Some(arms) = biased.then(|| arms(content, allocation, salt, &row)).flatten() else { continue };
                    let witness = self.of_row(&row, at);
                    return Ok(vec![Fact::BiasedSplit { step, arms, witness }]);
                }
            }
        }
        Ok(Vec::new())
    }

    /// A subject of a row; any key will do.
    fn of_row(&self, row: &Row, at: jiff::Timestamp) -> Option<Witness> {
        let key = row.key.clone().unwrap_or_else(|| "subject-1".to_owned());
        let subject = crate::evaluate::Subject { key, attributes: row.attributes.clone() };
        Some(Witness { subject, at })
    }

    /// The share of its audience that a step can still receive.
    pub(super) fn shadow(&mut self, step: usize) -> Result<Vec<Fact>, Undecided> {
        let side = &self.waterfall.side;
        let mut range: Option<(Fraction, Fraction)> = None;
        let windows = crate::region::time::Windows::of(side.flag).unwrap_or_default();
        let pieces = crate::region::time::pieces(&[&windows]);
        for piece in pieces.into_iter().filter(|piece| piece.lasts(self.now)) {
            let open = windows.open(piece.at());
            let own = side.flag.allocations.iter().enumerate().filter(|(index, content)| {
                side.steps.get(*index) == Some(&step) && !holds_out(content) && open.get(*index) == Some(&true)
            });
            for (_, content) in own {
                for row in rows(side, &content.rules, piece.at_or_after(self.now), Universe::Declared, self.limits)? {
                    if row.key.is_some() {
                        continue;
                    }
                    let above = |outcome| match outcome {
                        Outcome::Assigned(allocation, _) | Outcome::Undecided(allocation) => {
                            side.steps.get(allocation).is_some_and(|taker| *taker < step)
                        }
                        Outcome::Default => false,
                    };
                    let left = row.distribution.share(|outcome| !above(outcome));
                    let (least, most) = range.unwrap_or((left.clone(), left.clone()));
                    range = Some((least.min(left.clone()), most.max(left)));
                }
            }
        }
        let shadowed = range.filter(|(least, most)| *least < Fraction::ONE && !most.is_zero());
        Ok(shadowed.map(|(least, most)| Fact::PartlyShadowed { step, least, most }).into_iter().collect())
    }
}

/// The salt whose shards tell the arms apart.
pub(super) fn arm_salt(allocation: &ufc::Allocation) -> Option<&str> {
    let first = allocation.splits.first()?;
    let differs =
        |shard: &&ufc::Shard| allocation.splits.iter().any(|split| !split.shards.iter().any(|other| other == *shard));
    first.shards.iter().find(differs).map(|shard| shard.salt.as_str())
}

/// Whether anything else that decides for the step's subjects hashes them with the same salt.
pub(super) fn entangled(flag: &ufc::Flag, steps: &[usize], step: usize, salt: &str) -> bool {
    flag.allocations.iter().zip(steps).filter(|(_, user)| **user <= step).any(|(allocation, user)| {
        allocation.splits.iter().any(|split| {
            let uses = split.shards.iter().filter(|shard| shard.salt == salt).count();
            if *user == step { uses > 1 } else { uses > 0 }
        })
    })
}

/// For each arm its variation, the share it should have, and the share it has; none where they agree.
fn arms(
    content: &ufc::Allocation,
    allocation: usize,
    salt: &str,
    row: &Row,
) -> Option<Vec<(String, Fraction, Fraction)>> {
    let taken = row.distribution.share(|outcome| matches!(outcome, Outcome::Assigned(one, _) if one == allocation));
    let width = |split: &ufc::Split| -> u64 {
        let shard = split.shards.iter().rfind(|shard| shard.salt == salt);
        let shards: BTreeSet<u32> =
            shard.into_iter().flat_map(|shard| &shard.ranges).flat_map(|range| range.start..range.end).collect();
        shards.len() as u64
    };
    let all: u64 = content.splits.iter().map(width).sum();
    if taken.is_zero() || all == 0 {
        return None;
    }
    let mut arms = Vec::new();
    for (split, arm) in content.splits.iter().enumerate() {
        let has = row.distribution.share(|outcome| outcome == Outcome::Assigned(allocation, split));
        let should = Fraction::new(u128::from(width(arm)), u128::from(all))?;
        arms.push((arm.variation_key.clone(), should, has.of(&taken)?));
    }
    arms.iter().any(|(_, should, has)| should != has).then_some(arms)
}
