//! Random configurations, as text so that odd spellings, repeated members and broken parts occur, and random subjects.

use std::fmt::Write;

use flagfall::evaluate::{AttributeValue, Subject};
use flagfall::ufc::VariationType;
use jiff::Timestamp;

/// A seeded source of choices (SplitMix64).
pub(crate) struct Dice {
    state: u64,
    /// Whether parts may be broken.
    broken: bool,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15), broken: false }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }
}

const NAMES: &[&str] = &["a", "b", "id", "country", "größe", "version", ""];
const FLAGS: &[&str] = &["f", "g", "schlüssel"];
const VARIATIONS: &[&str] = &["on", "off", "naïve", "3"];
const DANGLING: &[&str] = &["on", "off", "naïve", "3", "gone"];
const TEXTS: &[&str] = &[
    "US",
    "us",
    "CA",
    "true",
    "false",
    "TRUE",
    "1",
    "1.0",
    "010",
    "1e3",
    "18",
    "0.5",
    "1.2.3",
    "1.2.3-rc.1",
    "1.2.3-rc.2",
    "1.2.3+b",
    "1.2.4+a",
    "1.2.4+b",
    "v1.2.3",
    "1.2",
    "1.10.0",
    "1.2.3-",
    "",
    "inf",
    "-inf",
    "NaN",
    " 5",
    "0x10",
    "é",
    "ana@example.com",
    "a\nb",
    "9007199254740993",
    "1000000000000000000000",
    "0.0000001",
    "ana",
    "-0",
    "null",
];
const PATTERNS: &[&str] = &[
    "^a",
    "@example\\.com$",
    "[",
    "(?=x)",
    ".",
    "",
    "é",
    "^1$",
    "^(true|1)$",
    "(?P<n>U)S",
    "[[:alpha:]]",
    "^$",
    "a++",
];
/// Patterns that take long to compile, so they are rarer.
const LARGE_PATTERNS: &[&str] = &["(?i)us", "\\d+", "a{1001}", "\\w+\\s\\w", "\\p{L}"];
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-0.0",
    "1",
    "1.0",
    "18",
    "0.5",
    "-1",
    "1e3",
    "1E+2",
    "1e-7",
    "1e21",
    "1e308",
    "5e-324",
    "123456789012345678",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "9223372036854775807",
    "0.30000000000000004",
    "0.1234567890123456789",
    "3.14159",
    "2.5",
    "10000",
    "4294967296",
    "-9223372036854775809",
];
const DATES: &[&str] = &[
    "2024-01-01T00:00:00.000Z",
    "2024-06-01T12:00:00Z",
    "2024-06-01T12:00:00.000001Z",
    "2024-06-01T14:00:00+02:00",
    "2024-06-01 12:00:00 UTC",
    "9999-12-31T00:00:00.000Z",
    "+20000-01-01T00:00:00Z",
    "1969-12-31T23:59:59.5Z",
    "2024-6-1T12:0:0.25Z",
    "2016-12-31T23:59:60Z",
];
const BAD_DATES: &[&str] = &["2024-01-01", "tomorrow", "", "2024-13-01T00:00:00Z", "2024-06-01T12:00:00"];
const INSTANTS: &[&str] = &[
    "2024-06-01T12:00:00Z",
    "2024-06-01T12:00:00.000001Z",
    "2024-06-01T12:00:00.25Z",
    "2024-01-01T00:00:00Z",
    "2023-12-31T23:59:59.999999999Z",
    "1969-12-31T23:59:59.5Z",
    "2030-01-01T00:00:00.123Z",
    "1960-05-05T05:05:05.123456Z",
];
const JUNK: &[&str] = &["null", "5", "1.5", "\"x\"", "[]", "{}", "true", "[1]", "{\"x\":null}", "-1", "[null]"];

pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An object from members. Where parts may be broken, now and then one is missing, repeated or something else.
fn object(dice: &mut Dice, members: Vec<(&str, String)>) -> String {
    let mut out = Vec::new();
    for (name, value) in members {
        let value = if dice.broken && dice.one_in(250) { dice.pick(JUNK).to_owned() } else { value };
        let member = format!("{}:{value}", quoted(name));
        match (dice.broken, dice.below(400)) {
            (true, 0) => {}
            (true, 1) => out.extend([member.clone(), member]),
            (true, 2) => out.extend([format!("\"unknown\":{}", dice.pick(JUNK)), member]),
            _ => out.push(member),
        }
    }
    format!("{{{}}}", out.join(","))
}

fn list(dice: &mut Dice, most: u64, mut item: impl FnMut(&mut Dice) -> String) -> String {
    let items: Vec<_> = (0..dice.below(most + 1)).map(|_| item(dice)).collect();
    format!("[{}]", items.join(","))
}

fn number(dice: &mut Dice) -> String {
    match dice.below(8) {
        0 => {
            let float = f64::from_bits(dice.next());
            if float.is_finite() { format!("{float:e}") } else { "7".to_owned() }
        }
        1 => {
            let mut digits = String::from("0.");
            (0..dice.below(40) + 1).for_each(|_| write!(digits, "{}", dice.below(10)).unwrap());
            digits
        }
        2 => format!("{}", dice.below(40) as f64 / 2.0),
        _ => dice.pick(NUMBERS).to_owned(),
    }
}

/// A configuration; `broken` lets parts be missing, repeated or ill-typed, and values not fit their flag.
pub(crate) fn document(dice: &mut Dice, broken: bool) -> String {
    dice.broken = broken;
    let flags = FLAGS.iter().map(|key| {
        let flag = flag(dice, key);
        format!("{}:{flag}", quoted(key))
    });
    let flags = format!("{{{}}}", flags.collect::<Vec<_>>().join(","));
    let environment = object(dice, vec![("name", "\"test\"".to_owned())]);
    let created = quoted(if broken && dice.one_in(60) { dice.pick(BAD_DATES) } else { dice.pick(DATES) });
    let format = "\"SERVER\"".to_owned();
    object(dice, vec![("createdAt", created), ("format", format), ("environment", environment), ("flags", flags)])
}

fn flag(dice: &mut Dice, key: &str) -> String {
    let kind = dice.pick(&VariationType::ALL);
    let inner = if dice.one_in(20) && dice.broken { "other" } else { key };
    let variations = VARIATIONS.iter().map(|name| {
        let value = variation_value(dice, kind);
        let inner = if dice.broken && dice.one_in(30) { format!("inner-{name}") } else { (*name).to_owned() };
        format!("{}:{}", quoted(name), object(dice, vec![("key", quoted(&inner)), ("value", value)]))
    });
    let variations = format!("{{{}}}", variations.collect::<Vec<_>>().join(","));
    let total = dice.pick(&[10_000, 10_000, 10_000, 7, 1, 9_973, u32::MAX]);
    let allocations = list(dice, 5, |dice| allocation(dice, total));
    let kind = quoted(if dice.broken && dice.one_in(100) { "DATE" } else { kind.wire() });
    let members = vec![
        ("key", quoted(inner)),
        ("enabled", (!dice.one_in(12)).to_string()),
        ("variationType", kind),
        ("variations", variations),
        ("allocations", allocations),
        ("totalShards", total.to_string()),
    ];
    object(dice, members)
}

fn variation_value(dice: &mut Dice, kind: VariationType) -> String {
    if dice.broken && dice.one_in(10) {
        return match dice.below(3) {
            0 => quoted(dice.pick(TEXTS)),
            1 => number(dice),
            _ => "true".to_owned(),
        };
    }
    match kind {
        VariationType::Boolean => dice.one_in(2).to_string(),
        VariationType::String => quoted(dice.pick(TEXTS)),
        VariationType::Numeric => number(dice),
        VariationType::Integer => {
            dice.pick(&["1", "0", "-5", "2.0", "2147483648", "9007199254740993", "1e3", "1.5"]).to_owned()
        }
        VariationType::Json => {
            quoted(dice.pick(&["{}", "{\"a\": 1, \"a\": 2.50}", "[1,null]", "null", "{", "\"é\"", "1e400"]))
        }
    }
}

fn allocation(dice: &mut Dice, total: u32) -> String {
    let mut members = vec![("key", quoted(&format!("step-{}", dice.below(4))))];
    if !dice.one_in(4) {
        members.push(("rules", list(dice, 3, rule)));
    }
    for name in ["startAt", "endAt"] {
        if dice.one_in(5) {
            let bad = dice.broken && dice.one_in(10);
            members.push((name, quoted(dice.pick(if bad { BAD_DATES } else { DATES }))));
        } else if dice.one_in(20) {
            members.push((name, "null".to_owned()));
        }
    }
    members.push(("splits", list(dice, 4, |dice| split(dice, total))));
    if !dice.one_in(10) {
        members.push(("doLog", (!dice.one_in(4)).to_string()));
    }
    object(dice, members)
}

fn rule(dice: &mut Dice) -> String {
    let conditions = list(dice, 2, condition);
    object(dice, vec![("conditions", conditions)])
}

fn condition(dice: &mut Dice) -> String {
    if dice.broken && dice.one_in(60) {
        return dice.pick(JUNK).to_owned();
    }
    let operator = dice.pick(&["MATCHES", "NOT_MATCHES", "ONE_OF", "NOT_ONE_OF", "IS_NULL", "GT", "GTE", "LT", "LTE"]);
    let value = match operator {
        "MATCHES" | "NOT_MATCHES" if dice.one_in(12) => quoted(dice.pick(LARGE_PATTERNS)),
        "MATCHES" | "NOT_MATCHES" => quoted(dice.pick(PATTERNS)),
        "ONE_OF" | "NOT_ONE_OF" => list(dice, 12, |dice| quoted(dice.pick(TEXTS))),
        "IS_NULL" => dice.one_in(2).to_string(),
        _ if dice.one_in(2) => quoted(dice.pick(TEXTS)),
        _ => number(dice),
    };
    let value = if dice.broken && dice.one_in(30) { dice.pick(JUNK).to_owned() } else { value };
    let operator = if dice.broken && dice.one_in(40) { "EQ" } else { operator };
    let attribute = quoted(dice.pick(NAMES));
    object(dice, vec![("attribute", attribute), ("operator", quoted(operator)), ("value", value)])
}

fn split(dice: &mut Dice, total: u32) -> String {
    let shards = list(dice, 3, |dice| {
        let ranges = list(dice, 3, |dice| range(dice, total));
        let salt = quoted(dice.pick(&["f/s/traffic", "f/s/split", "", "sälz"]));
        object(dice, vec![("salt", salt), ("ranges", ranges)])
    });
    let variation = quoted(dice.pick(DANGLING));
    let mut members = vec![("variationKey", variation), ("shards", shards)];
    if dice.one_in(3) {
        let value = quoted(dice.pick(TEXTS));
        let more = if dice.broken && dice.one_in(15) { "7".to_owned() } else { "\"é\"".to_owned() };
        members.push(("extraLogging", format!("{{\"ticket\":{value},\"zeta\":{more},\"ticket\":{value}}}")));
    }
    object(dice, members)
}

fn range(dice: &mut Dice, total: u32) -> String {
    let (start, end) = match dice.below(4) {
        0 => (0, total),
        1 => (0, (u64::from(total) / 2) as u32),
        _ => (dice.below(u64::from(total)) as u32, dice.below(u64::from(total)) as u32),
    };
    if dice.broken && dice.one_in(40) {
        return format!("[{start},{end}]");
    }
    object(dice, vec![("start", start.to_string()), ("end", end.to_string())])
}

/// What is asked of a configuration.
#[derive(Debug)]
pub(crate) struct Evaluation {
    pub(crate) flag: &'static str,
    pub(crate) subject: Subject,
    pub(crate) requested: Option<VariationType>,
    pub(crate) at: Timestamp,
}

pub(crate) fn evaluation(dice: &mut Dice) -> Evaluation {
    let mut subject =
        Subject { key: dice.pick(&["ana", "bob", "", "subject-1", "☕", "18", "x"]).to_owned(), ..Subject::default() };
    if dice.one_in(2) {
        subject.key = format!("subject-{}", dice.below(1_000));
    }
    for _ in 0..dice.below(6) {
        let value = attribute(dice);
        subject.attributes.insert(dice.pick(NAMES).to_owned(), value);
    }
    let flag = if dice.one_in(30) { "absent" } else { dice.pick(FLAGS) };
    let requested = dice.one_in(4).then(|| dice.pick(&VariationType::ALL));
    Evaluation { flag, subject, requested, at: dice.pick(INSTANTS).parse().unwrap() }
}

fn attribute(dice: &mut Dice) -> AttributeValue {
    match dice.below(10) {
        0 => AttributeValue::Null,
        1 => AttributeValue::Bool(true),
        2 => AttributeValue::Bool(false),
        3 => AttributeValue::Number(dice.pick(&[
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            -0.0,
            1e21,
            1e-7,
            f64::MIN_POSITIVE,
        ])),
        4 | 5 => AttributeValue::Number(number(dice).parse().unwrap()),
        6 => AttributeValue::Number(dice.below(40) as f64 / 2.0),
        _ => AttributeValue::Text(dice.pick(TEXTS).to_owned()),
    }
}
