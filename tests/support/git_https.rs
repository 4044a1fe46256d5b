//! A git host over https: real `git http-backend` behind a small TLS server with an authority of its own, and faults on request.

#![allow(dead_code, reason = "each test uses its part of what tests share")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use base64::Engine as _;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

type Stream = BufReader<StreamOwned<ServerConnection, TcpStream>>;

/// What goes wrong from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Connections are accepted and requests read, but nobody answers.
    Hang,
    /// Connections are closed as soon as they are made.
    Close,
    /// Every request is answered with this status.
    Status(u16),
    /// Every request is sent elsewhere.
    Redirect(String),
    /// Answers that carry packs end after as many bytes.
    Truncate(usize),
    /// One byte of answers that carry packs is wrong: the one at this place.
    Corrupt(usize),
}

/// A git host. Every repository below a directory is served, and may be pushed to; dropped, it stops.
pub(crate) struct GitHttps {
    /// `https://localhost:PORT`; a repository is `URL/NAME`, as it is called in the directory.
    pub(crate) url: String,
    /// The certificate of the authority that vouches for it.
    pub(crate) ca_pem: String,
    /// The password that goes with any user name; what is below `public/` needs none.
    pub(crate) token: String,
    shared: Arc<Shared>,
    address: SocketAddr,
}

struct Shared {
    root: PathBuf,
    token: String,
    tls: Arc<ServerConfig>,
    fault: Mutex<Fault>,
    healed: Condvar,
    stopped: AtomicBool,
    advertised: AtomicUsize,
    packs: AtomicUsize,
    refused: AtomicUsize,
}

impl GitHttps {
    /// Serves the repositories below a directory.
    pub(crate) fn start(directory: &Path) -> Self {
        let (ca_pem, tls) = certificates();
        let token = "t0ken-of-tests".to_owned();
        let shared = Arc::new(Shared {
            root: directory.to_owned(),
            token: token.clone(),
            tls: Arc::new(tls),
            fault: Mutex::new(Fault::None),
            healed: Condvar::new(),
            stopped: AtomicBool::new(true),
            advertised: AtomicUsize::new(0),
            packs: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { url: format!("https://localhost:{}", address.port()), ca_pem, token, shared, address };
        server.serve(listener);
        server
    }

    /// The address of a repository.
    pub(crate) fn repository(&self, name: &str) -> String {
        format!("{}/{name}", self.url)
    }

    /// How often somebody asked `git upload-pack` what there is: once for each fetch.
    pub(crate) fn count_upload_packs(&self) -> usize {
        self.shared.advertised.load(Ordering::SeqCst)
    }

    /// How often somebody asked for a pack: not at all where nothing is new.
    pub(crate) fn count_packs(&self) -> usize {
        self.shared.packs.load(Ordering::SeqCst)
    }

    /// How many requests came without the token.
    pub(crate) fn count_refused(&self) -> usize {
        self.shared.refused.load(Ordering::SeqCst)
    }

    /// From now on, something goes wrong.
    pub(crate) fn fault(&self, fault: Fault) {
        *self.shared.fault.lock().unwrap() = fault;
        self.shared.healed.notify_all();
    }

    /// From now on, nobody answers; [`GitHttps::heal`] lets those who wait go on.
    pub(crate) fn hang(&self) {
        self.fault(Fault::Hang);
    }

    /// Nothing goes wrong any more.
    pub(crate) fn heal(&self) {
        self.fault(Fault::None);
    }

    /// Connections are refused, as where no server runs.
    pub(crate) fn stop(&self) {
        if !self.shared.stopped.swap(true, Ordering::SeqCst) {
            // The listener looks up when somebody comes, and is closed before the connection is.
            if let Ok(mut last) = TcpStream::connect(self.address) {
                let _ = last.read(&mut [0]);
            }
        }
    }

    /// Serves again at the same address.
    pub(crate) fn start_again(&self) {
        if self.shared.stopped.load(Ordering::SeqCst) {
            self.serve(TcpListener::bind(self.address).unwrap());
        }
    }

    fn serve(&self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        shared.stopped.store(false, Ordering::SeqCst);
        thread::spawn(move || {
            loop {
                let Ok((stream, _)) = listener.accept() else { continue };
                if shared.stopped.load(Ordering::SeqCst) {
                    drop(listener);
                    return;
                }
                let shared = Arc::clone(&shared);
                // A peer that leaves early is what some tests are about.
                thread::spawn(move || shared.connection(stream));
            }
        });
    }
}

impl Drop for GitHttps {
    fn drop(&mut self) {
        self.stop();
        self.heal();
    }
}

/// An authority, and a server for `localhost` that it vouches for.
fn certificates() -> (String, ServerConfig) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "authority of tests");
    let ca_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let names = ["localhost", "127.0.0.1"].map(str::to_owned);
    let certificate = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (ca_pem, config)
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn read(stream: &mut Stream) -> io::Result<Option<Self>> {
        let Some(first) = line(stream)? else { return Ok(None) };
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        while let Some(header) = line(stream)?.filter(|header| !header.is_empty()) {
            let (name, value) = header.split_once(':').unwrap_or((&header, ""));
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if request.header("expect").is_some() {
            stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        if request.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = line(stream)?.unwrap_or_default();
                let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
                let start = request.body.len();
                request.body.resize(start + size, 0);
                stream.read_exact(&mut request.body[start..])?;
                line(stream)?;
                if size == 0 {
                    break;
                }
            }
        } else if let Some(length) = request.header("content-length").and_then(|length| length.parse().ok()) {
            request.body.resize(length, 0);
            stream.read_exact(&mut request.body)?;
        }
        Ok(Some(request))
    }
}

fn line(stream: &mut Stream) -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = stream.read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

impl Shared {
    fn connection(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        if self.now() == Fault::Close {
            return Ok(());
        }
        let tls = ServerConnection::new(Arc::clone(&self.tls)).map_err(io::Error::other)?;
        let mut stream = BufReader::new(StreamOwned::new(tls, stream));
        while let Some(request) = Request::read(&mut stream)? {
            let mut fault = self.fault.lock().unwrap();
            while *fault == Fault::Hang {
                fault = self.healed.wait(fault).unwrap();
            }
            let fault = fault.clone();
            if !self.answer(&request, fault, stream.get_mut())? {
                break;
            }
        }
        stream.get_mut().conn.send_close_notify();
        stream.get_mut().flush()
    }

    fn now(&self) -> Fault {
        self.fault.lock().unwrap().clone()
    }

    fn allows(&self, request: &Request) -> bool {
        let signed_in =
            request.header("authorization").and_then(|value| value.strip_prefix("Basic ")).and_then(|text| {
                let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
                String::from_utf8(bytes).ok()
            });
        request.path.starts_with("/public/")
            || signed_in.is_some_and(|text| text.split_once(':').is_some_and(|(_, password)| password == self.token))
    }

    /// Whether another request may follow on the connection.
    fn answer(&self, request: &Request, fault: Fault, stream: &mut impl Write) -> io::Result<bool> {
        match fault {
            Fault::Status(status) => return short(stream, status, ""),
            Fault::Redirect(to) => return short(stream, 302, &format!("Location: {to}{}\r\n", request.path)),
            Fault::Close => return Ok(false),
            Fault::None | Fault::Hang | Fault::Truncate(_) | Fault::Corrupt(_) => {}
        }
        if !self.allows(request) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return short(stream, 401, "WWW-Authenticate: Basic realm=\"git\"\r\n");
        }
        let is_pack = request.path.ends_with("/git-upload-pack");
        if request.query == "service=git-upload-pack" {
            self.advertised.fetch_add(1, Ordering::SeqCst);
        } else if is_pack {
            self.packs.fetch_add(1, Ordering::SeqCst);
        }
        let fault = if is_pack { fault } else { Fault::None };
        self.backend(request, &fault, stream)
    }

    fn backend(&self, request: &Request, fault: &Fault, stream: &mut impl Write) -> io::Result<bool> {
        let mut command = Command::new("git");
        command.arg("http-backend").env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command
            .envs([("GIT_HTTP_EXPORT_ALL", "1"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null")])
            .env("GIT_PROJECT_ROOT", &self.root)
            .env("REMOTE_USER", "tests")
            .env("REQUEST_METHOD", &request.method)
            .env("PATH_INFO", &request.path)
            .env("QUERY_STRING", &request.query)
            .env("CONTENT_LENGTH", request.body.len().to_string());
        let passed = [
            ("content-type", "CONTENT_TYPE"),
            ("content-encoding", "HTTP_CONTENT_ENCODING"),
            ("git-protocol", "GIT_PROTOCOL"),
        ];
        for (header, variable) in passed {
            if let Some(value) = request.header(header) {
                command.env(variable, value);
            }
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let sent = thread::scope(|scope| {
            scope.spawn(move || input.write_all(&request.body));
            pass_on(&mut output, fault, stream)
        });
        if sent.is_err() {
            let _ = child.kill();
        }
        child.wait()?;
        sent
    }
}

/// Passes a CGI answer on in chunks.
fn pass_on(output: &mut impl BufRead, fault: &Fault, stream: &mut impl Write) -> io::Result<bool> {
    let (mut status, mut headers) = ("200 OK".to_owned(), String::new());
    loop {
        let mut header = String::new();
        output.read_line(&mut header)?;
        match header.trim_end().split_once(':') {
            Some(("Status", value)) => status = value.trim().to_owned(),
            Some(_) => headers.push_str(&header),
            None => break,
        }
    }
    write!(stream, "HTTP/1.1 {status}\r\n{headers}Transfer-Encoding: chunked\r\n\r\n")?;
    let (mut sent, mut buffer) = (0, vec![0; 1 << 16]);
    loop {
        let mut read = output.read(&mut buffer)?;
        if let Fault::Truncate(most) = *fault {
            read = read.min(most - sent);
        }
        if let Fault::Corrupt(at) = *fault
            && (sent..sent + read).contains(&at)
        {
            buffer[at - sent] ^= 0x55;
        }
        if read == 0 {
            break;
        }
        write!(stream, "{read:x}\r\n")?;
        stream.write_all(&buffer[..read])?;
        stream.write_all(b"\r\n")?;
        stream.flush()?;
        sent += read;
    }
    if matches!(fault, Fault::Truncate(_)) {
        return Ok(false);
    }
    stream.write_all(b"0\r\n\r\n")?;
    stream.flush()?;
    Ok(true)
}

fn short(stream: &mut impl Write, status: u16, headers: &str) -> io::Result<bool> {
    write!(stream, "HTTP/1.1 {status} of tests\r\n{headers}Content-Length: 0\r\n\r\n")?;
    stream.flush()?;
    Ok(true)
}
