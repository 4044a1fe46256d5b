//! `known_hosts`: which keys a host may show.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};

/// The keys that lines of `known_hosts` have for a host.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct HostKeys {
    /// Type and key, as on the line and decoded.
    trusted: Vec<(String, Vec<u8>)>,
    revoked: Vec<Vec<u8>>,
}

impl HostKeys {
    /// Reads the lines that are about a host. Lines that say nothing about keys are passed over; `@cert-authority` is not understood.
    pub(super) fn of(known_hosts: &str, host: &str, port: u16) -> Self {
        let names = [Some(format!("[{host}]:{port}")), (port == 22).then(|| host.to_owned())];
        let names: Vec<String> = names.into_iter().flatten().collect();
        let mut keys = Self::default();
        for line in known_hosts.lines() {
            let line = line.trim();
            let (marker, line) = match line.strip_prefix('@') {
                Some(marked) => marked.split_once(char::is_whitespace).unwrap_or((marked, "")),
                None => ("", line),
            };
            let mut words = line.split_whitespace();
            let (Some(patterns), Some(kind), Some(key)) = (words.next(), words.next(), words.next()) else { continue };
            let Ok(key) = STANDARD.decode(key) else { continue };
            if patterns.starts_with('#') || !names.iter().any(|name| matches(patterns, name)) {
                continue;
            }
            match marker {
                "" => keys.trusted.push((kind.to_owned(), key)),
                "revoked" => keys.revoked.push(key),
                _ => {}
            }
        }
        keys
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.trusted.is_empty()
    }

    /// Whether the host may show this key.
    pub(super) fn trusts(&self, key: &[u8]) -> bool {
        self.trusted.iter().any(|(_, known)| known == key) && !self.revoked.iter().any(|known| known == key)
    }

    /// The lines that make a client ask for a key of these types, and for no other.
    pub(super) fn lines(&self, host: &str, port: u16) -> String {
        let name = if port == 22 { host.to_owned() } else { format!("[{host}]:{port}") };
        let trusted = self.trusted.iter().filter(|(_, key)| self.trusts(key));
        trusted.map(|(kind, key)| format!("{name} {kind} {}\n", STANDARD.encode(key))).collect()
    }
}

/// Whether a line's hosts have this one: names with `*` and `?`, `!` for exceptions, or one hashed name.
fn matches(patterns: &str, name: &str) -> bool {
    if let Some(hashed) = patterns.strip_prefix("|1|") {
        return is_hash(hashed, name);
    }
    let mut found = false;
    for pattern in patterns.split(',') {
        match pattern.strip_prefix('!') {
            Some(never) if fits(never, name) => return false,
            Some(_) => {}
            None => found |= fits(pattern, name),
        }
    }
    found
}

/// `SALT|HASH`, the HMAC-SHA-1 of the name.
fn is_hash(hashed: &str, name: &str) -> bool {
    let decoded = hashed
        .split_once('|')
        .and_then(|(salt, hash)| Some((STANDARD.decode(salt).ok()?, STANDARD.decode(hash).ok()?)));
    let Some((salt, hash)) = decoded else { return false };
    let Ok(mut mac) = Hmac::<sha1::Sha1>::new_from_slice(&salt) else { return false };
    mac.update(name.as_bytes());
    mac.verify_slice(&hash).is_ok()
}

/// Whether a name fits a pattern with `*` and `?`, whatever its case.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase().into_bytes(), name.to_ascii_lowercase().into_bytes());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&c) if c == b'?' || Some(&c) == name.get(n) => {
                p += 1;
                n += 1;
            }
            _ => match star {
                // The last star takes one more.
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    n = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIJ1U0IMJ1lFgqgGJl9Yv7YgJQmFq3Zg5yAq6J8k0b2kQ";

    fn known(line: &str, host: &str, port: u16) -> bool {
        let lines = line.replace("KEY", &format!("ssh-ed25519 {KEY}"));
        HostKeys::of(&lines, host, port).trusts(&STANDARD.decode(KEY).unwrap())
    }

    #[test]
    fn hosts_are_known_by_names_patterns_ports_and_hashes() {
        assert!(known("example.com KEY comment", "example.com", 22));
        assert!(known("Example.com,192.0.2.1 KEY", "192.0.2.1", 22));
        assert!(known("*.example.com KEY", "git.example.com", 22));
        assert!(known("[example.com]:2222 KEY", "example.com", 2222));
        assert!(known("# x\n\n  example.com KEY\n", "example.com", 22));
        // `ssh-keygen -H` of `example.com`.
        assert!(!known("|1|c2FsdA==|c2FsdA== KEY", "example.com", 22));
        assert!(!known("example.com KEY", "example.com", 2222));
        assert!(!known("example.com KEY", "example.org", 22));
        assert!(!known("*.example.com,!git.example.com KEY", "git.example.com", 22));
        assert!(!known("example.com ssh-ed25519", "example.com", 22));
    }

    #[test]
    fn revoked_keys_and_authorities_are_not_trusted() {
        assert!(!known("example.com KEY\n@revoked * KEY", "example.com", 22));
        assert!(!known("@cert-authority *.example.com KEY", "git.example.com", 22));
        let revoked = format!("example.com ssh-ed25519 {KEY}\n@revoked * ssh-ed25519 {KEY}");
        assert_eq!(HostKeys::of(&revoked, "example.com", 22).lines("example.com", 22), "");
    }

    #[test]
    fn stars_take_as_much_as_they_must() {
        assert!(fits("*a*b", "xaxbab"));
        assert!(fits("g?t*", "git.example.com"));
        assert!(!fits("*.com", "example.org"));
        assert!(!fits("", "a"));
    }
}
