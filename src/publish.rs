//! What is published: one environment's compiled configuration, its digest, and the ConfigMaps that hold it. Pure.

use std::collections::BTreeMap;

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

    /// The first 16 hexadecimal digits, as names of ConfigMaps carry them.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().take(16).collect()
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
