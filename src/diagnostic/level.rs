//! The level of every finding: the rule's default, the lines of `rules` in `flagfall.kdl`, and `allow` in flags and environments.
//!
//! The most specific line wins, then the later one. From least to most specific: a family, a family in a glob, a rule, a rule
//! in a glob, `allow` in the flag, `allow` in its environment. Families 0 and 1 are never lowered.

mod allowance;
mod configured;

use std::collections::BTreeSet;

use jiff::civil::Date;

use self::allowance::Allowances;
use self::configured::Configured;
use super::rule::Level;
use super::{Diagnostic, Family, Rule, Severity, Sink};
use crate::model::{Flag, LevelWord, Workspace};
use crate::source::{FileId, SourceSet, Spanned};

/// `findings` with levels applied: allowed ones are left out, and `allow` lines that are unused, expired, without a reason
/// or name no rule are findings themselves. The result is sorted by file and place. `today` is a day in UTC.
#[must_use]
pub fn apply(findings: Vec<Diagnostic>, workspace: &Workspace, sources: &SourceSet, today: Date) -> Vec<Diagnostic> {
    apply_part(findings, workspace, sources, today, &BTreeSet::new()).0
}

/// The same of a part of the workspace: `needed` are the lines about some files only that findings elsewhere need, by position. With
/// the lines that these findings need, by the file of the finding.
#[must_use]
pub fn apply_part(
    findings: Vec<Diagnostic>,
    workspace: &Workspace,
    sources: &SourceSet,
    today: Date,
    needed: &BTreeSet<usize>,
) -> (Vec<Diagnostic>, BTreeSet<(FileId, usize)>) {
    let mut about_lines = Sink::new();
    let mut configured = Configured::new(workspace, sources, today, &mut about_lines);
    configured.need(needed);
    let mut allowances = Allowances::new(workspace, today, &mut about_lines);

    let mut kept = Sink::new();
    let mut pass = |finding: Diagnostic, configured: &mut Configured, allowances: &mut Allowances| {
        if allowances.suppresses(&finding) {
            return;
        }
        if let Some(finding) = configured.weigh(finding) {
            kept.push(finding);
        }
    };
    for finding in findings.into_iter().chain(about_lines.into_findings()) {
        pass(finding, &mut configured, &mut allowances);
    }
    // Whether a line was needed is known only now. Lines that allow this very rule are asked last.
    for unused in allowances.unused(false, sources).into_iter().chain(configured.unused(workspace, sources)) {
        pass(unused, &mut configured, &mut allowances);
    }
    for unused in allowances.unused(true, sources) {
        pass(unused, &mut configured, &mut Allowances::default());
    }
    (kept.into_sorted(sources), configured.needed())
}

/// Whether a line of `rules` asks for findings of `rule`, somewhere: what nobody asked for need not be looked for.
#[must_use]
pub fn asked_for(rule: Rule, workspace: &Workspace) -> bool {
    let asking = workspace.levels.iter().filter(|line| line.level.value != LevelWord::Allow);
    let mut names = asking.flat_map(|line| &line.rules);
    rule.default_level() != Level::Allow || names.any(|name| Target::find(name).is_some_and(|one| one.contains(rule)))
}

/// Whether an `allow` line of the flag, or of it in this environment, is about a rule and holds on a day.
#[must_use]
pub fn is_allowed(rule: Rule, flag: &Flag, environment: &str, today: Date) -> bool {
    let here = flag.in_environment(environment).into_iter();
    let mut lines = here.flat_map(|here| &here.allows).chain(&flag.allows);
    lines.any(|allow| {
        let names = Target::find(&allow.rule).is_some_and(|target| target.contains(rule));
        names && allow.until.as_ref().is_none_or(|until| expired(&allow.rule, until, today).is_none())
    })
}

/// What a `rules` line or an `allow` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Family(Family),
    Rule(Rule),
}

impl Target {
    fn find(written: &str) -> Option<Self> {
        Rule::find(written).map(Self::Rule).or_else(|| family(written).map(Self::Family))
    }

    /// Whether it is about what a change does: a later change needs it no more, and a plain check never does.
    fn is_about_changes(self) -> bool {
        match self {
            Self::Family(family) => family == Family::ChangeSafety,
            Self::Rule(rule) => rule.family() == Family::ChangeSafety,
        }
    }

    fn contains(self, rule: Rule) -> bool {
        match self {
            Self::Family(family) => rule.family() == family,
            Self::Rule(own) => own == rule,
        }
    }
}

/// `FF4`, in either case.
fn family(written: &str) -> Option<Family> {
    match written.to_ascii_uppercase().as_str() {
        "FF0" => Some(Family::Syntax),
        "FF1" => Some(Family::Names),
        "FF2" => Some(Family::Meaning),
        "FF3" => Some(Family::ChangeSafety),
        "FF4" => Some(Family::Hygiene),
        "FF5" => Some(Family::Portability),
        "FF6" => Some(Family::Policy),
        _ => None,
    }
}

/// The target that `name` names, or a finding that says what could have been meant.
fn target(name: &Spanned<String>, word: LevelWord, sink: &mut Sink) -> Option<Target> {
    let Some(target) = Target::find(name) else {
        sink.push(unknown(name));
        return None;
    };
    if lowers(target, word) {
        sink.push(fixed_level(name, target));
        return None;
    }
    Some(target)
}

/// Whether `word` would lower a rule of the families that cannot be lowered.
fn lowers(target: Target, word: LevelWord) -> bool {
    let level = match word {
        LevelWord::Allow => Level::Allow,
        LevelWord::Warn => Level::Warn,
        LevelWord::Deny => Level::Error,
    };
    Rule::ALL.iter().any(|&rule| target.contains(rule) && !rule.can_be_lowered() && level < rule.default_level())
}

fn unknown(name: &Spanned<String>) -> Diagnostic {
    let message = format!("no rule is called `{}`", name.value);
    let known = Rule::ALL.iter().flat_map(|rule| [rule.name(), rule.id()]);
    let help = super::suggest::nearest(name, known).map_or_else(
        || {
            "rules are named by id (`FF4002`), name (`stale-flag`) or family (`FF4`); `flagfall rules` lists them"
                .to_owned()
        },
        |known| format!("did you mean `{known}`?"),
    );
    let finding = Diagnostic::new(Rule::UnknownRule, name.span, message)
        .label("not a rule")
        .meaning("the line changes no finding's level")
        .help(help);
    match super::suggest::nearest(name, Rule::ALL.iter().flat_map(|rule| [rule.name(), rule.id()])) {
        Some(known) => finding.edit(name.span, known),
        None => finding,
    }
}

fn fixed_level(name: &Spanned<String>, target: Target) -> Diagnostic {
    let whose = match target {
        Target::Rule(rule) => format!("the level of `{}` ({})", rule.name(), rule.id()),
        Target::Family(_) => format!("the level of family `{}`", name.value),
    };
    Diagnostic::new(Rule::UnknownRule, name.span, format!("{whose} cannot be lowered"))
        .label("syntax (FF0) and names (FF1) cannot be lowered")
        .meaning("a definition that does not parse or names nothing has no meaning to compile, so no level could let it pass")
        .help("remove the line, and repair what the rule reports")
}

/// The weight that a word asks for; none for `allow`.
fn severity(word: LevelWord) -> Option<Severity> {
    match word {
        LevelWord::Allow => None,
        LevelWord::Warn => Some(Severity::Warning),
        LevelWord::Deny => Some(Severity::Error),
    }
}

/// A line whose `until=` has passed.
fn expired(name: &Spanned<String>, until: &Spanned<Date>, today: Date) -> Option<Diagnostic> {
    (until.value < today).then(|| {
        Diagnostic::new(
            Rule::ExpiredAllow,
            until.span,
            format!("this line for `{}` held until {} and has expired", name.value, until.value),
        )
        .label("the last day it held")
        .meaning("what it suppressed is reported again")
        .help("repair what it was for and remove the line, or decide anew and move the date")
    })
}
