//! Subjects whose attributes are near what conditions ask, and far from it.

use std::collections::BTreeMap;

use flagfall::evaluate::{AttributeValue, Attributes, Subject};
use flagfall::model::AttributeType;
use flagfall::ufc;

/// Texts that engines have trouble with.
const TEXTS: &[&str] = &[
    "",
    " ",
    "plain",
    "Plain",
    "PLAIN",
    "plain ",
    "plain\n",
    "é",
    "e\u{301}",
    "É",
    "'; DROP TABLE subjects; --",
    "\\",
    "\\\\",
    "\\'",
    "'",
    "''",
    "\"",
    "a\nb",
    "a\r\nb",
    "a\n",
    "\n",
    "\t",
    "`",
    "%s",
    "%",
    "_",
    "${x}",
    "$1",
    "null",
    "NULL",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "1.0",
    "NaN",
    "inf",
    "\u{202e}x",
    "a.b",
    "axb",
    "a.bc",
    "(x)",
    "[yz",
    "\\z",
    "^",
    "$5",
    "x.com",
    "xcom",
    "x.com\n",
    "a|",
    "b}",
    "+*?",
    "o'",
    "ü&~-]",
    "q[w",
    "\\d",
    "☕",
    "straße",
    "STRASSE",
    "Straſse",
    "123",
    "١٢٣",
    "12a",
    "αβγ",
    "ab",
    "abab",
    "ababab",
    "aabbccc",
    "abc",
    "aab",
    "cc",
    "abcabc",
    "abcc",
    "🎈",
    "🎈🎈🎈",
    "日本語",
    "x",
    "yx",
    "xy",
    "x\n",
    "z",
    "qz",
    "-&~",
    "[]^\\",
    "ABC",
    "A\nB",
    "free",
    "pro",
    "enterprise",
    "US",
    "CA",
    "DE",
    "us",
    "ana@example.com",
    "ana@example.org",
    "ana@example.com ",
    "\u{feff}x",
    "a\u{200b}",
    "\u{10ffff}",
    "\u{e000}",
    "\u{1}",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
];

const NUMBERS: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.5,
    -7.0,
    3.0,
    4.0,
    5.0,
    17.0,
    17.999999999999,
    18.0,
    99.0,
    100.0,
    1e21,
    1e-7,
    1e300,
    -1e300,
    1.7976931348623157e308,
    5e-324,
    0.1,
    0.3,
    9_007_199_254_740_992.0,
    9_007_199_254_740_993.0,
    4_294_967_296.0,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

const VERSIONS: &[&str] = &[
    "0.0.9",
    "0.0.10",
    "0.1.0",
    "1.0.0",
    "1.0.0-rc.1",
    "1.0.0+build",
    "1.2.2",
    "1.2.3",
    "1.2.3-0",
    "1.2.3+1",
    "1.4.99",
    "1.5.0",
    "1.5.0-a",
    "2.0.0-alpha",
    "2.0.0-alpha.1",
    "2.0.0-alpha.1.0",
    "2.0.0-alpha.2",
    "2.0.0-alpha.01",
    "2.0.0-alpha.10",
    "2.0.0-Alpha.1",
    "2.0.0-1",
    "2.0.0",
    "2.3.9",
    "2.4.0",
    "2.4.0-rc",
    "2.4.0-rc.1",
    "2.4.0-rc.0",
    "2.4.0-rc.1+b",
    "2.4.0-rc.2",
    "2.4.0-rd",
    "2.10.0",
    "10.0.0",
    "10.2.0",
    "10.2.0+z",
    "10.2.1",
    "10.10.0",
    "9.99.99",
    "18446744073709551615.0.0",
    "18446744073709551616.0.0",
    "1.18446744073709551616.0",
    "1.2",
    "v1.2.3",
    "01.2.3",
    "1.2.3.4",
    "1.2.3-",
    "1.2.3\n",
    "",
    "latest",
    "1.2.3-é",
    "１.2.3",
    "99999999999999999999999.0.0",
];

/// Numbers that look drawn, the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    fn of<T: Clone>(&mut self, pool: &[T]) -> T {
        pool[self.roll(pool.len())].clone()
    }
}

/// What conditions of these flags compare with, by attribute.
fn operands<'a>(flags: impl Iterator<Item = &'a ufc::Flag>) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for condition in
        flags.flat_map(|flag| &flag.allocations).flat_map(|step| &step.rules).flat_map(|rule| &rule.conditions)
    {
        let texts = match &condition.value {
            serde_json::Value::Array(items) => {
                items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
            }
            serde_json::Value::String(text) => vec![text.clone()],
            other => vec![other.to_string()],
        };
        found.entry(condition.attribute.clone()).or_default().extend(texts);
    }
    found
}

/// `count` subjects with these attributes.
pub(crate) fn subjects<'a>(
    attributes: &[(String, AttributeType)],
    flags: impl Iterator<Item = &'a ufc::Flag>,
    count: u64,
) -> Vec<Subject> {
    let operands = operands(flags);
    let mut dice = Dice(42);
    let keys = ["user-", "emp-", "acct-qa-", "it's ", "ünï-", "\\", "日本", "", "\"\n"];
    (0..count)
        .map(|number| {
            let key = format!("{}{number}", dice.of(&keys));
            let asked = |name: &str| operands.get(name).map_or(&[][..], Vec::as_slice);
            let drawn = attributes
                .iter()
                .filter_map(|(name, kind)| Some((name.clone(), value(*kind, asked(name), &mut dice)?)));
            Subject { key, attributes: drawn.collect::<Attributes>() }
        })
        .collect()
}

fn value(kind: AttributeType, asked: &[String], dice: &mut Dice) -> Option<AttributeValue> {
    if dice.roll(8) == 0 {
        return None;
    }
    let near = !asked.is_empty() && dice.roll(3) == 0;
    Some(match kind {
        AttributeType::String if near => AttributeValue::Text(dice.of(asked)),
        AttributeType::String => AttributeValue::Text(text(dice)),
        AttributeType::Number if near => {
            let number = dice.of(asked).parse().unwrap_or(0.0);
            AttributeValue::Number(dice.of(&[number, f64::next_up(number), f64::next_down(number)]))
        }
        AttributeType::Number => AttributeValue::Number(dice.of(NUMBERS)),
        AttributeType::Bool => AttributeValue::Bool(dice.roll(2) == 0),
        AttributeType::Semver if near => AttributeValue::Text(dice.of(asked)),
        AttributeType::Semver if dice.roll(2) == 0 => {
            let [major, minor, patch] = [3, 12, 5].map(|sides| dice.roll(sides));
            AttributeValue::Text(format!("{major}.{minor}.{patch}{}", dice.of(&["", "", "", "-rc.1", "-0", "+7"])))
        }
        AttributeType::Semver => AttributeValue::Text(dice.of(VERSIONS).to_owned()),
    })
}

fn text(dice: &mut Dice) -> String {
    match dice.roll(6) {
        0 => format!("{}{}", dice.of(TEXTS), dice.of(TEXTS)),
        1 => format!("emp-{}@example.com", dice.roll(50)),
        _ => dice.of(TEXTS).to_owned(),
    }
}
