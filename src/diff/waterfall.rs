//! The waterfall that a change happens in: every line of the head in order, those that are gone where they stood.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::definition::value;
use super::step::{exposure, gives, kind, window};
use super::words::{Mark, Sides, audience};
use super::{Here, Place, step, wire};
use crate::model::{Flag, FlagEnvironment, Otherwise, Placement};
use crate::source::Span;

/// A line of a waterfall. What changed reads `before → now`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Line {
    /// What happened to it.
    pub mark: Mark,
    /// Whether it stands elsewhere; it may say something else, too.
    pub moved: bool,
    /// The step's name; the allocation's key where no workspace names it.
    pub step: String,
    /// `gate`, `experiment`, `otherwise` or `allocation`.
    pub kind: &'static str,
    /// Whom it targets.
    pub audience: String,
    /// How much of its audience it takes, and when.
    pub exposure: String,
    /// What it gives them.
    pub gives: String,
    /// Where it stood; null for what is new.
    pub base: Option<Place>,
    /// Where it stands; null for what is gone.
    pub head: Option<Place>,
}

/// A line of one side.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// What it is known by on both sides.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) audience: String,
    pub(super) exposure: String,
    pub(super) gives: String,
    /// Everything else that it says, for comparison only.
    pub(super) rest: String,
    pub(super) span: Option<Span>,
}

/// A line on both sides, or one: positions, and whether it stands elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Aligned {
    pub(super) base: Option<usize>,
    pub(super) head: Option<usize>,
    pub(super) moved: bool,
}

/// The lines of a flag in an environment, with what happened to each.
pub(super) fn lines(
    base: &Here<'_>,
    head: &Here<'_>,
    renamed: &BTreeMap<String, String>,
    sides: Sides<'_>,
) -> Vec<Line> {
    let written = |here: &Here<'_>| here.half.side.workspace.is_some() || !here.half.known;
    // Two sides are only compared in the same words.
    let by_author = written(base) && written(head);
    let rows = |here: &Here<'_>| if by_author { of_model(here) } else { wire::rows(here) };
    let (mut before, after) = (rows(base), rows(head));
    for row in &mut before {
        if let Some(name) = renamed.get(&row.key) {
            row.key.clone_from(name);
        }
    }
    let keys = |rows: &[Row]| rows.iter().map(|row| row.key.clone()).collect::<Vec<_>>();
    let aligned = align(&keys(&before), &keys(&after));
    let line = |one: Aligned| {
        let (old, new) = (one.base.and_then(|at| before.get(at)), one.head.and_then(|at| after.get(at)));
        of_rows(old, new, one.moved, sides)
    };
    aligned.into_iter().filter_map(line).collect()
}

fn of_rows(old: Option<&Row>, new: Option<&Row>, moved: bool, sides: Sides<'_>) -> Option<Line> {
    let shown = new.or(old)?;
    let told = |of: fn(&Row) -> &String| match (old.map(of), new.map(of)) {
        (Some(old), Some(new)) if old != new && !old.is_empty() && !new.is_empty() => format!("{old} → {new}"),
        (Some(old), Some(new)) if old != new && new.is_empty() => format!("{old} → always"),
        (Some(text), None) | (_, Some(text)) => text.clone(),
        (None, None) => String::new(),
    };
    let mark = match (old, new) {
        (None, _) => Mark::Added,
        (_, None) => Mark::Removed,
        (Some(old), Some(new)) if !old.says_the_same(new) => Mark::Changed,
        (Some(_), Some(_)) if moved => Mark::Moved,
        (Some(_), Some(_)) => Mark::Kept,
    };
    let word = sides.word(mark, String::new(), old.and_then(|row| row.span), new.and_then(|row| row.span));
    Some(Line {
        mark,
        moved,
        step: told(|row| &row.name),
        kind: shown.kind,
        audience: told(|row| &row.audience),
        exposure: told(|row| &row.exposure),
        gives: told(|row| &row.gives),
        base: word.base,
        head: word.head,
    })
}

impl Row {
    fn says_the_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.kind == other.kind
            && self.audience == other.audience
            && self.exposure == other.exposure
            && self.gives == other.gives
            && self.rest == other.rest
    }
}

fn of_model(here: &Here<'_>) -> Vec<Row> {
    let (Some(flag), Some(model)) = (here.half.model, here.model) else { return Vec::new() };
    placed(flag, model)
}

fn placed(flag: &Flag, here: &FlagEnvironment) -> Vec<Row> {
    let steps = here.placements.iter().map(|placement| of_placement(flag, placement));
    steps.chain(here.otherwise.as_ref().map(of_otherwise)).collect()
}

fn of_placement(flag: &Flag, placed: &Placement) -> Row {
    let size = exposure(&placed.exposure, flag.total_shards);
    let off = if placed.enabled { "" } else { "switched off" };
    let parts = [off.to_owned(), size, window(placed.window)];
    let rest = [step::definition(flag, &placed.step).told(), step::placement(flag, placed).told()];
    Row {
        key: placed.step.name.value.clone(),
        name: placed.step.name.value.clone(),
        kind: kind(&placed.step),
        audience: audience(&placed.step.audience),
        exposure: parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
        gives: gives(flag, &placed.step),
        rest: rest.join("\n"),
        span: Some(placed.span),
    }
}

fn of_otherwise(otherwise: &Otherwise) -> Row {
    let served = otherwise.variation.value.as_ref().map(|served| format!(" = {}", value(&served.value)));
    Row {
        key: "otherwise".to_owned(),
        name: "otherwise".to_owned(),
        kind: "otherwise",
        audience: "everyone".to_owned(),
        exposure: String::new(),
        gives: format!("{}{}", otherwise.variation.name, served.unwrap_or_default()),
        rest: otherwise.key.clone(),
        span: Some(otherwise.span),
    }
}

/// Puts the lines of two sides beside each other, in the order of the head; what is gone behind what it followed. As few lines as
/// can be have moved.
pub(super) fn align(before: &[String], after: &[String]) -> Vec<Aligned> {
    let places: BTreeMap<&str, usize> = after.iter().enumerate().map(|(at, key)| (key.as_str(), at)).collect();
    let common: Vec<(usize, usize)> = before
        .iter()
        .enumerate()
        .filter_map(|(base, key)| places.get(key.as_str()).map(|head| (base, *head)))
        .collect();
    let kept = longest_rising(&common);
    let base_of: BTreeMap<usize, usize> = common.iter().map(|(base, head)| (*head, *base)).collect();
    let gone = |base: &usize| !common.iter().any(|(known, _)| known == base);
    let mut aligned = Vec::new();
    let mut next = 0;
    for head in 0..after.len() {
        let base = base_of.get(&head).copied();
        let stays = base.filter(|base| kept.contains(&(*base, head)));
        if let Some(base) = stays {
            aligned.extend((next..base).filter(gone).map(Aligned::gone));
            next = base + 1;
        }
        aligned.push(Aligned { base, head: Some(head), moved: base.is_some() && stays.is_none() });
    }
    aligned.extend((next..before.len()).filter(gone).map(Aligned::gone));
    aligned
}

impl Aligned {
    fn gone(base: usize) -> Self {
        Self { base: Some(base), head: None, moved: false }
    }
}

/// The longest part of pairs in which the second rises; the first rises already.
fn longest_rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each pair the length of the longest part that ends there, and the pair before it.
    let mut ends: Vec<(usize, Option<usize>)> = Vec::with_capacity(pairs.len());
    for (at, (_, head)) in pairs.iter().enumerate() {
        let before = pairs.iter().zip(&ends).enumerate().take(at).filter(|(_, ((_, earlier), _))| earlier < head);
        let best = before.max_by_key(|(index, (_, (length, _)))| (*length, usize::MAX - index));
        ends.push(best.map_or((1, None), |(index, (_, (length, _)))| (length + 1, Some(index))));
    }
    let mut at =
        ends.iter().enumerate().max_by_key(|(index, (length, _))| (*length, usize::MAX - index)).map(|(at, _)| at);
    let mut rising = Vec::new();
    while let Some(index) = at {
        rising.extend(pairs.get(index));
        at = ends.get(index).and_then(|(_, before)| *before);
    }
    rising.reverse();
    rising
}

#[cfg(test)]
mod tests {
    use super::align;

    fn shown(before: &str, after: &str) -> String {
        let keys = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        let (before, after) = (keys(before), keys(after));
        let one = |aligned: super::Aligned| match (aligned.base, aligned.head) {
            (None, Some(head)) => format!("+{}", after[head]),
            (Some(base), None) => format!("-{}", before[base]),
            (_, Some(head)) if aligned.moved => format!(">{}", after[head]),
            (_, head) => after[head.unwrap()].clone(),
        };
        align(&before, &after).into_iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn as_few_lines_as_can_be_have_moved() {
        assert_eq!(shown("abcd", "dabc"), ">d a b c");
        assert_eq!(shown("abcd", "bcda"), "b c d >a");
        assert_eq!(shown("ab", "ab"), "a b");
    }

    #[test]
    fn what_is_gone_stands_behind_what_it_followed() {
        assert_eq!(shown("abc", "axc"), "a +x -b c");
        assert_eq!(shown("abc", "c"), "-a -b c");
        assert_eq!(shown("abc", ""), "-a -b -c");
        assert_eq!(shown("", "ab"), "+a +b");
    }
}
