//! Which regions of each waterfall no case touches, exactly.
//!
//! A region is who the same allocations target while the same ones are open; a cell is one thing that happens to some of it.
//! A case about one subject touches the cell it lands in; one about a group touches whatever happens to somebody of it.

mod cells;
mod touch;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rayon::prelude::*;

use super::given::Attributes;
use super::keys;
use super::observe::{Part, outcome};
use super::rows;
use super::written::{self, Attributed};
use super::{CaseResult, Filter};
use crate::compile::{Compiled, Origin};
use crate::count::{Questions, Targeting, Waterfall};
use crate::evaluate::{AttributeValue, Evaluator, Subject};
use crate::model::{Flag, TestCase, Workspace};
use crate::region::Side;
use crate::source::Span;
use crate::ufc;
use cells::Cell;

/// How many untouched cells of a flag are shown.
const SHOWN: usize = 20;

/// How many made-up subject keys are tried for one that lands in a cell.
const TRIES: u32 = 100_000;

/// How much of a flag in an environment its cases touch.
#[derive(Debug)]
pub struct Coverage {
    /// The flag's key.
    pub flag: String,
    /// The environment.
    pub environment: String,
    /// The flag's line.
    pub span: Span,
    /// The count; the reason where it could not be decided.
    pub cells: Result<Cells, String>,
}

/// The cells of a waterfall.
#[derive(Debug, Default)]
pub struct Cells {
    /// How many a passed case touches.
    pub touched: usize,
    /// How many there are that a case can be about.
    pub total: usize,
    /// How many more only values of other types than declared get to: no case can say those.
    pub beyond: usize,
    /// The first of those that no case touches.
    pub untouched: Vec<Untouched>,
    /// How many more are untouched.
    pub more: usize,
}

/// A cell that no case touches.
#[derive(Debug)]
pub struct Untouched {
    /// What happens there.
    pub part: Part,
    /// Attributes that lead there.
    pub attributes: BTreeMap<String, AttributeValue>,
    /// An instant of it, where the instant matters.
    pub at: Option<Timestamp>,
    /// A case that touches it; none where no subject was found.
    pub case: Option<String>,
    /// How many more untouched cells the same case touches: the same at other times.
    pub also: usize,
}

impl Untouched {
    /// The attributes as a case writes them; empty where none are needed.
    #[must_use]
    pub fn attributes_text(&self) -> String {
        written::written(&self.attributes)
    }
}

/// A flag in an environment, ready to be asked.
struct Bench<'a, 'c> {
    flag: &'a str,
    line: Span,
    content: &'a ufc::Flag,
    origins: &'a [Origin],
    evaluator: &'a Evaluator<'c>,
    waterfall: Waterfall<'a>,
    declared: &'a Attributed,
}

/// What the cases that passed touch, flag by flag, in each environment that serves it. `results` are those of the same filter.
#[must_use]
pub fn coverage(
    workspace: &Workspace,
    compiled: &BTreeMap<String, Compiled>,
    filter: &Filter,
    results: &[CaseResult],
) -> Vec<Coverage> {
    let passed: BTreeSet<(Span, &str)> = results
        .iter()
        .filter(|result| result.passed())
        .map(|result| (result.span, result.environment.as_str()))
        .collect();
    let evaluators: BTreeMap<&str, (&Compiled, Evaluator<'_>)> =
        compiled.iter().map(|(name, compiled)| (name.as_str(), (compiled, Evaluator::new(&compiled.config)))).collect();
    let declared = crate::lower::declared(&workspace.attributes);
    let wanted = workspace.flags.par_iter().filter(|flag| filter.concerns(&flag.key, results));
    let by_flag = wanted.map(|flag| {
        let mut room = SHOWN;
        let mut found = Vec::new();
        for environment in &flag.environments {
            let name = environment.environment.name.value.as_str();
            let Some((compiled, evaluator)) = evaluators.get(name) else { continue };
            let Some(Ok(content)) = compiled.config.flags.get(&flag.key.value) else { continue };
            let origins = compiled.origins.get(&flag.key.value).map_or(&[][..], Vec::as_slice);
            let questions = Questions::new(compiled.config.format, content);
            let waterfall = Waterfall::new(&questions);
            let bench =
                Bench { flag: &flag.key, line: flag.span, content, origins, evaluator, waterfall, declared: &declared };
            let cases = cases(workspace, flag).filter(|case| passed.contains(&(case.span, name)));
            let cells = measure(&bench, name, cases, &mut room);
            found.push(Coverage { flag: flag.key.value.clone(), environment: name.to_owned(), span: flag.span, cells });
        }
        found
    });
    by_flag.collect::<Vec<_>>().into_iter().flatten().collect()
}

impl Filter {
    /// Whether a flag is asked about: by name, or where a text was asked for, by a case that ran.
    fn concerns(&self, flag: &str, results: &[CaseResult]) -> bool {
        let listed = self.flags.is_empty() || self.flags.iter().any(|listed| listed == flag);
        let named = self.text.as_ref().is_none_or(|text| flag.contains(text.as_str()));
        listed && (named || results.iter().any(|result| result.flag == flag))
    }
}

fn cases<'a>(workspace: &'a Workspace, flag: &'a Flag) -> impl Iterator<Item = &'a TestCase> {
    let groups = workspace.tests.iter().filter(|group| group.flag.key.value == flag.key.value);
    groups.flat_map(|group| &group.cases)
}

fn measure<'a>(
    bench: &Bench<'_, '_>,
    environment: &str,
    cases: impl Iterator<Item = &'a TestCase>,
    room: &mut usize,
) -> Result<Cells, String> {
    let pieces = cells::pieces(bench.content);
    let mut all = cells::all(bench, &pieces)?;
    for case in cases {
        touch::touch(bench, case, &pieces, &mut all)?;
    }
    let mut found = Cells::default();
    for cell in &all {
        if cell.touched {
            found.touched += 1;
            continue;
        }
        let Some(attributes) = bench.expressible(cell) else {
            found.beyond += 1;
            continue;
        };
        let Some(left) = room.checked_sub(1) else {
            found.more += 1;
            continue;
        };
        let ready = bench.ready(cell, &attributes, &pieces);
        let at = ready.as_ref().map_or((pieces.len() > 1).then_some(cell.at), |(_, at)| *at);
        let case = ready.map(|(subject, at)| written::case(environment, at, &subject, &cell.part));
        let known = found.untouched.iter_mut().find(|known| case.is_some() && known.case == case);
        match known {
            Some(known) => known.also += 1,
            None => {
                *room = left;
                found.untouched.push(Untouched { part: cell.part.clone(), attributes, at, case, also: 0 });
            }
        }
    }
    let listed: usize = found.untouched.iter().map(|untouched| 1 + untouched.also).sum();
    found.total = found.touched + listed + found.more;
    Ok(found)
}

impl Bench<'_, '_> {
    fn side(&self) -> Side<'_> {
        rows::side(self.content, self.origins, self.declared)
    }

    fn targeting(&self, key: Option<&str>, attributes: &Attributes, at: Timestamp) -> Vec<Targeting> {
        self.waterfall.targeting(crate::count::Group { key, attributes }, at)
    }

    /// Attributes of the declared types that lead to the cell's region.
    fn expressible(&self, cell: &Cell) -> Option<Attributes> {
        let fits = |attributes: &Attributes| cell.agrees(&self.targeting(cell.key.as_deref(), attributes, cell.at));
        written::expressible(&cell.attributes, self.declared, self.content, fits)
    }

    /// A subject that lands in the cell, with an instant where it needs one.
    fn ready(
        &self,
        cell: &Cell,
        attributes: &Attributes,
        pieces: &[cells::Piece],
    ) -> Option<(Subject, Option<Timestamp>)> {
        let subject = self.subject(cell, attributes)?;
        let lands = |at: Timestamp| outcome(self.flag, &subject, at, self.evaluator, self.origins).alike(&cell.part);
        let at = (!pieces.iter().all(|piece| lands(piece.at))).then_some(cell.at);
        Some((subject, at))
    }

    /// Somebody who lands in the cell, found by evaluating.
    fn subject(&self, cell: &Cell, attributes: &Attributes) -> Option<Subject> {
        let lands = |subject: &Subject| {
            let targeting = self.targeting(Some(&subject.key), &subject.attributes, cell.at);
            cell.agrees(&targeting)
                && outcome(self.flag, subject, cell.at, self.evaluator, self.origins).alike(&cell.part)
        };
        if let Some(key) = &cell.key {
            let subject = Subject { key: key.clone(), attributes: attributes.clone() };
            return lands(&subject).then_some(subject);
        }
        // Who is told apart by `id` is best said by the key itself.
        let by_key = attributes.get("id").and_then(|id| id.text()).map(|id| {
            let mut others = attributes.clone();
            others.remove("id");
            Subject { key: id.into_owned(), attributes: others }
        });
        let made_up =
            keys::made_up(Some(self.content), TRIES).map(|key| Subject { key, attributes: attributes.clone() });
        let wanted = cell.part.variation.as_deref();
        by_key.into_iter().chain(made_up).find(|subject| {
            let assigned = self.evaluator.assign(self.flag, subject, None, cell.at).variation;
            assigned.as_deref() == wanted && lands(subject)
        })
    }
}
