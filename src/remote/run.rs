//! Running a worker: a child process for one request, ended when it takes too long.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::redact::Redact;
use super::{Failed, Outcome, Reason, Request, cache};

/// The most bytes of an outcome.
const LARGEST_OUTCOME: u64 = 16 << 20;

/// What of the environment a worker gets: how to leave the network, and where the system's authorities are.
const PASSED: [&str; 8] = [
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "TMPDIR",
    "RAYON_NUM_THREADS",
];

/// Runs a worker of this very program, and waits for its outcome; at most as long as `timeout`.
pub async fn run(request: &Request, timeout: Duration) -> Outcome {
    match std::env::current_exe() {
        Ok(program) => run_by(&program, request, timeout).await,
        Err(error) => Outcome::Failed(unable(&error.to_string())),
    }
}

/// The same, by another program that knows `worker`.
pub async fn run_by(program: &Path, request: &Request, timeout: Duration) -> Outcome {
    // A child that is dropped is killed.
    match tokio::time::timeout(timeout, conversation(program, request)).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let message =
                format!("fetching and compiling took longer than {} s, so it was ended", timeout.as_secs_f32());
            Outcome::Failed(Failed::new(Reason::FetchFailed, message))
        }
    }
}

async fn conversation(program: &Path, request: &Request) -> Outcome {
    match ask(program, request).await {
        Ok(outcome) => outcome,
        Err(failed) => Outcome::Failed(failed),
    }
}

async fn ask(program: &Path, request: &Request) -> Result<Outcome, Failed> {
    let failed = |error: std::io::Error| unable(&error.to_string());
    let asked = serde_json::to_vec(request).map_err(|error| unable(&error.to_string()))?;
    let mut child = start(program, request).map_err(failed)?;
    let (Some(mut input), Some(output), Some(said)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(unable("it has no pipes"));
    };
    let (mut answer, mut complaint) = (Vec::new(), Vec::new());
    let write = async {
        // A worker that ends early says why.
        let _ = input.write_all(&asked).await;
        drop(input);
    };
    let (mut output, mut said) = (output.take(LARGEST_OUTCOME), said.take(1 << 16));
    let ((), read, _) = tokio::join!(write, output.read_to_end(&mut answer), said.read_to_end(&mut complaint));
    read.map_err(failed)?;
    let ended = child.wait().await.map_err(failed)?;
    if let Ok(outcome) = serde_json::from_slice(&answer) {
        return Ok(outcome);
    }
    use std::os::unix::process::ExitStatusExt as _;
    if let Some(signal) = ended.signal() {
        // Memory that is not given ends a process by 6, the system's lack of it by 9, its time by 24.
        return Err(match signal {
            6 | 9 | 24 => {
                let message = "fetching or compiling needs more memory or time than it may use";
                Failed::new(Reason::TooLarge, format!("{message} (signal {signal})"))
            }
            // Git's library does not survive some redirections.
            _ => Failed::new(
                Reason::FetchFailed,
                format!(
                    "what the host sent ended the worker by signal {signal}; where it sends on to another URL, name that one"
                ),
            ),
        });
    }
    let complaint = Redact::new(&request.credentials).text(&String::from_utf8_lossy(&complaint));
    Err(unable(&format!("it ended without an answer: {complaint}")))
}

fn start(program: &Path, request: &Request) -> std::io::Result<Child> {
    let mut command = Command::new(program);
    command
        .arg("worker")
        .env_clear()
        .envs(PASSED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .env("HOME", cache::home(&request.cache))
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command.spawn()
}

fn unable(why: &str) -> Failed {
    Failed::new(Reason::FetchFailed, format!("the worker that fetches and compiles does not work: {why}"))
}
