//! Hosts that fail, and what is said about it.

use std::time::{Duration, Instant};

use flagfall::remote::{Credentials, Outcome, Reason};

use crate::ask::{Ask, basic, flag, workspace};
use crate::git_https::{Fault, GitHttps};
use crate::origin::Origin;

fn served() -> (tempfile::TempDir, Origin, GitHttps) {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    workspace(&origin);
    let server = GitHttps::start(directory.path());
    (directory, origin, server)
}

#[test]
fn credentials_that_are_missing_or_wrong_are_told_but_not_shown() {
    let (_directory, _origin, server) = served();
    let mut ask = Ask::https(&server, "flags");
    ask.request.credentials = Credentials::None;
    ask.refuses(Reason::AuthFailed, "`localhost` asks for credentials");
    ask.request.credentials = basic("wr0ng-token");
    let message = ask.refuses(Reason::AuthFailed, "refuses the user name and token");
    assert!(!message.contains("wr0ng-token"));
    ask.request.credentials = Credentials::Key { private: "x".to_owned(), passphrase: None };
    ask.refuses(Reason::AuthFailed, "an ssh key does not sign in over https");
    server.fault(Fault::Status(403));
    ask.request.credentials = basic(&server.token);
    ask.refuses(Reason::AuthFailed, "refuses");
}

#[test]
fn certificates_of_unknown_authorities_are_refused() {
    let (_directory, _origin, server) = served();
    let mut ask = Ask::https(&server, "flags");
    ask.request.certificates = String::new();
    ask.refuses(Reason::HostUntrusted, "`localhost` is not trusted");
    ask.request.certificates = GitHttps::start(std::path::Path::new("/")).ca_pem.clone();
    ask.refuses(Reason::HostUntrusted, "`localhost` is not trusted");
    ask.request.certificates = "nonsense".to_owned();
    ask.refuses(Reason::HostUntrusted, "no PEM");
}

#[test]
fn a_host_that_is_down_closes_or_answers_nonsense_is_told() {
    let (_directory, _origin, server) = served();
    let ask = Ask::https(&server, "flags");
    for (fault, says) in [
        (Fault::Close, "fetching from `localhost` failed"),
        (Fault::Status(500), "500"),
        (Fault::Status(404), "no such repository"),
    ] {
        server.fault(fault);
        ask.refuses(Reason::FetchFailed, says);
    }
    server.heal();
    server.stop();
    ask.refuses(Reason::FetchFailed, "fetching from `localhost` failed");
    server.start_again();
    ask.built();
    Ask::https(&server, "gone").refuses(Reason::FetchFailed, "no such repository");
}

#[test]
fn redirections_are_not_followed() {
    let (directory, _origin, server) = served();
    let other = GitHttps::start(directory.path());
    let mut ask = Ask::https(&server, "flags");
    ask.request.certificates = format!("{}{}", server.ca_pem, other.ca_pem);
    for elsewhere in [other.url.replace("localhost", "127.0.0.1"), other.url.clone()] {
        server.fault(Fault::Redirect(elsewhere));
        let failed = ask.failed();
        assert!(matches!(failed.reason, Reason::FetchFailed | Reason::HostUntrusted), "{failed:?}");
        assert_eq!(other.count_upload_packs(), 0, "the token was shown to another host");
    }
}

#[test]
fn packs_that_are_cut_short_or_altered_change_nothing_and_heal() {
    let (_directory, origin, server) = served();
    let ask = Ask::https(&server, "flags");
    let faults =
        [Fault::Truncate(10), Fault::Truncate(400), Fault::Truncate(3_000), Fault::Corrupt(800), Fault::Corrupt(3_000)];
    for (round, fault) in faults.into_iter().enumerate() {
        let noise = (1..400_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(round as u32 * 11));
        let noise: String = noise.map(|word| format!("// {word:x}\n")).collect();
        origin.write("cart.kdl", flag("cart", "on") + &noise);
        origin.commit("more");
        server.fault(fault.clone());
        let failed = ask.failed();
        assert_eq!(failed.reason, Reason::FetchFailed, "{fault:?}: {}", failed.message);
        server.heal();
        assert_eq!(ask.built().revision, origin.head(), "after {fault:?}");
    }
}

#[test]
fn a_host_that_hangs_is_given_up() {
    let (_directory, _origin, server) = served();
    let mut ask = Ask::https(&server, "flags");
    server.hang();
    ask.request.caps.seconds = 2;
    let began = Instant::now();
    ask.refuses(Reason::FetchFailed, "");
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    // The caller's patience ends sooner.
    ask.request.caps.seconds = 600;
    let Outcome::Failed(failed) = ask.outcome_within(Duration::from_millis(500)) else { panic!("it does not answer") };
    assert_eq!(failed.reason, Reason::FetchFailed);
    assert!(failed.message.contains("longer than 0.5 s"), "{}", failed.message);
    // And whoever comes next does not find the kept repository locked for ever.
    server.heal();
    ask.built();
}

#[test]
fn a_kept_repository_that_broke_is_made_anew() {
    let (_directory, _origin, server) = served();
    let ask = Ask::https(&server, "flags");
    ask.built();
    let kept = ask.request.cache.join("repository.git");
    let packs = || std::fs::read_dir(kept.join("objects/pack")).unwrap().map(|entry| entry.unwrap().path());
    let pack = packs().find(|path| path.extension().is_some_and(|end| end == "pack")).unwrap();
    for path in packs().collect::<Vec<_>>() {
        let mut permissions = std::fs::metadata(&path).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
        std::fs::set_permissions(&path, permissions).unwrap();
    }
    let mut bytes = std::fs::read(&pack).unwrap();
    for byte in bytes.iter_mut().skip(12) {
        *byte ^= 0x55;
    }
    std::fs::write(&pack, bytes).unwrap();
    ask.built();
    std::fs::write(kept.join("HEAD"), "nonsense").unwrap();
    ask.built();
    std::fs::remove_dir_all(kept.join("objects")).unwrap();
    ask.built();
}

#[test]
fn urls_that_are_refused_are_refused_before_anybody_is_called() {
    let (_directory, _origin, server) = served();
    let mut ask = Ask::https(&server, "flags");
    ask.request.allow_local = false;
    ask.refuses(Reason::UrlRefused, "loopback");
    ask.request.allow_local = true;
    let port = server.url.rsplit_once(':').unwrap().1.to_owned();
    for url in [
        "http://localhost:PORT/flags",
        "https://git:s3cret@localhost:PORT/flags",
        "https://localhost:PORT/flags?s3cret",
    ] {
        ask.request.url = url.replace("PORT", &port);
        let message = ask.refuses(Reason::UrlRefused, "");
        assert!(!message.contains("s3cret"), "{message}");
    }
    assert_eq!((server.count_upload_packs(), server.count_refused()), (0, 0));
}
