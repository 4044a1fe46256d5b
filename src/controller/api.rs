//! `FlagSync`: which source becomes which ConfigMap, and what became of it.

#![expect(
    unreachable_pub,
    clippy::duplicated_attributes,
    reason = "the derive macro copies each type into a function; columns have the same attributes"
)]

mod rules;
mod status;

use kube::{CustomResource, CustomResourceExt, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::publish;
use crate::remote;

pub use rules::{Invalid, Validated, duration, validate};
pub use status::{Condition, FlagSyncStatus, History, Item};

/// Keeps one ConfigMap equal to what a git repository says.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "flagfall.dev",
    version = "v1alpha1",
    kind = "FlagSync",
    plural = "flagsyncs",
    namespaced,
    status = "FlagSyncStatus",
    shortname = "ffs",
    category = "flagfall",
    derive = "PartialEq",
    doc = "Keeps one ConfigMap equal to one environment's flags, as a git repository says them.",
    selectable = ".spec.source.url",
    selectable = ".spec.environment",
    selectable = ".spec.target.name",
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason"),
    printcolumn(name = "Revision", type_ = "string", json_path = ".status.lastAppliedRevision"),
    printcolumn(name = "Flags", type_ = "integer", json_path = ".status.flags"),
    printcolumn(name = "Environment", type_ = "string", json_path = ".spec.environment", priority = 1),
    printcolumn(name = "Target", type_ = "string", json_path = ".spec.target.name", priority = 1),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].message",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct FlagSyncSpec {
    /// Where the flags come from.
    pub source: Source,
    /// How often the source is looked at when no webhook says that it moved, such as `1m`.
    #[serde(default = "default_interval")]
    #[schemars(length(max = 32), regex(pattern = r"^([0-9]+(ms|s|m|h))+$"))]
    #[x_kube(
        validation = Rule::new("duration(self) >= duration('5s') && duration(self) <= duration('24h')").message("interval is from 5s to 24h")
    )]
    pub interval: String,
    /// How long fetching and compiling may take.
    #[serde(default = "default_timeout")]
    #[schemars(length(max = 32), regex(pattern = r"^([0-9]+(ms|s|m|h))+$"))]
    #[x_kube(
        validation = Rule::new("duration(self) >= duration('1s') && duration(self) <= duration('10m')").message("timeout is from 1s to 10m")
    )]
    pub timeout: String,
    /// Which environment of the workspace.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[A-Za-z0-9._-]+$"))]
    pub environment: String,
    /// What is written.
    pub target: Target,
    /// What is held back until somebody approves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Guard>,
    /// Who may say at `POST /hook` that the source moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// What becomes of the ConfigMaps when this object is deleted.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
    /// Nothing is fetched, written or healed.
    #[serde(default)]
    pub suspend: bool,
    /// The service account of this namespace that writes ConfigMaps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"))]
    pub service_account_name: Option<String>,
}

/// Where flags come from.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// `https://…`, `ssh://…` or `git@host:path`.
    #[schemars(length(min = 1, max = 2048))]
    #[x_kube(
        validation = Rule::new("self.matches('^(https://|ssh://|file:///|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:)[^ ]+$')")
            .message("url is https://…, ssh://… or git@host:path"),
        validation = Rule::new("!self.matches('^https://[^/]*@') && !self.matches('^ssh://[^/@]*:[^/@]*@')")
            .message("url holds no user information; name a Secret with secretRef"),
        validation = Rule::new("!self.matches('[?#\\\\s]')").message("url has no query and no fragment")
    )]
    pub url: String,
    /// Which commit.
    #[serde(rename = "ref")]
    pub reference: Reference,
    /// The directory with `flagfall.kdl` (`definitions`) or `manifest.json` (`published`), from the top of the repository.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 1024))]
    #[x_kube(
        validation = Rule::new("!self.startsWith('/') && !self.split('/').exists(part, part == '..' || part == '.') && !self.contains('\\\\')")
            .message("path is a directory below the top, without .. in it")
    )]
    pub path: String,
    /// What is there.
    #[serde(default)]
    pub mode: Mode,
    /// A Secret of this namespace: `username` and `password` (https), `identity`, `passphrase` and `known_hosts` (ssh), `ca.crt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretRef>,
    /// Whose signatures commits need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
}

/// A branch, a tag or a commit.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("[has(self.branch), has(self.tag), has(self.commit)].filter(given, given).size() == 1")
        .message("ref is exactly one of branch, tag and commit")
)]
pub struct Reference {
    /// A branch's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = Rule::new("!self.contains('..') && !self.matches('^[-/]|[\\\\s~^:?*\\\\[]')").message("not a branch's name"))]
    pub branch: Option<String>,
    /// A tag's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = Rule::new("!self.contains('..') && !self.matches('^[-/]|[\\\\s~^:?*\\\\[]')").message("not a tag's name"))]
    pub tag: Option<String>,
    /// A full commit id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = "^([0-9a-f]{40}|[0-9a-f]{64})$"))]
    pub commit: Option<String>,
}

/// What a source holds.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// KDL, compiled by the controller.
    #[default]
    Definitions,
    /// Compiled files and their manifest.
    Published,
}

impl From<Mode> for remote::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Definitions => Self::Definitions,
            Mode::Published => Self::Published,
        }
    }
}

/// A Secret of the same namespace.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
pub struct SecretRef {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// Whose signatures commits need.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Verify {
    /// Which commits.
    #[serde(default)]
    pub mode: VerifyMode,
    /// A Secret of this namespace with `allowed_signers`, as `ssh-keygen` reads it.
    pub secret_ref: SecretRef,
}

/// Which commits need a signature.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum VerifyMode {
    /// The commit, or the tag, that is applied.
    #[default]
    Head,
    /// Every commit since the one that was applied last.
    Every,
}

/// What is written.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// The ConfigMap's name, in this object's namespace.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("target.name cannot change; make another FlagSync"))]
    pub name: String,
    /// How the configuration is laid out.
    #[serde(default)]
    pub layout: Layout,
    /// Also the obfuscated form for clients.
    #[serde(default)]
    pub client: bool,
    /// How many revisions are kept to go back to, the live one among them.
    #[serde(default = "default_history")]
    #[schemars(range(min = 1, max = 100))]
    pub history_limit: i32,
    /// How long a revision is kept at least.
    #[serde(default = "default_age")]
    #[schemars(length(max = 32), regex(pattern = r"^([0-9]+(ms|s|m|h))+$"))]
    #[x_kube(validation = Rule::new("duration(self) <= duration('8760h')").message("historyMinAge is at most 8760h"))]
    pub history_min_age: String,
    /// The digest of a revision in the history: it stays live until this is removed, whatever the source says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = "^[0-9a-f]{64}$"))]
    pub pin: Option<String>,
}

/// How a configuration is laid out in ConfigMaps.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Layout {
    /// `config.json` in the ConfigMap: up to 1 MiB.
    #[default]
    Inline,
    /// `config.json.gz` in the ConfigMap.
    Gzip,
    /// Parts beside the ConfigMap, which only `flagfall agent` reads.
    Parts,
}

impl From<Layout> for publish::Layout {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Inline => Self::Inline,
            Layout::Gzip => Self::Gzip,
            Layout::Parts => Self::Parts,
        }
    }
}

/// What is held back until somebody approves it.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Guard {
    /// More flags than these removed at once are held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub max_removed_flags: Option<i32>,
    /// A larger share of any audience moved to another variation is held, such as `10%`; gates marked `override` are exempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 9), regex(pattern = r"^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)%$"))]
    pub max_reassigned: Option<String>,
    /// A configuration without any flag may replace one with flags.
    #[serde(default)]
    pub allow_empty: bool,
}

/// Who may say that the source moved.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// A Secret of this namespace with `token`: the secret of GitHub's or GitLab's webhook.
    pub secret_ref: SecretRef,
}

/// What becomes of ConfigMaps when their FlagSync is deleted.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeletionPolicy {
    /// They stay.
    #[default]
    Orphan,
    /// The cluster's garbage collection removes them.
    Delete,
}

/// The CustomResourceDefinition, as YAML.
///
/// # Errors
/// When it cannot be written, which would be a defect.
pub fn definition() -> Result<String, String> {
    let yaml = serde_json::to_value(FlagSync::crd()).map_err(|error| error.to_string())?;
    let yaml = serde_saphyr::to_string(&yaml).map_err(|error| error.to_string())?;
    Ok(format!("# Written by `flagfall controller --definition`; do not edit.\n{}\n", yaml.trim_end()))
}

fn default_interval() -> String {
    "1m".to_owned()
}

fn default_timeout() -> String {
    "1m".to_owned()
}

fn default_history() -> i32 {
    5
}

fn default_age() -> String {
    "1h".to_owned()
}
