//! What changes between two revisions: for people (exact shares, proved), and in the words of the author.
//!
//! Pure: two sides in, a [`Plan`] out, in the order of environments within flags by key. Rules about changes read the plan;
//! faces print it.

mod aside;
mod change;
mod class;
mod collision;
mod definition;
mod flag;
mod moved;
mod shared;
mod step;
mod summary;
mod upcoming;
mod waterfall;
mod wire;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use crate::compile::{Compiled, Origin};
use crate::diagnostic::Diagnostic;
use crate::lower;
use crate::model::{Flag, FlagEnvironment, Workspace};
use crate::region::{self, Declared, Limits, Move, Portion};
use crate::source::{SourceSet, Span};
use crate::ufc;
use crate::witness;
pub use class::{Class, Kind};
pub use summary::{does, summary};
pub use waterfall::Line;
pub use words::{Mark, Word};

/// One of the two revisions.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// As people wrote it.
    pub name: &'a str,
    /// The full id of its commit; none for a directory, the working tree or a file.
    pub commit: Option<&'a str>,
    /// Its environments; a file has one, whatever others call it.
    pub environments: &'a [Compiled],
    /// The workspace with its texts; none of a file.
    pub workspace: Option<(&'a Workspace, &'a SourceSet)>,
    /// What it declares.
    pub declared: &'a BTreeMap<String, Declared>,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The instant from which on changes count.
    pub now: Timestamp,
    /// Only these environments, in this order; a file stands for each of them.
    pub environments: &'a [String],
    /// Only these flags; none is all.
    pub flags: Option<&'a BTreeSet<String>>,
    /// How far ahead what changes by itself is listed.
    pub days: u32,
    /// Whether what changes by itself is listed for flags that the revisions agree on, too.
    pub all_upcoming: bool,
    /// What each pair of waterfalls may cost.
    pub limits: Limits,
}

/// Everything that changes.
#[derive(Debug)]
pub struct Plan {
    /// The worst of all changes.
    pub class: Class,
    /// How many waterfalls (a flag in an environment that serves it) were compared.
    pub compared: usize,
    /// Environments that one side lacks, and declarations that flags share: each cause once, with whom it touches.
    pub causes: Vec<Cause>,
    /// What changes of each flag in each environment.
    pub changes: Vec<Change>,
    /// What changes by itself, by time.
    pub upcoming: Vec<Upcoming>,
    /// What rules about changes say of the plan. They come after it: whoever makes a plan pushes their findings here, and every
    /// face shows them.
    pub findings: Vec<Diagnostic>,
}

/// A shared declaration that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// `segment`, `attribute`, `layer`, `holdout`, `exclusive` or `env`; `rules`, `policy` or `tests`, which move nobody.
    pub kind: &'static str,
    /// Its name; of tests the flag's key.
    pub name: String,
    /// What changed.
    pub words: Vec<Word>,
    /// The flags that use it, by key, with the environments where they place what uses it.
    pub touches: BTreeMap<String, Vec<String>>,
}

/// A flag that changed in an environment.
#[derive(Debug)]
pub struct Change {
    /// The flag's key.
    pub flag: String,
    /// The environment's name; none where no environment mentions the flag.
    pub environment: Option<String>,
    /// How much it matters to subjects.
    pub class: Class,
    /// What happened to it as a whole, where that is more than an edit.
    pub status: Option<Status>,
    /// What changed in the author's words.
    pub words: Vec<Word>,
    /// Who fares differently; empty where nobody does, which is proved unless `undecided` says otherwise.
    pub regions: Vec<Region>,
    /// Moves that are nothing to anybody: from one default of callers to another.
    pub unseen: Vec<Move>,
    /// Why it could not be decided who fares differently.
    pub undecided: Option<String>,
    /// The waterfall, removed lines in place.
    pub waterfall: Vec<Line>,
}

impl Change {
    /// Who moves, as it was proved; none where that is not decided.
    #[must_use]
    pub fn moves(&self) -> Option<Vec<Move>> {
        let seen = self.regions.iter().map(|region| &region.proved);
        self.undecided.is_none().then(|| seen.chain(&self.unseen).cloned().collect())
    }
}

/// What happened to a flag as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The base does not know it, or not in this environment.
    Added,
    /// The head does not know it, or not in this environment.
    Removed,
    /// The head serves it, the base does not.
    Enabled,
    /// The base serves it, the head does not.
    Disabled,
    /// Its type is another: callers who ask for the old one get their default.
    Retyped,
}

/// Subjects who fare differently, all alike.
#[derive(Debug)]
pub struct Region {
    /// What it is for them.
    pub kind: Kind,
    /// Who, in words.
    pub audience: String,
    /// How many of them, and everything else that was proved.
    pub proved: Move,
    /// What they got; none for the caller's default.
    pub from: Option<End>,
    /// What they get; none for the caller's default.
    pub to: Option<End>,
    /// Somebody, with a command that asks the head; the base where the head does not know the flag.
    pub witness: Option<witness::Document>,
    /// The same, with a command that asks the base; none where the head does not know the flag.
    pub also: Option<witness::Document>,
}

impl Region {
    /// Whether nobody of them leaves an arm.
    #[must_use]
    pub fn sticky(&self) -> bool {
        matches!(self.kind, Kind::New | Kind::Relabelled)
    }

    /// How many of the audience.
    #[must_use]
    pub fn portion(&self) -> &Portion {
        &self.proved.portion
    }
}

/// What a subject gets.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct End {
    /// The step's name; the allocation's key where no workspace names it.
    pub step: String,
    /// The variation's key.
    pub variation: String,
    /// Its value. A JSON flag's value is JSON, not text.
    pub value: serde_json::Value,
    /// Whether an event is logged.
    pub logged: bool,
    /// The holdout that holds them out, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holdout: Option<String>,
    /// The allocation's key, as events have it.
    pub allocation: String,
}

/// Something that will happen without a commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Upcoming {
    /// When.
    pub at: Timestamp,
    /// The flag; none for a rule of the workspace.
    pub flag: Option<String>,
    /// The environment; none where it concerns the flag as a whole.
    pub environment: Option<String>,
    /// What, in words.
    pub what: String,
    /// Where it is written.
    pub place: Option<Place>,
}

/// A place in one of the revisions: 1-based, columns in characters, the end exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// The same as a span of its side's texts.
    #[serde(skip)]
    pub span: Span,
    /// As findings call it: relative to where the command ran.
    pub file: String,
    /// The line it begins on.
    pub line: u32,
    /// The column it begins at.
    pub column: u32,
    /// The line it ends on.
    pub end_line: u32,
    /// The column after its last character.
    pub end_column: u32,
    /// The commit's full id; null for what is not committed.
    pub commit: Option<String>,
}

impl Cause {
    /// Whether it is about what moves nobody: tests, levels of rules, or policies.
    #[must_use]
    pub fn is_aside(&self) -> bool {
        aside::KINDS.contains(&self.kind)
    }
}

impl<'a> Side<'a> {
    /// An environment. A file is for one, whatever others call it.
    #[must_use]
    pub fn environment(&self, name: &str) -> Option<&'a Compiled> {
        match self.workspace {
            None => self.environments.first(),
            Some(_) => self.environments.iter().find(|compiled| compiled.config.environment == name),
        }
    }

    /// A place in its texts.
    #[must_use]
    pub fn place(&self, span: Span) -> Option<Place> {
        let (_, sources) = self.workspace?;
        let (start, end) = sources.place(span);
        Some(Place {
            span,
            file: sources.file(span.file).name.clone(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            commit: self.commit.map(str::to_owned),
        })
    }

    /// Its flags by key.
    fn flags(&self) -> BTreeMap<&'a str, Option<&'a Flag>> {
        let defined = self.workspace.iter().flat_map(|(workspace, _)| &workspace.flags);
        let defined = defined.map(|flag| (flag.key.value.as_str(), Some(flag.as_ref())));
        let served = self.environments.iter().flat_map(|compiled| compiled.config.flags.keys());
        let mut flags: BTreeMap<&str, Option<&Flag>> = served.map(|key| (key.as_str(), None)).collect();
        flags.extend(defined);
        flags
    }

    fn source(&self, environment: &'a str) -> witness::Source<'a> {
        match self.workspace {
            None => witness::Source::File { path: self.name, environment },
            Some((workspace, sources)) => witness::Source::Workspace {
                workspace: sources.workspace(),
                environment,
                declared: &workspace.attributes,
            },
        }
    }
}

/// A flag on one side.
#[derive(Debug, Clone, Copy)]
struct Half<'a> {
    side: &'a Side<'a>,
    /// Whether the side knows the flag at all.
    known: bool,
    /// As the author wrote it; none of files, and where it is not known.
    model: Option<&'a Flag>,
}

/// A flag in an environment on one side.
#[derive(Debug, Clone, Copy)]
struct Here<'a> {
    half: Half<'a>,
    /// Whether the side has the environment.
    environment: bool,
    /// As the author wrote it.
    model: Option<&'a FlagEnvironment>,
    /// As evaluators read it; none where it is not served.
    wire: Option<&'a ufc::Flag>,
    /// Why its part of a file cannot be read.
    unreadable: Option<&'a str>,
    origins: Option<&'a [Origin]>,
}

impl<'a> Half<'a> {
    fn here(self, key: &str, environment: &str) -> Here<'a> {
        let compiled = self.side.environment(environment);
        let (mut wire, mut unreadable) = (None, None);
        match compiled.and_then(|compiled| compiled.config.flags.get(key)) {
            Some(Ok(flag)) => wire = Some(flag).filter(|flag| flag.enabled),
            Some(Err(problem)) => unreadable = Some(problem.as_str()),
            None => {}
        }
        let origins = compiled.and_then(|compiled| compiled.origins.get(key)).map(Vec::as_slice);
        let model = self.model.and_then(|flag| flag.in_environment(environment));
        Here { half: self, environment: compiled.is_some(), model, wire, unreadable, origins }
    }
}

impl<'a> Here<'a> {
    /// As reasoning takes it. Without origins every allocation is a step.
    fn reasoned(&self) -> Option<region::Side<'a>> {
        let flag = self.wire?;
        let steps = self.origins.map_or_else(|| (0..flag.allocations.len()).collect(), lower::lines);
        Some(region::Side { flag, steps, declared: self.half.side.declared })
    }
}

/// A flag on both sides.
struct Pair<'a> {
    key: &'a str,
    base: Half<'a>,
    head: Half<'a>,
}

/// Compares two sides.
#[must_use]
pub fn plan(base: &Side<'_>, head: &Side<'_>, question: Question<'_>) -> Plan {
    let pairs = pairs(base, head, question.flags);
    let shared = shared::Shared::compare(base, head);
    let compared: Vec<change::Compared> =
        pairs.par_iter().map(|pair| change::compare(pair, &shared, question)).collect();
    let upcoming = upcoming::upcoming(head, &pairs, &compared, question);
    let waterfalls = compared.iter().map(|one| one.waterfalls).sum();
    let changes: Vec<Change> = compared.into_iter().flat_map(|one| one.changes).collect();
    let class = changes.iter().map(|change| change.class).max().unwrap_or(Class::Same);
    let mut causes = shared.causes(&pairs, question.environments);
    causes.extend(aside::causes(base, head));
    Plan { class, compared: waterfalls, causes, changes, upcoming, findings: Vec::new() }
}

fn pairs<'a>(base: &'a Side<'a>, head: &'a Side<'a>, wanted: Option<&BTreeSet<String>>) -> Vec<Pair<'a>> {
    let (before, after) = (base.flags(), head.flags());
    let keys: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let half = |side: &'a Side<'a>, found: Option<&Option<&'a Flag>>| Half {
        side,
        known: found.is_some(),
        model: found.copied().flatten(),
    };
    let keys = keys.into_iter().filter(|key| wanted.is_none_or(|wanted| wanted.contains(*key)));
    keys.map(|key| Pair { key, base: half(base, before.get(key)), head: half(head, after.get(key)) }).collect()
}
