//! A ConfigMap as YAML, for people who apply it with other tools.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Object;

/// One document, its members in the order people write them.
#[must_use]
pub fn yaml(object: &Object, namespace: Option<&str>) -> String {
    let Object { name, labels, annotations, data, binary_data, immutable } = object;
    let mut out = String::from("apiVersion: v1\nkind: ConfigMap\nmetadata:\n");
    let _ = writeln!(out, "  name: {}", quoted(name));
    if let Some(namespace) = namespace {
        let _ = writeln!(out, "  namespace: {}", quoted(namespace));
    }
    let texts = |out: &mut String, title: &str, indent: &str, texts: &std::collections::BTreeMap<String, String>| {
        if !texts.is_empty() {
            let _ = writeln!(out, "{indent}{title}:");
        }
        for (key, value) in texts {
            let _ = write!(out, "{indent}  {}: ", quoted(key));
            scalar(value, &format!("{indent}    "), out);
        }
    };
    texts(&mut out, "labels", "  ", labels);
    texts(&mut out, "annotations", "  ", annotations);
    if *immutable {
        out.push_str("immutable: true\n");
    }
    texts(&mut out, "data", "", data);
    if !binary_data.is_empty() {
        out.push_str("binaryData:\n");
    }
    for (key, value) in binary_data {
        let _ = writeln!(out, "  {}: {}", quoted(key), STANDARD.encode(value));
    }
    out
}

/// Text of several lines as it is, so that a review shows which line changed; anything else in quotes.
fn scalar(text: &str, indent: &str, out: &mut String) {
    let lines = text.strip_suffix('\n').filter(|lines| lines.contains('\n') && !lines.ends_with('\n'));
    match lines.filter(|lines| !lines.starts_with([' ', '\n']) && lines.chars().all(|c| c == '\n' || is_plain(c))) {
        Some(lines) => {
            out.push_str("|\n");
            for line in lines.split('\n') {
                // A line of nothing needs no indentation.
                let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "{indent}{line}") };
            }
        }
        None => {
            let _ = writeln!(out, "{}", quoted(text));
        }
    }
}

/// Whether YAML, of any version, takes a character as it is.
fn is_plain(c: char) -> bool {
    let is_break = matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    !c.is_control() && !is_break && c != '\u{feff}' && u32::from(c) & 0xfffe != 0xfffe
}

/// A double-quoted scalar; a bare one where nobody could take it for anything but text.
fn quoted(text: &str) -> String {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-./".contains(&byte));
    // Words that some version of YAML reads as a boolean or nothing.
    let is_value =
        ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&text.to_lowercase().as_str());
    if is_word && !is_value {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if is_plain(c) => out.push(c),
            c => {
                let code = u32::from(c);
                let _ = if code > 0xffff { write!(out, "\\U{code:08x}") } else { write!(out, "\\u{code:04x}") };
            }
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    fn read(object: &Object) -> Value {
        serde_saphyr::from_str(&yaml(object, Some("shop"))).unwrap()
    }

    #[test]
    fn every_text_is_read_back_as_it_was() {
        let texts = [
            "{\n  \"a\": 1\n}\n",
            "{\n\n a \n}\n",
            "no break",
            "",
            "\n",
            "\n\n",
            " {\n}\n",
            "{\n}",
            "{\n}\n\n",
            "yes",
            "1",
            "null",
            "tab\there\n.\n",
            "\u{85}\n.\n",
            "a\u{2028}b\n.\n",
            "\u{7f}",
            "\u{feff}x",
            "\u{1f600} ü\n.\n",
            "quote \" and \\ \n",
            "- a: b #c",
            "\r\n.\n",
            "\u{1}",
        ];
        for text in texts {
            let data = BTreeMap::from([("config.json".to_owned(), text.to_owned())]);
            let object = Object { name: "a".to_owned(), data, ..Object::default() };
            assert_eq!(read(&object)["data"]["config.json"], json!(text), "{}", yaml(&object, None));
        }
    }

    #[test]
    fn a_config_map_has_its_members_where_a_cluster_expects_them() {
        let map = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let object = Object {
            name: "flags".to_owned(),
            labels: map("app.kubernetes.io/managed-by", "flagfall"),
            annotations: map("flagfall.dev/flags", "12"),
            data: BTreeMap::new(),
            binary_data: BTreeMap::from([("config.json.gz".to_owned(), vec![0, 255])]),
            immutable: true,
        };
        let expected = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": "flags",
                "namespace": "shop",
                "labels": {"app.kubernetes.io/managed-by": "flagfall"},
                "annotations": {"flagfall.dev/flags": "12"}
            },
            "immutable": true,
            "binaryData": {"config.json.gz": "AP8="}
        });
        assert_eq!(read(&object), expected);
    }
}
