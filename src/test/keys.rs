//! Made-up subject keys to look for somebody with.

use crate::ufc::{self, Operator};

/// Subject keys to try, `many` of each shape: plain ones, and ones that patterns on the subject key in the flag ask for.
pub(super) fn made_up(flag: Option<&ufc::Flag>, many: u32) -> impl Iterator<Item = String> {
    let allocations = flag.into_iter().flat_map(|flag| &flag.allocations);
    let conditions = allocations.flat_map(|allocation| &allocation.rules).flat_map(|rule| &rule.conditions);
    let patterns = conditions.filter(|condition| {
        condition.attribute == "id"
            && [Operator::Matches, Operator::NotMatches].iter().any(|operator| operator.wire() == condition.operator)
    });
    let mut literals: Vec<String> = patterns
        .filter_map(|condition| condition.value.as_str())
        .flat_map(|pattern| pattern.split('|'))
        .filter_map(literal)
        .collect();
    literals.sort_unstable();
    literals.dedup();
    (1..=many).flat_map(move |number| {
        let shaped =
            |text: &String| [format!("{text}{number}"), format!("{number}{text}"), format!("{number}{text}{number}")];
        let shaped: Vec<String> = literals.iter().flat_map(shaped).collect();
        std::iter::once(format!("subject-{number}")).chain(shaped)
    })
}

/// The text that an alternative of a pattern asks for, where it is one.
fn literal(pattern: &str) -> Option<String> {
    let inner = pattern.trim_start_matches(['^', '(', '?', ':']).trim_end_matches(['$', ')']);
    let mut text = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.push(characters.next().filter(|escaped| !escaped.is_alphanumeric())?),
            '.' | '*' | '+' | '?' | '[' | ']' | '{' | '}' | '(' | ')' | '^' | '$' => return None,
            plain => text.push(plain),
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn literal_parts_of_patterns_are_found_and_others_left_alone() {
        assert_eq!(literal(r"^acct\-qa"), Some("acct-qa".to_owned()));
        assert_eq!(literal(r"@example\.com$"), Some("@example.com".to_owned()));
        assert_eq!(literal(r"^\d+$"), None);
        assert_eq!(literal("a.b"), None);
        assert_eq!(literal("^$"), None);
    }
}
