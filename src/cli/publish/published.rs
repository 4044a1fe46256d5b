//! What is published now, and what is to be against it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::check::Checked;
use crate::diagnostic::{Rule, level};
use crate::diff::{self, Class, Plan};
use crate::failure::Failure;
use crate::git::Id;
use crate::git::upstream::Upstream;
use crate::publish::release::Built;
use crate::publish::{Change, Comparison, Exceeded, Guard, Overrides, Release, guard, names, overrides};
use crate::ufc::{self, Config, Format};
use crate::witness::{self, Source};

/// A published commit.
pub(super) struct Published {
    pub(super) release: Release,
    /// The files that its manifest lists; none of one that is not there.
    files: BTreeMap<String, Option<Vec<u8>>>,
    tip: Id,
}

/// An environment, before and after.
pub(super) struct Compared {
    pub(super) name: String,
    /// How many flags it has.
    pub(super) flags: usize,
    /// What it is compared with; none where it was not published before.
    pub(super) against: Option<Against>,
    /// What moves; none where it was not published before.
    pub(super) change: Option<Change>,
    /// What the guard holds it for.
    pub(super) held: Vec<Exceeded>,
    /// What people must know of it.
    pub(super) note: Option<String>,
}

/// What is published of an environment, and what differs.
pub(super) struct Against {
    comparison: Comparison,
    pub(super) plan: Plan,
    file: String,
    tip: String,
}

impl Published {
    /// What a commit publishes.
    ///
    /// # Errors
    /// When it cannot be read, or publishes nothing of ours.
    pub(super) fn read(upstream: &Upstream, tip: Id) -> Result<Self, Failure> {
        let Some(manifest) = upstream.file(tip, names::MANIFEST)? else {
            return Err(Failure::new(format!(
                "`{}` of {} holds no `{}`",
                upstream.branch,
                upstream.place,
                names::MANIFEST
            ))
            .help("publish to a branch of its own, which is not there yet or was made by `flagfall publish`"));
        };
        let release = Release::read(&manifest).map_err(|mismatch| {
            Failure::new(format!("`{}` of {}: {mismatch}", upstream.branch, upstream.place))
                .help("`git revert` the commit that broke it, or publish to another branch")
        })?;
        let listed: BTreeSet<&str> = release.files().map(|(_, file)| file.file.as_str()).collect();
        let mut files = BTreeMap::new();
        for name in listed {
            files.insert(name.to_owned(), upstream.file(tip, name)?);
        }
        Ok(Self { release, files, tip })
    }

    /// Whether it is the very same: files, source and all that the manifest says of them.
    pub(super) fn holds(&self, built: &Built) -> bool {
        let plain = |release: &Release| {
            let mut release = release.clone();
            release.classify(|_| None);
            release
        };
        let listed = self.files.iter().map(|(name, bytes)| (name, bytes.as_ref()));
        listed.eq(built.files.iter().map(|(name, bytes)| (name, Some(bytes))))
            && plain(&self.release) == plain(&built.release)
    }

    /// Every environment of either. `policy` is whether the guard is that of the policy, from which flags can be exempt.
    pub(super) fn compare(&self, built: &Built, checked: &Checked, policy: bool, now: Timestamp) -> Vec<Compared> {
        let mut compared = Vec::new();
        for config in &built.configs {
            let mut exempt = overrides(checked, &config.environment);
            if policy {
                allowed(checked, config, now, &mut exempt);
            }
            compared.push(self.environment(config, &exempt, now));
        }
        let known = |name: &str| built.configs.iter().any(|config| config.environment == name);
        for gone in self.release.environments.iter().filter(|one| !known(&one.name)) {
            let nothing = empty(&gone.name);
            let note = Some("is published no more: its files are removed".to_owned());
            compared.push(Compared { note, ..self.environment(&nothing, &Overrides::new(), now) });
        }
        compared
    }

    fn environment(&self, after: &Config, exempt: &Overrides, now: Timestamp) -> Compared {
        let name = &after.environment;
        let fresh = Compared::first(after);
        if !self.release.environments.iter().any(|one| one.name == *name) {
            return fresh;
        }
        let found = self.release.open(name, &mut |file| self.files.get(file).cloned().flatten());
        let before = found
            .map_err(|mismatch| mismatch.to_string())
            .and_then(|verified| ufc::read(&verified.bytes).map_err(|error| error.to_string()));
        match before {
            Ok(before) => {
                let comparison = Comparison::new(&before, after, now);
                let plan = comparison.plan();
                let change = Some(comparison.change(&plan, exempt));
                let (file, tip) = (format!("{name}.json"), self.tip.to_string());
                Compared { against: Some(Against { comparison, plan, file, tip }), change, ..fresh }
            }
            // Nobody can tell whom it moves, so it may be everyone.
            Err(problem) => {
                let change = Change {
                    removed_flags: Vec::new(),
                    max_reassigned: Some(("100.00".to_owned(), name.clone())),
                    summary: "what is published cannot be read".to_owned(),
                    class: Class::Undecided.word().to_owned(),
                };
                Compared {
                    change: Some(change),
                    note: Some(format!("what is published cannot be read: {problem}")),
                    ..fresh
                }
            }
        }
    }
}

/// Where nothing was published before.
pub(super) fn first(built: &Built) -> Vec<Compared> {
    built.configs.iter().map(Compared::first).collect()
}

impl Compared {
    fn first(config: &Config) -> Self {
        let (name, flags) = (config.environment.clone(), config.flags.len());
        Self { name, flags, against: None, change: None, held: Vec::new(), note: None }
    }

    pub(super) fn judged(self, limits: &Guard) -> Self {
        Self { held: guard(self.change.as_ref(), self.flags, limits), ..self }
    }

    /// Whoever is shown somebody gets a command that asks the workspace: what is compared are files that are on no disk.
    pub(super) fn asking(mut self, workspace: Option<&str>, checked: &Checked) -> Self {
        let changes = self.against.iter_mut().flat_map(|against| &mut against.plan.changes);
        for change in changes {
            let known = checked.workspace().flags.iter().any(|flag| flag.key.value == change.flag);
            let Some(environment) = change.environment.as_deref().filter(|_| known) else { continue };
            let source = Source::Workspace { workspace, environment, declared: &checked.workspace().attributes };
            for region in &mut change.regions {
                if let Some(found) = &region.proved.witness {
                    let asked = witness::Document::new(&change.flag, source, &found.subject, found.at);
                    (region.witness, region.also) = (Some(asked), None);
                }
            }
        }
        self
    }

    /// How much it matters; none where it was not published before.
    pub(super) fn class(&self) -> Option<Class> {
        let undecided = self.change.as_ref().map(|_| Class::Undecided);
        self.against.as_ref().map(|against| against.plan.class).or(undecided)
    }
}

impl Against {
    /// The two sides, and what was asked of them.
    pub(super) fn sides<'a>(&'a self, name: &'a str, commit: &'a str) -> ([diff::Side<'a>; 2], diff::Question<'a>) {
        let sides = self.comparison.sides([&self.file, name], [Some(&self.tip), Some(commit)]);
        (sides, self.comparison.question())
    }
}

/// Adds every allocation of flags that may reassign more than the policy says.
fn allowed(checked: &Checked, config: &Config, now: Timestamp, exempt: &mut Overrides) {
    let today = now.to_zoned(TimeZone::UTC).date();
    for flag in &checked.workspace().flags {
        if level::is_allowed(Rule::ReassignedTooMany, flag, &config.environment, today)
            && let Some(Ok(wire)) = config.flags.get(&flag.key.value)
        {
            let keys = wire.allocations.iter().map(|allocation| allocation.key.clone());
            exempt.entry(flag.key.value.clone()).or_default().extend(keys);
        }
    }
}

fn empty(environment: &str) -> Config {
    Config {
        created_at: String::new(),
        format: Format::Server,
        environment: environment.to_owned(),
        flags: BTreeMap::new(),
    }
}
