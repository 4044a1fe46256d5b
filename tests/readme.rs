//! Every block of the READMEs is a test.
//!
//! The blocks of one README run in order, in a fresh copy of the README's directory:
//!
//! - ` ```kdl name=FILE ` (or any language with `name=`) writes FILE;
//! - ` ```console ` runs the lines that begin with `$ ` and compares what they print, standard output and standard error
//!   together; a line `…` stands for any lines; `[exit N]` as the last line of an output states a status other than 0;
//! - ` ```kdl ` alone is a definitions file of its own that checks without findings;
//! - ` ```kdl ignore ` is a fragment that is shown for its shape only.
//!
//! `BLESS=1` writes what the commands print into the README. Commands run with `flagfall` on the path, in UTC, 100 columns wide,
//! on 2026-12-01.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a helper that cannot do its part fails the test, or says that it did not run"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const TODAY: &str = "1796083200"; // 2026-12-01T00:00:00Z

const GIT: [(&str, &str); 7] = [
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_AUTHOR_NAME", "Ana"),
    ("GIT_AUTHOR_EMAIL", "ana@example.com"),
    ("GIT_AUTHOR_DATE", "2026-12-01T00:00:00Z"),
    ("GIT_COMMITTER_NAME", "Ana"),
    ("GIT_COMMITTER_EMAIL", "ana@example.com"),
    ("GIT_COMMITTER_DATE", "2026-12-01T00:00:00Z"),
];

struct Block {
    info: String,
    /// Line numbers in the README: of the first line inside the fence, and of the closing fence.
    lines: std::ops::Range<usize>,
    text: String,
}

fn blocks(readme: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize, String)> = None;
    for (number, line) in readme.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((info.trim().to_owned(), number + 1, String::new())),
            (Some(_), Some(_)) => {
                let (info, start, text) = open.take().unwrap();
                found.push(Block { info, lines: start..number, text });
            }
            (Some((_, _, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    found
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if ["target", ".git", "dist"].iter().any(|skip| name == *skip) {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

fn run(command: &str, directory: &Path) -> String {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_flagfall"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(directory)
        .env("PATH", path)
        .env("SOURCE_DATE_EPOCH", TODAY)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .envs(GIT)
        .output()
        .unwrap();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if !output.status.success() {
        let _ = writeln!(text, "[exit {}]", output.status.code().unwrap_or(-1));
    }
    text
}

/// Whether `actual` is `expected`, where a line `…` of `expected` stands for any lines.
fn agrees(expected: &[&str], actual: &[&str]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((&"…", rest)) => (0..=actual.len()).any(|skip| agrees(rest, &actual[skip..])),
        Some((first, rest)) => actual.first() == Some(first) && agrees(rest, &actual[1..]),
    }
}

/// Runs a console block; what it should have said, where it said something else.
fn console(text: &str, directory: &Path) -> Option<String> {
    let mut corrected = String::new();
    let mut lines = text.lines().peekable();
    let mut wrong = false;
    while let Some(line) = lines.next() {
        let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("output before a command: {line}"));
        let mut script = command.to_owned();
        let _ = writeln!(corrected, "{line}");
        while script.ends_with('\\') {
            let more = lines.next().unwrap();
            let _ = writeln!(corrected, "{more}");
            script = format!("{script}\n{more}");
        }
        let mut expected = Vec::new();
        while let Some(output) = lines.next_if(|line| !line.starts_with("$ ")) {
            expected.push(output.trim_end());
        }
        let actual = run(&script, directory);
        let actual: Vec<&str> = actual.lines().map(str::trim_end).collect();
        let same = agrees(&expected, &actual);
        wrong |= !same;
        for line in if same { &expected } else { &actual } {
            let _ = writeln!(corrected, "{line}");
        }
    }
    wrong.then_some(corrected)
}

fn check_alone(block: &Block, readme: &Path) -> Option<String> {
    let directory = tempfile::tempdir().unwrap();
    let configuration =
        "edition \"2026\"\nenv test\nenv production protected=#true\nrules { allow FF4 reason=\"fixture\" }\n";
    std::fs::write(directory.path().join("flagfall.kdl"), configuration).unwrap();
    std::fs::write(directory.path().join("main.kdl"), &block.text).unwrap();
    let said = run("flagfall check --format plain .", directory.path());
    let silent = !said.contains("[FF") && !said.contains("[exit");
    (!silent).then(|| format!("{}:{}: a block with findings:\n{said}", readme.display(), block.lines.start))
}

fn test_readme(readme: &Path) -> Result<usize, String> {
    let text = std::fs::read_to_string(readme).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let directory = scratch.path().join("work");
    copy(readme.parent().unwrap(), &directory);
    let mut corrected: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut problems = String::new();
    let mut counted = 0;
    for block in &blocks(&text) {
        let mut words = block.info.split_whitespace();
        let language = words.next().unwrap_or("");
        let name = words.clone().find_map(|word| word.strip_prefix("name="));
        counted += 1;
        if words.any(|word| word == "ignore") {
            counted -= 1;
        } else if let Some(name) = name {
            let file = directory.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, &block.text).unwrap();
        } else if language == "console" {
            if let Some(actual) = console(&block.text, &directory) {
                let _ = writeln!(problems, "{}:{}: prints\n{actual}", readme.display(), block.lines.start + 1);
                // Replaced as one line, so that the numbers of later blocks stay valid.
                corrected[block.lines.start] = actual.trim_end().to_owned();
                corrected[block.lines.start + 1..block.lines.end].fill("\u{0}".to_owned());
            }
        } else if language == "kdl" {
            problems.extend(check_alone(block, readme));
        } else {
            counted -= 1;
        }
    }
    if std::env::var_os("BLESS").is_some() {
        let kept: Vec<String> = corrected.into_iter().filter(|line| line != "\u{0}").collect();
        std::fs::write(readme, kept.join("\n") + "\n").unwrap();
        return Ok(counted);
    }
    if problems.is_empty() { Ok(counted) } else { Err(problems) }
}

fn readmes() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![root.join("README.md")];
    for directory in std::fs::read_dir(root.join("examples")).unwrap() {
        let readme = directory.unwrap().path().join("README.md");
        if readme.exists() {
            found.push(readme);
        }
    }
    found.sort();
    found
}

/// Two tests write README.md under `BLESS=1`.
static WRITING: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[test]
fn every_readme_block_does_what_it_says() {
    let _writing = WRITING.lock();
    let mut problems = String::new();
    for readme in readmes() {
        match test_readme(&readme) {
            Ok(blocks) => assert!(blocks > 0, "{} has no block that is a test", readme.display()),
            Err(said) => problems.push_str(&said),
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

/// What stands between `<!-- rules -->` and `<!-- /rules -->`.
fn table_of_rules() -> String {
    use flagfall::diagnostic::{Rule, rule::Level};
    let mut table = String::from("\n| id | name | level | finds |\n|---|---|---|---|\n");
    for rule in Rule::ALL {
        let level = match rule.default_level() {
            Level::Allow => "allow",
            Level::Warn => "warning",
            Level::Error => "error",
        };
        let _ =
            writeln!(table, "| {} | `{}` | {level} | {} |", rule.id(), rule.name(), rule.meaning().replace('|', "\\|"));
    }
    table.push('\n');
    table
}

#[test]
fn the_readmes_table_of_rules_is_the_registry() {
    let _writing = WRITING.lock();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("<!-- rules -->\n").unwrap();
    let (written, after) = rest.split_once("<!-- /rules -->").unwrap();
    let table = table_of_rules();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, format!("{before}<!-- rules -->\n{table}<!-- /rules -->{after}")).unwrap();
    } else {
        assert_eq!(written, table, "`BLESS=1 cargo test --test readme` rewrites it");
    }
}
