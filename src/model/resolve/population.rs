//! Layers and holdouts: shares of one population for many flags.

use std::sync::Arc;

use super::Resolver;
use super::names::Seen;
use super::range::Owned;
use crate::model::{DEFAULT_ENTITY, Holdout, Layer, SHARDS, Slot};
use crate::syntax::ast::{self, Name};

/// The entity's name, the default where none is written.
pub(super) fn entity(written: Option<Name>) -> String {
    written.map_or_else(|| DEFAULT_ENTITY.to_owned(), |name| name.value)
}

impl Resolver<'_> {
    /// Resolves layers.
    pub(super) fn layers(&mut self, written: Vec<ast::Layer>) {
        let mut seen = Seen::folded();
        for layer in written {
            let first = self.is_first(&mut seen, "layer", &layer.name);
            let layer = self.layer(layer);
            let name = layer.name.value.clone();
            self.layers.insert(&name, first.then(|| Arc::new(layer)));
        }
    }

    fn layer(&mut self, written: ast::Layer) -> Layer {
        let ast::Layer { name, entity: of, salt, slots: lines, owner, description: _, span: _ } = written;
        let mut seen = Seen::exact();
        let mut slots: Vec<Arc<Slot>> = Vec::new();
        for line in lines {
            let first = self.is_first(&mut seen, "slot", &line.name);
            let range = self.range(line.from.as_ref(), line.to.as_ref(), SHARDS);
            let key = (name.value.clone(), line.name.value.clone());
            let slot = range.map(|range| Arc::new(Slot { name: line.name, range }));
            if first {
                slots.extend(slot.clone());
                self.slots.entry(key).or_insert(slot);
            }
        }
        let ranges = slots.iter().map(|slot| Owned { range: slot.range, owner: &slot.name, span: slot.name.span });
        let ranges: Vec<Owned<'_>> = ranges.collect();
        self.overlaps(ranges, SHARDS);
        Layer {
            entity: entity(of),
            salt_span: salt.as_ref().map(|salt| salt.span),
            salt: salt.map_or_else(|| format!("layer/{name}"), |salt| salt.value),
            slots,
            owner: owner.map(|owner| owner.value),
            name,
        }
    }

    /// Resolves holdouts.
    pub(super) fn holdouts(&mut self, written: Vec<ast::Holdout>) {
        let mut seen = Seen::folded();
        for holdout in written {
            let first = self.is_first(&mut seen, "holdout", &holdout.name);
            let name = holdout.name.value.clone();
            let holdout = self.holdout(holdout);
            self.holdouts.insert(&name, holdout.filter(|_| first).map(Arc::new));
        }
    }

    fn holdout(&mut self, written: ast::Holdout) -> Option<Holdout> {
        let ast::Holdout { name, share, window, entity: of, salt, owner: _, description: _, span: _ } = written;
        let window = self.window(&window);
        let share = self.present(share)?;
        let shards = self.shards(&share, SHARDS)?;
        Some(Holdout {
            entity: entity(of),
            salt_span: salt.as_ref().map(|salt| salt.span),
            salt: salt.map_or_else(|| format!("holdout/{name}"), |salt| salt.value),
            shards,
            window,
            name,
        })
    }
}
