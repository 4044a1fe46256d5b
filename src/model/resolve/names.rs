//! Known names, repeated names, and what an unknown name was meant to be.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::diagnostic::suggest;
use crate::syntax::ast::Name;

/// Definitions by name. A name whose definition is broken is known, with nothing behind it.
pub(super) struct Names<T> {
    by_name: BTreeMap<String, Option<Arc<T>>>,
}

/// What a name stands for.
pub(super) enum Known<T> {
    /// A definition.
    Whole(Arc<T>),
    /// A definition that could not be resolved; its finding was reported.
    Broken,
    /// Nothing.
    Not,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { by_name: BTreeMap::new() }
    }
}

impl<T> Names<T> {
    /// Adds a definition; the first of a name stays.
    pub(super) fn insert(&mut self, name: &str, thing: Option<Arc<T>>) {
        self.by_name.entry(name.to_owned()).or_insert(thing);
    }

    /// What the name stands for.
    pub(super) fn get(&self, name: &str) -> Known<T> {
        match self.by_name.get(name) {
            Some(Some(thing)) => Known::Whole(Arc::clone(thing)),
            Some(None) => Known::Broken,
            None => Known::Not,
        }
    }

    /// The whole definitions, by name.
    pub(super) fn things(&self) -> impl Iterator<Item = &Arc<T>> {
        self.by_name.values().flatten()
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

/// The names of one kind that were defined so far.
pub(super) struct Seen {
    folded: bool,
    by_name: HashMap<String, Name>,
}

impl Seen {
    /// For names that may differ only in case.
    pub(super) fn exact() -> Self {
        Self { folded: false, by_name: HashMap::new() }
    }

    /// For names that must differ in more than case.
    pub(super) fn folded() -> Self {
        Self { folded: true, by_name: HashMap::new() }
    }

    /// Adds a name, or gives the one it repeats.
    pub(super) fn add(&mut self, name: &Name) -> Option<Name> {
        let key = if self.folded { name.to_lowercase() } else { name.value.clone() };
        if let Some(first) = self.by_name.get(&key) {
            return Some(first.clone());
        }
        self.by_name.insert(key, name.clone());
        None
    }
}

/// "Did you mean" within a budget: a workspace of nothing but unknown names must stay fast.
pub(super) struct Guesses {
    comparisons_left: usize,
}

impl Default for Guesses {
    fn default() -> Self {
        Self { comparisons_left: 200_000 }
    }
}

impl Guesses {
    /// What `written` was meant to be among the known, else the known, else `otherwise`.
    pub(super) fn did_you_mean<T>(&mut self, written: &str, known: &Names<T>, otherwise: &str) -> String {
        let names = known.by_name.keys().map(String::as_str);
        self.among(written, known.by_name.len(), names, otherwise)
    }

    /// The same, among `count` names.
    pub(super) fn among<'a>(
        &mut self,
        written: &str,
        count: usize,
        known: impl IntoIterator<Item = &'a str> + Clone,
        otherwise: &str,
    ) -> String {
        // A very long name costs as much as many short ones.
        let cost = count.saturating_mul(1 + written.len() / 64);
        match self.comparisons_left.checked_sub(cost) {
            Some(left) => {
                self.comparisons_left = left;
                suggest::did_you_mean(written, known, otherwise)
            }
            None => otherwise.to_owned(),
        }
    }
}

/// User text short enough for a message.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text.to_owned(),
    }
}

/// A KDL string with that content.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// The name as an author writes it: bare where KDL reads it so, else quoted.
pub(super) fn spelled(name: &str) -> String {
    let bare = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && !matches!(name, "true" | "false" | "null" | "inf" | "nan");
    if bare { name.to_owned() } else { quoted(name) }
}
