//! Pictures of rows made by hand: who is targeted is given, the shares are counted.

use std::collections::BTreeMap;

use super::{Between, Changes, Drawing, End, Kind, Line, Picture, State};
use crate::count::{Distribution, Fraction, Outcome, Targeting, shares};
use crate::evaluate::AttributeValue;
use crate::lower::{Lowered, Origin, OriginKind};
use crate::region::Row;
use crate::source::{FileKind, SourceSet, Span};
use crate::ufc;

/// A gate by key and by mail, an experiment with a holdout, one that stops, a placement that is off, and the rest.
fn waterfall() -> (Vec<Line>, Lowered) {
    let split = |variation: &str, shards: &str| format!(r#"{{"variationKey":"{variation}","shards":[{shards}]}}"#);
    let shard =
        |salt: &str, from: u32, to: u32| format!(r#"{{"salt":"{salt}","ranges":[{{"start":{from},"end":{to}}}]}}"#);
    let exposed = |salt: &str, exposure: u32, from: u32, to: u32| {
        format!("{},{}", shard(&format!("{salt}/traffic"), 0, exposure), shard(salt, from, to))
    };
    let arms = |salt: &str, exposure: u32, more: &str| {
        let control = exposed(salt, exposure, 0, 5000) + more;
        let bold = exposed(salt, exposure, 5000, 10_000) + more;
        (control, bold)
    };
    let (held_control, held_bold) = arms("copy", 4000, &format!(",{}", shard("holdout", 0, 500)));
    let (control, bold) = arms("copy", 4000, "");
    let (few, most) = arms("pro", 2000, "");
    let allocation = |key: &str, rules: &str, splits: &[String]| {
        format!(r#"{{"key":"{key}","doLog":true,"rules":[{rules}],"splits":[{}]}}"#, splits.join(","))
    };
    let listed = r#"{"conditions":[{"attribute":"id","operator":"ONE_OF","value":["acct-1","acct-2","acct-3"]}]}"#;
    let allocations = [
        allocation("staff", listed, &[split("bold", "")]),
        allocation("copy/holdout", "", &[split("control", &held_control), split("control", &held_bold)]),
        allocation("copy", "", &[split("control", &control), split("bold", &bold)]),
        allocation("pro", "", &[split("control", &few), split("bold", &most)]),
        allocation("otherwise", "", &[split("control", "")]),
    ];
    let text = format!(
        r#"{{"createdAt":"2026-01-01T00:00:00.000Z","format":"SERVER","environment":{{"name":"production"}},"flags":{{"checkout":{{"key":"checkout",
        "enabled":true,"variationType":"STRING","totalShards":10000,"variations":{{"control":{{"key":"control","value":"a"}},
        "bold":{{"key":"bold","value":"b"}}}},"allocations":[{}]}}}}}}"#,
        allocations.join(",")
    );
    let config = ufc::read(text.as_bytes()).unwrap();
    let flag = config.flags["checkout"].clone().unwrap();
    let mut sources = SourceSet::default();
    let file = sources.add("main.kdl", "main.kdl", FileKind::Definitions, "");
    let origin = |step: &str, line: u32, kind: OriginKind| {
        let span = Span::new(file, line, line);
        Origin { step: step.to_owned(), kind, placement: span, definition: span }
    };
    let origins = vec![
        origin("staff", 0, OriginKind::Step),
        origin("copy-test", 1, OriginKind::Holdout("growth".to_owned())),
        origin("copy-test", 1, OriginKind::Step),
        origin("pro-test", 2, OriginKind::Step),
        origin("otherwise", 3, OriginKind::Otherwise),
    ];
    let line = |name: &str, kind, allocations: &[usize]| Line {
        name: name.to_owned(),
        kind,
        enabled: !allocations.is_empty(),
        stops: name == "pro-test",
        allocations: allocations.to_vec(),
    };
    let lines = vec![
        line("staff", Kind::Gate, &[0]),
        line("parked", Kind::Gate, &[]),
        line("copy-test", Kind::Experiment, &[1, 2]),
        line("pro-test", Kind::Experiment, &[3]),
        line("otherwise", Kind::Otherwise, &[4]),
    ];
    (lines, Lowered { flag, origins })
}

fn row(lowered: &Lowered, targeted: &[usize], attributes: &[(&str, &str)]) -> Row {
    let targeting: Vec<Targeting> =
        (0..5).map(|at| if targeted.contains(&at) { Targeting::In } else { Targeting::Out }).collect();
    let text = |(name, value): &(&str, &str)| ((*name).to_owned(), AttributeValue::Text((*value).to_owned()));
    Row {
        distribution: shares(&lowered.flag, &targeting).unwrap(),
        targeting,
        attributes: attributes.iter().map(text).collect(),
        key: None,
    }
}

fn keyed(key: &str, outcome: Outcome, attributes: &[(&str, &str)]) -> Row {
    let (_, lowered) = waterfall();
    let row = row(&lowered, &[0, 4], attributes);
    Row { distribution: Distribution::all(outcome), key: Some(key.to_owned()), ..row }
}

fn percent(share: &str) -> Between {
    let (least, most) = share.split_once("..").unwrap_or((share, share));
    let exact = |text: &str| {
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        Fraction::from_percent(text.replace('.', "").parse().unwrap(), u32::try_from(decimals).unwrap()).unwrap()
    };
    Between { least: exact(least).into(), most: exact(most).into() }
}

fn draw(rows: &[Row]) -> Drawing {
    let (lines, lowered) = waterfall();
    Drawing::of(&lines, &lowered, rows).unwrap()
}

/// Everyone's rows: who is targeted by nothing, by the experiment, by both; and three keys.
fn rows() -> Vec<Row> {
    let (_, lowered) = waterfall();
    vec![
        row(&lowered, &[4], &[]),
        row(&lowered, &[4], &[("country", "DE")]),
        row(&lowered, &[1, 2, 4], &[("country", "US")]),
        row(&lowered, &[1, 2, 3], &[("country", "US"), ("plan", "pro")]),
        keyed("acct-1", Outcome::Assigned(0, 0), &[]),
        keyed("acct-2", Outcome::Assigned(0, 0), &[("country", "US")]),
        keyed("acct-2", Outcome::Assigned(4, 0), &[("country", "DE")]),
        keyed("acct-3", Outcome::Default, &[]),
    ]
}

/// A whole picture, for the faces.
pub(crate) fn several_regions() -> Picture {
    picture(&rows())
}

/// The same waterfall for subjects who do not differ.
pub(crate) fn one_region() -> Picture {
    let (_, lowered) = waterfall();
    let mut picture = picture(&[row(&lowered, &[1, 2, 3], &[("country", "US")])]);
    picture.changes = vec![picture.at];
    picture
}

/// A flag that is not served.
pub(crate) fn disabled() -> Picture {
    let mut picture = picture(&rows());
    picture.state = State::Disabled;
    picture
}

fn picture(rows: &[Row]) -> Picture {
    let (lines, _) = waterfall();
    let Drawing { overall, regions, keys } = draw(rows);
    let at = |text: &str| text.parse().unwrap();
    Picture {
        flag: "checkout".to_owned(),
        environment: "production".to_owned(),
        at: at("2027-02-01T00:00:00Z"),
        state: State::Served,
        lines,
        overall,
        regions,
        keys,
        unchecked: Vec::new(),
        changes: vec![at("2026-11-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), at("2027-07-01T00:00:00Z")],
    }
}

#[test]
fn each_line_takes_of_those_whom_the_lines_above_left() {
    let shares = one_region().overall;
    let [staff, parked, copy, pro, otherwise] = shares.lines.as_slice() else { panic!("{shares:?}") };
    assert_eq!(
        (staff.reach.clone(), staff.take.clone(), staff.falls_on.clone()),
        (percent("100"), percent("0"), percent("100"))
    );
    assert_eq!((parked.reach.clone(), parked.falls_on.clone()), (percent("100"), percent("100")));
    assert_eq!(
        (copy.reach.clone(), copy.take.clone(), copy.falls_on.clone()),
        (percent("100"), percent("40"), percent("60"))
    );
    assert_eq!((pro.reach.clone(), pro.take.clone()), (percent("60"), percent("12")));
    assert_eq!((otherwise.reach.clone(), otherwise.take.clone()), (percent("0"), percent("0")));
    assert_eq!(shares.default, percent("48"));
}

#[test]
fn held_out_subjects_are_apart_and_part_of_what_is_taken() {
    let shares = one_region().overall;
    let parts: Vec<_> = shares.lines[2]
        .parts
        .iter()
        .map(|part| (&*part.variation, part.holdout.as_deref(), part.share.clone()))
        .collect();
    let expected =
        [("control", None, percent("19")), ("bold", None, percent("19")), ("control", Some("growth"), percent("2"))];
    assert_eq!(parts, expected);
}

#[test]
fn whom_a_stopping_line_leaves_out_does_not_fall_on() {
    let pro = one_region().overall.lines[3].clone();
    assert_eq!((pro.stopped.clone(), pro.falls_on.clone()), (percent("48"), percent("0")));
    // It does not stop whom it does not target.
    let (_, lowered) = waterfall();
    let others = draw(&[row(&lowered, &[4], &[])]).overall;
    assert_eq!((others.lines[3].stopped.clone(), others.lines[3].falls_on.clone()), (percent("0"), percent("100")));
    assert_eq!(others.lines[4].take, percent("100"));
}

#[test]
fn rows_with_the_same_numbers_are_one_region_and_others_give_a_least_and_a_most() {
    let drawing = draw(&rows());
    assert_eq!(drawing.regions.len(), 3);
    assert_eq!(drawing.regions[0].attributes, BTreeMap::new());
    assert_eq!(drawing.regions[2].targeted, [2, 3]);
    let copy = &drawing.overall.lines[2];
    assert_eq!(
        (copy.reach.clone(), copy.take.clone(), copy.falls_on.clone()),
        (percent("100"), percent("0..40"), percent("60..100"))
    );
    assert_eq!(copy.take.exact(), None);
    assert_eq!(drawing.overall.default, percent("0..48"));
}

#[test]
fn a_line_that_targets_only_some_of_a_region_is_said_to() {
    let (_, lowered) = waterfall();
    // The gate takes everyone; that it targets them is all that counts.
    let rows = [row(&lowered, &[0, 3], &[("a", "1"), ("b", "1")]), row(&lowered, &[0], &[("a", "2")])];
    let drawing = draw(&rows);
    assert_eq!((drawing.regions.len(), drawing.regions[0].targeted.as_slice()), (1, &[0][..]));
    assert_eq!(drawing.regions[0].attributes.len(), 1);
    let stopped = draw(&[row(&lowered, &[4], &[]), row(&lowered, &[1, 4], &[])]);
    assert_eq!(stopped.regions.len(), 2, "the holdout alone takes somebody");
}

#[test]
fn named_keys_are_counted_apart_from_shares() {
    let drawing = draw(&rows());
    assert_eq!(drawing.overall.lines[0].take, percent("0"), "keys are no share");
    let [group] = drawing.keys.as_slice() else { panic!("{:?}", drawing.keys) };
    assert_eq!((group.lines.as_slice(), group.many), (&[0][..], 3));
    let keys = |at: usize| group.ends[at].keys.iter().map(|key| &*key.key).collect::<Vec<_>>();
    assert_eq!((keys(0), keys(1), keys(2)), (vec!["acct-1", "acct-2"], vec!["acct-2"], vec!["acct-3"]));
    assert!(group.ends[0].keys[0].attributes.is_empty(), "acct-1 gets it whatever its attributes are");
    assert!(!group.ends[0].keys[1].attributes.is_empty(), "acct-2 depends on them");
    assert_eq!(group.ends[2].end, End::Default);
}

#[test]
fn an_undecided_part_is_no_number() {
    let (lines, lowered) = waterfall();
    let row = Row { distribution: Distribution::all(Outcome::Undecided(0)), ..row(&lowered, &[4], &[]) };
    assert!(Drawing::of(&lines, &lowered, &[row]).is_err());
}

#[test]
fn other_examples_of_the_same_numbers_are_no_change() {
    let (_, lowered) = waterfall();
    let one = |attributes: &[(&str, &str)], targeted: &[usize]| draw(&[row(&lowered, targeted, attributes)]);
    assert!(one(&[("a", "1")], &[4]).same_numbers(&one(&[("b", "2")], &[4])));
    assert!(!one(&[], &[4]).same_numbers(&one(&[], &[2, 4])));
}

#[test]
fn what_is_shown_holds_from_the_change_before_to_the_change_after() {
    let mut picture = several_regions();
    let changes = picture.changes.clone();
    assert_eq!(picture.unchanged(), (Some(changes[1]), Some(changes[2])));
    picture.at = changes[0];
    assert_eq!(picture.unchanged(), (Some(changes[0]), Some(changes[1])));
    picture.changes.clear();
    assert_eq!(picture.unchanged(), (None, None));
}

#[test]
fn instants_too_far_away_to_look_at_are_named() {
    let (_, mut lowered) = waterfall();
    for (allocation, day) in lowered.flag.allocations.iter_mut().zip(1..) {
        allocation.start_at = Some(format!("2027-01-0{day}T00:00:00.000Z"));
    }
    let at = |day: u32| format!("2027-01-0{day}T00:00:00Z").parse::<jiff::Timestamp>().unwrap();
    let (shown, other) = (draw(&[row(&lowered, &[4], &[])]), draw(&[row(&lowered, &[2, 4], &[])]));
    // Only the third day is another.
    let drawn = |moment: jiff::Timestamp| if moment >= at(3) && moment < at(4) { shown.clone() } else { other.clone() };
    let all = Changes::around(&lowered.flag, at(3), &shown, |moment| Some(drawn(moment)));
    assert_eq!((all.known, all.unknown), (vec![at(3), at(4)], vec![]));
    let mut left = 2;
    let some = Changes::around(&lowered.flag, at(3), &shown, |moment| {
        left -= 1;
        (left >= 0).then(|| drawn(moment))
    });
    assert_eq!((some.known, some.unknown), (vec![at(3), at(4)], vec![at(1), at(2), at(5)]));
}
