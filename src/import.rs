//! Configurations somebody else wrote, as a workspace: idiomatic where the language has a word for it, exact always.
//!
//! What the language cannot say exactly is refused by flag and reason. The result is a fixed point: it compiles, and importing
//! what it compiles to gives the same files (disabled flags, which are not compiled, aside).

mod draft;
mod holdouts;
mod name;
mod rules;
mod shards;
mod text;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::check::{self, Checked};
use crate::compile;
use crate::diagnostic::{Diagnostic, Family, Rule, Severity, Sink, level};
use crate::model::{self, resolve};
use crate::source::{FileKind, SourceSet};
use crate::syntax::{self, print};
use crate::ufc::{self, Config, Flag};

/// What importing gives.
#[derive(Debug, Default)]
pub struct Imported {
    /// File name and text, by name.
    pub files: BTreeMap<String, String>,
    /// Flags the language cannot say exactly, with the reason, by flag.
    pub refused: BTreeMap<String, String>,
    /// How many flags the files define.
    pub flags: usize,
}

/// How often a document may be rewritten before it is its own fixed point.
const ROUNDS: usize = 4;

/// The workspace of these documents, one an environment, in order. `today` decides which findings there are.
#[must_use]
pub fn import(documents: &[(String, Config)], today: Date) -> Imported {
    let mut refused = BTreeMap::new();
    let mut current: Vec<(String, Config)> = documents.to_vec();
    let mut written = once(&current, &mut refused, today);
    for _ in 0..ROUNDS {
        let Some(checked) = &written.checked else { break };
        let compiled = recompiled(checked, &current);
        let again = once(&compiled, &mut refused, today);
        let settled = again.files == written.files;
        (current, written) = (compiled, again);
        if settled {
            break;
        }
    }
    let flags = written.checked.as_ref().map_or(0, |checked| checked.workspace().flags.len());
    Imported { files: written.files, refused, flags }
}

/// A wire condition as an author would write it, of an attribute of that type; what no author can write as it is.
#[must_use]
pub fn condition(condition: &ufc::Condition, kind: model::AttributeType) -> String {
    match rules::ask(condition) {
        Ok(ask) => print::document(&[text::said(print::Line::new(&condition.attribute), &ask, kind)]).trim().to_owned(),
        Err(_) => format!("{} {} {}", condition.attribute, condition.operator, condition.value),
    }
}

/// What a workspace compiles to, with the flags that are disabled and so not compiled as they were.
fn recompiled(checked: &Checked, before: &[(String, Config)]) -> Vec<(String, Config)> {
    let compile = |environment: &std::sync::Arc<model::Environment>| {
        let mut config = compile::compile(checked, environment, "1970-01-01T00:00:00.000Z").config;
        // Through the text, so that numbers are what a reader of the file would see.
        if let Ok(read) = ufc::read(ufc::write::to_json(&config).as_bytes()) {
            config = read;
        }
        let disabled = before.iter().filter(|(name, _)| *name == environment.name.value);
        for (key, flag) in disabled.flat_map(|(_, config)| &config.flags) {
            if flag.as_ref().is_ok_and(|flag| !flag.enabled)
                && checked.workspace().flags.iter().any(|f| f.key.value == *key)
            {
                config.flags.entry(key.clone()).or_insert_with(|| flag.clone());
            }
        }
        (environment.name.value.clone(), config)
    };
    checked.workspace().environments.iter().map(compile).collect()
}

#[derive(Default)]
struct Written {
    files: BTreeMap<String, String>,
    checked: Option<Checked>,
}

/// Rules that original flags break and that may be allowed: by flag, and by file for what flags share.
#[derive(Default)]
struct Allowed {
    flags: BTreeMap<String, BTreeSet<Rule>>,
    shared: BTreeSet<(Rule, String)>,
}

/// One pass from documents to files that check. Flags are refused one by one until the rest is clean.
fn once(documents: &[(String, Config)], refused: &mut BTreeMap<String, String>, today: Date) -> Written {
    let mut allowed = Allowed::default();
    let keys: BTreeSet<&String> = documents.iter().flat_map(|(_, config)| config.flags.keys()).collect();
    // Every pass refuses a flag or allows a rule, so there are only so many.
    for _ in 0..=keys.len() * 4 + 16 {
        let drafts = drafts(documents, refused);
        let files = files(documents, &drafts, &allowed, refused);
        let Some(files) = files else { continue };
        let (sources, workspace, findings) = judge(&files, today);
        let before = (refused.len(), allowed.count());
        for finding in &findings {
            react(finding, &sources, &drafts, &mut allowed, refused);
        }
        if (refused.len(), allowed.count()) == before {
            return Written { files, checked: Checked::prove(workspace, &findings) };
        }
    }
    Written::default()
}

impl Allowed {
    fn count(&self) -> usize {
        self.flags.values().map(BTreeSet::len).sum::<usize>() + self.shared.len()
    }
}

fn drafts(documents: &[(String, Config)], refused: &mut BTreeMap<String, String>) -> Vec<draft::Draft> {
    let layers = vocabulary::layer_salts(documents);
    let holdouts = holdouts::all(documents);
    let keys: BTreeSet<&String> = documents.iter().flat_map(|(_, config)| config.flags.keys()).collect();
    let mut drafts = Vec::new();
    let mut taken: BTreeMap<String, &String> = BTreeMap::new();
    for key in keys {
        if refused.contains_key(key) {
            continue;
        }
        let made = match taken.get(&key.to_lowercase()) {
            Some(other) => Err(format!("its key differs from `{other}` only in case")),
            None => present(key, documents).and_then(|flags| draft::draft(key, &flags, &layers, &holdouts)),
        };
        match made {
            Ok(draft) => {
                taken.insert(key.to_lowercase(), key);
                drafts.push(draft);
            }
            Err(reason) => {
                refused.insert(key.clone(), reason);
            }
        }
    }
    drafts
}

/// The flag in each environment that has it.
fn present<'a>(key: &str, documents: &'a [(String, Config)]) -> Result<Vec<(&'a str, &'a Flag)>, String> {
    let mut flags = Vec::new();
    for (environment, config) in documents {
        match config.flags.get(key) {
            Some(Ok(flag)) => flags.push((environment.as_str(), flag)),
            Some(Err(reason)) => return Err(format!("SDKs cannot read it: {reason}")),
            None => {}
        }
    }
    Ok(flags)
}

/// All files; none when a flag had to be refused, so that the rest must be looked at anew.
fn files(
    documents: &[(String, Config)],
    drafts: &[draft::Draft],
    allowed: &Allowed,
    refused: &mut BTreeMap<String, String>,
) -> Option<BTreeMap<String, String>> {
    let (attributes, left_out) = vocabulary::attributes(drafts);
    if !left_out.is_empty() {
        refused.extend(left_out);
        return None;
    }
    let shared = text::Shared {
        attributes,
        segments: vocabulary::segments(drafts),
        layers: vocabulary::layers(drafts),
        holdouts: holdouts::all(documents),
    };
    let environments: Vec<&str> = documents.iter().map(|(name, _)| name.as_str()).collect();
    let mut files = BTreeMap::new();
    files.insert("flagfall.kdl".to_owned(), text::configuration(&environments, &allowed.shared));
    let common = [
        ("vocabulary", text::attributes(&shared)),
        ("segments", text::segments(&shared)),
        ("layers", text::layers(&shared)),
        ("holdouts", text::holdouts(&shared, drafts)),
    ];
    for (name, text) in common {
        if let Some(text) = text {
            files.insert(format!("{name}.kdl"), text);
        }
    }
    let nothing = BTreeSet::new();
    let before = refused.len();
    for draft in drafts {
        match text::flag(draft, &shared, allowed.flags.get(&draft.key).unwrap_or(&nothing)) {
            Ok(text) => {
                files.insert(file_of(&draft.key), text);
            }
            Err(reason) => {
                refused.insert(draft.key.clone(), reason);
            }
        }
    }
    (refused.len() == before).then_some(files)
}

/// A flag's file. Below `flags/`, so that no flag can take the name of a file that all share.
fn file_of(key: &str) -> String {
    // File systems take 255 bytes a name.
    if key.len() > 200 {
        let begin: String = key.chars().take(40).collect();
        return format!("flags/{begin}-{:x}.kdl", md5::compute(key));
    }
    format!("flags/{key}.kdl")
}

fn judge(files: &BTreeMap<String, String>, today: Date) -> (SourceSet, model::Workspace, Vec<Diagnostic>) {
    let mut sources = SourceSet::new();
    for (path, text) in files {
        let kind = if path == "flagfall.kdl" { FileKind::Configuration } else { FileKind::Definitions };
        sources.add(path.clone(), path.clone(), kind, text.as_str());
    }
    let mut sink = Sink::new();
    let ast = syntax::parse(&sources, &mut sink);
    let workspace = resolve::resolve(ast, &mut sink);
    check::run(&workspace, &sources, today, &mut sink);
    let findings = level::apply(sink.into_findings(), &workspace, &sources, today);
    (sources, workspace, findings)
}

/// What a finding about a written file means: the original breaks a rule that may be broken, or the flag cannot be said.
fn react(
    finding: &Diagnostic,
    sources: &SourceSet,
    drafts: &[draft::Draft],
    allowed: &mut Allowed,
    refused: &mut BTreeMap<String, String>,
) {
    // What the original already has is not the importer's to change: order and overlaps, other SDKs' readings, unused variations.
    let theirs = matches!(finding.rule.family(), Family::Meaning | Family::Portability | Family::Hygiene);
    if finding.severity == Severity::Note || finding.severity < Severity::Error && !theirs {
        return;
    }
    let path = finding.span.map(|span| sources.file(span.file).path.clone());
    let of_file = path.as_deref().and_then(|path| drafts.iter().find(|draft| file_of(&draft.key) == path));
    let of_subject = finding.subject.flag.as_deref().and_then(|key| drafts.iter().find(|draft| draft.key == key));
    match (of_file.or(of_subject), path) {
        (Some(draft), _) if theirs => {
            allowed.flags.entry(draft.key.clone()).or_default().insert(finding.rule);
        }
        (Some(draft), _) => {
            refused.insert(draft.key.clone(), finding.message.clone());
        }
        (None, Some(path)) if theirs => {
            allowed.shared.insert((finding.rule, path));
        }
        // Something that flags share is wrong in itself: whoever uses it goes.
        (None, _) => {
            let text = finding.span.map(|span| sources.text(span)).unwrap_or_default();
            let user = drafts.iter().find(|draft| draft.mentions(text.trim_matches('"'))).or(drafts.last());
            if let Some(draft) = user {
                refused.insert(draft.key.clone(), finding.message.clone());
            }
        }
    }
}
