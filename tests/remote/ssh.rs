//! Repositories over ssh, from a real `sshd`.

use flagfall::remote::{Credentials, Reason};

use crate::ask::{Ask, workspace};
use crate::origin::Origin;
use crate::sshd::Sshd;

fn key(private: &str, passphrase: Option<&str>) -> Credentials {
    Credentials::Key { private: private.to_owned(), passphrase: passphrase.map(str::to_owned) }
}

/// A repository, a server, and a request that works.
fn served() -> Option<(tempfile::TempDir, Origin, Sshd, Ask)> {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    workspace(&origin);
    let server = Sshd::start(directory.path())?;
    let mut ask = Ask::of(&server.repository("flags"));
    ask.request.credentials = key(&server.private_key, None);
    ask.request.known_hosts.clone_from(&server.known_hosts);
    Some((directory, origin, server, ask))
}

#[test]
fn keys_of_every_kind_sign_in_with_and_without_a_passphrase() {
    let Some((_directory, origin, server, mut ask)) = served() else { return };
    assert_eq!(ask.built().revision, origin.head());
    for kind in [&["ed25519"][..], &["ecdsa"], &["rsa", "-b", "2048"], &["rsa", "-b", "2048", "-m", "PEM"]] {
        for passphrase in ["", "correct horse"] {
            let private = server.another_key(kind, passphrase);
            ask.request.credentials = key(&private, Some(passphrase).filter(|words| !words.is_empty()));
            ask.built();
        }
    }
    let private = server.another_key(&["ed25519"], "correct horse");
    for wrong in [None, Some("battery staple")] {
        ask.request.credentials = key(&private, wrong);
        let message = ask.refuses(Reason::AuthFailed, "does not let the key in");
        assert!(!message.contains("battery staple"), "{message}");
    }
    ask.request.credentials = key("no key at all", None);
    let message = ask.refuses(Reason::AuthFailed, "does not let the key in");
    assert!(!message.contains("no key at all"), "{message}");
    ask.request.credentials = Credentials::None;
    ask.refuses(Reason::AuthFailed, "ssh needs a private key");
}

#[test]
fn a_key_that_the_host_does_not_know_is_refused() {
    let Some((_directory, _origin, server, mut ask)) = served() else { return };
    let other = Sshd::start(std::path::Path::new("/")).unwrap();
    ask.request.credentials = key(&other.private_key, None);
    ask.refuses(Reason::AuthFailed, "does not let the key in");
    ask.request.credentials = key(&server.private_key, None);
    ask.request.url = server.repository("gone");
    ask.refuses(Reason::FetchFailed, "fetching from `127.0.0.1` failed");
}

#[test]
fn any_one_of_the_keys_of_a_host_will_do() {
    let Some((_directory, _origin, server, mut ask)) = served() else { return };
    for line in server.known_hosts.lines() {
        ask.request.known_hosts = format!("other.example.com ssh-ed25519 AAAA\n# comment\n{line} comment\n");
        ask.built();
    }
    ask.request.known_hosts = server.hashed_known_hosts();
    assert!(ask.request.known_hosts.starts_with("|1|"));
    ask.built();
}

#[test]
fn hosts_with_other_keys_are_refused() {
    let Some((_directory, _origin, server, mut ask)) = served() else { return };
    let other = Sshd::start(std::path::Path::new("/")).unwrap();
    ask.request.known_hosts = other.known_hosts.replace(&other.host, &server.host);
    ask.refuses(Reason::HostUntrusted, "shows a key (SHA256:");
    // Of another port.
    ask.request.known_hosts = server.known_hosts.replace(&server.host, "127.0.0.1");
    ask.refuses(Reason::HostUntrusted, "`known_hosts` has no key of `127.0.0.1`");
    ask.request.known_hosts = String::new();
    ask.refuses(Reason::HostUntrusted, "`known_hosts` has no key");
    let revoked: String = server.known_hosts.lines().map(|line| format!("@revoked {line}\n")).collect();
    ask.request.known_hosts = format!("{}{revoked}", server.known_hosts);
    ask.refuses(Reason::HostUntrusted, "");
}

#[test]
fn a_server_that_is_gone_is_told() {
    let Some((_directory, _origin, mut server, ask)) = served() else { return };
    ask.built();
    server.stop();
    ask.refuses(Reason::FetchFailed, "fetching from `127.0.0.1` failed");
}
