//! Regions of attributes in the author's own words: as few conditions and steps as were found to select exactly these subjects.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::compare::Question;
use super::super::diagram::{EVERYWHERE, Full, Function, NOWHERE};
use super::super::solve::{Keys, Values};
use super::super::space::{Space, Variable};
use super::super::{Audience, Literal, Term, Undecided};
use super::Moment;
use super::cells::Stop;
use crate::ufc::{self, Operator};

/// The most alternatives of an audience.
const ALTERNATIVES: usize = 24;
/// Up to so many terms, pairs of them are tried.
const PAIRED: usize = 24;
/// The most values of a list that is made up.
const LISTED: usize = 24;

/// What can be said of subjects.
pub(super) struct Words {
    terms: Vec<Word>,
}

#[derive(Debug, Clone)]
struct Word {
    literal: Literal,
    function: Function,
    /// How much there is to read.
    weight: usize,
}

/// The other three comparisons with every number and version that is compared with: they cut no further classes.
pub(super) fn thresholds(flags: [&ufc::Flag; 2]) -> Vec<ufc::Rule> {
    let compared = flags.into_iter().flat_map(|flag| &flag.allocations).flat_map(|allocation| &allocation.rules);
    let compared = compared.flat_map(|rule| &rule.conditions);
    let mut conditions: BTreeMap<(String, String, String), ufc::Condition> = BTreeMap::new();
    let orders = [Operator::Gte, Operator::Gt, Operator::Lte, Operator::Lt];
    for condition in compared.filter(|condition| orders.iter().any(|order| order.wire() == condition.operator)) {
        for order in orders {
            let made = ufc::Condition { operator: order.wire().to_owned(), ..condition.clone() };
            conditions.insert((made.attribute.clone(), made.value.to_string(), made.operator.clone()), made);
        }
    }
    if conditions.is_empty() { Vec::new() } else { vec![ufc::Rule { conditions: conditions.into_values().collect() }] }
}

impl Words {
    pub(super) fn new(
        question: &mut Question<'_>,
        moment: &Moment,
        thresholds: &[ufc::Rule],
    ) -> Result<Self, Undecided> {
        let mut words = Self { terms: Vec::new() };
        let written = question.sides.into_iter().flat_map(|side| &side.flag.allocations);
        let written = written.flat_map(|allocation| &allocation.rules);
        for (rules, weight) in written.map(|rule| (rule, 2)).chain(thresholds.iter().map(|rule| (rule, 3))) {
            for condition in &rules.conditions {
                let function = question.space.condition(condition)?;
                words.add(&mut question.space, Term::Condition(condition.clone()), function, weight)?;
            }
        }
        // A step that is on both sides the same is called as it is called now.
        for side in [1, 0] {
            for (step, content) in moment.courses.get(side).into_iter().flatten().enumerate() {
                words.add(&mut question.space, Term::Step { side, step }, content.targeted, 4)?;
            }
        }
        Ok(words)
    }

    /// Adds a term and its opposite, unless somebody said the same before.
    fn add(&mut self, space: &mut Space, term: Term, function: Function, weight: usize) -> Result<(), Full> {
        // That somebody is past a step says more than what they lack.
        let opposite = weight + if matches!(term, Term::Step { .. }) { 1 } else { 4 };
        for (holds, weight) in [(true, weight), (false, opposite)] {
            let function = if holds { function } else { space.diagrams.not(function)? };
            let known = self.terms.iter_mut().find(|word| word.function == function);
            let word = Word { literal: Literal { term: term.clone(), holds }, function, weight };
            match known {
                Some(known) if known.weight > weight => *known = word,
                Some(_) => {}
                None if function == EVERYWHERE || function == NOWHERE => {}
                None => self.terms.push(word),
            }
        }
        Ok(())
    }

    /// The audience of one of two steps: of the second's where that is one, else of the first's. `counts` says how many there are.
    /// A step that targets everyone says less than one that does not.
    pub(super) fn step(&self, moment: &Moment, counts: &[usize; 2], (first, second): (usize, usize)) -> Audience {
        let everyone = |side: usize, step: usize| {
            let content = moment.courses.get(side).and_then(|steps| steps.get(step));
            content.is_none_or(|content| content.targeted == EVERYWHERE)
        };
        let says_less = everyone(1, second) && first < counts[0] && !everyone(0, first);
        let term = if second < counts[1] && !says_less {
            Some(Term::Step { side: 1, step: second })
        } else {
            (first < counts[0]).then_some(Term::Step { side: 0, step: first })
        };
        Audience { any: vec![term.into_iter().map(|term| Literal { term, holds: true }).collect()] }
    }

    /// Who is in one of these cells.
    pub(super) fn describe(&mut self, space: &mut Space, cells: &[Function], keys: Keys) -> Result<Audience, Stop> {
        let region = space.diagrams.any(cells.iter().copied())?;
        let outside = space.diagrams.not(region)?;
        let mut look = Look { space, keys, region, outside };
        if look.is_empty(outside)? {
            return Ok(Audience { any: vec![Vec::new()] });
        }
        for word in listed(look.space, region)? {
            self.add(look.space, word.0, word.1, 3)?;
        }
        if let Some(all) = self.at_once(&mut look)? {
            return Ok(self.audience(vec![all]));
        }
        let mut uncovered = region;
        let mut any = Vec::new();
        for cell in cells {
            loop {
                let left = look.space.diagrams.and(uncovered, *cell)?;
                if look.is_empty(left)? {
                    break;
                }
                if any.len() >= ALTERNATIVES {
                    return Err(Stop::Many);
                }
                let all = self.implicant(&mut look, left)?;
                let covered = self.all(look.space, &all)?;
                uncovered = look.space.diagrams.without(uncovered, covered)?;
                any.push(all);
            }
        }
        Ok(self.audience(any))
    }

    fn audience(&self, any: Vec<Vec<usize>>) -> Audience {
        let literals = |mut all: Vec<usize>| {
            all.sort_unstable();
            all.into_iter().filter_map(|index| self.terms.get(index)).map(|word| word.literal.clone()).collect()
        };
        Audience { any: any.into_iter().map(literals).collect() }
    }

    fn function(&self, index: usize) -> Function {
        self.terms.get(index).map_or(EVERYWHERE, |word| word.function)
    }

    fn weight(&self, index: usize) -> usize {
        self.terms.get(index).map_or(0, |word| word.weight)
    }

    fn all(&self, space: &mut Space, words: &[usize]) -> Result<Function, Full> {
        let mut all = EVERYWHERE;
        for word in words {
            all = space.diagrams.and(all, self.function(*word))?;
        }
        Ok(all)
    }

    /// Terms that together select exactly the region, if some do.
    fn at_once(&self, look: &mut Look<'_>) -> Result<Option<Vec<usize>>, Undecided> {
        let mut implied = Vec::new();
        for index in 0..self.terms.len() {
            let beyond = look.space.diagrams.without(look.region, self.function(index))?;
            if look.is_empty(beyond)? {
                implied.push(index);
            }
        }
        implied.sort_by_key(|index| self.weight(*index));
        for one in &implied {
            if self.is_within(look, &[*one])? {
                return Ok(Some(vec![*one]));
            }
        }
        if !self.is_within(look, &implied)? {
            return Ok(None);
        }
        if implied.len() <= PAIRED {
            let mut pairs = Vec::new();
            for (place, one) in implied.iter().enumerate() {
                pairs.extend(implied.iter().skip(place + 1).map(|two| [*one, *two]));
            }
            pairs.sort_by_key(|[one, two]| self.weight(*one) + self.weight(*two));
            for pair in pairs {
                if self.is_within(look, &pair)? {
                    return Ok(Some(pair.to_vec()));
                }
            }
        }
        self.fewer(look, implied).map(Some)
    }

    /// Terms that select nobody outside the region, and somebody of `left`.
    fn implicant(&self, look: &mut Look<'_>, left: Function) -> Result<Vec<usize>, Undecided> {
        let mut order: Vec<usize> = (0..self.terms.len()).collect();
        order.sort_by_key(|index| self.weight(*index));
        let (mut here, mut all) = (left, Vec::new());
        for index in order {
            let with = look.space.diagrams.and(here, self.function(index))?;
            if !look.is_empty(with)? {
                here = with;
                all.push(index);
            }
        }
        self.fewer(look, all)
    }

    /// As few of these terms as still select nobody outside the region; the longest go first.
    fn fewer(&self, look: &mut Look<'_>, mut all: Vec<usize>) -> Result<Vec<usize>, Undecided> {
        let mut order = all.clone();
        order.sort_by_key(|index| std::cmp::Reverse(self.weight(*index)));
        for index in order {
            let rest: Vec<usize> = all.iter().copied().filter(|other| *other != index).collect();
            if self.is_within(look, &rest)? {
                all = rest;
            }
        }
        Ok(all)
    }

    fn is_within(&self, look: &mut Look<'_>, words: &[usize]) -> Result<bool, Undecided> {
        let mut all = look.outside;
        for word in words {
            all = look.space.diagrams.and(all, self.function(*word))?;
        }
        look.is_empty(all)
    }
}

/// A region that is looked for words for.
struct Look<'s> {
    space: &'s mut Space,
    keys: Keys,
    region: Function,
    outside: Function,
}

impl Look<'_> {
    fn is_empty(&mut self, function: Function) -> Result<bool, Undecided> {
        Ok(self.space.find(function, Values::Any, self.keys)?.is_none())
    }
}

/// Lists of values that select a region's values of one attribute, where such lists do.
fn listed(space: &mut Space, region: Function) -> Result<Vec<(Term, Function)>, Full> {
    let mut terms = Vec::new();
    for index in 0..space.attributes.len() {
        let own = |variable: &Variable| matches!(variable, Variable::Class(at) if *at == index);
        let others = space.variables.iter().enumerate().filter(|(_, variable)| !own(variable));
        let others: Vec<u32> = others.filter_map(|(level, _)| u32::try_from(level).ok()).collect();
        let others = space.diagrams.set(others);
        let only = space.diagrams.some(region, others)?;
        let Some(attribute) = space.attributes.get(index).filter(|_| only != EVERYWHERE && only != NOWHERE) else {
            continue;
        };
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        let mut open = (false, false);
        for (class, content) in attribute.domain.classes.iter().enumerate() {
            let holds = space.diagrams.child(only, class) == EVERYWHERE;
            // The first class is the missing value, for which no list holds.
            let beyond = class > 0 && content.texts.is_empty() || class == 0 && holds;
            let side = if holds { &mut inside } else { &mut outside };
            side.extend(content.texts.iter().cloned());
            open.0 |= beyond && holds;
            open.1 |= beyond && !holds;
        }
        let (operator, texts) = match open {
            (false, _) => (Operator::OneOf, inside),
            (true, false) if space.diagrams.child(only, 0) == NOWHERE => (Operator::NotOneOf, outside),
            (true, _) => continue,
        };
        if (1..=LISTED).contains(&texts.len()) {
            let value = Value::from(texts);
            let (attribute, operator) = (attribute.name.clone(), operator.wire().to_owned());
            terms.push((Term::Condition(ufc::Condition { attribute, operator, value }), only));
        }
    }
    Ok(terms)
}
