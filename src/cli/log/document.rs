//! The document of `log --json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::diff::words;
use crate::cli::history::Version;
use crate::cli::history::document::{Commit, Reached, Unreadable};
use crate::count::Fraction;
use crate::diff::{Change, Class, End, Kind, Region, Status};
use crate::evaluate::event::instant_text;
use crate::region::Portion;

/// The history of a flag as changes to people.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document {
    /// The name of this schema.
    pub(super) schema: &'static str,
    /// The flag's key.
    pub(super) flag: String,
    /// The environment asked about; null for all.
    pub(super) environment: Option<String>,
    /// Newest first.
    pub(super) entries: Vec<Entry>,
    /// The oldest commits, where what the flag is made of could not be read and nothing older could.
    pub(super) unreadable: Vec<Unreadable>,
    /// Where the walk ended.
    pub(super) reached: Reached,
    /// How many commits were looked at.
    pub(super) walked: usize,
}

/// A commit that changed the flag.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Entry {
    /// Which.
    pub(super) commit: Commit,
    /// The worst of what it did.
    #[schemars(extend("enum" = ["same", "relabel", "sticky", "release", "reassign", "retype", "remove", "undecided", "added"]))]
    pub(super) class: &'static str,
    /// In the workspace's order.
    pub(super) environments: Vec<Environment>,
    /// Commits right before it at which what the flag is made of could not be read: the change is one since the last that could.
    pub(super) unreadable: Vec<Unreadable>,
}

/// What a commit changed in an environment.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Environment {
    /// Its name.
    pub(super) environment: String,
    /// The worst of what it did here.
    #[schemars(extend("enum" = ["same", "relabel", "sticky", "release", "reassign", "retype", "remove", "undecided"]))]
    pub(super) class: &'static str,
    /// What happened to the flag as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["added", "removed", "enabled", "disabled", "retyped"]))]
    pub(super) status: Option<&'static str>,
    /// What changed in the author's words.
    pub(super) words: Vec<String>,
    /// Who fares differently.
    pub(super) moves: Vec<Move>,
    /// Why it could not be decided who does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) undecided: Option<String>,
}

/// Subjects who fare differently, all alike.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Move {
    /// `new`, `released`, `reassigned` or `relabelled`.
    #[schemars(extend("enum" = ["new", "released", "reassigned", "relabelled"]))]
    pub(super) kind: &'static str,
    /// Of whom.
    pub(super) audience: String,
    /// Who and how many, for people.
    #[serde(skip)]
    pub(super) words: [String; 2],
    /// Their exact share; null where keys are named, or it was not counted.
    pub(super) share: Option<Fraction>,
    /// The subject keys, where conditions name them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keys: Option<Keys>,
    /// Whether it happens only to subjects whose callers pass an `id` that is not the subject key.
    pub(super) other_id: bool,
    /// Why their share was not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uncounted: Option<String>,
    /// What they got; null for the caller's default.
    pub(super) from: Option<End>,
    /// What they get; null for the caller's default.
    pub(super) to: Option<End>,
    /// The first instant; null for the instant of the commit.
    pub(super) since: Option<String>,
    /// The last instant; null for ever.
    pub(super) until: Option<String>,
    /// Commands that show it for somebody: before, and after. A side that does not know the flag has none.
    pub(super) commands: Vec<String>,
}

/// Subject keys that conditions name.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Keys {
    /// Who moves.
    pub(super) moving: Vec<String>,
    /// Of how many that are named and in the audience.
    pub(super) named: usize,
}

impl Environment {
    /// A change; none where no environment mentions the flag. `ends` are the two versions and how commands name them.
    pub(super) fn of(change: &Change, ends: &[(&Version, String); 2]) -> Option<Self> {
        let environment = change.environment.clone()?;
        let status = change.status.map(|status| match status {
            Status::Added => "added",
            Status::Removed => "removed",
            Status::Enabled => "enabled",
            Status::Disabled => "disabled",
            Status::Retyped => "retyped",
        });
        let moves = change.regions.iter().map(|region| Move::of(region, (&change.flag, &environment), ends)).collect();
        let words = change.words.iter().map(|word| word.text.clone()).collect();
        let (class, undecided) = (change.class.word(), change.undecided.clone());
        Some(Self { environment, class, status, words, moves, undecided })
    }

    /// Whether anything changes for anybody.
    pub(super) fn matters(&self) -> bool {
        self.class != Class::Same.word()
    }
}

impl Move {
    fn of(region: &Region, (flag, environment): (&str, &str), ends: &[(&Version, String); 2]) -> Self {
        let proved = &region.proved;
        let commands = ends.iter().filter_map(|(version, name)| {
            let somebody = proved.witness.as_ref()?;
            version.command((flag, environment), Some(name), &somebody.subject, somebody.at)
        });
        let (share, keys, uncounted) = match region.portion() {
            Portion::Share(share) | Portion::OtherId(share) => (Some(share.clone()), None, None),
            Portion::Keys { moving, named } => (None, Some(Keys { moving: moving.clone(), named: *named }), None),
            Portion::Uncounted(why) => (None, None, Some(why.clone())),
        };
        Self {
            kind: Kind::word(region.kind),
            audience: region.audience.clone(),
            words: [words::who(region), words::portion(region.portion())],
            share,
            keys,
            other_id: matches!(region.portion(), Portion::OtherId(_)),
            uncounted,
            from: region.from.clone(),
            to: region.to.clone(),
            since: proved.since.map(instant_text),
            until: proved.until.map(instant_text),
            commands: commands.collect(),
        }
    }
}
