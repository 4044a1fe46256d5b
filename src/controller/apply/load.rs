//! The configuration that is to be live, from where it is.

use super::{Order, Problem};
use crate::controller::decide::Wanted;
use crate::controller::dereference::restore;
use crate::controller::sources::Found;
use crate::controller::status::Lived;
use crate::publish::{self, Payload};

/// What a source built.
pub(super) fn built(found: &Found) -> Option<Lived> {
    let built = found.outcome.as_ref().ok()?;
    Some(Lived {
        digest: built.digest.clone(),
        revision: built.revision.clone(),
        signer: built.signer.clone(),
        flags: built.flags,
    })
}

/// Loads it. Files hold megabytes, so there is one at a time.
pub(super) async fn load(wanted: &Wanted, order: &Order<'_>) -> Result<Payload, Problem> {
    match wanted {
        Wanted::Source(found) => from_source(found, order),
        Wanted::Live(digest) | Wanted::Pinned(digest) => from_past(digest, order).await,
        Wanted::Untouched => Err(Problem::Lost("nothing is wanted".to_owned())),
    }
}

fn from_source(found: &Found, order: &Order<'_>) -> Result<Payload, Problem> {
    let lost = |what: &str| Problem::Lost(format!("what was compiled {what}; it is compiled again"));
    let (Some(lived), Some((config, client))) = (built(found), found.files()) else { return Err(lost("is gone")) };
    let bytes = std::fs::read(config).ok().ok_or_else(|| lost("is gone"))?;
    if publish::Digest::of(&bytes).to_string() != lived.digest {
        return Err(lost("is damaged"));
    }
    // For comparing with the next one; without it the cluster is asked.
    if let Err(error) = order.context.shelf.keep(&order.place.uid, &bytes) {
        tracing::warn!(%error, "the cache cannot be written");
    }
    let client = match order.spec.target.client {
        true => Some(std::fs::read(client).ok().ok_or_else(|| lost("for clients is gone"))?),
        false => None,
    };
    let environment = order.spec.environment.clone();
    Ok(Payload { bytes, client, revision: lived.revision, signer: lived.signer, environment, flags: lived.flags })
}

async fn from_past(digest: &str, order: &Order<'_>) -> Result<Payload, Problem> {
    let known = order.status.history.iter().find(|entry| entry.digest == digest);
    let kept = known.and_then(|entry| {
        Some(Payload {
            bytes: order.context.shelf.read(&order.place.uid, digest)?,
            client: None,
            revision: entry.revision.clone(),
            signer: entry.signer.clone(),
            environment: order.spec.environment.clone(),
            flags: usize::try_from(entry.flags).unwrap_or(0),
        })
    });
    let payload = match kept {
        Some(payload) => Some(payload),
        None => restore(digest, order.place, order.context).await?,
    };
    let lost = || Problem::Lost(format!("no copy of the configuration {digest} is left"));
    let mut payload = payload.ok_or_else(lost)?;
    if let Some(entry) = known {
        // A copy names the commit it was made for first; the history the one it was live for.
        payload.revision.clone_from(&entry.revision);
    }
    if order.spec.target.client {
        payload.client = Some(publish::client(&payload.bytes).map_err(|error| Problem::Lost(error.to_string()))?);
    }
    Ok(payload)
}
