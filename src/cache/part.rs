//! An answer from what is known: what changed, what is linked with it, and the rest as it was.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::answer::{Answer, Asked, Basis, Judged, Understood, environments};
use super::digest::Digest;
use super::links::{self, Link, Links};
use super::memory::{Entry, Memory};
use super::stored;
use crate::check::Checked;
use crate::diagnostic::{Diagnostic, Sink};
use crate::source::{FileId, FileKind};
use crate::syntax;

/// None where what is known does not help, and everything has to be read.
pub(super) fn answer(asked: &Asked<'_>, memory: &Memory<'_>, wanted: &dyn Fn(&str, &Digest) -> bool) -> Option<Answer> {
    let by_path: HashMap<&str, FileId> = asked.sources.files().map(|(id, file)| (file.path.as_str(), id)).collect();
    let mut part = Part::new(asked, memory, &by_path, wanted)?;
    let understood = part.understood()?;
    let kept: Vec<usize> = part.kept().collect();
    let elsewhere = memory.uses(kept.iter().copied());
    let entries = || kept.iter().filter_map(|at| memory.entries.get(*at));
    let needed = entries().flat_map(|entry| &entry.lines).map(|line| *line as usize).collect();
    let (understood, judged) = asked.judged(understood, &elsewhere, &needed);
    if !judged.plain || understood.shared != part.shared {
        return None;
    }
    let flags = entries().map(|entry| entry.flags as usize).sum::<usize>();
    let flags = flags + understood.flags.values().map(|count| *count as usize).sum::<usize>();
    let kept_memory = if part.changed {
        let run = asked.run(&understood, &judged);
        let learned = run.learned(&understood.shared)?;
        run.remembered(asked.context, &understood.shared, &learned, Some((memory, &kept)))
    } else {
        None
    };
    let files: BTreeSet<FileId> = understood.flags.keys().copied().collect();
    let shared = asked.shared(&understood.shared);
    let checked = (environments(&understood.workspace), Checked::prove(understood.workspace, &judged.findings));
    Some(Answer {
        findings: all(judged, entries(), &by_path, asked)?,
        flags,
        environments: checked.0,
        checked: checked.1,
        part: Some(files),
        memory: kept_memory,
        basis: Basis { shared, digests: asked.digests.clone() },
    })
}

/// What was found now and what was found before, by file and place.
fn all<'e>(
    judged: Judged,
    entries: impl Iterator<Item = &'e Entry<'e>>,
    by_path: &HashMap<&str, FileId>,
    asked: &Asked<'_>,
) -> Option<Vec<Diagnostic>> {
    let stored: Vec<&Entry<'_>> = entries.filter(|entry| !entry.findings.is_empty()).collect();
    let before = stored.par_iter().map(|entry| stored::decoded(*by_path.get(entry.path)?, entry.findings, by_path));
    let before: Vec<Vec<Diagnostic>> = before.collect::<Option<_>>()?;
    let mut sink = Sink::new();
    sink.push_all(judged.findings);
    sink.push_all(before.into_iter().flatten());
    Some(sink.into_sorted(asked.sources))
}

/// What has to be read.
struct Part<'p, 'a> {
    asked: &'p Asked<'a>,
    memory: &'p Memory<'p>,
    shared: BTreeSet<FileId>,
    /// To be read.
    files: BTreeSet<FileId>,
    /// Entries that still hold, by position, with their file.
    fresh: BTreeMap<usize, FileId>,
    /// What anything that is read has in common with others.
    links: HashSet<Link>,
    /// Whether anything is not as it was.
    changed: bool,
}

impl<'p, 'a> Part<'p, 'a> {
    /// What changed itself; none where what everybody may use did.
    fn new(
        asked: &'p Asked<'a>,
        memory: &'p Memory<'p>,
        by_path: &HashMap<&str, FileId>,
        wanted: &dyn Fn(&str, &Digest) -> bool,
    ) -> Option<Self> {
        if memory.context != asked.context {
            return None;
        }
        let digest = |file: &FileId| asked.digests.get(file.index());
        let mut shared = BTreeSet::new();
        for (path, known) in &memory.shared {
            let file = by_path.get(path)?;
            shared.insert(*file).then_some(())?;
            (digest(file)? == known).then_some(())?;
        }
        let mut part = Self {
            asked,
            memory,
            files: shared.clone(),
            shared,
            fresh: BTreeMap::new(),
            links: memory.pinned.iter().copied().collect(),
            changed: false,
        };
        let mut known = BTreeSet::new();
        for (at, entry) in memory.entries.iter().enumerate() {
            let file = by_path.get(entry.path).filter(|file| digest(file) == Some(&entry.digest));
            match file {
                Some(file) if !known.insert(*file) => return None,
                Some(file) if wanted(entry.path, &entry.digest) => {
                    part.files.insert(*file);
                    part.links.extend(&entry.links);
                }
                Some(file) => {
                    part.fresh.insert(at, *file);
                }
                None => {
                    part.changed = true;
                    part.links.extend(&entry.links);
                }
            }
        }
        let read =
            asked.sources.files().filter(|(_, file)| matches!(file.kind, FileKind::Definitions | FileKind::Tests));
        for (file, _) in read.filter(|(file, _)| !known.contains(file) && !part.shared.contains(file)) {
            part.changed = true;
            part.files.insert(file);
        }
        part.spread();
        Some(part)
    }

    /// Entries that need not be read.
    fn kept(&self) -> impl Iterator<Item = usize> {
        self.fresh.keys().copied()
    }

    /// Takes in whatever is linked with what is read, however far. Whether there was any.
    fn spread(&mut self) -> bool {
        let before = self.files.len();
        loop {
            let touched = |at: &usize| {
                let entry = self.memory.entries.get(*at);
                entry.is_some_and(|entry| entry.links.iter().any(|link| self.links.contains(link)))
            };
            let touched: Vec<usize> = self.fresh.keys().copied().filter(touched).collect();
            if touched.is_empty() {
                return self.files.len() > before;
            }
            for at in touched {
                self.files.extend(self.fresh.remove(&at));
                self.links.extend(self.memory.entries.get(at).into_iter().flat_map(|entry| &entry.links));
            }
        }
    }

    /// What the part says; read again as long as what it says links it with more. None where it defines what everybody may use.
    fn understood(&mut self) -> Option<Understood> {
        loop {
            let parsed = syntax::parse_each(self.asked.sources, |file| self.files.contains(&file));
            if parsed.iter().any(|one| self.asked.is_shared(one) != self.shared.contains(&one.file)) {
                return None;
            }
            let mut links = Links::new();
            links::add_written(&parsed, &mut links);
            if self.link(&links) {
                continue;
            }
            let understood = self.asked.understood(parsed, Sink::new());
            if !self.link(&understood.links) {
                return Some(understood);
            }
        }
    }

    fn link(&mut self, links: &Links) -> bool {
        self.links.extend(links.values().flatten());
        self.spread()
    }
}
