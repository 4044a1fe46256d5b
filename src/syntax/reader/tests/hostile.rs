//! No text takes more than linear time, or more stack than another.

use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use super::super::steps;
use super::common::{findings, read};

#[test]
fn nesting_is_cut_once_and_the_rest_is_read() {
    let deep = |levels: usize| format!("{}{}\nflag y\n", "a {".repeat(levels), "}".repeat(levels));
    assert_eq!(findings(&deep(64)), Vec::<String>::new());
    for levels in [65, 5_000, 100_000] {
        assert_eq!(findings(&deep(levels)), ["FF0006 {"]);
        assert_eq!(read(&deep(levels), |tree| tree.roots().count()).0, 2);
    }
    let hidden = format!("{}{}\nflag y\n", "a /-{".repeat(5_000), "}".repeat(5_000));
    assert_eq!(findings(&hidden).iter().filter(|it| it.starts_with("FF0006")).count(), 1);
}

/// Texts of about `size` bytes that other readers take too long for.
fn families(size: usize) -> Vec<(&'static str, String)> {
    let repeat = |piece: &str| piece.repeat(size / piece.len());
    let half = size / 2;
    vec![
        ("blocks", repeat("a {")),
        ("closed blocks", "a {".repeat(size / 4) + &"}".repeat(size / 4)),
        ("hidden blocks", repeat("a /-{")),
        ("hidden nodes", repeat("b\n/-a {\n")),
        ("comment marks", format!("/*{}*/", " * /".repeat(size / 4))),
        ("comments", repeat("/*")),
        ("comments at statements", repeat("flag /*\n")),
        ("slashes and stars", repeat("/*/")),
        ("closing braces", repeat("}")),
        ("no values", repeat("a =\n")),
        ("closing braces behind", repeat("a }\n")),
        ("equals", format!("a {}", "=".repeat(size))),
        ("slash-dashes", repeat("/- ")),
        ("hidden arguments", format!("a {}", "/-1 ".repeat(size / 4))),
        ("hidden blocks of one statement", format!("a {}", "/-{} ".repeat(size / 5))),
        ("words and text", format!("a {}", "b\"c\" ".repeat(size / 5))),
        ("text and words", format!("a {}", "\"c\"b ".repeat(size / 5))),
        ("words of several pieces", format!("a {}", "b(c) ".repeat(size / 5))),
        ("text in other letters", format!("a \"{}\"", "é“".repeat(size / 5))),
        ("comments in other letters", format!("//{}", "é“".repeat(size / 5))),
        ("names and colons", repeat("\"a\": 1 ")),
        ("JSON", format!("a {}", "{\"a\": ".repeat(size / 6))),
        ("repeated hashes", repeat("# a\n")),
        ("keywords", format!("a {}", "true ".repeat(size / 5))),
        ("names that are keywords", repeat("true=1 ")),
        ("several lines of brackets", repeat("a [\n]\n")),
        ("lines of one raw text", format!("a #\"\"\"\n{}", "x\n".repeat(half))),
        ("lines of text", format!("a \"\"\"\n{}  \"\"\"", "\\\n".repeat(half))),
        ("text on one line", format!("a {}", "\"\"\"b\"\"\" ".repeat(size / 8))),
        ("raw quotes", format!("a {}", "\"x\" #\" ".repeat(size / 7))),
        ("raw quotes that end", format!("a {}", "#\"a\"#x ".repeat(size / 7))),
        ("raw lines", repeat("#\"\"\"\nx\n")),
        (
            "raw lines of more hashes",
            (1..600).map(|hashes| "#".repeat(hashes) + "\"\"\"\nx\n").collect::<String>().repeat(size / 182_000 + 1),
        ),
        ("lines", repeat("\"\"\"\nx\n")),
        ("text and marks", repeat("\"x\"}(*/")),
        ("marks", repeat("=(#true")),
        ("brackets", repeat("a [\n")),
        ("one line of brackets", format!("a {}", "[ ".repeat(half))),
        ("backslashes", repeat("\\ ")),
        ("continuations", repeat("\\\n")),
        ("continuations and comments", repeat("\\/**/")),
        ("escapes", format!("a \"{}\"", "\\n".repeat(half))),
        ("unknown escapes", format!("a \"{}\"", "\\d".repeat(half))),
        ("open unicode escapes", format!("a \"{}\"", "\\u{".repeat(size / 3))),
        ("long word", "x".repeat(size)),
        ("long number", format!("a {}", "1".repeat(size))),
        ("long comment", format!("//{}", "x".repeat(size))),
        ("commas", format!("a \"b\"{}", ",".repeat(size))),
        ("numbers and commas", format!("a {}", "1,".repeat(half))),
        ("typographic quotes", format!("a {}", "“ x ".repeat(size / 6))),
        ("zero-width spaces", format!("a {}", "x\u{200b} ".repeat(size / 5))),
        ("byte-order marks", repeat("a \u{feff}\n")),
        ("controls", repeat("\u{1}a")),
        ("properties in a block", format!("s {{\n{}}}", "a=1\n".repeat(size / 4))),
        ("properties between statements", format!("s a=1 {{\n{}}}", "a=1\nb 1\n".repeat(size / 8))),
        ("arguments", format!("a {}", "1 ".repeat(half))),
        ("open parentheses", format!("a {}", "(".repeat(size))),
        ("annotations", format!("a {}", "(x".repeat(half))),
        ("stairs", (0..60).map(|indent| " ".repeat(indent) + "a {\n").collect::<String>().repeat(size / 2_000 + 1)),
        ("crooked braces", format!("{}{}", "     a {\n".repeat(size / 18), "   }\n".repeat(size / 18))),
        ("top-level words", repeat("flag {\n")),
        ("swallowed braces", repeat("a { // }\n")),
        ("addresses", format!("a {}", "ab://c ".repeat(size / 7))),
        ("lines ends", repeat("\r")),
        ("semicolons", repeat(";")),
        ("errors", repeat("a 1x\n")),
    ]
}

/// Looks at a byte or token, for every byte of the text.
const MOST: usize = 150;

#[test]
fn every_hostile_family_takes_linear_steps() {
    let small = 1 << 12;
    let mut slow = Vec::new();
    for ((name, once), (_, more)) in families(small).into_iter().zip(families(16 * small)) {
        let taken = |text: &str| steps::of(|| read(text, |_| ()).0);
        let (short, long) = (taken(&once), taken(&more));
        // Sixteen times the text may take sixteen times the steps, and a quarter more.
        let allowed = short.saturating_mul(more.len()) / once.len() * 5 / 4;
        if long > allowed || long > MOST * more.len() {
            slow.push(format!("{name}: {short} steps for {} bytes, {long} for {} bytes", once.len(), more.len()));
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

/// Of this thread alone: others share the machine.
fn time(text: &str) -> Duration {
    let now = || {
        let usage = getrusage(UsageWho::RUSAGE_THREAD).unwrap();
        let both = usage.user_time() + usage.system_time();
        Duration::from_micros(u64::try_from(both.num_microseconds()).unwrap())
    };
    let begun = now();
    read(text, |_| ());
    now().saturating_sub(begun)
}

#[test]
fn every_hostile_family_takes_linear_time() {
    let small = 1 << 13;
    let mut slow = Vec::new();
    for ((name, once), (_, more)) in families(small).into_iter().zip(families(8 * small)) {
        // The best of three: what shares the caches slows it down.
        let best = |text: &str| (0..3).map(|_| time(text)).min().unwrap_or_default();
        let (short, long) = (time(&once), time(&more));
        let fits = |short: Duration, long: Duration| {
            long < short * 24 + Duration::from_millis(40) && long < Duration::from_secs(2)
        };
        if !fits(short, long) && !fits(best(&once), best(&more)) {
            slow.push(format!("{name}: {short:?} for {} bytes, {long:?} for {} bytes", once.len(), more.len()));
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}
