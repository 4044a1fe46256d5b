//! KDL in, UFC out, byte for byte: `tests/compile/<case>/main.kdl` and one `<environment>.json` for every environment that
//! has flags. `BLESS=1` writes the expectations.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/fixture.rs"]
mod fixture;
#[path = "support/golden.rs"]
mod golden;

use std::collections::BTreeSet;
use std::path::PathBuf;

use flagfall::compile;
use flagfall::diagnostic::Rule;
use flagfall::ufc;

const CREATED_AT: &str = "2026-12-01T00:00:00.000Z";

fn cases() -> Vec<PathBuf> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compile");
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

#[test]
fn cases_compile_to_the_recorded_bytes() {
    let mut errors = Vec::new();
    for case in cases() {
        let main = std::fs::read_to_string(case.join("main.kdl")).unwrap();
        // What steps do to each other is not what these cases are about.
        let rules = ["allow FF2 reason=\"bytes\"", "allow FF4"];
        let configuration = fixture::configuration(Rule::TooManyRules).replace("allow FF4", &rules.join("\n    "));
        let session = fixture::check_files([("flagfall.kdl", configuration.as_str()), ("main.kdl", &main)]);
        let Some(checked) = &session.checked else {
            errors.push(format!("{}:\n{}", case.display(), fixture::rendered(&session)));
            continue;
        };
        let mut files = BTreeSet::from(["main.kdl".to_owned()]);
        for environment in &checked.workspace().environments {
            let compiled = compile::compile(checked, environment, CREATED_AT);
            for (key, flag) in &compiled.config.flags {
                let count = flag.as_ref().unwrap().allocations.len();
                assert_eq!(compiled.origins[key].len(), count, "{}: one origin an allocation", case.display());
            }
            if !compiled.config.flags.is_empty() {
                let file = format!("{}.json", environment.name.value);
                let text = ufc::write::to_json(&compiled.config);
                errors.extend(golden::compare(&case.join(&file), &text).err());
                assert_eq!(ufc::read::read(text.as_bytes()).unwrap(), compiled.config, "{}", case.display());
                files.insert(file);
            }
        }
        let present = std::fs::read_dir(&case).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let orphans: Vec<String> = present.filter(|file| !files.contains(file)).collect();
        errors.extend(orphans.iter().map(|file| format!("{}/{file} is expected of nothing", case.display())));
    }
    golden::all(errors);
}

#[test]
fn texts_that_are_too_many_for_one_expression_are_refused() {
    let check = |count: usize| {
        let texts: Vec<String> = (0..count).map(|number| format!("\"a-rather-long-text-{number}\"")).collect();
        let main = format!(
            "attribute email string\nflag f type=boolean {{\n    variation on #true\n    \
             gate g serve=on {{ when email ends-with {}; }}\n    env test enabled=#true {{ gate g; }}\n    \
             env production enabled=#true {{ gate g; }}\n}}\n",
            texts.join(" ")
        );
        let configuration = fixture::configuration(Rule::InvalidPattern);
        fixture::ids(&fixture::check_files([("flagfall.kdl", configuration.as_str()), ("main.kdl", &main)]))
    };
    assert_eq!(check(2_000), Vec::<&str>::new());
    assert_eq!(check(30_000), ["FF1033"]);
}
