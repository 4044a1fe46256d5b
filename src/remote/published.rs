//! Published configurations: compiled files beside a manifest, verified.

use super::{Failed, Made, Reason, Source, tree};
use crate::publish::release::Mismatch;
use crate::publish::{Release, names};

/// Reads an environment of a published commit; every byte is what the manifest says.
pub(super) fn read(source: &Source<'_>) -> Result<Made, Failed> {
    let request = source.request;
    let file = |name: &str| tree::file(&source.repository, source.tree, name, &request.caps);
    let Some(manifest) = file(names::MANIFEST)? else {
        let message = format!("`{}` has no `{}`", source.shown(), names::MANIFEST);
        return Err(Failed::new(Reason::PathNotFound, message));
    };
    let mut failed = None;
    let verified = Release::read(&manifest).and_then(|release| {
        release.open(&request.environment, &mut |name| match file(name) {
            Ok(found) => found,
            Err(why) => {
                failed.get_or_insert(why);
                None
            }
        })
    });
    if let Some(failed) = failed {
        return Err(failed);
    }
    let verified = verified.map_err(|mismatch: Mismatch| {
        Failed::new(Reason::ManifestMismatch, format!("{mismatch}; publish it again with `flagfall publish`"))
    })?;
    if request.client && verified.client.is_none() {
        let message =
            format!("`{}` is published without its form for clients; publish it with `--client`", request.environment);
        return Err(Failed::new(Reason::ManifestMismatch, message));
    }
    Ok(Made {
        config: verified.bytes,
        client: verified.client.filter(|_| request.client),
        flags: verified.flags,
        overrides: verified.overrides,
        seconds: 0.0,
    })
}
