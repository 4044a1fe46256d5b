use std::time::Instant;

use super::*;
use crate::controller::api::{FlagSync, History};
use crate::controller::sources::Basis;
use crate::controller::status::Truth;
use crate::remote::{Change, Reason};

const LIVE: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const NEW: &str = "2222222222222222222222222222222222222222222222222222222222222222";

fn spec(changes: serde_json::Value) -> FlagSyncSpec {
    let mut spec = serde_json::json!({
        "source": { "url": "https://h/r", "ref": { "branch": "main" } },
        "environment": "production", "target": { "name": "flags" },
    });
    for (key, value) in changes.as_object().unwrap() {
        spec[key] = value.clone();
    }
    let sync =
        serde_json::json!({ "apiVersion": "flagfall.dev/v1alpha1", "kind": "FlagSync", "metadata": {}, "spec": spec });
    serde_json::from_value::<FlagSync>(sync).unwrap().spec
}

fn status() -> FlagSyncStatus {
    let entry = |digest: &str| History {
        digest: digest.to_owned(),
        revision: "c0".to_owned(),
        signer: None,
        flags: 3,
        applied_at: "2026-01-01T00:00:00Z".to_owned(),
        note: None,
    };
    FlagSyncStatus { digest: Some(LIVE.to_owned()), history: vec![entry(LIVE)], ..FlagSyncStatus::default() }
}

fn found(outcome: Result<Built, Failed>) -> Told {
    let basis = Basis { revision: Some("c0".to_owned()), digest: Some(LIVE.to_owned()), live: None };
    Told::Found(Arc::new(Found { at: Instant::now(), ended: Instant::now(), basis, outcome, directory: None }))
}

fn built(flags: usize, removed: &[&str]) -> Told {
    let change = Change {
        removed_flags: removed.iter().map(|flag| (*flag).to_owned()).collect(),
        max_reassigned: None,
        summary: String::new(),
        class: "remove".to_owned(),
    };
    found(Ok(Built {
        revision: "c1".to_owned(),
        signer: None,
        digest: NEW.to_owned(),
        flags,
        rewritten: false,
        change: Some(change),
        received: 0,
        compile_seconds: 0.0,
    }))
}

fn failed(reason: Reason) -> Told {
    found(Err(Failed { reason, message: "flags/a.kdl:3:1: no".to_owned(), revision: Some("c1".to_owned()) }))
}

/// Decides, with what is live as in [`status`].
fn decided(spec: &FlagSyncSpec, told: Told, approved: Option<&str>, is_stale: bool) -> Plan {
    let status = status();
    let valid = crate::controller::api::validate(spec);
    decide(&Sight {
        name: "one",
        spec,
        valid,
        status: &status,
        is_new: false,
        approved,
        hands_off: None,
        told,
        is_stale,
    })
}

fn said(plan: &Plan) -> (Truth, &'static str) {
    let (truth, reason, _) = plan.verdict.ready.as_ref().unwrap();
    (*truth, reason)
}

fn keeps(plan: &Plan) -> bool {
    matches!(&plan.wanted, Wanted::Live(digest) if digest == LIVE)
}

#[test]
fn whatever_is_wrong_with_a_source_the_last_good_one_stays() {
    let spec = spec(serde_json::json!({}));
    for reason in
        [Reason::FetchFailed, Reason::CompileFailed, Reason::PathNotFound, Reason::Hostile, Reason::HistoryRewritten]
    {
        let plan = decided(&spec, failed(reason), None, false);
        assert!(keeps(&plan), "{reason:?}");
        assert_eq!(said(&plan), (Truth::False, word(reason)));
        assert_eq!(plan.attempted.as_deref(), Some("c1"));
    }
    assert!(keeps(&decided(&spec, Told::Pending, None, false)));
    assert!(keeps(&decided(&spec, Told::Unasked(reason::SECRET_NOT_FOUND, String::new()), None, false)));
}

#[test]
fn silence_becomes_stale_but_a_failing_compile_does_not() {
    let spec = spec(serde_json::json!({}));
    assert_eq!(said(&decided(&spec, failed(Reason::FetchFailed), None, true)), (Truth::Unknown, reason::SOURCE_STALE));
    assert_eq!(said(&decided(&spec, failed(Reason::CompileFailed), None, true)), (Truth::False, "CompileFailed"));
}

#[test]
fn the_guard_holds_until_that_very_digest_is_approved() {
    let guarded = spec(serde_json::json!({ "guard": { "maxRemovedFlags": 0 } }));
    let held = decided(&guarded, built(2, &["gone"]), None, false);
    assert!(keeps(&held) && held.held.as_deref() == Some(NEW));
    assert_eq!(said(&held), (Truth::False, reason::GUARD_EXCEEDED));
    assert!(keeps(&decided(&guarded, built(2, &["gone"]), Some(LIVE), false)));
    assert!(keeps(&decided(&guarded, built(2, &["gone"]), Some("2"), false)));
    let approved = decided(&guarded, built(2, &["gone"]), Some(NEW), false);
    assert!(matches!(approved.wanted, Wanted::Source(_)) && approved.note == Some("approved"));
    assert!(matches!(decided(&guarded, built(2, &[]), None, false).wanted, Wanted::Source(_)));
}

#[test]
fn nothing_at_all_is_never_applied_unasked() {
    let plain = spec(serde_json::json!({}));
    assert!(keeps(&decided(&plain, built(0, &[]), None, false)));
    let allowed = spec(serde_json::json!({ "guard": { "allowEmpty": true } }));
    assert!(matches!(decided(&allowed, built(0, &[]), None, false).wanted, Wanted::Source(_)));
}

#[test]
fn a_pin_wins_over_the_source_but_only_to_what_was_live() {
    let pinned = spec(serde_json::json!({ "target": { "name": "flags", "pin": LIVE } }));
    let plan = decided(&pinned, Told::Nothing, None, false);
    assert!(matches!(&plan.wanted, Wanted::Pinned(digest) if digest == LIVE));
    assert_eq!(said(&plan), (Truth::True, reason::PINNED));
    let nowhere = spec(serde_json::json!({ "target": { "name": "flags", "pin": NEW } }));
    let plan = decided(&nowhere, Told::Nothing, None, false);
    assert!(keeps(&plan));
    assert_eq!(said(&plan), (Truth::False, reason::PIN_NOT_FOUND));
}

#[test]
fn a_suspended_one_is_left_alone_and_a_wrong_one_keeps_what_is_live() {
    let suspended = spec(serde_json::json!({ "suspend": true }));
    assert!(matches!(decided(&suspended, built(1, &[]), None, false).wanted, Wanted::Untouched));
    let wrong = spec(serde_json::json!({ "interval": "1s" }));
    let plan = decided(&wrong, Told::Nothing, None, false);
    assert!(keeps(&plan) && plan.verdict.stalled);
}
