//! Asking a worker, as a controller does: the real program, in a process of its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use flagfall::remote::{self, Built, Caps, Credentials, Failed, Mode, Outcome, Reason, Reference, Request, Verify};
use tempfile::TempDir;

use crate::git_https::GitHttps;
use crate::origin::Origin;

/// A workspace of one flag.
pub(crate) const CONFIGURATION: &str = "edition \"2026\"\nenv test\nenv production\n";

/// A flag that serves a variation to everyone.
pub(crate) fn flag(key: &str, served: &str) -> String {
    format!(
        "flag {key} type=boolean name=\"{key}\" owner=ops {{\n    description \"d\"\n    code-default #false\n\n    variation off #false\n    \
         variation on #true\n\n    env test enabled=#true {{\n        otherwise {served}\n    }}\n}}\n"
    )
}

/// Writes a workspace of one flag at the top, and commits it.
pub(crate) fn workspace(origin: &Origin) -> String {
    origin.write("flagfall.kdl", CONFIGURATION);
    origin.write("banner.kdl", flag("banner", "on"));
    origin.commit("one")
}

/// A repository with that workspace, its host, and a request for it.
pub(crate) fn served() -> (tempfile::TempDir, Origin, GitHttps, Ask) {
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    workspace(&origin);
    let server = GitHttps::start(directory.path());
    let ask = Ask::https(&server, "flags");
    (directory, origin, server, ask)
}

/// A request to be changed, and a place for its files.
pub(crate) struct Ask {
    pub(crate) request: Request,
    files: TempDir,
}

impl Ask {
    /// Of `main`, the environment `test`, without credentials; of hosts on this machine.
    pub(crate) fn of(url: &str) -> Self {
        let files = tempfile::tempdir().unwrap();
        let request = Request {
            url: url.to_owned(),
            reference: Reference::Branch("main".to_owned()),
            path: String::new(),
            mode: Mode::Definitions,
            environment: "test".to_owned(),
            client: false,
            credentials: Credentials::None,
            known_hosts: String::new(),
            certificates: String::new(),
            verify: None,
            cache: files.path().join("cache"),
            applied: None,
            live: None,
            fetched_since: None,
            known: None,
            out: files.path().join("out"),
            allow_local: true,
            caps: Caps::default(),
        };
        Self { request, files }
    }

    /// Of a repository of a server, with its token and its authority.
    pub(crate) fn https(server: &GitHttps, repository: &str) -> Self {
        let mut ask = Self::of(&server.repository(repository));
        ask.request.certificates.clone_from(&server.ca_pem);
        ask.request.credentials = basic(&server.token);
        ask
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.outcome_within(Duration::from_secs(120))
    }

    pub(crate) fn outcome_within(&self, timeout: Duration) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(remote::run_by(Path::new(env!("CARGO_BIN_EXE_flagfall")), &self.request, timeout))
    }

    /// What it built.
    #[track_caller]
    pub(crate) fn built(&self) -> Built {
        match self.outcome() {
            Outcome::Built(built) => built,
            other @ (Outcome::Unchanged(_) | Outcome::Failed(_)) => panic!("{other:?}"),
        }
    }

    /// Why it did not.
    #[track_caller]
    pub(crate) fn failed(&self) -> Failed {
        match self.outcome() {
            Outcome::Failed(failed) => failed,
            other @ (Outcome::Built(_) | Outcome::Unchanged(_)) => panic!("{other:?}"),
        }
    }

    /// It does not, for this reason, and says so; the message.
    #[track_caller]
    pub(crate) fn refuses(&self, reason: Reason, says: &str) -> String {
        let failed = self.failed();
        assert_eq!(failed.reason, reason, "{}", failed.message);
        assert!(failed.message.contains(says), "`{says}` is not in: {}", failed.message);
        failed.message
    }

    /// The configuration that was written.
    pub(crate) fn config(&self) -> String {
        std::fs::read_to_string(self.request.out.join("config.json")).unwrap()
    }

    /// A file for the request's use.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

pub(crate) fn basic(password: &str) -> Credentials {
    Credentials::Basic { username: "git".to_owned(), password: password.to_owned() }
}

pub(crate) fn verify(signers: &str, every: bool) -> Option<Verify> {
    Some(Verify { signers: signers.to_owned(), every })
}
