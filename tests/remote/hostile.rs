//! Repositories that mean harm: refused within bounds of memory and time.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flagfall::remote::{Caps, Failed, Mode, Outcome, Reason};
use nix::libc;

use crate::ask::{Ask, served};
use crate::origin::Origin;

/// The most memory that a worker may have used.
const MOST: i64 = 256 << 20;

/// Runs a worker as a controller does; why it refused, the most bytes it had in memory, and how long it took.
#[expect(unsafe_code, clippy::zombie_processes, reason = "only wait4 tells the memory of one child, and waits for it")]
fn refused(ask: &Ask) -> (Failed, i64, Duration) {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_flagfall"))
        .arg("worker")
        .env_clear()
        .env("HOME", ask.request.cache.join("home"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&serde_json::to_vec(&ask.request).unwrap()).unwrap();
    let answer = std::io::read_to_string(child.stdout.take().unwrap()).unwrap();
    let pid = i32::try_from(child.id()).unwrap();
    let mut status = 0;
    // SAFETY: both are plain data that the call fills in, and nobody else waits for this child.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::wait4(pid, &raw mut status, 0, &raw mut usage), pid);
        usage
    };
    let failed = match serde_json::from_str(&answer) {
        Ok(Outcome::Failed(failed)) => failed,
        Ok(other @ (Outcome::Built(_) | Outcome::Unchanged(_))) => panic!("{other:?}"),
        // Ended by the bound of memory, which a controller tells as such.
        Err(_) if status & 0x7f == libc::SIGABRT => Failed::new(Reason::TooLarge, "memory"),
        Err(error) => panic!("{error}: status {status:x}, answer `{answer}`"),
    };
    (failed, usage.ru_maxrss * 1024, began.elapsed())
}

#[track_caller]
fn is_refused(ask: &Ask, reason: Reason, says: &str) {
    let (failed, memory, took) = refused(ask);
    assert_eq!(failed.reason, reason, "{}", failed.message);
    assert!(failed.message.contains(says), "`{says}` is not in: {}", failed.message);
    assert!(memory < MOST, "{} MiB for: {}", memory >> 20, failed.message);
    assert!(took < Duration::from_secs(90), "{took:?} for: {}", failed.message);
    assert!(!ask.request.out.join("config.json").exists());
}

/// A tree of entries `MODE NAME`, all of one object, as no git would write it.
fn tree(origin: &Origin, entries: &[(&str, &[u8], &str)]) -> String {
    let mut raw = Vec::new();
    for (mode, name, id) in entries {
        raw.extend(mode.as_bytes());
        raw.push(b' ');
        raw.extend(*name);
        raw.push(0);
        raw.extend((0..20).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap()));
    }
    object(origin, "tree", &raw)
}

fn object(origin: &Origin, kind: &str, raw: &[u8]) -> String {
    let path = origin.path.join(".git/raw");
    std::fs::write(&path, raw).unwrap();
    origin.git(&["hash-object", "-t", kind, "-w", "--literally", ".git/raw"]).trim().to_owned()
}

/// Makes `main` a commit of a tree.
fn point(origin: &Origin, tree: &str) {
    let commit = origin.git(&["commit-tree", "-m", "x", tree]);
    origin.git(&["update-ref", "refs/heads/main", commit.trim()]);
}

#[test]
fn links_submodules_and_names_that_lead_elsewhere_are_refused() {
    let (_directory, origin, _server, mut ask) = served();
    let file = origin.git(&["rev-parse", "HEAD:flagfall.kdl"]).trim().to_owned();
    let commit = origin.head();
    let empty = origin.git(&["hash-object", "-t", "tree", "-w", "/dev/null"]).trim().to_owned();
    let cases: [(&str, &[u8], &str, Reason, &str); 14] = [
        ("120000", b"link.kdl", &file, Reason::Hostile, "`link.kdl` is a link"),
        ("160000", b"module", &commit, Reason::Hostile, "`module` is a submodule"),
        ("100644", b"..", &file, Reason::Hostile, "`..` is a name"),
        ("40000", b"..", &empty, Reason::Hostile, "`..` is a name"),
        ("100644", b".", &file, Reason::Hostile, "`.` is a name"),
        ("100644", b".git", &file, Reason::Hostile, "`.git` is a name"),
        ("40000", b".GIT", &empty, Reason::Hostile, "`.GIT` is a name"),
        ("40000", b"git~1", &empty, Reason::Hostile, "`git~1` is a name"),
        ("100644", b"../../etc/passwd", &file, Reason::Hostile, "is a name"),
        ("100644", b"a\\..\\b.kdl", &file, Reason::Hostile, "is a name"),
        ("100644", b"C:x.kdl", &file, Reason::Hostile, "is a name"),
        ("100644", b"bell\x07.kdl", &file, Reason::Hostile, "is a name"),
        ("100644", b"latin\xe9.kdl", &file, Reason::Hostile, "no UTF-8"),
        ("100644", b"FLAGFALL.kdl", &file, Reason::Hostile, "but for its case"),
    ];
    for (mode, name, id, reason, says) in cases {
        let tree = tree(&origin, &[(mode, name, id), ("100644", b"flagfall.kdl", &file)]);
        point(&origin, &tree);
        is_refused(&ask, reason, says);
        // On the way to a directory, or in one below.
        let above = self::tree(&origin, &[("40000", b"below", &tree), ("100644", b"flagfall.kdl", &file)]);
        point(&origin, &above);
        is_refused(&ask, reason, says.trim_start_matches('`'));
    }
    // Outside of the directory that is asked for they are nobody's business.
    let inner = tree(&origin, &[("100644", b"flagfall.kdl", &file)]);
    let outer = tree(&origin, &[("120000", b"link", &file), ("40000", b"ops", &inner), ("120000", b"way", &file)]);
    point(&origin, &outer);
    ask.request.path = "ops".to_owned();
    ask.built();
    ask.request.path = "way/ops".to_owned();
    ask.refuses(Reason::Hostile, "leads through a link");
}

#[test]
fn blobs_that_blow_up_are_refused_by_their_size() {
    let (_directory, origin, _server, mut ask) = served();
    // A gigabyte that packs to a megabyte, in the directory and beside it.
    let zeros = std::fs::File::create(origin.path.join("zeros.kdl")).unwrap();
    zeros.set_len(1 << 30).unwrap();
    origin.git(&["-c", "core.compression=1", "-c", "core.bigFileThreshold=1m", "add", "zeros.kdl"]);
    origin.git(&["commit", "-qm", "zeros"]);
    std::fs::remove_file(origin.path.join("zeros.kdl")).unwrap();
    origin.git(&["config", "core.bigFileThreshold", "1m"]);
    is_refused(&ask, Reason::TooLarge, "`zeros.kdl` has 1073741824 bytes");
    ask.request.mode = Mode::Published;
    is_refused(&ask, Reason::TooLarge, "`zeros.kdl` has 1073741824 bytes");
}

/// A pack of one base and deltas on it, each of which says it makes `size` bytes.
fn bomb(origin: &Origin, size: u64) {
    let base = vec![b'a'; 1 << 16];
    let base_id = object(origin, "blob", &base);
    let varint = |mut n: u64| {
        let mut bytes = Vec::new();
        while n >= 0x80 {
            bytes.push((n as u8 & 0x7f) | 0x80);
            n >>= 7;
        }
        bytes.push(n as u8);
        bytes
    };
    let mut delta = varint(base.len() as u64);
    delta.extend(varint(size));
    // Copies of the whole base, 64 KiB each.
    delta.extend(std::iter::repeat_n(0x80, usize::try_from(size >> 16).unwrap()));
    let header = |kind: u8, mut size: usize| {
        let mut bytes = vec![(kind << 4) | (size as u8 & 0x0f)];
        size >>= 4;
        while size > 0 {
            *bytes.last_mut().unwrap() |= 0x80;
            bytes.push(size as u8 & 0x7f);
            size >>= 7;
        }
        bytes
    };
    let deflated = |bytes: &[u8]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let mut pack = b"PACK\0\0\0\x02\0\0\0\x02".to_vec();
    pack.extend(header(3, base.len()));
    pack.extend(deflated(&base));
    pack.extend(header(7, delta.len()));
    pack.extend((0..20).map(|at| u8::from_str_radix(&base_id[2 * at..2 * at + 2], 16).unwrap()));
    pack.extend(deflated(&delta));
    use sha1::Digest as _;
    let sum = sha1::Sha1::digest(&pack);
    pack.extend(sum);
    let path = origin.path.join(".git/bomb.pack");
    std::fs::write(&path, &pack).unwrap();
    origin.git(&[
        "index-pack",
        "-o",
        ".git/objects/pack/pack-1111111111111111111111111111111111111111.idx",
        ".git/bomb.pack",
    ]);
    std::fs::rename(path, origin.path.join(".git/objects/pack/pack-1111111111111111111111111111111111111111.pack"))
        .unwrap();
}

#[test]
fn deltas_that_blow_up_are_refused_by_the_bound_of_memory() {
    let (_directory, origin, _server, ask) = served();
    let size: u64 = 768 << 20;
    bomb(&origin, size);
    // The object that the delta makes.
    let id = {
        use sha1::Digest as _;
        let mut hash = sha1::Sha1::new();
        hash.update(format!("blob {size}\0"));
        let chunk = vec![b'a'; 1 << 16];
        for _ in 0..size >> 16 {
            hash.update(&chunk);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let base = origin.git(&["hash-object", "-t", "blob", ".git/raw"]).trim().to_owned();
    let file = origin.git(&["rev-parse", "HEAD:flagfall.kdl"]).trim().to_owned();
    let made = tree(
        &origin,
        &[("100644", b"base.kdl", &base), ("100644", b"bomb.kdl", &id), ("100644", b"flagfall.kdl", &file)],
    );
    point(&origin, &made);
    // The server must send the delta as it is.
    origin.git(&["config", "pack.threads", "1"]);
    is_refused(&ask, Reason::TooLarge, "");
}

#[test]
fn too_many_files_objects_bytes_and_levels_are_refused_by_caps() {
    let (_directory, origin, _server, mut ask) = served();
    let file = origin.git(&["rev-parse", "HEAD:flagfall.kdl"]).trim().to_owned();
    let (whole, first) = (Caps::default(), origin.head());
    // A million names for one file, as directories of directories.
    let names: Vec<String> = (0..1_000).map(|n| format!("f{n:04}.kdl")).collect();
    let entries: Vec<(&str, &[u8], &str)> =
        names.iter().map(|name| ("100644", name.as_bytes(), file.as_str())).collect();
    let inner = tree(&origin, &entries);
    let names: Vec<String> = (0..1_000).map(|n| format!("d{n:04}")).collect();
    let entries: Vec<(&str, &[u8], &str)> =
        names.iter().map(|name| ("40000", name.as_bytes(), inner.as_str())).collect();
    point(&origin, &tree(&origin, &entries));
    is_refused(&ask, Reason::TooLarge, "more than 50000 files");
    // A million names in one directory.
    let names: Vec<String> = (0..1_000_000).map(|n| format!("f{n:07}.kdl")).collect();
    let entries: Vec<(&str, &[u8], &str)> =
        names.iter().map(|name| ("100644", name.as_bytes(), file.as_str())).collect();
    point(&origin, &tree(&origin, &entries));
    is_refused(&ask, Reason::TooLarge, "list of names");
    // Deep trees.
    let mut deep = tree(&origin, &[("100644", b"a.kdl", &file)]);
    for _ in 0..5_000 {
        deep = tree(&origin, &[("40000", b"d", &deep)]);
    }
    point(&origin, &deep);
    is_refused(&ask, Reason::TooLarge, "deeper than 32");
    // More than is asked for.
    origin.git(&["update-ref", "refs/heads/main", &first]);
    for n in 0..40 {
        let noise: String =
            (0..400_u64).map(|m| format!("// {:x}\n", (m + n * 1_000).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
        origin.write(&format!("n{n}.kdl"), noise);
    }
    origin.commit("noise");
    for (caps, says) in [
        (Caps { received: 10_000, ..whole.clone() }, "more than 10000 bytes"),
        (Caps { objects: 10, ..whole.clone() }, "more than 10"),
        (Caps { files: 10, ..whole.clone() }, "more than 10 files"),
        (Caps { file: 2_000, ..whole.clone() }, "bytes, more than 2000"),
        (Caps { inflated: 20_000, ..whole }, "more than 20000 bytes together"),
    ] {
        let mut anew = Ask::of(&ask.request.url);
        anew.request.credentials = ask.request.credentials.clone();
        anew.request.certificates.clone_from(&ask.request.certificates);
        anew.request.caps = caps;
        is_refused(&anew, Reason::TooLarge, says);
    }
    ask.request.caps = Caps::default();
    ask.request.environment = "gone".to_owned();
    is_refused(&ask, Reason::CompileFailed, "no environment");
}

#[test]
fn too_many_objects_are_refused_before_they_are_received() {
    let (_directory, origin, _server, mut ask) = served();
    ask.request.caps.objects = 40_000;
    // Written as one stream, which git makes a pack of.
    let mut stream = String::from("commit refs/heads/main\ncommitter a <a@b> 0 +0000\ndata 1\nx\n");
    for n in 0..45_000 {
        use std::fmt::Write as _;
        let _ = write!(stream, "M 100644 inline d{}/f{n}.kdl\ndata {}\n{n}\n", n % 100, n.to_string().len());
    }
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet", "--force"])
        .current_dir(&origin.path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    is_refused(&ask, Reason::TooLarge, "objects, more than 40000");
}
