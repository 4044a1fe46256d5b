//! `flagfall prove equal`: whether two workspaces, revisions or files do the same to everybody.

use std::path::Path;

use rayon::prelude::*;

use super::Budget;
use super::document::{Answer, Difference, Document, End, Open};
use crate::cli::eval::target::is_standard_input;
use crate::cli::side::{self, Side};
use crate::cli::{Context, WorkspaceOption};
use crate::compile::{Compiled, Origin};
use crate::diagnostic::render::counted;
use crate::evaluate::{AllocationCode, Evaluator};
use crate::failure::Failure;
use crate::region::{self, Limits, Undecided, Witness};
use crate::ufc;
use crate::witness::{self, quoted};

/// Whether two sides do the same to everybody: same value, same event, always
///
/// A side is a directory that holds flagfall.kdl, a git revision of the workspace here (read without a checkout; REV:DIR where
/// it was elsewhere), or a UFC file for servers. A flag or environment that one side lacks is not served there: everybody gets
/// the default that callers pass. A file is compared with the environment it is for, and two files with each other.
#[derive(Debug, clap::Args)]
#[command(
    name = "equal",
    after_help = "Examples:
  flagfall prove equal main .
  flagfall prove equal HEAD~1 HEAD --env production --flag checkout-copy
  flagfall prove equal v1.4.0 dist/production.json --json"
)]
pub struct Args {
    /// A workspace, a git revision or a UFC file
    #[arg(value_name = "A")]
    pub first: String,
    /// Another
    #[arg(value_name = "B")]
    pub second: String,
    /// Only this environment [default: all]
    #[arg(long, value_name = "ENVIRONMENT")]
    pub env: Option<String>,
    /// Only this flag [default: all]
    #[arg(long, value_name = "FLAG")]
    pub flag: Option<String>,
    #[command(flatten)]
    pub workspace: WorkspaceOption,
    #[command(flatten)]
    pub budget: Budget,
}

/// The answer; none when a workspace has errors, which are then reported.
pub(super) fn answer(args: &Args, context: &mut Context) -> Result<Option<Document>, Failure> {
    if [&args.first, &args.second].iter().all(|side| is_standard_input(Path::new(side))) {
        return Err(Failure::new("standard input cannot be both sides").help("put one of them in a file"));
    }
    let here = args.workspace.workspace.as_deref();
    let Some(before) = Side::open(&args.first, here, context)? else { return Ok(None) };
    let Some(after) = Side::open(&args.second, here, context)? else { return Ok(None) };
    let environments = side::environments(&before, &after, args.env.as_deref())?;
    let flags = side::flags(&before, &after, args.flag.as_deref())?;
    let mut pairs = Vec::new();
    for environment in &environments {
        for flag in &flags {
            let pair = Pair::new(&before, &after, environment, flag)?;
            pairs.extend(pair.is_served().then_some(pair));
        }
    }
    let limits = args.budget.limits();
    let answers: Vec<_> = pairs.par_iter().map(|pair| pair.compare(limits)).collect();
    Ok(Some(document(args, &pairs, answers)))
}

/// A flag in an environment, on both sides.
struct Pair<'a> {
    flag: &'a str,
    environment: &'a str,
    before: Half<'a>,
    after: Half<'a>,
}

/// A flag in an environment, on one side.
struct Half<'a> {
    key: &'a str,
    side: &'a Side,
    /// None where the side lacks the environment.
    compiled: Option<&'a Compiled>,
    /// None where it is not served.
    flag: Option<&'a ufc::Flag>,
    origins: Option<&'a [Origin]>,
}

impl<'a> Half<'a> {
    fn new(side: &'a Side, environment: &str, key: &'a str) -> Result<Self, Failure> {
        let compiled = side.environment(environment);
        let flag = compiled.map(|compiled| side::served(&compiled.config, key, &side.name)).transpose()?.flatten();
        let origins = compiled.and_then(|compiled| compiled.origins.get(key)).map(Vec::as_slice);
        Ok(Self { key, side, compiled, flag, origins })
    }

    fn reasoned(&self) -> Option<region::Side<'a>> {
        Some(side::reasoned(self.flag?, self.origins, &self.side.declared))
    }

    /// What somebody gets, evaluated; without anybody what was proved of somebody.
    fn end(&self, proved: &region::End, found: Option<&Witness>) -> Option<End> {
        let Some(Witness { subject, at }) = found else {
            let (step, variation) = (self.step(proved.allocation?)?, proved.variation.clone()?);
            return Some(End { step, variation, value: proved.value.clone()?, logged: proved.logged });
        };
        let (assignment, trace) = Evaluator::new(&self.compiled?.config).explain(self.key, subject, None, *at);
        let matched = trace.allocations.iter().find(|allocation| allocation.code == AllocationCode::Match)?;
        let step = self.step(matched.index)?;
        Some(End {
            step,
            variation: assignment.variation?,
            value: assignment.value?,
            logged: assignment.event.is_some(),
        })
    }

    /// The name of an allocation's step.
    fn step(&self, allocation: usize) -> Option<String> {
        let origin = self.origins.and_then(|origins| origins.get(allocation)).map(|origin| origin.step.clone());
        origin.or_else(|| Some(self.flag?.allocations.get(allocation)?.key.clone()))
    }

    /// Somebody, with a command that asks this side; none where it does not know the flag.
    fn seen(&self, environment: &str, found: Option<&Witness>) -> Option<witness::Document> {
        let found = found?;
        let known = self.side.environment(environment).is_some() && self.side.flags().contains(self.key);
        known.then(|| witness::Document::new(self.key, self.side.source(environment), &found.subject, found.at))
    }
}

impl<'a> Pair<'a> {
    fn new(before: &'a Side, after: &'a Side, environment: &'a str, flag: &'a str) -> Result<Self, Failure> {
        let half = |side| Half::new(side, environment, flag);
        Ok(Self { flag, environment, before: half(before)?, after: half(after)? })
    }

    fn is_served(&self) -> bool {
        self.before.flag.is_some() || self.after.flag.is_some()
    }

    fn compare(&self, limits: Limits) -> Result<Option<Difference>, Undecided> {
        // The very same waterfall needs no proof.
        if self.before.flag == self.after.flag {
            return Ok(None);
        }
        let (before, after) = (self.before.reasoned(), self.after.reasoned());
        let found = region::compare(before.as_ref(), after.as_ref(), limits)?;
        Ok(found.map(|found| {
            let seen = |half: &Half<'_>| half.seen(self.environment, found.witness.as_ref());
            let (first, second) = (seen(&self.before), seen(&self.after));
            let (witness, also) = if first.is_some() { (first, second) } else { (second, None) };
            Difference {
                flag: self.flag.to_owned(),
                environment: self.environment.to_owned(),
                before: self.before.end(&found.before, found.witness.as_ref()),
                after: self.after.end(&found.after, found.witness.as_ref()),
                witness,
                also,
            }
        }))
    }
}

fn document(args: &Args, pairs: &[Pair<'_>], answers: Vec<Result<Option<Difference>, Undecided>>) -> Document {
    let mut question = format!("equal {} {}", quoted(&args.first), quoted(&args.second));
    for (name, value) in [("--env", &args.env), ("--flag", &args.flag)] {
        if let Some(value) = value {
            question.push_str(&format!(" {name} {}", quoted(value)));
        }
    }
    let (mut differences, mut undecided) = (Vec::new(), Vec::new());
    for (pair, answer) in pairs.iter().zip(answers) {
        match answer {
            Ok(difference) => differences.extend(difference),
            Err(Undecided { reason }) => {
                undecided.push(Open { flag: pair.flag.to_owned(), environment: pair.environment.to_owned(), reason });
            }
        }
    }
    let sides = format!("`{}` and `{}`", args.first, args.second);
    let all = counted(pairs.len(), "waterfall");
    let (answer, sentence) = if !differences.is_empty() {
        (
            Answer::Refuted,
            format!("{sides} do not do the same to everybody: they differ in {} of {all}", differences.len()),
        )
    } else if !undecided.is_empty() {
        (
            Answer::Undecided,
            format!("whether {sides} do the same to everybody is open for {} of {all}", undecided.len()),
        )
    } else {
        (Answer::Proved, format!("{sides} do the same to everybody, in {all}"))
    };
    let witness = differences.iter().find_map(|difference| difference.witness.clone());
    Document { differences, undecided, witness, ..Document::new(question, answer, sentence) }
}
