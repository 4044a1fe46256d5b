//! The hosts of tests do what git expects of hosts.

use std::path::Path;
use std::process::{Command, Output};

use crate::git_https::{Fault, GitHttps};
use crate::origin::Origin;
use crate::sshd::Sshd;

fn git(directory: &Path, server: &GitHttps, arguments: &[&str]) -> Output {
    let authority = directory.join("ca.pem");
    std::fs::write(&authority, &server.ca_pem).unwrap();
    Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0")])
        .env("GIT_SSL_CAINFO", &authority)
        .env("GIT_ASKPASS", "true")
        .output()
        .unwrap()
}

#[test]
fn git_clones_and_pushes_over_https_with_the_token_only() {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    origin.write("a.txt", "a");
    origin.commit("one");
    let server = GitHttps::start(directory.path());
    let url = server.repository("flags");
    let refused = git(directory.path(), &server, &["clone", "-q", "--depth=1", &url, "refused"]);
    assert!(!refused.status.success());
    assert!(server.count_refused() > 0);
    let signed_in = url.replace("https://", &format!("https://git:{}@", server.token));
    let clone = git(directory.path(), &server, &["clone", "-q", "--depth=1", &signed_in, "clone"]);
    assert!(clone.status.success(), "{}", String::from_utf8_lossy(&clone.stderr));
    assert_eq!((server.count_upload_packs(), server.count_packs() > 0), (1, true));
    let clone = Origin { path: directory.path().join("clone") };
    clone.write("b.txt", "b");
    let second = clone.commit("two");
    let pushed = git(&clone.path, &server, &["push", "-q", "origin", "HEAD:refs/heads/next"]);
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    assert_eq!(origin.git(&["rev-parse", "next"]).trim(), second);
}

#[test]
fn faults_begin_and_end() {
    let directory = tempfile::tempdir().unwrap();
    Origin::create(directory.path(), "public/flags").commit("one");
    let server = GitHttps::start(directory.path());
    let url = server.repository("public/flags");
    let works = || git(directory.path(), &server, &["ls-remote", &url, "HEAD"]).status.success();
    assert!(works());
    for fault in [Fault::Close, Fault::Status(503)] {
        server.fault(fault.clone());
        assert!(!works(), "{fault:?}");
        server.heal();
        assert!(works(), "after {fault:?}");
    }
    server.stop();
    assert!(!works());
    server.start_again();
    assert!(works());
    for fault in [Fault::Truncate(40), Fault::Corrupt(60)] {
        server.fault(fault.clone());
        assert!(!git(directory.path(), &server, &["clone", "-q", &url, "broken"]).status.success(), "{fault:?}");
    }
}

#[test]
fn git_clones_over_ssh() {
    let directory = tempfile::tempdir().unwrap();
    Origin::create(directory.path(), "flags").commit("one");
    let Some(server) = Sshd::start(directory.path()) else { return };
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path.display().to_string()
    };
    let key = file("key", &server.private_key);
    for (name, known) in [("plain", server.known_hosts.clone()), ("hashed", server.hashed_known_hosts())] {
        let known = file(name, &known);
        let ssh = format!("ssh -F none -i {key} -o IdentitiesOnly=yes -o UserKnownHostsFile={known} -o BatchMode=yes");
        let clone = Command::new("git")
            .args(["clone", "-q", &server.repository("flags"), &format!("clone-{name}")])
            .current_dir(directory.path())
            .env("GIT_SSH_COMMAND", ssh)
            .output()
            .unwrap();
        assert!(clone.status.success(), "{}", String::from_utf8_lossy(&clone.stderr));
    }
}
