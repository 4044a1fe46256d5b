//! What `show` says of a waterfall is what the evaluator does to every combination of shards.

use std::collections::{BTreeMap, BTreeSet};

use flagfall::count::Fraction;
use flagfall::diagnostic::Sink;
use flagfall::evaluate::bucket::shard;
use flagfall::evaluate::{AllocationCode, AttributeValue, Evaluator, Subject};
use flagfall::lower::{self, Lowered};
use flagfall::model::predicate::Predicates;
use flagfall::model::{self, resolve};
use flagfall::region::Limits;
use flagfall::show::{self, Picture, Shares, Subjects};
use flagfall::source::{FileKind, SourceSet};
use flagfall::{syntax, ufc};
use jiff::Timestamp;

use crate::cases;
use crate::universe::Random;

/// Few enough that every combination of the shards of six salts has a subject key.
const TOTAL: u32 = 4;
const COUNTRIES: [Option<&str>; 4] = [None, Some("US"), Some("CA"), Some("DE")];
const INSTANTS: [&str; 2] = ["2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"];
const TIMES: [&str; 3] = ["2026-12-01T00:00:00Z", "2027-01-15T00:00:00Z", "2027-03-01T00:00:00Z"];

/// A waterfall in KDL; and for each line the countries it is for, and whether it stops.
struct Written {
    text: String,
    audiences: Vec<Option<BTreeSet<&'static str>>>,
    stops: Vec<bool>,
}

fn written(random: &mut Random) -> Written {
    let (mut steps, mut placements) = (String::new(), String::new());
    let (mut audiences, mut stops) = (Vec::new(), Vec::new());
    let mut experiments = 0;
    for number in 0..1 + random.below(5) {
        let audience: Option<BTreeSet<&str>> = (!random.one_in(3)).then(|| {
            let first = random.pick(&["US", "CA", "DE"]);
            BTreeSet::from([first, random.pick(&["US", "CA", "DE"])])
        });
        let when = audience.as_ref().map_or_else(String::new, |countries| {
            format!("when country one-of {};", countries.iter().copied().collect::<Vec<_>>().join(" "))
        });
        let mut placed = String::new();
        if random.one_in(3) {
            placed += &format!(" start=\"{}\"", random.pick(&INSTANTS));
        }
        let experiment = experiments < 3 && !random.one_in(4);
        let stopping = experiment && random.one_in(3);
        if experiment {
            experiments += 1;
            let split = random.pick(&["a=50 b=50", "a=25 b=75", "a=50 b=25 c=25"]);
            // Experiments that share a salt are not independent of each other.
            let salts = random.pick(&["", "", " split-salt=same", " traffic-salt=same", " traffic-salt=other"]);
            steps += &format!("    experiment s{number}{salts} {{ split {split}; {when} }}\n");
            let share = random.pick(&["25%", "50%", "75%", "100%"]);
            let stop = if stopping { " exposure-miss=stop" } else { "" };
            placements += &format!("        experiment s{number} \"{share}\"{stop}{placed}\n");
        } else {
            steps += &format!("    gate s{number} serve={} {{ {when} }}\n", random.pick(&["a", "b"]));
            placements += &format!("        gate s{number}{placed}\n");
        }
        audiences.push(audience);
        stops.push(stopping);
    }
    if random.one_in(2) {
        placements += "        otherwise c\n";
        audiences.push(None);
        stops.push(false);
    }
    let variations = "    variation a \"1\"\n    variation b \"2\"\n    variation c \"3\"\n";
    let text = format!(
        "attribute country string\nflag law type=string total-shards={TOTAL} {{\n{variations}{steps}    env production enabled=#true {{\n{placements}    }}\n}}\n"
    );
    Written { text, audiences, stops }
}

fn read(text: &str) -> model::Workspace {
    let mut sources = SourceSet::new();
    let configuration = "edition \"2026\"\nenv production\n";
    sources.add("flagfall.kdl", "flagfall.kdl", FileKind::Configuration, configuration);
    sources.add("main.kdl", "main.kdl", FileKind::Definitions, text);
    let mut sink = Sink::new();
    let workspace = resolve::resolve(syntax::parse(&sources, &mut sink), &mut sink);
    assert!(!sink.has_errors(), "{text}\n{sink:?}");
    workspace
}

/// A subject key for every combination of shards of these salts.
fn keys(salts: &BTreeSet<&str>) -> Vec<String> {
    let combinations = (TOTAL as usize).pow(u32::try_from(salts.len()).unwrap());
    let mut found: BTreeMap<Vec<u32>, String> = BTreeMap::new();
    for number in 0_u64.. {
        if found.len() == combinations {
            break;
        }
        let key = format!("subject-{number}");
        found.entry(salts.iter().map(|salt| shard(salt, &key, TOTAL)).collect()).or_insert(key);
    }
    found.into_values().collect()
}

/// For each line who gets there, who is taken, who falls on, who is stopped; and who gets the default.
type Numbers = (Vec<[Fraction; 4]>, Fraction);

fn shown(shares: &Shares) -> Numbers {
    let exact = |share: &show::Between| share.exact().unwrap().clone();
    let lines = shares.lines.iter();
    let lines = lines.map(|line| [&line.reach, &line.take, &line.falls_on, &line.stopped].map(exact));
    (lines.collect(), exact(&shares.default))
}

/// The same, by asking the evaluator about each key.
fn walked(
    written: &Written,
    picture: &Picture,
    lowered: &Lowered,
    evaluator: &Evaluator<'_>,
    keys: &[String],
    country: Option<&str>,
    at: Timestamp,
) -> Numbers {
    let mut counts = vec![[0_u128; 4]; picture.lines.len()];
    let mut default = 0;
    let attributes: BTreeMap<String, AttributeValue> =
        country.iter().map(|one| ("country".to_owned(), AttributeValue::Text((*one).to_owned()))).collect();
    // A line that is not open targets nobody.
    let open = |line: usize| {
        picture.lines[line].allocations.iter().any(|index| {
            let start = lowered.flag.allocations[*index].start_at.as_ref();
            start.is_none_or(|start| start.parse::<Timestamp>().unwrap() <= at)
        })
    };
    let targets = |line: usize| {
        open(line) && written.audiences[line].as_ref().is_none_or(|who| country.is_some_and(|one| who.contains(one)))
    };
    for key in keys {
        let subject = Subject { key: key.clone(), attributes: attributes.clone() };
        let (_, trace) = evaluator.explain("law", &subject, None, at);
        let matched = trace.allocations.iter().find(|one| one.code == AllocationCode::Match);
        let taker =
            matched.map(|one| picture.lines.iter().position(|line| line.allocations.contains(&one.index)).unwrap());
        default += u128::from(taker.is_none());
        for line in 0..counts.len() {
            counts[line][0] += 1;
            if taker == Some(line) {
                counts[line][1] += 1;
                break;
            }
            if written.stops[line] && targets(line) {
                assert_eq!(taker, None, "{subject:?} is stopped");
                counts[line][3] += 1;
                break;
            }
            counts[line][2] += 1;
        }
    }
    let share = |many: u128| Fraction::new(many, keys.len() as u128).unwrap();
    (counts.into_iter().map(|line| line.map(share)).collect(), share(default))
}

#[test]
fn what_is_shown_of_each_region_is_what_happens_to_every_combination_of_shards() {
    let mut random = Random(41);
    let (mut regions, mut several) = (0, 0);
    for case in 0..cases(25) {
        let written = written(&mut random);
        let workspace = read(&written.text);
        let flag = &workspace.flags[0];
        let here = &flag.environments[0];
        let lowered = lower::lower(flag, here, &mut Predicates::new()).unwrap();
        let splits = lowered.flag.allocations.iter().flat_map(|allocation| &allocation.splits);
        let salts = splits.flat_map(|split| &split.shards).map(|shard| shard.salt.as_str()).collect();
        let keys = keys(&salts);
        let config = ufc::Config {
            created_at: String::new(),
            format: ufc::Format::Server,
            environment: String::new(),
            flags: BTreeMap::from([("law".to_owned(), Ok(lowered.flag.clone()))]),
        };
        let evaluator = Evaluator::new(&config);
        let declared = lower::declared(&workspace.attributes);
        let subjects = Subjects { given: &[], declared: &declared };
        let mut before: Option<Vec<Numbers>> = None;
        for (piece, time) in TIMES.iter().enumerate() {
            let at = time.parse().unwrap();
            let picture = show::picture(flag, "production", Some(here), subjects, at, Limits::default()).unwrap();
            let ours: Vec<Numbers> = picture.regions.iter().map(|region| shown(&region.shares)).collect();
            let theirs: Vec<Numbers> = COUNTRIES
                .iter()
                .map(|country| walked(&written, &picture, &lowered, &evaluator, &keys, *country, at))
                .collect();
            let context = format!("case {case} at {time}\n{}", written.text);
            assert!(theirs.iter().all(|one| ours.contains(one)), "{context}\n{ours:#?}\n{theirs:#?}");
            assert!(ours.iter().all(|one| theirs.contains(one)), "{context}\n{ours:#?}\n{theirs:#?}");
            let least = ours.iter().map(|(_, default)| default).min().unwrap();
            assert_eq!(*picture.overall.default.least, *least, "{context}");
            assert_eq!(picture.unchecked, [], "{context}");
            regions += ours.len();
            several += usize::from(ours.len() > 1);
            // Nobody's numbers change but at an instant that is said to change them.
            let change: Option<Timestamp> = piece.checked_sub(1).map(|last| INSTANTS[last].parse().unwrap());
            let changed = before.as_ref().is_some_and(|before| ours.iter().any(|one| !before.contains(one)));
            assert!(!changed || change.is_some_and(|change| picture.changes.contains(&change)), "{context}");
            before = Some(ours);
        }
    }
    assert!(regions > cases(25) * 4 && several > cases(25), "{regions} regions, {several} pictures of several");
}

#[test]
fn independent_experiments_are_counted_exactly_however_many_there_are() {
    for many in [11_usize, 60, 200] {
        let steps = (0..many).map(|number| format!("    experiment e{number} {{ split a=50 b=50; }}\n"));
        let placements = (0..many).map(|number| {
            let (minute, second) = (number / 60, number % 60);
            format!("        experiment e{number} \"1.01%\" start=\"2027-01-01T00:{minute:02}:{second:02}Z\"\n")
        });
        let text = format!(
            "flag law type=string {{\n    variation a \"1\"\n    variation b \"2\"\n{}    env production enabled=#true {{\n{}    }}\n}}\n",
            steps.collect::<String>(),
            placements.collect::<String>()
        );
        let workspace = read(&text);
        let (flag, declared) = (&workspace.flags[0], BTreeMap::new());
        let subjects = Subjects { given: &[], declared: &declared };
        let at = TIMES[2].parse().unwrap();
        let picture =
            show::picture(flag, "production", Some(&flag.environments[0]), subjects, at, Limits::default()).unwrap();
        let (takes, passes) = (Fraction::new(101, 10_000).unwrap(), Fraction::new(9_899, 10_000).unwrap());
        let mut reach = Fraction::ONE;
        for line in &picture.overall.lines {
            assert_eq!((line.reach.exact(), line.take.exact()), (Some(&reach), Some(&reach.times(&takes))));
            reach = reach.times(&passes);
        }
        assert_eq!(picture.overall.default.exact(), Some(&reach));
        assert_eq!((picture.changes.len(), picture.unchecked.len()), (many, 0));
    }
}
