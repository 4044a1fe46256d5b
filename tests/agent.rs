//! `flagfall agent --watch-dir`: a mounted pointer, laid out as a kubelet lays out a ConfigMap volume.
#![cfg(feature = "cluster")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that cannot do its part fails the test"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flagfall::publish::{self, Layout, Payload};

/// A volume: `..data` links to a directory of the present state, and the files beside it link through it.
struct Volume {
    directory: tempfile::TempDir,
    states: usize,
}

impl Volume {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), states: 0 }
    }

    /// As a kubelet writes: a new directory, then the link is replaced at once.
    fn write(&mut self, files: &[(String, Vec<u8>)]) {
        self.states += 1;
        let state = format!("..state-{}", self.states);
        let root = self.directory.path();
        std::fs::create_dir(root.join(&state)).unwrap();
        for (name, bytes) in files {
            std::fs::write(root.join(&state).join(name), bytes).unwrap();
            let _ = std::os::unix::fs::symlink(Path::new("..data").join(name), root.join(name));
        }
        std::os::unix::fs::symlink(&state, root.join("..data_tmp")).unwrap();
        std::fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
    }

    fn mounted(&mut self, payload: &Payload, layout: Layout) {
        let pointer = publish::render(payload, "flags", layout, None).unwrap().pointer;
        let text = pointer.data.into_iter().map(|(name, text)| (name, text.into_bytes()));
        let files: Vec<(String, Vec<u8>)> = text.chain(pointer.binary_data).collect();
        self.write(&files);
    }

    fn out(&self) -> PathBuf {
        self.directory.path().join("out.json")
    }

    fn once(&self) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
        command.arg("agent").arg("--watch-dir").arg(self.directory.path()).arg("--out").arg(self.out()).arg("--once");
        command.output().unwrap()
    }
}

fn payload(environment: &str) -> Payload {
    let bytes = format!(
        "{{\"createdAt\":\"2026-12-01T00:00:00Z\",\"format\":\"SERVER\",\"environment\":{{\"name\":\"{environment}\"}},\"flags\":{{}}}}"
    );
    Payload {
        bytes: bytes.into_bytes(),
        client: None,
        revision: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        signer: None,
        environment: environment.to_owned(),
        flags: 0,
    }
}

#[test]
fn a_mounted_pointer_becomes_a_file() {
    for layout in [Layout::Inline, Layout::Gzip] {
        let mut volume = Volume::new();
        for environment in ["test", "production"] {
            let payload = payload(environment);
            volume.mounted(&payload, layout);
            let run = volume.once();
            assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
            assert_eq!(std::fs::read(volume.out()).unwrap(), payload.bytes);
        }
    }
}

#[test]
fn what_is_not_what_its_digest_says_replaces_nothing() {
    let mut volume = Volume::new();
    let good = payload("production");
    volume.mounted(&good, Layout::Inline);
    assert!(volume.once().status.success());
    let manifest = std::fs::read(volume.directory.path().join("manifest.json")).unwrap();
    volume.write(&[("manifest.json".to_owned(), manifest), ("config.json".to_owned(), b"{}".to_vec())]);
    let run = volume.once();
    assert_eq!(run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains("digest"), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(std::fs::read(volume.out()).unwrap(), good.bytes);
}

#[test]
fn an_empty_mount_replaces_nothing() {
    let mut volume = Volume::new();
    let good = payload("production");
    volume.mounted(&good, Layout::Gzip);
    assert!(volume.once().status.success());
    volume.write(&[]);
    assert_eq!(volume.once().status.code(), Some(2));
    assert_eq!(std::fs::read(volume.out()).unwrap(), good.bytes);
}

#[test]
fn readers_of_the_file_never_see_half_of_it() {
    let mut volume = Volume::new();
    let configurations: Vec<Payload> = ["test", "production"].map(payload).into();
    volume.mounted(&configurations[0], Layout::Inline);
    assert!(volume.once().status.success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    command.args(["agent", "--every", "1", "--watch-dir"]).arg(volume.directory.path()).arg("--out").arg(volume.out());
    let mut agent = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    volume.mounted(&configurations[1], Layout::Inline);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let mut seen = std::fs::read(volume.out()).unwrap();
    while seen != configurations[1].bytes && std::time::Instant::now() < deadline {
        assert_eq!(seen, configurations[0].bytes);
        seen = std::fs::read(volume.out()).unwrap();
    }
    agent.kill().unwrap();
    agent.wait().unwrap();
    assert_eq!(seen, configurations[1].bytes);
    let left: Vec<_> = std::fs::read_dir(volume.directory.path())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.starts_with(".flagfall-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
