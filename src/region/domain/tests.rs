use super::{Domain, Member};
use crate::evaluate::AttributeValue;
use crate::evaluate::ask::{Patterns, understand};
use crate::region::Declared;
use crate::ufc::Condition;

fn domain(conditions: &[(&str, serde_json::Value)], declared: Option<Declared>) -> Domain {
    let mut patterns = Patterns::new();
    let made = conditions.iter().map(|(operator, value)| {
        let condition = Condition { attribute: "a".to_owned(), operator: (*operator).to_owned(), value: value.clone() };
        understand(&condition, &mut patterns)
    });
    Domain::new(made.collect(), declared)
}

fn typed(domain: &Domain) -> Vec<AttributeValue> {
    domain.classes.iter().filter_map(|class| class.typed.clone()).collect()
}

#[test]
fn numbers_fall_into_points_and_gaps_and_what_is_no_number() {
    let domain = domain(&[("GTE", 18.into()), ("LT", 18.into())], Some(Declared::Number));
    let expected = [AttributeValue::Null, AttributeValue::Number(17.0), AttributeValue::Number(18.0)];
    assert_eq!(typed(&domain), expected, "{:?}", domain.classes);
    assert_eq!(domain.classes.len(), 4);
}

#[test]
fn a_gap_without_a_double_is_no_class() {
    let next = 1.0_f64.next_up();
    let domain = domain(&[("GT", 1.0.into()), ("LT", next.into())], Some(Declared::Number));
    let both = domain.classes.iter().filter(|class| class.truth.iter().all(|truth| *truth == super::Truth::Is(true)));
    assert_eq!(both.count(), 0);
}

#[test]
fn a_listed_number_has_other_spellings() {
    let domain = domain(&[("ONE_OF", serde_json::json!(["18"])), ("GT", 17.into()), ("LT", 19.into())], None);
    let spelled = domain
        .classes
        .iter()
        .find(|class| class.truth == [super::Truth::Is(false), super::Truth::Is(true), super::Truth::Is(true)]);
    assert!(spelled.is_some(), "{:?}", domain.classes);
}

#[test]
fn between_a_prerelease_and_its_release_there_are_versions() {
    let domain = domain(&[("GT", "2.0.0-rc.1".into()), ("LT", "2.0.0".into())], Some(Declared::Version));
    let between = domain.classes.iter().find(|class| class.truth.iter().all(|truth| *truth == super::Truth::Is(true)));
    let typed = between.and_then(|class| class.typed.clone());
    assert_eq!(typed, Some(AttributeValue::Text("2.0.0-rc.1.0".to_owned())));
}

#[test]
fn only_build_metadata_is_above_a_version_and_below_its_successor() {
    let domain = domain(&[("GT", "1.0.0".into()), ("LT", "1.0.1-0".into())], Some(Declared::Version));
    let between = domain.classes.iter().find(|class| class.truth.iter().all(|truth| *truth == super::Truth::Is(true)));
    let (any, typed) = between.map(|class| (class.any.clone(), class.typed.clone())).unwrap();
    assert_eq!((any, typed), (AttributeValue::Text("1.0.0+0".to_owned()), None));
}

#[test]
fn patterns_are_asked_within_the_rest() {
    let domain =
        domain(&[("MATCHES", "^a".into()), ("MATCHES", "b$".into()), ("ONE_OF", serde_json::json!(["ab"]))], None);
    let open = domain.classes.len() - 1;
    let (member, _) = domain.member(open, &[(0, true), (1, true)]);
    assert!(
        matches!(&member, Member::Is(AttributeValue::Text(text)) if text.starts_with('a') && text.ends_with('b') && text != "ab"),
        "{member:?}"
    );
}
