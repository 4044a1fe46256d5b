//! A whole `flagfall diff`, a cold process of the binary, in a repository of 10 000 flag files, beside `git diff --stat` on the same two
//! sides, in turns: one changed flag, in commits and in the work tree, and what costs more because unchanged files are looked through.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark of something broken must not go on, and says what it measured"
)]

#[path = "support/workspace.rs"]
mod workspace;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// Of a trial run, `--test`, as few as are kept at all.
fn flags() -> usize {
    if std::env::args().any(|argument| argument == "--test") { 240 } else { 10_000 }
}
const SEED: u64 = 20_261_201;
const RUNS: usize = 11;
/// Runs of what no bar is for, and takes seconds.
const FEW: usize = 3;
/// The bar: five times as long as git, and this.
const MORE: Duration = Duration::from_millis(100);
const MEMORY: i64 = 150 << 10;
/// Flags that use the segment that is edited.
const USERS: usize = 40;

/// What an edit is called, the file it is in, how the file reads afterwards, and whether the bar is for it: it is for one flag.
type Edit = (&'static str, String, Box<dyn Fn(&str) -> String>, bool);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, memory, directory, sides @ ..] = &arguments[..]
        && memory == "memory"
    {
        return print_memory(Path::new(directory), sides);
    }
    let directory = tempfile::tempdir().unwrap();
    let top = directory.path();
    git(top, &["init", "-q", "-b", "main"]);
    let files = files();
    for (path, text) in &files {
        write(top, path, text);
    }
    commit(top);
    // As a repository looks that is used for a while.
    git(top, &["gc", "-q"]);
    println!(
        "`flagfall diff` in a repository of {} flags, medians of {RUNS} cold processes each ({FEW} where there is no bar), in turns\n",
        flags()
    );
    println!("{:46} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7}", "", "git", "its CPU", "flagfall", "its CPU", "bar", "memory");
    let vocabulary = || "flags/vocabulary.kdl".to_owned();
    let one = format!("flags/{}", files[files.len() / 2].0);
    let edits: [Edit; 4] = [
        ("one changed flag", one, Box::new(|text| text.replacen("owner=", "owner=other-", 1)), true),
        ("an added flag", "flags/new.kdl".to_owned(), Box::new(|_| ADDED.to_owned()), true),
        ("a segment of 40 flags", vocabulary(), Box::new(|text| text.replacen("is Pisa", "is Siena", 1)), false),
        ("a holdout of 1 667 flags", vocabulary(), Box::new(|text| text.replacen("\"5%\"", "\"6%\"", 1)), false),
    ];
    for (name, path, edit, barred) in edits {
        let text = std::fs::read_to_string(top.join(&path)).unwrap_or_default();
        let edited = edit(&text);
        assert_ne!(edited, text, "{name}");
        std::fs::write(top.join(&path), edited).unwrap();
        measure(top, &format!("{name}, in the work tree"), &["HEAD"], barred);
        commit(top);
        measure(top, &format!("{name}, committed"), &["HEAD~1", "HEAD"], barred);
    }
}

const ADDED: &str = "flag added type=boolean owner=growth {\n    variation off #false\n    variation on #true\n    \
    gate staff-preview serve=on { when in-segment staff }\n    env test enabled=#true {\n        gate staff-preview\n        otherwise off\n    }\n}\n";

/// The workspace of the other benchmarks, with a segment that some flags use.
fn files() -> Vec<workspace::File> {
    let mut files = workspace::generate(flags(), SEED);
    let mut left = USERS;
    for (path, text) in &mut files {
        if path == "vocabulary.kdl" {
            text.push_str("\nattribute city string\nsegment tower { when city is Pisa }\n");
        } else if left > 0 && text.contains("gate staff-preview serve=on { when in-segment staff }") {
            *text = text.replace("{ when in-segment staff }", "{ when in-segment tower }");
            left -= 1;
        }
    }
    files
}

/// Runs a difference, and prints the most memory that it took, in KiB.
fn print_memory(directory: &Path, sides: &[String]) {
    let sides: Vec<&str> = sides.iter().map(String::as_str).collect();
    run(&mut flagfall(directory, &sides));
    println!("{}", getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss());
}

fn flagfall(top: &Path, sides: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    command.arg("diff").args(sides).current_dir(top.join("flags")).env("SOURCE_DATE_EPOCH", "1796115600");
    command
}

/// How long a process took, by the clock and of processors.
type Took = (Duration, Duration);

fn measure(top: &Path, name: &str, sides: &[&str], barred: bool) {
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..if barred { RUNS } else { FEW } {
        theirs.push(run(Command::new("git").args(["diff", "--stat"]).args(sides).current_dir(top)));
        ours.push(run(&mut flagfall(top, sides)));
    }
    let own = std::env::current_exe().unwrap();
    let said = Command::new(own).arg("memory").arg(top).args(sides).output().unwrap();
    let memory: i64 = String::from_utf8(said.stdout).unwrap().trim().parse().unwrap();
    let (theirs, ours) = (median(&theirs), median(&ours));
    let bar = theirs.0 * 5 + MORE;
    let verdict = if barred && (memory >= MEMORY || ours.0 >= bar) { "  over the bar" } else { "" };
    let bar = if barred { milliseconds(bar) } else { "none".to_owned() };
    println!(
        "{name:46} {:>9} {:>9} {:>9} {:>9} {bar:>9} {:>3} MiB{verdict}",
        milliseconds(theirs.0),
        milliseconds(theirs.1),
        milliseconds(ours.0),
        milliseconds(ours.1),
        memory >> 10,
    );
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

/// Of each.
fn median(took: &[Took]) -> Took {
    let of = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2]
    };
    (of(took.iter().map(|took| took.0).collect()), of(took.iter().map(|took| took.1).collect()))
}

fn run(command: &mut Command) -> Took {
    let (before, start) = (children(), Instant::now());
    let output = command.output().unwrap();
    let time = start.elapsed();
    // Findings are no failure here.
    assert!(
        output.status.code().is_some_and(|code| code < 2),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    (time, children() - before)
}

/// The processor time of all processes that ended.
fn children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(u64::try_from(microseconds).unwrap())
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
