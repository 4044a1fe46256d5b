//! What people read before they run a command.

use super::Sandbox;

/// The names of all commands, as the help lists them.
fn commands(sandbox: &Sandbox) -> Vec<String> {
    let help = sandbox.run(&["--help"]).exits(0).stdout;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap().to_owned();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.map(|line| line.split_whitespace().next().unwrap().to_owned()).filter(|name| name != "help").collect()
}

#[test]
fn every_command_has_examples_that_it_accepts() {
    let sandbox = Sandbox::empty();
    let commands = commands(&sandbox);
    assert!(commands.len() >= 12, "{commands:?}");
    for command in commands {
        let help = sandbox.run(&[&command, "--help"]).exits(0).stdout;
        let examples = help.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("{command} has no examples: {help}"));
        let own: Vec<&str> =
            examples.lines().filter(|line| line.starts_with(&format!("  flagfall {command}"))).collect();
        assert!(!own.is_empty(), "{command}: {examples}");
        for example in own {
            let words = example.split(" | ").next().unwrap().split(" > ").next().unwrap();
            let mut words: Vec<&str> = words.split_whitespace().skip(1).collect();
            if matches!(command.as_str(), "agent" | "controller") {
                // They go on until they are stopped: their arguments are read up to here.
                words.push("--help");
            }
            let ran = sandbox.run(&words);
            assert!(!ran.stderr.contains("try '--help'"), "{example}: {ran:#?}");
        }
    }
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let sandbox = Sandbox::empty();
    let commands = commands(&sandbox);
    let mut texts: Vec<(String, String)> = ["bash", "elvish", "fish", "powershell", "zsh"]
        .map(|shell| (shell.to_owned(), sandbox.run(&["completions", shell]).exits(0).stdout))
        .into();
    texts.push(("man".to_owned(), sandbox.run(&["man"]).exits(0).stdout));
    for (name, text) in texts {
        for command in &commands {
            assert!(text.contains(command.as_str()), "{name} does not know {command}");
        }
    }
    sandbox.run(&["man", "--out", "man1"]).exits(0).says("man1/flagfall-check.1");
    for command in &commands {
        let page = std::fs::read_to_string(sandbox.path().join(format!("man1/flagfall-{command}.1"))).unwrap();
        assert!(page.contains(&format!("flagfall {command}")) && page.contains("Examples:"), "{command}: {page}");
    }
}
