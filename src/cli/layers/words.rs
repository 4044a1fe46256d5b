//! Slots and their users in words.

use crate::evaluate::event::instant_text;
use crate::layers::{Frees, Part, State, Use};
use crate::model::Window;

/// `40%`: shards of 10 000 are hundredths of a percent.
pub(super) fn percent(shards: u32) -> String {
    let text = format!("{}.{:02}", shards / 100, shards % 100);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// `40–70%`.
pub(super) fn range(part: &Part, dash: &str) -> String {
    format!("{}{dash}{}", percent(part.from).trim_end_matches('%'), percent(part.to))
}

/// `free now`, or when it frees, by environment where they differ.
pub(super) fn frees(part: &Part) -> String {
    if let Some(frees) = part.frees_everywhere() {
        return when(frees);
    }
    let each = part.frees.iter().map(|(environment, frees)| format!("{} in {environment}", when(*frees)));
    each.collect::<Vec<_>>().join(", ")
}

fn when(frees: Frees) -> String {
    match frees {
        Frees::Now => "free now".to_owned(),
        Frees::After(end) => format!("frees after {}", instant_text(end)),
        Frees::Never => "never frees".to_owned(),
    }
}

/// `flag/step`.
pub(super) fn user(used: &Use) -> String {
    format!("{}/{}", used.flag, used.step)
}

/// What it does, where and when: `production, running until …`.
pub(super) fn what(used: &Use) -> String {
    let Window { start, end } = used.window;
    let from = start.map(|start| format!(" from {}", instant_text(start))).unwrap_or_default();
    let until = end.map(|end| format!(" until {}", instant_text(end))).unwrap_or_default();
    let does = match used.state {
        State::Unplaced => return "not placed anywhere".to_owned(),
        State::Running => format!("running{from}{}", if end.is_some() { until } else { " without an end".to_owned() }),
        State::Planned => format!("planned{from}{}", if end.is_some() { until } else { " without an end".to_owned() }),
        State::Over => format!("over since {}", end.map(instant_text).unwrap_or_default()),
        State::Off => format!("switched off{from}{until}"),
    };
    format!("{}: {does}", used.environment.as_deref().unwrap_or_default())
}

/// Its word in documents.
pub(super) fn state(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Planned => "planned",
        State::Over => "over",
        State::Off => "off",
        State::Unplaced => "unplaced",
    }
}
