//! The points and gaps of versions that conditions compare with.
//!
//! A version has one spelling, so a point is in a list or it is the only member of its class. Versions are ordered as the
//! evaluator orders them, build metadata last; a gap whose only members carry build metadata is there, but has no member of the
//! declared type: SDKs disagree about them.

use semver::{BuildMetadata, Prerelease, Version};

use super::Candidate;
use crate::evaluate::AttributeValue;
use crate::region::Declared;

/// A cell for each operand and each gap with a member, and where the grammar of versions is asked for, one for texts that fit the grammar
/// but not 64 bits.
pub(super) fn cells(
    operands: &[Version],
    listed: &[String],
    declared: Option<Declared>,
    grammar: bool,
) -> Vec<Candidate> {
    if operands.is_empty() && !grammar {
        return Vec::new();
    }
    let mut points = operands.to_vec();
    points.sort();
    points.dedup();
    let mut cells = Vec::new();
    let mut below: Option<&Version> = None;
    for point in &points {
        cells.extend(gap(below, Some(point), listed, declared));
        cells.extend(cell(&[point.to_string()], listed, declared));
        below = Some(point);
    }
    cells.extend(gap(below, None, listed, declared));
    if grammar {
        let huge: Vec<String> = (0..=listed.len()).map(|number| format!("99999999999999999999.0.{number}")).collect();
        cells.extend(cell(&huge, listed, declared));
    }
    cells
}

fn gap(
    below: Option<&Version>,
    above: Option<&Version>,
    listed: &[String],
    declared: Option<Declared>,
) -> Option<Candidate> {
    let inside =
        |version: &Version| below.is_none_or(|below| below < version) && above.is_none_or(|above| version < above);
    let mut versions = Vec::new();
    match below {
        Some(below) => versions.extend([
            Version::new(below.major, below.minor, below.patch),
            Version::new(below.major, below.minor, below.patch.saturating_add(1)),
            Version::new(below.major, below.minor.saturating_add(1), 0),
            Version::new(below.major.saturating_add(1), 0, 0),
        ]),
        None => versions.extend([Version::new(0, 0, 0), Version::new(0, 1, 0), Version::new(1, 0, 0)]),
    }
    if let Some(above) = above {
        versions.push(Version::new(above.major, above.minor, above.patch.saturating_sub(1)));
        versions.push(Version::new(above.major, above.minor.saturating_sub(1), 0));
    }
    versions.retain(inside);
    // The versions that follow one another without build metadata, from the least one of the gap.
    let least = below.map_or_else(|| prerelease(0, 0, 0, "0"), successor);
    let following = std::iter::successors(least, successor);
    versions.extend(following.take_while(inside).take(listed.len() + 1));
    let built = below.map(with_build).into_iter().flatten();
    let built = std::iter::successors(built.into_iter().next(), with_build);
    versions.extend(built.take_while(inside).take(listed.len() + 1));
    let texts: Vec<String> = versions.iter().map(Version::to_string).collect();
    cell(&texts, listed, declared)
}

/// The least version above all builds of this one, without build metadata.
fn successor(version: &Version) -> Option<Version> {
    if version.pre.is_empty() {
        return match (version.patch.checked_add(1), version.minor.checked_add(1), version.major.checked_add(1)) {
            (Some(patch), _, _) => prerelease(version.major, version.minor, patch, "0"),
            (None, Some(minor), _) => prerelease(version.major, minor, 0, "0"),
            (None, None, Some(major)) => prerelease(major, 0, 0, "0"),
            (None, None, None) => None,
        };
    }
    let longer = format!("{}.0", version.pre);
    prerelease(version.major, version.minor, version.patch, &longer)
}

fn prerelease(major: u64, minor: u64, patch: u64, pre: &str) -> Option<Version> {
    let pre = Prerelease::new(pre).ok()?;
    Some(Version { major, minor, patch, pre, build: BuildMetadata::EMPTY })
}

/// The same version with more build metadata, which is above it.
fn with_build(version: &Version) -> Option<Version> {
    let more = if version.build.is_empty() { "0".to_owned() } else { format!("{}.0", version.build) };
    Some(Version { build: BuildMetadata::new(&more).ok()?, ..version.clone() })
}

fn cell(texts: &[String], listed: &[String], declared: Option<Declared>) -> Option<Candidate> {
    let more: Vec<String> = texts.iter().filter(|text| listed.binary_search(text).is_err()).cloned().collect();
    let plain = |text: &&String| !text.contains('+') && Version::parse(text).is_ok();
    let typed = match declared {
        None | Some(Declared::Text) => more.iter().find(plain).or(more.first()),
        Some(Declared::Version) => more.iter().find(plain),
        Some(Declared::Number | Declared::Bool) => None,
    };
    let typed = typed.cloned().map(AttributeValue::Text);
    let any = typed.clone().or_else(|| more.first().cloned().map(AttributeValue::Text))?;
    Some(Candidate { any, typed, more })
}
