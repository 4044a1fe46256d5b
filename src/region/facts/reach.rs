//! Who reaches a step, and who is taken by it.

use super::{Moment, Study, Times, is_possible};
use crate::region::diagram::Function;
use crate::region::solve::{Keys, Values};
use crate::region::{Assumption, Fact, Undecided};

/// What is asked of a step: to get to it, or to be taken by it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Reached,
    Taken,
}

impl Study<'_> {
    /// Whether the step can be reached, when it cannot, and whether it then takes anybody.
    pub(super) fn reach(&mut self, times: &Times, step: usize) -> Result<Vec<Fact>, Undecided> {
        let mut reached = Vec::with_capacity(times.moments.len());
        let mut taken = false;
        for moment in &times.moments {
            let here = self.is(moment, step, Asked::Reached, Values::Typed, self.keys(), &[])?;
            let takes_all = moment.steps.get(step).is_some_and(|content| content.hit == content.targeted);
            taken =
                taken || here && (takes_all || self.is(moment, step, Asked::Taken, Values::Typed, self.keys(), &[])?);
            reached.push((here || self.has_audience(moment, step)?, here));
        }
        let somewhere = reached.iter().any(|(_, here)| *here);
        let mut facts = Vec::new();
        if !somewhere {
            let blocked = times.moments.iter().zip(&reached).find(|(_, (audience, _))| *audience);
            if let Some((moment, _)) = blocked {
                let (above, assumption) = self.blockers(moment, step)?;
                facts.push(Fact::Unreachable { step, above, assumption });
            }
            return Ok(facts);
        }
        if !taken {
            let witness = self.reacher(times, step)?;
            facts.push(Fact::NeverTakes { step, witness, assumption: self.assumed(times, step)? });
        }
        facts.extend(self.shadowed(times, step, &reached)?);
        Ok(facts)
    }

    /// Whether anybody is as asked, assuming what `values` and `keys` assume, when the steps in `but` are not there.
    fn is(
        &mut self,
        moment: &Moment,
        step: usize,
        asked: Asked,
        values: Values,
        keys: Keys,
        but: &[usize],
    ) -> Result<bool, Undecided> {
        self.space.sweep(self.mark);
        let Some(content) = moment.steps.get(step) else { return Ok(false) };
        let here = match asked {
            Asked::Reached => content.targeted,
            Asked::Taken => content.hit,
        };
        let free = self.freed(here, step)?;
        let past = Self::past(moment, vec![free], step, but);
        if self.space.hold(&past, values, keys)? {
            return Ok(true);
        }
        if keys == Keys::Free || !is_possible(here) {
            return Ok(false);
        }
        // Keys that lists name: their shards are known.
        for key in self.named() {
            let spot = self.space.spot_of(0, &key);
            let left = self.missed(moment, &[here], step, but, &spot)?;
            if self.space.hold(&left, values, Keys::Free)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn named(&self) -> Vec<String> {
        let id = self.space.attribute(0, "id").and_then(|id| self.space.attributes.get(id));
        id.map_or_else(Vec::new, |id| id.domain.classes.iter().flat_map(|class| class.texts.iter().cloned()).collect())
    }

    /// Whether the step, if it were the only one, would have anybody. Conditions that contradict each other are reported elsewhere.
    fn has_audience(&mut self, moment: &Moment, step: usize) -> Result<bool, Undecided> {
        let everyone: Vec<usize> = (0..step).collect();
        self.is(moment, step, Asked::Reached, Values::Typed, self.keys(), &everyone)
    }

    /// A smallest set of steps above that together take everyone, and what that assumes of callers.
    fn blockers(&mut self, moment: &Moment, step: usize) -> Result<(Vec<usize>, Assumption), Undecided> {
        let mut but: Vec<usize> = Vec::new();
        for above in (0..step).rev() {
            but.push(above);
            if self.is(moment, step, Asked::Reached, Values::Typed, self.keys(), &but)? {
                but.pop();
            }
        }
        let above = (0..step).filter(|above| !but.contains(above)).collect();
        Ok((above, self.assumption(moment, step, Asked::Reached)?))
    }

    /// What has to be assumed so that nobody is as asked.
    fn assumption(&mut self, moment: &Moment, step: usize, asked: Asked) -> Result<Assumption, Undecided> {
        let mut assumption = Assumption::default();
        for index in 0..self.space.attributes.len() {
            let Some(attribute) = self.space.attributes.get(index) else { continue };
            let Some(declared) = attribute.declared else { continue };
            let name = attribute.name.clone();
            if self.is(moment, step, asked, Values::TypedBut(index), self.keys(), &[])? {
                assumption.typed.push((name, declared));
            }
        }
        if self.keys() == Keys::Unnamed && self.space.attribute(0, "id").is_some() {
            assumption.no_id = self.is(moment, step, asked, Values::Typed, Keys::Free, &[])?;
        }
        Ok(assumption)
    }

    fn assumed(&mut self, times: &Times, step: usize) -> Result<Assumption, Undecided> {
        let mut all = Assumption::default();
        for moment in &times.moments {
            let one = self.assumption(moment, step, Asked::Taken)?;
            all.no_id |= one.no_id;
            let new = one.typed.into_iter().filter(|typed| !all.typed.contains(typed)).collect::<Vec<_>>();
            all.typed.extend(new);
        }
        Ok(all)
    }

    /// Somebody who reaches the step.
    fn reacher(&mut self, times: &Times, step: usize) -> Result<Option<crate::region::Witness>, Undecided> {
        for (piece, number) in &times.pieces {
            let Some(moment) = times.moments.get(*number) else { continue };
            let Some(content) = moment.steps.get(step) else { continue };
            let past = Self::past(moment, vec![content.targeted], step, &[]);
            if let Some(spot) = self.space.find_all(&past, Values::Typed, self.keys())? {
                let rest = self.missed(moment, &[], step, &[], &spot)?;
                return self.somebody(&spot, &rest, piece.at_or_after(self.now));
            }
        }
        Ok(None)
    }

    /// Stretches of time, not over yet, in which a step is open and nobody reaches it.
    fn shadowed(&mut self, times: &Times, step: usize, reached: &[(bool, bool)]) -> Result<Vec<Fact>, Undecided> {
        let mut facts: Vec<Fact> = Vec::new();
        let mut running: Option<(Fact, usize)> = None;
        for (piece, number) in &times.pieces {
            let dark = reached.get(*number).is_some_and(|(audience, here)| *audience && !here);
            if !dark {
                facts.extend(running.take().map(|(fact, _)| fact));
                continue;
            }
            match &mut running {
                Some((Fact::TimeShadowed { until, .. }, _)) => *until = piece.until,
                _ => {
                    let Some(moment) = times.moments.get(*number) else { continue };
                    let (above, assumption) = self.blockers(moment, step)?;
                    let fact = Fact::TimeShadowed { step, above, from: piece.from, until: piece.until, assumption };
                    running = Some((fact, *number));
                }
            }
        }
        facts.extend(running.map(|(fact, _)| fact));
        let now = self.now;
        facts.retain(|fact| match fact {
            Fact::TimeShadowed { until, .. } => until.is_none_or(|until| until >= now),
            _ => true,
        });
        Ok(facts)
    }
}

/// Who is targeted.
pub(super) fn targeted(moment: &Moment, step: usize) -> Function {
    moment.steps.get(step).map_or(crate::region::diagram::NOWHERE, |step| step.targeted)
}
