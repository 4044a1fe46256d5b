//! Who can be taken by a step, and which share of them is.

use super::{Sandbox, flag};

/// Staff first, then a twentieth of Americans.
fn canary() -> Sandbox {
    let steps = "    gate staff serve=on { when in-segment staff }\n    gate qa serve=on { when id is acct-qa-1 }\n    \
                 experiment e { split off=50 on=50; when country is US }";
    Sandbox::of(&flag(steps, "        gate staff\n        gate qa\n        experiment e \"5%\""))
}

fn asked<'a>(given: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec!["reaches", "f/e", "--env", "production"];
    if !given.is_empty() {
        words.push("--given");
        words.extend(given);
    }
    words
}

#[test]
fn the_share_is_exact_where_it_is_the_same_for_all() {
    let sandbox = canary();
    let document = sandbox.prove(&asked(&["country=US", "email=#null"]), 0);
    assert_eq!(document["share"]["percent"], "5.00");
    assert_eq!((&document["share"]["numerator"], &document["share"]["denominator"]), (&1.into(), &20.into()));
    assert!(document.get("least").is_none() && document.get("most").is_none(), "{document}");
    assert_eq!(document["witness"]["attributes"]["country"], "US");
    assert_eq!(document["question"], "reaches f/e --env production --given country=US 'email=#null'");
    let evaluated = sandbox.paste(document["witness"]["command"].as_str().unwrap());
    assert_eq!(evaluated["step"], "e");
}

#[test]
fn shares_that_differ_are_the_least_the_most_and_regions() {
    let document = canary().prove(&asked(&[]), 0);
    assert!(document.get("share").is_none(), "{document}");
    assert_eq!((&document["least"]["percent"], &document["most"]["percent"]), (&"0.00".into(), &"5.00".into()));
    let regions = document["regions"].as_array().unwrap();
    assert!(regions.iter().any(|region| region["attributes"]["country"] == "US"), "{document}");
    let ran = canary().run(&[&["prove"], &asked(&[])[..]].concat()).exits(0);
    ran.says("proved: somebody is taken by `f/e` in production\n").says("it takes between 0% and 5% of them");
}

#[test]
fn a_listed_key_is_counted_and_no_percentage() {
    let document = canary().prove(&asked(&["country=US", "email=#null"]), 0);
    assert_eq!((&document["keys"]["taken"], &document["keys"]["of"]), (&0.into(), &1.into()));
}

#[test]
fn nobody_is_a_refutation() {
    let sandbox = canary();
    for given in [["country=DE"], ["country=#null"], ["email=ana@example.com"]] {
        let document = sandbox.prove(&asked(&given), 1);
        assert!(document.get("witness").is_none() && document.get("share").is_none(), "{document}");
    }
    let ran = sandbox.run(&[&["prove"], &asked(&["country=DE"])[..]].concat()).exits(1);
    ran.says("refuted: nobody with country=DE is ever taken by `f/e` in production\n");
}

#[test]
fn what_is_given_is_typed_as_the_workspace_declares() {
    let sandbox = canary();
    let ask = |given: &str| sandbox.run(&[&["prove"], &asked(&[given])[..]].concat()).exits(2);
    ask("contry=US").says("did you mean `country`?");
    ask("age=old").says("`age` is declared as a number");
    ask("country").says("is not name=value");
    sandbox.run(&["prove", "reaches", "f/otherwise", "--env", "production"]).exits(2).says("has no step `otherwise`");
}
