//! JUnit XML: every file against the structure of `junit-10.xsd` here, and against the published schema where `xmllint` is there.

use std::io::Write as _;
use std::process::Command;

/// Element, its mandatory and its other attributes, what may be in it, and whether that may be text.
type Element = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str], bool);

const ELEMENTS: [Element; 6] = [
    ("testsuites", &[], &["name", "tests", "failures", "errors"], &["testsuite"], false),
    ("testsuite", &["name", "tests", "failures", "errors"], &["skipped"], &["testcase"], false),
    ("testcase", &["name"], &["classname"], &["failure", "skipped", "system-out"], false),
    ("failure", &[], &["type", "message"], &[], true),
    ("skipped", &[], &["type", "message"], &[], true),
    ("system-out", &[], &[], &[], true),
];

/// How many cases there are, or what is wrong.
pub(crate) fn accepts(text: &str) -> Result<usize, String> {
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if let Some(bad) = text.chars().find(|&character| !legal(character)) {
        return Err(format!("{bad:?} is no character of XML 1.0"));
    }
    let body = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").ok_or("no declaration")?;
    let (mut open, mut rest, mut cases): (Vec<&str>, &str, usize) = (Vec::new(), body, 0);
    let mut roots = 0;
    while let Some((before, after)) = rest.split_once('<') {
        self::text(before, open.last().copied())?;
        let (tag, after) = after.split_once('>').ok_or("a tag is not closed")?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes something else"));
            }
            continue;
        }
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let name = tag.split(' ').next().unwrap_or("");
        let &(_, mandatory, other, ..) =
            ELEMENTS.iter().find(|element| element.0 == name).ok_or(format!("<{name}> is not known"))?;
        match open.last() {
            None if name == "testsuites" => roots += 1,
            None => return Err(format!("<{name}> at the top")),
            Some(parent) if ELEMENTS.iter().any(|element| element.0 == *parent && element.3.contains(&name)) => {}
            Some(parent) => return Err(format!("<{name}> in <{parent}>")),
        }
        let names = attributes(&tag[name.len()..])?;
        if let Some(missing) = mandatory.iter().find(|wanted| !names.contains(wanted)) {
            return Err(format!("<{name}> lacks {missing}"));
        }
        if let Some(unknown) = names.iter().find(|name| !mandatory.contains(name) && !other.contains(name)) {
            return Err(format!("<{name}> has {unknown}"));
        }
        cases += usize::from(name == "testcase");
        if !empty {
            open.push(name);
        }
    }
    if roots == 1 && open.is_empty() && rest.trim().is_empty() {
        Ok(cases)
    } else {
        Err("not one whole document".to_owned())
    }
}

fn attributes(mut text: &str) -> Result<Vec<&str>, String> {
    let mut names = Vec::new();
    while !text.trim().is_empty() {
        let (name, after) = text.split_once("=\"").ok_or(format!("attributes: {text}"))?;
        let (value, after) = after.split_once('"').ok_or(format!("attributes: {text}"))?;
        let name = name.strip_prefix(' ').ok_or(format!("attributes: {text}"))?;
        if names.contains(&name) {
            return Err(format!("{name} twice"));
        }
        references(value)?;
        names.push(name);
        text = after;
    }
    Ok(names)
}

fn text(text: &str, parent: Option<&str>) -> Result<(), String> {
    let may = ELEMENTS.iter().any(|element| parent == Some(element.0) && element.4);
    if !may && !text.trim().is_empty() {
        return Err(format!("text in <{}>: {text}", parent.unwrap_or("")));
    }
    if text.contains("]]>") {
        return Err("`]]>` in text".to_owned());
    }
    references(text)
}

fn references(text: &str) -> Result<(), String> {
    let known = |rest: &str| ["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|name| rest.starts_with(name));
    match text.split('&').skip(1).find(|rest| !known(rest)) {
        Some(rest) => Err(format!("`&{rest}` refers to nothing")),
        None => Ok(()),
    }
}

/// Asks `xmllint` about all of them at once. Where it is missing, says so; in CI that is a failure.
#[track_caller]
pub(crate) fn published<'a>(texts: impl IntoIterator<Item = &'a str>) {
    if Command::new("xmllint").arg("--version").output().is_err() {
        assert!(std::env::var_os("FLAGFALL_XMLLINT").is_none(), "xmllint is missing: install libxml2-utils");
        eprintln!("the published JUnit schema was not run: there is no xmllint (libxml2-utils)");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new("xmllint");
    command.args(["--nonet", "--noout", "--schema"]).arg(crate::here("outputs/schema/junit-10.xsd"));
    for (number, text) in texts.into_iter().enumerate() {
        let path = directory.path().join(format!("{number}.xml"));
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        command.arg(path);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
