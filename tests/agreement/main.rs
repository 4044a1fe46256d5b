//! Our evaluator and the reference core give the same answers: value, variation, allocation, code, event, steps.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise, and says what it did not run"
)]

mod cases;
mod examples;
mod generate;
mod odd;
mod oracle;
mod quickstart;

use generate::Dice;

/// Configurations a plain `cargo test` compares; more with `FLAGFALL_AGREEMENT_CASES`.
const CASES: u64 = 1_500;

fn cases() -> u64 {
    std::env::var("FLAGFALL_AGREEMENT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(CASES)
}

#[test]
fn random_configurations_and_subjects_agree_with_the_reference() {
    let mut seen = oracle::Seen::default();
    for seed in 0..cases() {
        let mut dice = Dice::new(seed);
        let broken = dice.one_in(3);
        let document = generate::document(&mut dice, broken);
        let evaluations: Vec<_> = (0..12).map(|_| generate::evaluation(&mut dice)).collect();
        seen.add(&oracle::compare(seed, &document, &evaluations));
    }
    seen.assert_wide();
}

#[test]
fn random_configurations_agree_with_their_obfuscated_twins() {
    for seed in 0..cases() / 4 {
        let mut dice = Dice::new(seed);
        let document = generate::document(&mut dice, false);
        let evaluations: Vec<_> = (0..12).map(|_| generate::evaluation(&mut dice)).collect();
        oracle::compare_twins(seed, &document, &evaluations);
    }
}
