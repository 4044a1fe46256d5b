//! The waterfall for a comment or a page: a table, and a flowchart that GitHub draws.

use std::fmt::Write as _;

use super::words::{self, SHOWN, between};
use crate::cli::output::printable;
use crate::evaluate::event::instant_text;
use crate::show::{Kind, Line, LineShares, Picture, Shares};

/// All pictures, one section each.
pub(super) fn render(pictures: &[Picture], given: &[String]) -> String {
    pictures.iter().map(|picture| one(picture, given)).collect::<Vec<_>>().join("\n")
}

fn one(picture: &Picture, given: &[String]) -> String {
    let (flag, environment) = (escaped(&picture.flag), escaped(&picture.environment));
    let mut text = format!("### {flag} in {environment}\n\n");
    if let Some(why) = words::unserved(picture) {
        let _ = writeln!(text, "{}.", escaped(&why));
        return text;
    }
    let _ = write!(text, "At {}; {}", instant_text(picture.at), escaped(&words::population(given)));
    if let Some(times) = words::times(picture) {
        let _ = write!(text, "; {}", escaped(&times));
    }
    text.push_str(".\n\n");
    table(&mut text, picture, &picture.overall);
    text.push('\n');
    chart(&mut text, picture, &picture.overall);
    for (number, region) in picture.regions.iter().enumerate().take(SHOWN).filter(|_| picture.regions.len() > 1) {
        let title = escaped(&words::region(number + 1, region, picture));
        let _ = writeln!(text, "\n**{title}**, {}\n", escaped(&words::instance(region)));
        table(&mut text, picture, &region.shares);
    }
    words::more_regions(picture).iter().for_each(|more| text.push_str(&format!("\n{}\n", escaped(more))));
    if !picture.keys.is_empty() {
        text.push('\n');
    }
    for group in &picture.keys {
        for end in &group.ends {
            let list = words::key_list(&end.keys, SHOWN);
            let _ = writeln!(text, "- {}: {}", escaped(&words::keys(group, end, picture)), escaped(&list));
        }
    }
    text
}

fn table(text: &mut String, picture: &Picture, shares: &Shares) {
    text.push_str("| step | | reach it | taken | fall on | of them |\n|---|---|--:|--:|--:|---|\n");
    for (line, shares) in picture.lines.iter().zip(&shares.lines) {
        let (name, kind) = (escaped(&line.name), kind(line));
        if !line.enabled {
            let _ = writeln!(text, "| {name} | {kind}, switched off | | | | |");
            continue;
        }
        let parts: Vec<String> = parts(shares).iter().map(|part| escaped(part)).collect();
        let _ = writeln!(
            text,
            "| {name} | {kind} | {} | {} | {} | {} |",
            between(&shares.reach, "–"),
            between(&shares.take, "–"),
            between(&shares.falls_on, "–"),
            parts.join("<br>"),
        );
    }
    let _ = writeln!(text, "| the caller's default | | | {} | | |", between(&shares.default, "–"));
}

fn kind(line: &Line) -> &'static str {
    if line.kind == Kind::Otherwise { "" } else { line.kind.word() }
}

/// `on 2.5%`, each variation; who is left out last.
fn parts(shares: &LineShares) -> Vec<String> {
    let parts = words::parts(shares).map(|part| format!("{} {}", words::part(part), between(&part.share, "–")));
    let stopped = (!shares.stopped.most.is_zero())
        .then(|| format!("left out, the caller's default {}", between(&shares.stopped, "–")));
    parts.chain(stopped).collect()
}

/// A box a step; to the side whom it takes, down who falls on.
fn chart(text: &mut String, picture: &Picture, shares: &Shares) {
    text.push_str("```mermaid\nflowchart TD\n    everyone([\"everyone\"])\n");
    let mut from = "everyone".to_owned();
    let mut label = String::new();
    let lines = picture.lines.iter().zip(&shares.lines).filter(|(line, _)| line.enabled).enumerate();
    for (number, (line, shares)) in lines {
        let kind = if line.kind == Kind::Otherwise { String::new() } else { format!("{} ", line.kind.word()) };
        let node = format!("step{number}");
        let _ = writeln!(text, "    {node}[\"{kind}{}\"]", node_text(&line.name));
        let reach = if label.is_empty() { String::new() } else { format!("|\"{label}\"|") };
        let _ = writeln!(text, "    {from} -->{reach} {node}");
        let assigned = words::parts(shares).map(|part| format!("{} {}", words::part(part), between(&part.share, "–")));
        let assigned: Vec<String> = assigned.map(|part| node_text(&part)).collect();
        if !assigned.is_empty() {
            let take = node_text(&between(&shares.take, "–"));
            let _ = writeln!(text, "    {node} -->|\"taken {take}\"| taken{number}([\"{}\"])", assigned.join("<br/>"));
        }
        if !shares.stopped.most.is_zero() {
            let stopped = node_text(&between(&shares.stopped, "–"));
            let _ = writeln!(text, "    {node} -.->|\"left out {stopped}\"| rest");
        }
        label = format!("fall on {}", node_text(&between(&shares.falls_on, "–")));
        from = node;
    }
    let default = node_text(&between(&shares.default, "–"));
    let _ = writeln!(text, "    rest([\"the caller#39;s default {default}\"])");
    let edge = if label.is_empty() { String::new() } else { format!("|\"{label}\"|") };
    let _ = writeln!(text, "    {from} -->{edge} rest\n```");
}

/// Text of a page: what Markdown or HTML would take for its own is escaped.
pub(in crate::cli) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in printable(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // An at sign would notify whoever is called so.
            '@' => escaped.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '$' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// Text of a node: whatever is no letter, digit or harmless sign is written by its number, as mermaid has it.
fn node_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in printable(text).chars() {
        if character.is_alphanumeric() || matches!(character, ' ' | '-' | '.' | ',' | '/' | '%' | '–' | '=') {
            escaped.push(character);
        } else {
            let _ = write!(escaped, "#{};", u32::from(character));
        }
    }
    escaped
}
