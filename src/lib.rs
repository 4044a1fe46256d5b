//! flagfall: a declarative feature-flag compiler.
//!
//! Flags are written in KDL and reviewed in git. flagfall reads them, reports everything that is wrong with them, and compiles
//! each environment to the JSON that evaluators (the SDKs) read; its own evaluator agrees with theirs bit for bit, so tests and
//! simulations say what production does. Data flows one way; nothing points back:
//!
//! ```text
//! files, git ─► source ─► syntax ─► model ─► check ─► compile ─► ufc ─► { evaluate, count, simulate, test } ─► cli
//!                                       └► lower ─► region ─┘  (exact reasoning; serves check, prove, show, test)
//! ```
//!
//! # The stages
//!
//! - [`source`]: the texts of a workspace, and places in them. [`workspace`] fills it from a directory or
//!   a commit, [`git`] knows commits.
//! - [`diagnostic`]: findings, the table of rules with a page each, levels, and the faces findings are shown in. Every stage
//!   puts what it finds into a [`diagnostic::Sink`] and goes on, so that one run reports everything.
//! - [`syntax`]: text to [`syntax::ast`]. The reader is lossless and recovers from errors; decoding promises shapes.
//! - [`model`]: names resolved, shares in shards, audiences as wire rules. What could not be resolved is left out and reported.
//! - [`check`]: the rules on the model, and [`check::Checked`], the proof that nothing is wrong.
//! - [`audience`]: who moves, in the author's words.
//! - [`safety`]: what a change does to people, as findings: the rules that need a base.
//! - [`lower`]: one flag in one environment as evaluators read it, with where each allocation comes from.
//! - [`region`]: exact reasoning about lowered flags: who can reach, be in two of, or fare differently under these.
//! - [`fix`]: the edits of findings, applied where [`region`] proves that nobody gets anything else.
//! - [`compile`]: `Checked` to [`ufc::Config`]; total and deterministic, it cannot fail.
//! - [`diff`]: what changes between two revisions: for people, exactly, and in the author's words.
//! - [`ufc`]: the wire format, field for field. A leaf, so what works on it works on any such file, ours or not.
//! - [`evaluate`]: configuration, subject and instant to an assignment with a trace. [`count`] enumerates shards for exact
//!   shares, [`witness`] shows somebody for whom a claim can be seen, [`simulate`] draws populations, [`mod@test`] runs the test files, [`import`] turns foreign configurations into workspaces.
//! - [`mod@sql`]: a flag as SQL, for warehouses to assign and to audit with.
//! - [`cache`]: what earlier runs found out, for files that are what they were.
//! - [`show`]: a waterfall as exact numbers, for people who look instead of read. [`layers`]: who uses which part of a layer.
//! - [`publish`]: what is published, and the ConfigMaps that hold it. [`mod@remote`] fetches, verifies and compiles a commit of a remote repository.
//! - [`mod@controller`] keeps ConfigMaps of a cluster equal to what repositories say.
//! - [`mod@agent`]: a pod's side of publishing: one file that is always one whole, verified configuration.
//! - [`cli`]: the commands, one file each.
//!
//! # Invariants
//!
//! - Only the edges ([`workspace`], [`git`], [`cache::store`], [`cache::fragments`], [`mod@remote`], [`mod@controller`], [`mod@agent`], [`cli`]) touch files, the clock and the environment; every other stage is data in, data out.
//! - Only `syntax` knows KDL, and no text from outside reaches the `kdl` crate.
//! - [`check::Checked`] is only made where no finding is an error (but of what steps do to each other), and only `Checked` is compiled;
//!   it is published only where there is no error at all.
//! - A value from a file carries its span in its type ([`source::Spanned`]).
//! - What reaches output is sorted or in the author's order; equal input gives equal bytes.
//! - No input makes any stage panic, exhaust the stack, or take more than linear time.
//!
//! # Who may use whom
//!
//! `tests/layering.rs` holds the `use crate::` lines to this table. A module may also use itself and everything below it.
//!
//! ```text
//! failure:
//! source:
//! ufc:
//! diagnostic: source
//! diagnostic::level: diagnostic model source syntax
//! syntax: diagnostic source ufc
//! model: diagnostic source syntax ufc
//! lower: model region source ufc
//! region: count evaluate ufc
//! witness: diagnostic evaluate model source
//! audience: import model region source syntax ufc
//! check: diagnostic evaluate lower model region source syntax ufc witness
//! safety: audience count diagnostic lower model region source syntax ufc witness
//! fix: diagnostic lower model region source syntax
//! cache: check diagnostic model source syntax
//! compile: check lower model ufc
//! diff: audience compile count diagnostic lower model region source syntax ufc witness
//! evaluate: ufc
//! count: evaluate ufc
//! simulate: count evaluate ufc
//! test: compile count evaluate lower model region source syntax ufc
//! import: check compile diagnostic model source syntax ufc
//! git: diagnostic failure
//! workspace: diagnostic failure git source syntax
//! show: count evaluate lower model region source ufc
//! layers: model
//! sql: diagnostic evaluate region ufc
//! publish: check compile count diagnostic diff region source ufc
//! remote: publish ufc
//! controller: publish remote
//! agent: controller publish
//! cli: agent audience cache check compile controller count diagnostic diff evaluate failure fix git import layers lower model publish region remote safety show simulate source sql syntax test ufc witness workspace
//! ```

pub mod failure;
pub mod source;

pub mod diagnostic;
pub mod syntax;

pub mod model;

pub mod lower;

pub mod ufc;

pub mod evaluate;

pub mod count;
pub mod region;
pub mod witness;

pub mod audience;
pub mod cache;
pub mod check;
pub mod compile;
pub mod diff;
pub mod fix;
pub mod safety;

pub mod import;
pub mod layers;
pub mod show;
pub mod simulate;
pub mod sql;
pub mod test;

#[cfg(feature = "cluster")]
pub mod controller;
pub mod git;
pub mod publish;
#[cfg(feature = "cluster")]
pub mod remote;
pub mod workspace;

#[cfg(feature = "cluster")]
pub mod agent;
pub mod cli;
