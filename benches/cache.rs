//! `check` and `compile` of 10 000 flags in processes of their own: with nothing kept, with everything kept, and with one file
//! changed since; beside reading all files, which every run does.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark of something broken must not go on, and says what it measured"
)]

#[path = "support/workspace.rs"]
mod workspace;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

/// Of a trial run, `--test`, as few as are kept at all.
fn flags() -> usize {
    if std::env::args().any(|argument| argument == "--test") { 240 } else { 10_000 }
}
const SEED: u64 = 20_261_201;
const RUNS: usize = 7;
/// The bar, of each command where one file changed.
const BAR: Duration = Duration::from_millis(100);

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let top = directory.path();
    let files = workspace::generate(flags(), SEED);
    for (path, text) in &files {
        let path = top.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let (path, text) = files.iter().find(|(_, text)| text.contains("owner=")).unwrap();
    println!(
        "{} flags; medians of {RUNS} processes; the bar is {} ms where one file changed\n",
        flags(),
        BAR.as_millis()
    );
    println!("{:34} {:>10} {:>10}", "", "CPU ms", "wall ms");
    let floor = (0..RUNS).map(|_| reading(top, &files)).collect();
    print("reading all files (in process)", floor);
    for command in ["check", "compile"] {
        let cold = (0..RUNS.min(3)).map(|_| {
            let _ = std::fs::remove_dir_all(top.join("kept"));
            run(top, command)
        });
        print(&format!("{command}, nothing kept"), cold.collect());
        print(&format!("{command}, nothing changed"), (0..RUNS).map(|_| run(top, command)).collect());
        let changed = (0..RUNS).map(|number| {
            let edited = text.replacen("owner=", &format!("owner=team-{number}-"), 1);
            std::fs::write(top.join(path), edited).unwrap();
            run(top, command)
        });
        print(&format!("{command}, one file changed"), changed.collect());
    }
    println!("\nmost memory of any run: {} MiB", getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss() >> 10);
}

/// CPU time and time.
type Taken = (Duration, Duration);

fn used(who: UsageWho) -> Duration {
    let usage = getrusage(who).unwrap();
    let time = |value: nix::sys::time::TimeVal| {
        Duration::from_micros(u64::try_from(value.tv_sec() * 1_000_000 + value.tv_usec()).unwrap())
    };
    time(usage.user_time()) + time(usage.system_time())
}

fn reading(top: &Path, files: &[workspace::File]) -> Taken {
    let (before, began) = (used(UsageWho::RUSAGE_SELF), Instant::now());
    let bytes: usize = files.iter().map(|(path, _)| std::fs::read(top.join(path)).unwrap().len()).sum();
    assert!(bytes > flags());
    (used(UsageWho::RUSAGE_SELF) - before, began.elapsed())
}

fn run(top: &Path, command: &str) -> Taken {
    let (before, began) = (used(UsageWho::RUSAGE_CHILDREN), Instant::now());
    let mut process = Command::new(env!("CARGO_BIN_EXE_flagfall"));
    process.args([command, "--format", "plain"]).current_dir(top).env("FLAGFALL_CACHE_DIR", top.join("kept"));
    let process = process.env("SOURCE_DATE_EPOCH", "1796083200").stdout(Stdio::null()).stderr(Stdio::null());
    assert!(process.status().unwrap().success());
    (used(UsageWho::RUSAGE_CHILDREN) - before, began.elapsed())
}

fn print(what: &str, mut taken: Vec<Taken>) {
    let middle = taken.len() / 2;
    taken.sort_by_key(|(cpu, _)| *cpu);
    let cpu = taken.get(middle).unwrap().0;
    taken.sort_by_key(|(_, wall)| *wall);
    let wall = taken.get(middle).unwrap().1;
    println!("{what:34} {:>10.0} {:>10.0}", cpu.as_secs_f64() * 1e3, wall.as_secs_f64() * 1e3);
}
