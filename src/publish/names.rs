//! Every name that objects in a cluster carry, in one place.

/// Label: who manages an object; the value is [`FLAGFALL`].
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY`].
pub const FLAGFALL: &str = "flagfall";
/// Label: uid of the `FlagSync` an object belongs to.
pub const UID: &str = "flagfall.dev/uid";

/// Annotation: SHA-256 of the uncompressed configuration, 64 hexadecimal digits.
pub const DIGEST: &str = "flagfall.dev/digest";
/// Annotation: the commit it was compiled from.
pub const REVISION: &str = "flagfall.dev/revision";
/// Annotation: who signed that commit, where signatures are verified.
pub const SIGNER: &str = "flagfall.dev/signer";
/// Annotation: the version of flagfall that wrote the object.
pub const COMPILER: &str = "flagfall.dev/compiler";
/// Annotation: how many flags there are.
pub const FLAGS: &str = "flagfall.dev/flags";
/// Annotation: the environment.
pub const ENVIRONMENT: &str = "flagfall.dev/environment";
/// Annotation: `inline`, `gzip` or `parts`.
pub const LAYOUT: &str = "flagfall.dev/layout";
/// Annotation: how many parts there are; only of layout `parts`.
pub const PARTS: &str = "flagfall.dev/parts";
/// Annotation: the pointer's name, on every object that belongs to it.
pub const TARGET: &str = "flagfall.dev/target";

/// Annotation that people put on a `ConfigMap`: `<namespace>/<name>` of the `FlagSync` that may take it over.
pub const ADOPT: &str = "flagfall.dev/adopt";
/// Annotation that people put on a `FlagSync`: the digest that may be applied although the guard holds it.
pub const APPROVE: &str = "flagfall.dev/approve";
/// Annotation that people and webhooks put on a `FlagSync`: reconcile now.
pub const REQUESTED_AT: &str = "flagfall.dev/requestedAt";

/// Key of `data`: the configuration.
pub const CONFIG: &str = "config.json";
/// Key of `binaryData`: the configuration, compressed; in parts a piece of it.
pub const CONFIG_GZ: &str = "config.json.gz";
/// Key of `data`: the form for clients.
pub const CLIENT: &str = "client.json";
/// Key of `binaryData`: the form for clients, compressed.
pub const CLIENT_GZ: &str = "client.json.gz";
/// Key of `data` of a pointer: what a pod, which sees no annotations, must know to verify it; see [`super::Manifest`].
pub const MANIFEST: &str = "manifest.json";

/// The longest name of a pointer: room for the digest and a part's number within the 253 characters of a name.
pub const LONGEST: usize = 253 - "-0123456789abcdef-99".len();

/// The name of the immutable copy of a pointer that stays as history.
#[must_use]
pub fn history(target: &str, digest: &super::Digest) -> String {
    format!("{target}-{}", digest.short())
}

/// The name of a part, numbered from 0.
#[must_use]
pub fn part(target: &str, digest: &super::Digest, number: usize) -> String {
    format!("{target}-{}-{number}", digest.short())
}

/// Whether a namespace can have this name: a DNS label.
#[must_use]
pub fn is_namespace(name: &str) -> bool {
    name.len() <= 63 && !name.contains('.') && is_target(name)
}

/// Whether a pointer can have this name: a DNS subdomain of at most [`LONGEST`] characters.
#[must_use]
pub fn is_target(name: &str) -> bool {
    let is_alphanumeric =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        is_alphanumeric(bytes.first())
            && is_alphanumeric(bytes.last())
            && bytes.iter().all(|byte| is_alphanumeric(Some(byte)) || *byte == b'-')
    };
    name.len() <= LONGEST && name.split('.').all(is_label)
}
