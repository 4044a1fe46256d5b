//! Workspaces of as many flags as a test needs, in repositories of a host over https.

use std::path::Path;

use crate::git_https::GitHttps;
use crate::harness::cluster::Tenant;
use crate::origin::Origin;

const WORKSPACE: &str =
    "edition \"2026\"\nenv test\nenv production protected=#true\nrules { allow FF4 reason=\"fixture\" }\n";

/// A git host with one repository of flags.
pub(crate) struct Repository {
    pub(crate) host: GitHttps,
    pub(crate) origin: Origin,
    // The host serves what is in it.
    _directory: tempfile::TempDir,
}

impl Repository {
    /// A workspace of one flag on `main`, which serves `v0`.
    pub(crate) fn small() -> Self {
        let repository = Self::empty();
        repository.origin.write("flags/banner.kdl", flag("banner", "v0"));
        repository.origin.commit("flags");
        repository
    }

    /// A workspace of many flags on `main`, a hundred to a file.
    pub(crate) fn large(flags: usize) -> Self {
        let repository = Self::empty();
        for first in (0..flags).step_by(100) {
            repository.origin.write(&file(first), hundred(first, flags, "v0"));
        }
        repository.origin.commit("flags");
        repository
    }

    fn empty() -> Self {
        let directory = super::process::scratch();
        let origin = Origin::create(directory.path(), "flags");
        origin.write("flags/flagfall.kdl", WORKSPACE);
        Self { host: GitHttps::start(directory.path()), origin, _directory: directory }
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        self.host.repository("flags")
    }

    /// Where its work tree is.
    pub(crate) fn path(&self) -> &Path {
        &self.origin.path
    }

    /// Lets a tenant in: the Secret that its FlagSyncs name.
    pub(crate) async fn admit(&self, tenant: &Tenant) {
        let secret =
            [("username", "git"), ("password", self.host.token.as_str()), ("ca.crt", self.host.ca_pem.as_str())];
        tenant.secret("flagfall-git", &secret).await;
    }

    /// Commits another value of the flag of a small workspace; the commit.
    pub(crate) fn push(&self, value: &str) -> String {
        self.origin.write("flags/banner.kdl", flag("banner", value));
        self.origin.commit(value)
    }

    /// Commits another value of the first hundred flags of a large workspace; the commit.
    pub(crate) fn push_hundred(&self, value: &str, flags: usize) -> String {
        self.origin.write(&file(0), hundred(0, flags, value));
        self.origin.commit(value)
    }

    /// Commits a flag that does not compile; the commit.
    pub(crate) fn push_invalid(&self) -> String {
        self.origin.write("flags/broken.kdl", "flag broken type=string owner=web {\n    variation off\n}\n");
        self.origin.commit("broken")
    }

    /// Takes it back; the commit.
    pub(crate) fn push_repaired(&self) -> String {
        std::fs::remove_file(self.origin.path.join("flags/broken.kdl")).unwrap();
        self.origin.commit("repaired")
    }
}

fn file(first: usize) -> String {
    format!("flags/hundred-{:03}.kdl", first / 100)
}

fn hundred(first: usize, flags: usize, value: &str) -> String {
    (first..flags.min(first + 100)).map(|number| flag(&format!("flag-{number:05}"), value)).collect()
}

/// One flag that serves everybody a value in production.
pub(crate) fn flag(key: &str, value: &str) -> String {
    format!(
        "flag {key} type=string owner=web expires=\"2999-12-31\" {{\n    description \"What visitors see\"\n    \
         variation control \"control\"\n    variation live \"{value}\"\n    env production enabled=#true {{\n        \
         otherwise live\n    }}\n}}\n"
    )
}
