//! The bars of reading, checking and compiling as ratios of one run: `cargo bench --bench pipeline -- ratios`.
//!
//! Times are CPU times of one thread, ours and the peer's in turn, the best of several rounds, with the
//! program's allocator for both. The JSON that reading is compared with says the same as the KDL: every node's name, arguments,
//! properties and children, indented as files are.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use flagfall::diagnostic::Sink;
use flagfall::source::SourceSet;
use flagfall::syntax::reader;
use flagfall::syntax::tree::{Entry, Node, Value};
use flagfall::{ufc, workspace as directory};
use nix::sys::resource::{UsageWho, getrusage};
use nix::time::{ClockId, clock_gettime};
use serde_json::{Map, json};

use super::{SEED, black_box, bytes, checked, compiled, parsed, resolved, sources, workspace};

/// The CPU seconds that this thread spends on `work`.
fn spent<T>(work: impl FnOnce() -> T) -> f64 {
    // What `getrusage` says moves in ticks of the kernel's.
    let now = || {
        let used = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from);
        used.unwrap_or_default().as_secs_f64()
    };
    let before = now();
    black_box(work());
    now() - before
}

/// The least of several rounds of each, in turn.
fn best<const N: usize>(rounds: usize, works: [&dyn Fn(); N]) -> [f64; N] {
    let mut least = [f64::MAX; N];
    for _ in 0..rounds {
        for (least, work) in least.iter_mut().zip(works) {
            *least = least.min(spent(work));
        }
    }
    least
}

fn row(work: &str, ours: &str, peer: &str, ratio: f64, bar: &str) {
    println!("{work:44} {ours:>12} {peer:>12} {ratio:>8.2}  {bar}");
}

fn seconds(time: f64) -> String {
    format!("{:.2} ms", time * 1e3)
}

/// Prints the table.
pub(crate) fn print() {
    let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(1).build() else { return };
    println!("{:44} {:>12} {:>12} {:>8}  bar", "work", "ours", "peer", "ratio");
    pool.install(|| {
        // First, because a child's peak counts what this process had when it began.
        let Ok(place) = tempfile::tempdir() else { return };
        for (path, text) in workspace::generate(10_000, SEED) {
            let path = place.path().join(path);
            let _ = path.parent().map(std::fs::create_dir_all);
            let _ = std::fs::write(path, text);
        }
        memory(place.path());
        reading();
        cold(place.path());
        growth();
    });
}

fn memory(place: &Path) {
    let mut most = 0;
    for command in ["check", "compile"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flagfall"));
        let child = child.arg(command).arg(place).stdout(Stdio::null()).stderr(Stdio::null());
        let ended = child.status().is_ok();
        let peak = getrusage(UsageWho::RUSAGE_CHILDREN).map_or(0, |usage| usage.max_rss()) / 1024;
        // Only the largest child so far is known: a command that needs less than one before it shows that one's peak.
        most = peak.max(most);
        let work = format!("memory of `{command}`, 10 000 flags, MiB");
        row(&work, &format!("{most}"), "", if ended { most as f64 } else { f64::NAN }, "<= 300");
    }
}

fn reading() {
    let sources = sources(1_000);
    let json: Vec<String> = sources.files().map(|(id, file)| as_json(id, &file.text)).collect();
    let [ours, theirs, value] = best(
        7,
        [
            &|| drop(black_box(parsed(&sources))),
            &|| sources.files().for_each(|(_, file)| drop(black_box(kdl::KdlDocument::parse(&file.text)))),
            &|| json.iter().for_each(|text| drop(black_box(serde_json::from_str::<serde_json::Value>(text)))),
        ],
    );
    row("read KDL into ast, 1 000 flags: kdl / ours", &seconds(ours), &seconds(theirs), theirs / ours, ">= 60");
    row("the same: serde_json::Value / ours", &seconds(ours), &seconds(value), value / ours, ">= 0.4");
    let read = |sources: &SourceSet| {
        for (id, file) in sources.files() {
            drop(black_box(reader::read(id, &file.text, &mut Sink::new())));
        }
    };
    let [tree] = best(7, [&|| read(&sources)]);
    row("  of it the reader alone: kdl / ours", &seconds(tree), &seconds(theirs), theirs / tree, "");
    let (kdl, json) = (bytes(&sources), json.iter().map(String::len).sum::<usize>());
    println!("  ({kdl} bytes of KDL, {json} bytes of JSON)");
}

fn as_json(id: flagfall::source::FileId, text: &str) -> String {
    let tree = reader::read(id, text, &mut Sink::new());
    serde_json::to_string_pretty(&tree.roots().map(node).collect::<Vec<_>>()).unwrap_or_default()
}

fn node(node: Node<'_>) -> serde_json::Value {
    let mut object = Map::new();
    object.insert("name".to_owned(), node.name().text.into());
    let arguments: Vec<_> = node.entries().filter(|entry| entry.name.is_none()).map(value).collect();
    let properties: Map<_, _> =
        node.entries().filter_map(|entry| Some((entry.name?.text.to_owned(), value(entry)))).collect();
    let children: Vec<_> = node.children().map(self::node).collect();
    if !arguments.is_empty() {
        object.insert("arguments".to_owned(), arguments.into());
    }
    if !properties.is_empty() {
        object.insert("properties".to_owned(), properties.into());
    }
    if !children.is_empty() {
        object.insert("children".to_owned(), children.into());
    }
    object.into()
}

fn value(entry: Entry<'_>) -> serde_json::Value {
    match entry.value {
        Value::Text(text) => text.text.into(),
        Value::Number(number) => serde_json::from_str(number).unwrap_or_else(|_| json!(number)),
        Value::Bool(truth) => truth.into(),
        Value::Null => serde_json::Value::Null,
    }
}

fn load(place: &Path) -> SourceSet {
    directory::load(place, &mut Sink::new()).map(|loaded| loaded.sources).unwrap_or_default()
}

fn texts(configs: &[flagfall::compile::Compiled]) -> Vec<String> {
    configs.iter().map(|one| ufc::write::to_json(&one.config)).collect()
}

fn cold(place: &Path) {
    let output = texts(&compiled(&checked(&load(place))));
    let files: Vec<_> = load(place).files().map(|(_, file)| place.join(&file.path)).collect();
    let [ours, theirs] = best(
        3,
        [&|| drop(black_box(texts(&compiled(&checked(&load(place)))))), &|| {
            files.iter().for_each(|path| drop(black_box(std::fs::read_to_string(path))));
            output.iter().for_each(|text| drop(black_box(serde_json::from_str::<serde_json::Value>(text))));
        }],
    );
    let work = "check + compile 10 000 flags, cold, one thread";
    row(work, &seconds(ours), &seconds(theirs), ours / theirs, "<= 3 (reading them + serde_json of the output)");
    let [checking] = best(3, [&|| drop(black_box(resolved(parsed(&load(place)), &load(place), &mut Sink::new())))]);
    row("  of it without compiling", &seconds(checking), &seconds(theirs), checking / theirs, "");
}

fn growth() {
    let sizes = [100, 1_000, 10_000, 100_000];
    let measured = sizes.map(|flags| {
        let sources = sources(flags);
        let rounds = if flags > 10_000 { 1 } else { 3 };
        let [check] = best(rounds, [&|| drop(black_box(resolved(parsed(&sources), &sources, &mut Sink::new())))]);
        let checked = checked(&sources);
        let [compile] = best(rounds, [&|| drop(black_box(texts(&compiled(&checked))))]);
        (flags, check, compile)
    });
    for pair in measured.windows(2) {
        let [(fewer, check, compile), (more, later_check, later_compile)] = pair else { continue };
        let exponent = |before: f64, after: f64| (after / before).ln() / (*more as f64 / *fewer as f64).ln();
        let work = |what: &str| format!("growth of {what}, {fewer} to {more} flags");
        let bar = "<= 1.05 from 1 000 to 100 000";
        row(&work("check"), &seconds(*later_check), &seconds(*check), exponent(*check, *later_check), bar);
        row(&work("compile"), &seconds(*later_compile), &seconds(*compile), exponent(*compile, *later_compile), bar);
    }
    let [_, (_, check, compile), _, (_, later_check, later_compile)] = measured;
    for (what, before, after) in [("check", check, later_check), ("compile", compile, later_compile)] {
        let exponent = (after / before).ln() / 100_f64.ln();
        row(&format!("growth of {what}, 1 000 to 100 000 flags"), "", "", exponent, "<= 1.05");
    }
}
