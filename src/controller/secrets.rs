//! Secrets to what signing in takes. Nothing of them is ever shown.

use k8s_openapi::api::core::v1::Secret;
use sha2::{Digest, Sha256};

use crate::remote::Credentials;

/// How to reach a source.
#[derive(Clone)]
pub struct Access {
    /// How to sign in.
    pub credentials: Credentials,
    /// Host keys of ssh.
    pub known_hosts: String,
    /// Further authorities of https.
    pub certificates: String,
}

/// What fetches may be shared by: the same place, the same Secret in the same state, the same host keys. Nothing crosses keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub String);

impl Access {
    /// Reads a Secret for a URL; none: nobody signs in.
    ///
    /// # Errors
    /// What the Secret lacks.
    pub fn of(url: &str, secret: Option<&Secret>) -> Result<Self, String> {
        let text = |names: &[&str]| names.iter().find_map(|name| entry(secret?, name));
        let known_hosts = text(&["known_hosts"]).unwrap_or_default();
        let certificates = text(&["ca.crt", "caFile"]).unwrap_or_default();
        let credentials = match secret {
            None => Credentials::None,
            Some(_) if url.starts_with("https://") => {
                match text(&["password", "token", "bearerToken"])
                    .map(|given| given.trim_end_matches(['\r', '\n']).to_owned())
                {
                    Some(password) => {
                        let username = text(&["username"]).map(|name| name.trim().to_owned());
                        Credentials::Basic { username: username.unwrap_or_else(|| "git".to_owned()), password }
                    }
                    None if text(&["username"]).is_some() => {
                        return Err("it has a `username` but no `password`".to_owned());
                    }
                    None => Credentials::None,
                }
            }
            Some(_) if url.starts_with("file://") => Credentials::None,
            Some(_) => match text(&["identity", "ssh-privatekey"]) {
                Some(private) => Credentials::Key { private, passphrase: text(&["passphrase", "password"]) },
                None => return Err("it has no `identity`, the private key for ssh".to_owned()),
            },
        };
        Ok(Self { credentials, known_hosts, certificates })
    }

    /// Who may share what is fetched.
    #[must_use]
    pub fn key(&self, url: &str, secret: Option<&Secret>) -> Key {
        let metadata = secret.map(|secret| &secret.metadata);
        let field =
            |read: fn(&kube::api::ObjectMeta) -> Option<&String>| metadata.and_then(read).cloned().unwrap_or_default();
        let parts = [
            normalized(url),
            field(|metadata| metadata.uid.as_ref()),
            field(|metadata| metadata.resource_version.as_ref()),
            self.known_hosts.clone(),
            self.certificates.clone(),
        ];
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Key(hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }
}

/// An entry of a Secret that is text.
#[must_use]
pub fn entry(secret: &Secret, name: &str) -> Option<String> {
    let bytes = &secret.data.as_ref()?.get(name)?.0;
    String::from_utf8(bytes.clone()).ok().filter(|text| !text.trim().is_empty())
}

/// A URL as it is compared: scheme and host in lower case, no slash at the end, no port that goes without saying.
#[must_use]
pub fn normalized(url: &str) -> String {
    let trimmed = url.trim_end_matches('/');
    let Some((scheme, rest)) = trimmed.split_once("://") else { return trimmed.to_owned() };
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) =
        rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
    let port = match scheme.as_str() {
        "https" => ":443",
        "ssh" => ":22",
        _ => "",
    };
    let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(user, host)| (user, host));
    let host = host.to_ascii_lowercase();
    let host = if port.is_empty() { &host } else { host.strip_suffix(port).unwrap_or(&host) };
    let at = if user.is_empty() { "" } else { "@" };
    format!("{scheme}://{user}{at}{host}{path}")
}

#[cfg(test)]
mod tests {
    use k8s_openapi::ByteString;

    use super::*;

    fn secret(uid: &str, version: &str, entries: &[(&str, &str)]) -> Secret {
        let mut secret = Secret::default();
        secret.metadata.uid = Some(uid.to_owned());
        secret.metadata.resource_version = Some(version.to_owned());
        secret.data = Some(entries.iter().map(|(k, v)| ((*k).to_owned(), ByteString(v.as_bytes().to_vec()))).collect());
        secret
    }

    #[test]
    fn fetches_are_shared_by_place_and_secret_and_by_nothing_else() {
        let url = "https://git.example/a.git";
        let one = secret("u1", "1", &[("password", "x")]);
        let key =
            |url: &str, secret: Option<&Secret>| Access::of(url, secret).ok().map(|access| access.key(url, secret));
        assert_eq!(key(url, Some(&one)), key("https://GIT.example:443/a.git/", Some(&one)));
        assert_ne!(key(url, Some(&one)), key(url, None));
        assert_ne!(key(url, Some(&one)), key(url, Some(&secret("u1", "2", &[("password", "x")]))));
        assert_ne!(key(url, Some(&one)), key(url, Some(&secret("u2", "1", &[("password", "x")]))));
        assert_ne!(key(url, None), key("https://git.example/A.git", None));
    }

    #[test]
    fn a_secret_that_cannot_sign_in_says_what_it_lacks() {
        let half = secret("u", "1", &[("username", "me")]);
        assert!(Access::of("https://h/r", Some(&half)).is_err_and(|error| error.contains("password")));
        assert!(Access::of("ssh://git@h/r", Some(&half)).is_err_and(|error| error.contains("identity")));
        let token = secret("u", "1", &[("token", "abc\n")]);
        let access = Access::of("https://h/r", Some(&token)).map(|access| access.credentials);
        assert!(
            matches!(access, Ok(Credentials::Basic { username, password }) if username == "git" && password == "abc")
        );
    }
}
