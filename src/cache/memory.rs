//! What is kept of a workspace: of every file what it says that matters to others, and its findings.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize, Serializer};

use super::digest::Digest;
use super::links::{Link, Links};
use super::stored;
use crate::check::{self, Use};
use crate::diagnostic::Diagnostic;
use crate::model::Workspace;
use crate::source::{FileId, SourceSet};

/// All of it. What it borrows is the bytes it was read from, or the texts and the model it was made of.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Memory<'a> {
    /// What findings depend on besides texts.
    pub context: Digest,
    /// The files that define what everybody may use.
    #[serde(borrow)]
    pub shared: Vec<(&'a str, Digest)>,
    /// What these have in common with others: such others are always read.
    pub pinned: Vec<Link>,
    /// What entries use, by number.
    #[serde(borrow)]
    pub names: Vec<Use<'a>>,
    /// The other files.
    #[serde(borrow)]
    pub entries: Vec<Entry<'a>>,
}

/// A file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry<'a> {
    pub path: &'a str,
    pub digest: Digest,
    /// How many flags it defines.
    pub flags: u32,
    /// By what it touches others.
    pub links: Vec<Link>,
    /// What it uses of what is shared: numbers of names.
    pub uses: Vec<u32>,
    /// The lines of `rules { … }` about some files only that its findings need.
    pub lines: Vec<u32>,
    /// Encoded.
    #[serde(serialize_with = "as_bytes")]
    pub findings: &'a [u8],
}

fn as_bytes<S: Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

impl<'a> Memory<'a> {
    /// Reads what [`Memory::encoded`] wrote.
    pub(super) fn decoded(bytes: &'a [u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }

    pub(super) fn encoded(&self) -> Option<Vec<u8>> {
        postcard::to_stdvec(self).ok()
    }

    /// What files use.
    pub(super) fn uses(&self, entries: impl Iterator<Item = usize>) -> BTreeSet<Use<'a>> {
        let mut used = vec![false; self.names.len()];
        for number in entries.filter_map(|at| self.entries.get(at)).flat_map(|entry| &entry.uses) {
            if let Some(used) = used.get_mut(*number as usize) {
                *used = true;
            }
        }
        self.names.iter().zip(used).filter(|(_, used)| *used).map(|(name, _)| *name).collect()
    }
}

/// What a run read, for keeping.
pub(super) struct Run<'a> {
    pub sources: &'a SourceSet,
    pub digests: &'a [Digest],
    /// The files that were read, shared ones too, with how many flags each defines.
    pub flags: &'a BTreeMap<FileId, u32>,
    pub links: &'a Links,
    pub workspace: &'a Workspace,
    pub findings: &'a [Diagnostic],
    pub lines: &'a BTreeSet<(FileId, usize)>,
}

/// What is kept of files while the whole is put together.
#[derive(Debug)]
pub(super) struct Learned {
    file: FileId,
    flags: u32,
    links: Vec<Link>,
    lines: Vec<u32>,
    findings: Vec<u8>,
}

impl Run<'_> {
    /// What is kept of the files that are not shared. None where something cannot be kept.
    pub(super) fn learned(&self, shared: &BTreeSet<FileId>) -> Option<Vec<Learned>> {
        let mut findings: BTreeMap<FileId, Vec<&Diagnostic>> = BTreeMap::new();
        for finding in self.findings {
            findings.entry(finding.span?.file).or_default().push(finding);
        }
        let mut lines: BTreeMap<FileId, Vec<u32>> = BTreeMap::new();
        for (file, line) in self.lines {
            lines.entry(*file).or_default().push(u32::try_from(*line).ok()?);
        }
        let own = self.flags.iter().filter(|(file, _)| !shared.contains(file));
        own.map(|(&file, &flags)| {
            Some(Learned {
                file,
                flags,
                links: self.links.get(&file).into_iter().flatten().copied().collect(),
                lines: lines.remove(&file).unwrap_or_default(),
                findings: stored::encoded(file, &findings.remove(&file).unwrap_or_default(), self.sources)?,
            })
        })
        .collect()
    }

    /// What is used, by file.
    fn uses(&self) -> BTreeMap<FileId, BTreeSet<Use<'_>>> {
        let mut uses: BTreeMap<FileId, BTreeSet<Use<'_>>> = BTreeMap::new();
        for flag in &self.workspace.flags {
            check::add_flag(flag, uses.entry(flag.span.file).or_default());
        }
        for group in &self.workspace.tests {
            if let Some(case) = group.cases.first() {
                check::add_tests(group, uses.entry(case.span.file).or_default());
            }
        }
        uses
    }

    /// The whole: what was learned now, and `kept` of what was known. None where it cannot be written.
    pub(super) fn remembered(
        &self,
        context: Digest,
        shared: &BTreeSet<FileId>,
        learned: &[Learned],
        known: Option<(&Memory<'_>, &[usize])>,
    ) -> Option<Vec<u8>> {
        let uses = self.uses();
        let mut names: Vec<Use<'_>> = known.map(|(memory, _)| memory.names.clone()).unwrap_or_default();
        let mut numbers = HashMap::new();
        for (number, name) in names.iter().enumerate() {
            numbers.insert(*name, u32::try_from(number).ok()?);
        }
        let mut entries: Vec<Entry<'_>> = Vec::new();
        for one in learned {
            let mut own = Vec::new();
            for name in uses.get(&one.file).into_iter().flatten() {
                let next = u32::try_from(names.len()).ok()?;
                own.push(*numbers.entry(*name).or_insert_with(|| {
                    names.push(*name);
                    next
                }));
            }
            entries.push(Entry {
                path: &self.sources.file(one.file).path,
                digest: *self.digests.get(one.file.index())?,
                flags: one.flags,
                links: one.links.clone(),
                uses: own,
                lines: one.lines.clone(),
                findings: &one.findings,
            });
        }
        if let Some((memory, kept)) = known {
            entries.extend(kept.iter().filter_map(|at| memory.entries.get(*at)).cloned());
        }
        entries.sort_by(|one, other| one.path.cmp(other.path));
        let own =
            shared.iter().map(|file| Some((self.sources.file(*file).path.as_str(), *self.digests.get(file.index())?)));
        let pinned: BTreeSet<Link> = shared.iter().filter_map(|file| self.links.get(file)).flatten().copied().collect();
        let shared = own.collect::<Option<Vec<_>>>()?;
        Memory { context, shared, pinned: pinned.into_iter().collect(), names, entries }.encoded()
    }
}
