//! FF4006: a layer or slot nothing uses.

use super::Scope;
use super::uses::Use;
use crate::diagnostic::{Diagnostic, Rule, Sink};

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    let workspace = scope.workspace;
    if scope.something_is_missing() {
        return;
    }
    for layer in &workspace.layers {
        let is_used = |slot: &str| scope.is_used(Use::Slot(&layer.name.value, slot));
        if !layer.slots.iter().any(|slot| is_used(&slot.name)) {
            sink.push(
                Diagnostic::new(Rule::UnusedLayer, layer.name.span, format!("nothing uses layer `{}`", layer.name))
                    .label("defined, never used")
                    .meaning("it keeps no two experiments apart")
                    .help("write `layer NAME slot=SLOT` in the experiments it is for, or remove it"),
            );
            continue;
        }
        for slot in layer.slots.iter().filter(|slot| !is_used(&slot.name)) {
            sink.push(
                Diagnostic::new(
                    Rule::UnusedLayer,
                    slot.name.span,
                    format!("nothing uses slot `{}` of layer `{}`", slot.name, layer.name),
                )
                .label("reserved, never used")
                .meaning("its share of the subjects is in no experiment of this layer")
                .help("remove the slot; its range is then free for another and nobody else moves"),
            );
        }
    }
}
