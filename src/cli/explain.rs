//! `flagfall explain`: a rule's page, offline.

use schemars::JsonSchema;
use serde::Serialize;

use super::output::Terminal;
use super::{Context, Exit, Format};
use crate::diagnostic::{Rule, suggest};
use crate::failure::Failure;

/// Explain a rule: what it means, a bad and a good example, when to allow it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall explain FF1010
  flagfall explain unknown-variation")]
pub struct Args {
    /// A rule's id or name
    #[arg(value_name = "RULE")]
    pub rule: String,
}

/// A rule and its page.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Document {
    /// The name of this schema.
    schema: &'static str,
    /// Never reused.
    #[schemars(example = &"FF1010")]
    id: &'static str,
    /// Accepted wherever the id is.
    #[schemars(example = &"unknown-variation")]
    name: &'static str,
    /// What it finds, in a sentence.
    meaning: &'static str,
    /// Whether `rules` and `allow` may set another level.
    can_be_lowered: bool,
    /// What it means, a bad and a good example, when to allow it: Markdown.
    page: &'static str,
}

/// Runs it.
///
/// # Errors
/// When there is no such rule.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let rule = Rule::find(&args.rule).ok_or_else(|| unknown(&args.rule))?;
    let face = context.options.face();
    let results = context.output.results();
    match face {
        Format::Json => results.json(&Document {
            schema: "flagfall.explain/1",
            id: rule.id(),
            name: rule.name(),
            meaning: rule.meaning(),
            can_be_lowered: rule.can_be_lowered(),
            page: rule.page(),
        }),
        Format::Plain => results.text(rule.page()),
        Format::Human => {
            let page = for_terminal(rule.page(), results.terminal());
            results.text(&page);
        }
    }
    Ok(Exit::Clean)
}

/// Markdown for people: headings stand out, examples are indented, paragraphs fit the terminal.
fn for_terminal(page: &str, terminal: Terminal) -> String {
    let (on, off) = if terminal.color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    let mut shown = String::new();
    let mut paragraph: Vec<&str> = Vec::new();
    let mut example = false;
    let fill = |shown: &mut String, paragraph: &mut Vec<&str>| {
        if !paragraph.is_empty() {
            // No line break inside of words that stand for themselves.
            let options = textwrap::Options::new(terminal.width.min(100))
                .subsequent_indent(if paragraph.first().is_some_and(|line| line.starts_with("- ")) { "  " } else { "" })
                .word_splitter(textwrap::WordSplitter::NoHyphenation)
                .break_words(false);
            shown.push_str(&textwrap::fill(&paragraph.join(" "), options));
            shown.push('\n');
            paragraph.clear();
        }
    };
    for line in page.lines().chain(std::iter::once("")) {
        let fence = line.starts_with("```");
        let heading = line.trim_start_matches('#').trim_start();
        let is_heading = !example && line.starts_with('#');
        if !example && !fence && !is_heading && !line.is_empty() {
            if line.starts_with("- ") {
                fill(&mut shown, &mut paragraph);
            }
            paragraph.push(line.trim_start());
            continue;
        }
        fill(&mut shown, &mut paragraph);
        match line {
            _ if fence => example = !example,
            "" => shown.push('\n'),
            _ if is_heading => shown.push_str(&format!("{on}{heading}{off}\n")),
            _ => shown.push_str(&format!("    {line}\n")),
        }
    }
    shown.trim_end().to_owned() + "\n"
}

fn unknown(written: &str) -> Failure {
    let names = Rule::ALL.iter().flat_map(|rule| [rule.name(), rule.id()]);
    let help = match suggest::nearest(&written.to_uppercase(), names) {
        Some(name) => format!("did you mean `{name}`? `flagfall rules` lists all"),
        None => "`flagfall rules` lists all".to_owned(),
    };
    Failure::new(format!("there is no rule `{written}`")).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(page: &str) -> String {
        for_terminal(page, Terminal { interactive: false, color: false, unicode: true, width: 20 })
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(shown("all conditions but `is-null` fail"), "all conditions but\n`is-null` fail\n");
        for rule in Rule::ALL {
            assert!(!rule.page().lines().any(|line| line.ends_with('-')), "{}", rule.name());
        }
    }

    #[test]
    fn points_of_a_list_stand_on_lines_of_their_own() {
        assert_eq!(shown("- one point that is\n  long\n- another\n"), "- one point that is\n  long\n- another\n");
    }
}
