//! The reader and the `kdl` crate agree, outside the known differences; and no text makes the reader fail.
//!
//! The crate takes exponential time on nested `/-{` and aborts on deep nesting, so generated texts stay small and flat.

use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;

use super::canonical;
use super::oracle::{as_float, fault, oracle, refused_rightly, wants_space};

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

/// Every KDL text of this repository, in stretches of whole lines that the crate can be asked about.
fn corpus() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = ["tests", "examples", "flags"].map(|directory| root.join(directory)).into();
    let mut stretches = Vec::new();
    while let Some(path) = open.pop() {
        if let Ok(entries) = path.read_dir() {
            let mut inside: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            inside.sort();
            open.extend(inside);
        } else if path.extension().is_some_and(|extension| extension == "kdl")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            let mut stretch = String::new();
            for line in text.split_inclusive('\n') {
                if stretch.len() + line.len() > 500 {
                    stretches.push(std::mem::take(&mut stretch));
                }
                stretch.push_str(line);
            }
            stretches.push(stretch);
        }
    }
    stretches
}

/// A stretch of a file with up to five places written over by pieces of KDL, or by a few letters of another file.
fn mutated() -> impl Strategy<Value = String> {
    let corpus = corpus();
    assert!(corpus.len() > 500, "only {} stretches of KDL were found", corpus.len());
    let elsewhere = (prop::sample::select(corpus.clone()), any::<prop::sample::Index>(), 1..20_usize)
        .prop_map(|(text, at, length)| text.chars().skip(at.index(text.len().max(1))).take(length).collect::<String>());
    let piece = prop_oneof![
        3 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => Just(String::new()),
        1 => elsewhere,
    ];
    let place = (any::<prop::sample::Index>(), 0..6_usize, piece);
    (prop::sample::select(corpus), vec(place, 0..5)).prop_map(|(mut text, places)| {
        for (at, length, piece) in places {
            let characters: Vec<char> = text.chars().collect();
            let at = at.index(characters.len() + 1);
            let rest = characters.iter().skip(at + length);
            text = characters.iter().take(at).copied().chain(piece.chars()).chain(rest.copied()).collect();
        }
        text
    })
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
        prop_assert_eq!(fault(&text), None, "{:?}", text);
    }

    #[test]
    fn flags_with_mistakes_in_them_are_read_without_harm_and_never_more_kindly_than_the_crate_reads_them(text in mutated()) {
        prop_assert_eq!(fault(&text), None, "{:?}", text);
    }
}
