//! Definitions of a fetched commit, compiled as `flagfall compile` compiles them.

use std::time::Instant;

use super::super::session::{self, Session};
use crate::compile::instant;
use crate::diagnostic::render::counted;
use crate::diagnostic::{Severity, suggest};
use crate::failure::Failure;
use crate::git::Revision;
use crate::remote::{Failed, Made, Reason, Source};
use crate::workspace::CONFIGURATION;
use crate::{publish, ufc};

/// Findings that a message has.
const SHOWN: usize = 5;

/// Compiles an environment of a commit. What its dates mean is judged as of the commit, so that a commit means the same for ever.
pub(super) fn compile(source: &Source<'_>) -> Result<Made, Failed> {
    let began = Instant::now();
    if !source.has(CONFIGURATION) {
        let message = format!("`{}` has no `{CONFIGURATION}`", source.shown());
        return Err(Failed::new(Reason::PathNotFound, message));
    }
    let mut revision = Revision::open(&source.directory, &source.commit).map_err(unreadable)?;
    revision.path = Some(source.path().to_owned());
    let session = session::open_revision(&revision, None).map_err(unreadable)?;
    let errors = session.summary.errors;
    let Some(checked) = session.checked.as_ref().filter(|_| errors == 0) else {
        return Err(findings(source, &session));
    };
    let environment = &source.request.environment;
    let Some(config) = publish::release::configuration(checked, environment, &instant(revision.time)) else {
        let known: Vec<&str> = checked.workspace().environments.iter().map(|one| one.name.as_str()).collect();
        let help = match suggest::nearest(environment, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("{CONFIGURATION} has {}", known.join(", ")),
        };
        return Err(Failed::new(Reason::CompileFailed, format!("there is no environment `{environment}`; {help}")));
    };
    let client = source.request.client.then(|| ufc::write::to_json(&ufc::obfuscate(&config)).into_bytes());
    let made = Made {
        config: ufc::write::to_json(&config).into_bytes(),
        client,
        flags: config.flags.len(),
        overrides: publish::overrides(checked, environment),
        seconds: began.elapsed().as_secs_f64(),
    };
    // The process is about to end, and taking a large model apart takes time.
    std::mem::forget((session, config));
    Ok(made)
}

/// The first findings that are errors, with their places.
fn findings(source: &Source<'_>, session: &Session) -> Failed {
    let errors: Vec<_> = session.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let mut lines = vec![format!("{} in the definitions", counted(errors.len(), "error"))];
    for finding in errors.iter().take(SHOWN) {
        let place = finding.span.map(|span| {
            let file = session.sources.file(span.file);
            let path =
                if source.path().is_empty() { file.path.clone() } else { format!("{}/{}", source.path(), file.path) };
            format!("{path}:{}: ", session.sources.place(span).0.line)
        });
        let (id, name) = (finding.rule.id(), finding.rule.name());
        let message = finding.message.replace(&format!("{}:", source.commit), "");
        lines.push(format!("{}[{id}] {name}: {message}", place.unwrap_or_default()));
    }
    if errors.len() > SHOWN {
        lines.push(format!("and {} more; `flagfall check` shows them all", errors.len() - SHOWN));
    }
    Failed::new(Reason::CompileFailed, lines.join("\n"))
}

/// A commit that was fetched whole can be read.
fn unreadable(failure: Failure) -> Failed {
    Failed::new(Reason::FetchFailed, failure.message)
}
