//! What a pointer says about its configuration, as annotations for clusters and as a file for pods.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Digest, Layout, Payload, names};

/// The version of this flagfall.
pub const COMPILER: &str = env!("CARGO_PKG_VERSION");

/// `manifest.json` in a pointer: what its annotations say, where pods can read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// `flagfall.pointer/1`.
    pub schema: String,
    /// SHA-256 of the uncompressed configuration, 64 hexadecimal digits.
    pub digest: String,
    /// The commit it was compiled from.
    pub revision: String,
    /// Who signed that commit, where signatures are verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// The environment.
    pub environment: String,
    /// How many flags it has.
    pub flags: usize,
    /// The version of flagfall that wrote it.
    pub compiler: String,
    /// `inline`, `gzip` or `parts`.
    pub layout: String,
    /// How many parts there are; only of layout `parts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<usize>,
    /// SHA-256 of the uncompressed form for clients, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
}

impl Manifest {
    pub(super) fn new(payload: &Payload, layout: Layout, parts: Option<usize>) -> Self {
        Self {
            schema: "flagfall.pointer/1".to_owned(),
            digest: Digest::of(&payload.bytes).to_string(),
            revision: payload.revision.clone(),
            signer: payload.signer.clone(),
            environment: payload.environment.clone(),
            flags: payload.flags,
            compiler: COMPILER.to_owned(),
            layout: layout.to_string(),
            parts,
            client: payload
                .client
                .as_ref()
                .filter(|_| layout != Layout::Parts)
                .map(|bytes| Digest::of(bytes).to_string()),
        }
    }

    /// The text of the file.
    pub(super) fn text(&self) -> String {
        // Strings and numbers do not fail.
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }

    /// The annotations of an object that belongs to the pointer `target`.
    pub(super) fn annotations(&self, target: &str) -> BTreeMap<String, String> {
        let always = [
            (names::DIGEST, &self.digest),
            (names::REVISION, &self.revision),
            (names::ENVIRONMENT, &self.environment),
            (names::COMPILER, &self.compiler),
            (names::LAYOUT, &self.layout),
        ];
        let mut annotations: BTreeMap<_, _> =
            always.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        annotations.insert(names::TARGET.to_owned(), target.to_owned());
        annotations.insert(names::FLAGS.to_owned(), self.flags.to_string());
        if let Some(parts) = self.parts {
            annotations.insert(names::PARTS.to_owned(), parts.to_string());
        }
        if let Some(signer) = &self.signer {
            annotations.insert(names::SIGNER.to_owned(), signer.clone());
        }
        annotations
    }
}
