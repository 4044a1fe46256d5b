//! `flagfall simulate`: who would get what, in a population.

mod bars;
pub(super) mod document;
pub(super) mod population;

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::eval::target::{Target, is_standard_input};
use super::eval::{instant, steps, to_millisecond};
use super::{Context, Exit, Format, WorkspaceOption};
use crate::count::Questions;
use crate::failure::Failure;
use crate::simulate::{Arm, Simulation, Simulator, served};
use population::{Population, Rows};

/// Assign a population and compare it with the exact shares
///
/// Makes up subjects (or reads them), assigns every one as the SDKs do, and shows for each step and variation the share
/// expected, counted exactly, beside the share that came out, with the verdict of a chi-square test: how large a canary
/// will be, before it is launched.
///
/// A population is CSV with a column `subject` and one column an attribute (an empty cell is a missing attribute), or JSON
/// lines {"subject","attributes"}. Expected shares are then the mean over its rows.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall simulate new-user-onboarding --env production --given country=US app-version=2.4.0
  flagfall simulate new-user-onboarding --env production --population visitors.csv
  flagfall simulate checkout-copy --ufc dist/production.json --subjects 1000000 --json
  flagfall simulate checkout-copy --env production --at 2026-12-08T09:00:00Z --csv > shares.csv")]
pub struct Args {
    /// The flag's key
    #[arg(value_name = "FLAG")]
    pub flag: String,
    /// The environment
    #[arg(long, value_name = "ENVIRONMENT", required_unless_present = "ufc", conflicts_with = "ufc")]
    pub env: Option<String>,
    /// What all subjects have in common: name=value, typed as the workspace declares
    #[arg(long, value_name = "NAME=VALUE", num_args = 1.., conflicts_with = "population")]
    pub given: Vec<String>,
    /// How many subjects to make up
    #[arg(long, value_name = "N", default_value_t = 100_000, conflicts_with = "population",
          value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub subjects: u64,
    /// Subjects from a file, .csv or .jsonl; - is JSON lines from standard input
    #[arg(long, value_name = "FILE")]
    pub population: Option<PathBuf>,
    /// Makes up other subjects
    #[arg(long, value_name = "S", default_value_t = 1, conflicts_with = "population")]
    pub seed: u64,
    /// Simulate this UFC file instead of a workspace; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "workspace")]
    pub ufc: Option<PathBuf>,
    /// The instant, RFC 3339 [default: now]
    #[arg(long, value_name = "INSTANT")]
    pub at: Option<String>,
    /// Comma-separated values, a row an arm
    #[arg(long, conflicts_with_all = ["json", "format"])]
    pub csv: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub workspace: WorkspaceOption,
}

/// A simulation and what it was about.
struct Outcome<'a> {
    target: &'a Target,
    flag: &'a str,
    at: Timestamp,
    /// In words: `made up (seed 1)`, or the file's name.
    population: String,
    rows: Rows,
    simulation: Simulation,
}

impl Outcome<'_> {
    /// The step's name as its author gave it, or the allocation key of a file.
    fn step(&self, arm: &Arm) -> String {
        let origin = self.target.origins(self.flag).and_then(|(origins, _)| origins.get(arm.index));
        origin.map_or_else(|| arm.allocation.clone(), |origin| origin.step.clone())
    }

    /// The step's name, and by which holdout the subjects are held out.
    fn heading(&self, arm: &Arm) -> String {
        let origin = self.target.origins(self.flag).and_then(|(origins, _)| origins.get(arm.index));
        steps::name(&arm.allocation, origin)
    }

    /// What the test says about the population.
    fn verdict(&self) -> String {
        match &self.simulation.deviation {
            Some(deviation) => deviation.verdict(),
            None if self.simulation.by_chance => {
                "no verdict: too few subjects; the test takes at least 5 expected in each of two outcomes".to_owned()
            }
            None => "as expected: nothing is left to chance".to_owned(),
        }
    }
}

/// Runs it.
///
/// # Errors
/// When the workspace or a file cannot be read, or the shares cannot be counted.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let at = args.at.as_deref().map_or_else(|| Ok(to_millisecond(context.now)), instant)?;
    let Some(target) = open(args, context)? else { return Ok(Exit::Found) };
    target.check_flag(&args.flag, context)?;
    let population = population(args, &target, context)?;
    let described = population.to_string();
    let flag = served(&target.config, &args.flag);
    let questions = flag.map(|flag| Questions::new(target.config.format, flag)).unwrap_or_default();
    let mut simulator = Simulator::new(&target.config, &args.flag, &questions, at);
    let progress = progress(&population, context);
    let rows = population.each(target.declared(), |subjects| {
        simulator.take(&subjects);
        progress.inc(u64::try_from(subjects.len()).unwrap_or(0));
    });
    progress.finish_and_clear();
    let rows = rows?;
    if rows.subjects == 0 {
        return Err(Failure::new("the population is empty"));
    }
    let simulation = simulator.finish().map_err(|_| {
        Failure::new(
            "too large to count: so many steps share their salts with others that counting would take too long",
        )
        .help("simulate with attributes that fewer steps target")
    })?;
    let outcome = Outcome { target: &target, flag: &args.flag, at, population: described, rows, simulation };
    show(args, &outcome, context)
}

fn open(args: &Args, context: &mut Context) -> Result<Option<Target>, Failure> {
    match &args.ufc {
        Some(file) => Target::of_file(file).map(Some),
        None => Target::of_workspace(args.workspace.workspace.as_deref(), args.env.as_deref(), context),
    }
}

fn population(args: &Args, target: &Target, context: &mut Context) -> Result<Population, Failure> {
    let Some(file) = &args.population else {
        let attributes = target.attributes(&args.given, context)?;
        return Ok(Population::MadeUp { subjects: args.subjects, seed: args.seed, attributes });
    };
    if is_standard_input(file) && args.ufc.as_deref().is_some_and(is_standard_input) {
        return Err(Failure::new("standard input cannot be both the configuration and the population")
            .help("put one of them in a file"));
    }
    Population::of_file(file)
}

fn progress(population: &Population, context: &mut Context) -> ProgressBar {
    if !context.output.messages().terminal().interactive {
        return ProgressBar::hidden();
    }
    let bar = match population {
        Population::MadeUp { subjects, .. } => ProgressBar::new(*subjects),
        Population::Csv(_) | Population::JsonLines(_) => ProgressBar::new_spinner(),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
    let style = ProgressStyle::with_template("  {wide_bar} {human_pos} subjects, {eta} left");
    if let (Population::MadeUp { .. }, Ok(style)) = (population, style) {
        bar.set_style(style);
    }
    bar
}

fn show(args: &Args, outcome: &Outcome<'_>, context: &mut Context) -> Result<Exit, Failure> {
    for note in outcome.rows.notes() {
        context.output.messages().line(format_args!("note: {note}"));
    }
    if args.csv {
        let text = document::csv(outcome)?;
        context.output.results().text(&text);
        return Ok(Exit::Clean);
    }
    let face = context.options.face();
    let out = context.output.results();
    let look = out.terminal().look();
    match face {
        Format::Human => out.text(&bars::render(outcome, look)),
        Format::Plain => out.text(&bars::plain(outcome)),
        Format::Json => out.json(&document::document(outcome)),
    }
    Ok(Exit::Clean)
}
