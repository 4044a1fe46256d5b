//! Who can be in two steps.

use serde_json::Value;

use super::{Sandbox, named};

const QUESTION: [&str; 5] = ["exclusive", "copy/e", "price/e", "--env", "production"];

/// Two flags with an experiment each.
fn two(first: &str, second: &str) -> Sandbox {
    let flag = |key: &str, step: &str| {
        named(key, &format!("    experiment e {{ split off=50 on=50; {step} }}"), "        experiment e")
    };
    Sandbox::of(&format!("{}{}", flag("copy", first), flag("price", second)))
}

/// The step that a witness is in.
#[track_caller]
fn enrolled(sandbox: &Sandbox, witness: &Value) -> (String, String) {
    let evaluated = sandbox.paste(witness["command"].as_str().unwrap());
    assert!(evaluated.get("event").is_some(), "{evaluated}");
    let text = |name: &str| evaluated[name].as_str().unwrap().to_owned();
    (text("flag"), text("step"))
}

#[test]
fn one_step_is_not_two() {
    let ran = two("layer page slot=copy", "layer page slot=price").run(&[
        "prove",
        "exclusive",
        "copy/e",
        "copy/e",
        "--env",
        "production",
    ]);
    ran.exits(2).says("`copy/e` is one step");
}

#[test]
fn two_slots_of_a_layer_are_exclusive_for_ever() {
    let sandbox = two("layer page slot=copy", "layer page slot=price");
    let document = sandbox.prove(&QUESTION, 0);
    assert_eq!(document["by"], "bucketing");
    assert_eq!(document["question"], "exclusive copy/e price/e --env production");
    let ran = sandbox.run(&[&["prove"], &QUESTION[..]].concat()).exits(0);
    ran.says("proved: nobody is ever in both `copy/e` and `price/e` in production, by bucketing: for ever");
}

#[test]
fn two_plans_are_exclusive_while_attributes_stay() {
    let sandbox = two("when plan is free", "when plan is pro");
    let document = sandbox.prove(&QUESTION, 0);
    assert_eq!(document["by"], "targeting");
    // Whoever upgrades is in one and then in the other.
    assert_eq!(document["witness"]["subject"], document["also"]["subject"]);
    assert_eq!(enrolled(&sandbox, &document["witness"]), ("copy".to_owned(), "e".to_owned()));
    assert_eq!(enrolled(&sandbox, &document["also"]), ("price".to_owned(), "e".to_owned()));
    let ran = sandbox.run(&[&["prove"], &QUESTION[..]].concat()).exits(0);
    ran.says("by targeting: while attributes stay").says("once attributes or time have changed");
}

#[test]
fn two_experiments_for_everyone_share_somebody() {
    let sandbox = two("when plan is free", "when country is US");
    let document = sandbox.prove(&QUESTION, 1);
    assert_eq!(document["witness"]["attributes"], document["also"]["attributes"]);
    assert_eq!(document["witness"]["at"], document["also"]["at"]);
    assert_eq!(enrolled(&sandbox, &document["witness"]), ("copy".to_owned(), "e".to_owned()));
    assert_eq!(enrolled(&sandbox, &document["also"]), ("price".to_owned(), "e".to_owned()));
}

#[test]
fn two_steps_of_one_waterfall_are_never_held_at_once() {
    let steps = "    experiment one { split off=50 on=50; when plan is free }\n    \
                 experiment two { split off=50 on=50; when country is US }";
    let flag = named("f", steps, "        experiment one \"50%\"\n        experiment two \"50%\"");
    let document = Sandbox::of(&flag).prove(&["exclusive", "f/one", "f/two", "--env", "production"], 0);
    assert_eq!(document["by"], "targeting");
}

#[test]
fn nobody_counts_as_being_in_a_step_that_is_not_logged() {
    let sandbox = two("", "");
    let gate = named("price", "    gate e serve=on", "        gate e");
    sandbox.workspace("", &format!("{}{gate}", named("copy", "    gate e serve=on log=#true", "        gate e")));
    let ran = sandbox.run(&[&["prove"], &QUESTION[..]].concat()).exits(0);
    ran.says("; `price/e` is not logged, so nobody counts as being in it");
}

#[test]
fn steps_of_a_file_are_named_by_their_allocation_keys() {
    let sandbox = two("layer page slot=copy", "layer page slot=price");
    sandbox.run(&["compile"]).exits(0);
    let file = ["--ufc", "dist/production.json"];
    let question = ["exclusive", "copy/e/production", "price/e/production"];
    let document = sandbox.prove(&[&question[..], &file].concat(), 0);
    assert_eq!(document["by"], "bucketing");
}

#[test]
fn what_is_not_there_is_refused_with_the_nearest_name() {
    let sandbox = two("", "");
    let ask = |first: &str, environment: &str| {
        sandbox.run(&["prove", "exclusive", first, "price/e", "--env", environment]).exits(2)
    };
    ask("coppy/e", "production").says("there is no flag `coppy`").says("did you mean `copy`?");
    ask("copy/ee", "production").says("`copy` has no step `ee` in `production`").says("did you mean `e`?");
    ask("copy", "production").says("`copy` names no step").says("`copy/STEP`");
    ask("copy/e", "prodction").says("did you mean `production`?");
    ask("copy/e", "test").says("`copy` is not served in `test`");
    sandbox.run(&["compile", "--client"]).exits(0);
    let client = ["prove", "exclusive", "copy/e", "price/e", "--ufc", "dist/production.client.json"];
    sandbox.run(&client).exits(2).says("is obfuscated for clients");
    sandbox.write("flags.kdl", "typo\n");
    sandbox.run(&["prove", "exclusive", "copy/e", "price/e", "--env", "production"]).exits(2).says("FF1001");
}

/// What is said to keep `e` of the flags `copy` and `price` apart, with these audiences and windows.
#[track_caller]
fn kept_apart(copy: (&str, &str), price: (&str, &str), by: &str) {
    let flag = |key, (audience, waterfall): (&str, &str)| {
        let steps = format!(
            "    gate first serve=on {{ when plan is free }}\n    experiment e {{ split off=50 on=50; {audience} }}"
        );
        named(key, &steps, waterfall)
    };
    let sandbox = Sandbox::of(&[flag("copy", copy), flag("price", price)].concat());
    let document = sandbox.prove(&QUESTION, 0);
    assert_eq!(document["by"], by, "{document:#}");
    for (place, key) in [("witness", "copy"), ("also", "price")] {
        assert_eq!(enrolled(&sandbox, &document[place]), (key.to_owned(), "e".to_owned()));
    }
}

#[test]
fn windows_that_never_overlap_keep_apart_by_time_and_not_by_targeting() {
    let (early, late) = (
        "        experiment e end=\"2026-12-31T23:59:59.999Z\"",
        "        experiment e start=\"2027-01-01T00:00:00Z\"",
    );
    kept_apart(("", early), ("", late), "time");
    kept_apart(("when plan is free", early), ("when plan is pro", late), "targeting-or-time");
}

#[test]
fn a_gate_that_leaves_its_subjects_when_the_other_has_ended_keeps_apart_by_targeting_and_time() {
    let copy = ("when plan is free", "        experiment e end=\"2026-12-31T23:59:59.999Z\"");
    let price = ("", "        gate first end=\"2026-12-31T23:59:59.999Z\"\n        experiment e");
    kept_apart(copy, price, "targeting-and-time");
}

#[test]
fn a_violation_says_from_when_until_when() {
    let flags = [
        named("copy", "    experiment e { split off=50 on=50; }", "        experiment e end=\"2027-02-01T00:00:00Z\""),
        named(
            "price",
            "    experiment e { split off=50 on=50; }",
            "        experiment e start=\"2027-01-01T00:00:00Z\"",
        ),
    ];
    let document = Sandbox::of(&flags.concat()).prove(&QUESTION, 1);
    let sentence = document["sentence"].as_str().unwrap();
    assert!(sentence.ends_with(" at once from 2027-01-01T00:00:00.000Z until 2027-02-01T00:00:00.000Z"), "{sentence}");
}
