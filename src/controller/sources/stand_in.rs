//! Until `remote::run` is there.
use std::time::Duration;

use crate::remote::*;

pub(super) fn caps() -> Caps {
    Caps {
        received: 1 << 30,
        inflated: 1 << 30,
        objects: 1 << 20,
        files: 1 << 20,
        file: 1 << 20,
        depth: 64,
        seconds: 60,
    }
}

pub(super) async fn run(request: Request, _timeout: Duration) -> Outcome {
    let fail = |reason, message: String| Outcome::Failed(Failed { reason, message, revision: None });
    let Reference::Branch(branch) = &request.reference else {
        return fail(Reason::ReferenceNotFound, "branch only".into());
    };
    let Ok(dir) = tempfile::tempdir() else { return fail(Reason::FetchFailed, "tmp".into()) };
    let run = async |program: &std::ffi::OsStr, args: &[&str]| {
        tokio::process::Command::new(program).args(args).current_dir(dir.path()).output().await
    };
    let cloned = run("git".as_ref(), &["clone", "-q", "--depth", "1", "-b", branch, &request.url, "r"]).await;
    if !cloned.as_ref().is_ok_and(|output| output.status.success()) {
        return fail(Reason::FetchFailed, format!("{cloned:?}"));
    }
    let head = run("git".as_ref(), &["-C", "r", "rev-parse", "HEAD"]).await;
    let revision = head.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    let exe = std::env::current_exe().unwrap_or_default();
    let compiled = run(exe.as_os_str(), &["compile", "r", "--out", "dist", "--client"]).await;
    if !compiled.as_ref().is_ok_and(|output| output.status.success()) {
        let message = compiled.map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default();
        return Outcome::Failed(Failed { reason: Reason::CompileFailed, message, revision: Some(revision) });
    }
    let file = dir.path().join("dist").join(format!("{}.json", request.environment));
    let Ok(bytes) = std::fs::read(&file) else { return fail(Reason::PathNotFound, "environment".into()) };
    let _ = std::fs::write(request.out.join("config.json"), &bytes);
    let _ = std::fs::copy(
        dir.path().join("dist").join(format!("{}.client.json", request.environment)),
        request.out.join("client.json"),
    );
    let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let flags = value.get("flags").and_then(|flags| flags.as_object()).map_or(0, |flags| flags.len());
    let digest = crate::publish::Digest::of(&bytes).to_string();
    Outcome::Built(Built {
        revision,
        signer: None,
        digest,
        flags,
        rewritten: false,
        change: None,
        received: 1,
        compile_seconds: 0.1,
    })
}
