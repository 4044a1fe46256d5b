//! The reader against the official KDL 2.0 cases and against the `kdl` crate.

#[path = "kdl/agreement.rs"]
mod agreement;
#[path = "kdl/canonical.rs"]
mod canonical;
#[path = "kdl/official.rs"]
mod official;
#[path = "kdl/oracle.rs"]
mod oracle;
