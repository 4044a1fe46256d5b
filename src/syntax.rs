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
    let by_path: HashMap<&str, FileId> = sources.files().map(|(id, file)| (file.path.as_str(), id)).collect();
    let files: Vec<(FileId, &SourceFile)> = sources.files().filter(|(_, file)| is_read(file.kind)).collect();
    let decoded: Vec<(Ast, Sink)> = files
        .par_iter()
        .map(|&(id, file)| {
            let mut findings = Sink::new();
            let tree = reader::read(id, &file.text, &mut findings);
            let decoded = decode::file(&tree, file, sources, &by_path, &findings);
            (decoded.ast, merge(findings, decoded.findings))
        })
        .collect();
    let mut whole = Ast::default();
    for (ast, findings) in decoded {
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

/// Every file that a `file=` names, relative to the workspace and normalized, in source order. Names that leave the workspace
/// are not among them: [`parse`] reports those.
#[must_use]
pub fn references(sources: &SourceSet) -> Vec<Spanned<String>> {
    let files: Vec<(FileId, &SourceFile)> = sources
        .files()
        .filter(|(_, file)| file.kind == FileKind::Definitions)
        .filter(|(_, file)| memchr::memmem::find(file.text.as_bytes(), b"file").is_some())
        .collect();
    files
        .par_iter()
        .flat_map_iter(|&(id, file)| {
            let tree = reader::read(id, &file.text, &mut Sink::new());
            decode::references(&tree, &file.path)
        })
        .collect()
}
