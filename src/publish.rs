//! What is published: one environment's compiled configuration, its digest, and the ConfigMaps that hold it. Pure.

mod change;
mod guard;
mod gzip;
pub mod limit;
mod manifest;
pub mod names;
mod origin;
mod read;
pub mod release;
mod render;
#[cfg(test)]
mod tests;
mod yaml;

use std::collections::BTreeMap;
use std::fmt;

use crate::ufc;
pub use change::{Change, Comparison, Overrides, change, overrides};
pub use guard::{Exceeded, Guard, guard, percent};
pub use limit::TooLarge;
pub use manifest::{COMPILER, Manifest};
pub use read::{Unreadable, digest, layout, mounted, parts, read, restore};
pub use release::Release;
pub use render::{Rendered, render};
pub use yaml::yaml;

/// The SHA-256 of a configuration's uncompressed bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of a configuration as it is written.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Reads 64 hexadecimal digits, in lower case as they are written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let digits: Vec<u8> = text.bytes().map(digit).collect::<Option<_>>()?;
        let (pairs, rest) = digits.as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        rest.is_empty().then_some(Self(bytes.try_into().ok()?))
    }

    /// The first 16 hexadecimal digits, as names of ConfigMaps carry them.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().take(16).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// How a configuration is laid out in ConfigMaps. It never changes by size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `config.json` in the pointer.
    Inline,
    /// `config.json.gz` in the pointer.
    Gzip,
    /// Immutable parts beside the pointer, which only `flagfall agent` reads.
    Parts,
}

impl Layout {
    /// All of them, smallest configurations first.
    pub const ALL: [Self; 3] = [Self::Inline, Self::Gzip, Self::Parts];

    /// Reads the word that is written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.to_string() == text)
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inline => "inline",
            Self::Gzip => "gzip",
            Self::Parts => "parts",
        })
    }
}

/// The form for clients of a configuration as it is published.
///
/// # Errors
/// When it is no configuration.
pub fn client(bytes: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let config = ufc::read(bytes).map_err(|error| Unreadable::Configuration(error.to_string()))?;
    Ok(ufc::write::to_json(&ufc::obfuscate(&config)).into_bytes())
}

/// One environment's configuration, ready to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The configuration, as written.
    pub bytes: Vec<u8>,
    /// The obfuscated form for clients, where it is asked for.
    pub client: Option<Vec<u8>>,
    /// Full id of the commit it was compiled from.
    pub revision: String,
    /// Who signed that commit, where signatures are verified.
    pub signer: Option<String>,
    /// The environment's name.
    pub environment: String,
    /// How many flags it has.
    pub flags: usize,
}

/// A ConfigMap as we mean it, without what a cluster adds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
    /// `data`.
    pub data: BTreeMap<String, String>,
    /// `binaryData`, decoded.
    pub binary_data: BTreeMap<String, Vec<u8>>,
    /// `immutable: true`.
    pub immutable: bool,
}
