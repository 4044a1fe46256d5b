use super::*;
use crate::controller::decide::Wanted;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn built(
    before: &FlagSyncStatus,
    verdict: Verdict,
    live: Option<(&str, &str)>,
    pruned: &[&str],
    second: i64,
) -> FlagSyncStatus {
    let plan = Plan {
        wanted: Wanted::Untouched,
        verdict: verdict.clone(),
        attempted: None,
        reached: None,
        held: None,
        note: None,
    };
    let live = live.map(|(digest, revision)| Lived {
        digest: digest.to_owned(),
        revision: revision.to_owned(),
        signer: None,
        flags: 1,
    });
    let pruned: Vec<String> = pruned.iter().map(|digest| (*digest).to_owned()).collect();
    let report = Report {
        before,
        generation: Some(3),
        verdict: &verdict,
        live: live.as_ref(),
        inventory: None,
        pruned: &pruned,
        handled: None,
        now: at(second),
    };
    build(&plan, report)
}

#[test]
fn saying_the_same_again_changes_nothing_and_so_writes_nothing() {
    let yes = || Verdict::yes(reason::APPLIED, "fine".to_owned());
    let first = built(&FlagSyncStatus::default(), yes(), Some(("d", "c")), &[], 10);
    assert_eq!(built(&first, yes(), Some(("d", "c")), &[], 20), first);
    assert_eq!(built(&first, Verdict::unchanged(), None, &[], 30), first);
}

#[test]
fn a_transition_is_when_the_status_changes_not_the_reason() {
    let first = built(&FlagSyncStatus::default(), Verdict::no("A", String::new()), None, &[], 10);
    let second = built(&first, Verdict::no("B", String::new()), None, &[], 20);
    let third = built(&second, Verdict::yes("C", String::new()), None, &[], 30);
    let times: Vec<_> =
        [&first, &second, &third].iter().map(|status| status.conditions[0].last_transition_time.0).collect();
    assert_eq!(times, [at(10), at(10), at(30)]);
}

#[test]
fn reconciling_and_stalled_are_there_only_while_they_are_true() {
    let kinds = |status: &FlagSyncStatus| status.conditions.iter().map(|one| one.type_.clone()).collect::<Vec<_>>();
    let working = built(&FlagSyncStatus::default(), Verdict::working(String::new()), None, &[], 1);
    assert_eq!(
        (kinds(&working), working.observed_generation),
        (vec!["Ready".to_owned(), "Reconciling".to_owned()], None)
    );
    let stalled = built(&working, Verdict::no("X", String::new()).stalled(), None, &[], 2);
    assert_eq!(
        (kinds(&stalled), stalled.observed_generation),
        (vec!["Ready".to_owned(), "Stalled".to_owned()], Some(3))
    );
    assert_eq!(kinds(&built(&stalled, Verdict::yes("Y", String::new()), None, &[], 3)), ["Ready"]);
}

#[test]
fn the_history_is_latest_first_without_doubles_and_without_what_is_gone() {
    let yes = || Verdict::yes(reason::APPLIED, String::new());
    let mut status = FlagSyncStatus::default();
    for (second, digest) in ["a", "b", "c", "a"].into_iter().enumerate() {
        status = built(&status, yes(), Some((digest, digest)), &[], i64::try_from(second).unwrap());
    }
    let digests = |status: &FlagSyncStatus| status.history.iter().map(|entry| entry.digest.clone()).collect::<Vec<_>>();
    assert_eq!(digests(&status), ["a", "c", "b"]);
    assert_eq!(digests(&built(&status, yes(), None, &["c"], 9)), ["a", "b"]);
    assert_eq!(status.last_applied_revision.as_deref(), Some("a"));
}

#[test]
fn a_long_message_is_cut_at_a_character() {
    let long = "ä".repeat(LONGEST_MESSAGE);
    let status = built(&FlagSyncStatus::default(), Verdict::no("X", long), None, &[], 1);
    assert!(status.conditions[0].message.len() <= LONGEST_MESSAGE + '…'.len_utf8());
}
