//! The document of `diff --json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Shown, words};
use crate::count::Fraction;
use crate::diagnostic::render::json::{self, Finding};
use crate::diff::{self, Class, End, Kind, Line, Place, Status, Word};
use crate::lower;
use crate::region::Portion;
use crate::witness;

const SCHEMA: &str = "flagfall.diff/1";

/// What changes between two revisions.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document<'a> {
    /// The name of this schema.
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    /// What was.
    base: Side<'a>,
    /// What is.
    head: Side<'a>,
    /// The worst class of all changes.
    class: Class,
    /// The verdict in a sentence.
    summary: String,
    /// The instant from which on changes count.
    at: String,
    /// The environments that were compared, in order.
    environments: &'a [String],
    /// How many waterfalls (a flag in an environment that serves it) were compared.
    compared: usize,
    /// Shared declarations and environments that changed, each once.
    causes: Vec<Cause<'a>>,
    /// By flag, then in the order of environments.
    changes: Vec<Change<'a>>,
    /// What changes by itself, by time.
    upcoming: Vec<Upcoming<'a>>,
    /// The population that was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    population: Option<Population<'a>>,
    /// What rules about changes say.
    findings: Vec<Finding<'a>>,
}

/// A side.
#[derive(Debug, Serialize, JsonSchema)]
struct Side<'a> {
    /// As people wrote it.
    name: &'a str,
    /// The full id of its commit; null for a working tree, a directory or a file.
    commit: Option<&'a str>,
}

/// A shared declaration, or an environment, that changed.
#[derive(Debug, Serialize, JsonSchema)]
struct Cause<'a> {
    /// What it is.
    #[schemars(extend("enum" = ["env", "attribute", "segment", "layer", "holdout", "exclusive"]))]
    kind: &'static str,
    /// Its name.
    name: &'a str,
    /// What changed.
    words: &'a [Word],
    /// Flags that use it, with the environments where they place what uses it.
    touches: &'a BTreeMap<String, Vec<String>>,
}

/// A flag that changed in an environment.
#[derive(Debug, Serialize, JsonSchema)]
struct Change<'a> {
    /// The flag's key.
    flag: &'a str,
    /// The environment's name; null where no environment mentions the flag.
    environment: Option<&'a str>,
    /// How much it matters to subjects; `same` is proved.
    class: Class,
    /// What happened to the flag as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    /// Where something changed: in the head, or in the base where it is gone.
    places: Vec<&'a Place>,
    /// What changed in the author's words.
    words: &'a [Word],
    /// Who fares differently.
    regions: Vec<Region<'a>>,
    /// Why it could not be decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<&'a str>,
    /// The waterfall, removed lines in place.
    waterfall: &'a [Line],
}

/// Subjects who fare differently, all alike.
#[derive(Debug, Serialize, JsonSchema)]
struct Region<'a> {
    /// Who, in words.
    audience: &'a str,
    /// What it is for them.
    kind: Kind,
    /// The exact share of the audience; null where single subject keys move, or nobody counted.
    share: Option<Fraction>,
    /// The subject keys that move, of those that conditions name.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Keys<'a>>,
    /// It happens only to subjects whose callers pass an `id` that is not their key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    only_other_id: bool,
    /// Why nobody was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    uncounted: Option<&'a str>,
    /// What they got; null for the caller's default.
    from: Option<&'a End>,
    /// What they get; null for the caller's default.
    to: Option<&'a End>,
    /// Whether nobody of them leaves an arm.
    sticky: bool,
    /// The first instant; none is the instant of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// The last instant, inclusive; none is for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// Somebody whom it happens to; its command asks the head, or the base where the head does not know the flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<&'a witness::Document>,
    /// The same; its command asks the base.
    #[serde(skip_serializing_if = "Option::is_none")]
    also: Option<&'a witness::Document>,
    /// Of the population.
    #[serde(skip_serializing_if = "Option::is_none")]
    population: Option<Count>,
}

/// Subject keys that move.
#[derive(Debug, Serialize, JsonSchema)]
struct Keys<'a> {
    /// They, sorted.
    moving: &'a [String],
    /// Of so many that conditions name.
    named: usize,
}

/// Subjects of a population.
#[derive(Debug, Serialize, JsonSchema)]
struct Count {
    /// So many are in the audience.
    audience: u64,
    /// So many move.
    moving: u64,
}

/// A population that was counted.
#[derive(Debug, Serialize, JsonSchema)]
struct Population<'a> {
    /// Where it comes from.
    source: &'a str,
    /// How many subjects.
    subjects: u64,
}

/// Something that will happen without a commit.
#[derive(Debug, Serialize, JsonSchema)]
struct Upcoming<'a> {
    /// When.
    at: String,
    /// The flag; null for a rule of the workspace.
    flag: Option<&'a str>,
    /// The environment; null where it concerns the flag as a whole.
    environment: Option<&'a str>,
    /// What.
    what: &'a str,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'a Place>,
}

/// Everything that is shown.
pub(in crate::cli) fn document<'a>(shown: &'a Shown<'_>) -> Document<'a> {
    let plan = shown.plan;
    let side = |side: &'a diff::Side<'_>| Side { name: side.name, commit: side.commit };
    let causes = plan.causes.iter().map(|cause| Cause {
        kind: cause.kind,
        name: &cause.name,
        words: &cause.words,
        touches: &cause.touches,
    });
    let upcoming = plan.upcoming.iter().map(|one| Upcoming {
        at: lower::instant(one.at),
        flag: one.flag.as_deref(),
        environment: one.environment.as_deref(),
        what: &one.what,
        place: one.place.as_ref(),
    });
    let findings =
        shown.texts.into_iter().flat_map(|sources| plan.findings.iter().map(|one| json::finding(one, sources)));
    Document {
        schema: SCHEMA,
        base: side(&shown.base),
        head: side(&shown.head),
        class: plan.class,
        summary: words::summary(shown),
        at: lower::instant(shown.question.now),
        environments: shown.question.environments,
        compared: plan.compared,
        causes: causes.collect(),
        changes: plan.changes.iter().enumerate().map(|(number, change)| of_change(number, change, shown)).collect(),
        upcoming: upcoming.collect(),
        population: shown.counts.map(|counts| Population { source: &counts.source, subjects: counts.subjects }),
        findings: findings.collect(),
    }
}

fn of_change<'a>(number: usize, change: &'a diff::Change, shown: &Shown<'_>) -> Change<'a> {
    let mut places: Vec<&Place> = Vec::new();
    for place in change.words.iter().filter_map(words::where_it_is) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let count = |at: usize| {
        let count = shown.counts?.regions.get(number)?.get(at)?;
        Some(Count { audience: count.audience, moving: count.moving })
    };
    Change {
        flag: &change.flag,
        environment: change.environment.as_deref(),
        class: change.class,
        status: change.status,
        places,
        words: &change.words,
        regions: change.regions.iter().enumerate().map(|(at, region)| of_region(region, count(at))).collect(),
        undecided: change.undecided.as_deref(),
        waterfall: &change.waterfall,
    }
}

fn of_region(region: &diff::Region, population: Option<Count>) -> Region<'_> {
    let (share, keys, only_other_id, uncounted) = match region.portion() {
        Portion::Share(share) => (Some(share.clone()), None, false, None),
        Portion::Keys { moving, named } => (None, Some(Keys { moving, named: *named }), false, None),
        Portion::OtherId(share) => (Some(share.clone()), None, true, None),
        Portion::Uncounted(why) => (None, None, false, Some(why.as_str())),
    };
    Region {
        audience: &region.audience,
        kind: region.kind,
        share,
        keys,
        only_other_id,
        uncounted,
        from: region.from.as_ref(),
        to: region.to.as_ref(),
        sticky: region.sticky(),
        since: region.proved.since.map(lower::instant),
        until: region.proved.until.map(lower::instant),
        witness: region.witness.as_ref(),
        also: region.also.as_ref(),
        population,
    }
}
