//! `flagfall schema`: what programs may rely on, as JSON Schemas.

pub mod batch;

use std::path::PathBuf;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

use super::{
    Context, Exit, Format, blame, check, ci, compile, diff, eval, explain, init, layers, log, prove, publish, rules,
    show, simulate, sql, status, test, verify,
};
use crate::diagnostic::suggest;
use crate::failure::Failure;
use crate::ufc;
use crate::workspace::write::{Existing, shown, write_all};

/// Print the JSON Schema of a document, or list the documents that have one
///
/// Every document of `--json`, and UFC, the format that `compile` writes. Documents only grow: programs that ignore
/// members they do not know keep working.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall schema
  flagfall schema check > check.schema.json
  flagfall schema --out schema")]
pub struct Args {
    /// The document's name, such as check or ufc
    #[arg(value_name = "NAME", conflicts_with = "out")]
    pub name: Option<String>,
    /// Write the schemas of all documents to DIR/NAME.json
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// A document that has a schema.
struct Entry {
    /// As in `schema/NAME.json`.
    name: &'static str,
    /// As in the document's member `schema`.
    id: &'static str,
    /// What prints it.
    from: &'static str,
    make: fn() -> Schema,
}

const fn entry<T: JsonSchema>(name: &'static str, id: &'static str, from: &'static str) -> Entry {
    Entry { name, id, from, make: generate::<T> }
}

/// All of them, by name.
const ENTRIES: [Entry; 24] = [
    entry::<blame::document::Document>("blame", "flagfall.blame/1", "blame --json"),
    entry::<check::document::Document<'_>>("check", "flagfall.check/1", "check --json, import --json"),
    entry::<ci::document::Document<'_>>("ci", "flagfall.ci/1", "ci --json"),
    entry::<compile::document::Document>("compile", "flagfall.compile/1", "compile --json"),
    entry::<diff::document::Document<'_>>("diff", "flagfall.diff/1", "diff --json"),
    entry::<eval::document::Document<'_>>("eval", "flagfall.eval/1", "eval --json"),
    entry::<batch::Answer>("eval-batch", "flagfall.eval-batch/1", "each line of eval --batch"),
    entry::<explain::Document>("explain", "flagfall.explain/1", "explain --json"),
    entry::<init::Document>("init", "flagfall.init/1", "init --json"),
    entry::<layers::document::Document<'_>>("layers", "flagfall.layers/1", "layers --json"),
    entry::<log::document::Document>("log", "flagfall.log/1", "log --json"),
    entry::<crate::publish::release::Release>("manifest", "flagfall.manifest/1", "manifest.json of a published commit"),
    entry::<crate::publish::Manifest>("pointer", "flagfall.pointer/1", "manifest.json in a ConfigMap"),
    entry::<prove::document::Document>("prove", "flagfall.prove/1", "prove --json"),
    entry::<publish::document::Document<'_>>("publish", "flagfall.publish/1", "publish --json"),
    entry::<rules::Document>("rules", "flagfall.rules/1", "rules --json"),
    entry::<Document>("schema", "flagfall.schema/1", "schema --json"),
    entry::<show::document::Document<'_>>("show", "flagfall.show/1", "show --json"),
    entry::<simulate::document::Document<'_>>("simulate", "flagfall.simulate/1", "simulate --json"),
    entry::<sql::document::Document<'_>>("sql", "flagfall.sql/1", "sql --json"),
    entry::<status::document::Document>("status", "flagfall.status/1", "status --json"),
    entry::<test::json::Document<'_>>("test", "flagfall.test/1", "test --json"),
    entry::<ufc::schema::Config>("ufc", "ufc", "the files that compile writes"),
    entry::<verify::document::Document<'_>>("verify", "flagfall.verify/1", "verify --json"),
];

impl Entry {
    /// The schema, indented, with a final newline.
    fn text(&self) -> Result<String, Failure> {
        let mut schema = (self.make)();
        schema.insert("$id".to_owned(), self.id.into());
        schema.insert("title".to_owned(), self.id.into());
        if self.id != self.name {
            name_itself(schema.ensure_object(), self.id);
        }
        let text = serde_json::to_string_pretty(&schema);
        text.map(|text| text + "\n").map_err(|error| Failure::new(format!("cannot write the schema: {error}")))
    }
}

fn generate<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// Wherever the document says which schema it follows, it is this one.
fn name_itself(part: &mut serde_json::Map<String, Value>, id: &str) {
    if let Some(member) = part.get_mut("properties").and_then(|members| members.get_mut("schema"))
        && let Some(member) = member.as_object_mut()
    {
        // A document in a document says its own.
        member.entry("const").or_insert_with(|| id.into());
    }
    if let Some(definitions) = part.get_mut("$defs").and_then(Value::as_object_mut) {
        definitions.values_mut().filter_map(Value::as_object_mut).for_each(|each| name_itself(each, id));
    }
}

/// The documents that have a schema.
#[derive(Debug, Serialize, JsonSchema)]
struct Document {
    /// The name of this schema.
    schema: &'static str,
    /// By name.
    schemas: Vec<Row>,
}

/// A document that has a schema.
#[derive(Debug, Serialize, JsonSchema)]
struct Row {
    /// What `flagfall schema` calls it.
    name: &'static str,
    /// The schema's `$id`, and what the document's member `schema` says.
    id: &'static str,
    /// What prints the document.
    from: &'static str,
}

/// Runs it.
///
/// # Errors
/// When there is no such document, or the schemas cannot be written.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    match (&args.name, &args.out) {
        (Some(name), _) => {
            let entry = ENTRIES.iter().find(|entry| entry.name == name || entry.id == name);
            let text = entry.ok_or_else(|| unknown(name))?.text()?;
            context.output.results().text(&text);
        }
        (None, Some(directory)) => {
            let mut texts = Vec::new();
            for entry in &ENTRIES {
                texts.push((directory.join(format!("{}.json", entry.name)), entry.text()?));
            }
            write_all(&texts, Existing::Replace)?;
            for (path, _) in &texts {
                context.output.results().line(shown(path));
            }
        }
        (None, None) => list(context),
    }
    Ok(Exit::Clean)
}

fn list(context: &mut Context) {
    let face = context.options.face();
    let results = context.output.results();
    match face {
        Format::Json => {
            let schemas = ENTRIES.iter().map(|&Entry { name, id, from, .. }| Row { name, id, from }).collect();
            results.json(&Document { schema: "flagfall.schema/1", schemas });
        }
        Format::Plain => {
            for Entry { name, id, from, .. } in &ENTRIES {
                results.line(format_args!("{name}\t{id}\t{from}"));
            }
        }
        Format::Human => {
            for Entry { name, id, from, .. } in &ENTRIES {
                results.line(format_args!("{name:10}  {id:21}  {from}"));
            }
        }
    }
}

fn unknown(name: &str) -> Failure {
    suggest::nearest(name, ENTRIES.iter().map(|entry| entry.name)).map_or_else(
        || Failure::new(format!("there is no schema `{name}`")).help("`flagfall schema` lists all"),
        |near| Failure::new(format!("there is no schema `{name}`")).help(format!("did you mean `{near}`?")),
    )
}
