//! Workspaces taken apart, and random edits of them.

use jiff::{Timestamp, ToSpan as _};

use super::Files;
use super::workspace::Random;

const CONFIGURATION: &str = "edition \"2026\"\nenv test\nenv production protected=#true\nrules {\n    warn partly-shadowed\n    \
                             warn untested-flag\n    allow FF4 in=\"other/**\" reason=\"later\"\n    allow dark-launch in=\"flags/0*\" reason=\"later\"\n}\n";

/// A definitions file as a workspace of many files: what everybody may use in one, each other definition in one of its own.
pub(crate) fn taken_apart(text: &str) -> Files {
    let mut files = Files::from([("flagfall.kdl".to_owned(), CONFIGURATION.to_owned())]);
    let mut shared = String::new();
    for (number, statement) in statements(text).into_iter().enumerate() {
        let word = statement.split_whitespace().next().unwrap_or("");
        match word {
            "flag" => files.insert(format!("flags/{number}.kdl"), statement),
            "exclusive" if number % 2 == 0 => files.insert(format!("contracts/{number}.kdl"), statement),
            "tests" => files.insert(format!("flags/{number}.test.kdl"), statement),
            _ => {
                shared.push_str(&statement);
                continue;
            }
        };
    }
    files.insert("shared.kdl".to_owned(), shared);
    files.insert("other/quiet.kdl".to_owned(), flag("quiet"));
    files.insert("other/quiet.test.kdl".to_owned(), tests("quiet"));
    files
}

/// What begins at the first column, up to the next that does, but for closing braces.
fn statements(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        let begins = !line.starts_with([' ', '\t', '}']) && !line.is_empty();
        match found.last_mut() {
            Some(last) if !begins => last.push_str(line),
            _ => found.push(line.to_owned()),
        }
        found.last_mut().unwrap().push('\n');
    }
    found
}

/// The same workspace with tests, contracts, salts in common and lines about levels.
pub(crate) fn with_links(mut files: Files) -> Files {
    let keys: Vec<(String, String)> = files
        .iter()
        .filter_map(|(path, text)| Some((path.clone(), text.split_once("\nflag ")?.1.split(' ').next()?.to_owned())))
        .collect();
    for (path, key) in keys.iter().step_by(3) {
        files.insert(path.replace(".kdl", ".test.kdl"), tests(key));
    }
    let experiment = |(path, key): &(String, String)| {
        let name = files[path].split("experiment ").nth(1)?.split(' ').next()?;
        Some(format!("    experiment {key} {name}\n"))
    };
    let members: Vec<String> = keys.iter().filter_map(experiment).collect();
    let contract = |name: &str, members: &[String]| format!("exclusive \"{name}\" {{\n{}}}\n", members.concat());
    files.insert("contracts.kdl".to_owned(), contract("first", &members[..2]));
    let other = contract("second", &members[members.len() - 2..]);
    files.get_mut("vocabulary.kdl").unwrap().push_str(&other);
    let rules = CONFIGURATION.split_once("rules").unwrap().1;
    files.get_mut("flagfall.kdl").unwrap().push_str(&format!("rules{rules}"));
    files
}

fn flag(key: &str) -> String {
    format!(
        "flag {key} type=boolean owner=growth {{\n    variation off #false\n    variation on #true\n    gate all serve=on\n    \
         env test enabled=#true {{\n        gate all\n    }}\n    env production enabled=#true {{\n        gate all \"5%\"\n        otherwise off\n    }}\n}}\n"
    )
}

fn tests(key: &str) -> String {
    format!(
        "tests {key} {{\n    case \"one\" env=production {{\n        subject \"u-1\"\n        expect-default\n    }}\n}}\n"
    )
}

/// Lines that change what a file is linked with, or what is said of it.
const LINES: &[&str] = &[
    "    allow FF4 reason=\"because\"",
    "    allow experiment-in-disabled-environment reason=\"because\"",
    "    allow overlapping-experiments reason=\"x\" until=\"2026-12-03\"",
    "    gate extra serve=on { when id is x; }",
    "    description \"what it is for\"",
];

/// A workspace that is being edited.
pub(crate) struct Edits {
    pub(crate) files: Files,
    pub(crate) now: Timestamp,
    random: Random,
    /// What was there once.
    past: Vec<(String, String)>,
}

impl Edits {
    pub(crate) fn new(files: Files, seed: u64) -> Self {
        Self { files, now: "2026-12-01T09:00:00Z".parse().unwrap(), random: Random::new(seed), past: Vec::new() }
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.random.below(end.max(1) as u64)).unwrap()
    }

    /// A file, seldom one that everything depends on.
    fn path(&mut self) -> String {
        let mut any = || {
            let at = self.below(self.files.len());
            self.files.keys().nth(at).unwrap().clone()
        };
        let path = any();
        if ["flagfall.kdl", "vocabulary.kdl", "shared.kdl"].contains(&&*path) { any() } else { path }
    }

    /// One edit; mostly back where the last one broke something.
    pub(crate) fn edit(&mut self, is_broken: bool) {
        if is_broken && !self.past.is_empty() && self.below(5) > 0 {
            return self.restore();
        }
        let path = self.path();
        let text = self.files[&path].clone();
        match self.below(16) {
            0..=1 => self.restore(),
            4 if path != "flagfall.kdl" => {
                self.files.remove(&path);
                self.past.push((path, text));
            }
            5 if path != "flagfall.kdl" => {
                let suffix = if path.ends_with(".test.kdl") { ".test.kdl" } else { ".kdl" };
                self.files.remove(&path);
                self.files.insert(format!("moved/{}{suffix}", self.random.below(50)), text);
            }
            6 => {
                let number = self.random.below(9);
                self.files.insert(format!("other/new-{number}.kdl"), flag(&format!("new-{number}")));
            }
            7 => {
                let days = i64::try_from(self.below(3)).unwrap();
                self.now += (24 * days).hours();
            }
            8 => {
                let number = self.random.below(9);
                self.files.insert(format!("other/new-{number}.test.kdl"), tests(&format!("new-{number}")));
            }
            9 => self.change(path, |lines, edits| {
                let line = LINES[edits.below(LINES.len())].to_owned();
                let at = 1.min(lines.len()) + lines.iter().position(|line| line.starts_with("flag ")).unwrap_or(0);
                lines.insert(at.min(lines.len()), line);
            }),
            10 => self.salted(path),
            11 => self.change(path, |lines, edits| {
                let at = edits.below(lines.len());
                lines.remove(at);
            }),
            _ => self.word(path),
        }
    }

    fn restore(&mut self) {
        if let Some((path, text)) = self.past.pop() {
            self.files.insert(path, text);
        }
    }

    fn change(&mut self, path: String, change: impl FnOnce(&mut Vec<String>, &mut Self)) {
        let before = self.files[&path].clone();
        let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
        if lines.is_empty() {
            return;
        }
        change(&mut lines, self);
        let after = lines.join("\n") + "\n";
        self.past.push((path.clone(), before));
        self.files.insert(path, after);
    }

    /// Gives an experiment or a layer a salt that others may have.
    fn salted(&mut self, path: String) {
        let salt = ["a/b", "checkout/copy", "c/d", "growth"][self.below(4)];
        self.change(path, |lines, _| {
            for line in
                lines.iter_mut().filter(|line| line.trim_start().starts_with("experiment ") && line.ends_with('{'))
            {
                *line = format!("{} salt=\"{salt}\" {{", line.trim_end_matches(['{', ' ']));
            }
        });
    }

    /// Replaces a word by one that is somewhere in the workspace, mostly of its own kind.
    fn word(&mut self, path: String) {
        let other = self.path();
        let pool: Vec<String> =
            words(&self.files[&other]).chain(words(&self.files[&path])).map(str::to_owned).collect();
        self.change(path, |lines, edits| {
            let at = edits.below(lines.len());
            let known: Vec<String> = words(&lines[at]).map(str::to_owned).collect();
            if known.is_empty() || pool.is_empty() {
                return;
            }
            let word = &known[edits.below(known.len())];
            let kind = kind(word);
            let alike: Vec<&String> = pool.iter().filter(|one| self::kind(one) == kind).collect();
            if let Some(new) = alike.get(edits.below(alike.len())) {
                lines[at] = lines[at].replacen(word.as_str(), new, 1);
            }
        });
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| letter.is_whitespace() || "={}\"%".contains(letter)).filter(|word| !word.is_empty())
}

/// Numbers, `#true` and the like, instants, names.
fn kind(word: &str) -> u8 {
    match word {
        _ if word.starts_with('#') => 0,
        _ if word.contains("T0") || word.contains("T2") => 1,
        _ if word.parse::<f64>().is_ok() => 2,
        "flag" | "experiment" | "gate" | "env" | "variation" | "when" | "split" | "holdout" | "layer" => 3,
        _ => 4,
    }
}
