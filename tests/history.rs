//! The history of flags, in real repositories: since which commit, and what each commit did to people.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that cannot do its part fails the test"
)]

#[path = "support/golden.rs"]
mod golden;
#[path = "support/repository.rs"]
mod repository;

use std::path::Path;

use serde_json::Value;

/// A repository with the flag `hello`.
struct Repository {
    inner: repository::Repository,
}

impl std::ops::Deref for Repository {
    type Target = repository::Repository;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl Repository {
    /// With `flags/flagfall.kdl`, not committed yet.
    fn new() -> Self {
        let repository = Self { inner: repository::Repository::empty() };
        repository.write("flags/flagfall.kdl", "edition \"2026\"\nenv test\nenv production\n");
        repository.write("flags/vocabulary.kdl", "attribute country string\nattribute age number\n");
        repository
    }

    /// A clone of another, so many commits deep.
    fn shallow(of: &Self, depth: &str) -> Self {
        let clone = Self { inner: repository::Repository::nowhere() };
        clone.git(&["clone", "-q", "--depth", depth, &format!("file://{}", of.path().display()), "."]);
        clone
    }

    /// The flag `hello` with this waterfall in production.
    fn waterfall(&self, waterfall: &str) {
        self.write("flags/hello.kdl", hello(waterfall));
    }

    fn run(&self, arguments: &[&str]) -> String {
        let ran = self.flagfall(arguments);
        assert_eq!((ran.code, ran.messages.as_str()), (0, ""), "{arguments:?}: {}", ran.results);
        ran.results
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Why it cannot be done, and the next step.
    fn refuses(&self, arguments: &[&str]) -> String {
        let ran = self.flagfall(arguments);
        assert_eq!((ran.code, ran.results.as_str()), (2, ""), "{}", ran.messages);
        ran.messages
    }

    /// Since which commit (its title) or otherwise, and the variations before and after, of `hello` in production.
    fn blame(&self, arguments: &[&str]) -> String {
        let document = self.json(&[&["blame", "hello"], arguments, &["--env", "production"]].concat());
        let since = &document["since"];
        let title = since["commit"]["title"].as_str().unwrap_or_default();
        let since = match since["kind"].as_str().unwrap() {
            "commit" => title.to_owned(),
            "schedule" => format!("{} by {title}", since["at"].as_str().unwrap()),
            other => format!("{other} {title}").trim().to_owned(),
        };
        let variation = |end: &Value| match end {
            Value::Null => "nothing".to_owned(),
            end if end["defined"] == false => "no flag".to_owned(),
            end => end["variation"].as_str().map_or_else(
                || "default".to_owned(),
                |variation| format!("{variation} by {}", end["step"].as_str().unwrap()),
            ),
        };
        format!("{since}: {} → {}", variation(&document["before"]), variation(&document["after"]))
    }
}

fn hello(waterfall: &str) -> String {
    format!(
        "flag hello type=boolean owner=web {{
    variation off #false
    variation on #true
    gate qa serve=on log=#true {{ when id is acct-1; }}
    gate kill serve=off
    experiment words {{ split off=50 on=50; when country is US; }}
    env test enabled=#true {{ otherwise on; }}
    env production enabled=#true {{
{}    }}
}}
",
        waterfall.lines().map(|line| format!("        {}\n", line.trim())).collect::<String>()
    )
}

/// The quickstart's life: on in test, dark; test account; canary; 100 %; emergency.
fn quickstart() -> Repository {
    let repository = Repository::new();
    repository.commit("Start the workspace");
    repository.waterfall("");
    repository.commit("On in test, dark in production");
    repository.waterfall("gate qa");
    repository.commit("The test account");
    repository.waterfall("gate qa\nexperiment words \"5%\"");
    repository.commit("A canary of 5 %");
    repository.waterfall("gate qa\nexperiment words \"100%\"");
    repository.commit("Everybody targeted");
    repository.waterfall("gate kill override=\"it burns\" until=\"2026-12-31\"\ngate qa\nexperiment words \"100%\"");
    repository.commit("Emergency");
    repository
}

#[test]
fn the_life_of_a_flag_is_told_commit_by_commit() {
    let repository = quickstart();
    for (revision, subject, expected) in [
        ("HEAD", "acct-1", "Emergency: on by qa → off by kill"),
        ("HEAD~1", "acct-1", "The test account: default → on by qa"),
        ("HEAD~3", "acct-1", "The test account: default → on by qa"),
        ("HEAD~4", "acct-1", "On in test, dark in production: no flag → default"),
        // In the canary, and not.
        ("HEAD~1", "u-28", "A canary of 5 %: default → on by words"),
        ("HEAD~1", "u-1", "Everybody targeted: default → on by words"),
        ("HEAD~2", "u-1", "On in test, dark in production: no flag → default"),
    ] {
        assert_eq!(repository.blame(&[subject, "country=US", revision]), expected, "{revision} {subject}");
    }
    assert!(
        repository
            .refuses(&["blame", "hello", "u", "--env", "production", "HEAD~5"])
            .contains("there is no flag `hello`, nor was there in the only commit looked at")
    );
}

#[test]
fn the_answer_for_people_has_places_writers_and_commands_that_show_both_ends() {
    let repository = quickstart();
    let told = repository.run(&["blame", "hello", "acct-1", "--env", "production"]);
    golden::compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/history/blame.txt"), &told).unwrap();
    let commands: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("  flagfall ")).collect();
    let results: Vec<String> = commands
        .iter()
        .map(|command| {
            let words: Vec<&str> = command.split(' ').collect();
            repository.json(&words)["variation"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(results, ["on", "off"]);
    assert_eq!(
        repository.run(&["blame", "hello", "acct-1", "--env", "production", "--format", "plain"]).split('\t').count(),
        6
    );
}

#[test]
fn what_is_not_committed_is_said_first() {
    let repository = quickstart();
    repository.waterfall("gate qa");
    assert_eq!(repository.blame(&["acct-1"]), "uncommitted: off by kill → on by qa");
    let told = repository.run(&["blame", "hello", "acct-1", "--env", "production"]);
    assert!(told.starts_with("not committed yet\n"), "{told}");
    assert!(told.contains("placed at flags/hello.kdl:9, written by"), "{told}");
    repository.waterfall("gate qa end=\"2027-01-01T00:00:00Z\"");
    let told = repository.run(&["blame", "hello", "acct-1", "--env", "production"]);
    assert!(told.contains("placed at flags/hello.kdl:9, not committed yet"), "{told}");
    // The working tree, undone: what HEAD says.
    repository.git(&["checkout", "-q", "."]);
    assert_eq!(repository.blame(&["acct-1"]), "Emergency: on by qa → off by kill");
}

#[test]
fn a_branch_arrives_with_its_merge_and_its_line_is_its_own() {
    let repository = Repository::new();
    repository.waterfall("");
    repository.commit("Dark");
    repository.git(&["checkout", "-q", "-b", "topic"]);
    repository.waterfall("gate qa");
    repository.commit("On a branch");
    repository.git(&["checkout", "-q", "main"]);
    repository.write("readme", "x");
    repository.commit("Something else");
    repository.next();
    repository.git(&["merge", "-q", "--no-ff", "-m", "Merge topic", "topic"]);
    assert_eq!(repository.blame(&["acct-1"]), "Merge topic: default → on by qa");
    let document = repository.json(&["blame", "hello", "acct-1", "--env", "production"]);
    assert_eq!(document["placed"]["commit"]["title"], "On a branch");
    assert_eq!(document["walked"], 2 + 1 - 1, "the branch itself is not walked");
}

#[test]
fn commits_with_errors_are_passed_over_and_named() {
    let repository = Repository::new();
    repository.waterfall("");
    repository.commit("Dark");
    repository.waterfall("gate quality");
    repository.commit("Broken");
    repository.waterfall("gate qa");
    repository.commit("Mended");
    assert_eq!(repository.blame(&["acct-1"]), "Mended: default → on by qa");
    let told = repository.run(&["blame", "hello", "acct-1", "--env", "production"]);
    assert!(told.contains("flags/hello.kdl:9: FF1011 unknown-step"), "{told}");
    // Errors on the way that changed nothing are nobody's business.
    repository.waterfall("gate qa\ngate quality");
    repository.commit("Broken again");
    repository.waterfall("gate qa");
    repository.commit("Mended again");
    let document = repository.json(&["blame", "hello", "acct-1", "--env", "production"]);
    assert_eq!(document["unreadable"].as_array().unwrap().len(), 1);
    assert!(
        repository
            .refuses(&["blame", "hello", "u", "--env", "production", "HEAD~1"])
            .contains("begin at a commit without errors")
    );
}

#[test]
fn errors_of_other_flags_do_not_hide_a_flag() {
    let repository = Repository::new();
    repository.waterfall("");
    repository.commit("Dark");
    repository.waterfall("gate qa");
    let other = "flag other type=boolean owner=web { variation a #true; env test enabled=#true { otherwise b; }; }\n";
    repository.write("flags/other.kdl", other);
    repository.commit("On");
    repository.write("flags/other.kdl", other.replace("otherwise b", "otherwise a"));
    repository.commit("The other is mended");
    assert_eq!(repository.blame(&["acct-1"]), "On: default → on by qa");
}

#[test]
fn a_flag_is_followed_by_its_key_through_files_and_directories() {
    let repository = Repository::new();
    repository.waterfall("gate qa");
    repository.commit("On");
    std::fs::create_dir(repository.path().join("flags/web")).unwrap();
    repository.git(&["mv", "flags/hello.kdl", "flags/web/greeting.kdl"]);
    repository.commit("Moved");
    assert_eq!(repository.blame(&["acct-1"]), "On: nothing → on by qa");
    let document = repository.json(&["blame", "hello", "acct-1", "--env", "production"]);
    assert_eq!(document["placed"]["file"], "flags/web/greeting.kdl");
    assert_eq!(document["placed"]["commit"]["title"], "On");
}

#[test]
fn shared_declarations_and_data_count_and_other_files_do_not() {
    let repository = Repository::new();
    repository.write("flags/people.kdl", "segment people { when id one-of file=\"ids.txt\"; }\n");
    repository.write("flags/ids.txt", "acct-2\n");
    let flag = hello("gate qa").replace("when id is acct-1", "when in-segment people");
    repository.write("flags/hello.kdl", flag);
    repository.commit("On for some");
    repository.write("flags/ids.txt", "acct-1\nacct-2\n");
    repository.commit("The list is longer");
    repository
        .write("flags/hello.test.kdl", "tests hello { case \"on\" env=production { subject acct-2; expect on; }; }\n");
    repository.write("src/main.rs", "x");
    repository.commit("Nothing to do with it");
    assert_eq!(repository.blame(&["acct-1"]), "The list is longer: default → on by qa");
    assert_eq!(repository.blame(&["acct-2"]), "On for some: nothing → on by qa");
}

#[test]
fn what_time_alone_gives_is_the_schedules() {
    let repository = Repository::new();
    repository.waterfall("");
    repository.commit("Dark");
    repository.waterfall(
        "experiment words { ramp { at \"2026-11-10T00:00:00Z\" \"5%\"; at \"2026-11-20T00:00:00Z\" \"100%\"; }; }",
    );
    repository.commit("A ramp");
    repository.write("readme", "x");
    repository.commit("Later");
    let us = "country=US";
    assert_eq!(repository.blame(&["u-1", us]), "2026-11-20T00:00:00.000Z by A ramp: default → on by words");
    assert_eq!(repository.blame(&["u-28", us]), "2026-11-10T00:00:00.000Z by A ramp: default → on by words");
    // Before its phase, at an instant: nothing but the default, ever.
    assert_eq!(repository.blame(&["u-1", us, "--at", "2026-11-19T23:59:59Z"]), "Dark: nothing → default");
    // A window that was open already when it was written is the commit's.
    repository.waterfall("gate qa start=\"2026-10-01T00:00:00Z\" end=\"2026-11-25T00:00:00Z\"");
    repository.commit("A gate with an end");
    assert_eq!(repository.blame(&["acct-1", "--at", "2026-11-21T00:00:00Z"]), "A gate with an end: default → on by qa");
    let after = repository.blame(&["acct-1"]);
    assert!(after.starts_with("2026-11-25T00:00:00.001Z by A gate with an end: on by qa → default"), "{after}");
}

#[test]
fn a_shallow_clone_says_where_it_ends() {
    let repository = quickstart();
    let clone = Repository::shallow(&repository, "2");
    assert_eq!(clone.blame(&["acct-1"]), "Emergency: on by qa → off by kill");
    let told = clone.run(&["blame", "hello", "acct-1", "--env", "production", "HEAD~1"]);
    assert!(told.contains("or earlier\n  before: not known"), "{told}");
    assert!(told.contains("`git fetch --unshallow`"), "{told}");
    assert!(told.contains("written before what this clone holds"), "{told}");
}

#[test]
fn a_limit_says_what_it_left_out() {
    let repository = quickstart();
    let told = repository.run(&["blame", "hello", "acct-1", "--env", "production", "HEAD~1", "--limit", "1"]);
    assert!(told.contains("only 1 commit was looked at: `--limit N` looks at more"), "{told}");
}

#[test]
fn without_history_there_is_a_next_step() {
    let repository = Repository::new();
    repository.waterfall("");
    assert!(repository.refuses(&["blame", "hello", "u", "--env", "production"]).contains("`git commit` begins it"));
    repository.commit("Dark");
    assert!(repository.refuses(&["blame", "hello", "u", "--env", "prod"]).contains("there is no environment `prod`"));
    assert!(repository.refuses(&["blame", "hello", "u", "a", "b", "--env", "test"]).contains("name one revision"));
    std::fs::remove_dir_all(repository.path().join(".git")).unwrap();
    let refused = repository.refuses(&["blame", "hello", "u", "--env", "production"]);
    assert!(refused.contains("is not in a git repository, so there is no history"), "{refused}");
    assert!(refused.contains("--workspace DIR"), "{refused}");
}

/// Title and class of every change, newest first.
fn log(repository: &Repository, arguments: &[&str]) -> Vec<String> {
    let document = repository.json(&[&["log", "hello"], arguments].concat());
    let entries = document["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| format!("{}: {}", entry["commit"]["title"].as_str().unwrap(), entry["class"].as_str().unwrap()))
        .collect()
}

/// Kind, share and both variations of every move in production that the newest change made.
fn moves(repository: &Repository) -> Vec<String> {
    let document = repository.json(&["log", "hello", "--env", "production", "--limit", "1"]);
    let environments = document["entries"][0]["environments"].as_array().unwrap();
    let moves = environments.iter().flat_map(|one| one["moves"].as_array().unwrap());
    let told = moves.map(|each| {
        let variation = |end: &Value| end["variation"].as_str().unwrap_or("default").to_owned();
        let share = each["share"]["percent"].as_str().map_or_else(|| each["keys"]["moving"].to_string(), str::to_owned);
        format!("{} {share} {} → {}", each["kind"].as_str().unwrap(), variation(&each["from"]), variation(&each["to"]))
    });
    told.collect()
}

#[test]
fn the_log_tells_the_life_of_a_flag_as_changes_to_people() {
    let repository = quickstart();
    let told = repository.run(&["log", "hello"]);
    golden::compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/history/log.txt"), &told).unwrap();
    let classes = [
        "Emergency: reassign",
        "Everybody targeted: sticky",
        "A canary of 5 %: sticky",
        "The test account: sticky",
        "On in test, dark in production: added",
    ];
    assert_eq!(log(&repository, &[]), classes);
    assert_eq!(log(&repository, &["HEAD~2", "--limit", "2"]), classes[2..4]);
    assert_eq!(log(&repository, &["--env", "test"]), ["On in test, dark in production: added"]);
    let plain = repository.run(&["log", "hello", "--format", "plain"]);
    assert!(plain.lines().all(|line| line.split('\t').count() == 8), "{plain}");
}

#[test]
fn every_move_comes_with_commands_that_show_it() {
    let repository = quickstart();
    let document = repository.json(&["log", "hello", "--env", "production"]);
    let mut checked = 0;
    for entry in document["entries"].as_array().unwrap() {
        for each in entry["environments"].as_array().unwrap().iter().flat_map(|one| one["moves"].as_array().unwrap()) {
            let commands: Vec<&str> =
                each["commands"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
            for (command, end) in commands.iter().zip([&each["from"], &each["to"]]) {
                let words: Vec<&str> = command.strip_prefix("flagfall ").unwrap().split(' ').collect();
                assert_eq!(repository.json(&words)["variation"], end["variation"], "{command}");
                checked += 1;
            }
        }
    }
    assert!(checked >= 10, "{checked}");
}

#[test]
fn text_is_listed_on_request_only() {
    let repository = quickstart();
    let text = std::fs::read_to_string(repository.path().join("flags/hello.kdl")).unwrap();
    repository.write("flags/hello.kdl", format!("// a comment\n{text}"));
    repository.commit("A comment");
    repository.write("flags/flagfall.kdl", "edition \"2026\"\nenv test\nenv production\nenv staging\n");
    repository.commit("Nothing about the flag");
    assert_eq!(log(&repository, &[])[0], "Emergency: reassign");
    assert_eq!(log(&repository, &["--all"])[..2], ["A comment: same", "Emergency: reassign"]);
}

#[test]
fn the_log_follows_the_key_and_tells_removal_and_another_type() {
    let repository = quickstart();
    repository.git(&["mv", "flags/hello.kdl", "flags/greeting.kdl"]);
    repository.commit("Moved");
    repository.git(&["rm", "-q", "flags/greeting.kdl"]);
    repository.commit("Removed");
    let text = hello("gate qa")
        .replace("type=boolean", "type=string")
        .replace("#false", "\"no\"")
        .replace("#true\n    gate", "\"yes\"\n    gate");
    repository.write("flags/hello.kdl", text.replace("on #true", "on \"yes\""));
    repository.commit("Again, of another type");
    repository.waterfall("gate qa");
    repository.commit("Boolean again");
    let classes = ["Boolean again: retype", "Again, of another type: added", "Removed: remove", "Emergency: reassign"];
    assert_eq!(log(&repository, &["--limit", "4"]), classes);
    assert_eq!(moves(&repository), [r#"reassigned ["acct-1"] on → on"#]);
}

#[test]
fn the_log_has_merges_and_passes_over_errors() {
    let repository = Repository::new();
    repository.waterfall("");
    repository.commit("Dark");
    repository.git(&["checkout", "-q", "-b", "topic"]);
    repository.waterfall("gate qa");
    repository.commit("On a branch");
    repository.git(&["checkout", "-q", "main"]);
    repository.next();
    repository.git(&["merge", "-q", "--no-ff", "-m", "Merge topic", "topic"]);
    repository.waterfall("gate quality");
    repository.commit("Broken");
    repository.waterfall("");
    repository.commit("Mended");
    assert_eq!(log(&repository, &[]), ["Mended: release", "Merge topic: sticky", "Dark: added"]);
    let document = repository.json(&["log", "hello"]);
    assert_eq!(document["entries"][0]["unreadable"][0]["commit"]["title"], "Broken");
    assert_eq!(document["entries"][1]["unreadable"].as_array().unwrap().len(), 0);
    assert_eq!(moves(&repository), [r#"released ["acct-1"] on → default"#]);
}

#[test]
fn a_shared_segment_is_a_change_of_every_flag_that_uses_it() {
    let repository = Repository::new();
    repository.write("flags/people.kdl", "segment people { when country is US; }\n");
    repository.write("flags/hello.kdl", hello("gate qa").replace("when id is acct-1", "when in-segment people"));
    repository.commit("For the United States");
    repository.write("flags/people.kdl", "segment people { when country one-of US CA; }\n");
    repository.commit("And Canada");
    repository.write("flags/other.kdl", "segment others { when country is DE; }\n");
    repository.commit("A segment that it does not use");
    assert_eq!(log(&repository, &["--all"]), ["And Canada: sticky", "For the United States: added"]);
    assert_eq!(moves(&repository), ["new 100.00 default → on"]);
}

#[test]
fn the_log_of_a_shallow_clone_says_where_it_ends() {
    let repository = quickstart();
    let clone = Repository::shallow(&repository, "2");
    assert_eq!(
        log(&clone, &[]),
        ["Emergency: reassign"],
        "the oldest commit is not taken for the one that added the flag"
    );
    assert!(clone.run(&["log", "hello"]).contains("this clone is shallow and ends after 2 commits"));
}

#[test]
fn a_log_of_nothing_has_a_next_step() {
    let repository = quickstart();
    assert!(repository.refuses(&["log", "hullo"]).contains("there is no flag `hullo` in the 6 commits up to `HEAD`"));
    assert!(repository.refuses(&["log", "hello", "--env", "prod"]).contains("there is no environment `prod`"));
    assert!(repository.refuses(&["log", "hello", "nowhere"]).contains("there is no revision `nowhere`"));
}
