//! The reader and the `kdl` crate agree, outside the known differences; and no text makes the reader fail.
//!
//! The crate takes exponential time on nested `/-{` and aborts on deep nesting, so generated texts stay small and flat.

use kdl::{KdlDocument, KdlNode, KdlValue};
use proptest::collection::vec;
use proptest::prelude::*;

use super::canonical;

/// The crate's document in canonical form; none where the crate refuses the text.
fn oracle(text: &str) -> Option<String> {
    let document = KdlDocument::parse_v2(text).ok()?;
    let mut out = String::new();
    for node in document.nodes() {
        print_node(node, 0, &mut out);
    }
    Some(if out.is_empty() { "\n".to_owned() } else { out })
}

fn print_node(node: &KdlNode, depth: usize, out: &mut String) {
    let annotation = |ty: Option<&kdl::KdlIdentifier>| {
        ty.map(|ty| format!("({})", canonical::print_text(ty.value()))).unwrap_or_default()
    };
    out.push_str(&"    ".repeat(depth));
    out.push_str(&annotation(node.ty()));
    out.push_str(&canonical::print_text(node.name().value()));
    let mut properties = Vec::new();
    for entry in node.entries() {
        let value = annotation(entry.ty()) + &print_value(entry.value());
        match entry.name() {
            None => out.push_str(&format!(" {value}")),
            Some(name) => {
                properties.retain(|(known, _): &(String, String)| known != name.value());
                properties.push((name.value().to_owned(), value));
            }
        }
    }
    properties.sort();
    for (name, value) in properties {
        out.push_str(&format!(" {}={value}", canonical::print_text(&name)));
    }
    if let Some(children) = node.children().filter(|children| !children.nodes().is_empty()) {
        out.push_str(" {\n");
        for child in children.nodes() {
            print_node(child, depth + 1, out);
        }
        out.push_str(&"    ".repeat(depth));
        out.push('}');
    }
    out.push('\n');
}

fn print_value(value: &KdlValue) -> String {
    match value {
        KdlValue::String(text) => canonical::print_text(text),
        KdlValue::Integer(number) => number.to_string(),
        KdlValue::Float(number) if number.is_nan() => "#nan".to_owned(),
        KdlValue::Float(number) if number.is_infinite() => if *number > 0.0 { "#inf" } else { "#-inf" }.to_owned(),
        KdlValue::Float(number) => format!("{number:?}"),
        KdlValue::Bool(value) => format!("#{value}"),
        KdlValue::Null => "#null".to_owned(),
    }
}

/// Numbers as the crate keeps them: fractions as `f64`.
fn as_float(number: &str) -> String {
    if number.starts_with('#') || number.starts_with("0x") || !number.contains(['.', 'e', 'E']) {
        let printed = canonical::print_number(number);
        return if printed == "-0" { "0".to_owned() } else { printed };
    }
    let Ok(number) = number.replace('_', "").parse::<f64>() else { return format!("not a number: {number}") };
    if number.is_infinite() { format!("#{number}") } else { format!("{number:?}") }
}

/// Whether the crate refuses a text only because it wants white space before `/-`, and no `;` behind what it hides.
fn wants_space(text: &str) -> bool {
    text.contains("/-") && oracle(&text.replace("/-", " /-").replace("/ /-", "//-").replace(';', "\n")).is_some()
}

/// Whether only we refuse a text, and rightly: `#"""one line"""#`, U+007F, and what is KDL but never what an author means.
fn refused_rightly(text: &str, errors: &[String]) -> bool {
    text.contains('\u{7f}')
        || text.contains("#\"\"\"")
        // The crate overlooks missing white space in what `/-` hides.
        || text.contains("/-") && oracle(&text.replace("/-", "")).is_none()
        || errors.iter().all(|error| error.starts_with("FF0026") || error.contains("an address"))
}

const PIECES: &[&str] = &[
    "a",
    "b1",
    "-",
    "+1",
    "0x1F",
    "1.5",
    "1_0",
    "-2e3",
    "\"s\"",
    "\"e\\n\"",
    "\"\"\"\n  x\n  \"\"\"",
    "#\"r\"#",
    "##\"r\"#\"##",
    "#true",
    "#null",
    "#inf",
    "(t)",
    "=",
    " ",
    " ",
    " ",
    " ",
    "\n",
    "\n",
    ";",
    "{",
    "}",
    "/-",
    "//c\n",
    "/*c*/",
    "\\\n",
    "\t",
    "true",
    "[",
    ",",
    "#",
    "\u{a0}",
    "\r\n",
    "\u{85}",
    "é",
    ":",
    "\"",
    "*/",
    "/*",
    "\\",
    "%",
    "5",
    ".",
    "\u{feff}",
    "r",
];

fn soup() -> impl Strategy<Value = String> {
    vec(prop::sample::select(PIECES), 0..14).prop_map(|pieces| pieces.concat())
}

fn space() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => Just(" ".to_owned()),
        1 => Just("\t \u{3000}".to_owned()),
        1 => Just(" /* c /* d */ */ ".to_owned()),
        1 => Just(" \\\n  ".to_owned()),
        1 => Just(" \\ // more\r\n".to_owned()),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        // No word that begins like a keyword.
        "[a-eghj-mo-su-z][a-z0-9.-]{0,6}",
        "\"[ -!#-:<-\\[\\]-~é]{0,8}\"",
        "\"(\\\\n|\\\\t|\\\\\"|\\\\\\\\|\\\\s|\\\\u\\{e9\\}|\\\\ \n |x){0,5}\"",
        "#\"[a-z \\\\]{0,6}\"#",
        "##\"[a-z]\"#[a-z]\"##",
        "[a-z \\\\]{0,6}".prop_map(|body| format!("#\"\"\"\n  {body}\n\n    z\n  \"\"\"#")),
        "([a-z ]|\\\\n){0,6}".prop_map(|body| format!("\"\"\"\n  {body}\n  \"\"\"")),
    ]
}

fn value() -> impl Strategy<Value = String> {
    let plain = prop_oneof![
        4 => text(),
        1 => "[+-]?[0-9][0-9_]{0,5}",
        1 => "-?[0-9]{1,4}\\.[0-9]{1,4}([eE][+-]?[0-9]{1,2})?",
        1 => "0x[0-9a-fA-F]{1,8}|0o[0-7]{1,6}|0b[01]{1,8}",
        1 => "#true|#false|#null|#inf|#-inf|#nan",
    ];
    (prop_oneof![6 => Just(String::new()), 1 => Just("(t)".to_owned()), 1 => Just("( \"t u\" ) ".to_owned())], plain)
        .prop_map(|(annotation, value)| annotation + &value)
}

fn entry() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => value(),
        2 => (text(), prop_oneof![4 => Just("="), 1 => Just(" = ")], value()).prop_map(|(name, equals, value)| name + equals + &value),
        1 => value().prop_map(|value| format!("/- {value}")),
    ]
}

fn document() -> impl Strategy<Value = String> {
    let header = (prop_oneof![8 => Just(""), 1 => Just("(t)"), 1 => Just("/-")], text(), vec((space(), entry()), 0..4))
        .prop_map(|(before, name, entries)| {
            let entries: String = entries.into_iter().map(|(space, entry)| space + &entry).collect();
            format!("{before}{name}{entries}")
        })
        .boxed();
    let end = prop_oneof![6 => Just("\n"), 2 => Just(";"), 1 => Just(" // end\n"), 1 => Just("\r\n\n"), 1 => Just("\u{2028}")].boxed();
    let leaf = (header.clone(), end.clone()).prop_map(|(header, end)| header + end);
    let node = leaf.prop_recursive(3, 12, 4, move |inner| {
        (
            header.clone(),
            prop_oneof![6 => Just(" {\n"), 2 => Just("{"), 1 => Just(" /-{ hidden 1 } {")],
            vec(inner, 0..4),
            end.clone(),
        )
            .prop_map(|(header, open, children, end)| format!("{header}{open}{}}}{end}", children.concat()))
    });
    vec(node, 0..4).prop_map(|nodes| nodes.concat())
}

/// `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_are_read_like_the_crate_reads_them(text in document()) {
        let (ours, findings) = canonical::read_numbers(&text, as_float);
        let errors = canonical::errors(&findings);
        prop_assert!(errors.is_empty(), "{text:?}: {errors:?}");
        if let Some(theirs) = oracle(&text) {
            prop_assert_eq!(ours, theirs, "{:?}", text);
        } else {
            prop_assert!(wants_space(&text), "the crate refuses {text:?}");
        }
    }

    #[test]
    fn what_either_refuses_the_other_refuses(text in soup()) {
        let (ours, findings) = canonical::read_numbers(&text, as_float);
        let errors = canonical::errors(&findings);
        match oracle(&text) {
            Some(theirs) if errors.is_empty() => prop_assert_eq!(ours, theirs, "{:?}", text),
            Some(_) => prop_assert!(refused_rightly(&text, &errors), "only the crate accepts {text:?}: {errors:?}"),
            None => prop_assert!(!errors.is_empty() || wants_space(&text), "only we accept {text:?} as {ours}"),
        }
    }

    #[test]
    fn any_text_is_tiled_by_tokens_and_every_span_is_inside_it(text in prop_oneof![soup(), any::<String>(), "[\\\\\"#/*{}()=;\\-\n\r a\u{85}é“]{0,40}"]) {
        let (spans, findings) = canonical::with_tree(&text, |tree| tree.spans().map(|(_, span)| (span.start, span.end)).collect::<Vec<_>>());
        let mut end = 0;
        for (start, stop) in spans {
            prop_assert_eq!(start, end);
            prop_assert!(stop > start && text.is_char_boundary(stop as usize));
            end = stop;
        }
        prop_assert_eq!(end as usize, text.len());
        for finding in findings {
            let places = finding.span.into_iter().chain(finding.labels.iter().map(|it| it.span)).chain(finding.edits.iter().map(|it| it.span));
            for place in places {
                prop_assert!(text.get(place.start as usize..place.end as usize).is_some(), "{place:?} of {text:?}");
            }
        }
    }
}
