//! Where a repository is published, as reports may say it.

use std::path::Path;

use git2::Repository;

use super::present;

/// Where the repository around a directory is published; none where nobody knows.
#[must_use]
pub fn published(directory: &Path) -> Option<String> {
    remote(&Repository::discover(present(directory)).ok()?)
}

/// The URL of `origin`.
pub(super) fn remote(repository: &Repository) -> Option<String> {
    let remote = repository.find_remote("origin").ok()?;
    public(remote.url().ok()?)
}

/// A URL without user, password, query and fragment: CI puts tokens there. `git@host:path` becomes a URL; paths of this machine are
/// nobody's business.
pub(super) fn public(url: &str) -> Option<String> {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme @ ("http" | "https" | "ssh" | "git"), rest)) => (scheme, rest.to_owned()),
        Some(_) => return None,
        None => {
            let (host, path) = scp(url)?;
            ("ssh", format!("{host}/{}", path.trim_start_matches('/')))
        }
    };
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.get(..end)?.split_once('/')?;
    let host = host.rsplit('@').next().filter(|host| !host.is_empty())?;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/:+%[]".contains(&byte));
    (plain(host) && plain(path)).then(|| format!("{scheme}://{host}/{path}"))
}

/// Host and path of `git@host:path`; a single letter is a drive.
pub(super) fn scp(url: &str) -> Option<(&str, &str)> {
    url.split_once(':').filter(|(host, _)| !host.contains('/') && host.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_reads_a_token_in_a_report() {
        assert_eq!(
            public("https://x-token:s3cret@example.com/shop/flags.git?key=1#a"),
            Some("https://example.com/shop/flags.git".to_owned())
        );
        assert_eq!(public("git@example.com:shop/flags.git"), Some("ssh://example.com/shop/flags.git".to_owned()));
        assert_eq!(public("https://a@b@example.com/x"), Some("https://example.com/x".to_owned()));
        for private in ["/srv/git/flags.git", "../flags", "file:///srv/flags", "C:\\flags", "https://example.com"] {
            assert_eq!(public(private), None, "{private}");
        }
    }
}
