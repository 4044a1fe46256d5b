//! The document of `diff --json`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Shown;
use crate::count::Fraction;
use crate::diagnostic::render::json::{Finding, finding};
use crate::diff::{self, Mark, State};
use crate::lower::instant;
use crate::region::Portion;
use crate::witness;

/// What a change does to people.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document<'a> {
    /// The name of this schema.
    schema: &'static str,
    /// What there was, as it was asked for.
    base: &'a str,
    /// What there is, as it was asked for.
    head: &'a str,
    /// The commit of the base; absent for a directory or file.
    #[serde(skip_serializing_if = "Option::is_none")]
    base_commit: Option<&'a str>,
    /// The commit of the head; absent for a directory or file.
    #[serde(skip_serializing_if = "Option::is_none")]
    head_commit: Option<&'a str>,
    /// The worst class of all changes.
    #[schemars(extend("enum" = ["same", "relabel", "sticky", "release", "reassign", "retype", "remove"]))]
    class: &'static str,
    /// Whether it is proved that no subject changes variation or logging.
    proved_same: bool,
    /// What the change does, in a sentence.
    summary: String,
    /// By flag, then by environment.
    changes: Vec<Change<'a>>,
    /// What changes by itself within the days asked for, by instant.
    upcoming: Vec<Upcoming<'a>>,
    /// What endangers subjects: rules of family 3.
    findings: Vec<Finding<'a>>,
}

/// A flag in an environment that is not what it was.
#[derive(Debug, Serialize, JsonSchema)]
struct Change<'a> {
    /// The flag's key.
    flag: &'a str,
    /// The environment's name.
    environment: &'a str,
    /// The worst that happens to anybody.
    #[schemars(extend("enum" = ["same", "relabel", "sticky", "release", "reassign", "retype", "remove"]))]
    class: &'static str,
    /// Whether evaluators found it.
    #[schemars(extend("enum" = ["absent", "unmentioned", "disabled", "served"]))]
    was: &'static str,
    /// Whether they find it.
    #[schemars(extend("enum" = ["absent", "unmentioned", "disabled", "served"]))]
    is: &'static str,
    /// Its type before and after, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    retyped: Option<[&'static str; 2]>,
    /// Where it was edited, in the head and else in the base.
    places: Vec<Place<'a>>,
    /// What was edited.
    edits: Vec<Edit<'a>>,
    /// The waterfall it is read in, in the order it has now; removed lines stand where they were.
    waterfall: Vec<Line<'a>>,
    /// Who gets something else; nobody does where it is empty and `undecided` is absent.
    regions: Vec<Region<'a>>,
    /// Why it could not be decided who does.
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<&'a str>,
}

/// A place: 1-based, columns in characters, the end exclusive.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Place<'a> {
    /// As findings call it.
    file: &'a str,
    /// The line it begins on.
    line: u32,
    /// The column it begins at.
    column: u32,
    /// The line it ends on.
    end_line: u32,
    /// The column after its last character.
    end_column: u32,
    /// The commit that was read; absent for the working tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
}

/// Something that was edited.
#[derive(Debug, Serialize, JsonSchema)]
struct Edit<'a> {
    /// In a line.
    words: String,
    /// What it belongs to, such as ``experiment `trial` ``.
    of: &'a str,
    /// What of it; empty for the whole.
    what: &'a str,
    /// As it was; null where it is new.
    before: Option<&'a str>,
    /// As it is; null where it is gone.
    after: Option<&'a str>,
    /// Whether it is written outside of the flag, where other flags use it, too.
    shared: bool,
    /// Where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    was_at: Option<Place<'a>>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_at: Option<Place<'a>>,
}

/// A line of a waterfall.
#[derive(Debug, Serialize, JsonSchema)]
struct Line<'a> {
    /// What became of it.
    #[schemars(extend("enum" = ["kept", "changed", "added", "removed"]))]
    mark: &'static str,
    /// The step's name; `otherwise` for the last line.
    step: &'a str,
    /// What it does.
    does: &'a str,
    /// How much of its audience it takes; empty for `otherwise`.
    exposure: &'a str,
    /// Whom it targets; empty for `otherwise`.
    when: &'a str,
}

/// Subjects who get something else.
#[derive(Debug, Serialize, JsonSchema)]
struct Region<'a> {
    /// Who, in the author's words.
    audience: &'a str,
    /// What happens to them.
    #[schemars(extend("enum" = ["new", "released", "reassigned", "relabelled"]))]
    kind: &'static str,
    /// The exact share of the audience; null where it is no share of everybody in it.
    share: Option<Fraction>,
    /// The single subject keys that move, where conditions name them.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Keys<'a>>,
    /// The share is of subjects whose callers pass an `id` that is not their key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    other_id: bool,
    /// Why there is no share.
    #[serde(skip_serializing_if = "Option::is_none")]
    uncounted: Option<&'a str>,
    /// What they got; null for the caller's default.
    from: Option<End<'a>>,
    /// What they get; null for the caller's default.
    to: Option<End<'a>>,
    /// Whether those who had something keep it.
    sticky: bool,
    /// The first instant; absent for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// The last instant; absent for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// Somebody whom it happens to, under the head; absent where nobody was found within the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<witness::Document>,
    /// The same subject under the base.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<witness::Document>,
}

/// Single subject keys.
#[derive(Debug, Serialize, JsonSchema)]
struct Keys<'a> {
    /// Who moves.
    moving: &'a [String],
    /// Of so many that conditions name.
    of: usize,
}

/// What somebody gets.
#[derive(Debug, Serialize, JsonSchema)]
struct End<'a> {
    /// The step's name; the allocation key where no workspace names it.
    step: &'a str,
    /// The variation's key.
    variation: &'a str,
    /// Its value. A JSON flag's value is JSON, not text.
    value: &'a Value,
    /// Whether an event is logged.
    logged: bool,
}

/// Something that happens without a commit.
#[derive(Debug, Serialize, JsonSchema)]
struct Upcoming<'a> {
    /// When.
    #[schemars(example = &"2026-12-01T00:00:00.000Z")]
    at: String,
    /// The flag's key.
    flag: &'a str,
    /// The environment's name; empty where it is the same in all.
    environment: &'a str,
    /// What, in a sentence.
    what: &'a str,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place<'a>>,
}

impl<'a> Document<'a> {
    pub(super) fn new(shown: &'a Shown) -> Self {
        let findings = shown
            .written(1)
            .map_or_else(Vec::new, |(_, sources)| shown.findings.iter().map(|one| finding(one, sources)).collect());
        Self {
            schema: "flagfall.diff/1",
            base: &shown.base,
            head: &shown.head,
            base_commit: shown.commit(0),
            head_commit: shown.commit(1),
            class: shown.class().word(),
            proved_same: shown.is_proved_same(),
            summary: shown.summary(),
            changes: shown.plan.changes.iter().map(|one| change(one, shown)).collect(),
            upcoming: shown.plan.upcoming.iter().map(|one| upcoming(one, shown)).collect(),
            findings,
        }
    }
}

fn place<'a>(place: &'a diff::Place, commit: Option<&'a str>) -> Place<'a> {
    let ((line, column), (end_line, end_column)) = (place.start, place.end);
    Place { file: &place.file, line, column, end_line, end_column, commit }
}

fn change<'a>(change: &'a diff::Change, shown: &'a Shown) -> Change<'a> {
    let commits = [shown.commit(0), shown.commit(1)];
    let at = |edit: &'a diff::Edit| {
        let is = edit.is_at.as_ref().map(|at| place(at, commits[1]));
        is.or_else(|| edit.was_at.as_ref().map(|at| place(at, commits[0])))
    };
    Change {
        flag: &change.flag,
        environment: &change.environment,
        class: change.class.word(),
        was: state(change.states[0]),
        is: state(change.states[1]),
        retyped: change.retyped.map(|kinds| kinds.map(crate::ufc::VariationType::author)),
        places: change.edits.iter().filter_map(at).collect(),
        edits: change
            .edits
            .iter()
            .map(|edit| Edit {
                words: edit.words(),
                of: &edit.of,
                what: &edit.what,
                before: edit.before.as_deref(),
                after: edit.after.as_deref(),
                shared: edit.is_shared,
                was_at: edit.was_at.as_ref().map(|at| place(at, commits[0])),
                is_at: edit.is_at.as_ref().map(|at| place(at, commits[1])),
            })
            .collect(),
        waterfall: change
            .waterfall
            .iter()
            .map(|line| Line {
                mark: mark(line.mark),
                step: &line.step,
                does: &line.does,
                exposure: &line.exposure,
                when: &line.when,
            })
            .collect(),
        regions: change.regions.iter().map(|one| region(one, change, shown)).collect(),
        undecided: change.undecided.as_deref(),
    }
}

fn state(state: State) -> &'static str {
    match state {
        State::Absent => "absent",
        State::Unmentioned => "unmentioned",
        State::Disabled => "disabled",
        State::Served => "served",
    }
}

fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Kept => "kept",
        Mark::Changed => "changed",
        Mark::Added => "added",
        Mark::Removed => "removed",
    }
}

fn region<'a>(region: &'a diff::Region, change: &'a diff::Change, shown: &Shown) -> Region<'a> {
    let (share, keys, other_id, uncounted) = match &region.portion {
        Portion::Share(share) => (Some(*share), None, false, None),
        Portion::OtherId(share) => (Some(*share), None, true, None),
        Portion::Keys { moving, named } => (None, Some(Keys { moving, of: *named }), false, None),
        Portion::Uncounted(why) => (None, None, false, Some(why.as_str())),
    };
    let end = |seen: &'a diff::Seen| End {
        step: &seen.step,
        variation: &seen.variation,
        value: &seen.value,
        logged: seen.logged,
    };
    let witness = |side| shown.witness(change, region, side);
    Region {
        audience: &region.audience,
        kind: region.kind.word(),
        share,
        keys,
        other_id,
        uncounted,
        from: region.from.as_ref().map(end),
        to: region.to.as_ref().map(end),
        sticky: region.kind.is_sticky(),
        since: region.since.map(instant),
        until: region.until.map(instant),
        witness: witness(1),
        was: witness(0),
    }
}

fn upcoming<'a>(upcoming: &'a diff::Upcoming, shown: &'a Shown) -> Upcoming<'a> {
    Upcoming {
        at: instant(upcoming.at),
        flag: &upcoming.flag,
        environment: &upcoming.environment,
        what: &upcoming.what,
        place: upcoming.place.as_ref().map(|at| place(at, shown.commit(1))),
    }
}
