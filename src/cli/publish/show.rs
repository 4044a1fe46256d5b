//! What a run came to, in every face.

use super::document::{Change, Document, Environment, Reassigned, State};
use super::published::Compared;
use super::{Args, Ended, Run};
use crate::cli::diff::{self, Shown};
use crate::cli::output::printable;
use crate::cli::session::Session;
use crate::cli::{Context, Format};
use crate::diagnostic::render::counted;
use crate::publish::{Exceeded, percent};

/// Findings at or above the fail level have been reported.
pub(super) fn refused(args: &Args, session: &Session, context: &mut Context) {
    match context.options.face() {
        Format::Json => context.output.results().json(&Document {
            schema: SCHEMA,
            state: State::Refused,
            dry_run: args.dry_run,
            branch: &args.to,
            source: None,
            previous: None,
            commit: None,
            class: None,
            environments: Vec::new(),
            differences: Vec::new(),
        }),
        Format::Human | Format::Plain => {
            let findings = counted(session.summary.errors + session.summary.warnings, "finding");
            context.output.messages().line(format_args!("nothing was published: {findings}"));
        }
    }
}

const SCHEMA: &str = "flagfall.publish/1";

pub(super) fn show(run: &Run<'_>, ended: &Ended<'_>, context: &mut Context) {
    match context.options.face() {
        Format::Json => json(run, ended, context),
        Format::Plain => plain(run, ended, context),
        Format::Human => human(run, ended, context),
    }
}

/// What `--dry-run` shows of environments that were published before.
fn differences<'a>(run: &'a Run<'_>, ended: &'a Ended<'_>) -> Vec<Shown<'a>> {
    if !run.args.dry_run || !matches!(ended.state, State::Ready | State::Held) {
        return Vec::new();
    }
    let against = ended.compared.iter().filter_map(|one| one.against.as_ref());
    against
        .map(|against| {
            let (sides, question) = against.sides(&run.revision.text, &run.revision.commit);
            Shown::of_files(sides, &against.plan, question)
        })
        .collect()
}

fn json(run: &Run<'_>, ended: &Ended<'_>, context: &mut Context) {
    let files = |name: &str| {
        let here = ended.release.environments.iter().find(|one| one.name == name);
        here.map_or(&[][..], |one| one.files.as_slice())
    };
    let environments = ended.compared.iter().map(|one| Environment {
        name: &one.name,
        flags: one.flags,
        files: files(&one.name),
        change: change(one),
        held: one.held.iter().map(ToString::to_string).collect(),
        note: one.note.as_deref(),
    });
    let shown = differences(run, ended);
    context.output.results().json(&Document {
        schema: SCHEMA,
        state: ended.state,
        dry_run: run.args.dry_run,
        branch: &run.upstream.branch,
        source: Some(&ended.release.source),
        previous: ended.previous.map(|id| id.to_string()),
        commit: ended.commit.map(|id| id.to_string()),
        class: ended.release.class.as_deref(),
        environments: environments.collect(),
        differences: shown.iter().map(diff::document::document).collect(),
    });
}

fn change(compared: &Compared) -> Option<Change<'_>> {
    let (change, class) = (compared.change.as_ref()?, compared.class()?);
    let reassigned = change.max_reassigned.as_ref();
    Some(Change {
        class,
        summary: &change.summary,
        removed_flags: &change.removed_flags,
        max_reassigned: reassigned.map(|(percent, flag)| Reassigned { percent, flag }),
    })
}

fn plain(run: &Run<'_>, ended: &Ended<'_>, context: &mut Context) {
    for shown in differences(run, ended) {
        diff::show(&shown, context);
    }
    let results = context.output.results();
    for one in ended.compared {
        let class = one.class().map_or("first", |class| class.word());
        results.line(format_args!("{}\t{class}\t{}", one.name, one.flags));
        for held in &one.held {
            results.line(format_args!("{}\theld\t{}", one.name, printable(&held.to_string())));
        }
    }
    let commit = ended.commit.or(ended.previous).map(|id| id.to_string()).unwrap_or_default();
    results.line(format_args!("{}\t{}\t{commit}", ended.state.word(), run.upstream.branch));
}

fn human(run: &Run<'_>, ended: &Ended<'_>, context: &mut Context) {
    for shown in differences(run, ended) {
        diff::show(&shown, context);
        context.output.results().line("");
    }
    let results = context.output.results();
    let width = ended.compared.iter().map(|one| one.name.chars().count()).max().unwrap_or(0);
    for one in ended.compared {
        let told = one.change.as_ref().map_or("not published before", |change| change.summary.as_str());
        let (name, flags) = (&one.name, counted(one.flags, "flag"));
        results.line(format_args!("{name:width$}  {flags}; {}", printable(told)));
        if let Some(note) = &one.note {
            results.line(format_args!("{:width$}  note: {}", "", printable(note)));
        }
    }
    results.line(printable(&verdict(run, ended)));
    if ended.state == State::Held {
        for (one, held) in ended.compared.iter().flat_map(|one| one.held.iter().map(move |held| (one, held))) {
            context.output.messages().line(format_args!("held: {}: {}", one.name, printable(&held.to_string())));
        }
        context.output.messages().line(format_args!("help: {}", help(ended.compared)));
    }
}

fn verdict(run: &Run<'_>, ended: &Ended<'_>) -> String {
    let short = |id: &str| id.chars().take(12).collect::<String>();
    let source = short(&run.revision.commit);
    let (branch, place) = (&run.upstream.branch, &run.upstream.place);
    let tip = ended.commit.or(ended.previous).map(|id| short(&id.to_string())).unwrap_or_default();
    match ended.state {
        State::Published => format!("published {source} to {branch} of {place}: {tip}"),
        State::Ready => format!("{source} can be published to {branch} of {place}; nothing was published"),
        State::Held => format!("{source} is held by the guard; nothing was published"),
        State::Current => format!("nothing to publish: {branch} of {place} has {source} already, in {tip}"),
        State::Superseded => {
            format!("nothing to publish: {branch} of {place} has a commit that comes after {source}, in {tip}")
        }
        State::Refused => format!("nothing was published of {source}"),
    }
}

/// One next step: what would let it pass.
fn help(compared: &[Compared]) -> String {
    let held = || compared.iter().flat_map(|one| &one.held);
    let removed = held().filter_map(|held| match held {
        Exceeded::RemovedFlags { flags, .. } => Some(flags.len()),
        Exceeded::Reassigned { .. } | Exceeded::Empty => None,
    });
    let reassigned = held().filter_map(|held| match held {
        Exceeded::Reassigned { share, .. } => Some(share),
        Exceeded::RemovedFlags { .. } | Exceeded::Empty => None,
    });
    let most = reassigned.filter_map(|share| Some((percent(share)?, share))).max().map(|(_, share)| share);
    let options = [
        removed.max().map(|most| format!("--max-removed-flags {most}")),
        most.map(|share| format!("--max-reassigned {share}%")),
        held().any(|held| *held == Exceeded::Empty).then(|| "--allow-empty".to_owned()),
    ];
    format!("where it is meant, publish it with `{}`", options.into_iter().flatten().collect::<Vec<_>>().join(" "))
}
