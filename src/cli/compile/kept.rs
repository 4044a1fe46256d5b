//! Compiling with what an earlier run kept: flags whose files are what they were are copied.

use std::io::{self, Write};
use std::path::Path;

use super::{Args, EPOCH, File, OUTPUT, created, left_over, note_time, of_session, refuse, report};
use crate::cache::Store;
use crate::cache::fragments::{self, Index, Text};
use crate::check::Checked;
use crate::cli::cached::{self, Opened};
use crate::cli::session::Session;
use crate::cli::{Context, Exit};
use crate::compile;
use crate::diagnostic::Sink;
use crate::failure::Failure;
use crate::ufc::{self, Config, Format};
use crate::workspace::Loaded;
use crate::workspace::write::{Content, Existing, shown, write_all};

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
    let kept = store.read(&name);
    let index = kept.as_ref().and_then(|kept| Index::decoded(kept.bytes()));
    let (Some(kept), Some(index), true) = (&kept, &index, sink.findings().is_empty()) else {
        let opened = cached::whole(loaded, sink, store, context);
        return all(args, opened, (store, &name), context);
    };
    let again = || Loaded { directory: loaded.directory.clone(), sources: loaded.sources.clone() };
    let files = index.files();
    let opened =
        cached::answered(again(), Sink::new(), store, &|path, digest| files.get(path) != Some(digest), context);
    let few = |read: usize| read <= 100 + loaded.sources.files().count() / CHANGED;
    let whole = |context: &Context| cached::whole(again(), Sink::new(), store, context);
    match &opened.part {
        None => return all(args, opened, (store, &name), context),
        Some(read) if few(read.len()) && index.is_of(&opened.basis) => {}
        Some(_) => {
            let opened = whole(context);
            return all(args, opened, (store, &name), context);
        }
    }
    let exit = opened.session.exit(context.options.fail_on);
    let Some(checked) = opened.session.checked.as_ref().filter(|_| exit == Exit::Clean) else {
        opened.session.report(context, false);
        return Ok(refuse(args, context, &opened.session));
    };
    let created_at = created(&opened.session.directory)?;
    let Some(texts) = texts(index, &opened, checked, created_at.as_deref().unwrap_or(EPOCH), kept.behind()) else {
        let opened = whole(context);
        return all(args, opened, (store, &name), context);
    };
    let out = args.out.clone().unwrap_or_else(|| opened.session.directory.join(OUTPUT));
    let texts: Vec<_> =
        opened.environments.iter().zip(texts).map(|(name, text)| (out.join(format!("{name}.json")), text)).collect();
    if write_all(&texts, Existing::Replace).is_err() {
        // What was kept may not be what it was; whatever else it is happens again, and is told then.
        let opened = whole(context);
        return all(args, opened, (store, &name), context);
    }
    told(&opened.session, &opened.environments, &texts, created_at.as_deref(), context);
    Ok(Exit::Clean)
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
        let empty = Config {
            created_at: created_at.to_owned(),
            format: Format::Server,
            environment: environment.name.value.clone(),
            flags: std::collections::BTreeMap::new(),
        };
        let fresh = compile::text(checked, environment, created_at).0;
        let part = (workspace, fresh.as_str(), &*ufc::write::to_json(&empty));
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
    let written = environments.iter().zip(texts).map(|(environment, (path, text))| File {
        state: "written",
        environment: Some(environment.clone()),
        format: Some("SERVER"),
        flags: Some(text.flags()),
        bytes: Some(usize::try_from(text.bytes()).unwrap_or(usize::MAX)),
        created_at: Some(created_at.unwrap_or(EPOCH).to_owned()),
        ..left_over(&shown(path.as_ref()))
    });
    report(context, written.collect());
}
