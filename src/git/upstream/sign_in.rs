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
            self.helped(url, Some(user).filter(|_| self.url.contains('@')))
        });
        callbacks
    }

    #[cfg(feature = "cluster")]
    fn helped(&self, url: &str, user: Option<&str>) -> Result<Cred, git2::Error> {
        Cred::credential_helper(&self.config, url, user)
    }

    /// Without the feature there is nobody to sign in to.
    #[cfg(not(feature = "cluster"))]
    fn helped(&self, _: &str, _: Option<&str>) -> Result<Cred, git2::Error> {
        Err(git2::Error::from_str("this build of flagfall reaches no hosts"))
    }

    /// `http.<url>.extraheader`, as checkouts in CI have it.
    pub(super) fn headers(&self) -> Vec<String> {
        let mut headers = Vec::new();
        let Ok(entries) = self.config.entries(Some("http\\..*extraheader")) else { return headers };
        let _ = entries.for_each(|entry| {
            let (Ok(name), Ok(value)) = (entry.name(), entry.value()) else { return };
            let scope = name.strip_prefix("http.").and_then(|rest| rest.strip_suffix("extraheader"));
            let scope = scope.map(|scope| scope.trim_end_matches('.'));
            if scope.is_some_and(|scope| scope.is_empty() || covers(scope, &self.url)) {
                headers.push(value.to_owned());
            }
        });
        headers
    }
}

/// Whether a URL of the configuration is about a URL: the same scheme, host and port, and a directory above it. As git has it, but
/// for wildcards.
fn covers(scope: &str, url: &str) -> bool {
    let (Some((host, above)), Some((own, path))) = (split(scope), split(url)) else { return false };
    let above = above.trim_end_matches('/');
    host == own && path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Scheme, host and port; and the path.
fn split(url: &str) -> Option<(String, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or(host);
    Some((format!("{scheme}://{host}").to_ascii_lowercase(), path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(config: &str, url: &str) -> Vec<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), config).unwrap();
        SignIn::new(Config::open(file.path()).unwrap().snapshot().unwrap(), url).headers()
    }

    #[test]
    fn headers_go_to_the_host_they_are_configured_for_and_to_no_other() {
        let config = "[http \"https://Example.com/\"]\n\textraheader = AUTHORIZATION: basic eDp5\n[http]\n\textraheader = X-All: 1\n";
        assert_eq!(headers(config, "https://Example.com/flags.git"), ["AUTHORIZATION: basic eDp5", "X-All: 1"]);
        assert_eq!(headers(config, "https://example.com/flags.git"), ["AUTHORIZATION: basic eDp5", "X-All: 1"]);
        for other in ["https://example.com.evil.org/flags.git", "http://example.com/flags.git", "https://example.org/"]
        {
            assert_eq!(headers(config, other), ["X-All: 1"], "{other}");
        }
        let config = "[http \"https://example.com/shop\"]\n\textraheader = A: 1\n";
        assert_eq!(headers(config, "https://example.com/shop/flags.git"), ["A: 1"]);
        assert_eq!(headers(config, "https://example.com/shops/flags.git"), [""; 0]);
        let config = "[http \"https://example.com\"]\n\textraheader = A: 1\n";
        assert_eq!(headers(config, "https://ana@example.com/flags.git"), ["A: 1"]);
        for other in ["https://example.com.evil.org/x", "https://example.com@evil.org/x", "https://example.com:444/x"] {
            assert_eq!(headers(config, other), [""; 0], "{other}");
        }
    }
}
