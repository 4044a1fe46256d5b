//! KDL that is right.

use super::common::{findings, read, tree};
use crate::syntax::tree::TokenKind;

fn silent(text: &str, expected: &str) {
    assert_eq!(findings(text), Vec::<String>::new(), "{text}");
    assert_eq!(tree(text), expected, "{text}");
}

#[test]
fn statements_have_arguments_properties_and_blocks() {
    silent(
        "flag x type=boolean {\n  gate a serve=on { when country is US }\n}\n",
        "flag \"x\" type=\"boolean\" { gate \"a\" serve=\"on\" { when \"country\" \"is\" \"US\" } }",
    );
    silent("a;b{c;d 1}", "a; b { c; d 1 }");
    silent("a key = \"v\" #true #null -1.5e3", "a key=\"v\" #true #null -1.5e3");
    silent("a \\ // more\n  b\nc", "a \"b\"; c");
    silent("(t)a (u)1 k=(v)2", "a 1 k=2");
    silent("", "");
    silent("\r\n\r\n", "");
    silent("a 1\r\nb 2\r\n", "a 1; b 2");
    silent("\u{feff}a 1", "a 1");
    silent("/- kdl-version 2\na", "a");
    silent("a /* x /* y */ z */ 1 // end", "a 1");
}

#[test]
fn text_is_decoded() {
    silent(r###"a "x\ty" #"raw \n "quoted""# ##"a"#b"##"###, r##"a "x\ty" "raw \\n \"quoted\"" "a\"#b""##);
    silent("a \"\"\"\n    one\n      two\n\n    \"\"\"", r#"a "one\n  two\n""#);
    silent("a #\"\"\"\n\\d\n\"\"\"#", r#"a "\\d""#);
    silent("a \"one \\\n   two\"", r#"a "one two""#);
    silent("a \"\" #\"\"#", r#"a "" """#);
}

#[test]
fn plain_words_are_text() {
    silent(
        "a on off yes NO US - -- . +. -a .b x:y a@b.com 5 _5 é 日本",
        r#"a "on" "off" "yes" "NO" "US" "-" "--" "." "+." "-a" ".b" "x:y" "a@b.com" 5 "_5" "é" "日本""#,
    );
}

#[test]
fn hidden_pieces_are_recorded_and_not_in_the_tree() {
    let text = "a 1 /-2 /-k=3 /-{ x } { y }\n/- b { c /- d }\ne";
    assert_eq!(tree(text), "a 1 { y }; e");
    let hidden = read(text, |tree| {
        tree.hidden.iter().map(|span| text[span.start as usize..span.end as usize].to_owned()).collect::<Vec<_>>()
    });
    assert_eq!(hidden.0, ["/-2", "/-k=3", "/-{ x }", "/- b { c /- d }", "/- d"]);
    assert_eq!(
        findings(text),
        ["FF0020 /-2", "FF0020 /-k=3", "FF0020 /-{ x }", "FF0020 /- b { c /- d }", "FF0020 /- d"]
    );
}

#[test]
fn spans_point_at_what_was_written() {
    let text = "flag \"x\" name=\"Ünïcode\" 5 {\n}\n";
    let spans = read(text, |tree| {
        let node = tree.roots().next().unwrap();
        let mut spans = vec![node.name().span, node.header(), node.span(), node.block().unwrap()];
        spans.extend(node.entries().flat_map(|entry| [entry.span, entry.value_span]));
        spans
    });
    let texts: Vec<_> = spans.0.iter().map(|span| &text[span.start as usize..span.end as usize]).collect();
    assert_eq!(
        texts,
        [
            "flag",
            "flag \"x\" name=\"Ünïcode\" 5",
            text.trim_end(),
            "{\n}",
            "\"x\"",
            "\"x\"",
            "name=\"Ünïcode\"",
            "\"Ünïcode\"",
            "5",
            "5"
        ]
    );
}

#[test]
fn every_token_has_its_kind() {
    let text = "a \"q\" 1 #true k=(t)\\\n{ /*c*/ };//l\n";
    let kinds = read(text, |tree| {
        tree.tokens.iter().map(|token| token.kind).filter(|kind| *kind != TokenKind::Whitespace).collect::<Vec<_>>()
    });
    use TokenKind::*;
    assert_eq!(
        kinds.0,
        [
            Bare,
            Quoted,
            Number,
            Keyword,
            Bare,
            Equals,
            OpenParen,
            Bare,
            CloseParen,
            LineContinuation,
            OpenBrace,
            BlockComment,
            CloseBrace,
            Semicolon,
            LineComment,
            Newline
        ]
    );
}
