//! What stands and what does not, with a finding of our own: every step that `move` names belongs above what it names.

use super::*;
use crate::diagnostic::{Rule, Severity, Sink};
use crate::model::resolve;
use crate::region::Change;
use crate::source::{FileKind, SourceSet};
use crate::syntax;
use crate::syntax::edit;

/// A flag: `below` stands under `above` in `test`, and a finding says that it should be the other way.
fn workspace(steps: &str, above: &str, below: &str) -> SourceSet {
    let flag = format!(
        "attribute country string\nattribute age number\nflag f type=string {{\n  variation a a\n  variation b b\n  variation c c\n{steps}  \
         env test enabled=#true {{\n    {above}\n    {below} // move\n    otherwise c\n  }}\n}}\n"
    );
    let mut sources = SourceSet::new();
    sources.add("flagfall.kdl", "flagfall.kdl", FileKind::Configuration, "edition \"2026\"\nenv test\n");
    sources.add("f.kdl", "f.kdl", FileKind::Definitions, flag);
    sources
}

/// Reads, and reports every line marked `move` that is not the first of its waterfall.
fn read(sources: SourceSet) -> Revision {
    let mut sink = Sink::new();
    let ast = syntax::parse(&sources, &mut sink);
    let workspace = resolve::resolve(ast, &mut sink);
    for flag in &workspace.flags {
        for here in &flag.environments {
            let Some(first) = here.placements.first() else { continue };
            for placement in here.placements.iter().skip(1) {
                let rest = &sources.file(placement.span.file).text[placement.span.end as usize..];
                if rest.lines().next().unwrap().contains("move") {
                    let mut finding = Diagnostic::new(Rule::DarkLaunch, placement.span, "belongs above");
                    finding.severity = Severity::Error;
                    finding.edits = edit::move_before(&sources, placement.span, first.span);
                    sink.push(finding);
                }
            }
        }
    }
    let findings = sink.into_sorted(&sources);
    Revision::new(sources, &workspace, findings)
}

/// The order of the steps afterwards, and what became of the findings.
#[track_caller]
fn fixed(steps: &str, above: &str, below: &str, approach: Approach) -> (bool, Vec<Fix>) {
    let start = read(workspace(steps, above, below));
    assert_eq!(start.findings.len(), 1, "{:?}", start.findings);
    let fixed = run(start, approach, Limits::default(), &read);
    let (_, file) = fixed.after.sources().files().nth(1).unwrap();
    (file.text.find(&format!("    {below} // move\n    {above}\n")).is_some(), fixed.fixes)
}

const DISJOINT: &str =
    "  gate g serve=a { when country is US }\n  experiment e { when country is CA; split a=50 b=50 }\n";
const OVERLAPPING: &str =
    "  gate g serve=a { when country is US }\n  experiment e { when age gte 18; split a=50 b=50 }\n";

#[test]
fn lines_that_take_nobody_are_moved_without_asking_the_engine() {
    let (moved, fixes) = fixed(OVERLAPPING, "experiment e enabled=#false", "gate g", Approach::Safe);
    assert!(moved && matches!(fixes[0].outcome, Outcome::Proved), "{fixes:?}");
}

#[test]
fn a_gate_moves_above_an_experiment_that_it_shares_nobody_with() {
    let (moved, fixes) = fixed(DISJOINT, "experiment e", "gate g", Approach::Safe);
    assert!(moved && matches!(fixes[0].outcome, Outcome::Proved), "{fixes:?}");
}

#[test]
fn a_gate_that_takes_somebody_from_an_experiment_stays() {
    let (moved, fixes) = fixed(OVERLAPPING, "experiment e", "gate g", Approach::Safe);
    assert!(!moved && matches!(fixes[0].outcome, Outcome::Refused(Refusal::Changes)), "{fixes:?}");
}

#[test]
fn a_gate_that_takes_somebody_is_moved_when_asked_for_and_its_effect_is_exact() {
    let (moved, fixes) = fixed(OVERLAPPING, "experiment e", "gate g", Approach::Unsafe);
    let Outcome::Applied(effects) = &fixes[0].outcome else { panic!("{fixes:?}") };
    assert!(moved);
    let [Effect { flag, environment, changes }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((flag.as_str(), environment.as_str()), ("f", "test"));
    // Half of the adults in the US had `a` from the experiment, with an event, and half `b`.
    for (variation, changed) in ["a", "b"].iter().zip(changes) {
        let Changed { change: Change { from, to, least, most, .. }, from: left, to: entered } = changed;
        assert_eq!((from.variation.as_deref(), from.logged), (Some(*variation), true));
        assert_eq!((to.variation.as_deref(), to.logged), (Some("a"), false));
        assert_eq!((least.percent(), most.percent()), ("50.00".to_owned(), "50.00".to_owned()));
        assert_eq!((left.as_deref(), entered.as_deref()), (Some("e/test"), Some("g/test")));
    }
    assert_eq!(changes.len(), 2, "{changes:?}");
}

#[test]
fn a_fix_that_does_not_help_is_not_applied() {
    let start = read(workspace(DISJOINT, "experiment e enabled=#false", "gate g"));
    let mut findings = start.findings.clone();
    findings[0].edits = vec![edit_of(&findings[0], "  ")];
    let idle = Revision { findings, ..start };
    let fixed = run(idle, Approach::Unsafe, Limits::default(), &read);
    assert!(matches!(fixed.fixes[0].outcome, Outcome::Refused(Refusal::Stays)), "{:?}", fixed.fixes);
}

#[test]
fn a_fix_that_breaks_something_is_not_applied() {
    let start = read(workspace(DISJOINT, "experiment e enabled=#false", "gate g"));
    let mut findings = start.findings.clone();
    findings[0].edits = vec![edit_of(&findings[0], " move=1")];
    let breaking = Revision { findings, ..start };
    let fixed = run(breaking, Approach::Safe, Limits::default(), &read);
    assert!(matches!(&fixed.fixes[0].outcome, Outcome::Refused(Refusal::Breaks(_))), "{:?}", fixed.fixes);
}

/// Text put in behind the culprit.
fn edit_of(finding: &Diagnostic, text: &str) -> crate::diagnostic::Edit {
    let end = finding.span.unwrap().end;
    let span = crate::source::Span { start: end, ..finding.span.unwrap() };
    crate::diagnostic::Edit { span, replacement: text.to_owned() }
}

#[test]
fn edits_that_overlap_or_leave_our_files_are_not_carried_out() {
    let mut sources = SourceSet::new();
    let ours = sources.add("a.kdl", "a.kdl", FileKind::Definitions, "äbc");
    let data = sources.add("a.txt", "a.txt", FileKind::Data, "abc");
    let edit = |file, start, end| crate::diagnostic::Edit {
        span: crate::source::Span::new(file, start, end),
        replacement: "x".to_owned(),
    };
    assert_eq!(&*apply(&sources, &[edit(ours, 3, 4), edit(ours, 0, 2)]).unwrap().file(ours).text, "xbx");
    assert!(apply(&sources, &[edit(ours, 0, 3), edit(ours, 2, 4)]).is_none());
    assert!(apply(&sources, &[edit(ours, 2, 2), edit(ours, 2, 2)]).is_none());
    assert!(apply(&sources, &[edit(ours, 1, 2)]).is_none());
    assert!(apply(&sources, &[edit(data, 0, 1)]).is_none());
}
