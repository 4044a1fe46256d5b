//! Writing KDL as a person would: one statement a line, four spaces a level, names bare where they can be.

use kdl::{KdlDocument, KdlEntry, KdlEntryFormat, KdlIdentifier, KdlNode, KdlNodeFormat};

/// A statement being written.
#[derive(Debug, Clone)]
pub struct Line {
    name: String,
    entries: Vec<(Option<String>, String)>,
    block: Option<Vec<Line>>,
    inline: bool,
    space_before: bool,
}

impl Line {
    /// A statement of that name, bare where it can be.
    #[must_use]
    pub fn new(name: &str) -> Self {
        // The dash of a list line and the language's `or` are bare, although as values they are quoted.
        let name = if matches!(name, "-" | "or") { name.to_owned() } else { text(name) };
        Self { name, entries: Vec::new(), block: None, inline: false, space_before: false }
    }

    /// An argument that is text.
    #[must_use]
    pub fn text(self, argument: &str) -> Self {
        self.literal(text(argument))
    }

    /// An argument that is always quoted, raw where that reads better: patterns, JSON, shares.
    #[must_use]
    pub fn quoted(self, argument: &str) -> Self {
        self.literal(quoted(argument))
    }

    /// An argument spelled already: a number, `#true`.
    #[must_use]
    pub fn literal(mut self, argument: impl Into<String>) -> Self {
        self.entries.push((None, argument.into()));
        self
    }

    /// A property whose value is spelled already.
    #[must_use]
    pub fn property(mut self, name: &str, value: impl Into<String>) -> Self {
        self.entries.push((Some(text(name)), value.into()));
        self
    }

    /// A block of statements, one a line.
    #[must_use]
    pub fn block(mut self, lines: Vec<Self>) -> Self {
        self.block = Some(lines);
        self
    }

    /// A block of one statement on the same line.
    #[must_use]
    pub fn inline(mut self, line: Self) -> Self {
        self.block = Some(vec![line]);
        self.inline = true;
        self
    }

    /// An empty line before it.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.space_before = true;
        self
    }

    fn node(&self, depth: usize, inline: bool) -> KdlNode {
        let mut node = KdlNode::new(identifier(&self.name));
        for (name, value) in &self.entries {
            let mut entry = KdlEntry::new(0);
            entry.set_name(name.as_deref().map(identifier));
            entry.set_format(KdlEntryFormat {
                value_repr: value.clone(),
                leading: " ".to_owned(),
                ..KdlEntryFormat::default()
            });
            node.push(entry);
        }
        let indent = if inline { " ".to_owned() } else { "    ".repeat(depth) };
        let mut format = KdlNodeFormat {
            leading: if self.space_before { format!("\n{indent}") } else { indent },
            terminator: if inline { " ".to_owned() } else { "\n".to_owned() },
            ..KdlNodeFormat::default()
        };
        if let Some(lines) = &self.block {
            format.before_children = " ".to_owned();
            let mut children = KdlDocument::new();
            children.nodes_mut().extend(lines.iter().map(|line| line.node(depth + 1, self.inline)));
            let (leading, trailing) = if self.inline { ("", String::new()) } else { ("\n", "    ".repeat(depth)) };
            children.set_format(kdl::KdlDocumentFormat { leading: leading.to_owned(), trailing });
            node.set_children(children);
        }
        node.set_format(format);
        node
    }
}

fn identifier(repr: &str) -> KdlIdentifier {
    let mut identifier = KdlIdentifier::from("x");
    identifier.set_repr(repr);
    identifier
}

/// The text of a file.
#[must_use]
pub fn document(lines: &[Line]) -> String {
    let mut document = KdlDocument::new();
    document.nodes_mut().extend(lines.iter().map(|line| line.node(0, false)));
    document.to_string()
}

/// A string, bare where nobody could misread it, otherwise quoted.
#[must_use]
pub fn text(content: &str) -> String {
    let first = content.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let rest = content.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    let keyword = matches!(content, "true" | "false" | "null" | "inf" | "nan" | "and" | "or" | "not");
    if first && rest && !keyword { content.to_owned() } else { quoted(content) }
}

/// A string in quotes, raw where that saves escapes.
#[must_use]
pub fn quoted(content: &str) -> String {
    let plain = |c: char| !c.is_control() && !is_disguised(c);
    if content.contains(['"', '\\']) && content.chars().all(plain) {
        // A raw string cannot begin with what reads as its longer opening.
        let longest = content.split('"').skip(1).map(|rest| rest.chars().take_while(|&c| c == '#').count() + 1).max();
        let hashes = "#".repeat(longest.unwrap_or(0).max(1));
        if !content.starts_with('"') {
            return format!("{hashes}\"{content}\"{hashes}");
        }
    }
    let mut repr = String::from("\"");
    for c in content.chars() {
        match c {
            '"' => repr.push_str("\\\""),
            '\\' => repr.push_str("\\\\"),
            '\n' => repr.push_str("\\n"),
            '\r' => repr.push_str("\\r"),
            '\t' => repr.push_str("\\t"),
            c if plain(c) => repr.push(c),
            c => repr.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    repr.push('"');
    repr
}

/// Characters that a reader would not see, or that KDL does not take as they are.
fn is_disguised(c: char) -> bool {
    matches!(
        c,
        '\u{85}' | '\u{a0}' | '\u{ad}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
            | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '“' | '”' | '‘' | '’' | '„'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_read_as_a_person_would_write_them() {
        let flag = Line::new("flag").text("a b").property("type", "boolean").block(vec![
            Line::new("variation").text("off").literal("#false"),
            Line::new("gate")
                .text("g")
                .inline(Line::new("when").text("email").text("matches").quoted(r"@x\.org$"))
                .apart(),
        ]);
        assert_eq!(
            document(&[flag]),
            "flag \"a b\" type=boolean {\n    variation off #false\n\n    gate g { when email matches #\"@x\\.org$\"# }\n}\n"
        );
    }

    #[test]
    fn every_string_survives_being_written() {
        for content in
            ["", "a", "true", "5%", "a\"#b", "\"quoted\"", "x\ny", "\u{200b}", "“US”", "a,b", "-a", r"\d", "é"]
        {
            let line = document(&[Line::new("n").text(content).quoted(content)]);
            let parsed: KdlDocument = line.parse().unwrap();
            for entry in parsed.nodes()[0].entries() {
                assert_eq!(entry.value().as_string(), Some(content), "{line}");
            }
        }
    }
}
