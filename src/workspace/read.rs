//! One file: bytes in, text or the reason against it out.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::{Candidate, LARGEST_FILE, discover};
use crate::diagnostic::{Diagnostic, Rule, Sink};
use crate::failure::Failure;
use crate::source::{FileKind, SourceSet, Span};

/// What a file turned out to hold.
pub(super) enum Content {
    Text(String),
    /// Bytes that are not UTF-8: what can be shown of them, where the first bad one is, and what they might be.
    NotText {
        shown: String,
        at: u32,
        utf16: bool,
    },
    /// More than [`LARGEST_FILE`] bytes.
    TooLarge,
}

/// Reads a file.
pub(super) fn read(path: &Path, name: &str) -> Result<Content, Failure> {
    let cannot = |error: std::io::Error| unreadable(name, &discover::reason(&error));
    // Opening a named pipe would wait for a writer.
    let about = path.metadata().map_err(cannot)?;
    if !about.is_file() {
        return Err(unreadable(name, "it is not a regular file"));
    }
    // With room for all of it and more it is read at once.
    let size = usize::try_from(about.len().min(LARGEST_FILE)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(size + 64);
    File::open(path).map_err(cannot)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(cannot)?;
    Ok(if bytes.len() as u64 > LARGEST_FILE { Content::TooLarge } else { Content::of(bytes) })
}

impl Content {
    /// What bytes are.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => {
                let at = u32::try_from(error.utf8_error().valid_up_to()).unwrap_or(0);
                let bytes = error.as_bytes();
                let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
                Self::NotText { shown: String::from_utf8_lossy(bytes).into_owned(), at, utf16 }
            }
        }
    }
}

/// The failure of a file that cannot be read.
pub(super) fn unreadable(name: &str, reason: &str) -> Failure {
    Failure::new(format!("cannot read `{name}`: {reason}"))
        .help("make it readable for whoever runs flagfall, or move it out of the workspace")
}

/// Adds a file that findings call `name` to the set, or the finding that keeps it out.
pub(super) fn add(name: String, candidate: &Candidate, content: Content, sources: &mut SourceSet, sink: &mut Sink) {
    let path = candidate.path.clone();
    match content {
        Content::Text(text) => {
            sources.add(path, name, candidate.kind, text);
        }
        Content::TooLarge => {
            let file = sources.add(path, name.clone(), FileKind::Refused, "");
            sink.push(
                Diagnostic::new(Rule::FileTooLarge, Span::new(file, 0, 0), format!("`{name}` is larger than 1 MiB"))
                    .meaning("nothing in it was read")
                    .help(match candidate.kind {
                        FileKind::Data => {
                            "split the list, or target an attribute that your application computes from it"
                        }
                        _ => "split it: one flag per file is the convention",
                    }),
            );
        }
        Content::NotText { shown, at, utf16 } => {
            let file = sources.add(path, name.clone(), FileKind::Refused, shown);
            let message = if utf16 {
                format!("`{name}` is UTF-16 text, not UTF-8")
            } else {
                format!("`{name}` is not UTF-8 text")
            };
            // The replacement character that stands for the bad bytes is three bytes long.
            sink.push(
                Diagnostic::new(Rule::NotUtf8, Span::new(file, at, at + 3), message)
                    .label("the first byte that is not UTF-8")
                    .meaning("nothing in it was read")
                    .help("save the file as UTF-8"),
            );
        }
    }
}
