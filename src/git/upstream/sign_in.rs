//! Signing in as git does on this machine: the user's agent, credential helpers, and headers that CI configures.

use std::cell::Cell;

use git2::{Config, Cred, CredentialType, RemoteCallbacks};

/// Attempts before a server's refusal is believed.
const ATTEMPTS: u32 = 4;

/// How to sign in at a URL.
pub(super) struct SignIn {
    config: Config,
    url: String,
}

impl SignIn {
    pub(super) fn new(config: Config, url: &str) -> Self {
        Self { config, url: url.to_owned() }
    }

    pub(super) fn callbacks(&self) -> RemoteCallbacks<'_> {
        let attempts = Cell::new(0);
        let mut callbacks = RemoteCallbacks::new();
        callbacks.credentials(move |url, user, allowed| {
            attempts.set(attempts.get() + 1);
            if attempts.get() > ATTEMPTS {
                return Err(git2::Error::from_str("signing in failed"));
            }
            let user = user.unwrap_or("git");
            if allowed.contains(CredentialType::USERNAME) {
                return Cred::username(user);
            }
            if allowed.contains(CredentialType::SSH_KEY) {
                return Cred::ssh_key_from_agent(user);
            }
            Cred::credential_helper(&self.config, url, Some(user).filter(|_| self.url.contains('@')))
        });
        callbacks
    }

    /// `http.<url>.extraheader`, as checkouts in CI have it.
    pub(super) fn headers(&self) -> Vec<String> {
        let mut headers = Vec::new();
        let Ok(entries) = self.config.entries(Some("http\\..*extraheader")) else { return headers };
        let _ = entries.for_each(|entry| {
            let (Ok(name), Ok(value)) = (entry.name(), entry.value()) else { return };
            let scope = name.strip_prefix("http.").and_then(|rest| rest.strip_suffix("extraheader"));
            let scope = scope.map(|scope| scope.trim_end_matches('.'));
            if scope.is_some_and(|scope| scope.is_empty() || self.url.starts_with(scope)) {
                headers.push(value.to_owned());
            }
        });
        headers
    }
}
