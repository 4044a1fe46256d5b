//! Where things are kept: few files in one directory, each believed only where its own hash says that all of it is there.
//!
//! Whoever writes replaces a file whole, so that runs side by side lose each other's work at worst. Whatever is not there, not ours
//! to read or write, cut off, or altered is as good as nothing: no failure of a cache is a failure of a run.

use std::fs::{self, File, FileTimes};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What all kept files together may take: those that were not used for longest go first.
pub const LARGEST: u64 = 256 << 20;

/// What one file may take.
const LARGEST_FILE: u64 = 128 << 20;

const MAGIC: &[u8] = b"flagfall cache 1\n";

const EXTENSION: &str = "kept";

/// A directory of kept files.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
    largest: u64,
}

/// A file whose own part was read. What is behind that is for whoever keeps it there to check.
#[derive(Debug)]
pub struct Kept {
    bytes: Vec<u8>,
    file: File,
}

impl Kept {
    /// What was kept.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The file, and where in it begins what is behind.
    #[must_use]
    pub fn behind(&self) -> (&File, u64) {
        (&self.file, (HEAD + self.bytes.len()) as u64)
    }
}

/// The magic, the digest of what is kept, and its length.
const HEAD: usize = MAGIC.len() + blake3::OUT_LEN + size_of::<u64>();

impl Store {
    /// The user's: `FLAGFALL_CACHE_DIR`, else below `XDG_CACHE_HOME` or `~/.cache`. None where there is none.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = || Some(set("HOME")?.join(".cache"));
        let below = || set("XDG_CACHE_HOME").filter(|path| path.is_absolute()).or_else(home);
        set("FLAGFALL_CACHE_DIR").or_else(|| Some(below()?.join("flagfall").join("runs"))).map(Self::at)
    }

    /// One in a directory, which need not be there yet.
    #[must_use]
    pub fn at(directory: PathBuf) -> Self {
        Self { directory, largest: LARGEST }
    }

    /// The same with another bound on all files together, in bytes.
    #[must_use]
    pub fn bounded(self, largest: u64) -> Self {
        Self { largest, ..self }
    }

    /// What is kept under a name; none where there is nothing whole.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<Kept> {
        let mut file = File::open(self.path(name)).ok()?;
        let about = file.metadata().ok().filter(|about| about.is_file() && about.len() <= LARGEST_FILE)?;
        let mut head = [0; HEAD];
        file.read_exact(&mut head).ok()?;
        let (digest, length) = head.strip_prefix(MAGIC)?.split_at_checked(blake3::OUT_LEN)?;
        let length = u64::from_le_bytes(length.try_into().ok()?);
        (length <= about.len().checked_sub(HEAD as u64)?).then_some(())?;
        let mut bytes = Vec::with_capacity(usize::try_from(length).ok()?);
        (&file).take(length).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 == length && blake3::hash(&bytes).as_bytes() == digest).then_some(())?;
        // So that those that are used stay.
        let _ = file.set_times(FileTimes::new().set_modified(SystemTime::now()));
        Some(Kept { bytes, file })
    }

    /// Keeps bytes under a name, in place of what was there. Whether it is kept.
    pub fn write(&self, name: &str, bytes: &[u8]) -> bool {
        self.write_before(name, bytes, &[])
    }

    /// The same, with texts behind it.
    pub fn write_before(&self, name: &str, bytes: &[u8], behind: &[&str]) -> bool {
        let all = HEAD + bytes.len() + behind.iter().map(|text| text.len()).sum::<usize>();
        let fits = all as u64 <= LARGEST_FILE.min(self.largest);
        let written = fits && self.replace(&self.path(name), bytes, behind).is_some();
        if written {
            self.sweep();
        }
        written
    }

    fn replace(&self, path: &Path, bytes: &[u8], behind: &[&str]) -> Option<()> {
        private(&self.directory).ok()?;
        // Readable for nobody else: flags say what is not public yet.
        let mut file =
            tempfile::Builder::new().prefix(".flagfall-").suffix(".tmp").tempfile_in(&self.directory).ok()?;
        file.write_all(MAGIC).ok()?;
        file.write_all(blake3::hash(bytes).as_bytes()).ok()?;
        file.write_all(&(bytes.len() as u64).to_le_bytes()).ok()?;
        file.write_all(bytes).ok()?;
        for text in behind {
            file.write_all(text.as_bytes()).ok()?;
        }
        file.persist(path).ok().map(drop)
    }

    /// Removes what was not used for longest until the rest is within the bound, and what killed runs left.
    fn sweep(&self) {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            let (path, Ok(about)) = (entry.path(), entry.metadata()) else { continue };
            let (Ok(used), true) = (about.modified(), about.is_file()) else { continue };
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_left = name.starts_with(".flagfall-") && used.elapsed().is_ok_and(|age| age.as_secs() > 3600);
            if is_left {
                let _ = fs::remove_file(&path);
            } else if path.extension().is_some_and(|extension| extension == EXTENSION) {
                files.push((used, about.len(), path));
            }
        }
        files.sort_by(|one, other| other.cmp(one));
        let mut total = 0_u64;
        for (_, length, path) in files {
            total = total.saturating_add(length);
            if total > self.largest {
                let _ = fs::remove_file(path);
            }
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        let name = blake3::hash(name.as_bytes()).to_hex();
        self.directory.join(name.as_str()).with_extension(EXTENSION)
    }
}

/// Makes a directory that only its owner may look into; those above it are as others are.
fn private(directory: &Path) -> std::io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(directory)
}
