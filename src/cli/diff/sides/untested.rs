//! Tests of flags that a change switches on. Their files may not have changed: they are looked for only where somebody has to know.

use std::collections::BTreeSet;

use super::outline;
use crate::cli::side::Side;
use crate::model::{TestGroup, Workspace};
use crate::source::FileKind;
use crate::workspace::{Listed, Shelf};

/// How many files are read at once.
const BATCH: usize = 512;

/// Touched flags that begin to serve something in a protected environment where no test is known to run.
pub(super) fn switched_on(before: &Side, after: &Side, touched: &BTreeSet<String>) -> BTreeSet<String> {
    let Some(workspace) = workspace(after) else { return BTreeSet::new() };
    let serves = |side: &Side, environment: &str, key: &str| {
        let flags = side.environment(environment).map(|compiled| &compiled.config.flags);
        let flag = flags.and_then(|flags| flags.get(key)).and_then(|flag| flag.as_ref().ok());
        flag.is_some_and(|flag| flag.enabled && !flag.allocations.is_empty())
    };
    let protected = || workspace.environments.iter().filter(|environment| environment.protected);
    let is_new = |key: &&String| {
        protected().any(|one| {
            let name = one.name.value.as_str();
            serves(after, name, key) && !serves(before, name, key) && !is_tested(&workspace.tests, key, name)
        })
    };
    touched.iter().filter(is_new).cloned().collect()
}

fn workspace(side: &Side) -> Option<&Workspace> {
    side.workspace.as_ref()?.checked.as_ref().map(|checked| checked.workspace())
}

fn is_tested(tests: &[TestGroup], key: &str, environment: &str) -> bool {
    let cases = tests.iter().filter(|group| group.flag.key.value == key).flat_map(|group| &group.cases);
    cases
        .into_iter()
        .any(|case| case.environments.is_empty() || case.environments.iter().any(|one| one.name.value == environment))
}

/// The files that hold tests of these flags: of those whose path names one, or of the others.
pub(super) fn files_of(keys: &BTreeSet<String>, shelf: &Shelf<'_>, named: bool) -> BTreeSet<String> {
    let says = |path: &str| keys.iter().any(|key| path.contains(key.as_str()));
    let files = shelf.files().iter().filter(|file| file.kind == FileKind::Tests && says(&file.path) == named);
    let files: Vec<&Listed> = files.collect();
    let mut found = BTreeSet::new();
    for batch in files.chunks(BATCH) {
        for (file, text) in batch.iter().zip(shelf.texts(batch)) {
            let Some(text) = text else { continue };
            // A backslash may write a name in other letters.
            let may_hold = text.contains('\\') || keys.iter().any(|key| text.contains(key.as_str()));
            let holds = |one: &outline::Definition| one.word == "tests" && keys.contains(&one.name);
            if may_hold && outline::of(&file.path, &text).iter().any(holds) {
                found.insert(file.path.clone());
            }
        }
    }
    found
}
