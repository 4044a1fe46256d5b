//! The same flags and tests for flagfall and for Featurevisor (in Node), as child processes: CPU seconds of checking, building and
//! testing. Node and npm are used where they are, and their absence is said.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark of something broken must not go on, and says what it measured"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};

/// The version of `@featurevisor/cli` that is measured.
const PEER: &str = "1.11.1";
/// Cases a flag.
const CASES: usize = 5;
const PLANS: [&str; CASES] = ["free", "pro", "team", "enterprise", "trial"];

fn main() {
    let trial = std::env::args().any(|argument| argument == "--test");
    let sizes: &[usize] = if trial { &[20] } else { &[1_000, 5_000] };
    let directory = tempfile::tempdir().unwrap();
    let peer = directory.path().join("peer");
    std::fs::create_dir(&peer).unwrap();
    let there = install(&peer);
    if !there {
        println!("Featurevisor: not run: node or npm is not here, or npm could not install @featurevisor/cli@{PEER}");
    }
    println!("{:>6} {:28} {:>10} {:>14} {:>7}", "flags", "CPU seconds", "flagfall", "featurevisor", "ratio");
    for size in sizes {
        let ours = directory.path().join(format!("flagfall-{size}"));
        write_ours(&ours, *size);
        let theirs = peer.join(format!("project-{size}"));
        write_theirs(&theirs, *size);
        let check = flagfall(&ours, &["check", "."]);
        let compile = flagfall(&ours, &["compile", ".", "--out", "out"]);
        let test = flagfall(&ours, &["test", "."]);
        let [lint, build] = ["lint", "build"].map(|command| there.then(|| featurevisor(&theirs, command)));
        // Of more flags its tests take hours.
        let tested = (there && *size <= 1_000).then(|| featurevisor(&theirs, "test"));
        row(*size, "check + compile, lint + build", check + compile, lint.zip(build).map(|(lint, build)| lint + build));
        row(*size, &format!("test, {} cases", size * CASES), test, tested);
    }
}

fn row(size: usize, work: &str, ours: f64, theirs: Option<f64>) {
    match theirs {
        Some(theirs) => println!("{size:>6} {work:28} {ours:>10.2} {theirs:>14.2} {:>7.0}", theirs / ours),
        None => println!("{size:>6} {work:28} {ours:>10.2} {:>14} {:>7}", "not run", ""),
    }
}

fn install(peer: &Path) -> bool {
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix", "."])
        .arg(format!("@featurevisor/cli@{PEER}"));
    let mut installed = || npm.current_dir(peer).stdout(Stdio::null()).stderr(Stdio::null()).status();
    node.is_ok_and(|status| status.success()) && installed().is_ok_and(|status| status.success())
}

fn flagfall(directory: &Path, arguments: &[&str]) -> f64 {
    measured(Command::new(env!("CARGO_BIN_EXE_flagfall")).args(arguments).current_dir(directory))
}

fn featurevisor(project: &Path, command: &str) -> f64 {
    measured(Command::new("../node_modules/.bin/featurevisor").arg(command).current_dir(project))
}

/// The CPU seconds of a child that has to succeed.
fn measured(command: &mut Command) -> f64 {
    let before = children();
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    children() - before
}

fn children() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    [usage.user_time(), usage.system_time()].iter().map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6).sum()
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Each flag has a gate for staff, a gate for a plan, and an experiment that half of everybody is exposed to.
fn write_ours(directory: &Path, flags: usize) {
    let configuration =
        "edition \"2026\"\n\nenv test\nenv staging\nenv production\n\nrules { allow missing-expiry missing-owner }\n";
    write(&directory.join("flagfall.kdl"), configuration);
    let vocabulary = format!(
        "attribute email string\nattribute plan string {{ one-of {} }}\n\nsegment staff {{ when email ends-with \"@example.com\" }}\n",
        PLANS.join(" ")
    );
    write(&directory.join("vocabulary.kdl"), &vocabulary);
    for number in 0..flags {
        let plan = PLANS.get(number % CASES).unwrap();
        let text = format!(
            "flag flag-{number} type=string {{\n    description \"Flag {number}\"\n    variation control control\n    variation bold bold\n\n    \
             gate staff serve=bold {{ when in-segment staff }}\n    gate plan serve=bold {{ when plan is {plan} }}\n    \
             experiment copy {{\n        split control=50 bold=50\n        when plan not-one-of {plan}\n    }}\n\n    \
             env test enabled=#true {{\n        otherwise control\n    }}\n    env staging enabled=#true {{\n        otherwise control\n    }}\n    \
             env production enabled=#true {{\n        gate staff\n        gate plan\n        experiment copy \"50%\"\n    }}\n}}\n"
        );
        write(&directory.join(format!("definitions/flag-{number}.kdl")), &text);
        let mut cases = format!("tests flag-{number} {{\n");
        for case in 0..CASES {
            let _ = writeln!(
                cases,
                "    case \"staff {case}\" env=production {{\n        subject user-{case} email=\"{case}@example.com\" plan={}\n        expect bold\n    }}",
                PLANS.get(case).unwrap()
            );
        }
        write(&directory.join(format!("definitions/flag-{number}.test.kdl")), &(cases + "}\n"));
    }
}

fn write_theirs(project: &Path, flags: usize) {
    write(
        &project.join("featurevisor.config.js"),
        "module.exports = { tags: [\"all\"], environments: [\"test\", \"staging\", \"production\"] };\n",
    );
    for attribute in ["userId", "email", "plan"] {
        write(
            &project.join(format!("attributes/{attribute}.yml")),
            &format!("description: {attribute}\ntype: string\n"),
        );
    }
    let condition = |attribute: &str, operator: &str, value: &str| {
        format!(
            "description: made up\nconditions:\n  - attribute: {attribute}\n    operator: {operator}\n    value: \"{value}\"\n"
        )
    };
    write(&project.join("segments/staff.yml"), &condition("email", "endsWith", "@example.com"));
    for plan in PLANS {
        write(&project.join(format!("segments/{plan}.yml")), &condition("plan", "equals", plan));
        write(&project.join(format!("segments/not-{plan}.yml")), &condition("plan", "notEquals", plan));
    }
    for number in 0..flags {
        let plan = PLANS.get(number % CASES).unwrap();
        let rule = |key: &str, segment: &str, percentage: u32, rest: &str| {
            format!("      - key: {key}\n        segments: \"{segment}\"\n        percentage: {percentage}\n{rest}")
        };
        let everyone = rule("everyone", "*", 100, "        variation: control\n");
        let bold = "        variation: bold\n";
        let text = format!(
            "description: Flag {number}\ntags: [all]\nbucketBy: userId\nvariations:\n  - value: control\n    weight: 50\n  - value: bold\n    weight: 50\n\
             environments:\n  test:\n    rules:\n{everyone}  staging:\n    rules:\n{everyone}  production:\n    rules:\n{}{}{}",
            rule("staff", "staff", 100, bold),
            rule("plan", plan, 100, bold),
            rule("copy", &format!("not-{plan}"), 50, ""),
        );
        write(&project.join(format!("features/flag-{number}.yml")), &text);
        let mut cases = format!("feature: flag-{number}\nassertions:\n");
        for case in 0..CASES {
            let _ = writeln!(
                cases,
                "  - at: {}\n    environment: production\n    context: {{ userId: user-{case}, email: \"{case}@example.com\", plan: {} }}\n    expectedToBeEnabled: true\n    expectedVariation: bold",
                20 * case,
                PLANS.get(case).unwrap()
            );
        }
        write(&project.join(format!("tests/flag-{number}.spec.yml")), &cases);
    }
}
