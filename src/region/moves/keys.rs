//! Subject keys that conditions name: their shards are known, so each of them moves or does not.

use std::collections::{BTreeMap, BTreeSet};

use super::super::compare::Question;
use super::super::course::count;
use super::super::diagram::{EVERYWHERE, Full, NOWHERE};
use super::super::lines::Line;
use super::super::solve::{Keys, Spot};
use super::super::space::Space;
use super::super::{Audience, Literal, Portion, Term};
use super::cells::{Stop, cells};
use super::words::Words;
use super::{Ends, Found, Moment};

/// Adds the moves of named keys, those who move alike together.
pub(super) fn named(
    moment: &Moment,
    question: &mut Question<'_>,
    words: &Words,
    lines: &[Line],
    found: &mut Vec<Found>,
) -> Result<(), Stop> {
    let groups = alike(&question.space);
    let mut moving: Vec<(Ends, BTreeSet<String>, Spot)> = Vec::new();
    for (spot, keys) in &groups {
        let mut own = Vec::with_capacity(lines.len());
        for line in lines {
            own.push(specialised(&mut question.space, line, spot)?);
        }
        for cell in cells(question, moment, &own, Keys::Free)? {
            for (ends, ..) in cell.moves {
                match moving.iter_mut().find(|(known, ..)| known.is(&ends)) {
                    Some((_, known, _)) => known.extend(keys.iter().cloned()),
                    None => {
                        let mut whole = spot.clone();
                        whole.attributes.extend(
                            cell.spot
                                .attributes
                                .iter()
                                .filter(|(index, _)| !spot.attributes.contains_key(index))
                                .map(|(index, place)| (*index, place.clone())),
                        );
                        moving.push((ends, keys.iter().cloned().collect(), whole));
                    }
                }
            }
        }
    }
    for (ends, keys, whole) in moving {
        let sides = question.sides.map(count);
        let audience = words.step(moment, &sides, (ends.steps[0], ends.steps[1]));
        let named = count_named(question, moment, &audience, &groups)?.max(keys.len());
        let subject = moment.replayed(question, Some(&whole), &ends)?;
        let portion = Portion::Keys { moving: keys.into_iter().collect(), named };
        found.push(Found { ends, audience, portion, subject });
    }
    Ok(())
}

/// Named keys whose class and cells are the same, together.
fn alike(space: &Space) -> Vec<(Spot, Vec<String>)> {
    let id = space.attribute(0, "id").and_then(|id| space.attributes.get(id));
    let texts = id.into_iter().flat_map(|id| id.domain.classes.iter().enumerate());
    let mut groups: BTreeMap<(usize, Vec<usize>), (Spot, Vec<String>)> = BTreeMap::new();
    for (class, content) in texts {
        for text in &content.texts {
            let spot = space.spot_of(0, text);
            let cells = spot.salts.values().copied().collect();
            groups.entry((class, cells)).or_insert_with(|| (spot, Vec::new())).1.push(text.clone());
        }
    }
    groups.into_values().collect()
}

fn specialised(space: &mut Space, line: &Line, spot: &Spot) -> Result<Line, Full> {
    let audience = space.at(line.audience, spot)?;
    let mut splits = Vec::with_capacity(line.splits.len());
    for split in &line.splits {
        splits.push(space.at(*split, spot)?);
    }
    let takes_all = splits.contains(&EVERYWHERE);
    Ok(Line { audience, splits, takes_all, ..line.clone() })
}

/// How many named keys an audience of one step holds.
fn count_named(
    question: &mut Question<'_>,
    moment: &Moment,
    audience: &Audience,
    groups: &[(Spot, Vec<String>)],
) -> Result<usize, Stop> {
    let term = audience.any.first().and_then(|all| all.first());
    let targeted = match term {
        Some(Literal { term: Term::Step { side, step }, .. }) => {
            moment.courses.get(*side).and_then(|steps| steps.get(*step)).map_or(EVERYWHERE, |step| step.targeted)
        }
        _ => EVERYWHERE,
    };
    let mut named = 0;
    for (spot, keys) in groups {
        if question.space.at(targeted, spot)? != NOWHERE {
            named += keys.len();
        }
    }
    Ok(named)
}
