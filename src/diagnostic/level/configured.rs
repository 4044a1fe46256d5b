//! The lines of `rules { … }` in `flagfall.kdl`.

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobMatcher};
use jiff::civil::Date;

use super::{Target, expired, severity, target};
use crate::diagnostic::rule::Level;
use crate::diagnostic::{Diagnostic, Family, Rule, Severity, Sink};
use crate::model::{LevelWord, Workspace};
use crate::source::{FileId, SourceSet, Span, Spanned};
use crate::syntax::edit::Statements;

/// The lines that hold today, and which of them were needed.
pub(super) struct Configured {
    lines: Vec<Line>,
    /// For each rule the lines that name it, most specific first.
    by_rule: BTreeMap<Rule, Vec<usize>>,
    /// Environments in which only a reasoned `allow` lowers what endangers subjects.
    protected: Vec<String>,
    /// The lines about some files only that findings needed, by the finding's file.
    needed: BTreeSet<(FileId, usize)>,
}

struct Line {
    word: LevelWord,
    name: Spanned<String>,
    target: Target,
    /// By file number: whether the glob matches; none without a glob.
    files: Option<Vec<bool>>,
    span: Span,
    reasoned: bool,
    used: bool,
}

impl Line {
    /// The more specific, the greater.
    fn specificity(&self) -> (bool, bool) {
        (matches!(self.target, Target::Rule(_)), self.files.is_some())
    }

    fn covers(&self, finding: &Diagnostic) -> bool {
        match (&self.files, finding.span) {
            (None, _) => true,
            (Some(files), Some(span)) => files.get(span.file.index()).copied().unwrap_or(false),
            (Some(_), None) => false,
        }
    }
}

impl Configured {
    pub(super) fn new(workspace: &Workspace, sources: &SourceSet, today: Date, sink: &mut Sink) -> Self {
        let mut lines = Vec::new();
        for level in &workspace.levels {
            let glob = level.glob.as_ref().map(|glob| matcher(glob, sink));
            let files = match glob {
                None => None,
                Some(None) => continue,
                Some(Some(glob)) => Some(sources.all_files().map(|file| glob.is_match(&file.path)).collect::<Vec<_>>()),
            };
            for name in &level.rules {
                let Some(target) = target(name, level.level.value, sink) else { continue };
                let late = level.until.as_ref().and_then(|until| expired(name, until, today));
                if let Some(late) = late {
                    sink.push(late);
                    continue;
                }
                lines.push(Line {
                    word: level.level.value,
                    name: name.clone(),
                    target,
                    files: files.clone(),
                    span: level.span,
                    reasoned: level.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty()),
                    used: false,
                });
            }
        }
        let by_rule = Rule::ALL.iter().map(|&rule| (rule, ranked(&lines, rule))).collect();
        let protected = workspace.environments.iter().filter(|environment| environment.protected);
        let protected = protected.map(|environment| environment.name.value.clone()).collect();
        Self { lines, by_rule, protected, needed: BTreeSet::new() }
    }

    /// Findings that are not asked about need these lines.
    pub(super) fn need(&mut self, lines: &BTreeSet<usize>) {
        for at in lines {
            if let Some(line) = self.lines.get_mut(*at) {
                line.used = true;
            }
        }
    }

    /// The lines about some files only that findings needed, by the finding's file.
    pub(super) fn needed(self) -> BTreeSet<(FileId, usize)> {
        self.needed
    }

    /// The finding at its level; none when it is allowed.
    pub(super) fn weigh(&mut self, mut finding: Diagnostic) -> Option<Diagnostic> {
        let ranked = self.by_rule.get(&finding.rule).map_or(&[][..], Vec::as_slice);
        let winner = ranked.iter().copied().find(|&at| self.lines.get(at).is_some_and(|line| line.covers(&finding)));
        let Some((at, line)) = winner.and_then(|at| Some((at, self.lines.get_mut(at)?))) else {
            return (finding.rule.default_level() != Level::Allow).then_some(finding);
        };
        line.used = true;
        self.needed.extend(finding.span.filter(|_| line.files.is_some()).map(|span| (span.file, at)));
        let environment = finding.subject.environment.as_ref();
        let is_protected = environment.is_some_and(|environment| self.protected.contains(environment));
        let is_floored = finding.rule.family() == Family::ChangeSafety && is_protected;
        match severity(line.word) {
            // What somebody did on purpose is noted, whatever its rule weighs: it must not fail the run that repairs an incident.
            Some(_) if finding.severity == Severity::Note => {}
            Some(severity) if finding.rule.can_be_lowered() && !is_floored => finding.severity = severity,
            Some(severity) => finding.severity = finding.severity.max(severity),
            None if is_floored && !line.reasoned => {}
            None => return None,
        }
        Some(finding)
    }

    /// Findings about `allow … in="GLOB"` lines that let nothing pass. A line without a glob is the workspace's policy and
    /// stands whether or not anything breaks it today. Nobody can tell while something could not be read.
    pub(super) fn unused(&self, workspace: &Workspace, sources: &SourceSet) -> Vec<Diagnostic> {
        if workspace.incomplete || workspace.flags.iter().any(|flag| flag.incomplete) {
            return Vec::new();
        }
        let idle = |line: &&Line| {
            line.word == LevelWord::Allow && line.files.is_some() && !line.used && !line.target.is_about_changes()
        };
        let mut statements: Option<Statements<'_>> = None;
        self.lines
            .iter()
            .filter(idle)
            .map(|line| {
                let finding = Diagnostic::new(
                    Rule::UnusedAllow,
                    line.name.span,
                    format!("`allow {}` suppresses nothing in these files", line.name.value),
                )
                .label("no finding needs it")
                .meaning("it would hide the next such finding without anyone deciding so")
                .help("remove the line");
                // All lines are in the configuration, which is read once.
                let statements = statements.get_or_insert_with(|| Statements::read(sources, line.span.file));
                Diagnostic { edits: statements.remove(line.span), ..finding }
            })
            .collect()
    }
}

/// The lines that name `rule`: the most specific first, the later before the earlier.
fn ranked(lines: &[Line], rule: Rule) -> Vec<usize> {
    let mut named: Vec<_> = lines.iter().enumerate().filter(|(_, line)| line.target.contains(rule)).collect();
    named.sort_by_key(|(at, line)| std::cmp::Reverse((line.specificity(), *at)));
    named.into_iter().map(|(at, _)| at).collect()
}

fn matcher(glob: &Spanned<String>, sink: &mut Sink) -> Option<GlobMatcher> {
    match GlobBuilder::new(glob).literal_separator(true).build() {
        Ok(built) => Some(built.compile_matcher()),
        Err(error) => {
            sink.push(
                Diagnostic::new(
                    Rule::UnexpectedValue,
                    glob.span,
                    format!("`{}` is not a glob: {}", glob.value, error.kind()),
                )
                .label("cannot be read")
                .meaning("the line changes no finding's level")
                .help("write a pattern of paths below `flagfall.kdl`, such as `legacy/**` or `*/old-*.kdl`"),
            );
            None
        }
    }
}
