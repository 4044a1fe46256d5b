//! `POST /hook`: a git host says that something moved. Any replica takes it; the one that leads acts.

mod signature;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::context::{Context, name_of};
use super::secrets::{entry, normalized};
use super::sources::Name;
use crate::publish::names;

/// How long a Secret is believed to be as it was: a flood of requests is no flood of reads.
const BELIEVED: Duration = Duration::from_secs(5);

/// A Secret's token, and when it was read.
type Read = (Instant, Option<String>);

/// When a request was written last; whoever writes has it.
type Gate = Arc<tokio::sync::Mutex<Option<Instant>>>;

/// What this replica remembers about webhooks.
#[derive(Default)]
pub struct Webhooks {
    secrets: Mutex<BTreeMap<(String, String), Read>>,
    gates: Mutex<BTreeMap<Name, Gate>>,
}

impl std::fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhooks").finish_non_exhaustive()
    }
}

/// Answers a request: 202 when everybody whom it is for was told.
pub async fn hook(
    context: &Context,
    webhooks: &Webhooks,
    headers: &HeaderMap,
    body: &Bytes,
) -> (StatusCode, &'static str) {
    let arrived = Instant::now();
    let answer = match signature::given(headers) {
        None => (StatusCode::UNAUTHORIZED, "no signature and no token\n"),
        Some(given) => {
            let signed = signed(context, webhooks, &given, body).await;
            if signed.is_empty() {
                (StatusCode::FORBIDDEN, "no FlagSync has this secret\n")
            } else {
                let names = meant(signed, body);
                let told = futures::future::join_all(names.iter().map(|name| tell(context, webhooks, name, arrived)));
                match told.await.into_iter().all(|told| told) {
                    true => (StatusCode::ACCEPTED, "accepted\n"),
                    false => (StatusCode::SERVICE_UNAVAILABLE, "the API server did not take it; send it again\n"),
                }
            }
        }
    };
    context.metrics.hooked(match answer.0 {
        StatusCode::ACCEPTED => "accepted",
        StatusCode::SERVICE_UNAVAILABLE => "failed",
        _ => "refused",
    });
    answer
}

/// A `FlagSync` and its source.
type Candidate = (Name, String);

/// Whose secret it was signed with.
async fn signed(context: &Context, webhooks: &Webhooks, given: &signature::Given, body: &Bytes) -> Vec<Candidate> {
    let mut signed = Vec::new();
    let mut verdicts: BTreeMap<(String, String), bool> = BTreeMap::new();
    for object in context.objects.state() {
        let Ok(sync) = &object.0 else { continue };
        let Some(webhook) = &sync.spec.webhook else { continue };
        let name = name_of(&object);
        let key = (name.0.clone(), webhook.secret_ref.name.clone());
        let is_valid = match verdicts.get(&key) {
            Some(verdict) => *verdict,
            None => {
                let secret = secret(context, webhooks, &key).await;
                let is_valid = secret.is_some_and(|secret| given.is_by(secret.as_bytes(), body));
                verdicts.insert(key, is_valid);
                is_valid
            }
        };
        if is_valid {
            signed.push((name, sync.spec.source.url.clone()));
        }
    }
    signed
}

async fn secret(context: &Context, webhooks: &Webhooks, key: &(String, String)) -> Option<String> {
    let known = webhooks.secrets.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
    if let Some((_, secret)) = known.filter(|(at, _)| at.elapsed() < BELIEVED) {
        return secret;
    }
    let read = match context.cluster.secret(&key.0, &key.1).await {
        Ok(read) => read.and_then(|secret| entry(&secret, "token").or_else(|| entry(&secret, "secret"))),
        Err(refused) => {
            tracing::warn!(namespace = key.0, secret = key.1, %refused, "the Secret of a webhook cannot be read");
            None
        }
    };
    let read = read.map(|text| text.trim_end_matches(['\r', '\n']).to_owned());
    webhooks.secrets.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), (Instant::now(), read.clone()));
    read
}

/// Of those that it was signed for, those whose source it names; all of them, where it names none of theirs.
fn meant(signed: Vec<Candidate>, body: &Bytes) -> Vec<Name> {
    let named = urls(body);
    let is_named = |url: &str| named.contains(&place(url));
    let any = signed.iter().any(|(_, url)| is_named(url));
    signed.into_iter().filter(|(_, url)| !any || is_named(url)).map(|(name, _)| name).collect()
}

/// The places that GitHub's and GitLab's messages name.
fn urls(body: &Bytes) -> Vec<String> {
    let Ok(message) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let fields =
        ["clone_url", "ssh_url", "html_url", "url", "git_http_url", "git_ssh_url", "web_url", "homepage", "git_url"];
    let objects = ["repository", "project"].into_iter().filter_map(|name| message.get(name));
    let found = objects.flat_map(|object| fields.into_iter().filter_map(|field| object.get(field)?.as_str()));
    found.map(place).collect()
}

/// Host and path of a URL, however it is reached.
fn place(url: &str) -> String {
    let url = normalized(url);
    let rest = url.split_once("://").map_or_else(|| url.replacen(':', "/", 1), |(_, rest)| rest.to_owned());
    let rest = rest.rsplit_once('@').map_or(rest.clone(), |(_, rest)| rest.to_owned());
    rest.strip_suffix(".git").unwrap_or(&rest).to_ascii_lowercase()
}

/// Annotates a `FlagSync`. Of many requests at a time all are served by the first that is written after they came.
async fn tell(context: &Context, webhooks: &Webhooks, name: &Name, arrived: Instant) -> bool {
    let gate = webhooks.gates.lock().unwrap_or_else(PoisonError::into_inner).entry(name.clone()).or_default().clone();
    let mut written = gate.lock().await;
    if written.is_some_and(|written| written >= arrived) {
        return true;
    }
    let began = Instant::now();
    let patch = json!({ "metadata": { "annotations": { names::REQUESTED_AT: Timestamp::now().to_string() } } });
    match context.cluster.request(&name.0, &name.1, &patch).await {
        Ok(()) => {
            *written = Some(began);
            true
        }
        Err(refused) => {
            tracing::warn!(namespace = name.0, name = name.1, %refused, "a request could not be noted");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(name: &str, url: &str) -> Candidate {
        (("ns".to_owned(), name.to_owned()), url.to_owned())
    }

    #[test]
    fn a_message_is_for_whoever_reads_the_repository_it_names_however_they_reach_it() {
        let signed = vec![
            candidate("https", "https://git.example/team/flags.git"),
            candidate("ssh", "git@git.example:team/flags.git"),
            candidate("other", "https://git.example/team/other.git"),
        ];
        let body = Bytes::from(r#"{"repository":{"clone_url":"https://GIT.example/team/flags.git"}}"#);
        let names: Vec<String> = meant(signed.clone(), &body).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["https", "ssh"]);
        assert_eq!(meant(signed.clone(), &Bytes::from("{}")).len(), 3);
        assert_eq!(meant(signed, &Bytes::from("not JSON")).len(), 3);
    }
}
