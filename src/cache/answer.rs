//! What there is to say about texts: of all of them, or of those that changed beside what is known of the others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::digest::{self, Digest};
use super::links::{self, Links};
use super::memory::{Memory, Run};
use super::part;
use crate::check::{self, Checked, Use};
use crate::diagnostic::{Diagnostic, Severity, Sink, level};
use crate::model::predicate::given_up;
use crate::model::{Workspace, resolve};
use crate::source::{FileId, FileKind, SourceSet};
use crate::syntax::{self, Parsed};

/// What there is to say about texts.
#[derive(Debug)]
pub struct Answer {
    /// Every finding, levels applied, by file and place.
    pub findings: Vec<Diagnostic>,
    /// How many flags are defined.
    pub flags: usize,
    /// In the order of `flagfall.kdl`.
    pub environments: Vec<String>,
    /// What was read for it, where its findings let it be compiled.
    pub checked: Option<Checked>,
    /// The files that were read; none where all of them were.
    pub part: Option<BTreeSet<FileId>>,
    /// What to keep for later runs; none where nothing is to be kept, or what was kept is right as it is.
    pub memory: Option<Vec<u8>>,
    /// What the flags' files and the shared ones are.
    pub basis: Basis,
}

/// What the compiled form of flags depends on.
#[derive(Debug)]
pub struct Basis {
    /// What everything depends on: the build, the day, the shared files. None where nothing may be kept.
    pub shared: Option<Digest>,
    /// Every file, by number.
    pub digests: Vec<Digest>,
}

/// Texts that are asked about.
pub(super) struct Asked<'a> {
    pub sources: &'a SourceSet,
    pub today: Date,
    pub context: Digest,
    pub digests: Vec<Digest>,
}

/// What some files say together.
pub(super) struct Understood {
    pub workspace: Workspace,
    pub sink: Sink,
    /// The files, with how many flags each defines.
    pub flags: BTreeMap<FileId, u32>,
    pub links: Links,
    pub shared: BTreeSet<FileId>,
    given_up: usize,
}

/// What is wrong with them.
pub(super) struct Judged {
    pub findings: Vec<Diagnostic>,
    pub lines: BTreeSet<(FileId, usize)>,
    /// Whether that depends on nothing but the files and what they are linked with.
    pub plain: bool,
}

/// Answers from `memory` what it still knows, and works out the rest. `loading` holds what loading the texts found, `now` decides
/// which dates have passed; `wanted` are files (by path and digest) to be read in any case.
#[must_use]
pub fn answer(
    sources: &SourceSet,
    loading: Sink,
    now: Timestamp,
    memory: Option<&[u8]>,
    wanted: &dyn Fn(&str, &Digest) -> bool,
) -> Answer {
    let asked = Asked::new(sources, now);
    let known = memory.and_then(Memory::decoded).filter(|_| loading.findings().is_empty());
    match known.and_then(|memory| part::answer(&asked, &memory, wanted)) {
        Some(answer) => answer,
        None => of_all(&asked, loading),
    }
}

/// Works out everything.
#[must_use]
pub fn whole(sources: &SourceSet, loading: Sink, now: Timestamp) -> Answer {
    of_all(&Asked::new(sources, now), loading)
}

fn of_all(asked: &Asked<'_>, loading: Sink) -> Answer {
    let untouched = loading.findings().is_empty();
    let understood = asked.understood(syntax::parse_each(asked.sources, |_| true), loading);
    let nothing = BTreeSet::new();
    let flags = understood.defined();
    let (understood, judged) = asked.judged(understood, &nothing, &BTreeSet::new());
    let keeps = untouched && judged.plain;
    let run = asked.run(&understood, &judged);
    let memory = keeps
        .then(|| run.learned(&understood.shared))
        .flatten()
        .and_then(|learned| run.remembered(asked.context, &understood.shared, &learned, None));
    let shared = keeps.then(|| asked.shared(&understood.shared)).flatten();
    Answer {
        flags,
        environments: environments(&understood.workspace),
        checked: Checked::prove(understood.workspace, &judged.findings),
        findings: judged.findings,
        part: None,
        memory,
        basis: Basis { shared, digests: asked.digests.clone() },
    }
}

/// In order.
pub(super) fn environments(workspace: &Workspace) -> Vec<String> {
    workspace.environments.iter().map(|environment| environment.name.value.clone()).collect()
}

impl<'a> Asked<'a> {
    fn new(sources: &'a SourceSet, now: Timestamp) -> Self {
        let today = now.to_zoned(TimeZone::UTC).date();
        Self { sources, today, context: digest::context(sources, today), digests: digest::files(sources) }
    }

    /// What stands for everything that all files depend on.
    pub(super) fn shared(&self, shared: &BTreeSet<FileId>) -> Option<Digest> {
        let files =
            shared.iter().map(|file| Some((self.sources.file(*file).path.as_str(), *self.digests.get(file.index())?)));
        let files: Vec<(&str, Digest)> = files.collect::<Option<_>>()?;
        Some(digest::list([("", self.context)].into_iter().chain(files)))
    }

    /// What files say together; `sink` holds what was found before.
    pub(super) fn understood(&self, parsed: Vec<Parsed>, mut sink: Sink) -> Understood {
        let given_up = given_up();
        let mut links = Links::new();
        links::add_written(&parsed, &mut links);
        let count = |one: &Parsed| u32::try_from(one.ast.flags.len()).unwrap_or(u32::MAX);
        let flags = parsed.iter().map(|one| (one.file, count(one))).collect();
        let shared = parsed.iter().filter(|one| self.is_shared(one)).map(|one| one.file).collect();
        let workspace = resolve::resolve(syntax::joined(parsed, &mut sink), &mut sink);
        links::add_meant(&workspace, &mut links);
        Understood { workspace, sink, flags, links, shared, given_up }
    }

    /// Whether a file defines what everybody may use.
    pub(super) fn is_shared(&self, parsed: &Parsed) -> bool {
        let ast = &parsed.ast;
        let defines =
            !(ast.attributes.is_empty() && ast.segments.is_empty() && ast.layers.is_empty() && ast.holdouts.is_empty());
        defines || self.sources.file(parsed.file).kind == FileKind::Configuration
    }

    /// What is wrong with it, where the rest uses `elsewhere` and needs the lines `needed` of `rules { … }`.
    pub(super) fn judged(
        &self,
        mut understood: Understood,
        elsewhere: &BTreeSet<Use<'_>>,
        needed: &BTreeSet<usize>,
    ) -> (Understood, Judged) {
        let mut sink = std::mem::take(&mut understood.sink);
        check::run_part(&understood.workspace, self.sources, self.today, elsewhere, &mut sink);
        let plain = self.is_plain(&understood, sink.findings());
        let findings = sink.into_findings();
        let (findings, lines) = level::apply_part(findings, &understood.workspace, self.sources, self.today, needed);
        let plain = plain && understood.given_up == given_up();
        (understood, Judged { findings, lines, plain })
    }

    /// Whether everything could be read, and no bound on the whole workspace was met. Findings about data are whoever's names it.
    fn is_plain(&self, understood: &Understood, findings: &[Diagnostic]) -> bool {
        let workspace = &understood.workspace;
        let is_whole = !workspace.incomplete
            && !workspace.bounded
            && workspace.flags.iter().all(|flag| !flag.incomplete)
            && workspace.segments.iter().all(|segment| !segment.incomplete);
        let has_place =
            |finding: &Diagnostic| finding.span.is_some_and(|span| understood.flags.contains_key(&span.file));
        let fits = |finding: &Diagnostic| {
            (finding.severity < Severity::Error || finding.rule.can_be_lowered()) && has_place(finding)
        };
        is_whole && findings.iter().all(fits)
    }

    pub(super) fn run<'r>(&'r self, understood: &'r Understood, judged: &'r Judged) -> Run<'r> {
        Run {
            sources: self.sources,
            digests: &self.digests,
            flags: &understood.flags,
            links: &understood.links,
            workspace: &understood.workspace,
            findings: &judged.findings,
            lines: &judged.lines,
        }
    }
}

impl Understood {
    /// How many flags there are. One that is defined twice is one.
    fn defined(&self) -> usize {
        self.flags.values().map(|count| *count as usize).sum()
    }
}
