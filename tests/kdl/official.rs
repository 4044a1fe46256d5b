//! The official cases; they are CC BY-SA and stay outside this repository.

use std::path::Path;

use super::canonical;

#[test]
fn every_official_case_is_read_as_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/kdl");
    if !cases.is_dir() {
        println!("NOT RUN: the official KDL cases are not at {}", cases.display());
        eprintln!("NOT RUN: the official KDL cases are not at {}", cases.display());
        return;
    }
    let mut inputs: Vec<_> = std::fs::read_dir(cases.join("input")).unwrap().map(|it| it.unwrap().path()).collect();
    inputs.sort();
    let mut wrong = Vec::new();
    for input in &inputs {
        let name = input.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(input).unwrap();
        let (canonical, findings) = canonical::read(&text);
        let errors = canonical::errors(&findings);
        if name.ends_with("_fail.kdl") {
            if errors.is_empty() {
                wrong.push(format!("{name}: accepted as\n{canonical}"));
            }
            continue;
        }
        let expected = std::fs::read_to_string(cases.join("expected_kdl").join(&name)).unwrap();
        if !errors.is_empty() {
            wrong.push(format!("{name}: {errors:?}"));
        } else if canonical.trim_end() != expected.trim_end() {
            wrong.push(format!("{name}: read as\n{canonical}expected\n{expected}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases are wrong:\n{}", wrong.len(), inputs.len(), wrong.join("\n"));
    assert_eq!(inputs.len(), 336, "the set of official cases changed");
    println!("{} official cases read as expected", inputs.len());
}
