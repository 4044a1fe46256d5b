//! Opening the two sides of a difference in a repository of 10 000 flags, in a process of its own, against `git diff --stat` on the
//! same two: one changed flag, in commits and in the work tree, and what costs more because unchanged files are looked through.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark of something broken must not go on, and says what it measured"
)]

#[path = "support/workspace.rs"]
mod workspace;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use flagfall::cli::diff::sides;
use flagfall::cli::output::Output as Streams;
use flagfall::cli::{Color, Context, FailOn, FormatOption, Options};
use flagfall::git::base::Ci;

const FLAGS: usize = 10_000;
const SEED: u64 = 20_261_201;
const RUNS: usize = 11;
/// The bar: five times as long as git, and this.
const MORE: Duration = Duration::from_millis(100);
const MEMORY: u64 = 150 << 10;

/// What an edit is called, the file it is in, and how the file reads afterwards.
type Edit = (&'static str, String, Box<dyn Fn(&str) -> String>);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, open, directory, base, head] = &arguments[..]
        && open == "open"
    {
        return open_sides(Path::new(directory), base, Some(head.as_str()).filter(|head| !head.is_empty()));
    }
    let directory = tempfile::tempdir().unwrap();
    let top = directory.path();
    git(top, &["init", "-q", "-b", "main"]);
    let files = workspace::generate(FLAGS, SEED);
    for (path, text) in &files {
        write(top, path, text);
    }
    commit(top);
    // As a repository looks that is used for a while.
    git(top, &["gc", "-q"]);
    println!("opening both sides of a change in a repository of {FLAGS} flags, medians of {RUNS} cold processes\n");
    println!("{:38} {:>10} {:>10} {:>7} {:>10} {:>9}", "", "git", "flagfall", "ratio", "bar", "memory");
    let vocabulary = || "flags/vocabulary.kdl".to_owned();
    let one = format!("flags/{}", files[5_000].0);
    let edits: [Edit; 4] = [
        ("one changed flag", one, Box::new(|text| text.replacen("owner=", "owner=other-", 1))),
        ("an added flag", "flags/new.kdl".to_owned(), Box::new(|_| ADDED.to_owned())),
        ("a changed holdout", vocabulary(), Box::new(|text| text.replacen("\"5%\"", "\"6%\"", 1))),
        ("a changed segment", vocabulary(), Box::new(|text| text.replacen("one-of pro team", "one-of team", 1))),
    ];
    for (name, path, edit) in edits {
        let text = std::fs::read_to_string(top.join(&path)).unwrap_or_default();
        std::fs::write(top.join(&path), edit(&text)).unwrap();
        measure(top, &format!("{name}, in the work tree"), "HEAD", "");
        commit(top);
        measure(top, &format!("{name}, committed"), "HEAD~1", "HEAD");
    }
}

const ADDED: &str = "flag added type=boolean owner=growth {\n    variation off #false\n    variation on #true\n    \
    gate staff-preview serve=on { when in-segment staff }\n    env test enabled=#true {\n        gate staff-preview\n        otherwise off\n    }\n}\n";

/// The process that is measured.
fn open_sides(directory: &Path, base: &str, head: Option<&str>) {
    let options = Options { format: FormatOption::Plain, json: false, color: Color::Never, fail_on: FailOn::Error };
    let now = "2026-12-01T09:00:00Z".parse().unwrap();
    let mut context = Context { options, output: Streams::of_process(Color::Never), now };
    let pair = sides::open_in(&Ci::default(), Some(base), head, Some(directory), &mut context);
    let pair = pair.unwrap_or_else(|failure| panic!("{failure}")).unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    println!("{} {}", pair.touched.len(), peak.trim().trim_end_matches(" kB"));
}

fn measure(top: &Path, name: &str, base: &str, head: &str) {
    let own = std::env::current_exe().unwrap();
    let directory = top.join("flags");
    let mut theirs = Vec::new();
    let mut ours = Vec::new();
    let mut said = String::new();
    for _ in 0..RUNS {
        let mut command = Command::new("git");
        command.args(["diff", "--stat", base]).args(Some(head).filter(|head| !head.is_empty())).current_dir(top);
        theirs.push(timed(&mut command).0);
        let mut command = Command::new(&own);
        command.arg("open").arg(&directory).args([base, head]).current_dir(top);
        let (time, output) = timed(&mut command);
        ours.push(time);
        said = String::from_utf8(output.stdout).unwrap();
    }
    let (theirs, ours) = (median(theirs), median(ours));
    let (touched, memory) = said.trim().split_once(' ').unwrap();
    let bar = theirs * 5 + MORE;
    let memory: u64 = memory.parse().unwrap();
    let verdict = if ours < bar && memory < MEMORY { "" } else { "  over the bar" };
    println!(
        "{name:38} {:>7.1} ms {:>7.1} ms {:>7.2} {:>7.1} ms {:>5} MiB  {touched} touched{verdict}",
        milliseconds(theirs),
        milliseconds(ours),
        ours.as_secs_f64() / theirs.as_secs_f64(),
        milliseconds(bar),
        memory >> 10,
    );
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn timed(command: &mut Command) -> (Duration, Output) {
    let start = Instant::now();
    let output = command.output().unwrap();
    let time = start.elapsed();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    (time, output)
}

fn write(top: &Path, path: &str, text: &str) {
    let path = top.join("flags").join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn commit(top: &Path) {
    git(top, &["add", "-A"]);
    git(top, &["commit", "-q", "-m", "x"]);
}

fn git(top: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "gc.auto=0"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(top).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
