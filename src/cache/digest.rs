//! What stands for a text: a hash of all that matters about it.

use jiff::civil::Date;
use rayon::prelude::*;

use crate::source::{FileKind, SourceFile, SourceSet};
use crate::syntax;

/// BLAKE3 of something.
pub type Digest = [u8; 32];

/// Of every file, by number. What a `file=` may name is part of whoever may name it.
pub(super) fn files(sources: &SourceSet) -> Vec<Digest> {
    let files: Vec<&SourceFile> = sources.files().map(|(_, file)| file).collect();
    let data = data(&files);
    files.par_iter().map(|file| of(file, &data)).collect()
}

/// Of everything else that findings depend on: the build, the day, and how commands find the workspace.
pub(super) fn context(sources: &SourceSet, today: Date) -> Digest {
    let mut hasher = blake3::Hasher::new();
    add(&mut hasher, concat!(env!("CARGO_PKG_VERSION"), "/", env!("FLAGFALL_BUILD")).as_bytes());
    add(&mut hasher, today.to_string().as_bytes());
    match sources.workspace() {
        Some(given) => add(&mut hasher, given.as_bytes()),
        None => add(&mut hasher, &[]),
    }
    hasher.update(&[u8::from(sources.workspace().is_some())]);
    hasher.finalize().into()
}

/// Of a list of files.
pub(super) fn list<'a>(files: impl IntoIterator<Item = (&'a str, Digest)>) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for (path, digest) in files {
        add(&mut hasher, path.as_bytes());
        hasher.update(&digest);
    }
    hasher.finalize().into()
}

fn data(files: &[&SourceFile]) -> Digest {
    let others = files.iter().filter(|file| matches!(file.kind, FileKind::Data | FileKind::Refused));
    list(others.map(|file| (file.path.as_str(), blake3::hash(file.text.as_bytes()).into())))
}

fn of(file: &SourceFile, data: &Digest) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[match file.kind {
        FileKind::Configuration => 0,
        FileKind::Definitions => 1,
        FileKind::Tests => 2,
        FileKind::Data => 3,
        FileKind::Refused => 4,
    }]);
    add(&mut hasher, file.path.as_bytes());
    add(&mut hasher, file.text.as_bytes());
    // A name may be spelled with escapes.
    if syntax::mentions_files(&file.text) || memchr::memmem::find(file.text.as_bytes(), b"\\u").is_some() {
        hasher.update(data);
    }
    hasher.finalize().into()
}

/// Its length goes first, so that no two sequences are alike.
fn add(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}
