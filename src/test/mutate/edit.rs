//! Mutants as edits of a flag, made only when they are tried.

use std::sync::Arc;

use crate::model::{Flag, FlagEnvironment, Step};
use crate::source::Span;

/// A change of one part of a flag.
type Change<T> = Box<dyn Fn(&mut T) + Send + Sync>;

/// What is edited.
pub(super) enum Edit {
    /// The step of that name, wherever it is placed.
    Step(String, Change<Step>),
    /// The environment at that position.
    Environment(usize, Change<FlagEnvironment>),
}

/// A flag with one small change.
pub(super) struct Mutant {
    /// What is changed.
    pub span: Span,
    /// The change, in the author's words.
    pub what: String,
    edit: Edit,
}

impl Mutant {
    /// The flag with the change; every place is as it was.
    pub(super) fn of(&self, flag: &Flag) -> Flag {
        let mut changed = flag.clone();
        match &self.edit {
            Edit::Environment(position, change) => {
                if let Some(here) = changed.environments.get_mut(*position) {
                    change(here);
                }
            }
            Edit::Step(name, change) => {
                let Some(own) = changed.steps.iter_mut().find(|step| step.name.value == *name) else { return changed };
                let mut step = Step::clone(own);
                change(&mut step);
                *own = Arc::new(step);
                let placements = changed.environments.iter_mut().flat_map(|here| &mut here.placements);
                for placement in placements.filter(|placement| placement.step.name.value == *name) {
                    placement.step = Arc::clone(own);
                }
            }
        }
        changed
    }
}

/// The mutants of a flag, up to a bound.
pub(super) struct Mutants {
    /// Those to try.
    pub list: Vec<Mutant>,
    bound: usize,
    all: usize,
}

impl Mutants {
    /// None yet.
    pub(super) fn new(bound: usize) -> Self {
        Self { list: Vec::new(), bound, all: 0 }
    }

    /// One more. Beyond the bound it is only counted.
    pub(super) fn add(&mut self, span: Span, what: impl FnOnce() -> String, edit: Edit) {
        self.all += 1;
        if self.list.len() < self.bound {
            self.list.push(Mutant { span, what: what(), edit });
        }
    }

    /// How many are beyond the bound.
    pub(super) fn left_out(&self) -> usize {
        self.all - self.list.len()
    }
}

/// The steps that a flag places, switched on, in one of these environments; in source order.
pub(super) fn placed<'a>(flag: &'a Flag, positions: &[usize]) -> Vec<&'a Arc<Step>> {
    let here = positions.iter().filter_map(|position| flag.environments.get(*position));
    let placements: Vec<_> = here.flat_map(|here| &here.placements).filter(|placement| placement.enabled).collect();
    let is_placed = |step: &&Arc<Step>| placements.iter().any(|placement| placement.step.name.value == step.name.value);
    flag.steps.iter().filter(is_placed).collect()
}

/// The variation after this one that could be served instead; none where there is no other.
pub(super) fn next(flag: &Flag, served: &str) -> Option<Arc<crate::model::Variation>> {
    let usable: Vec<_> = flag.variations.iter().filter(|variation| variation.value.is_some()).collect();
    let own = usable.iter().position(|variation| variation.name.value == served)?;
    let other = usable.iter().cycle().nth(own + 1)?;
    (other.name.value != served).then(|| Arc::clone(other))
}

#[cfg(test)]
mod tests {
    use super::{Edit, Mutants};
    use crate::source::{FileKind, SourceSet, Span};

    #[test]
    fn what_is_beyond_the_bound_is_counted() {
        let file = SourceSet::new().add("a.kdl", "a.kdl", FileKind::Definitions, "");
        let mut mutants = Mutants::new(2);
        for _ in 0..5 {
            mutants.add(Span::new(file, 0, 0), String::new, Edit::Environment(0, Box::new(|_| {})));
        }
        assert_eq!((mutants.list.len(), mutants.left_out()), (2, 3));
    }
}
