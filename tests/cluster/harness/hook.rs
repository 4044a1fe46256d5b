//! What git hosts send to `POST /hook`.

use hmac::{KeyInit as _, Mac as _};

use super::controller::Controller;

/// A message about a repository, as GitHub and GitLab send it, as far as it matters here.
pub(crate) fn message(url: &str, revision: &str) -> String {
    serde_json::json!({ "ref": "refs/heads/main", "after": revision, "repository": { "clone_url": url } }).to_string()
}

/// GitHub's signature of a body.
pub(crate) fn signature(secret: &str, body: &str) -> String {
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let bytes = mac.finalize().into_bytes();
    format!("sha256={}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Sends one as GitHub does; the status.
pub(crate) async fn send(controller: &Controller, secret: &str, url: &str, revision: &str) -> u16 {
    let body = message(url, revision);
    let signature = signature(secret, &body);
    let headers =
        [("X-GitHub-Event", "push"), ("X-Hub-Signature-256", signature.as_str()), ("Content-Type", "application/json")];
    controller.post("/hook", &headers, body.as_bytes()).await.map_or(0, |(status, _)| status)
}
