//! `flagfall check --fix`: what is written, what is not, and what is said about it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that cannot do its part fails the test"
)]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

const CONFIGURATION: &str =
    "edition \"2026\"\nenv test\nrules {\n    allow FF4 reason=\"small\"\n    warn unused-allow\n}\n";

/// A flag with `more` below its variations and `lines` in its waterfall.
fn flag(key: &str, more: &str, lines: &str) -> String {
    format!(
        "flag {key} type=boolean {{\n    variation off #false\n    variation on #true\n{more}    env test enabled=#true {{\n\
         {lines}        otherwise off\n    }}\n}}\n"
    )
}

const UNUSED: &str = "    // The old gate needs it.\n    allow stale-flag reason=\"soon\"\n\n";

struct Sandbox {
    directory: tempfile::TempDir,
}

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Sandbox {
    fn new(files: &[(&str, &str)]) -> Self {
        let sandbox = Self { directory: tempfile::tempdir().unwrap() };
        sandbox.write("flagfall.kdl", CONFIGURATION);
        files.iter().for_each(|(path, text)| sandbox.write(path, text));
        sandbox
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.directory.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        std::fs::write(self.path(path), text).unwrap();
    }

    #[track_caller]
    fn holds(&self, path: impl AsRef<Path>, text: &str) {
        assert_eq!(std::fs::read_to_string(self.directory.path().join(path)).unwrap(), text);
    }

    #[track_caller]
    fn check(&self, arguments: &[&str], code: i32) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flagfall"));
        command.arg("check").args(arguments).current_dir(self.directory.path()).stdin(Stdio::null());
        let output = command.env("SOURCE_DATE_EPOCH", "1796040000").env("NO_COLOR", "1").output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let ran = Ran { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
        ran
    }
}

impl Sandbox {
    /// What a shell makes of a command line of flagfall's.
    fn pasted(&self, line: &str) -> serde_json::Value {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("\"$FLAGFALL\" {line} --json")]).env("FLAGFALL", env!("CARGO_BIN_EXE_flagfall"));
        let output = shell.current_dir(self.directory.path()).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Ran {
    #[track_caller]
    fn says(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "nothing says {part:?}:\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Says it, however its lines are broken.
    #[track_caller]
    fn advises(self, help: &str) -> Self {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&self.stderr).contains(&words(help)), "nothing advises {help:?}:\n{}", self.stderr);
        self
    }

    #[track_caller]
    fn says_not(self, part: &str) -> Self {
        assert!(!self.stderr.contains(part), "{part:?} is said:\n{}\n{}", self.stdout, self.stderr);
        self
    }
}

#[test]
fn what_changes_no_assignment_is_applied_with_its_line_and_the_rest_is_untouched() {
    let sandbox = Sandbox::new(&[("a.kdl", &flag("a", UNUSED, "")), ("b.kdl", &flag("b", "", ""))]);
    sandbox
        .check(&["--fix"], 0)
        .says("fixed a.kdl:5:11 FF4010 unused-allow: `allow stale-flag` suppresses nothing; nobody gets anything else")
        .says("1 file written")
        .says("no findings");
    sandbox.holds("a.kdl", &flag("a", "\n", ""));
    sandbox.holds("b.kdl", &flag("b", "", ""));
    sandbox.check(&["--fix"], 0).says("0 files written").says_not("fixed");
}

#[test]
fn several_findings_of_one_flag_are_applied_one_after_the_other() {
    let more = "    allow stale-flag reason=\"a\"\n    allow json-not-object reason=\"b\"\n";
    let in_env = "        allow number-precision reason=\"c\"\n";
    let sandbox = Sandbox::new(&[("a.kdl", &flag("a", more, in_env)), ("b.kdl", &flag("b", more, ""))]);
    sandbox.check(&["--fix"], 0).says("2 files written").says("no findings");
    sandbox.holds("a.kdl", &flag("a", "", ""));
    sandbox.holds("b.kdl", &flag("b", "", ""));
}

#[test]
fn a_line_of_the_configuration_is_no_flags_text_and_is_removed_too() {
    let sandbox = Sandbox::new(&[("a.kdl", &flag("a", "", ""))]);
    let idle = CONFIGURATION.replace("    warn", "    allow FF5 in=\"old/**\" reason=\"later\"\n    warn");
    sandbox.write("flagfall.kdl", &idle);
    sandbox.check(&["--fix"], 0).says("fixed flagfall.kdl:5:11 FF4010");
    sandbox.holds("flagfall.kdl", CONFIGURATION);
}

#[test]
fn a_dry_run_prints_a_diff_that_applies_and_writes_nothing() {
    let before = flag("a", UNUSED, "");
    let sandbox = Sandbox::new(&[("flags/a.kdl", &before)]);
    let ran =
        sandbox.check(&["--fix", "--dry-run", "--fail-on", "warning"], 1).says("would fix flags/a.kdl:5:11 FF4010");
    sandbox.holds("flags/a.kdl", &before);
    assert!(ran.stdout.starts_with("--- a/flags/a.kdl\n+++ b/flags/a.kdl\n@@ "), "{}", ran.stdout);
    sandbox.write("diff", &ran.stdout);
    let applied = Command::new("git").args(["apply", "diff"]).current_dir(sandbox.directory.path()).status().unwrap();
    assert!(applied.success());
    sandbox.holds("flags/a.kdl", &flag("a", "\n", ""));
}

#[test]
fn what_cannot_be_read_is_left_unless_asked_for() {
    let gate = "    gate g serve=on { or country is US }\n";
    let file = |gate: &str| format!("attribute country string\n{}", flag("a", gate, "        gate g\n"));
    let sandbox = Sandbox::new(&[("a.kdl", &file(gate))]);
    sandbox.check(&["--fix"], 1).says("not applied: a.kdl:5:23 FF1003").says("`flagfall check --fix --unsafe`");
    sandbox.holds("a.kdl", &file(gate));
    sandbox.check(&["--fix", "--unsafe"], 0).says("it could not be read, so it was not served before");
    sandbox.holds("a.kdl", &file(&gate.replace("or", "when")));
}

/// A gate whose pattern takes the digits of all scripts; the edit of FF5003 leaves those of ASCII.
fn digits(pattern: &str) -> String {
    let gate = format!("    gate g serve=on {{ when code matches #\"{pattern}\"# }}\n");
    format!("attribute code string\n{}", flag("a", &gate, "        gate g\n"))
}

#[test]
fn what_changes_assignments_is_named_and_left() {
    let sandbox = Sandbox::new(&[("a.kdl", &digits(r"^\d$"))]);
    let expected = "would change what subjects get; `flagfall check --fix --unsafe` shows how and applies it";
    sandbox.check(&["--fix"], 1).says("not applied: a.kdl:5:44 FF5003 unportable-pattern: ").says(expected);
    sandbox.holds("a.kdl", &digits(r"^\d$"));
}

#[test]
fn with_unsafe_the_exact_effect_is_said_before_it_is_applied_and_its_witness_replays() {
    let sandbox = Sandbox::new(&[("a.kdl", &digits(r"^\d$"))]);
    let ran = sandbox
        .check(&["--fix", "--unsafe"], 0)
        .says("fixed a.kdl:5:44 FF5003 unportable-pattern: ")
        .says("; this changes what subjects get:\n  a in test: `on` (true) → `off` (false) for 100.00 % of ");
    sandbox.holds("a.kdl", &digits("^[0-9]$"));
    let line = ran.stderr.lines().find_map(|line| line.strip_prefix("    flagfall ")).unwrap();
    assert_eq!(sandbox.pasted(line)["variation"], "off", "{line}");
}

#[test]
fn the_witness_of_a_workspace_that_was_named_replays_where_it_was_named() {
    let sandbox = Sandbox::new(&[("my flags/flagfall.kdl", CONFIGURATION), ("my flags/a.kdl", &digits(r"^\d$"))]);
    let ran = sandbox.check(&["my flags", "--fix", "--unsafe", "--json"], 0);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let command = document["fixes"][0]["effects"][0]["witness"]["command"].as_str().unwrap();
    assert!(command.contains(" --env test --workspace 'my flags' --at "), "{command}");
    assert_eq!(sandbox.pasted(command.strip_prefix("flagfall ").unwrap())["variation"], "off", "{command}");
}

#[test]
fn a_dry_run_of_unsafe_says_the_effect_and_writes_nothing() {
    let sandbox = Sandbox::new(&[("a.kdl", &digits(r"^\d$"))]);
    let ran = sandbox.check(&["--fix", "--unsafe", "--dry-run", "--json"], 1);
    sandbox.holds("a.kdl", &digits(r"^\d$"));
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let fix = &document["fixes"][0];
    assert_eq!((&fix["applied"], &fix["safe"]), (&true.into(), &false.into()));
    let effect = &fix["effects"][0];
    assert_eq!((&effect["flag"], &effect["environment"]), (&"a".into(), &"test".into()), "{effect:#}");
    assert_eq!((&effect["from"]["variation"], &effect["to"]["variation"]), (&"on".into(), &"off".into()));
    assert_eq!((&effect["least"]["percent"], &effect["most"]["numerator"]), (&"100.00".into(), &1.into()));
    assert!(effect["witness"]["attributes"]["code"].is_string(), "{effect:#}");
}

#[test]
fn what_is_written_otherwise_and_compared_the_same_is_applied() {
    let file = |number: &str| {
        let gate = format!("    gate g serve=on {{ when age is {number} }}\n");
        format!("attribute age number\n{}", flag("a", &gate, "        gate g\n"))
    };
    let sandbox = Sandbox::new(&[("a.kdl", &file("010"))]);
    sandbox.check(&["--fix"], 0).says("FF5005 uncanonical-list-value").says("nobody gets anything else");
    sandbox.holds("a.kdl", &file("10"));
}

#[test]
fn an_error_in_one_flag_stops_proofs_there_and_nowhere_else() {
    let broken = flag("b", UNUSED, "        gate nobody\n");
    let sandbox = Sandbox::new(&[("a.kdl", &flag("a", UNUSED, "")), ("b.kdl", &broken)]);
    sandbox.check(&["--fix"], 1).says("fixed a.kdl:5:11 FF4010").says_not("fixed b.kdl").says("1 file written");
    sandbox.holds("b.kdl", &broken);
}

#[test]
fn an_error_in_what_flags_share_stops_all_proofs() {
    let file = flag("a", UNUSED, "");
    let sandbox = Sandbox::new(&[("a.kdl", &file), ("s.kdl", "segment s {\n    when nothing is there\n}\n")]);
    sandbox
        .check(&["--fix"], 1)
        .says("not applied: a.kdl:5:11 FF4010")
        .says("nothing can be proved until the errors of families FF0 and FF1 are corrected");
    sandbox.holds("a.kdl", &file);
}

#[test]
fn json_says_of_each_finding_with_edits_what_became_of_it() {
    let sandbox = Sandbox::new(&[("a.kdl", &flag("a", UNUSED, ""))]);
    let document = |ran: &Ran| serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap();
    let dry = document(&sandbox.check(&["--fix", "--dry-run", "--json"], 0));
    assert!(dry["diff"].as_str().unwrap().contains("-    allow stale-flag"), "{dry:#}");
    let ran = document(&sandbox.check(&["--fix", "--json"], 0));
    assert_eq!(ran["schema"], "flagfall.check/1");
    assert_eq!(ran["findings"], serde_json::json!([]));
    let fix = &ran["fixes"][0];
    assert_eq!((&fix["applied"], &fix["safe"], &fix["effects"]), (&true.into(), &true.into(), &serde_json::json!([])));
    assert_eq!((&fix["finding"]["id"], &fix["finding"]["place"]["line"]), (&"FF4010".into(), &5.into()));
    assert!(document(&sandbox.check(&["--json"], 0)).get("fixes").is_none());
}

#[test]
fn files_keep_their_mode_and_links_stay_links() {
    let sandbox = Sandbox::new(&[("kept/a.v1", &flag("a", UNUSED, ""))]);
    std::fs::set_permissions(sandbox.path("kept/a.v1"), std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("kept/a.v1", sandbox.path("a.kdl")).unwrap();
    sandbox.check(&["--fix"], 0).says("fixed a.kdl:5:11");
    sandbox.holds("kept/a.v1", &flag("a", "\n", ""));
    assert!(sandbox.path("a.kdl").symlink_metadata().unwrap().is_symlink());
    assert_eq!(sandbox.path("kept/a.v1").metadata().unwrap().permissions().mode() & 0o777, 0o640);
    let names = std::fs::read_dir(sandbox.path("kept")).unwrap().count();
    assert_eq!(names, 1, "temporary files are left");
}

#[test]
fn unsafe_and_dry_run_are_nothing_without_fix() {
    let sandbox = Sandbox::new(&[]);
    sandbox.check(&["--unsafe"], 2).says("--fix");
    sandbox.check(&["--dry-run"], 2).says("--fix");
}

/// Staff in the US are wanted by both lines.
const STEPS: &str = "    gate staff serve=on { when email ends-with \"@example.com\" }\n    gate germans serve=off { when country is DE }\n    \
                     experiment copy {\n        split off=50 on=50\n        when country is US\n    }\n";

/// A flag with `steps`, and `lines` in its waterfall, about people.
fn people(steps: &str, lines: &str) -> String {
    let attributes = "attribute age number\nattribute country string\nattribute email string\n";
    format!("{attributes}{}", flag("a", steps, lines))
}

#[test]
fn a_gate_below_an_experiment_is_moved_only_where_its_effect_may_be() {
    let late =
        people(STEPS, "        experiment copy \"5%\"\n        gate germans\n        // Us.\n        gate staff\n");
    let order =
        "help: move `gate staff` above `experiment copy`, so that the order is `gate staff`, `experiment copy`,";
    let sandbox = Sandbox::new(&[("a.kdl", &late)]);
    sandbox.check(&[], 1).advises(order);
    sandbox
        .check(&["--fix"], 1)
        .says("not applied: a.kdl:17:9 FF2005 gate-below-experiment: `copy` enrols subjects of the gate `staff`")
        .says("would change what subjects get; `flagfall check --fix --unsafe` shows how and applies it")
        .says("0 files written");
    sandbox.holds("a.kdl", &late);
    // Half of the exposed 5 % were `off`; the other half stay `on`, and are not logged any more.
    sandbox
        .check(&["--fix", "--unsafe"], 0)
        .says("fixed a.kdl:17:9 FF2005")
        .says("; this changes what subjects get:\n  a in test: `off` (false) → `on` (true) for 2.50 % of ")
        .says(
            "  a in test: `on` (true) as `copy/test`, logged → `on` (true) as `staff/test`, not logged for 2.50 % of ",
        )
        .says("no findings");
    sandbox.holds(
        "a.kdl",
        &people(STEPS, "        // Us.\n        gate staff\n        experiment copy \"5%\"\n        gate germans\n"),
    );
    sandbox.check(&[], 0).says("no findings");
}

#[test]
fn a_gate_whose_contested_subjects_are_taken_above_stands_right() {
    let overlap = "when country is DE\n        or { country is US; email is \"a@example.com\" }";
    let steps = STEPS.replace("when country is DE", overlap);
    let lines = "        gate staff\n        experiment copy \"5%\"\n        gate germans\n";
    Sandbox::new(&[("a.kdl", &people(&steps, lines))]).check(&["--fix"], 0).says("0 files written").says("no findings");
}

const BETA: &str = "    gate all serve=on\n    gate beta serve=off { when country is US }\n";

#[test]
fn a_step_nobody_reaches_is_moved_above_those_that_take_everyone() {
    let otherwise = |text: String| text.replace("        otherwise off\n", "");
    let late = otherwise(people(BETA, "        gate all\n        gate beta // soon\n"));
    let sandbox = Sandbox::new(&[("a.kdl", &late)]);
    let refused = "not applied: a.kdl:11:9 FF2003 unreachable-step: nobody reaches `beta` in `test`: would change what";
    sandbox
        .check(&["--fix"], 1)
        .says(refused)
        .advises("help: move `gate beta` above `gate all`, or remove it from this environment");
    sandbox.holds("a.kdl", &late);
    let effect = "  a in test: `on` (true) → `off` (false) for 100.00 % of the subjects with the same attributes\n";
    sandbox.check(&["--fix", "--unsafe"], 0).says(effect).says("no findings");
    sandbox.holds("a.kdl", &otherwise(people(BETA, "        gate beta // soon\n        gate all\n")));
}

#[test]
fn a_move_that_nobody_can_tell_is_applied_without_asking() {
    let otherwise = |text: String| text.replace("        otherwise off\n", "");
    let steps = BETA.replace("serve=off", "serve=on");
    let sandbox = Sandbox::new(&[("a.kdl", &otherwise(people(&steps, "        gate all\n        gate beta\n")))]);
    sandbox
        .check(&["--fix"], 0)
        .says("fixed a.kdl:11:9 FF2003")
        .says("; nobody gets anything else")
        .says("no findings");
    sandbox.holds("a.kdl", &otherwise(people(&steps, "        gate beta\n        gate all\n")));
}

#[test]
fn an_otherwise_that_nobody_reaches_is_removed_where_that_is_proved_for_every_value() {
    let steps =
        "    gate known serve=on { when country not-null }\n    gate unknown serve=on { when country is-null }\n";
    let all = people(steps, "        gate known\n        gate unknown\n");
    let sandbox = Sandbox::new(&[("a.kdl", &all)]);
    sandbox.check(&["--fix"], 0).says("FF2003 unreachable-step: nobody reaches `otherwise`").says("no findings");
    sandbox.holds("a.kdl", &all.replace("        otherwise off\n", ""));
    let gates = "    gate adults serve=on { when age gte 18 }\n    gate minors serve=on { when age lt 18 }\n    gate unknown \
                 serve=on { when age is-null }\n";
    // Who passes text for the age gets there.
    let typed = people(gates, "        gate adults\n        gate minors\n        gate unknown\n");
    let sandbox = Sandbox::new(&[("a.kdl", &typed)]);
    sandbox.check(&["--fix"], 1).says("not applied: a.kdl:14:9 FF2003").says("would change what subjects get");
    sandbox.holds("a.kdl", &typed);
}

#[test]
fn where_no_order_is_right_none_is_proposed() {
    let last = |steps: &str, lines: &str, help: &str, code: i32| {
        let text = people(steps, lines).replace("        otherwise off\n", "");
        let sandbox = Sandbox::new(&[("a.kdl", &text)]);
        sandbox.check(&["--fix", "--unsafe"], code).advises(help).says_not("applied").says("0 files written");
        sandbox.holds("a.kdl", &text);
    };
    let steps = format!("{STEPS}    gate all serve=on\n    gate usa serve=off {{ when country is US }}\n");
    last(
        &steps,
        "        experiment copy \"5%\"\n        gate all\n",
        "help: write `otherwise on` instead of `gate all`: above `experiment copy` it would leave it nobody",
        1,
    );
    last(
        &steps,
        "        experiment copy \"5%\"\n        gate usa\n",
        "help: target one of them at fewer: above `experiment copy`, `gate usa` would leave it nobody",
        1,
    );
    last(
        &steps,
        "        gate all\n        experiment copy \"5%\"\n",
        "help: write `otherwise on` instead of `gate all`, or remove `experiment copy` from this environment",
        1,
    );
    let twice = "    gate one serve=on { when country is US }\n    gate two serve=off { when country is US }\n";
    let help = "help: target `gate one` at fewer, or remove `gate two` from this environment";
    last(twice, "        gate one\n        gate two\n", help, 1);
    last(
        &BETA.replace("gate all", "gate kill"),
        "        gate kill override=\"INC-1\"\n        gate beta\n",
        "help: remove `gate kill` when the incident is over",
        0,
    );
    let everyone = format!("{BETA}    experiment e {{ split off=50 on=50 }}\n");
    last(
        &everyone,
        "        experiment e\n        gate all\n",
        "help: target `experiment e` at fewer, or remove `gate all`",
        1,
    );
    last(&everyone, "        experiment e\n        gate all\n", "help: target one of them at fewer", 1);
    last(&everyone, "        gate all\n        experiment e\n", "help: target `gate all` at fewer, or remove", 1);
}

#[test]
fn two_findings_that_propose_one_move_apply_it_once() {
    // All of the experiment's audience is exposed, so that the gate gets nobody.
    let both = STEPS.replace("ends-with \"@example.com\"", "ends-with \"@example.com\"; country is US");
    let steps = both.replace("{ when email", "{ when { email").replace("country is US }", "country is US } }");
    let sandbox = Sandbox::new(&[("a.kdl", &people(&steps, "        experiment copy\n        gate staff\n"))]);
    sandbox.check(&[], 1).says("FF2003").says("FF2005");
    let ran = sandbox.check(&["--fix", "--unsafe"], 0).says("no findings");
    assert_eq!(ran.stderr.matches("fixed a.kdl").count(), 1, "{}", ran.stderr);
    sandbox.holds("a.kdl", &people(&steps, "        gate staff\n        experiment copy\n"));
}

#[test]
fn several_wrong_orders_end_in_a_right_one() {
    let more = "    gate bavarians serve=on { when { country is DE; email ends-with \".bayern\" } }\n    gate small serve=on \
                { when age lt 3 }\n    experiment price {\n        split off=50 on=50\n        when country is FR\n    }\n";
    let steps = format!("{STEPS}{more}");
    let wrong = "        experiment copy \"5%\"\n        gate germans\n        experiment price \"10%\"\n        gate small\n        \
                 gate bavarians\n        gate staff\n";
    let sandbox = Sandbox::new(&[("a.kdl", &people(&steps, wrong)), ("b.kdl", &flag("b", "", ""))]);
    let ran = sandbox.check(&["--fix", "--unsafe"], 0).says("1 file written").says("no findings");
    assert!(ran.stderr.matches("; this changes what subjects get:").count() >= 3, "{}", ran.stderr);
    sandbox.check(&[], 0).says("no findings");
    let after = std::fs::read_to_string(sandbox.path("a.kdl")).unwrap();
    let at = |line: &str| after.rfind(line).unwrap();
    let experiments = ["experiment copy \"5%\"", "experiment price \"10%\""].map(at);
    let gates = ["gate staff", "gate small"].map(at);
    assert!(gates.iter().all(|gate| experiments.iter().all(|experiment| gate < experiment)), "{after}");
    assert!(at("gate bavarians") < at("gate germans"), "{after}");
    sandbox.check(&["--fix", "--unsafe"], 0).says("0 files written");
}

#[test]
fn a_redundant_condition_and_a_covered_alternative_are_removed_and_nobody_changes() {
    let conditions = |when: &str| {
        let steps = format!("    gate g serve=on {{\n{when}    }}\n");
        people(&steps, "        gate g\n")
    };
    let written = "        // Grown-ups.\n        when {\n            age not-null\n            age gte 18 // by law\n            \
                   age gt 10\n        }\n        or {\n            age gte 21\n            country is US\n        }\n";
    let sandbox = Sandbox::new(&[("a.kdl", &conditions(written))]);
    let ran = sandbox.check(&["--fix"], 0).says("no findings").says_not("not applied");
    assert_eq!(ran.stderr.matches("; nobody gets anything else").count(), 3, "{}", ran.stderr);
    let kept = "        // Grown-ups.\n        when {\n            age gte 18 // by law\n        }\n";
    sandbox.holds("a.kdl", &conditions(kept));
}

#[test]
fn a_condition_of_a_segment_is_removed_where_no_flag_that_uses_it_changes() {
    let segment = "attribute country string\nsegment s {\n    when {\n        country is US\n        country one-of US CA\n    }\n}\n";
    let gate = "    gate g serve=on { when in-segment s }\n";
    let text = |key: &str| flag(key, gate, "        gate g\n");
    let sandbox = Sandbox::new(&[("s.kdl", segment), ("a.kdl", &text("a")), ("b.kdl", &text("b"))]);
    sandbox.check(&["--fix"], 0).says("fixed s.kdl:5:9 FF2002").says("; nobody gets anything else");
    sandbox.holds("s.kdl", &segment.replace("        country one-of US CA\n", ""));
    sandbox.holds("a.kdl", &text("a"));
}

#[test]
fn wrong_orders_of_several_flags_are_corrected_together_and_each_says_its_own_effect() {
    let late = |key: &str, share: &str| {
        let lines = format!("        experiment copy \"{share}\"\n        gate staff\n");
        flag(key, STEPS, &lines)
    };
    let attributes = "attribute age number\nattribute country string\nattribute email string\n";
    let both = format!("{attributes}{}{}", late("a", "5%"), late("b", "10%"));
    let sandbox = Sandbox::new(&[("a.kdl", &both), ("c.kdl", &flag("c", UNUSED, ""))]);
    let ran = sandbox
        .check(&["--fix", "--unsafe"], 0)
        .says("  a in test: `off` (false) → `on` (true) for 2.50 % of ")
        .says("  b in test: `off` (false) → `on` (true) for 5.00 % of ")
        .says("; nobody gets anything else\n")
        .says("2 files written");
    assert_eq!(ran.stderr.matches("; this changes what subjects get:").count(), 2, "{}", ran.stderr);
    sandbox.check(&[], 0).says("no findings");
}
