//! What the faces of `show` have in common: shares, regions and keys in words. Names are as they are; each face escapes them.

use std::collections::BTreeMap;

use crate::cli::eval::steps::bare;
use crate::count::Fraction;
use crate::evaluate::AttributeValue;
use crate::evaluate::event::instant_text;
use crate::show::{Between, End, KeyEnd, LineShares, NamedKey, NamedKeys, Part, Picture, Region, State};

/// Regions, keys and instants beyond these are counted only; `--json` has them all.
pub(super) const SHOWN: usize = 12;

/// `2.5%`; `~33.33333333%` where no percentage is exact.
pub(super) fn percent(share: &Fraction) -> String {
    let text = share.to_string();
    match text.split_once(" (") {
        None => text.replace("about ", "~"),
        Some((_, near)) => format!("~{}", near.trim_end_matches(')')),
    }
}

/// `2.5%`, or `0–2.5%` where regions differ.
pub(super) fn between(share: &Between, dash: &str) -> String {
    if share.exact().is_some() {
        return percent(&share.least);
    }
    format!("{}{dash}{}", percent(&share.least).trim_end_matches('%'), percent(&share.most))
}

/// A variation, and by which holdout its subjects are held out.
pub(super) fn part(part: &Part) -> String {
    match &part.holdout {
        None => part.variation.to_string(),
        Some(holdout) => format!("{}, held out by {holdout}", part.variation),
    }
}

/// What a line assigns that is worth a look: nothing where it takes nobody, and no holdout that holds nobody out.
pub(super) fn parts(shares: &LineShares) -> impl Iterator<Item = &Part> {
    let any = !shares.take.most.is_zero();
    shares.parts.iter().filter(move |part| any && (part.holdout.is_none() || !part.share.most.is_zero()))
}

/// The variation of a line that has only one.
pub(super) fn only(shares: &LineShares) -> Option<&str> {
    match shares.parts.as_slice() {
        [part] if part.holdout.is_none() => Some(&part.variation),
        _ => None,
    }
}

/// Whose shares these are.
pub(super) fn population(given: &[String]) -> String {
    match given {
        [] => "shares of all subjects with the same attributes, of their declared types".to_owned(),
        given => format!(
            "shares of all subjects with {} and the same other attributes, of their declared types",
            given.join(" ")
        ),
    }
}

/// Why there is no waterfall.
pub(super) fn unserved(picture: &Picture) -> Option<String> {
    let Picture { flag, environment, .. } = picture;
    let why = match picture.state {
        State::Served => return None,
        State::Disabled => format!("{flag} is disabled in {environment}"),
        State::Unmentioned => format!("{flag} does not mention {environment}"),
    };
    Some(format!("{why}: everyone gets the caller's default"))
}

/// When the picture is as shown, and when else it changes; none where time changes nothing.
pub(super) fn times(picture: &Picture) -> Option<String> {
    let sentences: Vec<String> = changes(picture).into_iter().chain(unchecked(picture)).collect();
    (!sentences.is_empty()).then(|| sentences.join("; "))
}

/// What was not looked at, never passed over in silence.
fn unchecked(picture: &Picture) -> Option<String> {
    let (first, last) = (picture.unchecked.first()?, picture.unchecked.last()?);
    let (first, last) = (instant_text(*first), instant_text(*last));
    let when = match picture.unchecked.len() {
        1 => format!("at {first}"),
        many => format!("at {many} instants from {first} to {last}"),
    };
    Some(format!("whether it changes {when} was too much to work out: --at shows one"))
}

fn changes(picture: &Picture) -> Option<String> {
    let shown = match picture.unchanged() {
        (None, None) => return None,
        (Some(since), None) => format!("as shown since {}", instant_text(since)),
        (None, Some(until)) => format!("as shown before {}", instant_text(until)),
        (Some(since), Some(until)) => {
            format!("as shown from {} until before {}", instant_text(since), instant_text(until))
        }
    };
    let (since, until) = picture.unchanged();
    let others = picture.changes.iter().filter(|change| Some(**change) != since && Some(**change) != until);
    let others: Vec<String> = others.map(|change| instant_text(*change)).collect();
    let listed = others.get(..SHOWN).unwrap_or(&others).join(", ");
    Some(match others.len() {
        0 => shown,
        1..=SHOWN => format!("{shown}; it also changes at {listed}"),
        many => format!("{shown}; it also changes at {listed} and {} more instants: --json has them all", many - SHOWN),
    })
}

/// `region 1 of 3: targeted by a, b`.
pub(super) fn region(number: usize, region: &Region, picture: &Picture) -> String {
    let names = |lines: &[usize]| {
        let found = lines.iter().filter_map(|line| picture.lines.get(*line)).filter(|line| line.name != "otherwise");
        found.map(|line| line.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let (all, some) = (names(&region.targeted), names(&region.partly));
    let who = match (all.as_str(), some.as_str()) {
        ("", "") => "targeted by no step".to_owned(),
        (all, "") => format!("targeted by {all}"),
        ("", some) => format!("some targeted by {some}"),
        (all, some) => format!("targeted by {all}, some by {some}"),
    };
    format!("region {number} of {}: {who}", picture.regions.len())
}

/// `for instance country=US`.
pub(super) fn instance(region: &Region) -> String {
    let written = attributes(&region.attributes);
    if written.is_empty() { "for instance without attributes".to_owned() } else { format!("for instance {written}") }
}

/// `country=US age=18`, as `eval` takes them.
pub(super) fn attributes(attributes: &BTreeMap<String, AttributeValue>) -> String {
    let written = attributes.iter().map(|(name, value)| {
        let value = value.text().map_or_else(|| "#null".to_owned(), |text| bare(&text));
        format!("{name}={value}")
    });
    written.collect::<Vec<_>>().join(" ")
}

/// `2 of 3 keys named by staff get on through staff`.
pub(super) fn keys(group: &NamedKeys, end: &KeyEnd, picture: &Picture) -> String {
    let name = |line: usize| picture.lines.get(line).map_or("", |line| line.name.as_str());
    let by = group.lines.iter().map(|line| name(*line)).collect::<Vec<_>>().join(", ");
    let noun = if group.many == 1 { "key" } else { "keys" };
    let by = if by.is_empty() { String::new() } else { format!(" named by {by}") };
    let (many, of) = (end.keys.len(), group.many);
    let verb = if many == 1 { "gets" } else { "get" };
    let what = match &end.end {
        End::Default => "the caller's default".to_owned(),
        End::Assigned { line, holdout: None, variation } => format!("{variation} through {}", name(*line)),
        End::Assigned { line, holdout: Some(holdout), variation } => {
            format!("{variation} through {}, held out by {holdout}", name(*line))
        }
    };
    format!("{many} of {of} {noun}{by} {verb} {what}")
}

/// The keys themselves, with the attributes that it takes; at most so many.
pub(super) fn key_list(keys: &[NamedKey], most: usize) -> String {
    let shown = keys.iter().take(most).map(|named| {
        let key = bare(&named.key);
        if named.attributes.is_empty() { key } else { format!("{key} with {}", attributes(&named.attributes)) }
    });
    let list = shown.collect::<Vec<_>>().join(", ");
    if keys.len() > most { format!("{list}, and {} more", keys.len() - most) } else { list }
}

/// `and 4 more regions: --json has them all`.
pub(super) fn more_regions(picture: &Picture) -> Option<String> {
    let hidden = picture.regions.len().checked_sub(SHOWN).filter(|hidden| *hidden > 0)?;
    Some(format!("and {hidden} more {}: --json has them all", if hidden == 1 { "region" } else { "regions" }))
}
