//! What the order of steps does: who is taken before a step below gets to see them.

use super::reach::targeted;
use super::{Moment, Study, Times};
use crate::count::Fraction;
use crate::region::course::{count, holds_out};
use crate::region::diagram::{Function, NOWHERE};
use crate::region::exclusion::enrolled;
use crate::region::replay::Replay;
use crate::region::solve::{Keys, Spot, Values};
use crate::region::{Fact, LineKind, Undecided, Witness};

impl Study<'_> {
    /// Experiments above `step` that enrol whom it would take.
    pub(super) fn order(&mut self, times: &Times, step: usize) -> Result<Vec<Fact>, Undecided> {
        let mut facts = Vec::new();
        if self.kind(step) == LineKind::Otherwise {
            return Ok(facts);
        }
        for upper in (0..step).filter(|upper| self.kind(*upper) == LineKind::Experiment).collect::<Vec<_>>() {
            for (piece, number) in self.coming(times) {
                let Some(moment) = times.moments.get(number) else { continue };
                self.space.sweep(self.mark);
                let Some(here) = self.contested(moment, upper, step)? else { continue };
                let [taken, wanted] = here;
                let free = vec![self.freed(taken, upper)?, self.freed(wanted, step)?];
                let Some(spot) = self.anyone(&Self::past(moment, free, step, &[upper]))? else { continue };
                let rest = self.missed(moment, &here, step, &[upper], &spot)?;
                let witness = self.somebody(&spot, &rest, piece.at_or_after(self.now))?;
                self.replays(&witness, upper, step)?;
                let from = piece.begins_after(self.now);
                facts.push(match self.kind(step) {
                    LineKind::Gate => Fact::GateBelow { gate: step, experiment: upper, from, witness },
                    LineKind::Experiment | LineKind::Otherwise => {
                        let (least, most) = self.lost(moment, upper, step)?;
                        Fact::Overlapping { upper, lower: step, least, most, from, witness }
                    }
                });
                break;
            }
        }
        Ok(facts)
    }

    /// Whom the experiment `upper` enrols, and whom `step` would take; none where either has nobody.
    fn contested(&mut self, moment: &Moment, upper: usize, step: usize) -> Result<Option<[Function; 2]>, Undecided> {
        let (Some(above), Some(below)) = (moment.steps.get(upper), moment.steps.get(step)) else { return Ok(None) };
        let flag = self.waterfall.side.flag;
        let taken = enrolled(&mut self.space, flag, above)?;
        let wanted = match self.kind(step) {
            LineKind::Experiment => enrolled(&mut self.space, flag, below)?,
            LineKind::Gate | LineKind::Otherwise => below.hit,
        };
        Ok((taken != NOWHERE && wanted != NOWHERE).then_some([taken, wanted]))
    }

    fn replays(&mut self, witness: &Option<Witness>, upper: usize, step: usize) -> Result<(), Undecided> {
        let Some(witness) = witness else { return Ok(()) };
        let side = &self.waterfall.side;
        let replay =
            self.ready.get_or_insert_with(|| self.replay.get_or_init(|| Replay::with_each_alone(side.flag)).ready());
        let way = replay.way(&witness.subject, witness.at);
        let taken = way.and_then(|(allocation, _)| side.steps.get(allocation)) == Some(&upper);
        let mut own = (0..side.steps.len()).filter(|allocation| side.steps.get(*allocation) == Some(&step));
        let wanted = own.any(|allocation| replay.targets(allocation, &witness.subject, witness.at));
        if taken && wanted { Ok(()) } else { Err(Undecided::unreplayed()) }
    }

    /// The smallest and the largest share of those whom `lower` would enrol that `upper` takes, over regions that both target.
    fn lost(&mut self, moment: &Moment, upper: usize, lower: usize) -> Result<(Fraction, Fraction), Undecided> {
        let flag = self.waterfall.side.flag;
        let (Some(above), Some(below)) = (moment.steps.get(upper), moment.steps.get(lower)) else {
            return Ok((Fraction::ZERO, Fraction::ZERO));
        };
        let (above, below) = (above.clone(), below.clone());
        let taken = enrolled(&mut self.space, flag, &above)?;
        let wanted = enrolled(&mut self.space, flag, &below)?;
        let both = vec![targeted(moment, upper), targeted(moment, lower)];
        let region = Self::past(moment, both, lower, &[upper]);
        let steps = &self.waterfall.side.steps;
        let own = flag.allocations.iter().zip(steps).filter(|(_, step)| **step == upper || **step == lower);
        let mut audiences = Vec::new();
        for (allocation, _) in own {
            audiences.push(self.space.rules(&allocation.rules)?);
        }
        let mut shares = Vec::new();
        self.cells(&region, &audiences, &mut |study, spot| {
            let attributes = Spot { attributes: spot.attributes.clone(), ..Spot::default() };
            let (taken, wanted) = (study.space.at(taken, &attributes)?, study.space.at(wanted, &attributes)?);
            let both = study.space.diagrams.and(taken, wanted)?;
            let share = |study: &Self, function| study.space.share(function, &mut Default::default());
            let ratio = share(study, both)
                .zip(share(study, wanted))
                .and_then(|(both, wanted)| if both.is_zero() { Some(Fraction::ZERO) } else { both.of(&wanted) });
            shares.push(ratio.ok_or_else(|| Undecided {
                reason: "attributes decide about a share of subjects with the same attributes".to_owned(),
            })?);
            Ok(())
        })?;
        shares.retain(|share| !share.is_zero());
        let least = shares.iter().min().cloned().unwrap_or(Fraction::ZERO);
        Ok((least, shares.iter().max().cloned().unwrap_or(Fraction::ZERO)))
    }

    /// Visits every part of a region that these audiences tell apart.
    fn cells(
        &mut self,
        region: &[Function],
        audiences: &[Function],
        visit: &mut impl FnMut(&mut Self, &Spot) -> Result<(), Undecided>,
    ) -> Result<(), Undecided> {
        let Some(spot) = self.space.find_all(region, Values::Any, Keys::Free)? else { return Ok(()) };
        let Some((audience, rest)) = audiences.split_first() else { return visit(self, &spot) };
        let others = self.space.diagrams.not(*audience)?;
        for part in [*audience, others] {
            let mut inside = region.to_vec();
            inside.push(part);
            self.cells(&inside, rest, visit)?;
        }
        Ok(())
    }

    /// Experiments below `step` that enrol whom its holdouts hold out, and lack those holdouts.
    pub(super) fn leaks(&mut self, times: &Times, step: usize) -> Result<Vec<Fact>, Undecided> {
        let mut facts = Vec::new();
        let waterfall = self.waterfall;
        let mut holdouts: Vec<&str> =
            self.own(step).filter_map(|allocation| waterfall.holdouts.get(allocation).copied().flatten()).collect();
        holdouts.dedup();
        for holdout in holdouts {
            for later in step + 1..count(&waterfall.side) {
                let has = self.own(later).any(|one| waterfall.holdouts.get(one).copied().flatten() == Some(holdout));
                if has || self.kind(later) != LineKind::Experiment {
                    continue;
                }
                for (piece, number) in self.coming(times) {
                    let Some(moment) = times.moments.get(number) else { continue };
                    self.space.sweep(self.mark);
                    let Some(witness) = self.leak(moment, step, later, holdout, piece.at_or_after(self.now))? else {
                        continue;
                    };
                    facts.push(Fact::HoldoutLeak { step, later, holdout: holdout.to_owned(), witness });
                    break;
                }
            }
        }
        Ok(facts)
    }

    fn own(&self, step: usize) -> impl Iterator<Item = usize> + use<'_> {
        let steps = &self.waterfall.side.steps;
        (0..steps.len()).filter(move |allocation| steps.get(*allocation) == Some(&step))
    }

    fn leak(
        &mut self,
        moment: &Moment,
        step: usize,
        later: usize,
        holdout: &str,
        at: jiff::Timestamp,
    ) -> Result<Option<Option<Witness>>, Undecided> {
        let flag = self.waterfall.side.flag;
        let (Some(content), Some(below)) = (moment.steps.get(step), moment.steps.get(later)) else { return Ok(None) };
        if content.targeted == NOWHERE {
            return Ok(None);
        }
        let mut held = NOWHERE;
        for allocation in self.own(step).collect::<Vec<_>>() {
            let Some(allocation) = flag.allocations.get(allocation).filter(|allocation| holds_out(allocation)) else {
                continue;
            };
            let audience = self.space.rules(&allocation.rules)?;
            for shard in allocation.splits.iter().flat_map(|split| &split.shards).filter(|shard| shard.salt == holdout)
            {
                let population = self.space.shards(shard)?;
                let here = self.space.diagrams.and(audience, population)?;
                held = self.space.diagrams.or(held, here)?;
            }
        }
        let missed = self.space.diagrams.without(held, content.hit)?;
        let wanted = enrolled(&mut self.space, flag, below)?;
        let free = vec![self.freed(missed, step)?, self.freed(wanted, later)?];
        let Some(spot) = self.anyone(&Self::past(moment, free, later, &[step]))? else { return Ok(None) };
        let rest = self.missed(moment, &[missed, wanted], later, &[step], &spot)?;
        Ok(Some(self.somebody(&spot, &rest, at)?))
    }
}
