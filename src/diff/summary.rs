//! The verdict of a plan in a line.

use std::collections::{BTreeMap, BTreeSet};

use super::{Class, Plan};
use crate::diagnostic::render::counted;

/// What it does to subjects, for one flag.
#[must_use]
pub fn does(class: Class) -> &'static str {
    match class {
        Class::Same => "changes nobody",
        Class::Relabel => "relabels",
        Class::Sticky => "only adds",
        Class::Release => "releases subjects",
        Class::Reassign => "reassigns subjects",
        Class::Retype => "changes its type",
        Class::Remove => "is removed",
        Class::Undecided => "is undecided",
    }
}

fn do_so(class: Class) -> &'static str {
    match class {
        Class::Same => "change nobody",
        Class::Relabel => "relabel",
        Class::Sticky => "only add",
        Class::Release => "release subjects",
        Class::Reassign => "reassign subjects",
        Class::Retype => "change their type",
        Class::Remove => "are removed",
        Class::Undecided => "are undecided",
    }
}

/// `2 flags change in production: 1 reassigns subjects, 1 only adds`. `environments` are those that were compared, in order.
#[must_use]
pub fn summary(plan: &Plan, environments: &[String]) -> String {
    let mut worst: BTreeMap<&str, Class> = BTreeMap::new();
    for change in &plan.changes {
        let class = worst.entry(&change.flag).or_insert(change.class);
        *class = change.class.max(*class);
    }
    if worst.is_empty() {
        let causes = if plan.causes.is_empty() { "" } else { "; shared declarations do" };
        return format!("no flag changes{causes}");
    }
    if plan.class == Class::Same {
        let flags = counted(worst.len(), "flag");
        return format!("no subject changes variation or logging (proved): {flags} changed in text only");
    }
    let environments = moving(plan, environments);
    let environments = if environments.is_empty() { String::new() } else { format!(" in {environments}") };
    let mut by_class: BTreeMap<Class, usize> = BTreeMap::new();
    for class in worst.values() {
        *by_class.entry(*class).or_default() += 1;
    }
    let parts = by_class
        .iter()
        .rev()
        .map(|(class, count)| format!("{count} {}", if *count == 1 { does(*class) } else { do_so(*class) }));
    let verb = if worst.len() == 1 { "changes" } else { "change" };
    let parts = parts.collect::<Vec<_>>().join(", ");
    format!("{} {verb}{environments}: {parts}", counted(worst.len(), "flag"))
}

/// The environments in which something changes for subjects, in order.
fn moving(plan: &Plan, environments: &[String]) -> String {
    let moving = plan.changes.iter().filter(|change| change.class > Class::Same);
    let moving: BTreeSet<&str> = moving.filter_map(|change| change.environment.as_deref()).collect();
    let all = environments.iter().filter(|name| moving.contains(name.as_str()));
    all.map(String::as_str).collect::<Vec<_>>().join(", ")
}
