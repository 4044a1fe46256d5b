//! Opening a workspace with what earlier runs kept of it.

use std::collections::BTreeSet;
use std::path::Path;

use super::Context;
use super::session::{self, Session};
use crate::cache::{self, Answer, Basis, Digest, Store};
use crate::diagnostic::Sink;
use crate::diagnostic::render::Summary;
use crate::failure::Failure;
use crate::source::{FileId, FileKind, SourceSet};
use crate::workspace::Loaded;

/// With fewer files, everything is worked out about as soon as what was kept is read.
const WORTH_KEEPING: usize = 200;

/// `--no-cache`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct CacheOption {
    /// Work out everything anew, and keep nothing for later runs
    #[arg(long)]
    pub no_cache: bool,
}

/// A workspace that was opened.
pub(super) struct Opened {
    /// Where only a part of it was read, its model is that part.
    pub session: Session,
    /// The files that were read; none where all of them were.
    pub part: Option<BTreeSet<FileId>>,
    /// In the order of `flagfall.kdl`.
    pub environments: Vec<String>,
    /// What its compiled form depends on.
    pub basis: Basis,
}

impl CacheOption {
    /// Where runs keep what they found out about this workspace; none where nothing is to be kept.
    pub(super) fn store(&self, sources: &SourceSet) -> Option<Store> {
        let worth_it = sources.files().count() >= WORTH_KEEPING;
        worth_it.then(Store::of_user).flatten().filter(|_| !self.no_cache)
    }
}

/// What a workspace is kept under.
pub(super) fn name(loaded: &Loaded) -> String {
    let directory = loaded.directory.canonicalize().unwrap_or_else(|_| loaded.directory.clone());
    format!("{}\0{}", directory.display(), loaded.sources.workspace().unwrap_or_default())
}

/// Opens the workspace given, or the one found here or above, for what is to be said of it: where the cache knows some of that, the
/// session has no model of the whole.
///
/// # Errors
/// When there is none or it cannot be read.
pub(super) fn open(given: Option<&Path>, options: &CacheOption, context: &Context) -> Result<Session, Failure> {
    let mut sink = Sink::new();
    let loaded = session::load(given, &mut sink)?;
    let Some(store) = options.store(&loaded.sources) else { return Ok(session::read(loaded, sink, context.now)) };
    Ok(answered(loaded, sink, &store, &|_, _| false, context).session)
}

/// The same, where files that are `wanted`, by path and digest, are read in any case.
pub(super) fn answered(
    loaded: Loaded,
    sink: Sink,
    store: &Store,
    wanted: &dyn Fn(&str, &Digest) -> bool,
    context: &Context,
) -> Opened {
    let name = findings(&loaded);
    let memory = store.read(&name);
    let memory = memory.as_ref().map(cache::store::Kept::bytes);
    let answer = cache::answer(&loaded.sources, sink, context.now, memory, wanted);
    if let Some(memory) = &answer.memory {
        store.write(&name, memory);
    }
    opened(loaded, answer)
}

/// The same, all of it read.
pub(super) fn whole(loaded: Loaded, sink: Sink, store: &Store, context: &Context) -> Opened {
    let answer = cache::whole(&loaded.sources, sink, context.now);
    if let Some(memory) = &answer.memory {
        store.write(&findings(&loaded), memory);
    }
    opened(loaded, answer)
}

/// What findings are kept under.
fn findings(loaded: &Loaded) -> String {
    format!("{}\0findings", name(loaded))
}

fn opened(loaded: Loaded, answer: Answer) -> Opened {
    let Loaded { directory, sources } = loaded;
    let Answer { findings, flags, environments, checked, part, basis, memory: _ } = answer;
    let files = sources.files().filter(|(_, file)| file.kind != FileKind::Data).count();
    let summary = Summary { files, flags, environments: environments.len(), ..Summary::of(&findings) };
    Opened {
        session: Session { directory, sources, findings, checked, summary, commit: None },
        part,
        environments,
        basis,
    }
}
