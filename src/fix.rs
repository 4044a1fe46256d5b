//! The edits of findings, applied to texts in memory where it is proved that they change no assignment.
//!
//! Edits of one finding stand or fall together. A group is applied, the workspace read anew, and every flag whose lowered
//! form differs is compared with what it was: only "nobody gets anything else" lets it stand. Groups in different flags are
//! tried at once, because one flag's text changes no other flag; groups in what flags share, one by one. What was applied
//! may show what else is wrong, so rounds follow until nothing more applies.

mod apply;
mod proof;
mod round;
#[cfg(test)]
mod tests;
mod trouble;

use std::rc::Rc;
use std::sync::Arc;

pub use self::apply::apply;
pub use self::proof::{Changed, Effect, Refusal};

use self::proof::Served;
use self::round::Fixer;
use self::trouble::Trouble;
use crate::diagnostic::Diagnostic;
use crate::model::{Attribute, Workspace};
use crate::region::Limits;
use crate::source::SourceSet;

/// More rounds than an author waits for; each applies at least one finding's edits.
const ROUNDS: usize = 1_000;

/// A workspace at one moment: its texts, and what they say.
#[derive(Debug)]
pub struct Revision {
    sources: SourceSet,
    findings: Vec<Diagnostic>,
    served: Served,
    trouble: Trouble,
    attributes: Vec<Arc<Attribute>>,
}

impl Revision {
    /// What was read from `sources`. `findings` are all of them, levels applied.
    #[must_use]
    pub fn new(sources: SourceSet, workspace: &Workspace, findings: Vec<Diagnostic>) -> Self {
        let trouble = Trouble::of(&findings, &sources);
        Self { served: Served::by(workspace), trouble, sources, findings, attributes: workspace.attributes.clone() }
    }

    /// Its texts.
    #[must_use]
    pub fn sources(&self) -> &SourceSet {
        &self.sources
    }

    /// The attributes it declares.
    #[must_use]
    pub fn attributes(&self) -> &[Arc<Attribute>] {
        &self.attributes
    }
}

/// What may be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approach {
    /// What is proved to change no assignment.
    Safe,
    /// What changes assignments, too, as long as the effect is known exactly.
    Unsafe,
}

/// A finding with edits, and what became of them.
#[derive(Debug)]
pub struct Fix {
    /// The finding.
    pub finding: Diagnostic,
    /// The revision that it was found in, for its places.
    pub found_in: Rc<Revision>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of the edits of a finding.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Applied: nobody gets anything else.
    Proved,
    /// Applied, with this effect.
    Applied(Vec<Effect>),
    /// Applied: what could not be read before can be, and was not served.
    Unread,
    /// Not applied.
    Refused(Refusal),
}

impl Outcome {
    /// Whether the edits are in the texts.
    #[must_use]
    pub fn is_applied(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }
}

/// The texts after all fixes, and what became of each finding that has edits.
#[derive(Debug)]
pub struct Fixed {
    /// The workspace after what was applied.
    pub after: Rc<Revision>,
    /// What was applied, in order, then what was not.
    pub fixes: Vec<Fix>,
}

/// Applies what may be applied to `start`. `read` reads other texts of the same files.
#[must_use]
pub fn run(start: Revision, approach: Approach, limits: Limits, read: &dyn Fn(SourceSet) -> Revision) -> Fixed {
    let mut fixer = Fixer::new(Rc::new(start), limits, read);
    for _ in 0..ROUNDS {
        let goes_on = fixer.prove_some() || (approach == Approach::Unsafe && fixer.force_some());
        if !goes_on {
            break;
        }
    }
    fixer.finish()
}
