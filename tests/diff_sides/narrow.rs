//! Narrow loading gives, for every flag that may differ, what reading everything would, and all others are the same.

use std::collections::{BTreeMap, BTreeSet};

use flagfall::cli::side::Side;

use super::*;
use crate::generated::Random;

/// Files by path.
type Files = BTreeMap<String, String>;

/// A made-up workspace of 30 flags and what is hard to find: names in escapes, lists in files, declarations in odd places.
fn workspace(seed: u64) -> Files {
    let mut files: Files = crate::generated::generate(30, seed).into_iter().collect();
    files.insert("odd/escaped.kdl".to_owned(), flag("escaped", "in-segment \"st\\u{61}ff\""));
    files.insert("odd/lines.kdl".to_owned(), "segment /*\n*/ far { when age gte 30 }\n".to_owned());
    files.insert("odd/far.kdl".to_owned(), flag("far", "in-segment far"));
    files.insert("lists/ids.txt".to_owned(), "acct-1\nacct-2\n".to_owned());
    files.insert("odd/listed.kdl".to_owned(), flag("listed", "account one-of file=\"../lists/ids.txt\""));
    files.insert(
        "odd/members.kdl".to_owned(),
        "segment members { when account one-of file=\"../lists/ids.txt\" }\n".to_owned(),
    );
    files.insert("odd/member.kdl".to_owned(), flag("member", "in-segment members"));
    files.insert("odd/own.kdl".to_owned(), format!("attribute own string\n{}", flag("own", "own is x")));
    files.insert("odd/borrowed.kdl".to_owned(), flag("borrowed", "own is y"));
    files
}

/// Changes one thing.
fn edit(files: &mut Files, random: &mut Random) {
    let flags: Vec<String> =
        files.keys().filter(|path| path.contains('/') && path.ends_with(".kdl")).cloned().collect();
    let path = flags[usize::try_from(random.below(flags.len() as u64)).unwrap()].clone();
    let number = random.below(40) + 10;
    let mut replace = |path: &str, from: &str, to: &str| {
        let text = files.get_mut(path).unwrap();
        *text = text.replacen(from, to, 1);
    };
    let vocabulary = "vocabulary.kdl";
    match random.below(18) {
        0 => replace(&path, "country one-of US", "country one-of CA US"),
        1 => drop(files.remove(&path)),
        2 => {
            let key = format!("new-{number}");
            files.insert(format!("new/{key}.kdl"), flag(&key, "in-segment paying"));
        }
        3 => replace(vocabulary, "@example.", &format!("@{number}.example.")),
        4 => replace(vocabulary, "age gte ", &format!("age gte {}", number % 9 + 1)),
        5 => replace(vocabulary, "\"5%\"", &format!("\"{number}%\"")),
        6 => replace(vocabulary, "one-of US", "one-of NO US"),
        7 => replace(vocabulary, "layer page-0 {", "layer page-0 salt=\"other\" {"),
        8 => replace("lists/ids.txt", "acct-2", &format!("acct-{number}")),
        9 => {
            let text = files.remove(&path).unwrap();
            files.insert(format!("moved/{}", path.rsplit('/').next().unwrap()), text);
        }
        10 => {
            let line = "segment adults { when age gte 18 }\n";
            replace(vocabulary, line, "");
            let text = files.get_mut(&path).unwrap();
            text.push_str(line);
        }
        11 => replace("flagfall.kdl", "env staging", "env staging protected=#true\nenv canary"),
        12 => replace(vocabulary, "one-of pro team", "one-of team"),
        13 => replace(vocabulary, "attribute age", "// how old\nattribute age"),
        14 => replace("odd/lines.kdl", "30", &number.to_string()),
        15 => replace("odd/own.kdl", "own is x", "own is z"),
        16 => replace("odd/own.kdl", "own string", "own number"),
        _ => replace(&path, "description \"What", "description \"Why and what"),
    }
}

fn write(repository: &Repository, files: &Files) {
    let _ = std::fs::remove_dir_all(repository.path("flags"));
    for (path, text) in files {
        repository.write(&format!("flags/{path}"), text);
    }
}

/// How the environments that serve a flag do it.
fn served<'a>(side: &'a Side, key: &str) -> Vec<(&'a str, &'a Result<flagfall::ufc::Flag, String>)> {
    let each = side.environments.iter();
    each.filter_map(|one| Some((one.config.environment.as_str(), one.config.flags.get(key)?))).collect()
}

/// What the findings say.
fn said_of(side: &Side) -> BTreeSet<String> {
    let findings = side.workspace.iter().flat_map(|session| &session.findings);
    findings.map(|finding| format!("{} {}", finding.rule.name(), finding.message)).collect()
}

/// What a flag says of itself beside what evaluators read.
fn said(side: &Side, key: &str) -> Option<String> {
    let workspace = side.workspace.as_ref()?.checked.as_ref()?.workspace();
    let flag = workspace.flags.iter().find(|flag| flag.key.value == key)?;
    Some(format!("{:?} {:?} {:?} {}", flag.description, flag.code_default, flag.entity, flag.incomplete))
}

/// Compares narrow loading with loading everything; says how many flags were touched, none where a side is broken.
#[track_caller]
fn compare(repository: &Repository, base: &str, head: Option<&str>, note: &str) -> Option<usize> {
    let here = repository.path("flags");
    let whole = |argument: &str| Side::open(argument, Some(&here), &mut context()).unwrap();
    let (before, after) = (whole(base), whole(head.unwrap_or(here.to_str().unwrap())));
    let (Some(before), Some(after)) = (before, after) else {
        let _ = repository.open(Some(base), head);
        return None;
    };
    let pair = repository.pair(Some(base), head);
    let all: BTreeSet<&str> = before.flags().union(&after.flags()).copied().collect();
    for key in all {
        if pair.touched.contains(key) {
            assert_eq!(served(&pair.base, key), served(&before, key), "{note}: `{key}` before");
            assert_eq!(served(&pair.head, key), served(&after, key), "{note}: `{key}` after");
            assert_eq!(said(&pair.base, key), said(&before, key), "{note}: `{key}` before");
            assert_eq!(said(&pair.head, key), said(&after, key), "{note}: `{key}` after");
        } else {
            assert_eq!(served(&before, key), served(&after, key), "{note}: `{key}` was missed");
            assert_eq!(said(&before, key), said(&after, key), "{note}: `{key}` was missed");
        }
    }
    for (part, whole) in [(&pair.base, &before), (&pair.head, &after)] {
        let known = said_of(whole);
        for finding in said_of(part) {
            assert!(known.contains(&finding), "{note}: only a part says: {finding}");
        }
    }
    Some(pair.touched.len())
}

#[test]
fn random_edits_touch_what_they_touch_in_the_whole_workspace() {
    let repository = Repository::new();
    let mut random = Random::new(20_261_124);
    let mut compared = 0;
    for round in 0..16 {
        let mut files = workspace(round % 3);
        write(&repository, &files);
        repository.commit("before");
        for _ in 0..=random.below(3) {
            edit(&mut files, &mut random);
        }
        write(&repository, &files);
        let in_tree = compare(&repository, "HEAD", None, &format!("round {round}, in the work tree"));
        repository.commit("after");
        let committed = compare(&repository, "HEAD~1", Some("HEAD"), &format!("round {round}, committed"));
        assert_eq!(in_tree, committed, "round {round}");
        compared += usize::from(committed.is_some_and(|touched| touched > 0));
    }
    assert!(compared > 5, "only {compared} rounds say something");
}

/// The repository after `edit` of one file, and what is touched.
#[track_caller]
fn touched_by(path: &str, from: &str, to: &str) -> Vec<String> {
    let repository = Repository::new();
    let mut files = workspace(0);
    write(&repository, &files);
    repository.commit("before");
    let text = files.get_mut(path).unwrap();
    assert!(text.contains(from), "{path} has no {from}");
    *text = text.replacen(from, to, 1);
    write(&repository, &files);
    assert!(compare(&repository, "HEAD", None, path).is_some());
    repository.pair(Some("HEAD"), None).touched.into_iter().collect()
}

#[test]
fn a_flag_that_changed_is_the_only_one() {
    assert_eq!(touched_by("odd/far.kdl", "owner=growth", "owner=search"), ["far"]);
}

#[test]
fn a_comment_touches_nothing() {
    assert_eq!(touched_by("vocabulary.kdl", "attribute age", "// how old\nattribute age"), [""; 0]);
}

#[test]
fn a_list_touches_whoever_names_its_file_or_a_segment_that_does() {
    assert_eq!(touched_by("lists/ids.txt", "acct-2", "acct-3"), ["listed", "member"]);
}

#[test]
fn a_segment_touches_flags_that_write_its_name_in_other_letters() {
    let touched = touched_by("vocabulary.kdl", "@example.com", "@example.org");
    assert!(touched.iter().any(|key| key == "escaped"), "{touched:?}");
    assert!(!touched.iter().any(|key| key == "far"), "{touched:?}");
}

#[test]
fn only_what_changed_and_what_it_uses_is_read() {
    let repository = Repository::new();
    let mut files = workspace(0);
    write(&repository, &files);
    repository.commit("before");
    files.insert("odd/far.kdl".to_owned(), flag("far", "{ in-segment far; country is US }"));
    write(&repository, &files);
    let pair = repository.pair(Some("HEAD"), None);
    let session = pair.head.workspace.unwrap();
    let read: Vec<&str> = session.sources.files().map(|(_, file)| file.path.as_str()).collect();
    assert_eq!(read, ["flagfall.kdl", "odd/far.kdl", "odd/lines.kdl", "vocabulary.kdl"]);
    assert_eq!(session.checked.unwrap().workspace().flags.len(), 1);
}

#[test]
fn mistakes_are_reported_where_something_changed_and_nowhere_else() {
    let repository = Repository::with_workspace();
    repository.write("flags/broken.kdl", "flag broken type=boolean {\n");
    repository.commit("broken already");
    repository.write("flags/a.kdl", &flag("a", "country is CA"));
    assert_eq!(keys(&repository.pair(Some("HEAD"), None)), ["a"]);
    repository.write("flags/a.kdl", &flag("a", "contry is CA"));
    assert!(repository.open(Some("HEAD"), None).unwrap().is_none());
    // What the change takes away from others is a mistake of the change.
    repository.write("flags/a.kdl", &flag("a", "country is CA"));
    repository
        .write("flags/vocabulary.kdl", &VOCABULARY.replace("segment staff", "segment stuff").replace("staff", "stuff"));
    assert!(repository.open(Some("HEAD"), None).unwrap().is_none());
}

#[test]
fn a_key_that_is_taken_is_a_mistake() {
    let repository = Repository::with_workspace();
    repository.write("flags/again.kdl", &flag("b", "country is CA"));
    assert!(repository.open(Some("HEAD"), None).unwrap().is_none());
}

#[test]
fn what_git_ignores_is_no_change_and_what_it_does_not_know_yet_is() {
    let repository = Repository::with_workspace();
    repository.write(".gitignore", "ignored.kdl\n");
    repository.commit("ignore");
    repository.write("flags/ignored.kdl", &flag("ignored", "country is CA"));
    repository.write("flags/untracked.kdl", &flag("untracked", "country is CA"));
    assert_eq!(keys(&repository.pair(Some("HEAD"), None)), ["untracked"]);
}

#[test]
fn a_file_that_was_touched_but_not_changed_is_unchanged() {
    let repository = Repository::with_workspace();
    let text = std::fs::read_to_string(repository.path("flags/a.kdl")).unwrap();
    repository.write("flags/a.kdl", "// nothing\n");
    repository.write("flags/a.kdl", &text);
    assert_eq!(keys(&repository.pair(Some("HEAD"), None)), [""; 0]);
    // As long as before, and as quickly as a file system can tell.
    repository.write("flags/a.kdl", &text.replace("US", "CA"));
    assert_eq!(keys(&repository.pair(Some("HEAD"), None)), ["a"]);
}
