//! The reader: KDL 2.0, lossless, recovering, linear.
//!
//! One pass makes tokens, one makes nodes; neither recurses, and both look at every byte a bounded number of times,
//! whatever the text. After an error reading goes on at the next statement, so that one run reports everything and the
//! rest of the tree is there. What authors get wrong most often is read as they meant it, and reported once.

mod block;
mod brace;
mod class;
mod comment;
mod cursor;
mod entry;
mod glue;
mod hidden;
mod invisible;
mod lex;
mod parse;
mod quote;
mod report;
mod statement;
mod steps;
mod string;
mod text;
mod value;
mod word;

#[cfg(test)]
mod tests;

use crate::diagnostic::Sink;
use crate::source::FileId;
use crate::syntax::tree::Tree;

/// Reads one document; what is wrong with it goes into `sink`.
#[must_use]
pub fn read<'s>(file: FileId, text: &'s str, sink: &mut Sink) -> Tree<'s> {
    invisible::forbidden(file, text, sink);
    let lexed = lex::lex(file, text, sink);
    let closes =
        if lexed.open > 0 { brace::missing_closes(file, text, &lexed.tokens, lexed.open, sink) } else { Vec::new() };
    let tree = Tree {
        file,
        text,
        tokens: lexed.tokens,
        hidden: Vec::new(),
        nodes: Vec::new(),
        entries: Vec::new(),
        decoded: Vec::new(),
        first_root: None,
    };
    parse::Parser::new(tree, closes, sink).run()
}
