//! One conversation with a git host: signing in, telling whether it is the right one, and stopping when it says too much.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use git2::cert::Cert;
use git2::{
    AutotagOption, CertificateCheckStatus, Cred, CredentialType, ErrorClass, ErrorCode, FetchOptions, Progress,
    ProxyOptions, RemoteCallbacks, RemoteRedirect,
};

use super::address::{Address, Scheme};
use super::hosts::HostKeys;
use super::redact::Redact;
use super::{Credentials, Failed, Reason, Request};

/// What a host is told and may do.
pub(super) struct Host<'r> {
    request: &'r Request,
    address: &'r Address,
    keys: HostKeys,
    redact: Redact,
    /// Where it began.
    started: Instant,
    /// How often it asked to sign in.
    asked: Cell<u32>,
    /// Why it is not the host that was meant.
    untrusted: RefCell<Option<String>>,
    /// The limit that was met.
    over: RefCell<Option<String>>,
    /// Whether what is kept here is what failed.
    broken: Cell<bool>,
    /// Bytes of packs before this one, and of this one.
    before: Cell<u64>,
    receiving: Cell<u64>,
}

impl<'r> Host<'r> {
    pub(super) fn new(request: &'r Request, address: &'r Address) -> Self {
        Self {
            request,
            address,
            keys: HostKeys::of(&request.known_hosts, &address.host, address.port()),
            redact: Redact::new(&request.credentials),
            started: Instant::now(),
            asked: Cell::new(0),
            untrusted: RefCell::default(),
            over: RefCell::default(),
            broken: Cell::new(false),
            before: Cell::new(0),
            receiving: Cell::new(0),
        }
    }

    /// The lines of `known_hosts` that are about it.
    pub(super) fn known_hosts(&self) -> String {
        self.keys.lines(&self.address.host, self.address.port())
    }

    /// Why there is no point in calling.
    pub(super) fn refuses(&self) -> Option<Failed> {
        let wrong = |reason, message: &str| Some(Failed::new(reason, message));
        match (self.address.scheme, &self.request.credentials) {
            (Scheme::Https, Credentials::Key { .. }) => {
                wrong(Reason::AuthFailed, "an ssh key does not sign in over https; use a token, or an `ssh://` URL")
            }
            (Scheme::Ssh, Credentials::None) => {
                wrong(Reason::AuthFailed, "ssh needs a private key; name a Secret that has one")
            }
            (Scheme::Ssh, _) if self.keys.is_empty() => wrong(
                Reason::HostUntrusted,
                &format!(
                    "`known_hosts` has no key of `{}`; `ssh-keyscan` prints them, to be compared with what its owner says",
                    self.address.host
                ),
            ),
            _ => None,
        }
    }

    /// Bytes received so far.
    pub(super) fn received(&self) -> u64 {
        self.before.get() + self.receiving.get()
    }

    /// Whether the last failure was about what is kept here, and not about the host.
    pub(super) fn is_kept_broken(&self) -> bool {
        self.broken.get()
    }

    /// Another conversation begins.
    pub(super) fn again(&self) {
        self.before.set(self.received());
        self.receiving.set(0);
        self.asked.set(0);
    }

    pub(super) fn proxy(&self) -> ProxyOptions<'static> {
        let mut proxy = ProxyOptions::new();
        // Hosts beside us are only called in tests; everything else leaves as the machine's owner says.
        if self.address.scheme == Scheme::Https && self.address.must_be_far().is_ok() {
            proxy.auto();
        }
        proxy
    }

    pub(super) fn options(&self, depth: i32) -> FetchOptions<'_> {
        let mut options = FetchOptions::new();
        options
            .remote_callbacks(self.callbacks())
            .proxy_options(self.proxy())
            .depth(depth)
            .download_tags(AutotagOption::None)
            .update_fetchhead(false)
            .follow_redirects(RemoteRedirect::None);
        options
    }

    pub(super) fn callbacks(&self) -> RemoteCallbacks<'_> {
        let mut callbacks = RemoteCallbacks::new();
        callbacks
            .credentials(|url, _, allowed| self.sign_in(url, allowed))
            .certificate_check(|certificate, host| self.check(certificate, host))
            .transfer_progress(|progress| self.goes_on(&progress))
            .sideband_progress(|_| self.in_time());
        callbacks
    }

    fn sign_in(&self, url: &str, allowed: CredentialType) -> Result<Cred, git2::Error> {
        let user = self.address.user();
        // A host that sends us elsewhere gets nothing there.
        let same = |other: Address| {
            (other.scheme, &other.host, other.port()) == (self.address.scheme, &self.address.host, self.address.port())
        };
        if self.address.scheme == Scheme::Https && !Address::parse(url).is_ok_and(same) {
            return Err(self.elsewhere());
        }
        if allowed.contains(CredentialType::USERNAME) {
            return Cred::username(user);
        }
        // What was refused once is refused again.
        if self.asked.replace(self.asked.get() + 1) > 0 {
            return Err(git2::Error::new(ErrorCode::Auth, ErrorClass::Net, "the credentials were refused"));
        }
        match &self.request.credentials {
            Credentials::Basic { username, password } if allowed.contains(CredentialType::USER_PASS_PLAINTEXT) => {
                Cred::userpass_plaintext(if self.address.scheme == Scheme::Ssh { user } else { username }, password)
            }
            Credentials::Key { private, passphrase } if allowed.contains(CredentialType::SSH_MEMORY) => {
                Cred::ssh_key_from_memory(user, None, private, passphrase.as_deref())
            }
            Credentials::None | Credentials::Basic { .. } | Credentials::Key { .. } => {
                Err(git2::Error::new(ErrorCode::Auth, ErrorClass::Net, "the host asks for other credentials"))
            }
        }
    }

    fn elsewhere(&self) -> git2::Error {
        let message = format!("`{}` sends us to another host, which is refused; name that one", self.address.host);
        *self.untrusted.borrow_mut() = Some(message);
        git2::Error::new(ErrorCode::Certificate, ErrorClass::Net, "sent to another host")
    }

    fn check(&self, certificate: &Cert<'_>, host: &str) -> Result<CertificateCheckStatus, git2::Error> {
        if !host.trim_matches(['[', ']']).eq_ignore_ascii_case(&self.address.host) {
            return Err(self.elsewhere());
        }
        // Certificates are judged by the library, by the authorities it was told to trust.
        let Some(key) = certificate.as_hostkey() else { return Ok(CertificateCheckStatus::CertificatePassthrough) };
        if key.hostkey().is_some_and(|key| self.keys.trusts(key)) {
            return Ok(CertificateCheckStatus::CertificateOk);
        }
        let shown = key.hash_sha256().map(|hash| {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD_NO_PAD.encode(hash)
        });
        let shown = shown.map(|hash| format!(" (SHA256:{hash})")).unwrap_or_default();
        let host = &self.address.host;
        *self.untrusted.borrow_mut() = Some(format!("`{host}` shows a key{shown} that is not in `known_hosts`"));
        Err(git2::Error::new(ErrorCode::Certificate, ErrorClass::Ssh, "the host key is not known"))
    }

    fn goes_on(&self, progress: &Progress<'_>) -> bool {
        let caps = &self.request.caps;
        self.receiving.set(progress.received_bytes() as u64);
        let over = if self.received() > caps.received {
            Some(format!("the host sends more than {} bytes", caps.received))
        } else if progress.total_objects() as u64 > caps.objects {
            Some(format!("the host sends {} objects, more than {}", progress.total_objects(), caps.objects))
        } else {
            None
        };
        let goes_on = over.is_none() && self.in_time();
        if over.is_some() {
            *self.over.borrow_mut() = over;
        }
        goes_on
    }

    fn in_time(&self) -> bool {
        self.started.elapsed() < Duration::from_secs(self.request.caps.seconds)
    }

    /// What an error of the library means.
    pub(super) fn failed(&self, error: &git2::Error) -> Failed {
        if let Some(untrusted) = self.untrusted.take() {
            return Failed::new(Reason::HostUntrusted, untrusted);
        }
        if let Some(over) = self.over.take() {
            return Failed::new(Reason::TooLarge, over);
        }
        if !self.in_time() {
            return Failed::new(
                Reason::FetchFailed,
                format!("the host took longer than {} s", self.request.caps.seconds),
            );
        }
        let ours =
            [ErrorClass::Odb, ErrorClass::Reference, ErrorClass::Repository, ErrorClass::Object, ErrorClass::Indexer];
        self.broken.set(ours.contains(&error.class()));
        let said = self.redact.text(error.message());
        let is_status = |status: &str| said.contains("status code") && said.contains(status);
        let denied = error.code() == ErrorCode::Auth
            || self.asked.get() > 1
            || is_status("401")
            || is_status("403")
            // The library has no code for keys that it cannot read, and for passphrases that are wrong.
            || error.class() == ErrorClass::Ssh && said.to_ascii_lowercase().contains("authenticat");
        match error.code() {
            _ if denied => self.denied(&said),
            _ if error.code() == ErrorCode::Certificate
                || error.class() == ErrorClass::Ssl && said.contains("certificate") =>
            {
                Failed::new(
                    Reason::HostUntrusted,
                    format!("the certificate of `{}` is not trusted: {said}; give its authority's", self.address.host),
                )
            }
            _ if error.class() == ErrorClass::NoMemory || said.contains("out of memory") => {
                Failed::new(Reason::TooLarge, "what the host sends needs more memory than a fetch may use")
            }
            ErrorCode::Timeout => {
                Failed::new(Reason::FetchFailed, format!("`{}` did not answer in time", self.called()))
            }
            _ if is_status("404") => Failed::new(
                Reason::FetchFailed,
                format!("`{}` has no such repository, or hides it from these credentials (404)", self.called()),
            ),
            _ => Failed::new(Reason::FetchFailed, format!("fetching from `{}` failed: {said}", self.called())),
        }
    }

    fn denied(&self, said: &str) -> Failed {
        let called = self.called();
        Failed::new(
            Reason::AuthFailed,
            match self.request.credentials {
                Credentials::None => format!("`{called}` asks for credentials; name a Secret that has them"),
                Credentials::Basic { .. } => format!("`{called}` refuses the user name and token"),
                Credentials::Key { .. } => format!(
                    "`{called}` does not let the key in ({said}); is its public half there, and the passphrase right?"
                ),
            },
        )
    }

    fn called(&self) -> &str {
        if self.address.host.is_empty() { "the repository" } else { &self.address.host }
    }
}
