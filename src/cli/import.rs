//! `flagfall import`: configurations somebody else wrote, as a workspace.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::{Context, Exit, FailOn, Format};
use crate::diagnostic::render::{Summary, human, json, plain};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::failure::Failure;
use crate::import::{Imported, import};
use crate::source::SourceSet;
use crate::ufc::{self, Config};
use crate::workspace::write::{Existing, write_all};

/// Turn UFC documents into a workspace
///
/// Each FILE is one environment's document, named by the --env at the same place. Compiling the workspace gives every
/// subject the same variation, value, allocation key and logging as the documents do. Flags that the language cannot
/// say exactly are refused by name; then nothing is written, unless --partial.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall import flags-v1.json --env production --out flags
  flagfall import test.json prod.json --env test --env production --out flags
  flagfall import flags-v1.json --env production --out flags --partial")]
pub struct Args {
    /// UFC documents, SERVER form
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The name of each document's environment, in the order of the files
    #[arg(long = "env", value_name = "NAME", required = true)]
    pub environments: Vec<String>,
    /// The directory to write; it must not exist, or be empty
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write what can be said, and only warn of the rest
    #[arg(long)]
    pub partial: bool,
}

/// Runs it.
///
/// # Errors
/// When a document cannot be read, or the directory not be written.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let documents = documents(args)?;
    if std::fs::read_dir(&args.out).is_ok_and(|mut entries| entries.next().is_some()) {
        let message = format!("`{}` is not empty", args.out.display());
        return Err(Failure::new(message).help("name a directory that does not exist yet; nothing was written"));
    }
    if std::fs::metadata(&args.out).is_ok_and(|found| !found.is_dir()) {
        let message = format!("`{}` is not a directory", args.out.display());
        return Err(Failure::new(message).help("name a directory that does not exist yet; nothing was written"));
    }
    let imported = import(&documents, context.now.to_zoned(TimeZone::UTC).date());
    let findings = findings(&imported, args);
    report(&findings, &imported, context);
    if !findings.is_empty() && !args.partial {
        context.output.messages().line("nothing was written; `--partial` writes the other flags");
        return Ok(Exit::Found);
    }
    let texts: Vec<(PathBuf, String)> =
        imported.files.iter().map(|(path, text)| (args.out.join(path), text.clone())).collect();
    write_all(&texts, Existing::Refuse)?;
    if context.options.face() == Format::Human {
        let results = context.output.results();
        for path in imported.files.keys() {
            results.line(args.out.join(path).display());
        }
    }
    let said = format!("{} imported, {} refused", counted(imported.flags, "flag"), imported.refused.len());
    context.output.messages().line(said);
    let failing = context.options.fail_on == FailOn::Warning && !findings.is_empty();
    Ok(if failing { Exit::Found } else { Exit::Clean })
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn documents(args: &Args) -> Result<Vec<(String, Config)>, Failure> {
    if args.files.len() != args.environments.len() {
        let (files, names) = (counted(args.files.len(), "file"), args.environments.len());
        return Err(
            Failure::new(format!("{files} and {names} `--env`")).help("name each file's environment once, in order")
        );
    }
    let mut documents: Vec<(String, Config)> = Vec::new();
    for (file, environment) in args.files.iter().zip(&args.environments) {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if environment.is_empty() || !environment.chars().all(is_name) {
            let message = format!("`{environment}` is no name for an environment");
            return Err(Failure::new(message).help("use letters, digits, `.`, `_` and `-`"));
        }
        let lower = environment.to_lowercase();
        if lower == "manifest" || lower.ends_with(".client") {
            let message = format!("no environment can be called `{environment}`");
            return Err(Failure::new(message).help("it would be the name of a file flagfall writes; choose another"));
        }
        if documents.iter().any(|(known, _)| known.eq_ignore_ascii_case(environment)) {
            return Err(Failure::new(format!("environment `{environment}` is named twice")));
        }
        documents.push((environment.clone(), document(file)?));
    }
    Ok(documents)
}

fn document(file: &Path) -> Result<Config, Failure> {
    let name = file.display();
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    let bytes = bytes.map_err(|error| Failure::new(format!("cannot read `{name}`: {error}")))?;
    let config = ufc::read(&bytes).map_err(|error| Failure::new(format!("`{name}` is no UFC document: {error}")))?;
    match config.format {
        ufc::Format::Server => Ok(config),
        ufc::Format::Client => Err(Failure::new(format!("`{name}` is obfuscated: its names are hashes"))
            .help("import the SERVER form of the same configuration")),
    }
}

fn findings(imported: &Imported, args: &Args) -> Vec<Diagnostic> {
    let (severity, help) = if args.partial {
        (Severity::Warning, "it is left out; change it where it comes from, or write it by hand")
    } else {
        (Severity::Error, "change the flag where it comes from and import again, or import the others with `--partial`")
    };
    let finding = |(flag, reason): (&String, &String)| {
        Diagnostic::global(Rule::NotExpressible, format!("flag `{flag}` cannot be imported exactly: {reason}"))
            .severity(severity)
            .meaning("an approximation would give some subjects something else than they get now")
            .help(help)
            .flag(flag)
    };
    imported.refused.iter().map(finding).collect()
}

fn report(findings: &[Diagnostic], imported: &Imported, context: &mut Context) {
    let sources = SourceSet::new();
    match context.options.face() {
        Format::Human => {
            let look = context.output.messages().terminal().look();
            let text = human::render(findings, &sources, look);
            context.output.messages().text(&text);
        }
        Format::Plain => context.output.messages().text(&plain::render(findings, &sources)),
        Format::Json => {
            let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
            let summary = Summary {
                errors,
                warnings: findings.len() - errors,
                files: imported.files.len(),
                flags: imported.flags,
                ..Summary::default()
            };
            context.output.results().text(&json::render(findings, &sources, &summary));
        }
    }
}
