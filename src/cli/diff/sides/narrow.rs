//! Two workspaces of which only what changed is read, and what that takes.
//!
//! Files with equal ids are equal. Of the others, whatever is defined in another way is touched, and so is what mentions it, near or
//! far, in files that did not change too. What touched flags use is looked for in the files that did not change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::named::Named;
use super::outline::{self, Definition};
use super::part::Part;
use super::unchanged::Unchanged;
use super::untested;
use crate::cli::Context;
use crate::cli::session::{self, Resolved};
use crate::cli::side::Side;
use crate::diagnostic::Sink;
use crate::failure::Failure;
use crate::source::{FileKind, SourceSet};
use crate::syntax;
use crate::syntax::ast::Configuration;
use crate::workspace::{Listed, Shelf};

/// What came of it.
pub(super) enum Narrow {
    /// Both sides, and the flags that may differ.
    Read(Box<(Side, Side)>, BTreeSet<String>),
    /// It takes all of both.
    Whole,
    /// A side has errors, which were reported.
    Errors,
}

/// Reads what differs.
pub(super) fn open(base: &Named, head: &Named, here: Option<&Path>, context: &mut Context) -> Result<Narrow, Failure> {
    let (Some(before), Some(after)) = (base.shelf(here)?, head.shelf(here)?) else { return Ok(Narrow::Whole) };
    if before.leaving() != after.leaving() || !same_frame(&before, &after)? {
        return Ok(Narrow::Whole);
    }
    let halves = Halves::of(&before, &after);
    let touched = halves.touched()?;
    let mut part = Part::new(&halves.changed, &touched);
    let mut declaring: BTreeSet<&str> = BTreeSet::new();
    let mut is_first = true;
    loop {
        let near: BTreeSet<&str> = halves.changed.iter().map(String::as_str).chain(declaring.iter().copied()).collect();
        let paths: BTreeSet<&str> = touched.files.iter().map(String::as_str).chain(near.iter().copied()).collect();
        // What did not change uses the same on both sides, and after the first look nothing that is new.
        let looked = if is_first { &paths } else { &near };
        let (old, new) = (part.read(&before, looked)?, part.read(&after, &near)?);
        let mut missing = part.missing(&old);
        missing.extend(part.missing(&new));
        is_first = false;
        if missing.is_empty() {
            // What was read will do where it is all there is to read.
            let read = |shelf, known: (SourceSet, Resolved), looked: &BTreeSet<&str>| {
                if *looked == paths { Ok(known) } else { part.read(shelf, &paths) }
            };
            let (old, new) = (read(&before, old, looked)?, read(&after, new, &near)?);
            let Some(old) = side(base, &before, old, &part, context) else { return Ok(Narrow::Errors) };
            let Some(new) = side(head, &after, new, &part, context) else { return Ok(Narrow::Errors) };
            let Some(new) = with_tests(head, &after, &paths, (&old, new), &part, &touched, context)? else {
                // What is wrong with tests that did not change is the business of `check`.
                return Ok(Narrow::Errors);
            };
            return Ok(Narrow::Read(Box::new((old, new)), touched.flags));
        }
        let found = halves.unchanged.declaring(missing.clone());
        declaring.extend(found.files.into_iter().map(|file| file.path.as_str()));
        part.look_for(missing);
        part.look_for(found.mentioned);
    }
}

/// The head, with the tests of flags that are switched on and seem to have none; none where they have errors.
fn with_tests(
    head: &Named,
    after: &Shelf<'_>,
    paths: &BTreeSet<&str>,
    (old, mut new): (&Side, Side),
    part: &Part<'_>,
    touched: &Touched,
    context: &mut Context,
) -> Result<Option<Side>, Failure> {
    let mut found = BTreeSet::new();
    for named in [true, false] {
        let untested = untested::switched_on(old, &new, &touched.flags);
        if untested.is_empty() {
            break;
        }
        let files = untested::files_of(&untested, after, named);
        if files.is_empty() {
            continue;
        }
        found.extend(files);
        let paths = paths.iter().copied().chain(found.iter().map(String::as_str)).collect();
        match side(head, after, part.read(after, &paths)?, part, context) {
            Some(with_tests) => new = with_tests,
            None => return Ok(None),
        }
    }
    Ok(Some(new))
}

/// Whether what holds for all files is the same: the environments, and where definitions are.
fn same_frame(before: &Shelf<'_>, after: &Shelf<'_>) -> Result<bool, Failure> {
    let frame = |shelf: &Shelf<'_>| -> Result<_, Failure> {
        let sources = shelf.load(&BTreeSet::new(), &mut Sink::new())?;
        let Configuration { edition, definitions, environments, .. } =
            syntax::parse(&sources, &mut Sink::new()).configuration;
        let environments: Vec<String> = environments.into_iter().map(|one| one.name.value).collect();
        Ok((edition.map(|name| name.value), definitions.map(|name| name.value), environments))
    };
    Ok(frame(before)? == frame(after)?)
}

/// A side of it; none where it has errors, which were reported.
fn side(
    named: &Named,
    shelf: &Shelf<'_>,
    read: (SourceSet, Resolved),
    part: &Part<'_>,
    context: &mut Context,
) -> Option<Side> {
    let session = session::check_part(shelf.directory(), named.given(shelf), read, named.now(context), part);
    Side::of_session(&named.name(), session, context)
}

/// What differs, and what does not.
struct Halves<'a> {
    /// The paths of files that are not the same on both sides.
    changed: BTreeSet<String>,
    unchanged: Unchanged<'a>,
    /// What the changed files define, before and after.
    outlines: [Vec<Definition>; 2],
    shelves: [&'a Shelf<'a>; 2],
}

/// The files that are the same, and the paths of the others. Both lists are by path.
fn compared<'a>(before: &'a [Listed], after: &[Listed]) -> (Vec<&'a Listed>, BTreeSet<String>) {
    let (mut same, mut changed) = (Vec::with_capacity(before.len()), BTreeSet::new());
    let mut new = after.iter().peekable();
    for one in before {
        while let Some(other) = new.next_if(|other| other.path < one.path) {
            changed.insert(other.path.clone());
        }
        match new.next_if(|other| other.path == one.path) {
            Some(other) if one.id.is_some() && other == one => same.push(one),
            _ => drop(changed.insert(one.path.clone())),
        }
    }
    changed.extend(new.map(|other| other.path.clone()));
    (same, changed)
}

/// What may differ.
pub(super) struct Touched {
    /// The keys of flags.
    pub flags: BTreeSet<String>,
    /// What else is defined in another way, or uses what is.
    pub names: BTreeSet<String>,
    /// The paths of files that did not change, and hold some of these.
    pub files: BTreeSet<String>,
}

impl<'a> Halves<'a> {
    fn of(before: &'a Shelf<'a>, after: &'a Shelf<'a>) -> Self {
        let (same, changed) = compared(before.files(), after.files());
        let outlines = [before, after].map(|shelf| {
            let files = shelf.files().iter().filter(|one| one.kind == FileKind::Definitions);
            let files: Vec<&Listed> = files.filter(|one| changed.contains(&one.path)).collect();
            let texts = shelf.texts(&files).into_iter().zip(&files);
            texts.flat_map(|(text, file)| outline::of(&file.path, &text.unwrap_or_default())).collect()
        });
        Self { changed, unchanged: Unchanged::new(before, same), outlines, shelves: [before, after] }
    }

    /// Whether a file that a definition names is another one.
    fn names_other_data(&self, definition: &Definition) -> bool {
        let [before, after] = self.shelves;
        definition.data.iter().any(|path| before.id(path) != after.id(path))
    }

    /// What is defined in another way in the files that changed, by word and name.
    fn redefined(&self) -> BTreeSet<(&str, &str)> {
        let [before, after] = self.outlines.each_ref().map(|outlines| {
            let mut by_name: BTreeMap<(&str, &str), Vec<&Definition>> = BTreeMap::new();
            for one in outlines {
                by_name.entry((&one.word, &one.name)).or_default().push(one);
            }
            by_name
        });
        let names: BTreeSet<(&str, &str)> = before.keys().chain(after.keys()).copied().collect();
        let other = |name: &(&str, &str)| {
            before.get(name) != after.get(name)
                || before.get(name).is_some_and(|all| all.iter().any(|one| self.names_other_data(one)))
        };
        names.into_iter().filter(other).collect()
    }

    /// Everything that may differ.
    fn touched(&self) -> Result<Touched, Failure> {
        let redefined = self.redefined();
        let of = |is: fn(&str) -> bool| {
            let those = redefined.iter().filter(move |(word, _)| is(word));
            those.map(|(_, name)| (*name).to_owned()).collect::<BTreeSet<String>>()
        };
        let names = of(|word| matches!(word, "attribute" | "segment" | "layer" | "holdout"));
        let mut touched = Touched { flags: of(|word| word == "flag"), names, files: BTreeSet::new() };
        // A key that is new may be defined elsewhere already.
        let one_sided = touched.flags.iter().filter(|key| {
            let is_there = |outlines: &Vec<Definition>| outlines.iter().any(|one| one.is_flag() && one.name == **key);
            let [before, after] = &self.outlines;
            is_there(before) != is_there(after)
        });
        let mut sought: BTreeSet<String> = one_sided.chain(&touched.names).cloned().collect();
        // Then every definition is asked for the files it names.
        let [before, after] = self.shelves;
        let mut data = before.has_other_data(after)?;
        while !sought.is_empty() || data {
            let known = touched.names.clone();
            for (file, definitions) in self.unchanged.mentioning(&sought, data) {
                for one in &definitions {
                    let is_other = one.mentions_any(&touched.names) || self.names_other_data(one);
                    let is_again = sought.contains(&one.name);
                    if touched.take(one, is_other, is_again) {
                        touched.files.insert(file.path.clone());
                    }
                }
            }
            for one in self.outlines.iter().flatten() {
                touched.take(one, one.mentions_any(&touched.names), false);
            }
            data = false;
            sought = touched.names.difference(&known).cloned().collect();
        }
        Ok(touched)
    }
}

impl Touched {
    /// Takes a definition that is another one, or stands in a file that did not change and is defined again; says whether it did.
    fn take(&mut self, one: &Definition, is_other: bool, is_again: bool) -> bool {
        let taken = is_other || is_again;
        match () {
            () if !taken => false,
            () if one.is_flag() => {
                self.flags.insert(one.name.clone());
                true
            }
            () if one.is_shared() => {
                self.names.insert(one.name.clone());
                true
            }
            () => false,
        }
    }
}
