//! A flag: variations first, then steps, then the waterfalls that place them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::names::Seen;
use super::population::entity;
use super::{Resolver, with_declaration};
use crate::diagnostic::{Diagnostic, Rule};
use crate::model::{Flag, SHARDS, Step, Variation, VariationType};
use crate::source::Span;
use crate::syntax::ast::{self, Name};

/// What the parts of one flag know of each other.
pub(super) struct Scope {
    pub key: String,
    pub entity: String,
    pub total: u32,
    /// Where `total-shards=` was written.
    pub total_span: Option<Span>,
    /// Where `entity=` or else the key was written.
    pub entity_span: Span,
    /// By name, with their place in the author's order.
    pub variations: BTreeMap<String, (usize, Arc<Variation>)>,
    /// By name; none where the step could not be resolved.
    pub steps: BTreeMap<String, Defined>,
}

/// A step that was defined.
pub(super) struct Defined {
    pub step: Option<Arc<Step>>,
    pub is_experiment: bool,
    pub name: Name,
    /// Placements that give no bound of their own have these.
    pub window: ast::Window,
}

impl Resolver<'_> {
    /// Resolves a flag.
    pub(super) fn resolved_flag(&mut self, written: ast::Flag) -> Flag {
        self.flag = Some(written.key.value.clone());
        let (mut flag, incomplete) = self.watched(|resolver| resolver.whole_flag(written));
        flag.incomplete |= incomplete;
        self.flag = None;
        flag
    }

    fn whole_flag(&mut self, written: ast::Flag) -> Flag {
        let kind = written.kind.map(|kind| kind.value);
        self.incomplete |= kind.is_none();
        let mut scope = Scope {
            key: written.key.value.clone(),
            entity_span: written.entity.as_ref().map_or(written.key.span, |name| name.span),
            entity: entity(written.entity),
            total: written.total_shards.map_or(SHARDS, |total| total.value.max(1)),
            total_span: written.total_shards.map(|total| total.span),
            variations: BTreeMap::new(),
            steps: BTreeMap::new(),
        };
        let code_default = match (written.code_default, kind) {
            (Some(value), Some(kind)) => self.value(value, kind).map(|value| value.value),
            _ => None,
        };
        let variations = self.variations(&mut scope, written.variations, kind);
        let steps = self.steps(&mut scope, written.steps);
        let environments = self.flag_environments(&scope, written.environments);
        Flag {
            kind: kind.unwrap_or(VariationType::String),
            display_name: written.display_name.map(|name| name.value),
            owner: written.owner,
            expires: written.expires,
            entity: scope.entity,
            total_shards: scope.total,
            description: written.description.map(|text| text.value),
            code_default,
            variations,
            steps,
            environments,
            allows: written.allows,
            span: written.span,
            incomplete: written.incomplete,
            key: written.key,
        }
    }

    fn variations(
        &mut self,
        scope: &mut Scope,
        written: Vec<ast::Variation>,
        kind: Option<VariationType>,
    ) -> Vec<Arc<Variation>> {
        let mut seen = Seen::exact();
        let mut variations = Vec::with_capacity(written.len());
        for ast::Variation { name, value, retired, span } in written {
            let first = self.is_first(&mut seen, "variation", &name);
            self.incomplete |= value.is_none() && !retired;
            let value = match (value, kind) {
                (Some(value), Some(kind)) => self.value(value, kind),
                _ => None,
            };
            if first {
                let variation = Arc::new(Variation { name, value, retired, span });
                let entry = (variations.len(), Arc::clone(&variation));
                scope.variations.insert(variation.name.value.clone(), entry);
                variations.push(variation);
            }
        }
        variations
    }

    /// The flag's variation of that name, with its place; unknown ones are reported.
    pub(super) fn variation(&mut self, scope: &Scope, name: &Name) -> Option<(usize, Arc<Variation>)> {
        if let Some((order, variation)) = scope.variations.get(name.as_str()) {
            return Some((*order, Arc::clone(variation)));
        }
        if scope.variations.is_empty() {
            // That nothing is defined, or not readably, is reported where the definitions would stand.
            return None;
        }
        let known = scope.variations.keys().map(String::as_str);
        let otherwise = format!("define it: `variation {} …`", super::names::spelled(name));
        let help = self.guesses.among(name, scope.variations.len(), known, &otherwise);
        self.report(
            Diagnostic::new(
                Rule::UnknownVariation,
                name.span,
                format!("the flag `{}` has no variation `{name}`", scope.key),
            )
            .label("unknown variation")
            .help(help),
        );
        None
    }

    /// The variation that something serves; unknown and retired ones are reported.
    pub(super) fn served(&mut self, scope: &Scope, name: &Name) -> Option<Arc<Variation>> {
        let (_, variation) = self.variation(scope, name)?;
        if variation.retired {
            let finding = Diagnostic::new(Rule::RetiredVariationServed, name.span, format!("`{name}` is retired"))
                .label("has no value to serve")
                .meaning("whoever hashes to a retired variation falls through; there is nothing to give them")
                .help(format!(
                    "serve another variation, or bring it back: `variation {} VALUE`",
                    super::names::spelled(name)
                ));
            self.report(with_declaration(finding, Some(variation.name.span), "retired here"));
        }
        Some(variation)
    }
}
