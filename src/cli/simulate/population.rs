//! Subjects to assign: made up, or the rows of a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::cli::eval::subject;
use crate::cli::eval::target::is_standard_input;
use crate::evaluate::{AttributeValue, Subject};
use crate::failure::Failure;
use crate::model::Attribute;
use crate::simulate::made_up_key;

/// How many subjects are assigned at a time.
const CHUNK: u64 = 10_000;

/// Where subjects come from.
#[derive(Debug)]
pub(in crate::cli) enum Population {
    /// So many, with the same attributes.
    MadeUp { subjects: u64, seed: u64, attributes: BTreeMap<String, AttributeValue> },
    /// A file with a line of names.
    Csv(PathBuf),
    /// A file with an object a line.
    JsonLines(PathBuf),
}

/// What was read.
#[derive(Debug, Default)]
pub(in crate::cli) struct Rows {
    pub(in crate::cli) subjects: u64,
    /// Rows whose subject key an earlier row has.
    pub(super) repeated: u64,
    /// Columns and attributes that the workspace does not declare.
    undeclared: BTreeSet<String>,
}

impl Rows {
    /// What a reader of the result should know.
    pub(in crate::cli) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.undeclared.is_empty() {
            let names: Vec<String> = self.undeclared.iter().take(8).map(|name| format!("`{name}`")).collect();
            let more = if self.undeclared.len() > 8 { ", …" } else { "" };
            notes.push(format!("the workspace declares no attribute {}{more}: left out", names.join(", ")));
        }
        if self.repeated > 0 {
            let rows = match self.repeated {
                1 => "1 row repeats a subject key and shares its fate".to_owned(),
                many => format!("{many} rows repeat a subject key and share its fate"),
            };
            notes.push(format!("{rows}, so chance deviates more than the test allows for"));
        }
        notes
    }
}

impl fmt::Display for Population {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MadeUp { seed, attributes, .. } => {
                write!(f, "made up with seed {seed}")?;
                for (index, (name, value)) in attributes.iter().enumerate() {
                    let before = if index == 0 { ", given " } else { " " };
                    write!(f, "{before}{name}={}", value.text().unwrap_or("#null".into()))?;
                }
                Ok(())
            }
            Self::Csv(file) | Self::JsonLines(file) if is_standard_input(file) => f.write_str("from standard input"),
            Self::Csv(file) | Self::JsonLines(file) => write!(f, "from {}", file.display()),
        }
    }
}

impl Population {
    /// The population in a file, by its name's extension.
    pub(in crate::cli) fn of_file(file: &Path) -> Result<Self, Failure> {
        let extension = file.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase);
        match extension.as_deref() {
            Some("csv") => Ok(Self::Csv(file.to_owned())),
            Some("jsonl" | "ndjson") => Ok(Self::JsonLines(file.to_owned())),
            None if is_standard_input(file) => Ok(Self::JsonLines(file.to_owned())),
            _ => Err(Failure::new(format!("`{}` is neither .csv nor .jsonl", file.display())).help(
                "CSV has a column `subject` and one column an attribute; JSON lines are {\"subject\",\"attributes\"}",
            )),
        }
    }

    /// Hands over all subjects, some at a time. `declared` are the workspace's attributes, where there is one.
    pub(in crate::cli) fn each(
        &self,
        declared: Option<&[Arc<Attribute>]>,
        mut take: impl FnMut(Vec<Subject>),
    ) -> Result<Rows, Failure> {
        match self {
            Self::MadeUp { subjects, seed, attributes } => {
                let make = |number| Subject { key: made_up_key(*seed, number), attributes: attributes.clone() };
                for start in (0..*subjects).step_by(usize::try_from(CHUNK).unwrap_or(1)) {
                    take((start..subjects.min(&(start + CHUNK)).to_owned()).map(make).collect());
                }
                Ok(Rows { subjects: *subjects, ..Rows::default() })
            }
            Self::Csv(file) => {
                let mut reader = Reader::new(declared, &mut take);
                reader.csv(file)?;
                Ok(reader.finish())
            }
            Self::JsonLines(file) => {
                let mut reader = Reader::new(declared, &mut take);
                reader.json_lines(file)?;
                Ok(reader.finish())
            }
        }
    }
}

/// Collects the rows of a file into chunks.
struct Reader<'a, F> {
    declared: Option<&'a [Arc<Attribute>]>,
    take: &'a mut F,
    pending: Vec<Subject>,
    /// A digest of each key.
    keys: Vec<[u8; 16]>,
    rows: Rows,
}

impl<'a, F: FnMut(Vec<Subject>)> Reader<'a, F> {
    fn new(declared: Option<&'a [Arc<Attribute>]>, take: &'a mut F) -> Self {
        Self { declared, take, pending: Vec::new(), keys: Vec::new(), rows: Rows::default() }
    }

    fn push(&mut self, subject: Subject) {
        self.keys.push(md5::compute(&subject.key).0);
        self.pending.push(subject);
        self.rows.subjects += 1;
        if self.rows.subjects.is_multiple_of(CHUNK) {
            (self.take)(std::mem::take(&mut self.pending));
        }
    }

    fn finish(mut self) -> Rows {
        (self.take)(self.pending);
        self.keys.sort_unstable();
        let all = self.keys.len();
        self.keys.dedup();
        self.rows.repeated = u64::try_from(all - self.keys.len()).unwrap_or(u64::MAX);
        self.rows
    }

    fn csv(&mut self, file: &Path) -> Result<(), Failure> {
        let broken = |error: csv::Error| unreadable(file, &error);
        let mut reader = csv::Reader::from_reader(open(file)?);
        let names = reader.headers().map_err(broken)?.clone();
        let key = columns(file, &names)?;
        for row in reader.records() {
            let row = row.map_err(broken)?;
            let line = row.position().map_or(0, csv::Position::line);
            let mut attributes = BTreeMap::new();
            for (column, (name, cell)) in names.iter().zip(row.iter()).enumerate() {
                if column != key && !cell.is_empty() && self.knows(name) {
                    let value = self.cell(name, cell).map_err(|failure| at_line(file, line, &failure))?;
                    attributes.insert(name.to_owned(), value);
                }
            }
            let subject = row.get(key).unwrap_or("").to_owned();
            if subject.is_empty() {
                return Err(at_line(file, line, &Failure::new("the subject key is empty")));
            }
            self.push(Subject { key: subject, attributes });
        }
        Ok(())
    }

    /// Typed as the workspace declares; of a UFC file as JSON where it is JSON, else text.
    fn cell(&self, name: &str, text: &str) -> Result<AttributeValue, Failure> {
        match self.declared {
            Some(declared) => subject::typed(name, text, declared),
            None => subject::json_or_text(name, text),
        }
    }

    /// Whether callers pass such an attribute.
    fn knows(&mut self, name: &str) -> bool {
        let Some(declared) = self.declared else { return true };
        let known = declared.iter().any(|attribute| attribute.name == name && attribute.span.is_some());
        if !known {
            self.rows.undeclared.insert(name.to_owned());
        }
        known
    }

    fn json_lines(&mut self, file: &Path) -> Result<(), Failure> {
        let broken = |error: std::io::Error| Failure::new(format!("cannot read `{}`: {error}", file.display()));
        for (index, line) in BufReader::new(open(file)?).lines().enumerate() {
            let line = line.map_err(broken)?;
            if line.trim().is_empty() {
                continue;
            }
            let number = u64::try_from(index + 1).unwrap_or(0);
            let subject = self.object(&line).map_err(|failure| at_line(file, number, &failure))?;
            self.push(subject);
        }
        Ok(())
    }

    fn object(&mut self, line: &str) -> Result<Subject, Failure> {
        let shape = || Failure::new("a line is {\"subject\": text, \"attributes\": object}");
        let not_json = |error: serde_json::Error| {
            Failure::new(format!("not JSON: {error}").replace(" at line 1 column ", " at column "))
        };
        let value: Value = serde_json::from_str(line).map_err(not_json)?;
        let key = value.get("subject").and_then(Value::as_str).ok_or_else(shape)?.to_owned();
        if key.is_empty() {
            return Err(Failure::new("the subject key is empty"));
        }
        let mut attributes = BTreeMap::new();
        let given = match value.get("attributes") {
            None | Some(Value::Null) => None,
            Some(given) => Some(given.as_object().ok_or_else(shape)?),
        };
        for (name, value) in given.into_iter().flatten() {
            if self.knows(name) {
                attributes.insert(name.clone(), passed(name, value)?);
            }
        }
        Ok(Subject { key, attributes })
    }
}

fn passed(name: &str, value: &Value) -> Result<AttributeValue, Failure> {
    let unusable =
        || Failure::new(format!("`{name}` is a list or an object; attributes are text, numbers, true, false or null"));
    match value {
        Value::Null => Ok(AttributeValue::Null),
        Value::Bool(value) => Ok(AttributeValue::Bool(*value)),
        Value::Number(number) => number.as_f64().map(AttributeValue::Number).ok_or_else(unusable),
        Value::String(text) => Ok(AttributeValue::Text(text.clone())),
        Value::Array(_) | Value::Object(_) => Err(unusable()),
    }
}

/// Which column holds the subject keys.
fn columns(file: &Path, names: &csv::StringRecord) -> Result<usize, Failure> {
    let file = file.display();
    if names.is_empty() {
        return Err(Failure::new(format!("`{file}` is empty")).help("its first line names the columns"));
    }
    let twice = names.iter().enumerate().find(|(column, name)| names.iter().take(*column).any(|other| other == *name));
    if let Some((_, name)) = twice {
        return Err(Failure::new(format!("`{file}` has two columns `{name}`")).help("keep the one callers pass"));
    }
    names.iter().position(|name| name == "subject").ok_or_else(|| {
        let known: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let one = names.len() == 1 && names.iter().any(|name| name.contains([';', '\t']));
        let help = if one { "commas separate its cells; " } else { "" };
        Failure::new(format!("`{file}` has no column `subject`"))
            .help(format!("{help}its first line names {}", known.join(", ")))
    })
}

fn unreadable(file: &Path, error: &csv::Error) -> Failure {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            at_line(file, line, &Failure::new(format!("{len} cells, but {expected_len} columns")))
                .help("a cell that holds a comma or a quote is written in quotes")
        }
        csv::ErrorKind::Utf8 { .. } => at_line(file, line, &Failure::new("this is not UTF-8 text")),
        _ => Failure::new(format!("cannot read `{}`: {error}", file.display())),
    }
}

fn at_line(file: &Path, line: u64, failure: &Failure) -> Failure {
    Failure::new(format!("`{}`, line {line}: {}", file.display(), failure.message)).help(failure.help.clone())
}

fn open(file: &Path) -> Result<Box<dyn Read>, Failure> {
    if is_standard_input(file) {
        return Ok(Box::new(std::io::stdin()));
    }
    let opened = std::fs::File::open(file);
    let opened = opened.map_err(|error| Failure::new(format!("cannot read `{}`: {error}", file.display())))?;
    Ok(Box::new(opened))
}
