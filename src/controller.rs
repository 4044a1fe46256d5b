//! The controller: what is live in a cluster is one verified commit's configuration, or the last good one. An edge.
//!
//! [`reconcile`] is one line of stages: read everything ([`dereference`]), decide without looking anywhere ([`decide`]), write
//! ([`apply`](mod@apply)), and say what became of it ([`report`]). Fetching and compiling happen beside it ([`sources`]), in processes that know
//! nothing of the cluster, so that a host that hangs keeps nobody from putting a changed ConfigMap right.
//!
//! - [`lease`]: who may write, by the local clock; every write in [`cluster`] asks.
//! - [`maps`]: ConfigMaps as metadata. [`drift`]: how one differs, and which write mends it. [`prune`]: which may go.
//! - [`own`]: what is remembered of an object, such as how often it was put right. [`shelf`]: configurations on disk.
//! - [`webhook`], [`http`]: requests from outside. [`metrics`], [`events`], [`log`]: what people see. [`rights`]: what went missing.

pub mod api;
pub mod apply;
pub mod backoff;
pub mod cluster;
pub mod context;
pub mod decide;
pub mod dereference;
pub mod drift;
pub mod events;
pub mod http;
pub mod lease;
pub mod log;
pub mod maps;
pub mod metrics;
pub mod own;
pub mod prune;
pub mod reconcile;
pub mod report;
pub mod rights;
pub mod run;
pub mod secrets;
pub mod shelf;
pub mod sources;
pub mod status;
pub mod webhook;
