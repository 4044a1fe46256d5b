//! Where a repository is: which URLs are accepted, and what they say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs};

use super::{Failed, Reason};

/// How a repository is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// `https://…`.
    Https,
    /// `ssh://…` and `git@host:path`.
    Ssh,
    /// `file:///…`.
    File,
}

/// A URL, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) scheme: Scheme,
    /// The name that ssh signs in with.
    pub(super) user: Option<String>,
    /// In lower case, without the brackets of an IPv6 address.
    pub(super) host: String,
    port: Option<u16>,
}

impl Address {
    /// Reads a URL. What people may have put a secret into is not repeated.
    pub(super) fn parse(url: &str) -> Result<Self, Failed> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\' | '"' | '\'');
        if url.is_empty() || url.len() > 2048 || url.contains(odd) {
            return Err(refused("the URL has blanks, a query or a fragment"));
        }
        let (scheme, rest) = match url.split_once("://") {
            Some(("https", rest)) => (Scheme::Https, rest),
            Some(("ssh", rest)) => (Scheme::Ssh, rest),
            Some(("file", rest)) if rest.starts_with('/') => {
                return Ok(Self { scheme: Scheme::File, user: None, host: String::new(), port: None });
            }
            Some(_) => return Err(refused("the URL is neither `https://…`, `ssh://…` nor `git@host:path`")),
            None => return Self::short(url),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if path.is_empty() || path.starts_with('-') {
            return Err(refused("the URL names a host but no repository"));
        }
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if user.is_some_and(|user| scheme == Scheme::Https || user.contains(':') || !is_name(user)) {
            return Err(refused("the URL holds user information; put it into the credentials"));
        }
        let (host, port) = split_port(host)?;
        Self { scheme, user: user.map(str::to_owned), host, port }.with_host()
    }

    /// `git@host:path`, as ssh has it.
    fn short(url: &str) -> Result<Self, Failed> {
        let neither = || refused("the URL is neither `https://…`, `ssh://…` nor `git@host:path`");
        let (authority, path) = url.split_once(':').ok_or_else(neither)?;
        let (user, host) = authority.split_once('@').ok_or_else(neither)?;
        if path.is_empty() || path.starts_with('-') || path.starts_with("//") || !is_name(user) {
            return Err(neither());
        }
        let host = host.to_ascii_lowercase();
        Self { scheme: Scheme::Ssh, user: Some(user.to_owned()), host, port: None }.with_host()
    }

    fn with_host(self) -> Result<Self, Failed> {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        let fits = self.host.len() <= 253 && self.host.chars().all(known) && !self.host.starts_with('-');
        if self.host.is_empty() || !fits { Err(refused("the URL names no host")) } else { Ok(self) }
    }

    /// The port, said or not.
    pub(super) fn port(&self) -> u16 {
        let default = match self.scheme {
            Scheme::Https => 443,
            Scheme::Ssh => 22,
            Scheme::File => 0,
        };
        self.port.unwrap_or(default)
    }

    /// The name that ssh signs in with.
    pub(super) fn user(&self) -> &str {
        self.user.as_deref().unwrap_or("git")
    }

    /// Refuses this machine and what is next to it: loopback and link-local hosts, by any name that leads there.
    ///
    /// Names are looked up again when the connection is made, so a host that changes its answers meanwhile is for network policies.
    pub(super) fn must_be_far(&self) -> Result<(), Failed> {
        if self.scheme == Scheme::File {
            return Err(refused("`file://` repositories are refused here"));
        }
        let name = self.host.trim_end_matches('.');
        if name == "localhost" || name.ends_with(".localhost") {
            return Err(near());
        }
        // What has no address is not reached either, which fetching says.
        let Ok(found) = (self.host.as_str(), self.port()).to_socket_addrs() else { return Ok(()) };
        if found.into_iter().any(|address| is_near(address.ip())) { Err(near()) } else { Ok(()) }
    }
}

fn is_name(user: &str) -> bool {
    !user.is_empty()
        && user.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && !user.starts_with('-')
}

fn split_port(host: &str) -> Result<(String, Option<u16>), Failed> {
    let bad = || refused("the URL's port is no port");
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, "")) => (name, None),
        Some((name, port)) => (name, Some(port.strip_prefix(':').ok_or_else(bad)?)),
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    let port = port.map(|port| port.parse::<u16>().map_err(|_| bad())).transpose()?;
    Ok((name.to_ascii_lowercase(), port))
}

fn is_near(address: IpAddr) -> bool {
    let v4 = |address: Ipv4Addr| {
        address.is_loopback() || address.is_link_local() || address.is_unspecified() || address.is_broadcast()
    };
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => {
            let embedded =
                address.to_ipv4_mapped().or_else(|| address.to_ipv4().filter(|_| address != Ipv6Addr::LOCALHOST));
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unicast_link_local()
                || embedded.is_some_and(v4)
        }
    }
}

fn refused(message: &str) -> Failed {
    Failed::new(Reason::UrlRefused, message)
}

fn near() -> Failed {
    refused("the URL leads to this machine or its link (loopback or link-local), which is refused here")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> (Scheme, Option<String>, String, Option<u16>) {
        let Address { scheme, user, host, port } = Address::parse(url).unwrap();
        (scheme, user, host, port)
    }

    #[test]
    fn urls_are_taken_apart() {
        let git = || Some("git".to_owned());
        assert_eq!(parsed("https://Git.example.com/a/b.git"), (Scheme::Https, None, "git.example.com".into(), None));
        assert_eq!(parsed("https://[2001:db8::1]:8443/a"), (Scheme::Https, None, "2001:db8::1".into(), Some(8443)));
        assert_eq!(parsed("ssh://git@example.com:2222/a"), (Scheme::Ssh, git(), "example.com".into(), Some(2222)));
        assert_eq!(parsed("git@example.com:shop/flags.git"), (Scheme::Ssh, git(), "example.com".into(), None));
        assert_eq!(parsed("https://example.com/a/My%20Project/_git/a").2, "example.com");
        assert_eq!(parsed("file:///srv/flags").0, Scheme::File);
    }

    #[test]
    fn other_urls_are_refused_and_what_they_hold_is_not_repeated() {
        for url in [
            "",
            "http://example.com/a",
            "git://example.com/a",
            "ext::sh -c true",
            "https://example.com",
            "https:///a",
            "https://s3cret@example.com/a",
            "https://git:s3cret@example.com/a",
            "ssh://git:s3cret@example.com/a",
            "https://example.com/a?token=s3cret",
            "https://example.com/a#s3cret",
            "https://example.com:port/a",
            "https://exa\nmple.com/a",
            "ssh://-oProxyCommand=s3cret/a",
            "ssh://example.com/-a",
            "/srv/flags",
            "file://host/srv",
            "s3cret",
        ] {
            let failed = Address::parse(url).unwrap_err();
            assert_eq!(failed.reason, Reason::UrlRefused, "{url}");
            assert!(!failed.message.contains("s3cret"), "{}", failed.message);
        }
    }

    #[test]
    fn this_machine_is_refused_by_every_name() {
        for url in [
            "https://localhost/a",
            "https://LOCALHOST./a",
            "https://x.localhost/a",
            "https://127.0.0.1/a",
            "https://127.1/a",
            "https://2130706433/a",
            "https://0x7f000001/a",
            "https://0.0.0.0/a",
            "https://169.254.169.254/latest",
            "https://[::1]/a",
            "https://[::]/a",
            "https://[::ffff:127.0.0.1]/a",
            "https://[::7f00:1]/a",
            "https://[fe80::1]/a",
            "ssh://git@127.0.0.1:22/a",
            "git@localhost:a",
            "file:///srv/flags",
        ] {
            let failed = Address::parse(url).unwrap().must_be_far().expect_err(url);
            assert_eq!(failed.reason, Reason::UrlRefused, "{url}");
        }
        assert!(Address::parse("https://192.0.2.1/a").unwrap().must_be_far().is_ok());
    }
}
