//! By what findings of one file can depend on another: names that both mention, as hashes. Where two names have one hash, two files
//! are read together for no reason, which does no harm.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Flag, StepKind, Workspace};
use crate::source::FileId;
use crate::syntax::Parsed;

/// The hash of a name and what it is the name of.
pub(super) type Link = u64;

/// Links by file.
pub(super) type Links = BTreeMap<FileId, BTreeSet<Link>>;

/// Adds what shows before anything is resolved: flags, whose keys may differ only in case, and who speaks of them.
pub(super) fn add_written(parsed: &[Parsed], links: &mut Links) {
    for Parsed { file, ast, .. } in parsed {
        let own = links.entry(*file).or_default();
        own.extend(ast.flags.iter().map(|flag| of_flag(&flag.key)));
        own.extend(ast.tests.iter().map(|group| of_flag(&group.flag)));
        own.extend(ast.contracts.iter().map(|contract| link("contract", &[&contract.name.to_lowercase()])));
        let members = ast.contracts.iter().flat_map(|contract| &contract.members);
        own.extend(members.map(|member| of_flag(&member.flag)));
    }
}

/// Adds what the definitions have in common: salts, slots, the keys that exposures are logged under.
pub(super) fn add_meant(workspace: &Workspace, links: &mut Links) {
    let layers = workspace.layers.iter().map(|layer| (layer.name.span.file, &layer.salt));
    let holdouts = workspace.holdouts.iter().map(|holdout| (holdout.name.span.file, &holdout.salt));
    for (file, salt) in layers.chain(holdouts) {
        links.entry(file).or_default().insert(link("salt", &[salt]));
    }
    for flag in &workspace.flags {
        add_flag(flag, links.entry(flag.span.file).or_default());
    }
}

fn add_flag(flag: &Flag, own: &mut BTreeSet<Link>) {
    for step in &flag.steps {
        own.insert(link("salt", &[&step.traffic_salt]));
        if matches!(step.kind, StepKind::Experiment { .. }) {
            own.insert(link("salt", &[&step.split_salt]));
        }
        own.extend(step.layer.as_ref().map(|used| link("slot", &[&used.layer.name, &used.slot.name])));
    }
    for placement in flag.environments.iter().flat_map(|environment| &environment.placements) {
        own.insert(link("key", &[&format!("{}-{}", flag.key, placement.key)]));
    }
}

fn of_flag(key: &str) -> Link {
    link("flag", &[&key.to_lowercase()])
}

fn link(kind: &str, name: &[&str]) -> Link {
    let mut hasher = blake3::Hasher::new();
    hasher.update(kind.as_bytes());
    for part in name {
        hasher.update(&[0]);
        hasher.update(part.as_bytes());
    }
    let mut first = [0; 8];
    hasher.finalize_xof().fill(&mut first);
    u64::from_le_bytes(first)
}
