//! What is the same to everybody, and what only looks so.

use serde_json::Value;

use super::{Sandbox, flag};

#[track_caller]
fn proved(before: &str, after: &str) {
    let sandbox = Sandbox::two(before, after);
    let document = sandbox.prove(&["equal", "a", "b"], 0);
    assert!(document.get("differences").is_none() && document.get("witness").is_none(), "{document}");
}

/// The attributes of the one who differs, in production; who gets on either side what the answer says.
#[track_caller]
fn refuted(before: &str, after: &str) -> Value {
    let sandbox = Sandbox::two(before, after);
    let document = sandbox.prove(&["equal", "a", "b"], 1);
    let differences = document["differences"].as_array().unwrap();
    assert_eq!(differences.len(), 1, "{document}");
    let difference = &differences[0];
    assert_eq!((&difference["flag"], &difference["environment"]), (&"f".into(), &"production".into()));
    assert_eq!(document["witness"], difference["witness"]);
    for (side, seen) in [("before", "witness"), ("after", "also")] {
        let evaluated = sandbox.paste(difference[seen]["command"].as_str().unwrap());
        let end = &difference[side];
        assert_eq!(evaluated["variation"], end["variation"], "{side}: {document}");
        assert_eq!(evaluated["value"], end["value"], "{side}: {document}");
        assert_eq!(evaluated.get("step").unwrap_or(&Value::Null), &end["step"], "{side}: {document}");
        assert_eq!(evaluated.get("event").is_some(), end["logged"] == true, "{side}: {document}");
    }
    assert_ne!(difference["before"], difference["after"]);
    document["witness"]["attributes"].clone()
}

/// One gate for whom this says.
fn gate(when: &str) -> String {
    flag(&format!("    gate g serve=on {{\n{when}\n    }}"), "        gate g\n        otherwise off")
}

#[test]
fn the_same_waterfall_is_equal_whatever_it_is_called_in_the_workspace() {
    let inlined = flag("    gate g serve=on { when email ends-with \"@example.com\" }", "        gate g");
    let named = flag("    gate g serve=on { when in-segment staff }", "        gate g");
    proved(&named, &inlined);
}

#[test]
fn reordering_two_experiments_of_one_layer_changes_nothing() {
    let steps = "    experiment one { split off=50 on=50; layer page slot=copy }\n    \
                 experiment two { split off=10 on=90; layer page slot=price }";
    proved(
        &flag(steps, "        experiment one\n        experiment two"),
        &flag(steps, "        experiment two\n        experiment one"),
    );
}

#[test]
fn reordering_two_experiments_with_exclusive_audiences_changes_nothing() {
    let steps = "    experiment one { split off=50 on=50; when plan is free }\n    \
                 experiment two { split off=10 on=90; when plan one-of pro enterprise }";
    proved(
        &flag(steps, "        experiment one \"30%\"\n        experiment two"),
        &flag(steps, "        experiment two\n        experiment one \"30%\""),
    );
}

#[test]
fn splitting_a_list_over_two_rules_changes_nothing() {
    proved(
        &gate("        when country one-of US CA DE"),
        &gate("        when country one-of US CA\n        or country is DE"),
    );
    let steps = "    gate both serve=on { when country one-of US CA }\n    gate one serve=on { when country is US }\n    \
                 gate two serve=on { when country is CA }";
    // Gates are not logged, so nobody can tell which one it was.
    proved(&flag(steps, "        gate both"), &flag(steps, "        gate one\n        gate two"));
}

#[test]
fn rewriting_not_in_segment_by_hand_changes_nothing() {
    let by_hand = "        when country is-null\n        or country not-one-of US CA";
    proved(&gate("        when not-in-segment north-america"), &gate(by_hand));
}

#[test]
fn dropping_a_null_check_is_noticed_by_those_without_a_country() {
    let checked = "        when country is-null\n        or country not-one-of US CA";
    let attributes = refuted(&gate(checked), &gate("        when country not-one-of US CA"));
    assert!(attributes.get("country").is_none_or(Value::is_null), "{attributes}");
}

#[test]
fn a_threshold_that_is_included_is_noticed_by_those_who_stand_on_it() {
    let attributes = refuted(&gate("        when age gte 30"), &gate("        when age gt 30"));
    let age = &attributes["age"];
    assert!(age.as_f64().or_else(|| age.as_str()?.parse().ok()) == Some(30.0), "{attributes}");
}

#[test]
fn swapping_two_variations_is_noticed() {
    let before = flag("    experiment e { split off=50 on=50 }", "        experiment e");
    let lines = "    variation off #false\n    variation on #true\n";
    assert!(before.contains(lines));
    let after = before.replace(lines, "    variation on #true\n    variation off #false\n");
    refuted(&before, &after);
    refuted(&gate("        when age gte 30"), &gate("        when age gte 30").replace("serve=on", "serve=off"));
}

#[test]
fn logging_and_the_name_of_the_experiment_make_a_difference() {
    let experiment = |name: &str, log: &str| {
        let steps = format!("    experiment {name} log=#{log} salt=s {{ split off=50 on=50 }}");
        flag(&steps, &format!("        experiment {name}"))
    };
    refuted(&experiment("e", "true"), &experiment("e", "false"));
    let sandbox = Sandbox::two(&experiment("e", "true"), &experiment("d", "true"));
    sandbox.prove(&["equal", "a", "b"], 1);
    proved(&experiment("e", "false"), &experiment("d", "false"));
}

#[test]
fn a_flag_that_one_side_lacks_is_not_served_there() {
    let sandbox = Sandbox::two(&gate("        when age gte 30"), "");
    let document = sandbox.prove(&["equal", "a", "b"], 1);
    let difference = &document["differences"][0];
    assert!(difference["before"].is_object() && difference["after"].is_null(), "{document}");
    assert!(difference.get("also").is_none(), "b cannot be asked about a flag it does not have: {document}");
    // Whoever falls off the end gets the default, too.
    proved(&flag("    gate g serve=on", ""), "");
}

#[test]
fn only_what_is_asked_about_is_compared() {
    let other = super::named("other", "    gate g serve=on", "        gate g");
    let two = |age: u32| format!("{}{other}", gate(&format!("        when age gte {age}")));
    let sandbox = Sandbox::two(&two(30), &two(31));
    sandbox.prove(&["equal", "a", "b", "--flag", "other"], 0);
    sandbox.prove(&["equal", "a", "b", "--env", "test"], 0);
    sandbox.prove(&["equal", "a", "b", "--env", "production"], 1);
    sandbox.run(&["prove", "equal", "a", "b", "--flag", "othr"]).exits(2).says("did you mean `other`?");
    sandbox.run(&["prove", "equal", "a", "b", "--env", "prod"]).exits(2).says("did you mean `production`?");
}

#[test]
fn people_see_who_differs_and_what_they_get() {
    let sandbox = Sandbox::two(&gate("        when age gte 30"), &gate("        when age gt 30"));
    let ran = sandbox.run(&["prove", "equal", "a", "b"]).exits(1);
    let ran = ran.says("refuted: `a` and `b` do not do the same to everybody: they differ in 1 of 1 waterfall");
    let ran = ran.says("f in production\n  first:  on = true, decided by g, not logged\n  second: off = false, decided by otherwise, not logged\n");
    ran.says("  flagfall eval f ").says(" --env production --workspace a --at ");
}

#[test]
fn a_question_beyond_its_budget_is_undecided() {
    let sandbox = Sandbox::two(&gate("        when age gte 30"), &gate("        when age gt 30"));
    let ran = sandbox.run(&["prove", "equal", "a", "b", "--node-budget", "1"]).exits(2);
    ran.says("undecided: ").says("f in production: ").says("--node-budget N");
    sandbox.run(&["prove", "equal", "a", "b", "--node-budget", "0"]).exits(2);
}
