//! Compiled files as they were: flag by flag, so that those whose files are what they were are copied instead of compiled.
//!
//! A flag's lines depend on its own file and on the shared ones. They are kept one after another, environment by environment, as the
//! file for evaluators has them; what is copied is hashed on the way, and nothing is believed unless all of it is what was written.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};

use serde::{Deserialize, Serialize};

use super::answer::Basis;
use super::digest::Digest;
use crate::model::Workspace;
use crate::source::{FileId, SourceSet};

/// What follows a flag that is not the last.
const BETWEEN: &str = ",\n";

/// What is kept of the compiled form of a workspace, without the texts themselves.
#[derive(Debug, Serialize, Deserialize)]
pub struct Index<'a> {
    /// What everything depends on.
    shared: Digest,
    /// Every file.
    #[serde(borrow)]
    files: Vec<(&'a str, Digest)>,
    #[serde(borrow)]
    environments: Vec<Environment<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Environment<'a> {
    name: &'a str,
    /// Of all its text.
    digest: Digest,
    /// By key: the number of its file, and how many bytes it takes.
    #[serde(borrow)]
    flags: Vec<(&'a str, u32, u32)>,
}

/// A compiled environment: its name and its text.
pub type Compiled<'a> = (&'a str, &'a str);

/// What is to be kept of a whole workspace that was compiled, all environments of it: the index, and the texts behind it. None where
/// the texts are not as they are expected to be.
#[must_use]
pub fn kept<'t>(
    basis: &Basis,
    sources: &SourceSet,
    workspace: &Workspace,
    compiled: &[Compiled<'t>],
) -> Option<(Vec<u8>, Vec<&'t str>)> {
    let of_flags: HashMap<&str, FileId> =
        workspace.flags.iter().map(|flag| (flag.key.value.as_str(), flag.span.file)).collect();
    let files = sources.files().zip(&basis.digests).map(|((_, file), digest)| (file.path.as_str(), *digest));
    let mut environments = Vec::new();
    let mut texts = Vec::new();
    for (name, text) in compiled {
        let served = served(workspace, name);
        let fragments = fragments(text)?;
        (fragments.len() == served.len()).then_some(())?;
        let mut flags = Vec::with_capacity(served.len());
        for (key, fragment) in served.into_iter().zip(fragments) {
            let length = u32::try_from(fragment.len() + BETWEEN.len()).ok()?;
            flags.push((key, u32::try_from(of_flags.get(key)?.index()).ok()?, length));
        }
        // They follow one another as they are kept, but for the last.
        let (_, rest) = text.split_once(FLAGS)?;
        let last = flags.last().map_or(0, |_| BETWEEN.len());
        let size: usize = flags.iter().map(|(_, _, length)| *length as usize).sum();
        let all = [rest.get(..size - last)?, &BETWEEN[..last]];
        let mut digest = blake3::Hasher::new();
        for part in all {
            digest.update(part.as_bytes());
        }
        environments.push(Environment { name, digest: digest.finalize().into(), flags });
        texts.extend(all);
    }
    let index = Index { shared: basis.shared?, files: files.collect(), environments };
    Some((postcard::to_stdvec(&index).ok()?, texts))
}

/// The keys that an environment serves, in order.
fn served<'w>(workspace: &'w Workspace, environment: &str) -> Vec<&'w str> {
    workspace
        .flags
        .iter()
        .filter(|flag| flag.served_in(environment).is_some())
        .map(|flag| flag.key.value.as_str())
        .collect()
}

/// The lines of every flag, without what is between them. None where the text has another shape.
fn fragments(text: &str) -> Option<Vec<&str>> {
    let (_, rest) = text.split_once(FLAGS)?;
    let mut found = Vec::new();
    let mut start = 0;
    // Whatever is inside of a flag is indented further, and no string breaks a line.
    for at in memchr::memmem::find_iter(rest.as_bytes(), b"\n    }") {
        let end = at + "\n    }".len();
        found.push(rest.get(start..end)?);
        let after = rest.get(end..)?;
        if !after.starts_with(BETWEEN) {
            return after.starts_with("\n  },\n").then_some(found);
        }
        start = end + BETWEEN.len();
    }
    rest.is_empty().then_some(found)
}

const FLAGS: &str = "  \"flags\": {\n";

const NO_FLAGS: &str = "  \"flags\": {},\n";

impl<'a> Index<'a> {
    /// Reads an index.
    #[must_use]
    pub fn decoded(bytes: &'a [u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }

    /// Whether it is of a workspace with the same shared files, on the same day.
    #[must_use]
    pub fn is_of(&self, basis: &Basis) -> bool {
        basis.shared == Some(self.shared)
    }

    /// Every file, as it was.
    #[must_use]
    pub fn files(&self) -> BTreeMap<&'a str, Digest> {
        self.files.iter().copied().collect()
    }

    /// The text of an environment, where `read` are the files that were read anew, `fresh` is the text of these alone, `empty` that of
    /// no flag at all, and the file begins at `start` of `file`. None where it is not known.
    #[must_use]
    pub fn text<'f>(
        &self,
        name: &str,
        (sources, basis): (&SourceSet, &Basis),
        read: &BTreeSet<FileId>,
        (part, fresh, empty): (&Workspace, &str, &str),
        (file, start): (&'f File, u64),
    ) -> Option<Text<'f>> {
        let mut start = start;
        let mut here = None;
        for environment in &self.environments {
            if environment.name == name {
                here = Some(environment);
                break;
            }
            start += environment.flags.iter().map(|(_, _, length)| u64::from(*length)).sum::<u64>();
        }
        let here = here?;
        let now = sources.files().zip(&basis.digests).filter(|((id, _), _)| !read.contains(id));
        let now: HashMap<&str, &Digest> = now.map(|((_, file), digest)| (file.path.as_str(), digest)).collect();
        let holds: Vec<bool> = self.files.iter().map(|(path, digest)| now.get(path) == Some(&digest)).collect();
        let mut fresh = served(part, name).into_iter().zip(fragments_or_none(fresh)?).peekable();
        let mut pieces = Pieces::default();
        for (key, number, length) in &here.flags {
            while let Some((_, fragment)) = fresh.next_if(|(new, _)| new < key) {
                pieces.add(fragment);
            }
            let holds = holds.get(*number as usize).copied().unwrap_or(false);
            pieces.old(u64::from(*length), holds);
        }
        for (_, fragment) in fresh {
            pieces.add(fragment);
        }
        let Pieces { list, count } = pieces;
        let (head, tail) = empty.split_once(NO_FLAGS)?;
        Some(Text { head: head.to_owned(), tail: tail.to_owned(), list, count, file, start, digest: here.digest })
    }
}

/// The same, of a text that may have no flags.
fn fragments_or_none(text: &str) -> Option<Vec<&str>> {
    if text.contains(NO_FLAGS) { Some(Vec::new()) } else { fragments(text) }
}

/// What a text is put together from, in order.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Copied(u64),
    Skipped(u64),
    New(String),
}

#[derive(Debug, Default)]
struct Pieces {
    list: Vec<Piece>,
    /// How many flags.
    count: usize,
}

impl Pieces {
    fn add(&mut self, fragment: &str) {
        self.count += 1;
        self.list.push(Piece::New(format!("{fragment}{BETWEEN}")));
    }

    fn old(&mut self, length: u64, holds: bool) {
        self.count += usize::from(holds);
        match (self.list.last_mut(), holds) {
            (Some(Piece::Copied(before)), true) | (Some(Piece::Skipped(before)), false) => *before += length,
            (_, true) => self.list.push(Piece::Copied(length)),
            (_, false) => self.list.push(Piece::Skipped(length)),
        }
    }
}

/// The text of an environment, most of it in a kept file.
#[derive(Debug)]
pub struct Text<'f> {
    head: String,
    tail: String,
    list: Vec<Piece>,
    count: usize,
    file: &'f File,
    start: u64,
    digest: Digest,
}

impl Text<'_> {
    /// How many flags it has.
    #[must_use]
    pub fn flags(&self) -> usize {
        self.count
    }

    /// How many bytes it has.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let pieces = self.list.iter().map(|piece| match piece {
            Piece::Copied(length) => *length,
            Piece::Skipped(_) => 0,
            Piece::New(text) => text.len() as u64,
        });
        let around = if self.count == 0 { NO_FLAGS.len() } else { FLAGS.len() + "\n  },\n".len() - BETWEEN.len() };
        pieces.sum::<u64>() + (self.head.len() + around + self.tail.len()) as u64
    }

    /// Writes it.
    ///
    /// # Errors
    /// When it cannot be written, or what was kept is not what it was.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.head.as_bytes())?;
        out.write_all(if self.count == 0 { NO_FLAGS } else { FLAGS }.as_bytes())?;
        let mut old = Old { file: self.file, hasher: blake3::Hasher::new(), buffer: vec![0; 1 << 18] };
        old.file.seek(SeekFrom::Start(self.start))?;
        let last = self.list.iter().rposition(|piece| !matches!(piece, Piece::Skipped(_)));
        for (at, piece) in self.list.iter().enumerate() {
            // Nothing is between the last flag and the end.
            let cut = if Some(at) == last { BETWEEN.len() } else { 0 };
            match piece {
                Piece::Skipped(length) => old.copy(*length, 0, out)?,
                Piece::Copied(length) => old.copy(*length, length.saturating_sub(cut as u64), out)?,
                Piece::New(text) => out.write_all(text.as_bytes().get(..text.len() - cut).unwrap_or(&[]))?,
            }
        }
        if old.hasher.finalize() != self.digest {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "what was kept is not what it was"));
        }
        out.write_all(if self.count == 0 { "" } else { "\n  },\n" }.as_bytes())?;
        out.write_all(self.tail.as_bytes())
    }
}

/// A kept file, read on.
struct Old<'f> {
    file: &'f File,
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
}

impl Old<'_> {
    /// Reads and hashes `length` bytes, and writes the first of them, `shown` many.
    fn copy(&mut self, length: u64, shown: u64, out: &mut dyn Write) -> io::Result<()> {
        let (mut left, mut shown) = (length, shown);
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
            let chunk = self.buffer.get_mut(..most).unwrap_or_default();
            self.file.read_exact(chunk)?;
            self.hasher.update(chunk);
            let written = usize::try_from(shown).unwrap_or(usize::MAX).min(most);
            out.write_all(chunk.get(..written).unwrap_or(&[]))?;
            left -= most as u64;
            shown -= written as u64;
        }
        Ok(())
    }
}
