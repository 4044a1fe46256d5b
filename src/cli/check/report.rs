//! What became of edits, for people.

use super::super::output::{Stream, printable};
use crate::count::Fraction;
use crate::fix::{Changed, Effect, Fix, Fixed, Outcome, Refusal, Revision};
use crate::region::End;

/// A line for each finding with edits, and below it who gets what else.
pub(super) fn fixes(fixed: &Fixed, dry_run: bool, messages: &mut Stream) {
    let done = if dry_run { "would fix" } else { "fixed" };
    for fix in &fixed.fixes {
        let finding = what(fix);
        match &fix.outcome {
            Outcome::Proved => messages.line(format_args!("{done} {finding}; nobody gets anything else")),
            Outcome::Unread => {
                messages.line(format_args!("{done} {finding}; it could not be read, so it was not served before"))
            }
            Outcome::Applied(effects) if effects.is_empty() => {
                messages.line(format_args!("{done} {finding}; nobody gets anything else"));
            }
            Outcome::Applied(effects) => {
                messages.line(format_args!("{done} {finding}; this changes what subjects get:"));
                effects.iter().for_each(|effect| self::effect(effect, &fixed.after, messages));
            }
            Outcome::Refused(why) => messages.line(format_args!("not applied: {finding}: {}", refusal(why))),
        }
    }
}

/// Place, rule and message.
fn what(fix: &Fix) -> String {
    let finding = &fix.finding;
    let sources = fix.found_in.sources();
    let place = finding.span.map_or_else(
        || "flagfall".to_owned(),
        |span| {
            let (start, _) = sources.place(span);
            format!("{}:{}:{}", printable(&sources.file(span.file).name), start.line, start.column)
        },
    );
    format!("{place} {} {}: {}", finding.rule.id(), finding.rule.name(), printable(&finding.message))
}

fn refusal(why: &Refusal) -> String {
    let reason = printable(&why.to_string()).into_owned();
    match why {
        Refusal::Changes => format!("{reason}; `flagfall check --fix --unsafe` shows how and applies it"),
        Refusal::Undecided(_) => {
            format!("{reason}; `flagfall check --fix --unsafe` applies it where the effect can be shown")
        }
        Refusal::Unread => format!("{reason}; correct it, or let `flagfall check --fix --unsafe` apply the edit"),
        Refusal::Beside | Refusal::Breaks(_) | Refusal::Stays | Refusal::Unusable => reason,
    }
}

fn effect(effect: &Effect, after: &Revision, messages: &mut Stream) {
    let (flag, environment) = (effect.flag.as_str(), effect.environment.as_str());
    for Changed { change, from, to } in &effect.changes {
        let is_relabelled = change.from.variation == change.to.variation && change.from.value == change.to.value;
        let from = got(&change.from, from.as_deref().filter(|_| is_relabelled));
        let to = got(&change.to, to.as_deref().filter(|_| is_relabelled));
        let share = share(&change.least, &change.most);
        messages.line(format_args!("  {} in {}: {from} → {to} for {share}", printable(flag), printable(environment)));
        match &change.witness {
            Some(somebody) => {
                messages.line(format_args!("    {}", printable(&super::witness(somebody, effect, after).command)));
            }
            None => messages.line("    no witness found, although it is proved that there is one"),
        }
    }
}

fn got(end: &End, allocation: Option<&str>) -> String {
    let (Some(variation), Some(value)) = (&end.variation, &end.value) else {
        return "the caller's default".to_owned();
    };
    let through = allocation.map_or_else(String::new, |key| {
        format!(" as `{}`, {}", printable(key), if end.logged { "logged" } else { "not logged" })
    });
    format!("`{}` ({}){through}", printable(variation), printable(&value.to_string()))
}

fn share(least: &Fraction, most: &Fraction) -> String {
    let of = "of the subjects with the same attributes";
    if least == most {
        format!("{} % {of}", least.percent())
    } else {
        format!("{} % to {} % {of}", least.percent(), most.percent())
    }
}
