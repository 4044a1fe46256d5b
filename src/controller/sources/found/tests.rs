use super::*;
use crate::controller::secrets::{Access, Key};
use crate::remote::{Built, Credentials, Failed};

fn ask(name: &str, basis: Option<(&str, &str)>) -> Ask {
    let want = Want {
        reference: Reference::Branch("main".to_owned()),
        path: String::new(),
        mode: Mode::Definitions,
        environment: "production".to_owned(),
        client: false,
        verify: None,
    };
    let access = Access { credentials: Credentials::None, known_hosts: String::new(), certificates: String::new() };
    let basis = basis.map_or_else(Basis::default, |(revision, digest)| Basis {
        revision: Some(revision.to_owned()),
        digest: Some(digest.to_owned()),
        live: Some(PathBuf::new()),
    });
    Ask { name: name_of(name), key: Key(String::new()), url: String::new(), want, basis, access, timeout: GRACE }
}

fn name_of(name: &str) -> Name {
    ("ns".to_owned(), name.to_owned())
}

fn answer(ask: &Ask, at: Instant, outcome: Result<Built, Failed>) -> Found {
    Found { at, ended: at, basis: ask.basis.clone(), outcome, directory: None }
}

fn built(revision: &str) -> Result<Built, Failed> {
    Ok(Built {
        revision: revision.to_owned(),
        signer: None,
        digest: format!("digest of {revision}"),
        flags: 1,
        rewritten: false,
        change: None,
        received: 0,
        compile_seconds: 0.0,
    })
}

fn unreached() -> Result<Built, Failed> {
    Err(Failed::new(Reason::FetchFailed, "no"))
}

const FRESH: Fresh = Fresh { good: Duration::from_secs(60), bad: Duration::from_secs(2), since: None };

#[test]
fn one_answer_serves_everybody_who_asks_the_same() {
    let (mut shelf, now) = (Shelf::default(), Instant::now());
    for name in ["a", "b", "c"] {
        shelf.waiting.push(Waiting { ask: ask(name, None), since: now });
    }
    shelf.waiting.push(Waiting { ask: ask("elsewhere", Some(("c0", "d0"))), since: now });
    let (asks, _) = shelf.group().unwrap();
    assert_eq!((asks.len(), shelf.waiting.len()), (3, 1));
    let names: Vec<Name> = asks.iter().map(|ask| ask.name.clone()).collect();
    shelf.put(&asks[0], answer(&asks[0], now, built("c1")), &names);
    assert!(shelf.known(&ask("b", None), FRESH, now).is_some());
    assert!(shelf.known(&ask("d", None), FRESH, now).is_some());
}

#[test]
fn what_was_asked_before_a_request_does_not_answer_it() {
    let (mut shelf, now) = (Shelf::default(), Instant::now());
    let one = ask("a", None);
    shelf.put(&one, answer(&one, now, built("c1")), std::slice::from_ref(&one.name));
    let later = now + Duration::from_millis(1);
    assert!(shelf.known(&one, Fresh { since: Some(later), ..FRESH }, later).is_none());
    assert!(shelf.known(&one, Fresh { since: Some(now), ..FRESH }, later).is_some());
}

#[test]
fn what_is_live_already_need_not_be_compared_again() {
    let (mut shelf, now) = (Shelf::default(), Instant::now());
    let before = ask("a", Some(("c0", "digest of c0")));
    shelf.put(&before, answer(&before, now, built("c1")), std::slice::from_ref(&before.name));
    assert!(shelf.known(&ask("a", Some(("c1", "digest of c1"))), FRESH, now).is_some());
    assert!(shelf.known(&ask("a", Some(("c9", "digest of c9"))), FRESH, now).is_none());
}

#[test]
fn a_host_that_was_not_reached_is_left_alone_for_a_while_only() {
    let (mut shelf, now) = (Shelf::default(), Instant::now());
    let one = ask("a", None);
    shelf.put(&one, answer(&one, now, unreached()), std::slice::from_ref(&one.name));
    assert!(shelf.known(&one, FRESH, now + Duration::from_secs(1)).is_some());
    assert!(shelf.known(&one, FRESH, now + Duration::from_secs(3)).is_none());
    assert!(shelf.fetched.is_empty(), "what failed is taken for what was fetched");
}

#[test]
fn a_new_commit_is_news_for_everybody_on_that_branch() {
    let (mut shelf, now) = (Shelf::default(), Instant::now());
    let (first, mut other) = (ask("a", None), ask("b", None));
    other.want.environment = "test".to_owned();
    shelf.put(&first, answer(&first, now, built("c1")), std::slice::from_ref(&first.name));
    let news = shelf.put(&other, answer(&other, now, built("c1")), std::slice::from_ref(&other.name));
    assert!(news.is_empty());
    let later = now + Duration::from_secs(1);
    let news = shelf.put(&other, answer(&other, later, built("c2")), std::slice::from_ref(&other.name));
    assert_eq!(news.into_iter().collect::<Vec<_>>(), [name_of("a")]);
    assert!(shelf.known(&first, FRESH, later).is_none(), "the former commit is still given out");
    // A host that cannot be reached says nothing about commits.
    assert!(shelf.put(&other, answer(&other, later, unreached()), std::slice::from_ref(&other.name)).is_empty());
}

#[test]
fn nobody_keeps_answers_that_nobody_uses() {
    let (mut shelf, now) = (Shelf::default(), Instant::now());
    let one = ask("a", None);
    shelf.put(&one, answer(&one, now, built("c1")), std::slice::from_ref(&one.name));
    shelf.forget(&one.name);
    assert!(shelf.entries.is_empty());
}

#[test]
fn whoever_asks_while_the_same_is_on_its_way_waits_for_it() {
    let mut shelf = Shelf::default();
    shelf.waiting.push(Waiting { ask: ask("a", None), since: Instant::now() });
    shelf.group().unwrap();
    assert!(shelf.joins(&ask("a", None), None) && shelf.joins(&ask("b", None), None));
    assert!(!shelf.joins(&ask("b", None), Some(Instant::now() + GRACE)), "it began before what is asked for");
    assert!(!shelf.joins(&ask("b", Some(("c0", "d0"))), None));
    assert_eq!(shelf.landed(), [name_of("a"), name_of("b")]);
    assert!(!shelf.joins(&ask("a", None), None));
}

#[test]
fn only_what_is_live_and_whole_need_not_be_made_again() {
    let (mut shelf, now) = (Shelf::default(), Instant::now());
    let before = ask("a", None);
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let bytes = b"{}";
    std::fs::write(directory.path().join("config.json"), bytes).unwrap();
    let digest = Digest::of(bytes).to_string();
    let outcome = built("c1").map(|built| Built { digest: digest.clone(), rewritten: true, ..built });
    let found = Found { directory: Some(directory.clone()), ..answer(&before, now, outcome) };
    shelf.put(&before, found, std::slice::from_ref(&before.name));
    assert!(shelf.live(&before).is_none(), "nothing is live");
    let after = ask("a", Some(("c1", &digest)));
    let live = shelf.live(&after).unwrap();
    assert!(live.is_whole());
    let mut otherwise = after.clone();
    otherwise.want.verify = Some(remote::Verify { signers: "ana".to_owned(), every: false });
    assert!(shelf.live(&otherwise).is_none(), "somebody else may sign");

    // Heard again, it is good for as long as what was made anew, and nobody is told that history was rewritten once more.
    let later = now + FRESH.good;
    assert!(shelf.known(&after, FRESH, later).is_none());
    let again = live.again(later, &after.basis);
    assert!(again.outcome.as_ref().is_ok_and(|built| !built.rewritten));
    shelf.put(&after, again, std::slice::from_ref(&after.name));
    assert!(shelf.known(&after, FRESH, later).is_some_and(|found| found.at == later));

    std::fs::write(directory.path().join("config.json"), b"{ }").unwrap();
    assert!(!shelf.live(&after).unwrap().is_whole());
}
