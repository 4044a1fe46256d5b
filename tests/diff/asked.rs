//! What the options of `diff` ask for.

use super::{diff, flagfall, root};

#[test]
fn the_exit_code_says_whether_anybody_changes_where_it_is_asked() {
    for (case, code) in [("exposure-raised", 1), ("pure-refactor", 0)] {
        diff(case, &["before", "after"]).exits(0);
        diff(case, &["before", "after", "--exit-code"]).exits(code);
    }
}

#[test]
fn what_could_not_be_decided_is_never_the_same() {
    let arguments = ["before", "after", "--node-budget", "1"];
    let run = diff("pure-refactor", &[&arguments[..], &["--exit-code"]].concat()).exits(1);
    assert!(run.results.contains("1 flag changes in production: 1 is undecided"), "{}", run.results);
    assert!(!run.results.contains("proved"), "{}", run.results);
    let document = diff("pure-refactor", &[&arguments[..], &["--json"]].concat()).document();
    let change = &document["changes"][0];
    assert_eq!((&document["class"], &change["class"]), (&"undecided".into(), &"undecided".into()));
    assert!(change["undecided"].is_string(), "{change}");
}

#[test]
fn only_names_environments_and_flag_a_flag() {
    let of = |arguments: &[&str]| {
        let document = diff("retyped", &[&["before", "after", "--json"], arguments].concat()).document();
        let changes = document["changes"].as_array().unwrap().clone();
        changes.iter().map(|change| change["environment"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of(&[]), ["test", "production"]);
    assert_eq!(of(&["--only", "production"]), ["production"]);
    assert_eq!(of(&["--only", "production,test"]), ["test", "production"]);
    let one = diff("segment-edited", &["before", "after", "--json", "--flag", "banner"]).document();
    assert_eq!(one["changes"].as_array().unwrap().len(), 1);
    for (arguments, help) in
        [(["--only", "prodction"], "did you mean `production`?"), (["--flag", "baner"], "did you mean `banner`?")]
    {
        let run = diff("segment-edited", &[&["before", "after"], &arguments[..]].concat()).exits(2);
        assert!(run.messages.contains(help), "{}", run.messages);
    }
}

#[test]
fn what_happens_by_itself_is_listed_as_far_as_asked() {
    let upcoming = |case: &str, arguments: &[&str]| {
        let document = diff(case, &[&["before", "after", "--json"], arguments].concat()).document();
        let all = document["upcoming"].as_array().unwrap().clone();
        all.iter().map(|one| format!("{} {}", one["at"], one["what"])).collect::<Vec<_>>()
    };
    assert_eq!(upcoming("start-moved", &[]), ["\"2026-12-15T09:00:00.000Z\" \"`beta` starts\""]);
    assert_eq!(upcoming("start-moved", &["--days", "14"]), [""; 0]);
    assert_eq!(upcoming("holdout-resized", &[]), [""; 0]);
    let far = upcoming("holdout-resized", &["--days", "365"]);
    assert_eq!(far, ["\"2027-06-30T23:59:59.999Z\" \"the holdout `growth` of `beta` ends after this instant\""]);
}

#[test]
fn a_collision_that_begins_by_itself_is_told_before_it_does() {
    let directory = tempfile::tempdir().unwrap();
    for (side, share) in [("before", "5%"), ("after", "10%")] {
        let text = format!(
            r#"flag search type=boolean owner=growth {{
                variation off #false
                variation on #true
                experiment beta {{ split on=50 off=50; }}
                gate staff serve=on {{ when email ends-with "@example.com"; }}
                env production enabled=#true {{
                    experiment beta {{ ramp {{ at "2026-12-10T00:00:00Z" "{share}"; at "2026-12-20T00:00:00Z" "100%"; }}; }}
                    gate staff
                }}
            }}"#
        );
        let workspace = directory.path().join(side);
        std::fs::create_dir(&workspace).unwrap();
        let configuration = "edition \"2026\"\nenv production\nrules { allow FF4 reason=\"fixture\"; }\n";
        std::fs::write(workspace.join("flagfall.kdl"), configuration).unwrap();
        std::fs::write(workspace.join("search.kdl"), format!("attribute email string\n{text}")).unwrap();
    }
    let run = flagfall(directory.path(), &["diff", "before", "after"]).exits(0);
    for told in [
        "2026-12-10T00:00:00.000Z  search in production: `beta`: exposure 0% → 10%",
        "2026-12-10T00:00:00.000Z  search in production: `beta` begins to enrol subjects of the gate `staff` below it",
        "2026-12-20T00:00:00.000Z  search in production: `beta`: exposure 10% → 100%",
        "2026-12-20T00:00:00.000Z  search in production: nobody reaches `staff` any more",
    ] {
        assert!(run.results.contains(told), "{told}: {}", run.results);
    }
}

#[test]
fn a_population_is_counted_by_evaluating_both_sides() {
    let directory = tempfile::tempdir().unwrap();
    let rows = (0..1000).map(|number| {
        let country = if number % 4 == 0 { "CA" } else { "GB" };
        format!("{{\"subject\":\"u-{number}\",\"attributes\":{{\"country\":\"{country}\"}}}}\n")
    });
    let file = directory.path().join("people.jsonl");
    std::fs::write(&file, rows.collect::<String>()).unwrap();
    let arguments = ["before", "after", "--json", "--population", file.to_str().unwrap()];
    let document = diff("exposure-raised", &arguments).document();
    assert_eq!(document["population"]["subjects"], 1000);
    let mut moving = 0;
    for region in document["changes"][0]["regions"].as_array().unwrap() {
        moving += region["population"]["moving"].as_u64().unwrap();
        assert!(region["population"]["audience"].as_u64() >= region["population"]["moving"].as_u64());
    }
    // What two evaluations of everybody say.
    let outcomes = |side: &str| {
        let input = std::fs::read_to_string(&file).unwrap();
        let asked = input.lines().map(|line| line.replacen('{', "{\"flag\":\"search\",", 1)).collect::<Vec<_>>();
        let batch = directory.path().join("batch.jsonl");
        std::fs::write(&batch, asked.join("\n")).unwrap();
        let arguments = ["eval", "--batch", batch.to_str().unwrap(), "--env", "production", "--workspace", side];
        let run = flagfall(&root().join("exposure-raised"), &arguments).exits(0);
        run.results
            .lines()
            .map(|line| {
                let one: serde_json::Value = serde_json::from_str(line).unwrap();
                format!("{} {}", one["variation"], one["allocation"])
            })
            .collect::<Vec<_>>()
    };
    let (before, after) = (outcomes("before"), outcomes("after"));
    let expected = before.iter().zip(&after).filter(|(one, other)| one != other).count();
    assert!(expected > 10);
    assert_eq!(moving, u64::try_from(expected).unwrap());
}
