//! Asking the cluster, and showing what it says.

use kube::api::ListParams;
use kube::{Api, ResourceExt};

use super::document::{Document, Row};
use crate::cli::output::printable;
use crate::cli::{Context, Exit, Format, live};
use crate::controller::api::{Condition, FlagSync};
use crate::failure::Failure;

/// Show what is live in a cluster, and what keeps it from being newer
///
/// Lists FlagSyncs with the revision that is live and the reason of their condition. Reads only: `get` and `list` on FlagSyncs is
/// enough.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flagfall status
  flagfall status -A
  flagfall status banner --json

Exit codes: 0 all are ready, 1 some are not, 2 could not do the job.")]
pub struct Args {
    /// Only this FlagSync
    #[arg(value_name = "NAME", conflicts_with = "all_namespaces")]
    pub name: Option<String>,
    /// In this namespace [default: that of the kubeconfig]
    #[arg(short, long, value_name = "NAMESPACE", conflicts_with = "all_namespaces")]
    pub namespace: Option<String>,
    /// In all namespaces
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
}

impl Row {
    fn of(sync: &FlagSync) -> Self {
        let status = sync.status.clone().unwrap_or_default();
        let ready: Option<&Condition> = status.conditions.iter().find(|condition| condition.type_ == "Ready");
        let is_old = status.observed_generation != sync.metadata.generation;
        let said = |read: fn(&Condition) -> &String, otherwise: &str| {
            ready.map_or_else(|| otherwise.to_owned(), |ready| read(ready).clone())
        };
        let (mut state, mut reason) =
            (said(|ready| &ready.status, "Unknown"), said(|ready| &ready.reason, "Progressing"));
        if is_old && state == "True" {
            (state, reason) = ("Unknown".to_owned(), "Progressing".to_owned());
        }
        Self {
            namespace: sync.namespace().unwrap_or_default(),
            name: sync.name_any(),
            ready: state,
            reason,
            message: said(|ready| &ready.message, "no controller has looked at it"),
            environment: sync.spec.environment.clone(),
            target: sync.spec.target.name.clone(),
            revision: status.last_applied_revision,
            attempted: status.last_attempted_revision,
            digest: status.digest,
            held: status.held,
            flags: status.flags,
        }
    }

    fn cells(&self) -> [String; 7] {
        let short =
            |id: &Option<String>| id.as_ref().map_or_else(|| "-".to_owned(), |id| id.chars().take(12).collect());
        let flags = self.flags.map_or_else(|| "-".to_owned(), |flags| flags.to_string());
        let cells =
            [&self.namespace, &self.name, &self.ready, &self.reason, &short(&self.revision), &flags, &self.target]
                .map(Clone::clone);
        cells.map(|cell| printable(&cell).to_string())
    }
}

/// Runs it.
///
/// # Errors
/// When the cluster does not say.
pub fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let rows = live::with_cluster(async |client, default| {
        let namespace = args.namespace.as_deref().unwrap_or(default);
        let syncs: Api<FlagSync> = match args.all_namespaces {
            true => Api::all(client),
            false => Api::namespaced(client, namespace),
        };
        let mut rows: Vec<Row> = match &args.name {
            None => live::asked("FlagSyncs", syncs.list(&ListParams::default())).await?.iter().map(Row::of).collect(),
            Some(name) => live::asked("FlagSyncs", syncs.get_opt(name)).await?.iter().map(Row::of).collect(),
        };
        if let (Some(name), true) = (&args.name, rows.is_empty()) {
            return Err(Failure::new(format!("there is no FlagSync `{name}` in the namespace `{namespace}`")));
        }
        rows.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        Ok(rows)
    })?;
    let all = rows.iter().all(|row| row.ready == "True");
    show(rows, context);
    Ok(if all { Exit::Clean } else { Exit::Found })
}

fn show(rows: Vec<Row>, context: &mut Context) {
    let face = context.options.face();
    let results = context.output.results();
    match face {
        Format::Json => results.json(&Document { schema: "flagfall.status/1", flagsyncs: rows }),
        Format::Plain => rows.iter().for_each(|row| results.line(row.cells().join("\t"))),
        Format::Human if rows.is_empty() => context.output.messages().line("note: there are no FlagSyncs"),
        Format::Human => results.text(&table(&rows)),
    }
}

/// A table, and below it why some are not ready.
fn table(rows: &[Row]) -> String {
    let head = ["NAMESPACE", "NAME", "READY", "REASON", "REVISION", "FLAGS", "TARGET"].map(str::to_owned);
    let lines: Vec<[String; 7]> = std::iter::once(head).chain(rows.iter().map(Row::cells)).collect();
    let mut widths = [0; 7];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> = line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    for row in rows.iter().filter(|row| row.ready != "True") {
        text.push_str(&format!(
            "\n{}/{}: {}\n",
            printable(&row.namespace),
            printable(&row.name),
            printable(&row.message)
        ));
    }
    text
}
