use std::collections::BTreeMap;

use super::{around, some};
use crate::region::claims::{implied, implied_in_full, satisfiable, satisfiable_in_full};
use crate::region::{Declared, Limits};
use crate::ufc;

/// Numbers that look random and are the same every time.
pub(in crate::region) struct Random(pub(in crate::region) u64);

impl Random {
    pub(in crate::region) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Types of attributes; `id` only where callers may pass one.
pub(in crate::region) fn declared(id: bool) -> BTreeMap<String, Declared> {
    let kinds = [
        ("plan", Declared::Text),
        ("email", Declared::Text),
        ("age", Declared::Number),
        ("beta", Declared::Bool),
        ("app", Declared::Version),
        ("id", Declared::Text),
    ];
    let kinds = kinds.into_iter().filter(|(name, _)| id || *name != "id");
    kinds.map(|(name, kind)| (name.to_owned(), kind)).collect()
}

fn condition(random: &mut Random) -> ufc::Condition {
    let conditions = [
        ("plan", "ONE_OF", serde_json::json!(["free"])),
        ("plan", "ONE_OF", serde_json::json!(["free", "pro"])),
        ("plan", "NOT_ONE_OF", serde_json::json!(["free", "other-0"])),
        ("id", "ONE_OF", serde_json::json!(["a", "b"])),
        ("id", "NOT_ONE_OF", serde_json::json!(["a", "other"])),
        ("id", "MATCHES", "^[ab]$".into()),
        ("age", "GTE", 18.into()),
        ("age", "LT", 18.into()),
        ("age", "LTE", 18.into()),
        ("age", "NOT_ONE_OF", serde_json::json!(["0", "18"])),
        ("age", "IS_NULL", false.into()),
        ("beta", "ONE_OF", serde_json::json!(["true"])),
        ("beta", "NOT_ONE_OF", serde_json::json!(["true", "false"])),
        ("beta", "IS_NULL", true.into()),
        ("app", "GTE", "2.0.0".into()),
        ("app", "LT", "2.0.0-beta.2".into()),
        ("app", "IS_NULL", false.into()),
        ("email", "MATCHES", "@example\\.com$".into()),
        ("email", "NOT_MATCHES", "^a".into()),
        ("email", "IS_NULL", true.into()),
        ("undeclared", "ONE_OF", serde_json::json!(["x", "1"])),
        ("undeclared", "GT", 0.into()),
        ("undeclared", "NEVER_HEARD_OF", 0.into()),
    ];
    let (attribute, operator, value) = conditions[random.below(conditions.len())].clone();
    ufc::Condition { attribute: attribute.to_owned(), operator: operator.to_owned(), value }
}

/// A few rules of a few conditions; none now and then.
pub(in crate::region) fn rules(random: &mut Random) -> Vec<ufc::Rule> {
    let conditions = |random: &mut Random| (0..1 + random.below(3)).map(|_| condition(random)).collect();
    (0..random.below(3)).map(|_| ufc::Rule { conditions: conditions(random) }).collect()
}

#[test]
fn whoever_is_made_up_for_a_rule_fulfils_it() {
    let mut random = Random(7);
    let declared = declared(true);
    let mut made = 0;
    for _ in 0..2_000 {
        let (rules, others) = (rules(&mut random), rules(&mut random));
        for rule in &rules {
            for somebody in some(rule, &declared).chain(around(rule, &others, &declared)) {
                made += 1;
                assert!(somebody.fulfils(std::slice::from_ref(rule)), "{somebody:?} of {rule:#?}");
            }
        }
    }
    assert!(made > 2_000, "only {made} were made up, so this test says little");
}

#[test]
fn claims_are_the_same_with_and_without_a_glance() {
    let mut random = Random(20_261_201);
    let mut refuted = 0;
    for _ in 0..3_000 {
        let declared = declared(random.below(2) == 0);
        let (first, second) = (rules(&mut random), rules(&mut random));
        let glance = satisfiable(&first, &declared, Limits::MANY).unwrap();
        assert_eq!(glance, satisfiable_in_full(&first, &declared, Limits::MANY).unwrap(), "{first:#?}");
        let glance = implied(&first, &second, &declared, Limits::MANY).unwrap();
        let full = implied_in_full(&first, &second, &declared, Limits::MANY).unwrap();
        assert_eq!(glance, full, "{first:#?} in {second:#?}");
        refuted += usize::from(!full);
    }
    assert!((500..2_900).contains(&refuted), "{refuted} of 3000 refuted, so this test says little");
}
