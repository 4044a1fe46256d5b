//! Claims about single steps and bare conditions.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::compare::{Question, nothing};
use super::course::count;
use super::pairing::Walk;
use super::replay::Replay;
use super::solve::{Keys, Values};
use super::somebody;
use super::space::Plan;
use super::{Declared, Limits, Side, Undecided, Witness, witness};
use crate::ufc;

/// See [`super::reaches`].
pub(super) fn reaches(
    side: &Side<'_>,
    step: usize,
    given: &[ufc::Rule],
    now: Timestamp,
    limits: Limits,
) -> Result<Option<Witness>, Undecided> {
    // The rules that are given become a second flag, so that both are in one space.
    let mut asked = nothing();
    asked.allocations.push(ufc::Allocation {
        key: String::new(),
        rules: given.to_vec(),
        start_at: None,
        end_at: None,
        splits: Vec::new(),
        do_log: false,
    });
    let asked = Side { flag: &asked, steps: vec![0], declared: side.declared };
    let mut question = Question::new([side, &asked], [0, 0], limits)?;
    let tries = [(Values::Typed, Keys::Unnamed), (Values::Typed, Keys::Free), (Values::Any, Keys::Free)];
    for means in tries {
        for (piece, open) in question.moments(now) {
            let courses = question.courses(&open)?;
            let [first, second] = &courses;
            let (Some(taken), Some(given)) = (first.get(step), second.first()) else { return Ok(None) };
            let space = &mut question.space;
            let here = [taken.hit, given.targeted];
            let mut walk = Walk { pairing: &question.pairing, first, second, passes: Default::default() };
            let end = walk.ending(space, here, (step, 0))?;
            let Some(spot) = space.find_all(&end, means.0, means.1)? else { continue };
            let spot = walk.whole(space, &spot, here, (step, 0), means)?.ok_or_else(Undecided::unreplayed)?;
            let Some(subject) = witness::subject(space, &spot, 0) else {
                return Err(Undecided {
                    reason: "it can be reached, but no witness was found within the budget".to_owned(),
                });
            };
            let at = piece.at_or_after(now);
            let way = Replay::new(side.flag).way(&subject, at);
            if way.and_then(|(allocation, _)| side.steps.get(allocation)) != Some(&step) {
                return Err(Undecided::unreplayed());
            }
            return Ok(Some(Witness { subject, at }));
        }
    }
    debug_assert!(step < count(side));
    Ok(None)
}

/// See [`super::satisfiable`].
pub(super) fn satisfiable(
    rules: &[ufc::Rule],
    declared: &BTreeMap<String, Declared>,
    limits: Limits,
) -> Result<bool, Undecided> {
    if rules.iter().any(|rule| somebody::some(rule, declared).next().is_some()) {
        return Ok(true);
    }
    satisfiable_in_full(rules, declared, limits)
}

pub(super) fn satisfiable_in_full(
    rules: &[ufc::Rule],
    declared: &BTreeMap<String, Declared>,
    limits: Limits,
) -> Result<bool, Undecided> {
    let mut plan = Plan::default();
    plan.rules(0, rules);
    let mut space = plan.cut(declared, limits)?;
    let function = space.rules(rules)?;
    space.hold(&[function], Values::Typed, Keys::Free)
}

/// See [`super::implied`].
pub(super) fn implied(
    first: &[ufc::Rule],
    second: &[ufc::Rule],
    declared: &BTreeMap<String, Declared>,
    limits: Limits,
) -> Result<bool, Undecided> {
    let near = first.iter().flat_map(|rule| somebody::some(rule, declared));
    let further = first.iter().flat_map(|rule| somebody::around(rule, second, declared));
    if near.chain(further).any(|somebody| !somebody.fulfils(second)) {
        return Ok(false);
    }
    implied_in_full(first, second, declared, limits)
}

pub(super) fn implied_in_full(
    first: &[ufc::Rule],
    second: &[ufc::Rule],
    declared: &BTreeMap<String, Declared>,
    limits: Limits,
) -> Result<bool, Undecided> {
    let mut plan = Plan::default();
    plan.rules(0, first);
    plan.rules(0, second);
    let mut space = plan.cut(declared, limits)?;
    let inside = space.rules(first)?;
    let outside = space.rules(second)?;
    let others = space.diagrams.not(outside)?;
    Ok(!space.hold(&[inside, others], Values::Typed, Keys::Free)?)
}
