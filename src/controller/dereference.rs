//! Everything a decision needs, read.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::Resource;

use super::api::{DeletionPolicy, FlagSync, FlagSyncStatus, Validated, VerifyMode, validate};
use super::cluster::{Refused, Writer, from_map};
use super::context::Context;
use super::decide::{Hands, Told};
use super::own::{Own, Pace, older};
use super::secrets::{Access, entry};
use super::sources::{Ask, Basis, Fresh, Look, Name, Want};
use super::status::reason;
use crate::publish::{self, Digest, names};
use crate::remote;

/// Where a `FlagSync` writes.
#[derive(Debug, Clone)]
pub struct Place {
    /// The `FlagSync`.
    pub name: Name,
    /// Its uid.
    pub uid: String,
    /// The pointer's name.
    pub target: String,
    /// As whom it is written.
    pub writer: Writer,
    /// Who is named as its owner.
    pub owner: Option<OwnerReference>,
}

impl Place {
    /// Where this one writes.
    #[must_use]
    pub fn of(sync: &FlagSync) -> Self {
        let uid = sync.meta().uid.clone().unwrap_or_default();
        let namespace = sync.meta().namespace.clone().unwrap_or_default();
        let owner = match sync.spec.deletion_policy {
            DeletionPolicy::Orphan => None,
            DeletionPolicy::Delete => sync
                .controller_owner_ref(&())
                .map(|owner| OwnerReference { block_owner_deletion: Some(false), ..owner }),
        };
        let writer = Writer {
            namespace: namespace.clone(),
            account: sync.spec.service_account_name.clone(),
            manager: format!("flagfall/{uid}"),
        };
        let name = (namespace, sync.meta().name.clone().unwrap_or_default());
        Self { name, uid, target: sync.spec.target.name.clone(), writer, owner }
    }
}

/// What was said last: by the watch, or by this replica where the watch is behind.
#[must_use]
pub fn said(sync: &FlagSync, own: &Own) -> (String, FlagSyncStatus) {
    let watched = sync.meta().resource_version.clone().unwrap_or_default();
    match &own.written {
        Some((version, status)) if older(&watched, version) => (version.clone(), status.clone()),
        _ => (watched, sync.status.clone().unwrap_or_default()),
    }
}

/// Why nothing may be touched, as far as that is known without looking at the ConfigMap.
#[must_use]
pub fn hands_off(sync: &FlagSync, place: &Place, context: &Context) -> Option<Hands> {
    if context.rules.require_account && place.writer.account.is_none() {
        let message = "this controller writes only as a service account of the namespace; set `serviceAccountName`";
        return Some(Hands { reason: reason::ACCOUNT_REQUIRED, message: message.to_owned(), stalled: true });
    }
    if let Some(older) = elder(sync, context) {
        let message =
            format!("`{}` is the target of the older FlagSync `{older}`; choose another `target.name`", place.target);
        return Some(Hands { reason: reason::TARGET_CONFLICT, message, stalled: false });
    }
    let lacks = context.rights.missing(&place.writer)?;
    Some(Hands { reason: reason::FORBIDDEN, message: lacks, stalled: false })
}

/// An older `FlagSync` with the same target.
fn elder(sync: &FlagSync, context: &Context) -> Option<String> {
    let age = |other: &FlagSync| {
        let metadata = other.meta();
        (metadata.creation_timestamp.as_ref().map(|time| time.0), metadata.uid.clone())
    };
    let own = age(sync);
    let found = context.objects.state().into_iter().find(|object| {
        object.0.as_ref().is_ok_and(|other| {
            other.meta().namespace == sync.meta().namespace
                && other.spec.target.name == sync.spec.target.name
                && other.meta().deletion_timestamp.is_none()
                && age(other) < own
        })
    });
    found.and_then(|object| object.meta().name.clone())
}

/// Whether the source has given nothing for three intervals.
#[must_use]
pub fn is_stale(status: &FlagSyncStatus, valid: &Validated, now: Timestamp) -> bool {
    let since = status.source_failing_since.as_ref().and_then(|since| since.parse::<Timestamp>().ok());
    since.is_some_and(|since| now.duration_since(since).unsigned_abs() >= valid.interval * 3)
}

/// Asks the source.
///
/// # Errors
/// When the API server does not give a Secret for reasons of its own.
pub async fn source(
    sync: &FlagSync,
    valid: &Validated,
    place: &Place,
    status: &FlagSyncStatus,
    since: Option<Instant>,
    own: &mut Own,
    context: &Context,
) -> Result<(Told, Option<Duration>), Refused> {
    let spec = &sync.spec.source;
    let secret = match secret(context, place, spec.secret_ref.as_ref().map(|secret| secret.name.as_str())).await? {
        Ok(secret) => secret,
        Err(told) => return Ok((told, Some(Duration::from_secs(5)))),
    };
    let access = match Access::of(&spec.url, secret.as_ref()) {
        Ok(access) => access,
        Err(lack) => {
            let name = spec.secret_ref.as_ref().map_or("", |secret| &secret.name);
            let told = Told::Unasked(reason::SECRET_INVALID, format!("the Secret `{name}` cannot be used: {lack}"));
            return Ok((told, Some(Duration::from_secs(5))));
        }
    };
    let verify = match verify(sync, place, context).await? {
        Ok(verify) => verify,
        Err(told) => return Ok((told, Some(Duration::from_secs(5)))),
    };
    let want = Want {
        reference: valid.reference.clone(),
        path: spec.path.clone(),
        mode: spec.mode.into(),
        environment: sync.spec.environment.clone(),
        client: sync.spec.target.client,
        verify,
    };
    let basis = Basis {
        revision: status.last_applied_revision.clone(),
        digest: status.digest.clone(),
        live: live(status, place, context).await?,
    };
    let key = access.key(&spec.url, secret.as_ref());
    let ask = Ask { name: place.name.clone(), key, url: spec.url.clone(), want, basis, access, timeout: valid.timeout };
    let fresh = Fresh { good: Pace::good(valid.interval), bad: own.source.bad(), since };
    Ok(match context.sources.look(ask, fresh) {
        Look::Asked(_) => (Told::Pending, None),
        Look::Known(found) => {
            let unreached = found.is_unreached();
            let wait = own.source.next(found.at, unreached, valid.interval);
            let due =
                if unreached { found.ended + wait } else { (found.at + wait).max(found.ended + super::sources::GRACE) };
            (Told::Found(found), Some(due.saturating_duration_since(Instant::now())))
        }
    })
}

/// Reads a Secret of the same namespace.
async fn secret(context: &Context, place: &Place, name: Option<&str>) -> Result<Result<Option<Secret>, Told>, Refused> {
    let Some(name) = name else { return Ok(Ok(None)) };
    let told = |message: String| Ok(Err(Told::Unasked(reason::SECRET_NOT_FOUND, message)));
    match context.cluster.secret(&place.writer.namespace, name).await {
        Ok(Some(secret)) => Ok(Ok(Some(secret))),
        Ok(None) => told(format!("there is no Secret `{name}` in this namespace")),
        Err(refused) if refused.is_forbidden() => told(format!("the Secret `{name}` may not be read: {refused}")),
        Err(refused) => Err(refused),
    }
}

async fn verify(
    sync: &FlagSync,
    place: &Place,
    context: &Context,
) -> Result<Result<Option<remote::Verify>, Told>, Refused> {
    let Some(given) = &sync.spec.source.verify else { return Ok(Ok(None)) };
    let name = &given.secret_ref.name;
    let found = match secret(context, place, Some(name)).await? {
        Ok(found) => found,
        Err(told) => return Ok(Err(told)),
    };
    Ok(match found.as_ref().and_then(|secret| entry(secret, "allowed_signers")) {
        Some(signers) => Ok(Some(remote::Verify { signers, every: given.mode == VerifyMode::Every })),
        None => Err(Told::Unasked(reason::SECRET_INVALID, format!("the Secret `{name}` has no `allowed_signers`"))),
    })
}

/// A file with what is live, for comparing: kept here, or read from the cluster once.
async fn live(
    status: &FlagSyncStatus,
    place: &Place,
    context: &Context,
) -> Result<Option<std::path::PathBuf>, Refused> {
    let Some(digest) = &status.digest else { return Ok(None) };
    if let Some(file) = context.shelf.file(&place.uid, digest) {
        return Ok(Some(file));
    }
    let _permit = context.rendering.acquire().await;
    let Some(payload) = restore(digest, place, context).await? else { return Ok(None) };
    Ok(context
        .shelf
        .keep(&place.uid, &payload.bytes)
        .inspect_err(|error| tracing::warn!(%error, "the cache cannot be written"))
        .ok())
}

/// A configuration from the cluster: the pointer's own, or a copy of it. None: there is none that is whole.
///
/// # Errors
/// When the API server does not give it.
pub async fn restore(digest: &str, place: &Place, context: &Context) -> Result<Option<publish::Payload>, Refused> {
    let Some(parsed) = Digest::parse(digest) else { return Ok(None) };
    let namespace = &place.writer.namespace;
    let candidates =
        [place.target.clone(), names::history(&place.target, &parsed), names::part(&place.target, &parsed, 0)];
    for name in candidates {
        let Some(map) = context.cluster.map(namespace, &name).await? else { continue };
        let object = from_map(map);
        let owned = object.labels.get(names::UID) == Some(&place.uid);
        if !owned || object.annotations.get(names::DIGEST).is_none_or(|named| named != digest) {
            continue;
        }
        let mut parts = std::collections::BTreeMap::new();
        for part in publish::parts(&object).unwrap_or_default() {
            if let Some(map) = context.cluster.map(namespace, &part).await? {
                parts.insert(part, from_map(map));
            }
        }
        if let Ok(payload) = publish::restore(&object, &mut |name| parts.remove(name)) {
            return Ok(Some(payload));
        }
    }
    Ok(None)
}

/// The rules of a specification.
///
/// # Errors
/// The first rule that does not hold.
pub fn rules(sync: &FlagSync) -> Result<Validated, super::api::Invalid> {
    validate(&sync.spec)
}
