//! Changes that are the same, told once: of one flag in several environments, or of several flags.

use crate::diff::{Change, Region};

/// Changes that differ in flag, environment and places only.
pub(super) struct Group<'a> {
    /// The first of them, with its number in the plan.
    pub(super) first: (usize, &'a Change),
    /// Flags, with their environments.
    pub(super) flags: Vec<(&'a str, Vec<&'a str>)>,
}

impl Group<'_> {
    /// Where all of the flags change, where that is the same for all.
    pub(super) fn environments(&self) -> Option<String> {
        let mut all = self.flags.iter().map(|(_, environments)| environments.join(", "));
        let first = all.next().filter(|first| !first.is_empty())?;
        all.all(|other| other == first).then_some(first)
    }
}

/// In the order of the plan.
pub(super) fn groups(changes: &[Change]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut by_told: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for (number, change) in changes.iter().enumerate() {
        let at = *by_told.entry(told(change)).or_insert(groups.len());
        let environment = change.environment.as_deref();
        match groups.get_mut(at) {
            None => groups.push(Group {
                first: (number, change),
                flags: vec![(&change.flag, environment.into_iter().collect())],
            }),
            Some(group) => match group.flags.iter_mut().find(|(flag, _)| *flag == change.flag) {
                Some((_, environments)) => environments.extend(environment),
                None => group.flags.push((&change.flag, environment.into_iter().collect())),
            },
        }
    }
    groups
}

/// Everything that is told of a change but whose it is, and where.
fn told(change: &Change) -> String {
    let words = change.words.iter().map(|word| own(&word.text, change));
    let regions = change.regions.iter().map(|region| region_told(region, change));
    let lines = change.waterfall.iter().map(|line| {
        format!(
            "{:?} {} {} {} {} {} {}",
            line.mark, line.moved, line.step, line.kind, line.audience, line.exposure, line.gives
        )
    });
    let whole = format!("{:?} {:?} {:?}", change.class, change.status, change.undecided);
    let parts: Vec<String> = std::iter::once(whole).chain(words).chain(regions).chain(lines).collect();
    parts.join("\n")
}

fn region_told(region: &Region, change: &Change) -> String {
    let end = |end: &Option<crate::diff::End>| {
        let end = end.as_ref();
        end.map(|end| format!("{} {} {} {} {:?}", end.step, end.variation, end.value, end.logged, end.holdout))
    };
    let keys = [&region.from, &region.to].map(|end| end.as_ref().map(|end| own(&end.allocation, change)));
    let key_changes = keys.iter().all(Option::is_some) && keys.first() != keys.last();
    format!(
        "{:?} {} {:?} {:?} {:?} {key_changes} {:?} {:?}",
        region.kind,
        region.audience,
        region.portion(),
        end(&region.from),
        end(&region.to),
        region.proved.since,
        region.proved.until
    )
}

/// Text in which the change's own flag and environment have no name.
fn own(text: &str, change: &Change) -> String {
    let text = text.replace(&format!("`{}`", change.flag), "FLAG").replace(&format!("`{}/", change.flag), "`FLAG/");
    match &change.environment {
        Some(environment) => {
            text.replace(&format!("env {environment} "), "env ENV ").replace(&format!("/{environment}`"), "/ENV`")
        }
        None => text,
    }
}
