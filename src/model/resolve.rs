//! The author's words in, [`Workspace`] out: every name looked up, every share counted in shards, every value typed.

use crate::diagnostic::Sink;
use crate::model::Workspace;
use crate::syntax::ast::Ast;

/// Resolves a workspace. Never stops: what cannot be resolved is reported and left out.
#[must_use]
pub fn resolve(ast: Ast, _sink: &mut Sink) -> Workspace {
    Workspace { levels: ast.configuration.levels, ..Workspace::default() }
}
