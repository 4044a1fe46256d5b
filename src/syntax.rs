//! Text in, [`ast`] out: the lossless, error-recovering KDL 2 reader and the decoder of the language.

pub mod ast;
pub mod tree;
