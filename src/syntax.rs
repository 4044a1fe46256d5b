//! Text in, [`ast`] out: the lossless, error-recovering KDL 2 reader and the decoder of the language.

pub mod ast;
mod decode;
pub mod edit;
pub mod literal;
pub mod print;
pub mod reader;
pub mod tree;

use std::collections::HashMap;

use rayon::prelude::*;

use crate::diagnostic::Sink;
use crate::source::{FileId, FileKind, SourceFile, SourceSet, Spanned};
use ast::Ast;

/// Reads every file of a workspace: what was written, typed and spanned, and every finding of every file in file order.
pub fn parse(sources: &SourceSet, sink: &mut Sink) -> Ast {
    joined(parse_each(sources, |_| true), sink)
}

/// What one file says, and what is wrong with it.
#[derive(Debug)]
pub struct Parsed {
    /// The file.
    pub file: FileId,
    /// What was written.
    pub ast: Ast,
    findings: Sink,
}

/// Reads the files that are wanted, each for itself, in file order.
pub fn parse_each(sources: &SourceSet, wanted: impl Fn(FileId) -> bool) -> Vec<Parsed> {
    let by_path: HashMap<&str, FileId> = sources.files().map(|(id, file)| (file.path.as_str(), id)).collect();
    let files: Vec<(FileId, &SourceFile)> =
        sources.files().filter(|(id, file)| is_read(file.kind) && wanted(*id)).collect();
    files
        .par_iter()
        .map(|&(id, file)| {
            let mut findings = Sink::new();
            let tree = reader::read(id, &file.text, &mut findings);
            let decoded = decode::file(&tree, file, sources, &by_path, &findings);
            Parsed { file: id, ast: decoded.ast, findings: merge(findings, decoded.findings) }
        })
        .collect()
}

/// What files say together.
pub fn joined(parsed: Vec<Parsed>, sink: &mut Sink) -> Ast {
    let mut whole = Ast::default();
    for Parsed { ast, findings, .. } in parsed {
        whole.append(ast);
        for finding in findings.into_findings() {
            sink.push(finding);
        }
    }
    whole
}

fn merge(mut first: Sink, second: Sink) -> Sink {
    for finding in second.into_findings() {
        first.push(finding);
    }
    first
}

fn is_read(kind: FileKind) -> bool {
    matches!(kind, FileKind::Configuration | FileKind::Definitions | FileKind::Tests)
}

/// Whether there may be a `file=` in a text; `profile` is none.
#[must_use]
pub fn mentions_files(text: &str) -> bool {
    let is_word =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_');
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(bytes, b"file").any(|at| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        !is_word(before) && !is_word(bytes.get(at + 4))
    })
}

/// Every file that a `file=` names, relative to the workspace and normalized, in source order. Names that leave the workspace
/// are not among them: [`parse`] reports those.
#[must_use]
pub fn references(sources: &SourceSet) -> Vec<Spanned<String>> {
    let files: Vec<(FileId, &SourceFile)> = sources
        .files()
        .filter(|(_, file)| file.kind == FileKind::Definitions)
        .filter(|(_, file)| mentions_files(&file.text))
        .collect();
    files
        .par_iter()
        .flat_map_iter(|&(id, file)| {
            let tree = reader::read(id, &file.text, &mut Sink::new());
            decode::references(&tree, &file.path)
        })
        .collect()
}
