//! Compiling with what an earlier run kept: flags whose files are what they were are copied.

use std::io::{self, Write};
use std::path::Path;

use super::{Args, EPOCH, File, OUTPUT, SERVER, created, note_time, of_session, refuse, report};
use crate::cache::fragments::{self, Index, Text};
use crate::cache::store::{Kept, Store};
use crate::check::Checked;
use crate::cli::cached::{self, Opened};
use crate::cli::session::Session;
use crate::cli::{Context, Exit};
use crate::compile;
use crate::diagnostic::Sink;
use crate::failure::Failure;
use crate::ufc::{self, Format};
use crate::workspace::Loaded;
use crate::workspace::write::{Content, Existing, write_all};

/// So many files may have changed since all flags were kept, for each file there is; with more, all are compiled and kept anew.
const CHANGED: usize = 64;

impl Content for Text<'_> {
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        Self::write_to(self, out)
    }
}

/// Compiles all environments of a workspace.
///
/// # Errors
/// When the output cannot be written.
pub(super) fn run(
    args: &Args,
    loaded: Loaded,
    sink: Sink,
    store: &Store,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let name = format!("{}\0compiled", cached::name(&loaded));
    let kept = store.read(&name).filter(|_| sink.findings().is_empty());
    let index = kept.as_ref().and_then(|kept| Some((kept, Index::decoded(kept.bytes())?)));
    let tried = match index {
        Some((kept, index)) => copied(args, &loaded, (kept, &index), store, context)?,
        None => Tried::InVain,
    };
    match tried {
        Tried::Done(exit) => Ok(exit),
        Tried::Read(opened) => all(args, *opened, (store, &name), context),
        Tried::InVain => all(args, cached::whole(loaded, sink, store, context), (store, &name), context),
    }
}

/// What came of copying.
enum Tried {
    Done(Exit),
    /// It took reading everything, which was done.
    Read(Box<Opened>),
    /// Everything has to be read.
    InVain,
}

/// Copies what is kept, and compiles the rest.
fn copied(
    args: &Args,
    loaded: &Loaded,
    (kept, index): (&Kept, &Index<'_>),
    store: &Store,
    context: &mut Context,
) -> Result<Tried, Failure> {
    let again = Loaded { directory: loaded.directory.clone(), sources: loaded.sources.clone() };
    let files = index.files();
    let opened = cached::answered(again, Sink::new(), store, &|path, digest| files.get(path) != Some(digest), context);
    let few = |read: usize| read <= 100 + loaded.sources.files().count() / CHANGED;
    match &opened.part {
        None => return Ok(Tried::Read(Box::new(opened))),
        Some(read) if few(read.len()) && index.is_of(&opened.basis) => {}
        Some(_) => return Ok(Tried::InVain),
    }
    let exit = opened.session.exit(context.options.fail_on);
    let Some(checked) = opened.session.checked.as_ref().filter(|_| exit == Exit::Clean) else {
        opened.session.report(context, false);
        return Ok(Tried::Done(refuse(args, context, &opened.session)));
    };
    let created_at = created(&opened.session.directory)?;
    let Some(texts) = texts(index, &opened, checked, created_at.as_deref().unwrap_or(EPOCH), kept.behind()) else {
        return Ok(Tried::InVain);
    };
    let out = args.out.clone().unwrap_or_else(|| opened.session.directory.join(OUTPUT));
    let texts: Vec<_> =
        opened.environments.iter().zip(texts).map(|(name, text)| (out.join(format!("{name}.json")), text)).collect();
    // What was kept may not be what it was; whatever else it is happens again, and is told then.
    if write_all(&texts, Existing::Replace).is_err() {
        return Ok(Tried::InVain);
    }
    told(&opened.session, &opened.environments, &texts, created_at.as_deref(), context);
    Ok(Tried::Done(Exit::Clean))
}

/// The same of a workspace that was read whole.
fn all(args: &Args, opened: Opened, (store, name): (&Store, &str), context: &mut Context) -> Result<Exit, Failure> {
    let Opened { session, basis, .. } = opened;
    of_session(args, &session, context, &mut |checked, texts| {
        if let Some((index, behind)) = fragments::kept(&basis, &session.sources, checked.workspace(), texts) {
            store.write_before(name, &index, &behind);
        }
    })
}

/// Every environment, most of it copied. None where something of it is not known.
fn texts<'k>(
    index: &Index<'_>,
    opened: &Opened,
    checked: &Checked,
    created_at: &str,
    behind: (&'k std::fs::File, u64),
) -> Option<Vec<Text<'k>>> {
    let read = opened.part.as_ref()?;
    let workspace = checked.workspace();
    let texts = workspace.environments.iter().map(|environment| {
        let empty = ufc::write::whole(created_at, Format::Server, &environment.name.value, Vec::new());
        let fresh = compile::text(checked, environment, created_at).0;
        let part = (workspace, fresh.as_str(), empty.as_str());
        index.text(&environment.name, (&opened.session.sources, &opened.basis), read, part, behind)
    });
    texts.collect()
}

fn told(
    session: &Session,
    environments: &[String],
    texts: &[(impl AsRef<Path>, Text<'_>)],
    created_at: Option<&str>,
    context: &mut Context,
) {
    session.report(context, false);
    note_time(created_at, context);
    let written = environments.iter().zip(texts).map(|(environment, (path, text))| {
        let bytes = usize::try_from(text.bytes()).unwrap_or(usize::MAX);
        let created_at = created_at.unwrap_or(EPOCH);
        File::written(path.as_ref(), environment.clone(), SERVER, text.flags(), bytes, created_at)
    });
    report(context, written.collect());
}
