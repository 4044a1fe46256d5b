//! Every rule's page is complete, and its examples are true: the bad one breaks this rule and no other, the good one none.
//!
//! A ```` ```kdl ```` block is `main.kdl` of a fixture's workspace; `name=FILE` after `kdl` adds or replaces another file.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a helper that cannot do its part fails the test"
)]

#[path = "support/fixture.rs"]
mod fixture;
#[path = "support/golden.rs"]
mod golden;

use std::collections::BTreeMap;

use flagfall::diagnostic::Rule;

/// The text of `## <title>` of a page.
fn section<'a>(page: &'a str, title: &str) -> Option<&'a str> {
    let start = page.find(&format!("\n## {title}\n"))? + title.len() + 5;
    let rest = page.get(start..)?;
    Some(rest.split("\n## ").next().unwrap_or(rest))
}

/// The files that the KDL blocks of a section make, over those every fixture has.
fn files(section: &str, rule: Rule) -> Option<BTreeMap<String, String>> {
    let mut files = BTreeMap::from([("flagfall.kdl".to_owned(), fixture::configuration(rule))]);
    let mut open: Option<(String, String)> = None;
    let mut any = false;
    for line in section.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let mut words = info.split_whitespace();
                let kdl = words.next() == Some("kdl");
                let name = words.find_map(|word| word.strip_prefix("name=")).map(str::to_owned);
                // Blocks of other languages are files only when named.
                let path = name.unwrap_or_else(|| if kdl { "main.kdl".to_owned() } else { String::new() });
                open = Some((path, String::new()));
            }
            (Some(_), Some(_)) => {
                let (path, text) = open.take().unwrap();
                if !path.is_empty() {
                    any = true;
                    files.insert(path, text);
                }
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    any.then_some(files)
}

fn wrong(rule: Rule, title: &str, expected: &[&str]) -> Option<String> {
    let page = format!("src/diagnostic/page/{}.md", rule.name());
    let Some(section) = section(rule.page(), title) else { return Some(format!("{page}: no section `## {title}`")) };
    let Some(files) = files(section, rule) else {
        return (!fixture::OF_THE_FILE_SYSTEM.contains(&rule))
            .then(|| format!("{page}: no ```kdl block under `## {title}`"));
    };
    // Rules about changes compare with what the page shows first.
    let before = self::section(rule.page(), "Before").and_then(|section| self::files(section, rule));
    let texts = |files: &BTreeMap<String, String>| files.clone().into_iter().collect::<Vec<_>>();
    let open = |files: &BTreeMap<String, String>, base: Option<&flagfall::cli::session::Session>| {
        let files = texts(files);
        fixture::check_files_against(files.iter().map(|(path, text)| (path.as_str(), text.as_str())), base)
    };
    let base = before.map(|before| open(&before, None));
    let session = open(&files, base.as_ref());
    let ids = fixture::ids(&session);
    (ids != expected).then(|| {
        format!(
            "{page}: the block under `## {title}` breaks {ids:?}, not {expected:?}:\n{}",
            fixture::rendered(&session)
        )
    })
}

#[test]
fn bad_examples_break_their_rule_and_no_other() {
    golden::all(Rule::ALL.iter().filter_map(|&rule| wrong(rule, "Bad", &[rule.id()])).collect());
}

#[test]
fn good_examples_break_no_rule() {
    golden::all(Rule::ALL.iter().filter_map(|&rule| wrong(rule, "Good", &[])).collect());
}

#[test]
fn pages_begin_with_id_and_name_and_say_when_to_allow() {
    let mut errors = Vec::new();
    for rule in Rule::ALL {
        let page = rule.page();
        let title = format!("# {} {}\n", rule.id(), rule.name());
        let meaning = page.strip_prefix(title.as_str()).and_then(|rest| rest.split("\n## ").next()).unwrap_or("");
        if meaning.trim().len() < 40 {
            errors.push(format!("{}: no title line, or no paragraph on what it means", rule.name()));
        }
        let allow = section(page, "When to allow it").unwrap_or("").trim();
        let never = !rule.can_be_lowered();
        if allow.is_empty() || never && !allow.starts_with("Never") {
            errors.push(format!("{}: `## When to allow it` is missing, or does not say Never", rule.name()));
        }
    }
    golden::all(errors);
}

#[test]
fn ids_and_names_are_unique_and_ascend() {
    for pair in Rule::ALL.windows(2) {
        assert!(pair[0].id() < pair[1].id(), "{} before {}", pair[0].id(), pair[1].id());
    }
    let names: std::collections::BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!(names.len(), Rule::ALL.len(), "two rules of one name");
}
