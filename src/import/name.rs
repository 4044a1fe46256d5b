//! Names that the language takes, made from keys that it does not.

use std::collections::BTreeSet;

/// The name with everything outside `[A-Za-z0-9._-]` as one `-`; never empty.
pub(super) fn slug(key: &str) -> String {
    let mut name = String::new();
    for c in key.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') {
            name.push(c);
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_matches('-');
    if name.is_empty() { "unnamed".to_owned() } else { name.to_owned() }
}

/// Whether the language takes a key as it is.
pub(super) fn is_name(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

/// Names given out once; two never differ only in case.
#[derive(Debug, Default)]
pub(super) struct Taken(BTreeSet<String>);

impl Taken {
    /// The name, or the first of `name-2`, `name-3` … that is free.
    pub(super) fn take(&mut self, name: &str) -> String {
        let numbered = (2..).map(|number: u32| format!("{name}-{number}"));
        let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !self.0.contains(&name.to_lowercase()));
        let name = free.unwrap_or_else(|| name.to_owned());
        self.0.insert(name.to_lowercase());
        name
    }
}
