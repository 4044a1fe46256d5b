//! What a commit holds, read from the object database: nothing is checked out.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Mutex;

use git2::{Commit, ErrorCode, ObjectType, Oid, Repository, Tree, TreeEntry};
use jiff::Timestamp;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{missing, present};
use crate::failure::Failure;

/// Links met on the way to a file before the way is held to lead nowhere, as file systems do.
const MOST_LINKS: usize = 40;

/// A commit of the repository around a directory, and its files. Paths are relative to the top of the repository, with `/`.
pub struct Revision {
    pub(super) repository: Repository,
    pub(super) root: Oid,
    /// The revision as people wrote it.
    pub text: String,
    /// The path of `REV:PATH`, where people wrote one.
    pub path: Option<String>,
    /// The time of the commit.
    pub time: Timestamp,
    /// The commit's full id.
    pub commit: String,
    pub(super) trees: RefCell<FxHashMap<Oid, Rc<Names>>>,
    /// The same repository opened again, for reading side by side.
    pub(super) readers: Mutex<Vec<Repository>>,
}

/// Fewer files are read one after the other.
const SIDE_BY_SIDE: usize = 128;

/// The entries of a directory. git2 keeps no large ones, and a way to a file leads through several.
#[derive(Default)]
pub(super) struct Names {
    /// All names, one behind the other.
    text: Vec<u8>,
    /// Where in it each name ends, and what is there; by name.
    entries: Vec<(std::ops::Range<usize>, Entry)>,
}

impl Names {
    fn of(tree: &Tree<'_>) -> Self {
        let mut names = Self { text: Vec::new(), entries: Vec::with_capacity(tree.len()) };
        for entry in tree {
            let start = names.text.len();
            names.text.extend_from_slice(entry.name_bytes());
            names.entries.push((start..names.text.len(), found(&entry)));
        }
        let Self { text, entries } = &mut names;
        // In git's order a directory comes as if its name ended with a slash: almost sorted.
        entries.sort_by(|(one, _), (other, _)| text.get(one.clone()).cmp(&text.get(other.clone())));
        names
    }

    fn get(&self, name: &[u8]) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|(range, _)| self.text.get(range.clone()).cmp(&Some(name))).ok()?;
        self.entries.get(at).map(|(_, entry)| entry)
    }

    /// By name.
    fn iter(&self) -> impl Iterator<Item = (&[u8], &Entry)> {
        self.entries.iter().filter_map(|(range, entry)| Some((self.text.get(range.clone())?, entry)))
    }
}

/// There is no such revision.
pub(super) fn absent(repository: &Repository, text: &str, error: &git2::Error) -> Failure {
    missing::revision(repository, text, error)
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A commit of another repository, whose files this one does not hold.
    Submodule,
}

/// Where a commit is in history, seen from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// It is the same.
    Same,
    /// It led to the other.
    Before,
    /// The other led to it.
    After,
    /// Neither led to the other.
    Apart,
    /// This clone does not hold it, or not what is between.
    Unknown,
}

/// Something at a path.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// The id of what it holds: the same id, the same bytes.
    pub id: Oid,
}

/// Where a path leads when links are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Out of the repository.
    Outside,
    /// To nothing, or around in a circle.
    Nowhere,
    /// To this path without links, which is a file, a directory or a submodule.
    There(String, Kind),
}

impl Revision {
    /// What `git rev-parse` calls `text` in the repository around `directory`: a commit, or `COMMIT:DIRECTORY`.
    ///
    /// # Errors
    /// When there is no repository, or it has no such revision.
    pub fn open(directory: &Path, text: &str) -> Result<Self, Failure> {
        let repository = Repository::discover(present(directory)).map_err(|_| missing::repository(directory, text))?;
        let (root, commit, seconds, path) = {
            let (commit, path) = Self::resolve(&repository, text)?;
            (commit.tree_id(), commit.id().to_string(), commit.time().seconds(), path)
        };
        let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(Self {
            repository,
            root,
            text: text.to_owned(),
            path,
            time,
            commit,
            trees: RefCell::default(),
            readers: Mutex::default(),
        })
    }

    /// The commit that `text` names, and the path of `REV:PATH`.
    pub(super) fn resolve<'r>(repository: &'r Repository, text: &str) -> Result<(Commit<'r>, Option<String>), Failure> {
        let named = repository.revparse_single(text).map_err(|error| missing::revision(repository, text, &error))?;
        let (commit, path) = match (named.kind(), text.rsplit_once(':')) {
            (Some(ObjectType::Tree), Some((commit, path))) => {
                (repository.revparse_single(commit), Some(path.trim_matches('/').to_owned()))
            }
            _ => (Ok(named), None),
        };
        let commit = commit.and_then(|object| object.peel_to_commit()).map_err(|_| missing::commit(text))?;
        Ok((commit, path))
    }

    /// Where the repository is published.
    #[must_use]
    pub fn published(&self) -> Option<String> {
        super::remote(&self.repository)
    }

    /// Who wrote the commit: name and e-mail address.
    #[must_use]
    pub fn author(&self) -> (String, String) {
        let found = Oid::from_str(&self.commit).and_then(|id| self.repository.find_commit(id));
        let Ok(found) = found else { return Default::default() };
        let author = found.author();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(author.name_bytes()), text(author.email_bytes()))
    }

    /// Where another commit, by its full id, is in history, seen from this one.
    #[must_use]
    pub fn order(&self, other: &str) -> Order {
        let both = Oid::from_str(&self.commit).ok().zip(Oid::from_str(other).ok());
        let Some((own, other)) = both.filter(|(_, other)| self.repository.find_commit(*other).is_ok()) else {
            return Order::Unknown;
        };
        let leads = |to: Oid, from: Oid| self.repository.graph_descendant_of(to, from).unwrap_or(false);
        match () {
            () if own == other => Order::Same,
            () if leads(own, other) => Order::Before,
            () if leads(other, own) => Order::After,
            // What was cut off may have led from one to the other.
            () if self.repository.is_shallow() => Order::Unknown,
            () => Order::Apart,
        }
    }

    /// The path as people name a file of a revision: `REV:PATH`.
    #[must_use]
    pub fn name(&self, path: &str) -> String {
        format!("{}:{path}", self.commit_text())
    }

    /// The commit as people wrote it, without a path.
    #[must_use]
    pub fn commit_text(&self) -> &str {
        match &self.path {
            Some(_) => self.text.rsplit_once(':').map_or(self.text.as_str(), |(commit, _)| commit),
            None => &self.text,
        }
    }

    /// What is at a path, links not followed. The top is a directory.
    #[must_use]
    pub fn entry(&self, path: &str) -> Option<Entry> {
        let mut entry = Entry { kind: Kind::Directory, id: self.root };
        for name in path.split('/').filter(|name| !name.is_empty()) {
            entry = *self.tree(entry).ok()?.get(name.as_bytes())?;
        }
        Some(entry)
    }

    /// Whether there is something at a path.
    ///
    /// # Errors
    /// When this clone lacks a directory on the way, so that nobody can tell.
    pub fn holds(&self, path: &str) -> Result<bool, Failure> {
        let mut entry = Entry { kind: Kind::Directory, id: self.root };
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let tree = self.tree(entry).map_err(|error| self.unreadable("", &error))?;
            match tree.get(name.as_bytes()) {
                Some(below) => entry = *below,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// What is in a directory; nothing in what is none.
    fn tree(&self, directory: Entry) -> Result<Rc<Names>, git2::Error> {
        if let Some(known) = self.trees.borrow().get(&directory.id) {
            return Ok(Rc::clone(known));
        }
        let names = match directory.kind {
            Kind::Directory => Names::of(&self.repository.find_tree(directory.id)?),
            Kind::File | Kind::Link | Kind::Submodule => Names::default(),
        };
        let names = Rc::new(names);
        self.trees.borrow_mut().insert(directory.id, Rc::clone(&names));
        Ok(names)
    }

    /// The names in a directory; none in what is no directory.
    ///
    /// # Errors
    /// When this clone lacks it.
    pub fn names(&self, directory: &str) -> Result<Vec<String>, Failure> {
        Ok(self.entries(directory)?.into_iter().map(|(name, _)| name).collect())
    }

    /// What is in a directory, by name, in the order of their bytes; nothing in what is no directory.
    ///
    /// # Errors
    /// When this clone lacks it.
    pub fn entries(&self, directory: &str) -> Result<Vec<(String, Entry)>, Failure> {
        let Some(entry) = self.entry(directory) else { return Ok(Vec::new()) };
        let tree = self.tree(entry).map_err(|error| self.unreadable(directory, &error))?;
        Ok(tree.iter().map(|(name, entry)| (String::from_utf8_lossy(name).into_owned(), *entry)).collect())
    }

    /// Follows links to where a path leads.
    #[must_use]
    pub fn target(&self, path: &str) -> Target {
        // Most ways lead straight there.
        if let Some(kind) = self.straight(path) {
            return Target::There(path.to_owned(), kind);
        }
        let mut left: Vec<String> = path.rsplit('/').map(str::to_owned).collect();
        let mut there: Vec<String> = Vec::new();
        let mut links = 0;
        let mut kind = Kind::Directory;
        while let Some(part) = left.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." if there.pop().is_none() => return Target::Outside,
                ".." => {
                    kind = Kind::Directory;
                    continue;
                }
                _ => there.push(part),
            }
            let Some(entry) = self.entry(&there.join("/")) else { return Target::Nowhere };
            kind = entry.kind;
            if kind == Kind::Link {
                links += 1;
                there.pop();
                match self.link(entry) {
                    Some(written) if written.starts_with('/') => return Target::Outside,
                    Some(written) if links <= MOST_LINKS => left.extend(written.rsplit('/').map(str::to_owned)),
                    _ => return Target::Nowhere,
                }
            }
        }
        Target::There(there.join("/"), kind)
    }

    /// What is at a path without `.`, `..` and links.
    fn straight(&self, path: &str) -> Option<Kind> {
        let mut entry = Entry { kind: Kind::Directory, id: self.root };
        for name in path.split('/') {
            if matches!(name, "" | "." | "..") {
                return None;
            }
            entry = *self.tree(entry).ok()?.get(name.as_bytes())?;
        }
        (entry.kind != Kind::Link).then_some(entry.kind)
    }

    fn link(&self, entry: Entry) -> Option<String> {
        String::from_utf8(self.repository.find_blob(entry.id).ok()?.content().to_vec()).ok()
    }

    /// The bytes of files, one by one; none of one that has more than `most`. Where the id of what a file holds is known, nobody looks
    /// for it. It fails where it is no file, or this clone lacks it.
    #[must_use]
    pub fn contents(&self, files: &[(&str, Option<Oid>)], most: u64) -> Vec<Result<Option<Vec<u8>>, Failure>> {
        let find = |path: &str| self.entry(path).filter(|entry| entry.kind == Kind::File).map(|entry| entry.id);
        let ids: Vec<Option<Oid>> = files.iter().map(|(path, known)| known.or_else(|| find(path))).collect();
        let one = |repository: &Repository, id: &Option<Oid>| id.map(|id| bytes(repository, id, most));
        let read: Vec<_> = if ids.len() < SIDE_BY_SIDE {
            ids.iter().map(|id| one(&self.repository, id)).collect()
        } else {
            let (readers, place) = (&self.readers, self.repository.path().to_owned());
            let part = ids.len().div_ceil(rayon::current_num_threads().max(1));
            let several = |ids: &[Option<Oid>]| {
                let known = readers.lock().ok().and_then(|mut readers| readers.pop());
                let repository = known.map_or_else(|| Repository::open(&place), Ok);
                let read: Vec<_> = match &repository {
                    Ok(repository) => ids.iter().map(|id| one(repository, id)).collect(),
                    Err(error) => ids.iter().map(|_| Some(Err(git2::Error::from_str(error.message())))).collect(),
                };
                if let (Ok(repository), Ok(mut readers)) = (repository, readers.lock()) {
                    readers.push(repository);
                }
                read
            };
            ids.par_chunks(part).flat_map_iter(several).collect()
        };
        let told = |((path, _), read): (&(&str, _), Option<Result<_, git2::Error>>)| match read {
            Some(read) => read.map_err(|error| self.unreadable(path, &error)),
            None => Err(Failure::new(format!("cannot read `{}`: it is not a regular file", self.name(path)))),
        };
        files.iter().zip(read).map(told).collect()
    }

    /// The paths below two directories of which the files, or links, are not the same. What is below equal trees is not looked at.
    ///
    /// # Errors
    /// When this clone lacks a directory.
    pub fn differing(&self, root: &str, other: &Self, other_root: &str) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        let mut open = vec![(String::new(), self.entry(root), other.entry(other_root))];
        while let Some((path, mine, theirs)) = open.pop() {
            if mine.map(|entry| (entry.kind, entry.id)) == theirs.map(|entry| (entry.kind, entry.id)) {
                continue;
            }
            let is_leaf = |entry: &Entry| matches!(entry.kind, Kind::File | Kind::Link);
            if mine.iter().chain(&theirs).any(is_leaf) {
                found.push(path.clone());
            }
            let names = |revision: &Self, entry: Option<Entry>| match entry {
                Some(entry) => revision.tree(entry).map_err(|error| revision.unreadable(&path, &error)),
                None => Ok(Rc::default()),
            };
            let (mine, theirs) = (names(self, mine)?, names(other, theirs)?);
            let gone = mine.iter().filter(|(name, _)| theirs.get(name).is_none());
            for (name, _) in gone.chain(theirs.iter()) {
                let text = String::from_utf8_lossy(name);
                let below = if path.is_empty() { text.into_owned() } else { format!("{path}/{text}") };
                open.push((below, mine.get(name).copied(), theirs.get(name).copied()));
            }
        }
        Ok(found)
    }

    fn unreadable(&self, path: &str, error: &git2::Error) -> Failure {
        let name = self.name(path);
        if error.code() == ErrorCode::NotFound {
            return Failure::new(format!("this clone does not hold `{name}`")).help(format!(
                "a partial clone fetches what it lacks when git needs it: run `git archive --output=/dev/null {name}`"
            ));
        }
        Failure::new(format!("cannot read `{name}`: {}", error.message())).help("`git fsck` says what is wrong")
    }
}

fn found(entry: &TreeEntry<'_>) -> Entry {
    let kind = match (entry.kind(), entry.filemode()) {
        (Some(ObjectType::Tree), _) => Kind::Directory,
        (Some(ObjectType::Commit), _) => Kind::Submodule,
        (_, 0o120_000) => Kind::Link,
        _ => Kind::File,
    };
    Entry { kind, id: entry.id() }
}

fn bytes(repository: &Repository, id: Oid, most: u64) -> Result<Option<Vec<u8>>, git2::Error> {
    let database = repository.odb()?;
    let (size, _) = database.read_header(id)?;
    if size as u64 > most {
        return Ok(None);
    }
    Ok(Some(database.read(id)?.data().to_vec()))
}
