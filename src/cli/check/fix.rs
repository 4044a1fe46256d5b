//! `flagfall check --fix`: what can be corrected, corrected.

use similar::TextDiff;

use super::super::session::{self, Judged, Session};
use super::super::{Context, Exit, Format};
use super::{Args, document, report};
use crate::check::Checked;
use crate::diagnostic::render::{counted, json, plain};
use crate::diagnostic::{Diagnostic, Sink};
use crate::failure::Failure;
use crate::fix::{self, Approach, Fixed, Revision};
use crate::model::Workspace;
use crate::region::Limits;
use crate::source::SourceSet;
use crate::workspace;

/// Applies what may be applied, writes it, and checks again.
pub(super) fn run(args: &Args, context: &mut Context) -> Result<Exit, Failure> {
    let base = args.base.as_deref();
    let base = base.map(|base| session::base(base, args.workspace.as_deref(), context.now)).transpose()?;
    let texts = base.as_ref().map(|base| &base.sources);
    let base = base.as_ref().and_then(|base| base.checked.as_ref()).map(Checked::workspace);
    let mut sink = Sink::new();
    let loaded = session::load(args.workspace.as_deref(), &mut sink)?;
    let loading = sink.into_findings();
    let read = |sources: SourceSet| revision(sources, &loading, base, context.now);
    let before = copied(&loaded.sources);
    let approach = if args.changing { Approach::Unsafe } else { Approach::Safe };
    let fixed = fix::run(read(loaded.sources), approach, Limits::default(), &read);
    if context.options.face() != Format::Json {
        // The effect is on the screen before anything is written.
        report::fixes(&fixed, args.dry_run, context.output.messages());
        context.output.messages().drain();
    }
    let after = fixed.after.sources();
    let diff = args.dry_run.then(|| unified(&before, after));
    if !args.dry_run {
        let written = workspace::rewrite(&loaded.directory, &before, after)?;
        if context.options.face() != Format::Json {
            context.output.messages().line(format_args!("{} written", counted(written.len(), "file")));
        }
    }
    // Texts are read anew: what was written is what counts, and what they name may be there now.
    let mut sink = Sink::new();
    let mut loaded = session::load(args.workspace.as_deref(), &mut sink)?;
    if let Some(texts) = texts {
        loaded.sources = loaded.sources.with_base(texts);
    }
    let session = session::read_against(loaded, sink, base, context.now);
    show(&session, &fixed, diff, context);
    Ok(session.exit(context.options.fail_on))
}

fn revision(sources: SourceSet, loading: &[Diagnostic], base: Option<&Workspace>, now: jiff::Timestamp) -> Revision {
    let mut sink = Sink::new();
    loading.iter().cloned().for_each(|finding| sink.push(finding));
    let Judged { workspace, findings, .. } = session::judge(&sources, sink, now, base);
    Revision::new(sources, &workspace, findings)
}

/// What remains, in the face asked for. A diff is the result where there is one.
fn show(session: &Session, fixed: &Fixed, diff: Option<String>, context: &mut Context) {
    match (context.options.face(), diff) {
        (Format::Json, diff) => {
            let fixes: Vec<_> = fixed.fixes.iter().map(|fix| document::fix(fix, &fixed.after)).collect();
            let mut members = vec![("fixes", text(&fixes))];
            members.extend(diff.map(|diff| ("diff", text(&diff))));
            let document = json::render_with(&session.findings, &session.sources, &session.summary, &members);
            context.output.results().text(&document);
        }
        (Format::Human, diff) => {
            context.output.results().text(&diff.unwrap_or_default());
            session.report(context, true);
        }
        (Format::Plain, Some(diff)) => {
            context.output.results().text(&diff);
            session.report(context, true);
        }
        (Format::Plain, None) => {
            context.output.results().text(&plain::render(&session.findings, &session.sources));
        }
    }
}

fn text(part: &impl serde::Serialize) -> String {
    // Strings, numbers and lists in structs always have a JSON form.
    serde_json::to_string(part).unwrap_or_default()
}

/// What differs, as `patch` and `git apply` read it.
fn unified(before: &SourceSet, after: &SourceSet) -> String {
    let changed = before.files().zip(after.files()).filter(|((_, old), (_, new))| old.text != new.text);
    let diffs = changed.map(|((_, old), (_, new))| {
        let (from, to) = (format!("a/{}", old.name), format!("b/{}", new.name));
        TextDiff::from_lines(&*old.text, &*new.text).unified_diff().header(&from, &to).to_string()
    });
    diffs.collect()
}

fn copied(sources: &SourceSet) -> SourceSet {
    let mut copy = sources.emptied();
    for (_, file) in sources.files() {
        copy.add(&*file.path, &*file.name, file.kind, std::sync::Arc::clone(&file.text));
    }
    copy
}
