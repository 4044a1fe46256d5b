//! `flagfall ci`: everything a pull request has to pass, in one run and one report.

pub(super) mod document;

use std::path::PathBuf;

use super::session::{self, Session};
use super::{Context, Exit, Format, WorkspaceOption, compile, diff, outputs, prove, test};
use crate::diagnostic::render::report::{Case, Outcome, Report, Section, Suite};
use crate::diagnostic::render::{Summary, counted, human, plain};
use crate::diagnostic::{Diagnostic, Severity, Sink};
use crate::failure::Failure;
use crate::region::Limits;
use crate::source::SourceSet;
use crate::test::CaseResult;
use document::Document;

/// Run every gate of a pull request, in one report
///
/// Check, test, diff with its rules of change safety, and whether committed output is up to date. Findings of check and of change safety are one list; every gate says whether it passed, failed, or why
/// it did not run. The base is what `flagfall diff` takes: the merge base with the default branch, unless given.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall ci
  flagfall ci --base origin/main --only production
  flagfall ci -o github -o sarif=flagfall.sarif -o md=summary.md

Exit codes: 0 every gate passed, 1 a gate failed, 2 could not do the job: outside of git, no base, an unreadable workspace.")]
pub struct Args {
    /// The directory that holds flagfall.kdl [default: found here or above]
    #[arg(value_name = "WORKSPACE")]
    pub workspace: Option<PathBuf>,
    /// What to compare with: a git revision or a directory [default: the merge base with the default branch]
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Only compare these environments [default: all]
    #[arg(long, value_name = "ENVIRONMENT", value_delimiter = ',')]
    pub only: Vec<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub outputs: outputs::Options,
}

/// How a gate ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// As it should.
    Passed,
    /// Otherwise.
    Failed,
    /// It did not run.
    Skipped,
}

impl State {
    fn of(passed: bool) -> Self {
        if passed { Self::Passed } else { Self::Failed }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// A gate, and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    pub(super) name: &'static str,
    pub(super) state: State,
    /// In a line.
    pub(super) told: String,
}

/// What a run found.
struct Run<'s> {
    session: &'s Session,
    /// The session's texts, and those of the base behind them.
    sources: SourceSet,
    findings: Vec<Diagnostic>,
    gates: Vec<Gate>,
    sections: Vec<Section>,
    suites: Vec<Suite>,
    failing: Severity,
}

/// Runs it.
///
/// # Errors
/// When the workspace or the base cannot be read, or an output cannot be written.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    outputs::prepare(&args.outputs.output, context)?;
    let session = session::open(args.workspace.as_deref(), context.now)?;
    let failing = context.options.fail_on.severity();
    let (findings, gates) = (session.findings.clone(), vec![checked(&session, failing)]);
    let (sections, suites) = (Vec::new(), Vec::new());
    let sources = session.sources.clone();
    let mut run = Run { session: &session, sources, findings, gates, sections, suites, failing };
    run.test(context);
    run.diff(args, context)?;
    run.output()?;
    run.show(args, context)?;
    let failed = run.gates.iter().any(|gate| gate.state == State::Failed);
    Ok(if failed { Exit::Found } else { Exit::Clean })
}

fn checked(session: &Session, failing: Severity) -> Gate {
    let passed = session.findings.iter().all(|finding| finding.severity < failing);
    Gate { name: "check", state: State::of(passed), told: human::summary(&session.findings, &session.summary) }
}

impl Run<'_> {
    fn skip(&mut self, name: &'static str, why: &str) {
        self.gates.push(Gate { name, state: State::Skipped, told: why.to_owned() });
    }

    fn test(&mut self, context: &mut Context) {
        let Some(checked) = self.session.checked.as_ref().filter(|_| self.session.summary.errors == 0) else {
            return self.skip("test", "the workspace has errors");
        };
        let results = test::all(checked);
        self.suites.extend(test::suites(&results, &self.session.sources));
        let failed = results.iter().filter(|result| !result.failures.is_empty()).count();
        let told = match (results.len(), failed) {
            (0, _) => "there are no cases".to_owned(),
            (all, 0) => counted(all, "case"),
            (all, failed) => format!("{failed} of {} failed", counted(all, "case")),
        };
        self.gates.push(Gate { name: "test", state: State::of(failed == 0), told });
        let messages = context.output.messages();
        for result in results.iter().filter(|result| !result.failures.is_empty()) {
            for line in failures(result, self.session) {
                messages.line(line);
            }
        }
    }

    fn diff(&mut self, args: &Args, context: &mut Context) -> Result<(), Failure> {
        if self.session.checked.is_none() {
            self.skip("diff", "the workspace has errors");
            return Ok(());
        }
        let asked = diff::Args {
            base: args.base.clone(),
            head: None,
            only: args.only.clone(),
            flag: None,
            days: 30,
            all_upcoming: false,
            exit_code: false,
            population: None,
            workspace: WorkspaceOption { workspace: args.workspace.clone() },
            budget: prove::Budget { node_budget: Limits::default().nodes as u64 },
            outputs: outputs::Options::default(),
        };
        let failing = self.failing;
        let compared = diff::with(&asked, Some(self.session), context, |shown, context| {
            if context.options.face() == Format::Human {
                diff::show(shown, context);
            }
            let findings = shown.plan.findings.clone();
            let undecided = shown.plan.changes.iter().filter(|change| change.undecided.is_some()).count();
            let passed = undecided == 0 && findings.iter().all(|finding| finding.severity < failing);
            Ok((diff::report::sections(shown), findings, passed, diff::summary(shown), shown.texts.cloned()))
        })?;
        let Some((sections, findings, passed, told, texts)) = compared else {
            self.skip("diff", "the base has errors");
            return Ok(());
        };
        self.sections.extend(sections);
        self.gates.push(Gate { name: "diff", state: State::of(passed), told });
        if let Some(texts) = texts {
            self.sources = texts;
        }
        let mut all = Sink::new();
        self.findings.drain(..).chain(findings).for_each(|finding| all.push(finding));
        self.findings = all.into_sorted(&self.sources);
        Ok(())
    }

    /// Only where somebody commits output.
    fn output(&mut self) -> Result<(), Failure> {
        let Some(checked) = self.session.checked.as_ref().filter(|_| self.session.summary.errors == 0) else {
            self.skip("output", "the workspace has errors");
            return Ok(());
        };
        match compile::outdated(checked, &self.session.directory)? {
            None => self.skip("output", "no compiled output is beside flagfall.kdl"),
            Some(outdated) if outdated.is_empty() => {
                let told = "compiled output is up to date".to_owned();
                self.gates.push(Gate { name: "output", state: State::Passed, told });
            }
            Some(outdated) => {
                let told = format!("{}: run `flagfall compile` and commit the result", outdated.join("; "));
                self.gates.push(Gate { name: "output", state: State::Failed, told });
            }
        }
        Ok(())
    }

    fn show(&self, args: &Args, context: &mut Context) -> Result<(), Failure> {
        let face = context.options.face();
        match face {
            Format::Human => {
                // Findings of the difference stand below it; those of the check are told here.
                self.session.report(context, false);
                let results = context.output.results();
                results.text("\n");
                for gate in &self.gates {
                    results.line(format_args!(
                        "{:7} {:8} {}",
                        gate.name,
                        gate.state.word(),
                        super::output::printable(&gate.told)
                    ));
                }
            }
            Format::Plain => {
                let results = context.output.results();
                results.text(&plain::render(&self.findings, &self.sources));
                for gate in &self.gates {
                    results.line(format_args!(
                        "{}\t{}\t{}",
                        gate.name,
                        gate.state.word(),
                        super::output::printable(&gate.told)
                    ));
                }
            }
            Format::Json => context.output.results().json(&self.document()),
        }
        let report = self.report(args);
        let document = || serde_json::to_string(&self.document()).unwrap_or_default();
        outputs::write(&args.outputs.output, &|kind| Ok(outputs::face(kind, &report, &document)), context)
    }

    fn document(&self) -> Document<'_> {
        Document::new(&self.gates, &self.findings, &self.sources, &self.summary())
    }

    fn summary(&self) -> Summary {
        let count = |severity| self.findings.iter().filter(|finding| finding.severity == severity).count();
        Summary { errors: count(Severity::Error), warnings: count(Severity::Warning), ..self.session.summary }
    }

    fn report(&self, args: &Args) -> Report<'_> {
        let failed: Vec<&str> =
            self.gates.iter().filter(|gate| gate.state == State::Failed).map(|gate| gate.name).collect();
        let verdict = if failed.is_empty() {
            let ran = self.gates.iter().filter(|gate| gate.state == State::Passed).count();
            format!("{} passed", counted(ran, "gate"))
        } else {
            format!("failed: {}", failed.join(", "))
        };
        let gates = Section {
            heading: "Gates".to_owned(),
            columns: ["gate", "", "what"].map(str::to_owned).to_vec(),
            rows: self
                .gates
                .iter()
                .map(|gate| vec![gate.name.to_owned(), gate.state.word().to_owned(), gate.told.clone()])
                .collect(),
            ..Section::default()
        };
        let cases = self.gates.iter().map(|gate| Case {
            name: gate.name.to_owned(),
            class: "flagfall".to_owned(),
            outcome: match gate.state {
                State::Passed => Outcome::Passed,
                State::Skipped => Outcome::Skipped { message: gate.told.clone() },
                State::Failed => {
                    Outcome::Failed { kind: "gate".to_owned(), message: gate.told.clone(), text: String::new() }
                }
            },
            output: gate.told.clone(),
        });
        let gate_suite = Suite { name: "gates".to_owned(), cases: cases.collect() };
        Report {
            command: "flagfall ci".to_owned(),
            key: args.outputs.key.clone(),
            passed: failed.is_empty(),
            verdict,
            failing: self.failing,
            findings: &self.findings,
            sources: &self.sources,
            summary: self.summary(),
            sections: std::iter::once(gates).chain(self.sections.iter().cloned()).collect(),
            suites: std::iter::once(gate_suite).chain(self.suites.iter().cloned()).collect(),
        }
    }
}

/// `flags/a.test.kdl:3:5: "everybody" of `checkout` in production: expected on`.
fn failures(result: &CaseResult, session: &Session) -> Vec<String> {
    let told = result.failures.iter().map(|failure| {
        let (start, _) = session.sources.place(failure.span);
        let file = &session.sources.file(failure.span.file).name;
        let line = format!(
            "{file}:{}:{}: test `{}` of `{}` in {}: {}",
            start.line, start.column, result.name, result.flag, result.environment, failure.message
        );
        super::output::printable(&line).into_owned()
    });
    told.collect()
}
