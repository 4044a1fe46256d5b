//! A real control plane, the shipped manifests in it, and the real binary as its own ServiceAccount.

pub(crate) mod assets;
pub(crate) mod cluster;
pub(crate) mod controller;
pub(crate) mod flags;
pub(crate) mod follow;
pub(crate) mod hook;
pub(crate) mod identity;
pub(crate) mod manifests;
pub(crate) mod plane;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod reader;
pub(crate) mod runner;
pub(crate) mod scene;
pub(crate) mod sync;
pub(crate) mod wait;
