//! Reasons of the `Ready` condition, beside those of [`crate::remote::Reason`].

/// What the source says is live.
pub const APPLIED: &str = "Applied";
/// What `target.pin` says is live.
pub const PINNED: &str = "Pinned";
/// Something is under way.
pub const PROGRESSING: &str = "Progressing";
/// Nobody looks.
pub const SUSPENDED: &str = "Suspended";
/// A rule of the specification does not hold.
pub const INVALID_SPEC: &str = "InvalidSpec";
/// `target.pin` names nothing that is kept.
pub const PIN_NOT_FOUND: &str = "PinNotFound";
/// The guard holds a change.
pub const GUARD_EXCEEDED: &str = "GuardExceeded";
/// Nothing heard from the source for three intervals.
pub const SOURCE_STALE: &str = "SourceStale";
/// A Secret is missing.
pub const SECRET_NOT_FOUND: &str = "SecretNotFound";
/// A Secret lacks an entry.
pub const SECRET_INVALID: &str = "SecretInvalid";
/// The ConfigMap is somebody else's.
pub const TARGET_CONFLICT: &str = "TargetConflict";
/// The configuration does not fit its layout.
pub const TOO_LARGE: &str = "TooLarge";
/// Somebody keeps changing the ConfigMap.
pub const DRIFT_LOOP: &str = "DriftLoop";
/// Rights are missing.
pub const FORBIDDEN: &str = "Forbidden";
/// `serviceAccountName` is required, and missing.
pub const ACCOUNT_REQUIRED: &str = "ServiceAccountRequired";
/// What was live is gone, and no copy of it is left.
pub const LIVE_LOST: &str = "LiveLost";
/// The API server refuses what is written.
pub const WRITE_REFUSED: &str = "WriteRefused";
