//! A change as people read it: the verdict first, then flag by flag what was edited, in which waterfall, and who moves.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Shown;
use crate::diagnostic::render::counted;
use crate::diagnostic::render::human::Look;
use crate::diagnostic::render::printable;
use crate::diff::{Change, Class, Mark, Region, Seen, State};
use crate::lower::instant;
use crate::region::{Portion, Witness};
use crate::witness;

/// More flags than this that were edited by one cause, and of whom nobody moves, are counted.
const SHOWN_SAME: usize = 8;

/// One line a region, tab-separated: class, flag, environment, kind, share, audience, from, to; and a line for each flag of which
/// nobody moves.
pub(super) fn plain(shown: &Shown) -> String {
    let mut out = String::new();
    for change in &shown.plan.changes {
        let (flag, environment, class) = (printable(&change.flag), printable(&change.environment), change.class.word());
        if change.regions.is_empty() {
            let why = change.undecided.as_deref().map_or_else(|| "-".into(), |why| printable(why).into_owned());
            let class = if change.undecided.is_some() { "undecided" } else { class };
            let _ = writeln!(out, "{class}\t{flag}\t{environment}\t-\t-\t{why}\t-\t-");
        }
        for region in &change.regions {
            let _ = writeln!(
                out,
                "{class}\t{flag}\t{environment}\t{}\t{}\t{}\t{}\t{}",
                region.kind.word(),
                portion(&region.portion),
                printable(&region.audience),
                printable(&end(region.from.as_ref())),
                printable(&end(region.to.as_ref()))
            );
        }
    }
    out
}

/// The whole change.
pub(super) fn render(shown: &Shown, look: Look) -> String {
    let paint = Paint { on: look.color };
    let mut out = format!("{}\n", paint.bold(&shown.summary()));
    let (moving, still): (Vec<&Change>, Vec<&Change>) =
        shown.plan.changes.iter().partition(|change| change.class > Class::Same || change.undecided.is_some());
    for change in alike(&moving) {
        one(&change, shown, paint, look, &mut out);
    }
    same(&still, &mut out);
    by_itself(shown, &mut out);
    if !shown.findings.is_empty() {
        out.push('\n');
    }
    out
}

/// Environments of one flag in which everything is the same are shown together.
struct Alike<'a> {
    change: &'a Change,
    environments: Vec<&'a str>,
}

fn alike<'a>(changes: &[&'a Change]) -> Vec<Alike<'a>> {
    let mut all: Vec<Alike<'a>> = Vec::new();
    for change in changes {
        let told = |one: &Change| {
            let regions: Vec<String> = one.regions.iter().map(|region| row(region).join("|")).collect();
            let edits: Vec<String> = one.edits.iter().map(crate::diff::Edit::words).collect();
            (one.class, one.states, regions, edits, one.waterfall.clone(), one.undecided.clone())
        };
        let known = all.iter_mut().find(|known| known.change.flag == change.flag && told(known.change) == told(change));
        match known {
            Some(known) => known.environments.push(&change.environment),
            None => all.push(Alike { change, environments: vec![&change.environment] }),
        }
    }
    all
}

fn one(alike: &Alike<'_>, shown: &Shown, paint: Paint, look: Look, out: &mut String) {
    let change = alike.change;
    let environments = alike.environments.join(", ");
    let word = if change.undecided.is_some() { "undecided" } else { change.class.word() };
    let _ = writeln!(
        out,
        "\n{} in {}: {}",
        paint.bold(&printable(&change.flag)),
        printable(&environments),
        paint.class(change.class, word)
    );
    for line in states(change) {
        let _ = writeln!(out, "  {line}");
    }
    for edit in &change.edits {
        let _ = writeln!(out, "  {}{}", printable(&edit.words()), at(edit));
    }
    waterfall(change, paint, out);
    if let Some(why) = &change.undecided {
        let _ = writeln!(out, "  who moves is not decided: {}", printable(why));
    }
    regions(change, shown, look, out);
}

/// Where an edit is: `  flags/a.kdl:7`.
fn at(edit: &crate::diff::Edit) -> String {
    let place = edit.is_at.as_ref().or(edit.was_at.as_ref());
    place.map_or_else(String::new, |place| format!("  ({}:{})", printable(&place.file), place.start.0))
}

fn states(change: &Change) -> Vec<String> {
    let [was, is] = change.states;
    let mut lines = Vec::new();
    let line = match (was, is) {
        (State::Served, State::Disabled) => "switched off: everybody gets the caller's default",
        (State::Disabled, State::Served) => "switched on",
        (State::Served, State::Absent) => "the flag is gone: everybody gets the caller's default",
        (State::Served, State::Unmentioned) => "not served here any more: everybody gets the caller's default",
        (State::Absent, State::Served) => "a new flag",
        (State::Unmentioned, State::Served) => "served here for the first time",
        _ => "",
    };
    if !line.is_empty() {
        lines.push(line.to_owned());
    }
    if let Some([before, after]) = change.retyped {
        lines.push(format!(
            "was {}, is {}: callers of the old type get their default",
            before.author(),
            after.author()
        ));
    }
    lines
}

fn waterfall(change: &Change, paint: Paint, out: &mut String) {
    let all_new = change.waterfall.iter().all(|line| line.mark == Mark::Added);
    if change.waterfall.is_empty() || (all_new && change.waterfall.len() < 2) {
        return;
    }
    let columns =
        |line: &crate::diff::Line| [line.step.clone(), line.exposure.clone(), line.does.clone(), line.when.clone()];
    let rows: Vec<[String; 4]> = change.waterfall.iter().map(columns).collect();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| printable(cell).chars().count()).max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    out.push('\n');
    for (line, [step, exposure, does, when]) in change.waterfall.iter().zip(&rows) {
        let text = format!(
            "    {} {:<a$}  {:>b$}  {:<c$}  {}",
            line.mark.sign(),
            printable(step),
            printable(exposure),
            printable(does),
            printable(when),
            a = widths[0],
            b = widths[1],
            c = widths[2]
        );
        let _ = writeln!(out, "{}", paint.mark(line.mark, text.trim_end()));
    }
}

/// Kind, share, audience, from, to, when.
fn row(region: &Region) -> [String; 6] {
    let when = match (region.since, region.until) {
        (None, None) => String::new(),
        (Some(since), None) => format!("from {}", instant(since)),
        (None, Some(until)) => format!("until {}", instant(until)),
        (Some(since), Some(until)) => format!("{} to {}", instant(since), instant(until)),
    };
    [
        region.kind.word().to_owned(),
        portion(&region.portion),
        region.audience.clone(),
        end(region.from.as_ref()),
        end(region.to.as_ref()),
        when,
    ]
}

fn regions(change: &Change, shown: &Shown, look: Look, out: &mut String) {
    if change.regions.is_empty() {
        return;
    }
    out.push('\n');
    let arrow = if look.unicode { "→" } else { "->" };
    let rows: Vec<[String; 6]> = change.regions.iter().map(row).collect();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| printable(cell).chars().count()).max().unwrap_or(0)
    };
    let (kinds, shares) = (width(0), width(1));
    for (region, [kind, share, audience, from, to, when]) in change.regions.iter().zip(&rows) {
        let sticky = if region.kind.is_sticky() { "" } else { ", not sticky" };
        let when = if when.is_empty() { String::new() } else { format!(", {when}") };
        let _ = writeln!(
            out,
            "  {kind:<kinds$}  {share:>shares$} of {}: {} {arrow} {}{when}{sticky}",
            printable(audience),
            printable(from),
            printable(to)
        );
        if let Portion::Keys { moving, .. } = &region.portion {
            let few: Vec<&str> = moving.iter().take(5).map(String::as_str).collect();
            let more = moving.len().saturating_sub(few.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = writeln!(out, "    {}{more}", printable(&few.join(", ")));
        }
        match shown.witness(change, region, 1).or_else(|| shown.witness(change, region, 0)) {
            Some(witness) => {
                let _ = writeln!(out, "    {}", witness.command);
            }
            None if region.witness.is_none() => out.push_str("    no witness was found within the budget\n"),
            None => {}
        }
    }
}

fn end(seen: Option<&Seen>) -> String {
    let Some(Seen { step, variation, value, logged, .. }) = seen else { return "the caller's default".to_owned() };
    let value = value.to_string();
    let value =
        if value.chars().count() > 40 { format!("{}…", value.chars().take(39).collect::<String>()) } else { value };
    let shown = if value.trim_matches('"') == variation { variation.clone() } else { format!("{variation} = {value}") };
    format!("{shown} by {step}{}", if *logged { "" } else { ", not logged" })
}

/// Two decimals; what is not nothing is never shown as nothing, and what is not everything never as everything.
fn portion(portion: &Portion) -> String {
    match portion {
        Portion::Share(share) => percent(share),
        Portion::OtherId(share) => format!("where callers pass another `id`, {}", percent(share)),
        Portion::Keys { moving, named } => format!("{} of {named} listed keys", moving.len()),
        Portion::Uncounted(_) => "some".to_owned(),
    }
}

fn percent(share: &crate::count::Fraction) -> String {
    let exact = share.to_f64() * 100.0;
    let shown = format!("{exact:.2}%");
    match shown.as_str() {
        "0.00%" if !share.is_zero() => "<0.01%".to_owned(),
        "100.00%" if *share != crate::count::Fraction::ONE => ">99.99%".to_owned(),
        _ => shown,
    }
}

/// Flags of which nobody moves, those of one edit together.
fn same(changes: &[&Change], out: &mut String) {
    let mut causes: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for change in changes {
        let words: Vec<String> = change.edits.iter().map(crate::diff::Edit::words).collect();
        let words = if words.is_empty() { "reordered or rewritten".to_owned() } else { words.join("; ") };
        let flags = causes.entry(words).or_default();
        if !flags.contains(&change.flag.as_str()) {
            flags.push(&change.flag);
        }
    }
    if causes.is_empty() {
        return;
    }
    out.push_str("\nno subject changes variation or logging (proved) in:\n");
    for (words, flags) in causes {
        let more = flags.len().saturating_sub(SHOWN_SAME);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let few: Vec<&str> = flags.into_iter().take(SHOWN_SAME).collect();
        let _ = writeln!(out, "  {}{more}: {}", printable(&few.join(", ")), printable(&words));
    }
}

fn by_itself(shown: &Shown, out: &mut String) {
    if shown.plan.upcoming.is_empty() {
        return;
    }
    out.push_str("\nby itself:\n");
    for one in &shown.plan.upcoming {
        let environment = if one.environment.is_empty() { String::new() } else { format!(" in {}", one.environment) };
        let _ = writeln!(
            out,
            "  {}  {}{}: {}",
            instant(one.at),
            printable(&one.flag),
            printable(&environment),
            printable(&one.what)
        );
    }
}

impl Shown {
    /// The commit of a side; none of a directory or file.
    pub(super) fn commit(&self, side: usize) -> Option<&str> {
        self.sides.get(side)?.commit.as_deref()
    }

    /// The worst that happens to anybody.
    pub(super) fn class(&self) -> Class {
        self.plan.changes.iter().map(|change| change.class).max().unwrap_or(Class::Same)
    }

    /// Whether it is proved that nobody gets anything else.
    pub(super) fn is_proved_same(&self) -> bool {
        self.plan.changes.iter().all(|change| change.class == Class::Same && change.undecided.is_none())
    }

    /// The change in a sentence.
    pub(super) fn summary(&self) -> String {
        let changes = &self.plan.changes;
        if changes.is_empty() {
            return "nothing changes: no flag is edited".to_owned();
        }
        if self.is_proved_same() {
            let flags: std::collections::BTreeSet<&str> = changes.iter().map(|change| change.flag.as_str()).collect();
            return format!(
                "no subject changes variation or logging (proved), in {}",
                counted(flags.len(), "edited flag")
            );
        }
        let mut environments: Vec<&str> = Vec::new();
        for change in changes {
            if !environments.contains(&change.environment.as_str()) {
                environments.push(&change.environment);
            }
        }
        let told = environments.into_iter().filter_map(|environment| {
            let mut classes: BTreeMap<std::cmp::Reverse<Class>, usize> = BTreeMap::new();
            let mut open = 0;
            for change in changes.iter().filter(|change| change.environment == environment) {
                if change.undecided.is_some() {
                    open += 1;
                } else if change.class > Class::Same {
                    *classes.entry(std::cmp::Reverse(change.class)).or_default() += 1;
                }
            }
            let mut parts: Vec<String> =
                classes.iter().map(|(class, count)| format!("{count} {}", verb(class.0, *count))).collect();
            if open > 0 {
                parts.push(format!("{open} undecided"));
            }
            (!parts.is_empty()).then(|| format!("{environment}: {}", parts.join(", ")))
        });
        told.collect::<Vec<_>>().join("; ")
    }

    /// Somebody whom it happens to, with a command that asks that side; none where it does not know the flag.
    pub(super) fn witness(&self, change: &Change, region: &Region, side: usize) -> Option<witness::Document> {
        let Witness { subject, at } = region.witness.as_ref()?;
        let here = self.sides.get(side)?;
        let known = change.states.get(side).is_some_and(|state| matches!(state, State::Served));
        known.then(|| witness::Document::new(&change.flag, here.source(&change.environment), subject, *at))
    }
}

fn verb(class: Class, count: usize) -> &'static str {
    match (class, count) {
        (Class::Same, _) => "same",
        (Class::Relabel, 1) => "flag only logs otherwise",
        (Class::Relabel, _) => "flags only log otherwise",
        (Class::Sticky, 1) => "flag only adds",
        (Class::Sticky, _) => "flags only add",
        (Class::Release, 1) => "flag releases subjects",
        (Class::Release, _) => "flags release subjects",
        (Class::Reassign, 1) => "flag reassigns subjects",
        (Class::Reassign, _) => "flags reassign subjects",
        (Class::Retype, 1) => "flag changes its type",
        (Class::Retype, _) => "flags change their type",
        (Class::Remove, 1) => "flag is removed",
        (Class::Remove, _) => "flags are removed",
    }
}

/// Colours, where there are any.
#[derive(Clone, Copy)]
struct Paint {
    on: bool,
}

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.on && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn class(self, class: Class, text: &str) -> String {
        let code = match class {
            Class::Same | Class::Relabel => "36",
            Class::Sticky => "32",
            Class::Release => "33",
            Class::Reassign | Class::Retype | Class::Remove => "31",
        };
        self.with(code, text)
    }

    fn mark(self, mark: Mark, text: &str) -> String {
        match mark {
            Mark::Kept => text.to_owned(),
            Mark::Changed => self.with("33", text),
            Mark::Added => self.with("32", text),
            Mark::Removed => self.with("31", text),
        }
    }
}
