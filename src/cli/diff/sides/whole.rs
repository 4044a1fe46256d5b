//! Which flags may differ, where both sides were read as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::side::Side;

/// The keys of the flags that are not the same on both sides: served in another way in some environment, or in a file whose text is
/// another.
pub(super) fn touched(base: &Side, head: &Side) -> BTreeSet<String> {
    let environments: BTreeSet<&str> = base.names().union(&head.names()).copied().collect();
    let texts = [texts(base), texts(head)];
    let is_same = |key: &str| {
        let [before, after] = &texts;
        let (before, after) = (before.get(key), after.get(key));
        // A configuration file has no texts, and may know a flag that is defined elsewhere.
        let same_text = before == after || base.workspace.is_none() != head.workspace.is_none();
        let served = |side: &Side, name: &str| {
            let flags = side.environment(name).map(|compiled| &compiled.config.flags);
            flags.and_then(|flags| flags.get(key)).cloned()
        };
        same_text && environments.iter().all(|name| served(base, name) == served(head, name))
    };
    let keys: BTreeSet<&str> = base.flags().union(&head.flags()).copied().collect();
    keys.into_iter().filter(|key| !is_same(key)).map(str::to_owned).collect()
}

/// By flag, the text of the file it is defined in.
fn texts(side: &Side) -> BTreeMap<&str, &str> {
    let session = side.workspace.as_ref();
    let checked = session.and_then(|session| Some((&session.sources, session.checked.as_ref()?)));
    let flags = checked.into_iter().flat_map(|(sources, checked)| {
        let flags = checked.workspace().flags.iter();
        flags.map(|flag| (flag.key.value.as_str(), &*sources.file(flag.key.span.file).text))
    });
    flags.collect()
}
