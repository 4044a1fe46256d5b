//! KDL's canonical form, as the official cases print it.

use flagfall::diagnostic::{Diagnostic, Severity, Sink};
use flagfall::source::{FileKind, SourceSet};
use flagfall::syntax::reader;
use flagfall::syntax::tree::{Entry, Node, Tree, Value};

/// Reads a text: its canonical form and the findings.
pub(crate) fn read(text: &str) -> (String, Vec<Diagnostic>) {
    read_numbers(text, print_number)
}

/// The same, with numbers printed as `numbers` says.
pub(crate) fn read_numbers(text: &str, numbers: fn(&str) -> String) -> (String, Vec<Diagnostic>) {
    with_tree(text, |tree| print(tree, numbers))
}

/// Reads a text and looks at its tree.
pub(crate) fn with_tree<T>(text: &str, look: impl FnOnce(&Tree<'_>) -> T) -> (T, Vec<Diagnostic>) {
    let mut sources = SourceSet::new();
    let file = sources.add("case.kdl", "case.kdl", FileKind::Definitions, text);
    let mut sink = Sink::new();
    let tree = reader::read(file, text, &mut sink);
    let result = look(&tree);
    (result, sink.findings().to_vec())
}

/// The findings that are errors.
pub(crate) fn errors(findings: &[Diagnostic]) -> Vec<String> {
    findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| format!("{} {}", finding.rule.id(), finding.message))
        .collect()
}

fn print(tree: &Tree<'_>, numbers: fn(&str) -> String) -> String {
    let mut out = String::new();
    for node in tree.roots() {
        print_node(tree, node, 0, numbers, &mut out);
    }
    if out.is_empty() {
        out.push('\n');
    }
    out
}

fn print_node(tree: &Tree<'_>, node: Node<'_>, depth: usize, numbers: fn(&str) -> String, out: &mut String) {
    out.push_str(&"    ".repeat(depth));
    if let Some(annotation) = node.annotation() {
        out.push_str(&print_annotation(tree, annotation.start, annotation.end));
    }
    out.push_str(&print_text(node.name().text));
    let mut properties: Vec<(&str, Entry<'_>)> = Vec::new();
    for entry in node.entries() {
        match entry.name {
            None => {
                out.push(' ');
                out.push_str(&print_entry(tree, entry, numbers));
            }
            Some(name) => {
                properties.retain(|(known, _)| *known != name.text);
                properties.push((name.text, entry));
            }
        }
    }
    properties.sort_by_key(|(name, _)| *name);
    for (name, entry) in properties {
        out.push_str(&format!(" {}={}", print_text(name), print_entry(tree, entry, numbers)));
    }
    if node.children().next().is_some() {
        out.push_str(" {\n");
        for child in node.children() {
            print_node(tree, child, depth + 1, numbers, out);
        }
        out.push_str(&"    ".repeat(depth));
        out.push('}');
    }
    out.push('\n');
}

/// The word in a `(type)`, read as a statement's name.
fn print_annotation(tree: &Tree<'_>, start: u32, end: u32) -> String {
    let inside = &tree.text[start as usize + 1..end as usize - 1];
    let (name, _) = with_tree(inside, |tree| tree.roots().next().map(|node| node.name().text.to_owned()));
    format!("({})", print_text(&name.unwrap_or_default()))
}

fn print_entry(tree: &Tree<'_>, entry: Entry<'_>, numbers: fn(&str) -> String) -> String {
    let annotation = entry.annotation.map(|it| print_annotation(tree, it.start, it.end)).unwrap_or_default();
    let value = match entry.value {
        Value::Text(text) => print_text(text.text),
        Value::Number(number) => numbers(number),
        Value::Bool(value) => format!("#{value}"),
        Value::Null => "#null".to_owned(),
    };
    annotation + &value
}

/// Text as a bare word where it is one, in quotes where not.
pub(crate) fn print_text(text: &str) -> String {
    let keyword = matches!(text, "true" | "false" | "null" | "inf" | "-inf" | "nan");
    let bare = text.trim_start_matches(['+', '-']).trim_start_matches('.');
    let number = bare.starts_with(|character: char| character.is_ascii_digit());
    let plain = text.chars().all(|character| {
        !character.is_whitespace()
            && !character.is_control()
            && !"\\/(){};[]\"#=".contains(character)
            && !matches!(character, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    });
    if !text.is_empty() && !keyword && !number && plain {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

/// Numbers in decimal, without underscores; a fraction and an exponent are spelled as the cases spell them.
pub(crate) fn print_number(number: &str) -> String {
    if number.starts_with('#') {
        return number.to_owned();
    }
    let plain = number.replace('_', "");
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain.strip_prefix('+').unwrap_or(&plain)),
    };
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = digits.strip_prefix(prefix) {
            return format!("{sign}{}", big(digits, radix));
        }
    }
    if let Some((mantissa, exponent)) = digits.split_once(['e', 'E']) {
        let exponent = if exponent.starts_with(['+', '-']) { exponent.to_owned() } else { format!("+{exponent}") };
        return format!("{sign}{mantissa}E{exponent}");
    }
    match digits.split_once('.') {
        Some(_) => format!("{sign}{digits}"),
        None => {
            let significant = digits.trim_start_matches('0');
            format!("{sign}{}", if significant.is_empty() { "0" } else { significant })
        }
    }
}

/// Digits of any length in decimal.
fn big(digits: &str, radix: u32) -> String {
    let mut decimal = vec![0_u32];
    for digit in digits.chars().filter_map(|digit| digit.to_digit(radix)) {
        let mut carry = digit;
        for place in &mut decimal {
            let sum = *place * radix + carry;
            *place = sum % 10;
            carry = sum / 10;
        }
        while carry > 0 {
            decimal.push(carry % 10);
            carry /= 10;
        }
    }
    decimal.iter().rev().map(u32::to_string).collect()
}
