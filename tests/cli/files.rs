//! Files that must not or cannot be read.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;

use super::{Ran, Sandbox, flag};

/// The lines of `check --format plain`.
fn plain(sandbox: &Sandbox) -> Ran {
    sandbox.run(&["check", "--format", "plain"])
}

#[test]
fn bytes_that_are_not_utf8_are_reported_where_they_are() {
    let sandbox = Sandbox::workspace();
    sandbox.write("good.kdl", flag("good"));
    sandbox.write("latin1.kdl", b"// first\n\xc3\xa4 K\xf6ln\n");
    sandbox.write("utf16.kdl", b"\xff\xfea\0t\0");
    let ran = plain(&sandbox).exits(1);
    assert!(ran.stdout.contains("latin1.kdl:2:4: error[FF0002] not-utf8: `latin1.kdl` is not UTF-8 text"), "{ran:?}");
    assert!(ran.stdout.contains("utf16.kdl:1:1: error[FF0002] not-utf8: `utf16.kdl` is UTF-16 text"), "{ran:?}");
    assert_eq!(ran.stdout.lines().count(), 2, "{ran:?}");
    sandbox.run(&["check"]).exits(1).says("the first byte that is not UTF-8").says("2 │ ä K�ln");
}

#[test]
fn files_over_one_mebibyte_are_refused_and_those_of_exactly_one_are_read() {
    let sandbox = Sandbox::workspace();
    sandbox.write("exact.kdl", " ".repeat(1 << 20));
    plain(&sandbox).exits(0);
    sandbox.write("large.kdl", " ".repeat((1 << 20) + 1));
    plain(&sandbox).exits(1).says("large.kdl:1:1: error[FF0003] file-too-large: `large.kdl` is larger than 1 MiB");
    sandbox.run(&["check"]).exits(1).says("  in large.kdl\n");
}

#[test]
fn links_that_leave_the_workspace_are_refused_and_those_inside_read_once() {
    let outside = Sandbox::empty();
    let secret = outside.write("secret.kdl", "typo\n");
    let sandbox = Sandbox::workspace();
    sandbox.write("a.kdl", flag("a"));
    sandbox.write("versions/b.v2", flag("b"));
    sandbox.link("again.kdl", "a.kdl");
    sandbox.link("b.kdl", "versions/b.v2");
    sandbox.link("circle", ".");
    sandbox.run(&["check"]).exits(0).says("no findings: 2 flags");
    sandbox.link("file.kdl", &secret);
    sandbox.link("directory", outside.path());
    let ran = plain(&sandbox).exits(1);
    assert!(ran.stdout.contains("file.kdl:1:1: error[FF0004] outside-link"), "{ran:?}");
    assert!(ran.stdout.contains("directory:1:1: error[FF0004] outside-link"), "{ran:?}");
    assert_eq!(ran.stdout.lines().count(), 2, "{ran:?}");
}

#[test]
fn data_files_may_not_be_links_that_leave_the_workspace() {
    let outside = Sandbox::empty();
    let ids = outside.write("ids.txt", "acct-1\n");
    let sandbox = Sandbox::workspace();
    sandbox.link("ids.txt", &ids);
    sandbox.write("a.kdl", "segment qa { when id one-of file=\"ids.txt\" }\n");
    let ran = plain(&sandbox).exits(1);
    assert!(ran.stdout.contains("a.kdl:1:"), "{ran:?}");
    assert!(ran.stdout.contains("error[FF0004] outside-link: `ids.txt` is a symbolic link that leaves"), "{ran:?}");
    assert!(!ran.stdout.contains("FF1047"), "one finding is enough: {ran:?}");
}

#[test]
fn what_git_ignores_is_left_out_with_a_warning_unless_tracked() {
    let sandbox = Sandbox::workspace();
    sandbox.git(&["init", "-q"]);
    sandbox.write(".gitignore", "*.local.kdl\nscratch/\nbuild/\n");
    sandbox.write("a.kdl", flag("a"));
    sandbox.write("tracked.local.kdl", flag("b"));
    sandbox.git(&["add", "-f", "."]);
    sandbox.write("mine.local.kdl", "typo\n");
    sandbox.write("scratch/deep/c.kdl", "typo\n");
    sandbox.write("build/output.json", "{}");
    let ran = plain(&sandbox).exits(0);
    assert!(
        ran.stdout.contains("mine.local.kdl:1:1: warning[FF0005] ignored-file: git ignores `mine.local.kdl`"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("scratch:1:1: warning[FF0005] ignored-file: git ignores `scratch`"), "{ran:?}");
    assert_eq!(ran.stdout.lines().count(), 2, "{ran:?}");
    sandbox.run(&["check"]).exits(0).says("2 warnings");
}

#[test]
fn what_cannot_be_read_is_a_failure_not_a_finding() {
    let dangling = Sandbox::workspace();
    dangling.link("gone.kdl", "nowhere.kdl");
    dangling.run(&["check"]).exits(2).says("error: cannot read `gone.kdl`: no such file or directory");
    let circle = Sandbox::workspace();
    circle.link("a.kdl", "b.kdl");
    circle.link("b.kdl", "a.kdl");
    circle.run(&["check"]).exits(2).says("cannot read `a.kdl`");
    let configuration = Sandbox::empty();
    configuration.write("flagfall.kdl/x", "");
    configuration.run(&["check", "."]).exits(2).says("cannot read `flagfall.kdl`: it is not a regular file");
    let pipe = Sandbox::workspace();
    let made = std::process::Command::new("mkfifo").arg(pipe.path().join("pipe.kdl")).status().unwrap();
    assert!(made.success());
    pipe.run(&["check"]).exits(2).says("cannot read `pipe.kdl`: it is not a regular file");
}

#[test]
fn files_and_directories_without_permission_are_failures() {
    for (path, forbidden, said) in [
        ("a.kdl", "a.kdl", "cannot read `a.kdl`: permission denied"),
        ("below/a.kdl", "below", "cannot read the directory `below`: permission denied"),
    ] {
        let sandbox = Sandbox::workspace();
        sandbox.write(path, flag("a"));
        std::fs::set_permissions(sandbox.path(), Permissions::from_mode(0o755)).unwrap();
        std::fs::set_permissions(sandbox.path().join(forbidden), Permissions::from_mode(0o000)).unwrap();
        let mut command = sandbox.command(&["check"]);
        // Nothing is forbidden to root, so root runs it as nobody.
        if std::fs::read(sandbox.path().join("a.kdl")).is_ok()
            || std::fs::read_dir(sandbox.path().join("below")).is_ok()
        {
            command.uid(65534);
        }
        let output = match command.output() {
            Ok(output) => output,
            Err(error) => {
                println!("not tested: nobody may not run {}: {error}", env!("CARGO_BIN_EXE_flagfall"));
                continue;
            }
        };
        Ran::of(&output).exits(2).says(said);
        std::fs::set_permissions(sandbox.path().join(forbidden), Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn windows_line_ends_byte_order_marks_empty_files_and_odd_names_are_fine() {
    let sandbox = Sandbox::workspace();
    sandbox.write("empty.kdl", "");
    sandbox.write("only mark.kdl", "\u{feff}");
    sandbox.write("crlf.kdl", flag("crlf").replace('\n', "\r\n"));
    sandbox.write("mark.kdl", format!("\u{feff}{}", flag("mark")));
    sandbox.write("größe/日本 語.kdl", flag("names"));
    sandbox.run(&["check"]).exits(0).says("no findings: 3 flags, 2 environments");
    sandbox.write("größe/日本 語.kdl", "typo\n");
    plain(&sandbox).exits(1).says("größe/日本 語.kdl:1:1: error[FF1001]");
}
