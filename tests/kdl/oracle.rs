//! What the `kdl` crate makes of a text, where it can be asked; shared with the fuzz target.

use kdl::{KdlDocument, KdlNode, KdlValue};

use super::canonical;

/// The crate's document in canonical form; none where the crate refuses the text.
pub(crate) fn oracle(text: &str) -> Option<String> {
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
pub(crate) fn as_float(number: &str) -> String {
    if number.starts_with('#') || number.starts_with("0x") || !number.contains(['.', 'e', 'E']) {
        let printed = canonical::print_number(number);
        return if printed == "-0" { "0".to_owned() } else { printed };
    }
    let Ok(number) = number.replace('_', "").parse::<f64>() else { return format!("not a number: {number}") };
    if number.is_infinite() { format!("#{number}") } else { format!("{number:?}") }
}

/// Whether the crate refuses a text only because it wants white space before `/-`, and no `;` behind what it hides.
pub(crate) fn wants_space(text: &str) -> bool {
    text.contains("/-") && oracle(&text.replace("/-", " /-").replace("/ /-", "//-").replace(';', "\n")).is_some()
}

/// Whether only we refuse a text, and rightly: `#"""one line"""#`, U+007F, and what is KDL but never what an author means.
pub(crate) fn refused_rightly(text: &str, errors: &[String]) -> bool {
    text.contains('\u{7f}')
        || text.contains("#\"\"\"")
        // The crate overlooks missing white space in what `/-` hides.
        || text.contains("/-") && oracle(&text.replace("/-", "")).is_none()
        || errors.iter().all(|error| error.starts_with("FF0026") || error.contains("an address"))
}

/// Whether the crate can be asked about a text: on some it takes exponential time or all of the stack, and long numbers it refuses.
fn can_be_asked(text: &str) -> bool {
    let few = |piece: &str, most: usize| text.matches(piece).count() <= most;
    let digits = |word: &str| word.len() > 30 && word.bytes().any(|byte| byte.is_ascii_digit());
    text.len() <= 1_000
        && few("/-", 3)
        && few("{", 20)
        && ["}", "=", "/", "*", "#", "("].iter().all(|mark| few(mark, 60))
        && !text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_').any(digits)
}

/// What is wrong with how a text is read, whatever the text: its tokens do not tile it, a finding points outside, or it is taken
/// for KDL although it is none. That we refuse more than the crate is meant, and judged where texts are made to be read.
pub(crate) fn fault(text: &str) -> Option<String> {
    let read = |tree: &flagfall::syntax::tree::Tree<'_>| -> Vec<_> {
        tree.spans().map(|(_, span)| (span.start, span.end)).collect()
    };
    let (spans, findings) = canonical::with_tree(text, read);
    let mut end = 0;
    for (start, stop) in spans {
        if start != end || stop <= start || !text.is_char_boundary(stop as usize) {
            return Some(format!("a token is at {start}..{stop} where {end} was read"));
        }
        end = stop;
    }
    if end as usize != text.len() {
        return Some(format!("the tokens end at {end}"));
    }
    let edits = findings.iter().flat_map(|finding| &finding.edits).map(|edit| edit.span);
    let labels = findings.iter().flat_map(|finding| &finding.labels).map(|label| label.span);
    let mut places = findings.iter().filter_map(|finding| finding.span).chain(labels).chain(edits);
    if let Some(place) = places.find(|place| text.get(place.start as usize..place.end as usize).is_none()) {
        return Some(format!("a finding points at {place:?}"));
    }
    let (ours, findings) = canonical::read_numbers(text, as_float);
    if !canonical::errors(&findings).is_empty() || !can_be_asked(text) {
        return None;
    }
    match oracle(text) {
        Some(theirs) if theirs == ours => None,
        Some(theirs) => Some(format!("the crate reads it as {theirs}, we as {ours}")),
        None if wants_space(text) => None,
        None => Some(format!("only we accept it, as {ours}")),
    }
}
