//! What a step hashes subjects with.

use crate::source::Span;
use crate::syntax::ast;

/// A step's wire salts.
pub(super) struct Salts {
    /// Of the exposure.
    pub traffic: String,
    /// Of the split.
    pub split: String,
    /// Where one of them was written.
    pub span: Option<Span>,
}

impl Salts {
    /// `<flag>/<step>/…`, or what `salt=` names in its place; `traffic-salt=` and `split-salt=` are taken as they are.
    pub(super) fn of(step: &ast::Step, flag: &str) -> Self {
        let stem = step.salt.as_ref().map_or_else(|| format!("{flag}/{}", step.name), |salt| salt.value.clone());
        let wire = |written: &Option<ast::Name>, part: &str| {
            written.as_ref().map_or_else(|| format!("{stem}/{part}"), |salt| salt.value.clone())
        };
        let written = step.salt.as_ref().or(step.traffic_salt.as_ref()).or(step.split_salt.as_ref());
        Self {
            traffic: wire(&step.traffic_salt, "traffic"),
            split: wire(&step.split_salt, "split"),
            span: written.map(|salt| salt.span),
        }
    }
}
