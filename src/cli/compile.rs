//! `flagfall compile`: every environment to the JSON its evaluators read.

mod committed;
mod configmap;
pub(super) mod document;
mod files;
mod kept;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::session::{self, Session};
use super::{Context, Exit, Format, cached};
use crate::cache::fragments::Compiled;
use crate::check::Checked;
use crate::compile::{self, compile, instant};
use crate::diagnostic::{Sink, suggest};
use crate::failure::Failure;
use crate::model::Environment;
use crate::workspace::write::{Existing, shown, write_all};
use crate::{git, ufc};
use committed::State;
use document::{Document, File, Refused};

/// The directory beside `flagfall.kdl` that output goes to.
const OUTPUT: &str = "dist";

/// What `createdAt` says where neither a commit nor `SOURCE_DATE_EPOCH` does.
const EPOCH: &str = "1970-01-01T00:00:00.000Z";

/// Write the JSON that evaluators read, one file per environment
///
/// Compiles every environment to DIR/ENVIRONMENT.json. Refuses a workspace with errors, and writes
/// all files or none. `createdAt` is SOURCE_DATE_EPOCH, else the time of the commit, so equal input gives equal bytes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall compile
  flagfall compile flags --client --out build/flags
  flagfall compile --env production
  flagfall compile --check
  flagfall compile --emit configmap --env production --name flags --layout gzip | kubectl apply --server-side -f -")]
pub struct Args {
    /// The directory that holds flagfall.kdl [default: found here or above]
    #[arg(value_name = "WORKSPACE")]
    pub workspace: Option<PathBuf>,
    /// Where to write [default: dist beside flagfall.kdl]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Only this environment; may be given several times
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    pub environments: Vec<String>,
    /// Also write DIR/ENVIRONMENT.client.json, the obfuscated form for clients
    #[arg(long)]
    pub client: bool,
    /// Write nothing; fail when what is written differs in anything but createdAt
    #[arg(long)]
    pub check: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub emit: configmap::Options,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub cache: cached::CacheOption,
}

impl Args {
    /// Whether all environments are written, for servers only.
    fn are_plain(&self) -> bool {
        self.environments.is_empty() && !self.client && !self.check && self.emit.emit.is_none()
    }
}

/// One file of output.
struct Emitted {
    environment: String,
    path: PathBuf,
    config: ufc::Config,
    /// The SERVER form's flags by the keys they have in this file, to name flags in obfuscated files.
    flags: Vec<(String, String)>,
}

impl Emitted {
    fn format(&self) -> &'static str {
        match self.config.format {
            ufc::Format::Server => SERVER,
            ufc::Format::Client => "CLIENT",
        }
    }

    fn file(&self, file: String, state: &'static str) -> File {
        File {
            environment: Some(self.environment.clone()),
            format: Some(self.format()),
            flags: Some(self.flags.len()),
            state,
            ..left_over(&file)
        }
    }

    /// As it is written. The configuration goes: of a large workspace, all of them together would take more memory than anything else.
    fn written(self) -> (File, (PathBuf, String)) {
        let text = ufc::write::to_json(&self.config);
        let format = self.format();
        let about =
            File::written(&self.path, self.environment, format, self.flags.len(), text.len(), &self.config.created_at);
        (about, (self.path, text))
    }
}

/// How the form for servers is called.
const SERVER: &str = "SERVER";

impl File {
    /// A file that was written.
    fn written(
        path: &Path,
        environment: String,
        format: &'static str,
        flags: usize,
        bytes: usize,
        created_at: &str,
    ) -> Self {
        Self {
            state: "written",
            environment: Some(environment),
            format: Some(format),
            flags: Some(flags),
            bytes: Some(bytes),
            created_at: Some(created_at.to_owned()),
            ..left_over(&shown(path))
        }
    }
}

/// A file that no environment explains.
fn left_over(file: &str) -> File {
    File {
        file: file.to_owned(),
        state: State::Stale.word(),
        environment: None,
        format: None,
        flags: None,
        bytes: None,
        created_at: None,
        reason: None,
        flag: None,
    }
}

/// Runs it.
///
/// # Errors
/// When the workspace cannot be read or the output cannot be written.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let mut sink = Sink::new();
    let loaded = session::load(args.workspace.as_deref(), &mut sink)?;
    match args.cache.store(&loaded.sources).filter(|_| args.are_plain()) {
        Some(store) => kept::run(args, loaded, sink, &store, context),
        None => of_session(args, &session::read(loaded, sink, context.now), context, &mut |_, _| ()),
    }
}

/// Whoever keeps what was written: every environment, by name, with its text.
type Keep<'k> = &'k mut dyn FnMut(&Checked, &[Compiled<'_>]);

/// Compiles a workspace that was read whole. Whoever keeps what was written is told.
fn of_session(args: &Args, session: &Session, context: &mut Context, keep: Keep<'_>) -> Result<Exit, Failure> {
    session.report(context, false);
    let exit = session.exit(context.options.fail_on);
    let Some(checked) = session.checked.as_ref().filter(|_| exit == Exit::Clean) else {
        return Ok(refuse(args, context, session));
    };
    let environments = chosen(checked, &args.environments)?;
    let created = created(&session.directory)?;
    if args.emit.emit.is_some() {
        return configmap::run(args, checked, &environments, &session.directory, created.as_deref(), context);
    }
    let out = args.out.clone().unwrap_or_else(|| session.directory.join(OUTPUT));
    let created_at = created.as_deref().unwrap_or(EPOCH);
    if args.check {
        let outputs = outputs(checked, &environments, &out, created_at, args, |one| one);
        return check(context, &outputs, &stale(checked, &out)?, &out);
    }
    note_time(created.as_deref(), context);
    let outputs = match args.client {
        true => outputs(checked, &environments, &out, created_at, args, Emitted::written),
        false => environments.iter().map(|environment| written(checked, environment, &out, created_at)).collect(),
    };
    let (files, texts): (Vec<File>, Vec<(PathBuf, String)>) = outputs.into_iter().unzip();
    write_all(&texts, Existing::Replace)?;
    let kept: Vec<Compiled<'_>> = files
        .iter()
        .zip(&texts)
        .filter_map(|(file, (_, text))| Some((file.environment.as_deref()?, text.as_str())))
        .collect();
    keep(checked, &kept);
    report(context, files);
    Ok(Exit::Clean)
}

/// One environment's file for servers: what is said of it, where it goes, and its text.
fn written(checked: &Checked, environment: &Environment, out: &Path, created_at: &str) -> (File, (PathBuf, String)) {
    let path = out.join(format!("{}.json", environment.name));
    let (text, flags) = compile::text(checked, environment, created_at);
    let about = File::written(&path, environment.name.value.clone(), SERVER, flags, text.len(), created_at);
    (about, (path, text))
}

fn note_time(created: Option<&str>, context: &mut Context) {
    if created.is_none() {
        let note = format_args!("note: no commit and no SOURCE_DATE_EPOCH, so createdAt is {EPOCH}");
        context.output.messages().line(note);
    }
}

/// What `check` refuses is not compiled.
fn refuse(args: &Args, context: &mut Context, session: &Session) -> Exit {
    let nothing = if args.check { "nothing was compared" } else { "nothing was written" };
    match context.options.face() {
        Format::Json => {
            let summary = &session.summary;
            let refused = Some(Refused { errors: summary.errors, warnings: summary.warnings });
            context.output.results().json(&Document { refused, ..Document::new(args.check, Vec::new()) });
        }
        Format::Human | Format::Plain => context.output.messages().line(nothing),
    }
    Exit::Found
}

fn chosen<'w>(checked: &'w Checked, names: &[String]) -> Result<Vec<&'w Environment>, Failure> {
    let all = &checked.workspace().environments;
    for name in names {
        if !all.iter().any(|environment| environment.name.value == *name) {
            let known: Vec<&str> = all.iter().map(|environment| environment.name.as_str()).collect();
            let help = match suggest::nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("flagfall.kdl has {}", known.join(", ")),
            };
            return Err(Failure::new(format!("there is no environment `{name}`")).help(help));
        }
    }
    let wanted = |environment: &Environment| names.is_empty() || names.contains(&environment.name.value);
    Ok(all.iter().map(AsRef::as_ref).filter(|environment| wanted(environment)).collect())
}

fn created(directory: &Path) -> Result<Option<String>, Failure> {
    let told = git::source_date_epoch()?;
    Ok(told.or_else(|| git::commit_time(directory)).map(instant))
}

/// In the order of the environments, the client's form after the server's, as much of each as `keep` keeps. A check also looks at
/// client files that are there.
fn outputs<T: Send>(
    checked: &Checked,
    environments: &[&Environment],
    out: &Path,
    created_at: &str,
    args: &Args,
    keep: impl Fn(Emitted) -> T + Sync,
) -> Vec<T> {
    let of_environment = |environment: &&Environment| {
        let name = environment.name.value.clone();
        let config = compile(checked, environment, created_at).config;
        let keys: Vec<String> = config.flags.keys().cloned().collect();
        let client = out.join(format!("{name}.client.json"));
        let obfuscated = (args.client || args.check && client.exists()).then(|| ufc::obfuscate::obfuscate(&config));
        let server = Emitted {
            environment: name.clone(),
            path: out.join(format!("{name}.json")),
            config,
            flags: keys.iter().map(|key| (key.clone(), key.clone())).collect(),
        };
        let mut outputs = vec![keep(server)];
        outputs.extend(obfuscated.map(|config| {
            let flags = keys.into_iter().map(|key| (ufc::obfuscate::hash(&key), key)).collect();
            keep(Emitted { environment: name, path: client, config, flags })
        }));
        outputs
    };
    environments.par_iter().flat_map_iter(of_environment).collect()
}

/// Compiled files of environments that the workspace does not have.
fn stale(checked: &Checked, out: &Path) -> Result<Vec<PathBuf>, Failure> {
    let known: Vec<&str> = checked.workspace().environments.iter().map(|one| one.name.as_str()).collect();
    files::compiled(out, |environment| known.contains(&environment))
}

/// Which compiled files beside a workspace do not say what it means, and how; none where there are none at all.
///
/// # Errors
/// When one cannot be read.
pub(super) fn outdated(checked: &Checked, directory: &Path) -> Result<Option<Vec<String>>, Failure> {
    let out = directory.join(OUTPUT);
    let environments: Vec<&Environment> = checked.workspace().environments.iter().map(AsRef::as_ref).collect();
    let args = Args {
        workspace: None,
        out: None,
        environments: Vec::new(),
        client: false,
        check: true,
        emit: configmap::Options::default(),
        cache: cached::CacheOption::default(),
    };
    let outputs = outputs(checked, &environments, &out, EPOCH, &args, |one| one);
    if !outputs.iter().any(|one| one.path.exists()) {
        return Ok(None);
    }
    let mut outdated = Vec::new();
    for one in &outputs {
        let state = State::of(one)?;
        if state != State::Current {
            outdated.push(format!("{}: {}", shown(&one.path), state.sentence()));
        }
    }
    outdated.extend(stale(checked, &out)?.iter().map(|path| format!("{}: {}", shown(path), State::Stale.sentence())));
    Ok(Some(outdated))
}

fn report(context: &mut Context, files: Vec<File>) {
    let face = context.options.face();
    let results = context.output.results();
    let count_and_size = |one: &File| (one.flags.unwrap_or(0), one.bytes.unwrap_or(0));
    match face {
        Format::Json => results.json(&Document::new(false, files)),
        Format::Plain => {
            for one in &files {
                let (file, environment) = (&one.file, one.environment.as_deref().unwrap_or(""));
                let (count, bytes) = count_and_size(one);
                results.line(format_args!("{file}\t{environment}\t{count}\t{bytes}"));
            }
        }
        Format::Human => {
            let width = files.iter().map(|one| one.file.chars().count()).max().unwrap_or(0);
            for one in &files {
                let (file, (count, bytes)) = (&one.file, count_and_size(one));
                let flags = if count == 1 { "flag" } else { "flags" };
                results.line(format_args!("{file:width$}  {count} {flags}, {bytes} bytes"));
            }
        }
    }
}

/// Compares with what is there, naming each file that differs and why.
fn check(context: &mut Context, outputs: &[Emitted], stale: &[PathBuf], out: &Path) -> Result<Exit, Failure> {
    let mut states = Vec::new();
    for one in outputs {
        states.push((shown(&one.path), State::of(one)?));
    }
    states.extend(stale.iter().map(|path| (shown(path), State::Stale)));
    let current = states.iter().all(|(_, state)| *state == State::Current);
    let face = context.options.face();
    match face {
        Format::Json => {
            let mut expected = outputs.iter();
            let files = states.iter().map(|(file, state)| File {
                reason: state.reason(),
                flag: state.flag().map(str::to_owned),
                ..expected.next().map_or_else(|| left_over(file), |one| one.file(file.clone(), state.word()))
            });
            context.output.results().json(&Document::new(true, files.collect()));
        }
        Format::Plain => {
            for (file, state) in &states {
                context.output.results().line(format_args!("{file}\t{}\t{}", state.word(), state.flag().unwrap_or("")));
            }
        }
        Format::Human => {
            for (file, state) in states.iter().filter(|(_, state)| *state != State::Current) {
                context.output.results().line(format_args!("{file}: {}", state.sentence()));
            }
            if current {
                let count = states.len();
                let files = if count == 1 { "file is" } else { "files are" };
                context.output.results().line(format_args!("{count} {files} up to date in {}", shown(out)));
            } else {
                context.output.messages().line("help: run `flagfall compile` and commit the result");
            }
        }
    }
    Ok(if current { Exit::Clean } else { Exit::Found })
}
