//! What can be compared, and what cannot.

use super::{CONFIGURATION, Sandbox, flag};

fn gate(age: u32) -> String {
    flag(&format!("    gate g serve=on {{ when age gte {age} }}"), "        gate g\n        otherwise off")
}

#[test]
fn a_revision_is_compared_with_the_work_tree_without_a_checkout() {
    let sandbox = Sandbox::empty();
    sandbox.git(&["init", "-q"]);
    sandbox.workspace("flags", &gate(30));
    sandbox.git(&["add", "."]);
    sandbox.git(&["commit", "-q", "-m", "x"]);
    sandbox.prove(&["equal", "HEAD", "flags"], 0);
    sandbox.prove(&["equal", "main", "flags/flagfall.kdl"], 0);
    sandbox.prove(&["equal", "HEAD:flags", "HEAD"], 0);
    let age = sandbox.run(&["eval", "f", "u", "age=30", "--env", "production", "--workspace", "HEAD"]).exits(0);
    age.says("(HEAD:flags/flags.kdl:6)").says("on = true");
    sandbox.run(&["prove", "equal", "HED", "flags"]).exits(2).says("did you mean `HEAD`?");
    sandbox.run(&["prove", "equal", "HEAD~3", "flags"]).exits(2).says("`git log --oneline HEAD` shows it");
    sandbox.run(&["prove", "equal", "./nowhere", "flags"]).exits(2).says("there is no directory `./nowhere`");
    // What differs is seen by asking the revision, and by asking the directory.
    sandbox.workspace("flags", &gate(31));
    let document = sandbox.prove(&["equal", "HEAD", "flags"], 1);
    for (seen, value) in [("witness", true), ("also", false)] {
        let line = document["differences"][0][seen]["command"].as_str().unwrap();
        assert_eq!(sandbox.paste(line)["value"], value, "{line}");
    }
}

#[test]
fn findings_of_a_revision_name_it_and_make_it_unusable() {
    let sandbox = Sandbox::empty();
    sandbox.git(&["init", "-q"]);
    sandbox.workspace("", "typo\n");
    sandbox.git(&["add", "."]);
    sandbox.git(&["commit", "-q", "-m", "x"]);
    sandbox.workspace("", &gate(30));
    let ran = sandbox.run(&["prove", "equal", "HEAD", ".", "--format", "plain"]).exits(2);
    let ran = ran.says("HEAD:flags.kdl:1:1: error[FF1001]");
    assert!(ran.results.is_empty(), "{ran:?}");
}

#[test]
fn outside_of_a_repository_there_are_no_revisions() {
    let sandbox = Sandbox::of(&gate(30));
    sandbox.run(&["prove", "equal", "main", "."]).exits(2).says("is not in a git repository");
    sandbox.run(&["prove", "equal", "-", "-"]).exits(2).says("standard input cannot be both sides");
}

#[test]
fn a_file_is_compared_with_its_own_environment() {
    let sandbox = Sandbox::of(&gate(30));
    sandbox.run(&["compile", "--client"]).exits(0);
    sandbox.prove(&["equal", "dist/production.json", "."], 0);
    sandbox.prove(&["equal", ".", "dist/test.json"], 0);
    sandbox.prove(&["equal", "dist/production.json", "dist/production.json"], 0);
    sandbox
        .run(&["prove", "equal", "dist/production.client.json", "."])
        .exits(2)
        .says("is obfuscated for clients")
        .says("name the file for servers: `dist/production.json`");
    let text = std::fs::read_to_string(sandbox.path().join("dist/production.json")).unwrap();
    sandbox.write("foreign.json", &text.replace("\"name\": \"production\"", "\"name\": \"live\""));
    sandbox.run(&["prove", "equal", "foreign.json", "."]).exits(2).says("--env production");
    sandbox.prove(&["equal", "foreign.json", ".", "--env", "production"], 0);
    sandbox.prove(&["equal", "foreign.json", "dist/production.json"], 0);
    sandbox.run(&["prove", "equal", "gone.json", "."]).exits(2).says("cannot read `gone.json`");
    sandbox.write("flags.json", "[]");
    sandbox.run(&["prove", "equal", "flags.json", "."]).exits(2).says("is not a flag configuration");
}

#[test]
fn witnesses_of_files_are_pasted_too() {
    let sandbox = Sandbox::of(&gate(30));
    sandbox.run(&["compile", "--out", "old"]).exits(0);
    sandbox.workspace("", &gate(31));
    sandbox.run(&["compile", "--out", "new"]).exits(0);
    let document = sandbox.prove(&["equal", "old/production.json", "new/production.json"], 1);
    for (seen, value) in [("witness", true), ("also", false)] {
        let line = document["differences"][0][seen]["command"].as_str().unwrap();
        assert!(line.contains("--ufc "), "{line}");
        assert_eq!(sandbox.paste(line)["value"], value, "{line}");
    }
}

#[test]
fn eval_takes_any_value_of_any_attribute_as_json() {
    let sandbox = Sandbox::of(&flag("    gate g serve=on { when { age is-null; email not-null }; }", "        gate g"));
    let arguments = |json: &'static str| ["eval", "f", "u", "--env", "production", "--attributes", json];
    sandbox.run(&arguments(r#"{"email":7,"age":null,"undeclared":true}"#)).exits(0).says("on = true");
    sandbox.run(&arguments(r#"{"email":"a","age":"18 years"}"#)).exits(0).says("the caller's default");
    sandbox.run(&arguments("email=a")).exits(2).says("not JSON").says("write it like");
    sandbox.run(&arguments(r#"{"email":[]}"#)).exits(2).says("`email` is a list or an object");
    sandbox.run(&arguments("7")).exits(2).says("`--attributes`: it is not an object");
    let twice = ["eval", "f", "u", "email=a", "--env", "production", "--attributes", r#"{"email":"b"}"#];
    sandbox.run(&twice).exits(2).says("`email` is given twice");
    let refused = ["eval", "f", "u", "age=18 years", "--env", "production"];
    sandbox.run(&refused).exits(2).says("`--attributes JSON` passes any value");
    assert!(CONFIGURATION.contains("env production"));
}
