//! A git host over ssh: the real `sshd`, as whoever runs the tests.

#![allow(dead_code, reason = "each test uses its part of what tests share")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running `sshd`; dropped, it stops.
pub(crate) struct Sshd {
    /// `ssh://USER@127.0.0.1:PORT` and the directory; a repository is `URL/NAME`.
    pub(crate) url: String,
    /// A private key that it lets in, without a passphrase: ed25519 in the format of OpenSSH.
    pub(crate) private_key: String,
    /// The lines of `known_hosts` for it, one for each of its host keys: ed25519, ecdsa, rsa.
    pub(crate) known_hosts: String,
    /// `[127.0.0.1]:PORT`, as `known_hosts` calls it.
    pub(crate) host: String,
    files: tempfile::TempDir,
    child: Child,
}

/// Where `sshd` is; none where there is none. With `FLAGFALL_REQUIRE_REMOTE` set, its absence fails.
pub(crate) fn find() -> Option<PathBuf> {
    let beside = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&beside).collect();
    places.extend(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from));
    let found = places.into_iter().map(|place| place.join("sshd")).find(|path| path.is_file());
    let required = std::env::var_os("FLAGFALL_REQUIRE_REMOTE").is_some();
    assert!(
        found.is_some() || !required,
        "there is no `sshd`: install OpenSSH's server (`apt-get install openssh-server`)"
    );
    found
}

impl Sshd {
    /// Serves the repositories below a directory; none where there is no `sshd`, which is said.
    #[expect(clippy::print_stderr, reason = "a test that did not run says so")]
    pub(crate) fn start(directory: &Path) -> Option<Self> {
        let Some(sshd) = find() else {
            eprintln!("not run: there is no `sshd` on this machine");
            return None;
        };
        let files = tempfile::tempdir().unwrap();
        let at = |name: &str| files.path().join(name).display().to_string();
        let mut host_keys = String::new();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let host = format!("[127.0.0.1]:{port}");
        let mut known_hosts = String::new();
        for kind in ["ed25519", "ecdsa", "rsa"] {
            let name = format!("host_{kind}");
            keygen(&["-t", kind, "-f", &at(&name)]);
            host_keys.push_str(&format!("HostKey {}\n", at(&name)));
            known_hosts.push_str(&format!("{host} {}\n", public(&files.path().join(format!("{name}.pub")))));
        }
        keygen(&["-t", "ed25519", "-f", &at("client")]);
        fs::copy(at("client.pub"), at("authorized_keys")).unwrap();
        let configuration = format!(
            "Port {port}\nListenAddress 127.0.0.1\n{host_keys}AuthorizedKeysFile {}\nPidFile none\nStrictModes no\n\
             UsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n\
             MaxStartups 200\nMaxSessions 200\nLogLevel VERBOSE\n",
            at("authorized_keys")
        );
        fs::write(at("sshd_config"), configuration).unwrap();
        // Where its package did not make it; only root can, and only root needs it.
        let _ = fs::create_dir_all("/run/sshd");
        let child = run(&sshd, &at("sshd_config"));
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let user = String::from_utf8(user).unwrap().trim().to_owned();
        let url = format!("ssh://{user}@127.0.0.1:{port}{}", directory.display());
        let private_key = fs::read_to_string(at("client")).unwrap();
        Some(Self { url, private_key, known_hosts, host, files, child })
    }

    /// The address of a repository.
    pub(crate) fn repository(&self, name: &str) -> String {
        format!("{}/{name}", self.url)
    }

    /// Another key that it lets in: `ssh-keygen -t KIND`, with a passphrase where one is given.
    pub(crate) fn another_key(&self, kind: &[&str], passphrase: &str) -> String {
        let made = tempfile::tempdir().unwrap();
        let path = made.path().join("key");
        let mut arguments = vec!["-t"];
        arguments.extend(kind);
        let written = path.display().to_string();
        arguments.extend(["-f", &written]);
        keygen_with(&arguments, passphrase);
        let authorized = self.files.path().join("authorized_keys");
        let known = fs::read_to_string(&authorized).unwrap();
        let public = fs::read_to_string(path.with_extension("pub")).unwrap();
        fs::write(authorized, format!("{known}{public}")).unwrap();
        fs::read_to_string(path).unwrap()
    }

    /// The lines of `known_hosts` with names hashed, as `HashKnownHosts` writes them.
    pub(crate) fn hashed_known_hosts(&self) -> String {
        let path = self.files.path().join("hashed");
        fs::write(&path, &self.known_hosts).unwrap();
        let done = Command::new("ssh-keygen").arg("-H").arg("-f").arg(&path).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        fs::read_to_string(path).unwrap()
    }

    /// Connections are refused from now on.
    pub(crate) fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts it, and waits until it listens.
fn run(sshd: &Path, configuration: &str) -> Child {
    let mut command = Command::new(sshd);
    command.args(["-D", "-e", "-f", configuration]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut all = String::new();
    loop {
        let mut line = String::new();
        assert!(said.read_line(&mut line).unwrap() > 0, "sshd ended before it listened:\n{all}");
        all.push_str(&line);
        if line.contains("Server listening on") {
            break;
        }
    }
    // Whoever stops reading stops it.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    child
}

fn keygen(arguments: &[&str]) {
    keygen_with(arguments, "");
}

/// `ssh-keygen -q`, with a passphrase.
pub(crate) fn keygen_with(arguments: &[&str], passphrase: &str) {
    let done =
        Command::new("ssh-keygen").args(["-q", "-C", "tests", "-N", passphrase]).args(arguments).output().unwrap();
    assert!(done.status.success(), "ssh-keygen {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Type and key of a `.pub` file, without its comment.
fn public(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}
