//! One finding each, with the edit that carries out its next step.

use super::common::{findings, fixed, tree};

/// Exactly one finding; its edits give `after`, and the tree is what was meant.
fn one(text: &str, finding: &str, after: &str) {
    assert_eq!(findings(text), [finding], "{text}");
    assert_eq!(fixed(text), after, "{text}");
}

#[test]
fn keywords_without_hash() {
    one("variation on true", "FF0010 true", "variation on #true");
    one("a k=false", "FF0010 false", "a k=#false");
    one("a inf", "FF0010 inf", "a #inf");
    one("a true=1", "FF0010 true", "a \"true\"=1");
    assert_eq!(tree("a true k=null"), "a #true k=#null");
    assert_eq!(findings("a #tru"), ["FF0001 #tru"]);
    assert_eq!(fixed("a #True"), "a #true");
}

#[test]
fn values_that_need_quotes() {
    for value in [
        "5%",
        "2026-12-01",
        "2026-12-01T09:00:00Z",
        "1.2.0",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "12/2026",
        "5apples",
        "https://a.b/c",
    ] {
        let text = format!("a {value} b=1 {{ c }}");
        one(&text, &format!("FF0011 {value}"), &format!("a \"{value}\" b=1 {{ c }}"));
        assert_eq!(tree(&text), format!("a {value:?} b=1 {{ c }}"));
        one(&format!("a k={value}"), &format!("FF0011 {value}"), &format!("a k=\"{value}\""));
    }
    one("a foo(bar)", "FF0011 foo(bar)", "a \"foo(bar)\"");
    one("a b#c", "FF0011 b#c", "a \"b#c\"");
    one("a ab=c=", "FF0011 c=", "a ab=\"c=\"");
    one("a #fff", "FF0011 #fff", "a \"#fff\"");
    one("a .5", "FF0001 .5", "a 0.5");
}

#[test]
fn raw_text_that_ends_inside_itself() {
    let text = "variation a #\"{\"c\":\"#fff\",\"d\":\"#000\"}\"#\nb";
    one(text, "FF0012 \"#", "variation a ##\"{\"c\":\"#fff\",\"d\":\"#000\"}\"##\nb");
    assert_eq!(tree(text), r##"variation "a" "{\"c\":\"#fff\",\"d\":\"#000\"}"; b"##);
}

#[test]
fn blocks_on_a_new_line() {
    one("gate a // why\n{\n  when x is y\n}\nb", "FF0013 {", "gate a { // why\n\n  when x is y\n}\nb");
    assert_eq!(tree("f {\n  gate a\n  {\n    x\n  }\n}"), "f { gate \"a\" { x } }");
}

#[test]
fn commas_and_brackets() {
    one("when c one-of \"US\",\"CA\", \"GB\"", "FF0014 ,", "when c one-of \"US\" \"CA\" \"GB\"");
    one("when c one-of US,\"CA\"", "FF0014 ,", "when c one-of US \"CA\"");
    one("when c one-of 18,21, 30", "FF0014 ,", "when c one-of 18 21 30");
    one("when c one-of [US CA]", "FF0015 [", "when c one-of US CA");
    one("when c one-of [ \"US\", CA,GB ]", "FF0015 [", "when c one-of  \"US\" CA GB ");
    assert_eq!(tree("a \"US\",\"CA\",5"), r#"a "US" "CA" 5"#);
    assert_eq!(tree("a [US, CA]"), r#"a "US" "CA""#);
    assert_eq!(tree("a [\n US,\n CA\n]\nb"), r#"a "US" "CA"; b"#);
    assert_eq!(findings("a [\n US,\n CA\n]\nb"), ["FF0015 ["]);
}

#[test]
fn hash_comments() {
    one("# comment\na 1", "FF0016 # comment", "// comment\na 1");
    one("a 1 # the reason", "FF0016 # the reason", "a 1 // the reason");
    one("#gate a\nb", "FF0016 #gate a", "//gate a\nb");
    assert_eq!(tree("a { b # note }\nc"), "a { b }; c");
}

#[test]
fn properties_as_statements() {
    one("flag x {\n  code-default=#false\n}", "FF0017 =", "flag x {\n  code-default #false\n}");
    one("split { a=50 }", "FF0017 a=50", "split a=50");
    one("split { a=50 b=50 }", "FF0017 a=50 b=50", "split a=50 b=50");
    one("split {\n  a=50\n  b=50\n}", "FF0017 a=50", "split a=50 b=50");
    assert_eq!(tree("x { split { a=50; b=50 } }"), "x { split a=50 b=50 {  } }");
    assert_eq!(tree("flag x {\n  code-default = #false\n}"), "flag \"x\" { code-default #false }");
    assert_eq!(
        tree("flag x type=json {\n  a 1\n  owner=growth\n}"),
        "flag \"x\" type=\"json\" owner=\"growth\" { a 1 }"
    );
    assert_eq!(findings("when {\n  country = US\n}"), ["FF0022 ="]);
    assert_eq!(tree("when {\n  country = US\n}"), "when { country \"is\" \"US\" }");
    assert_eq!(tree("when country == US"), "when \"country\" \"is\" \"US\"");
}

#[test]
fn invisible_characters() {
    one("a “US”", "FF0026 “US”", "a \"US\"");
    one("a “north america” b", "FF0026 “north america”", "a \"north america\" b");
    one("a US\u{200b} b", "FF0026 \u{200b}", "a US b");
    one("a \"US\u{200b}\" b", "FF0026 \u{200b}", "a \"US\" b");
    one("a \u{feff}US", "FF0026 \u{feff}", "a US");
    one("// \u{202e}evil\na", "FF0026 \u{202e}", "// evil\na");
    one("a \u{7f}b", "FF0001 \u{7f}", "a b");
    assert_eq!(tree("a “US” US\u{200b} “x y”"), r#"a "US" "US" "x y""#);
    assert_eq!(findings("a \"the “new” page\" 👩\u{200d}👧"), Vec::<String>::new());
}

#[test]
fn braces_in_comments() {
    let text = "flag x {\n  env test { gate a // x }\n}\nflag y {\n}\n";
    assert_eq!(findings(text), ["FF0028 }"]);
    assert_eq!(tree(text), "flag \"x\" { env \"test\" { gate \"a\" } }; flag \"y\" {  }");
    fixed(text);
}

#[test]
fn blocks_that_never_end_keep_the_following_statements() {
    let text = "flag a {\n  env test {\n    gate x\n}\n\nflag b {\n  y\n}\n";
    assert_eq!(findings(text), ["FF0001 {"]);
    assert_eq!(tree(text), "flag \"a\" { env \"test\" { gate \"x\" } }; flag \"b\" { y }");
    let text = "flag a {\n  gate x\nflag b {\n  y\n}\nsegment s { z }";
    assert_eq!(findings(text), ["FF0001 {"]);
    assert_eq!(tree(text), "flag \"a\" { gate \"x\" }; flag \"b\" { y }; segment \"s\" { z }");
    let text = "flag a {\n  gate x {\n    when y\n  env test {\n    gate x\n  }\n}\n";
    assert_eq!(findings(text), ["FF0001 {"]);
    assert_eq!(tree(text), "flag \"a\" { gate \"x\" { when \"y\" }; env \"test\" { gate \"x\" } }");
    assert_eq!(findings("a {\nb {\n"), ["FF0001 {"]);
    // Without a missing brace, statements may begin at column 1 anywhere.
    assert_eq!(findings("flag a {\nenv test {\notherwise on\n}\n}"), Vec::<String>::new());
}

#[test]
fn text_and_comments_that_never_end() {
    assert_eq!(findings("a \"x\nb 1"), ["FF0001 \""]);
    assert_eq!(tree("a \"x\nb 1"), "a \"x\"; b 1");
    assert_eq!(tree("flag x name=\"y type=z {\n  a\n}\nb"), "flag \"x\" name=\"y type=z\" { a }; b");
    assert_eq!(tree("g { when x is \"y }\nb"), "g { when \"x\" \"is\" \"y\" }; b");
    assert_eq!(findings("a #\"x\nb 1"), ["FF0001 #\""]);
    one("a ##\"x\"# b", "FF0001 \"#", "a ##\"x\"## b");
    assert_eq!(findings("a \"\"\"\nx\nflag b"), ["FF0001 \"\"\""]);
    assert_eq!(tree("a \"\"\"\nx\nflag b"), "a \"x\"; flag \"b\"");
    one("a \"\"\"x\"\"\"", "FF0001 \"\"\"", "a \"x\"");
    assert_eq!(findings("a /* x\nb\nflag c"), ["FF0001 /*"]);
    assert_eq!(tree("a /* x\nb\nflag c"), "a; flag \"c\"");
}

#[test]
fn one_statement_that_cannot_be_read_leaves_the_others() {
    for text in [
        "= 1",
        "a =",
        "a = ",
        "a (",
        "a )",
        "a (x",
        "a ()1",
        "}",
        "a }",
        ";",
        "a \\b",
        "a /b",
        "1 2",
        "a /-",
        "a (t)",
        "/- /- x y",
    ] {
        let whole = format!("flag x {{\n{text}\n}}\nflag y {{\n  z\n}}\n");
        let found = findings(&whole);
        assert_eq!(found.iter().filter(|it| !it.starts_with("FF0020")).count(), 1, "{text}: {found:?}");
        assert!(text.contains('}') || tree(&whole).ends_with("; flag \"y\" { z }"), "{text}: {}", tree(&whole));
    }
    one("a \"b\"c", "FF0001 c", "a \"b\" c");
    one("a { b } c", "FF0001 c", "a { b } ; c");
    assert_eq!(findings("a \"^\\d+$\""), ["FF0001 \\d"]);
    assert_eq!(fixed("a \"^\\d+$\""), "a #\"^\\d+$\"#");
    assert_eq!(findings("v a {\"b\": 1, \"c\": 2}"), ["FF0001 :"]);
}
