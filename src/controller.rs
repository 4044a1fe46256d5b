//! The controller: what is live in a cluster is one verified commit's configuration, or the last good one. An edge.

pub mod api;
