//! Nothing points back: the `use crate::` lines agree with the table in `src/lib.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a helper that cannot do its part fails the test"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// `src/diagnostic/level/apply.rs` is `diagnostic::level::apply`.
fn module(root: &Path, file: &Path) -> String {
    let relative = file.strip_prefix(root).unwrap().with_extension("");
    relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("::")
}

fn table(lib: &str) -> BTreeMap<String, Vec<String>> {
    let section = lib.split("# Who may use whom").nth(1).unwrap();
    section
        .lines()
        .filter_map(|line| line.strip_prefix("//! ")?.split_once(':'))
        .filter_map(|(name, rest)| {
            // `diagnostic::level: …` splits at its first colon.
            let (name, rest) = match rest.strip_prefix(':') {
                Some(rest) => rest.split_once(':').map(|(sub, rest)| (format!("{name}::{sub}"), rest))?,
                None => (name.to_owned(), rest),
            };
            Some((name, rest.split_whitespace().map(str::to_owned).collect()))
        })
        .collect()
}

/// The most specific line of the table for a module.
fn line<'a>(table: &'a BTreeMap<String, Vec<String>>, module: &str) -> Option<(&'a String, &'a Vec<String>)> {
    table
        .iter()
        .filter(|(name, _)| module == *name || module.starts_with(&format!("{name}::")))
        .max_by_key(|(name, _)| name.len())
}

/// What follows each `crate::` of a file, outside of comments: the module, and for `{a, b}` each of them.
fn uses(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, written) in text.lines().enumerate() {
        let code = written.split("//").next().unwrap_or("");
        for rest in code.split("crate::").skip(1) {
            let inner = rest.strip_prefix('{').map_or(rest, |group| group.split('}').next().unwrap_or(group));
            let names: Vec<&str> = if rest.starts_with('{') { inner.split(',').collect() } else { vec![inner] };
            for name in names {
                let end = name.trim().find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.trim().len());
                found.push((number + 1, name.trim()[..end].to_owned()));
            }
        }
    }
    found
}

#[test]
fn modules_use_only_what_the_table_in_lib_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = std::fs::read_to_string(root.join("lib.rs")).unwrap();
    let table = table(&lib);
    assert!(table.len() > 10, "the table is not read: {table:?}");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    let mut errors = Vec::new();
    for file in files {
        let module = module(&root, &file);
        if module == "lib" || module == "main" {
            continue;
        }
        let Some((name, allowed)) = line(&table, &module) else {
            errors.push(format!("{}: `{module}` has no line in the table", file.display()));
            continue;
        };
        let own = name.split("::").next().unwrap();
        for (number, used) in uses(&std::fs::read_to_string(&file).unwrap()) {
            if used != own && !allowed.contains(&used) {
                errors.push(format!("{}:{number}: `{name}` may not use `{used}`", file.display()));
            }
        }
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn the_table_has_no_circle() {
    let lib = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let mut left = table(&lib);
    while !left.is_empty() {
        let names: Vec<String> = left.keys().cloned().collect();
        let free: Vec<String> = names
            .iter()
            .filter(|name| {
                left[*name].iter().all(|used| !left.contains_key(used) || name.starts_with(&format!("{used}::")))
            })
            .cloned()
            .collect();
        assert!(!free.is_empty(), "these use each other in a circle: {names:?}");
        for name in free {
            left.remove(&name);
        }
    }
}

#[test]
fn only_syntax_names_kdl_and_only_edges_touch_the_world() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut errors = Vec::new();
    for file in files {
        let module = module(&root, &file);
        let edges = ["workspace", "git", "remote", "controller", "agent", "cli", "main"];
        // Of the cache, only what keeps and copies.
        let edge = edges.iter().any(|edge| module.split("::").next() == Some(edge))
            || ["cache::store", "cache::fragments"].contains(&module.as_str());
        let text = std::fs::read_to_string(&file).unwrap();
        // Unit tests may compare with files.
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or("");
        for (number, line) in code.lines().enumerate() {
            let line = line.split("//").next().unwrap_or("");
            let world = ["std::fs", "std::env", "std::process", "SystemTime", "Timestamp::now", "Zoned::now", "git2::"];
            let reaches = !edge && !module.ends_with("tests") && world.iter().any(|word| line.contains(word));
            let names = !module.starts_with("syntax") && (line.contains(" kdl::") || line.contains("(kdl::"));
            if reaches || names {
                errors.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}
