//! FF2012: a step that can receive only part of its audience.

use super::Scope;
use super::toggle::Told;
use crate::diagnostic::{Rule, Sink};
use crate::region::Fact;

pub(super) fn check(scope: Scope<'_>, sink: &mut Sink) {
    for waterfall in scope.reasoning().all() {
        for Told { fact, hidden } in &waterfall.told {
            let Fact::PartlyShadowed { step, least, most } = fact else { continue };
            let Some(line) = waterfall.line(*step) else { continue };
            let share = if least == most { least.to_string() } else { format!("between {least} and {most}") };
            let (name, environment) = (line.name(), waterfall.environment());
            let message = format!("`{name}` can receive {share} of those it targets in `{environment}`");
            let finding = waterfall
                .finding(Rule::PartlyShadowed, line, message)
                .label("lines above take the rest")
                .meaning("a share of this line is a share of whom the lines above leave to it")
                .help(format!("see who takes whom: `flagfall show {} --env {environment}`", waterfall.flag.key));
            sink.push(waterfall.weighed(finding, *hidden));
        }
    }
}
