//! `allow RULE reason= until=` in flags and their environments.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Target, expired, target};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::model::{Allow, Flag, LevelWord, Workspace};
use crate::source::{FileId, SourceSet, Span, Spanned};
use crate::syntax::edit::Statements;

/// The `allow` lines that hold today, and which of them were needed.
#[derive(Default)]
pub(super) struct Allowances<'a> {
    lines: Vec<Line<'a>>,
    /// Flag key → its lines, those of environments first.
    by_flag: BTreeMap<&'a str, Vec<usize>>,
    places: Places<'a>,
}

struct Line<'a> {
    flag: &'a str,
    environment: Option<&'a str>,
    name: &'a Spanned<String>,
    target: Target,
    span: Span,
    /// Whether it was needed, or nobody can tell because part of its flag could not be read.
    used: bool,
}

impl<'a> Allowances<'a> {
    pub(super) fn new(workspace: &'a Workspace, today: Date, sink: &mut Sink) -> Self {
        let mut all = Self::default();
        for flag in &workspace.flags {
            for environment in &flag.environments {
                let name = environment.environment.name.value.as_str();
                for allow in &environment.allows {
                    all.add(flag, Some(name), allow, today, sink);
                }
            }
            for allow in &flag.allows {
                all.add(flag, None, allow, today, sink);
            }
        }
        if !all.lines.is_empty() {
            all.places = Places::new(workspace);
        }
        all
    }

    fn add(&mut self, flag: &'a Flag, environment: Option<&'a str>, allow: &'a Allow, today: Date, sink: &mut Sink) {
        let about = |finding: Diagnostic| match environment {
            Some(name) => finding.flag(&*flag.key).environment(name),
            None => finding.flag(&*flag.key),
        };
        let mut own = Sink::new();
        let target = target(&allow.rule, LevelWord::Allow, &mut own);
        if allow.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
            own.push(without_reason(allow));
        }
        let late = allow.until.as_ref().and_then(|until| expired(&allow.rule, until, today));
        let holds = late.is_none();
        own.into_findings().into_iter().chain(late).for_each(|finding| sink.push(about(finding)));
        if let (Some(target), true) = (target, holds) {
            self.by_flag.entry(&flag.key).or_default().push(self.lines.len());
            self.lines.push(Line {
                flag: &flag.key,
                environment,
                name: &allow.rule,
                target,
                span: allow.span,
                used: flag.incomplete,
            });
        }
    }

    /// Whether a line suppresses the finding; that line is then needed.
    pub(super) fn suppresses(&mut self, finding: &Diagnostic) -> bool {
        if self.lines.is_empty() || !finding.rule.can_be_lowered() {
            return false;
        }
        let (found_flag, found_environment) = self.places.of(finding);
        let Some(flag) = finding.subject.flag.as_deref().or(found_flag) else { return false };
        let environment = finding.subject.environment.as_deref().or(found_environment);
        let lines = self.by_flag.get(flag).map_or(&[][..], Vec::as_slice);
        for &at in lines {
            let Some(line) = self.lines.get_mut(at) else { continue };
            let covers = line.environment.is_none_or(|own| environment == Some(own));
            // A line is no excuse for its own faults.
            let own = finding.span.is_some_and(|span| {
                span.file == line.span.file && span.start >= line.span.start && span.end <= line.span.end
            });
            if covers && !own && line.target.contains(finding.rule) {
                line.used = true;
                return true;
            }
        }
        false
    }

    /// Findings about lines that suppressed nothing; `of_this_rule` picks those that allow just these findings.
    pub(super) fn unused(&self, of_this_rule: bool, sources: &SourceSet) -> Vec<Diagnostic> {
        let idle = |line: &&Line<'_>| {
            let is_this = line.target == Target::Rule(Rule::UnusedAllow);
            !line.used && !line.target.is_about_changes() && is_this == of_this_rule
        };
        let mut files: BTreeMap<FileId, Statements<'_>> = BTreeMap::new();
        let mut remove =
            |span: Span| files.entry(span.file).or_insert_with(|| Statements::read(sources, span.file)).remove(span);
        self.lines.iter().filter(idle).map(|line| Diagnostic { edits: remove(line.span), ..line.unused() }).collect()
    }
}

impl Line<'_> {
    fn unused(&self) -> Diagnostic {
        let finding = Diagnostic::new(
            Rule::UnusedAllow,
            self.name.span,
            format!("`allow {}` suppresses nothing", self.name.value),
        )
        .label("no finding needs it")
        .meaning("it would hide the next such finding without anyone deciding so")
        .help("remove the line")
        .flag(self.flag);
        match self.environment {
            Some(name) => finding.environment(name),
            None => finding,
        }
    }
}

fn without_reason(allow: &Allow) -> Diagnostic {
    let line = format!("allow {}", allow.rule.value);
    let finding = Diagnostic::new(Rule::AllowWithoutReason, allow.rule.span, format!("`{line}` gives no reason"))
        .label("why?")
        .meaning("whoever reads it later cannot tell whether the finding may come back")
        .help(format!("say why: `{line} reason=\"…\"`"));
    match &allow.reason {
        Some(reason) => finding.and(reason.span, "empty"),
        None => finding,
    }
}

/// Which flag and environment a place belongs to, for findings that do not say it themselves.
#[derive(Default)]
struct Places<'a> {
    /// Where each definition of a file begins, sorted; flags with their key.
    definitions: BTreeMap<(FileId, u32), Option<&'a str>>,
    /// Where each part of a flag begins, sorted; environments with their name.
    parts: BTreeMap<(FileId, u32), Option<&'a str>>,
}

impl<'a> Places<'a> {
    fn new(workspace: &'a Workspace) -> Self {
        let mut places = Self::default();
        let others = (workspace.attributes.iter().filter_map(|attribute| attribute.span))
            .chain(workspace.segments.iter().map(|segment| segment.name.span))
            .chain(workspace.layers.iter().map(|layer| layer.name.span))
            .chain(workspace.holdouts.iter().map(|holdout| holdout.name.span))
            .chain(workspace.contracts.iter().map(|contract| contract.name.span));
        for span in others {
            places.definitions.insert((span.file, span.start), None);
        }
        for flag in &workspace.flags {
            places.definitions.insert((flag.span.file, flag.span.start), Some(&flag.key));
            places.parts.insert((flag.span.file, flag.span.start), None);
            let inner =
                flag.steps.iter().map(|step| step.span).chain(flag.variations.iter().map(|variation| variation.span));
            for span in inner {
                places.parts.insert((span.file, span.start), None);
            }
            for environment in &flag.environments {
                let name = environment.environment.name.value.as_str();
                places.parts.insert((environment.span.file, environment.span.start), Some(name));
            }
        }
        places
    }

    fn of(&self, finding: &Diagnostic) -> (Option<&'a str>, Option<&'a str>) {
        let Some(span) = finding.span else { return (None, None) };
        (before(&self.definitions, span), before(&self.parts, span))
    }
}

/// What the last beginning at or before `span` in its file is called.
fn before<'a>(beginnings: &BTreeMap<(FileId, u32), Option<&'a str>>, span: Span) -> Option<&'a str> {
    let ((file, _), name) = beginnings.range(..=(span.file, span.start)).next_back()?;
    name.filter(|_| *file == span.file)
}
