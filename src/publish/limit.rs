//! What a cluster takes: limits of a `ConfigMap`, and what goes over one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Layout, Object};

/// Bytes of all values of a `ConfigMap`, decoded.
pub const VALUES: usize = 1_048_576;
/// Bytes of all annotations of an object, keys included.
pub const ANNOTATIONS: usize = 262_144;
/// Bytes of a request to the API server, as JSON.
pub const BODY: usize = 3_145_728;
/// Bytes of [`BODY`] left for what a writer adds: namespace, owner, resource version.
pub const RESERVE: usize = 4_096;
/// Bytes of a configuration before it is compressed; readers inflate no more.
pub const CONFIGURATION: usize = 64 * 1_048_576;
/// Flags that are named when something is too large.
const NAMED: usize = 3;

/// Which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`VALUES`].
    Values,
    /// [`ANNOTATIONS`].
    Annotations,
    /// [`BODY`] without [`RESERVE`].
    Body,
    /// [`CONFIGURATION`].
    Configuration,
}

impl Limit {
    /// The number of bytes.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::Values => VALUES,
            Self::Annotations => ANNOTATIONS,
            Self::Body => BODY - RESERVE,
            Self::Configuration => CONFIGURATION,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Values => "the values of a ConfigMap",
            Self::Annotations => "the annotations of a ConfigMap",
            Self::Body => "a request to the API server",
            Self::Configuration => "a configuration",
        }
    }
}

/// A configuration does not fit its layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLarge {
    /// How it was to be laid out.
    pub layout: Layout,
    /// What was met.
    pub limit: Limit,
    /// How many bytes there are.
    pub bytes: usize,
    /// The largest flags by bytes as JSON, largest first.
    pub flags: Vec<(String, usize)>,
}

impl TooLarge {
    pub(super) fn new(layout: Layout, limit: Limit, bytes: usize, configuration: &[u8]) -> Self {
        Self { layout, limit, bytes, flags: largest(configuration) }
    }

    /// What to do next.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match (self.layout, self.limit) {
            (_, Limit::Annotations) => "shorten the name of the signer",
            (Layout::Inline, Limit::Values | Limit::Body) => "use the layout `gzip`, or make these flags smaller",
            (Layout::Gzip, Limit::Values | Limit::Body) => {
                "use the layout `parts` (read by `flagfall agent`), or make these flags smaller"
            }
            (Layout::Parts, _) | (_, Limit::Configuration) => "make these flags smaller, or split the workspace",
        }
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (layout, bytes, limit) = (self.layout, self.bytes, self.limit.bytes());
        write!(f, "layout `{layout}` needs {bytes} bytes, {} {} at most {limit}", self.limit.what(), self.verb())?;
        for (index, (flag, bytes)) in self.flags.iter().enumerate() {
            let before = if index == 0 { "; the largest flags: " } else { ", " };
            write!(f, "{before}`{flag}` ({bytes} bytes)")?;
        }
        Ok(())
    }
}

impl TooLarge {
    fn verb(&self) -> &'static str {
        match self.limit {
            Limit::Values | Limit::Annotations => "are",
            Limit::Body | Limit::Configuration => "is",
        }
    }
}

impl std::error::Error for TooLarge {}

/// The largest flags of a configuration, by bytes as JSON; nothing of what is none.
fn largest(configuration: &[u8]) -> Vec<(String, usize)> {
    #[derive(Deserialize)]
    struct Outline<'a> {
        #[serde(borrow)]
        flags: BTreeMap<Cow<'a, str>, &'a RawValue>,
    }
    let Ok(outline) = serde_json::from_slice::<Outline<'_>>(configuration) else { return Vec::new() };
    let mut flags: Vec<_> =
        outline.flags.into_iter().map(|(key, value)| (key.into_owned(), value.get().len())).collect();
    flags.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
    flags.truncate(NAMED);
    flags
}

/// The limit that an object goes over, with its bytes.
pub(super) fn exceeded(object: &Object) -> Option<(Limit, usize)> {
    let values = object.data.values().map(String::len).chain(object.binary_data.values().map(Vec::len)).sum();
    let annotations = object.annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    [(Limit::Values, values), (Limit::Annotations, annotations), (Limit::Body, body(object))]
        .into_iter()
        .find(|(limit, bytes)| *bytes > limit.bytes())
}

/// The bytes of an object as JSON, escaped and coded as the wire has it.
#[must_use]
pub fn body(object: &Object) -> usize {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire<'a> {
        api_version: &'a str,
        kind: &'a str,
        metadata: Metadata<'a>,
        data: &'a BTreeMap<String, String>,
        binary_data: BTreeMap<&'a str, &'a str>,
        immutable: bool,
    }
    #[derive(Serialize)]
    struct Metadata<'a> {
        name: &'a str,
        labels: &'a BTreeMap<String, String>,
        annotations: &'a BTreeMap<String, String>,
    }
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let Object { name, labels, annotations, data, binary_data, immutable } = object;
    let wire = Wire {
        api_version: "v1",
        kind: "ConfigMap",
        metadata: Metadata { name, labels, annotations },
        data,
        binary_data: binary_data.keys().map(|key| (key.as_str(), "")).collect(),
        immutable: *immutable,
    };
    let mut count = Count(0);
    // Neither counting nor these types fail.
    let _ = serde_json::to_writer(&mut count, &wire);
    count.0 + binary_data.values().map(|value| value.len().div_ceil(3) * 4).sum::<usize>()
}
