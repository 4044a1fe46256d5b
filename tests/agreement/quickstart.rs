//! The quickstart, compiled: the reference loads every flag, and gives everyone what we say it gives.

use std::path::Path;

use flagfall::cli::session;
use flagfall::compile::compile;
use flagfall::evaluate::{AttributeValue, Subject};
use flagfall::ufc;
use jiff::Timestamp;

use crate::generate::{Dice, Evaluation};
use crate::oracle;

/// Subjects in both environments together.
const SUBJECTS: u64 = 100_000;

#[test]
fn a_hundred_thousand_subjects_of_the_quickstart_agree_with_the_reference() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart");
    let now: Timestamp = "2026-12-01T09:00:00Z".parse().unwrap();
    let session = session::open(Some(&directory), now).unwrap();
    let checked = session.checked.expect("the quickstart has no errors");
    let environments = &checked.workspace().environments;
    let each = SUBJECTS / environments.len() as u64;
    for (seed, environment) in environments.iter().enumerate() {
        let compiled = compile(&checked, environment, "2026-12-01T09:00:00.000Z");
        let document = ufc::write::to_json(&compiled.config);
        let read = ufc::read(document.as_bytes()).unwrap();
        assert_eq!(read, compiled.config, "what is written reads back");
        assert!(oracle::loads_every_flag(&document, compiled.config.flags.keys()));
        let mut dice = Dice::new(seed as u64);
        let evaluations: Vec<_> = (0..each).map(|_| evaluation(&mut dice, now)).collect();
        oracle::compare_assignments(&document, &evaluations);
    }
}

fn evaluation(dice: &mut Dice, at: Timestamp) -> Evaluation {
    let mut subject = Subject { key: format!("subject-{}", dice.next()), ..Subject::default() };
    if dice.one_in(50) {
        subject.key = "acct-qa-1".to_owned();
    }
    let texts: [(&str, &[&str]); 4] = [
        ("email", &["ana@example.com", "ana@example.org", "", "ana@example.com "]),
        ("country", &["US", "CA", "GB", "DE", "us", "1"]),
        ("plan", &["free", "pro", "enterprise", "Enterprise"]),
        ("app-version", &["2.4.0", "2.10.0", "2.3.9", "2.4.0-rc.1", "2.4", "v2.4.0", "3.0.0+build"]),
    ];
    for (name, values) in texts {
        let value = match dice.below(12) {
            0..4 => continue,
            4 => AttributeValue::Null,
            5 => AttributeValue::Number(2.5),
            6 => AttributeValue::Bool(true),
            _ => AttributeValue::Text(dice.pick(values).to_owned()),
        };
        subject.attributes.insert(name.to_owned(), value);
    }
    let flag = if dice.one_in(100) { "absent" } else { "new-user-onboarding" };
    Evaluation { flag, subject, requested: None, at }
}
