use super::culprits;

/// The texts of the culprits, each with its rewrite.
fn found(pattern: &str) -> Vec<(String, Option<String>)> {
    let text = |culprit: &super::Culprit| pattern[culprit.start..culprit.end].to_owned();
    culprits(pattern).iter().map(|culprit| (text(culprit), culprit.rewrite.clone())).collect()
}

fn only(pattern: &str, culprit: &str, rewrite: Option<&str>) {
    assert_eq!(found(pattern), [(culprit.to_owned(), rewrite.map(str::to_owned))], "{pattern}");
}

#[test]
fn the_portable_dialect_has_no_culprits() {
    for pattern in [
        "",
        "^ab*c+d?e{2,3}f{4}g{5,}$",
        r"^[a-z0-9_.-]+@example\.com$",
        "^(a|b)(?:c|)$",
        "[^A-Z]",
        r"a\/b\.\*\-\_\@",
        r"[\]\[\^\-\/\\]",
        "a+?b*?",
        r"\t\n\r\f",
        "a{1000}",
        "(a{10}){100}",
        "#~&<>=!,;:'\"% `",
        "[&~#a-]",
        r"\{\}",
    ] {
        assert_eq!(found(pattern), [], "{pattern}");
    }
}

#[test]
fn perl_classes_are_rewritten() {
    only(r"^\d+$", r"\d", Some("[0-9]"));
    only(r"\D", r"\D", Some("[^0-9]"));
    only(r"[\w-]", r"\w", Some("A-Za-z0-9_"));
    only(r"[\S]", r"\S", None);
    assert_eq!(found(r"\d\w").len(), 2);
}

#[test]
fn look_around_and_back_references_are_culprits() {
    only("a(?=b)", "(?=", None);
    only("(?<!a)b", "(?<!", None);
    only(r"(a)\1", r"\1", None);
}

#[test]
fn inline_flags_and_named_groups_are_culprits() {
    only("(?i)eu", "(?i)", None);
    only("a(?i:b)", "(?i", None);
    only("(?P<year>[0-9])", "(?P<year>", Some("("));
    only("(?<year>[0-9])", "(?<year>", Some("("));
}

#[test]
fn anchors_known_to_some_engines_are_culprits() {
    only(r"\Aab", r"\A", Some("^"));
    only(r"ab\z", r"\z", Some("$"));
    only(r"\bab", r"\b", None);
    only(r"\<ab", r"\<", None);
    only("^*a", "*", Some(""));
}

#[test]
fn posix_unicode_nested_and_computed_classes_are_culprits() {
    only("[[:alpha:]]", "[:alpha:]", Some("A-Za-z"));
    only("[[:^alpha:]]", "[:^alpha:]", None);
    only(r"\pL", r"\pL", None);
    only(r"[\p{Greek}]", r"\p{Greek}", None);
    only("[a-z&&[^b]]", "a-z&&[^b]", None);
    only("[a[b]]", "[b]", None);
    only("[]a]", "]", Some(r"\]"));
}

#[test]
fn possessive_and_doubled_repeats_are_culprits() {
    only("a++", "+", None);
    only("a{2}{3}", "{3}", None);
}

#[test]
fn more_than_a_thousand_repeats_are_a_culprit_nested_ones_multiplied() {
    only("a{1001}", "{1001}", None);
    only("(a{100}){11}", "{100}", None);
}

#[test]
fn slashes_lone_brackets_and_numeric_escapes_are_rewritten() {
    only("a/b", "/", Some(r"\/"));
    only("[/]", "/", Some(r"\/"));
    only("a}", "}", Some(r"\}"));
    only("a]", "]", Some(r"\]"));
    only(r"\x41", r"\x41", Some("A"));
    only(r"\u{2e}", r"\u{2e}", Some(r"\."));
    only(r"\a", r"\a", None);
}

#[test]
fn characters_outside_ascii_are_culprits() {
    only("Zürich", "ü", None);
    only("[a-ü]", "ü", None);
    only(r"\u00fc", r"\u00fc", None);
}

#[test]
fn patterns_the_reference_cannot_read_are_left_to_another_rule() {
    assert_eq!(found("(a"), []);
    assert_eq!(found("[z-a]"), []);
    assert_eq!(found("a{,3}"), []);
}
