//! Waterfalls of thirty steps over ten attributes with twelve patterns, and some made to be hard: shared by benchmarks and laws.

use std::collections::BTreeMap;

use flagfall::region::{Declared, LineKind};
use flagfall::ufc::{self, Allocation, Condition, Flag, Range, Rule, Shard, Split, Variation, VariationType};
use serde_json::{Value, json};

/// Draws a number below another.
pub(crate) type Draw<'d> = &'d mut dyn FnMut(u64) -> u64;

fn pick<'a>(draw: Draw<'_>, list: &[&'a str]) -> &'a str {
    let at = usize::try_from(draw(list.len() as u64)).unwrap_or(0);
    list.get(at).copied().unwrap_or_default()
}

const MAIL: &[&str] =
    &["@example\\.com$", "@corp\\.example\\.com$", "^admin", "^qa-[0-9]+", "\\.edu$", "\\+test", "^[a-z]+@"];
const HOST: &[&str] = &["beta", "internal$", "-(prod|stage)$"];
const LOCALE: &[&str] = &["^(de|fr|es)-", "-[A-Z][A-Z]$"];

pub(crate) fn declared() -> BTreeMap<String, Declared> {
    let kinds = [
        ("email", Declared::Text),
        ("host", Declared::Text),
        ("locale", Declared::Text),
        ("country", Declared::Text),
        ("plan", Declared::Text),
        ("age", Declared::Number),
        ("seats", Declared::Number),
        ("app", Declared::Version),
        ("beta", Declared::Bool),
        ("account", Declared::Text),
    ];
    kinds.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect()
}

pub(crate) fn condition(draw: Draw<'_>) -> Condition {
    let listing = ["ONE_OF", "NOT_ONE_OF"];
    let matching = ["MATCHES", "NOT_MATCHES"];
    match draw(11) {
        0 | 1 => ask("email", pick(draw, &matching), pick(draw, MAIL).into()),
        2 => ask("host", "MATCHES", pick(draw, HOST).into()),
        3 => ask("locale", "MATCHES", pick(draw, LOCALE).into()),
        4 => {
            let countries = json!([pick(draw, &["US", "CA", "GB", "DE", "FR"]), pick(draw, &["JP", "BR", "SE"])]);
            ask("country", pick(draw, &listing), countries)
        }
        5 => ask("plan", "ONE_OF", json!([pick(draw, &["free", "pro", "team"])])),
        6 => ask("age", pick(draw, &["GTE", "LT"]), (13 + 8 * draw(4)).into()),
        7 => ask("seats", pick(draw, &["GT", "LTE"]), (5 * draw(6)).into()),
        8 => {
            let version = pick(draw, &["1.0.0", "2.4.0", "3.0.0-rc.1", "3.0.0"]);
            ask("app", pick(draw, &["GTE", "LT"]), version.into())
        }
        9 => ask("beta", "ONE_OF", json!([pick(draw, &["true", "false"])])),
        _ => ask("account", "ONE_OF", json!([pick(draw, &["a-1", "a-2", "a-3"]), pick(draw, &["b-1", "b-2"])])),
    }
}

fn ask(attribute: &str, operator: &str, value: Value) -> Condition {
    Condition { attribute: attribute.to_owned(), operator: operator.to_owned(), value }
}

/// Half of the steps are experiments, half are exposed to a part of their audience only.
pub(crate) fn waterfall(draw: Draw<'_>) -> (Flag, Vec<LineKind>) {
    let mut kinds = Vec::new();
    let mut allocations = Vec::new();
    for number in 0..30 {
        let experiment = draw(2) == 0;
        kinds.push(if experiment { LineKind::Experiment } else { LineKind::Gate });
        let mut rules = Vec::new();
        for _ in 0..=draw(2) {
            let conditions = (0..2 + draw(2)).map(|_| condition(draw)).collect();
            rules.push(Rule { conditions });
        }
        let exposure = u32::try_from(500 + 100 * draw(90)).unwrap_or(500);
        let exposure = (draw(2) == 0).then_some(exposure);
        let served = (!experiment).then(|| pick(draw, &["on", "off"]));
        allocations.push(step(number, rules, exposure, served));
    }
    (flag(allocations), kinds)
}

/// Nothing but experiments of two alternatives each.
pub(crate) fn dense(draw: Draw<'_>, steps: usize) -> (Flag, Vec<LineKind>) {
    let allocations = (0..steps).map(|number| {
        let rules = (0..2).map(|_| Rule { conditions: (0..2 + draw(2)).map(|_| condition(draw)).collect() }).collect();
        let exposure = u32::try_from(500 + 100 * draw(90)).unwrap_or(500);
        step(number, rules, Some(exposure), None)
    });
    (flag(allocations.collect()), vec![LineKind::Experiment; steps])
}

/// A gate that serves one variation, or an experiment with two halves.
fn step(number: usize, rules: Vec<Rule>, exposure: Option<u32>, served: Option<&str>) -> Allocation {
    let shard =
        |what: &str, start, end| Shard { salt: format!("flag/{number}/{what}"), ranges: vec![Range { start, end }] };
    let traffic = exposure.map(|exposure| shard("traffic", 0, exposure));
    let split = |variation: &str, arm: Option<Shard>| Split {
        variation_key: variation.to_owned(),
        shards: traffic.clone().into_iter().chain(arm).collect(),
        extra_logging: BTreeMap::new(),
    };
    let splits = match served {
        Some(variation) => vec![split(variation, None)],
        None => vec![split("on", Some(shard("split", 0, 5000))), split("off", Some(shard("split", 5000, 10_000)))],
    };
    let key = format!("step-{number}");
    Allocation { key, rules, start_at: None, end_at: None, splits, do_log: served.is_none() }
}

fn flag(allocations: Vec<Allocation>) -> Flag {
    let variations = [("on", true), ("off", false)]
        .map(|(key, value)| (key.to_owned(), Variation { key: key.to_owned(), value: value.into() }));
    Flag {
        key: "flag".to_owned(),
        enabled: true,
        variation_type: VariationType::Boolean,
        variations: variations.to_vec(),
        allocations,
        total_shards: 10_000,
    }
}

/// A flag of gates, one for each list of rules.
pub(crate) fn gates(rules: Vec<Vec<Rule>>) -> Flag {
    let allocations = rules.into_iter().enumerate().map(|(number, rules)| Allocation {
        key: format!("step-{number}"),
        rules,
        start_at: None,
        end_at: None,
        splits: vec![Split { variation_key: "on".to_owned(), shards: vec![], extra_logging: BTreeMap::new() }],
        do_log: false,
    });
    flag(allocations.collect())
}

/// One rule of conditions: attribute, operator, operand.
pub(crate) fn rule(conditions: &[(&str, &str, Value)]) -> Vec<Rule> {
    let conditions = conditions.iter().map(|(attribute, operator, value)| ask(attribute, operator, value.clone()));
    vec![Rule { conditions: conditions.collect() }]
}

/// Waterfalls that no budget of nodes, states or bytes suffices for.
pub(crate) fn hard() -> Vec<(&'static str, ufc::Flag)> {
    let patterns = ["(a|b)*a(a|b){20}", "(a|b)*b(a|b){20}", "^[ab]{30}$"];
    let exponential = gates(patterns.iter().map(|pattern| rule(&[("a", "MATCHES", (*pattern).into())])).collect());
    let mut state = 7_u64;
    let mut draw = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let wide = (0..200).map(|_| {
        let rules = (0..8).map(|_| {
            let conditions = (0..64).map(|n| {
                let operator = if draw(2) == 0 { "ONE_OF" } else { "NOT_ONE_OF" };
                ask(&format!("x{n}"), operator, json!([format!("v{}", draw(3))]))
            });
            Rule { conditions: conditions.collect() }
        });
        rules.collect()
    });
    let wide = gates(wide.collect());
    let mut state = 9_u64;
    let mut draw = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let entangled = (0..200).map(|_| {
        let conditions = (0..3).map(|_| {
            let letters = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
            let pattern = format!("{}.{}", pick(&mut draw, &letters), pick(&mut draw, &letters));
            ask(
                if draw(2) == 0 { "p" } else { "q" },
                if draw(2) == 0 { "MATCHES" } else { "NOT_MATCHES" },
                pattern.into(),
            )
        });
        vec![Rule { conditions: conditions.collect() }]
    });
    let entangled = gates(entangled.collect());
    vec![
        ("exponential patterns", exponential),
        ("200 steps of 64 conditions", wide),
        ("200 steps of patterns", entangled),
    ]
}
