//! The histories: what a team commits.

use crate::repository::Repository;

/// A commit: what its golden file is called, its title, and what it changes.
pub(crate) type Commit = (&'static str, &'static str, fn(&Repository));

const CONFIGURATION: &str =
    "edition \"2026\"\n\nenv test\nenv production protected=#true\n\nrules { allow FF4 reason=\"an example\"; }\n";

const VOCABULARY: &str = "attribute email string
attribute country string { one-of US CA GB DE }
attribute plan string { one-of free pro enterprise }
attribute app-version semver

segment staff { when email ends-with \"@example.com\" }
segment north-america { when country one-of US CA }
";

/// A workspace without flags, committed.
pub(crate) fn workspace() -> Repository {
    let repository = Repository::empty();
    repository.write("flags/flagfall.kdl", CONFIGURATION);
    repository.write("flags/vocabulary.kdl", VOCABULARY);
    repository.commit("Start the workspace");
    repository
}

const TESTS: &str = "flags/new-user-onboarding.test.kdl";
const ONBOARDING: &str = "flags/new-user-onboarding.kdl";

/// The life that `examples/quickstart` tells.
pub(crate) fn quickstart() -> Vec<Commit> {
    vec![
        ("1-test", "Onboarding: on in test", |repository| {
            repository.write(
                ONBOARDING,
                r#"flag new-user-onboarding type=boolean owner=growth expires="2027-03-31" {
    description "New onboarding page for people who just signed up"
    code-default #false

    variation off #false // shards follow this order: the control first
    variation on #true

    gate staff-preview serve=on { when in-segment staff }
    gate qa-account serve=on log=#true { when id is acct-qa-1 }
    experiment onboarding-test {
        split off=50 on=50
        when {
            country one-of US CA GB
            app-version gte "2.4.0"
        }
        or plan is enterprise
    }

    env test enabled=#true {
        otherwise on
    }
}
"#,
            );
        }),
        ("2-dark", "Onboarding: dark in production", |repository| {
            let dark = "        otherwise on\n    }\n    env production enabled=#true {\n    }\n";
            repository.edit(ONBOARDING, "        otherwise on\n    }\n", dark);
        }),
        ("3-test-account", "Onboarding: the test account sees it in production", |repository| {
            let here = "env production enabled=#true {\n";
            repository.edit(ONBOARDING, here, &format!("{here}        gate qa-account\n"));
            repository.write(TESTS, "tests new-user-onboarding {\n    case \"the test account sees it\" env=production {\n        subject acct-qa-1\n        expect on\n    }\n}\n");
        }),
        ("4-canary", "Onboarding: a canary of 5 %", |repository| {
            repository.edit(
                ONBOARDING,
                "        gate qa-account\n",
                "        gate staff-preview\n        gate qa-account\n        experiment onboarding-test \"5%\"\n",
            );
            let case = "    case \"half of five percent\" env=production {\n        given country=US app-version=\"2.4.0\"\n        share on \"2.5%\"\n    }\n";
            repository.edit(TESTS, "tests new-user-onboarding {\n", &format!("tests new-user-onboarding {{\n{case}"));
        }),
        ("5-ramp", "Onboarding: everybody targeted", |repository| {
            repository.edit(ONBOARDING, "onboarding-test \"5%\"", "onboarding-test \"100%\"");
            repository.edit(TESTS, "\"half of five percent\"", "\"half of everybody targeted\"");
            repository.edit(TESTS, "share on \"2.5%\"", "share on \"50%\"");
        }),
        ("6-completion", "Onboarding: completed, the winner for everyone new", |repository| {
            let declared = "attribute app-version semver\n";
            repository.edit("flags/vocabulary.kdl", declared, &format!("{declared}attribute first-seen number\n"));
            repository.edit(
                ONBOARDING,
                "experiment onboarding-test \"100%\"",
                "experiment onboarding-test { closed by=first-seen at=\"2027-01-15T00:00:00Z\" }\n        otherwise on",
            );
        }),
        ("7-emergency", "Onboarding: off for everybody (INC-17)", |repository| {
            let experiment = "    experiment onboarding-test {\n";
            repository.edit(ONBOARDING, experiment, &format!("    gate kill serve=off\n{experiment}"));
            repository.edit(
                ONBOARDING,
                "        gate staff-preview\n",
                "        gate kill override=\"INC-17\" until=\"2027-02-01\"\n        gate staff-preview\n",
            );
        }),
    ]
}

const CHECKOUT: &str = "flags/checkout.kdl";

/// A flag whose experiment runs, committed.
pub(crate) fn checkout() -> Repository {
    let repository = workspace();
    repository.write(
        CHECKOUT,
        r#"flag checkout type=string owner=checkout expires="2027-03-31" {
    description "The button that ends the checkout"
    variation control "Pay"
    variation bold "Pay now!"
    variation calm "Continue"

    gate staff-preview serve=bold { when in-segment staff }
    gate partners serve=calm { when plan is enterprise }
    experiment copy-test {
        split control=50 bold=25 calm=25
        when {
            country one-of US CA GB
            plan one-of free pro
        }
    }

    env test enabled=#true {
        otherwise control
    }
    env production enabled=#true {
        gate staff-preview
        gate partners "50%"
        experiment copy-test "40%"
        otherwise control
    }
}
"#,
    );
    repository.commit("Checkout: the words of the button are tested");
    repository
}

/// Edits of the one flag, each by itself.
pub(crate) fn edits() -> Vec<Commit> {
    vec![
        ("reorder", "Checkout: partners before staff", |repository| {
            repository.edit(
                CHECKOUT,
                "        gate staff-preview\n        gate partners \"50%\"\n",
                "        gate partners \"50%\"\n        gate staff-preview\n",
            );
        }),
        ("reorder-below-experiment", "Checkout: staff after the test", |repository| {
            repository.edit(CHECKOUT, "        gate staff-preview\n", "");
            let experiment = "        experiment copy-test \"40%\"\n";
            repository.edit(
                CHECKOUT,
                experiment,
                &format!("{experiment}        gate staff-preview override=\"asked by support\"\n"),
            );
        }),
        ("deleted-variation", "Checkout: without calm", |repository| {
            repository.edit(CHECKOUT, "    variation calm \"Continue\"\n", "");
            repository.edit(CHECKOUT, "bold=25 calm=25", "bold=25");
            repository.edit(CHECKOUT, "    gate partners serve=calm { when plan is enterprise }\n", "");
            repository.edit(CHECKOUT, "        gate partners \"50%\"\n", "");
        }),
        ("retired-variation", "Checkout: calm is retired", |repository| {
            repository.edit(CHECKOUT, "    variation calm \"Continue\"\n", "    retired calm\n");
            repository.edit(CHECKOUT, "    gate partners serve=calm { when plan is enterprise }\n", "");
            repository.edit(CHECKOUT, "        gate partners \"50%\"\n", "");
        }),
        ("named-keys", "Checkout: some of the named accounts", |repository| {
            let partners = "    gate partners serve=calm";
            let accounts =
                "    gate accounts serve=calm { when id one-of acct-1 acct-2 acct-3 acct-4 acct-5 acct-6; }\n";
            repository.edit(CHECKOUT, partners, &format!("{accounts}{partners}"));
            let placed = "        gate partners \"50%\"\n";
            repository.edit(CHECKOUT, placed, &format!("        gate accounts \"50%\"\n{placed}"));
        }),
        ("narrowed-rule", "Checkout: not in Britain", |repository| {
            repository.edit(CHECKOUT, "country one-of US CA GB", "country one-of US CA");
        }),
        ("renamed-step", "Checkout: the test is about the button", |repository| {
            repository.edit(CHECKOUT, "    experiment copy-test {", "    experiment button-test {");
            repository.edit(CHECKOUT, "experiment copy-test \"40%\"", "experiment button-test \"40%\"");
        }),
        ("renamed-step-with-salt", "Checkout: the test is about the button, and nobody moves", |repository| {
            let kept = "    experiment button-test salt=\"checkout/copy-test\" {";
            repository.edit(CHECKOUT, "    experiment copy-test {", kept);
            repository.edit(CHECKOUT, "experiment copy-test \"40%\"", "experiment button-test \"40%\"");
        }),
        ("removed-experiment", "Checkout: the test is over", |repository| {
            repository.edit(CHECKOUT, "        experiment copy-test \"40%\"\n", "");
        }),
        ("renamed-step-with-salt-and-key", "Checkout: another name, and nobody can tell", |repository| {
            let kept = "    experiment button-test salt=\"checkout/copy-test\" {";
            repository.edit(CHECKOUT, "    experiment copy-test {", kept);
            let placed = "experiment button-test \"40%\" key=\"copy-test/production\"";
            repository.edit(CHECKOUT, "experiment copy-test \"40%\"", placed);
        }),
    ]
}

/// Forty flags that use one segment, committed.
pub(crate) fn forty() -> Repository {
    let repository = workspace();
    for number in 1..=40 {
        let text = format!(
            "flag page-{number:02} type=boolean owner=web expires=\"2027-03-31\" {{
    variation off #false
    variation on #true
    gate early serve=on {{ when in-segment north-america }}
    env test enabled=#true {{ otherwise on; }}
    env production enabled=#true {{
        gate early
        otherwise off
    }}
}}
"
        );
        repository.write(&format!("flags/page-{number:02}.kdl"), text);
    }
    repository.commit("Forty pages, early in North America");
    repository
}
