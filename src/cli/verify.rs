//! `flagfall verify`: whether a published commit is what its source compiles to, byte for byte.

pub(super) mod document;

use std::collections::BTreeSet;
use std::path::Path;

use super::session;
use super::{Context, Exit, Format, WorkspaceOption};
use crate::failure::Failure;
use crate::git::{Kind, Revision};
use crate::publish::release::{self, Built, Mismatch};
use crate::publish::{COMPILER, Digest, Release, names};
use document::{Document, File, State};

/// Files larger than this are none that we published.
const LARGEST: u64 = 1 << 30;

/// Recompile a published commit from its source, and compare every byte
///
/// Reads the manifest of a published commit, compiles the source commit that it names, and compares the files and everything the
/// manifest says of them. Both commits are read from this clone; nothing is checked out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall verify published
  git fetch && flagfall verify origin/published

Exit codes: 0 every byte agrees, 1 something differs, 2 could not do the job: no manifest, or the source is not in this clone.")]
pub struct Args {
    /// The published commit
    #[arg(value_name = "REVISION")]
    pub revision: String,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it")]
    pub workspace: WorkspaceOption,
}

/// Runs it.
///
/// # Errors
/// When it is no published commit, or its source cannot be read or compiled.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let around = args.workspace.workspace.as_deref().unwrap_or(Path::new("."));
    let published = Revision::open(around, &args.revision)?;
    let read = |name: &str| match published.entry(name).filter(|entry| entry.kind == Kind::File) {
        Some(_) => published.contents(&[(name, None)], LARGEST).pop().unwrap_or(Ok(None)),
        None => Ok(None),
    };
    let Some(manifest) = read(names::MANIFEST)? else {
        return Err(Failure::new(format!("`{}` holds no `{}`", args.revision, names::MANIFEST))
            .help("name a commit that `flagfall publish` made, such as `origin/published`"));
    };
    let release = Release::read(&manifest).map_err(|mismatch| Failure::new(mismatch.to_string()))?;
    let built = recompile(&release, around, context)?;
    let mut files = Vec::new();
    for name in all(&published, &release, &built)? {
        let found = read(&name)?;
        files.push(compare(&name, found.as_deref(), &release, &built));
    }
    files.push(manifest_of(&release, &built));
    let verified = files.iter().all(|file| file.state == State::Same);
    show(&Document::new(&args.revision, &published.commit, &release, verified, &files), context);
    Ok(if verified { Exit::Clean } else { Exit::Found })
}

/// What the source compiles to. Its errors are reported.
fn recompile(release: &Release, around: &Path, context: &mut Context) -> Result<Built, Failure> {
    let source = &release.source;
    let short: String = source.commit.chars().take(12).collect();
    let text = format!("{}:{}", source.commit, source.path);
    let is_id = source.commit.len() >= 40 && source.commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let revision = Revision::open(around, if source.path.is_empty() { &source.commit } else { &text });
    let revision = revision.ok().filter(|_| is_id).ok_or_else(|| {
        Failure::new(format!("this clone does not hold the source, `{}` of commit {short}", shown(&source.path)))
            .help("`git fetch` (of a shallow clone: `git fetch --unshallow`) gets it")
    })?;
    let session = session::open_revision(&revision, None)?;
    let Some(checked) = &session.checked else {
        session.report(context, true);
        return Err(Failure::new(format!("the source, commit {short}, has errors, so nothing could be compared"))
            .help(format!("it was compiled by flagfall {}, this is {COMPILER}", release.compiler)));
    };
    let client = release.files().any(|(_, file)| file.format == "CLIENT");
    let committed_at = crate::lower::instant(revision.time);
    Ok(release::build(checked, release::Source { committed_at, ..source.clone() }, client))
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}

/// What is published, what the manifest lists, and what the source compiles to; JSON only, other files are none of our business.
fn all(published: &Revision, release: &Release, built: &Built) -> Result<BTreeSet<String>, Failure> {
    let there = published.names("")?.into_iter().filter(|name| name.ends_with(".json") && name != names::MANIFEST);
    let listed = release.files().map(|(_, file)| file.file.clone());
    Ok(there.chain(listed).chain(built.files.keys().cloned()).collect())
}

fn compare(name: &str, found: Option<&[u8]>, release: &Release, built: &Built) -> File {
    let listed = release.files().find(|(_, file)| file.file == name).map(|(_, file)| file);
    let expected = built.files.get(name);
    let (state, reason) = match (listed, found, expected) {
        (_, None, _) => (State::Missing, "it is not there".to_owned()),
        (None, Some(_), _) => (State::Unlisted, "the manifest does not list it".to_owned()),
        (Some(file), Some(found), expected) => match (file.verified(&mut |_| Some(found.to_vec())), expected) {
            (Err(Mismatch::Digest { .. }), _) => {
                (State::Differs, "its bytes are not those whose SHA-256 is in the manifest".to_owned())
            }
            (Err(other), _) => (State::Differs, other.to_string()),
            (Ok(_), None) => (State::Differs, "the source does not compile to such a file".to_owned()),
            (Ok(bytes), Some(expected)) if bytes == *expected => (State::Same, String::new()),
            (Ok(bytes), Some(expected)) => (State::Differs, difference(&bytes, expected)),
        },
    };
    File {
        file: name.to_owned(),
        state,
        sha256: found.map(|bytes| Digest::of(bytes).to_string()),
        compiled: expected.map(|bytes| Digest::of(bytes).to_string()),
        reason: Some(reason).filter(|reason| !reason.is_empty()),
    }
}

/// Where two files begin to differ.
fn difference(found: &[u8], expected: &[u8]) -> String {
    let same = found.iter().zip(expected).take_while(|(one, other)| one == other).count();
    let line = found.iter().take(same).filter(|byte| **byte == b'\n').count() + 1;
    format!("the source compiles to something else from line {line} on")
}

/// Whether the manifest says what the source says, classes of change aside: they depend on what was published before.
fn manifest_of(release: &Release, built: &Built) -> File {
    let plain = |release: &Release, compiler: &str| {
        let mut release = release.clone();
        release.classify(|_| None);
        release.compiler = compiler.to_owned();
        release.source.repository = None;
        release
    };
    let same = plain(release, COMPILER) == plain(&built.release, COMPILER);
    File {
        file: names::MANIFEST.to_owned(),
        state: if same { State::Same } else { State::Differs },
        sha256: None,
        compiled: None,
        reason: (!same).then(|| "it says something else of the files than the source does".to_owned()),
    }
}

fn show(document: &Document<'_>, context: &mut Context) {
    let face = context.options.face();
    let results = context.output.results();
    match face {
        Format::Json => results.json(document),
        Format::Plain => {
            for file in document.files {
                results.line(format_args!(
                    "{}\t{}\t{}",
                    file.file,
                    file.state.word(),
                    file.reason.as_deref().unwrap_or("")
                ));
            }
        }
        Format::Human => {
            for file in document.files.iter().filter(|file| file.state != State::Same) {
                results.line(format_args!("{}: {}", file.file, file.reason.as_deref().unwrap_or(file.state.word())));
            }
            let short = |id: &str| id.chars().take(12).collect::<String>();
            let (commit, source) = (short(document.commit), short(&document.source.commit));
            if document.verified {
                let files = crate::diagnostic::render::counted(document.files.len(), "file");
                results.line(format_args!("{commit} is what {source} compiles to: {files}, byte for byte"));
            } else {
                results.line(format_args!("{commit} is not what {source} compiles to"));
                if document.compiler != COMPILER {
                    let note =
                        format_args!("note: it was compiled by flagfall {}, this is {COMPILER}", document.compiler);
                    context.output.messages().line(note);
                }
            }
        }
    }
}
