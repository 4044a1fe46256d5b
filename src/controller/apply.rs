//! Writing what a plan wants: parts, pointer, history; then removing what is too old.
//!
//! Only [`apply`] makes an [`Applied`], and only an [`Applied`] makes a status: none is written before.

mod copies;
mod load;
mod pointer;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Instant;

use jiff::Timestamp;

use super::api::{FlagSyncSpec, FlagSyncStatus, Item, Validated};
use super::cluster::Refused;
use super::context::Context;
use super::decide::{Plan, Shape, Wanted};
use super::dereference::Place;
use super::maps::Space;
use super::own::{Own, Proof};
use super::prune::{Keep, prune};
use super::status::Lived;
use crate::publish::{Payload, TooLarge, render};

/// Why a plan was not carried out.
#[derive(Debug)]
pub enum Problem {
    /// The API server did not do it.
    Refused(Refused),
    /// It does not fit.
    TooLarge(TooLarge),
    /// The ConfigMap is somebody else's.
    Conflict(String),
    /// There is no copy of what is to be live.
    Lost(String),
    /// Somebody keeps changing it: not before this moment.
    Loop(Instant, String),
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::TooLarge(large) => write!(f, "{large}; {}", large.help()),
            Self::Conflict(message) | Self::Lost(message) | Self::Loop(_, message) => f.write_str(message),
        }
    }
}

/// A plan that was carried out, or what kept it from that. Nothing else makes one.
#[derive(Debug)]
pub struct Applied {
    /// What is live; none: unknown, or nothing was touched.
    pub live: Option<Lived>,
    /// The pointer moved.
    pub moved: bool,
    /// What was put right.
    pub healed: Vec<String>,
    /// The ConfigMaps that there are; none: unknown.
    pub inventory: Option<Vec<Item>>,
    /// Digests that are gone.
    pub pruned: Vec<String>,
    /// What went wrong.
    pub problem: Option<Problem>,
    /// Only this module has one, so that nothing else makes this.
    _done: Done,
}

/// What only this module has.
#[derive(Debug)]
struct Done;

impl Applied {
    fn nothing() -> Self {
        Self {
            live: None,
            moved: false,
            healed: Vec::new(),
            inventory: None,
            pruned: Vec::new(),
            problem: None,
            _done: Done,
        }
    }
}

/// What a plan is carried out with.
#[derive(Debug)]
pub struct Order<'a> {
    /// Where.
    pub place: &'a Place,
    /// What is asked for.
    pub spec: &'a FlagSyncSpec,
    /// Its rules, where they hold.
    pub valid: Option<&'a Validated>,
    /// What was said last.
    pub status: &'a FlagSyncStatus,
    /// The ConfigMaps as they are watched.
    pub space: &'a Space,
    /// What is shared.
    pub context: &'a Context,
}

/// Carries out a plan.
pub async fn apply(plan: &Plan, order: &Order<'_>, own: &mut Own) -> Applied {
    let mut applied = Applied::nothing();
    let done = match &plan.wanted {
        Wanted::Untouched => return applied,
        wanted => ensure(wanted, order, own, &mut applied).await,
    };
    if let Err(problem) = done {
        own.proof = None;
        applied.problem = Some(problem);
        return applied;
    }
    tidy(order, &mut applied).await;
    applied
}

/// What a wanted thing is, before it is loaded.
fn shape(wanted: &Wanted, order: &Order<'_>) -> Option<(Shape, Lived)> {
    let status = order.status;
    let known = |digest: &str| {
        let past = status.history.iter().find(|entry| entry.digest == digest);
        past.map(|entry| Lived {
            digest: entry.digest.clone(),
            revision: entry.revision.clone(),
            signer: entry.signer.clone(),
            flags: usize::try_from(entry.flags).unwrap_or(0),
        })
    };
    let lived = match wanted {
        Wanted::Untouched => return None,
        Wanted::Source(found) => load::built(found)?,
        Wanted::Live(digest) | Wanted::Pinned(digest) => known(digest)?,
    };
    let shape = Shape {
        digest: lived.digest.clone(),
        revision: lived.revision.clone(),
        layout: order.spec.target.layout,
        client: order.spec.target.client,
        is_owned: order.place.owner.is_some(),
    };
    Some((shape, lived))
}

async fn ensure(wanted: &Wanted, order: &Order<'_>, own: &mut Own, applied: &mut Applied) -> Result<(), Problem> {
    let expected = shape(wanted, order);
    if let Some((shape, lived)) = &expected
        && proven(shape, order, own)
    {
        applied.live = Some(lived.clone());
        return Ok(());
    }
    // From reading it to having it rendered: however many want to, one configuration is in memory. Semaphores are not closed here.
    let permit = order.context.rendering.acquire().await;
    let payload = load::load(wanted, order).await?;
    let shape = Shape {
        digest: crate::publish::Digest::of(&payload.bytes).to_string(),
        revision: payload.revision.clone(),
        layout: order.spec.target.layout,
        client: order.spec.target.client,
        is_owned: order.place.owner.is_some(),
    };
    let lived = Lived {
        digest: shape.digest.clone(),
        revision: payload.revision.clone(),
        signer: payload.signer.clone(),
        flags: payload.flags,
    };
    let rendered = rendered(payload, order).await?;
    drop(permit);
    let known = own.proof.take_if(|proof| proof.shape == shape).map(|proof| proof.versions).unwrap_or_default();
    let steady = !known.is_empty();
    let moves = order.status.digest.as_deref() != Some(&shape.digest);
    let mut versions = BTreeMap::new();
    for part in rendered.parts {
        copies::ensure(part, moves, &known, &mut versions, order).await?;
    }
    let step = pointer::Step { steady, moves, own };
    let outcome = pointer::ensure(rendered.pointer, step, order).await?;
    versions.insert(order.place.target.clone(), outcome.version);
    applied.healed = outcome.healed;
    applied.moved = outcome.wrote && (moves || order.status.last_applied_revision.as_deref() != Some(&shape.revision));
    applied.live = Some(lived);
    for copy in rendered.history {
        copies::ensure(copy, moves, &known, &mut versions, order).await?;
    }
    own.proof = Some(Proof { shape, versions });
    Ok(())
}

/// Whether everything was seen to be as meant, and did not change since.
fn proven(shape: &Shape, order: &Order<'_>, own: &Own) -> bool {
    let Some(proof) = own.proof.as_ref().filter(|proof| proof.shape == *shape) else { return false };
    proof.versions.keys().all(|name| {
        let seen = order.space.get(name);
        proof.holds(name, seen.as_ref().map(|seen| seen.version.as_str()))
    })
}

async fn rendered(payload: Payload, order: &Order<'_>) -> Result<crate::publish::Rendered, Problem> {
    let (target, uid) = (order.place.target.clone(), order.place.uid.clone());
    let layout = order.spec.target.layout.into();
    let rendered = tokio::task::spawn_blocking(move || render(&payload, &target, layout, Some(&uid))).await;
    match rendered {
        Ok(rendered) => rendered.map_err(Problem::TooLarge),
        Err(_) => Err(Problem::Lost("rendering ended by itself; this is a defect".to_owned())),
    }
}

/// Removes what is too old, and lists what there is. What cannot be removed stays listed.
async fn tidy(order: &Order<'_>, applied: &mut Applied) {
    let (Some(valid), Some(maps), Some(live)) = (order.valid, order.space.maps(), &applied.live) else { return };
    let place = order.place;
    let head = super::api::History {
        digest: live.digest.clone(),
        revision: live.revision.clone(),
        signer: None,
        flags: 0,
        applied_at: Timestamp::now().to_string(),
        note: None,
    };
    let moved = order.status.history.first().is_none_or(|first| first.digest != live.digest);
    let rest = order.status.history.iter().filter(|entry| !moved || entry.digest != live.digest).cloned();
    let history: Vec<_> = moved.then_some(head).into_iter().chain(rest).collect();
    let pin = order.spec.target.pin.as_deref();
    let keep = Keep {
        target: &place.target,
        owner: &place.uid,
        digests: [live.digest.as_str()].into_iter().chain(pin).chain(order.status.digest.as_deref()).collect(),
        limit: valid.history_limit,
        age: valid.history_min_age,
        now: Timestamp::now(),
    };
    let mut gone = BTreeSet::new();
    for (name, seen) in prune(&maps, &history, &keep) {
        match order.context.cluster.delete(&place.writer, name, &seen.uid, &seen.version).await {
            Ok(()) => drop(gone.insert(name.to_owned())),
            Err(refused) => tracing::warn!(namespace = place.name.0, name, %refused, "an old ConfigMap stays"),
        }
    }
    let stays = |name: &str| !gone.contains(name);
    let left: BTreeSet<&str> =
        maps.iter().filter(|(name, _)| stays(name)).filter_map(|(_, seen)| seen.digest.as_deref()).collect();
    // Whether it went now or in a run whose status never arrived: what is gone is no history to go back to. The latest are listed
    // before it is known that they are there.
    let past = history.iter().skip(keep.limit).map(|entry| &entry.digest);
    let is_gone = |digest: &&String| !left.contains(digest.as_str()) && !keep.digests.contains(digest.as_str());
    applied.pruned = past.filter(is_gone).cloned().collect();
    let mut inventory: BTreeMap<String, Option<String>> = maps
        .iter()
        .filter(|(name, seen)| seen.owner == place.uid && stays(name))
        .map(|(name, seen)| (name.clone(), seen.digest.clone()))
        .collect();
    inventory.insert(place.target.clone(), Some(live.digest.clone()));
    applied.inventory = Some(inventory.into_iter().map(|(name, digest)| Item { name, digest }).collect());
}
