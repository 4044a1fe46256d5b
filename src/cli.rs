//! The command line: arguments in, one [`Exit`] out. Commands are one file each.

#[cfg(feature = "cluster")]
pub mod agent;
pub mod blame;
pub mod cached;
pub mod check;
pub mod ci;
pub mod compile;
pub mod completions;
mod contain;
#[cfg(feature = "cluster")]
pub mod controller;
pub mod diff;
pub mod eval;
pub mod explain;
pub mod history;
pub mod import;
pub mod init;
pub mod layers;
#[cfg(feature = "cluster")]
pub mod live;
pub mod log;
pub mod man;
pub mod output;
pub mod outputs;
pub mod prove;
pub mod publish;
pub mod rules;
pub mod schema;
pub mod session;
pub mod show;
pub mod side;
pub mod simulate;
pub mod sql;
pub mod status;
pub mod test;
pub mod verify;
#[cfg(feature = "cluster")]
pub mod worker;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::diagnostic::Severity;
use crate::failure::Failure;
use crate::git;
use output::Output;

/// How a run ended; the numbers are the exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: nothing at or above the fail level, no failed test, no difference.
    Clean,
    /// 1: findings at or above the fail level, failed tests, or a difference.
    Found,
    /// 2: could not do the job.
    Failed,
}

impl Exit {
    /// The exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Found => 1,
            Self::Failed => 2,
        }
    }
}

/// A face of the output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people at a terminal.
    #[default]
    Human,
    /// One line for each result or finding, for grep and editors.
    Plain,
    /// One JSON document, for programs.
    Json,
}

/// What `--format` takes: a face of every command, or a page, which some commands can write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FormatOption {
    /// For people at a terminal.
    #[default]
    Human,
    /// One line for each result or finding, for grep and editors.
    Plain,
    /// One JSON document, for programs.
    Json,
    /// Markdown, for a comment or a step summary (diff only).
    Md,
    /// A page of HTML that needs nothing else (diff only).
    Html,
}

/// A page for people who are not at a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Markdown.
    Markdown,
    /// HTML.
    Html,
}

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// From which weight on findings fail the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Warnings and errors fail.
    Warning,
    /// Only errors fail.
    #[default]
    Error,
}

impl FailOn {
    /// The least weight that fails a run.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::Warning => Severity::Warning,
            Self::Error => Severity::Error,
        }
    }
}

/// The options of every command.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Options {
    /// How to show results and findings
    #[arg(long, global = true, value_enum, default_value_t, hide_possible_values = false)]
    pub format: FormatOption,
    /// The same as --format json
    #[arg(long, global = true)]
    pub json: bool,
    /// When to colour; NO_COLOR and CLICOLOR_FORCE are obeyed
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: Color,
    /// From which weight on findings make the exit code 1
    #[arg(long, global = true, value_enum, default_value_t)]
    pub fail_on: FailOn,
}

impl Options {
    /// The face asked for.
    #[must_use]
    pub fn face(&self) -> Format {
        match self.format {
            _ if self.json => Format::Json,
            FormatOption::Json => Format::Json,
            FormatOption::Plain => Format::Plain,
            FormatOption::Human | FormatOption::Md | FormatOption::Html => Format::Human,
        }
    }

    /// The page asked for instead of a face.
    #[must_use]
    pub fn page(&self) -> Option<Page> {
        match self.format {
            _ if self.json => None,
            FormatOption::Md => Some(Page::Markdown),
            FormatOption::Html => Some(Page::Html),
            FormatOption::Human | FormatOption::Plain | FormatOption::Json => None,
        }
    }
}

/// `--workspace DIR`, for commands whose arguments are something else.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct WorkspaceOption {
    /// The directory that holds flagfall.kdl [default: found here or above]
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
}

/// What a command is handed besides its own arguments.
#[derive(Debug)]
pub struct Context {
    /// The options of every command.
    pub options: Options,
    /// Where results, findings and progress go.
    pub output: Output,
    /// When the command started.
    pub now: Timestamp,
}

/// A declarative feature-flag compiler: KDL flags in, the evaluator's JSON out.
#[derive(Debug, Parser)]
#[command(
    name = "flagfall",
    version,
    about,
    max_term_width = 100,
    after_help = "Exit codes: 0 clean, 1 findings, failed tests or a difference, 2 could not do the job."
)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Check(check::Args),
    Compile(compile::Args),
    Publish(publish::Args),
    Verify(verify::Args),
    Diff(diff::Args),
    Ci(ci::Args),
    Test(test::Args),
    Eval(eval::Args),
    Simulate(simulate::Args),
    Sql(sql::Args),
    Show(show::Args),
    Layers(layers::Args),
    Prove(prove::Args),
    Log(log::Args),
    Blame(blame::Args),
    Import(import::Args),
    #[cfg(feature = "cluster")]
    Agent(agent::Args),
    #[cfg(feature = "cluster")]
    Controller(Box<controller::Args>),
    #[cfg(feature = "cluster")]
    Status(status::Args),
    Explain(explain::Args),
    Rules(rules::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
    #[cfg(feature = "cluster")]
    #[command(hide = true)]
    Worker(worker::Args),
}

/// Everything the command line takes, for shells and manuals.
fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(output::report_panic));
    let exit = std::panic::catch_unwind(|| run(std::env::args_os())).unwrap_or(Exit::Failed);
    ExitCode::from(exit.code())
}

fn run(arguments: impl Iterator<Item = OsString>) -> Exit {
    let Arguments { options, command } = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // A reader that left early is no reason to complain.
            let _ = error.print();
            return if error.use_stderr() { Exit::Failed } else { Exit::Clean };
        }
    };
    let output = Output::of_process(options.color);
    let mut context = Context { options, output, now: Timestamp::now() };
    // A build that is told which time it is believes it throughout.
    let ended = git::source_date_epoch().and_then(|told| {
        context.now = told.unwrap_or(context.now);
        dispatch(command, &mut context)
    });
    context.output.finish(ended)
}

fn dispatch(command: Command, context: &mut Context) -> Result<Exit, Failure> {
    if context.options.page().is_some() && !matches!(command, Command::Diff(_)) {
        return Err(Failure::new("only `flagfall diff` writes pages")
            .help("use `--format human`, `plain` or `json`; `flagfall show` has `--md` and `--svg`"));
    }
    match command {
        #[cfg(feature = "cluster")]
        Command::Diff(args) => live::diff(args, context),
        #[cfg(not(feature = "cluster"))]
        Command::Diff(args) => diff::run(&args, context),
        Command::Ci(args) => ci::run(&args, context),
        Command::Init(args) => init::run(&args, context),
        Command::Check(args) => check::run(&args, context),
        Command::Compile(args) => compile::run(&args, context),
        Command::Publish(args) => match args.remote.as_ref().map(|_| contain::contained()).transpose()?.flatten() {
            Some(exit) => Ok(exit),
            None => publish::run(&args, context),
        },
        Command::Verify(args) => verify::run(&args, context),
        Command::Test(args) => test::run(&args, context),
        Command::Eval(args) => eval::run(&args, context),
        Command::Simulate(args) => simulate::run(&args, context),
        Command::Sql(args) => sql::run(&args, context),
        Command::Show(args) => show::run(&args, context),
        Command::Layers(args) => layers::run(&args, context),
        Command::Prove(args) => prove::run(&args, context),
        Command::Log(args) => log::run(&args, context),
        Command::Blame(args) => blame::run(&args, context),
        #[cfg(feature = "cluster")]
        Command::Agent(args) => agent::run(&args, context),
        #[cfg(feature = "cluster")]
        Command::Controller(args) => controller::run(&args, context),
        #[cfg(feature = "cluster")]
        Command::Status(args) => status::run(&args, context),
        Command::Import(args) => import::run(&args, context),
        Command::Explain(args) => explain::run(&args, context),
        Command::Rules(args) => rules::run(&args, context),
        Command::Schema(args) => schema::run(&args, context),
        Command::Completions(args) => completions::run(&args, context),
        Command::Man(args) => man::run(&args, context),
        #[cfg(feature = "cluster")]
        Command::Worker(args) => worker::run(&args, context),
    }
}
