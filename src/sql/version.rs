//! Versions in an inequality, as patterns.
//!
//! Which versions are above or below a given one is a regular language: precedence is decided by the first number or word that
//! differs. Patterns say the same in every engine, where functions on versions and large numbers do not.

use semver::Version;

use crate::ufc::Operator;

/// A number of a pre-release.
const NUMBER: &str = "0|[1-9][0-9]*";
/// A word of a pre-release that is not a number.
const WORD: &str = "[0-9]*[A-Za-z-][0-9A-Za-z-]*";
/// The rest of an identifier.
const REST: &str = "[0-9A-Za-z-]*";
/// The largest number of a version that evaluators read.
const LARGEST: &str = "18446744073709551615";

/// A text with a number that evaluators cannot read.
pub(super) fn too_large() -> String {
    format!("^([0-9]+[.]){{0,2}}({})([.+-]|$)", numbers(true, LARGEST).join("|"))
}

/// The pattern of those that are in `order` to `operand`, among texts that are versions; empty where there are none. None where the
/// operand has build metadata.
pub(super) fn pattern(order: Operator, operand: &Version) -> Option<String> {
    if !operand.build.is_empty() {
        return None;
    }
    let (above, equal) = match order {
        Operator::Gt => (true, false),
        Operator::Gte => (true, true),
        Operator::Lt => (false, false),
        Operator::Lte => (false, true),
        Operator::Matches | Operator::NotMatches | Operator::OneOf | Operator::NotOneOf | Operator::IsNull => {
            return None;
        }
    };
    let mut alternatives = cores(above, operand);
    let core = format!("{}[.]{}[.]{}", operand.major, operand.minor, operand.patch);
    let ids: Vec<&str> = if operand.pre.is_empty() { Vec::new() } else { operand.pre.split('.').collect() };
    match (ids.is_empty(), above) {
        (true, true) => {}
        // A pre-release comes before its release.
        (true, false) => alternatives.push(format!("{core}-")),
        (false, true) => alternatives.push(format!("{core}([+]|$)")),
        (false, false) => {}
    }
    alternatives.extend(prereleases(above, &ids).iter().map(|pre| format!("{core}-{pre}")));
    let exact = if ids.is_empty() { core } else { format!("{core}-{}", ids.join("[.]")) };
    match (above, equal) {
        // Evaluators order versions that differ in nothing else by their builds, none first.
        (true, true) => alternatives.push(format!("{exact}([+]|$)")),
        (true, false) => alternatives.push(format!("{exact}[+]")),
        (false, true) => alternatives.push(format!("{exact}$")),
        (false, false) => {}
    }
    let all: Vec<String> = alternatives.iter().map(|alternative| format!("^{alternative}")).collect();
    Some(all.join("|"))
}

/// Versions whose three numbers are above or below.
fn cores(above: bool, operand: &Version) -> Vec<String> {
    let Version { major, minor, patch, .. } = operand;
    let cores = [
        (String::new(), major, "[.]"),
        (format!("{major}[.]"), minor, "[.]"),
        (format!("{major}[.]{minor}[.]"), patch, "([+-]|$)"),
    ];
    let differing = cores.into_iter().filter_map(|(before, number, after)| {
        let numbers = numbers(above, &number.to_string());
        (!numbers.is_empty()).then(|| format!("{before}({}){after}", numbers.join("|")))
    });
    differing.collect()
}

/// Pre-releases above or below one, up to where that is decided.
fn prereleases(above: bool, ids: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut before = String::new();
    for id in ids {
        // Fewer identifiers come first.
        if let (false, Some(fewer)) = (above, before.strip_suffix("[.]")) {
            found.push(format!("{fewer}([+]|$)"));
        }
        let is_number = id.bytes().all(|byte| byte.is_ascii_digit());
        let differing = match (is_number, above) {
            (true, true) => [numbers(true, id), vec![WORD.to_owned()]].concat(),
            (true, false) => numbers(false, id),
            (false, _) => words(above, id),
        };
        if !differing.is_empty() {
            found.push(format!("{before}({})([.+]|$)", differing.join("|")));
        }
        before = format!("{before}{id}[.]");
    }
    if above && !ids.is_empty() {
        found.push(before);
    }
    found
}

/// Numbers above or below one, of any length, without leading zeros.
fn numbers(above: bool, number: &str) -> Vec<String> {
    let mut alternatives = Vec::new();
    for (at, digit) in number.char_indices() {
        let (before, after) = (number.get(..at).unwrap_or_default(), number.len() - at - 1);
        let range = if above {
            char::from_u32(u32::from(digit) + 1).map(|low| (low, '9'))
        } else {
            let low = if at == 0 && number.len() > 1 { '1' } else { '0' };
            char::from_u32(u32::from(digit) - 1).map(|high| (low, high))
        };
        if let Some((low, high)) = range.filter(|(low, high)| low <= high && low.is_ascii_digit()) {
            alternatives.push(format!("{before}{}{}", digits(low, high), repeated(after)));
        }
    }
    if above {
        alternatives.push(format!("[1-9][0-9]{{{},}}", number.len()));
    } else if number.len() > 1 {
        alternatives.push("0".to_owned());
        alternatives.push(format!("[1-9][0-9]{{0,{}}}", number.len() - 2));
    }
    alternatives
}

/// Identifiers above or below a word: numbers are below all words, words are in the order of ASCII.
fn words(above: bool, id: &str) -> Vec<String> {
    let mut alternatives = Vec::new();
    let is_word = |text: &str| text.bytes().any(|byte| !byte.is_ascii_digit());
    for (at, character) in id.char_indices() {
        let before = id.get(..at).unwrap_or_default();
        if !above && at > 0 && is_word(before) {
            alternatives.push(before.to_owned());
        }
        let differing = ALPHABET.chars().filter(|other| if above { *other > character } else { *other < character });
        let (numbers, letters): (Vec<char>, Vec<char>) = differing.partition(char::is_ascii_digit);
        if !letters.is_empty() || (!numbers.is_empty() && is_word(before)) {
            let of = if is_word(before) { [numbers.clone(), letters].concat() } else { letters };
            alternatives.push(format!("{before}{}{REST}", class(&of)));
        }
        if !numbers.is_empty() && !is_word(before) {
            // So far all digits: it is a word only if a letter follows.
            alternatives.push(format!("{before}{}{WORD}", class(&numbers)));
        }
    }
    if above {
        alternatives.push(format!("{id}[0-9A-Za-z-]+"));
    } else {
        alternatives.push(NUMBER.to_owned());
    }
    alternatives
}

/// What identifiers are made of, in the order of ASCII.
const ALPHABET: &str = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// One of these characters, which are in the order of ASCII.
fn class(characters: &[char]) -> String {
    let mut ranges: Vec<(char, char)> = Vec::new();
    for &character in characters.iter().filter(|character| **character != '-') {
        match ranges.last_mut() {
            Some((_, last)) if u32::from(*last) + 1 == u32::from(character) => *last = character,
            _ => ranges.push((character, character)),
        }
    }
    let ranges: String =
        ranges.iter().map(|(low, high)| if low == high { low.to_string() } else { format!("{low}-{high}") }).collect();
    // A hyphen that comes last stands for itself everywhere.
    format!("[{ranges}{}]", if characters.contains(&'-') { "-" } else { "" })
}

fn digits(low: char, high: char) -> String {
    if low == high { low.to_string() } else { format!("[{low}-{high}]") }
}

fn repeated(times: usize) -> String {
    match times {
        0 => String::new(),
        1 => "[0-9]".to_owned(),
        times => format!("[0-9]{{{times}}}"),
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    const ORDERS: [Operator; 4] = [Operator::Gt, Operator::Gte, Operator::Lt, Operator::Lte];

    #[test]
    fn numbers_above_and_below_are_those_that_match() {
        for bound in [0, 1, 7, 9, 10, 19, 20, 99, 100, 109, 345, 1000] {
            let [above, below] = [true, false].map(|above| {
                let numbers = numbers(above, &u32::to_string(&bound));
                Regex::new(&format!("^({})$", if numbers.is_empty() { "x".to_owned() } else { numbers.join("|") }))
                    .unwrap()
            });
            for number in 0..11_000_u32 {
                let text = number.to_string();
                assert_eq!(
                    (above.is_match(&text), below.is_match(&text)),
                    (number > bound, number < bound),
                    "{bound} {text}"
                );
            }
        }
    }

    #[test]
    fn patterns_order_versions_as_evaluators_do() {
        let numbers =
            ["0", "1", "2", "9", "10", "11", "99", "100", "18446744073709551615", "18446744073709551616", "01"];
        let pres = [
            "",
            "-0",
            "-1",
            "-9",
            "-10",
            "-99",
            "-100",
            "-01",
            "-a",
            "-A",
            "-ab",
            "-b",
            "--",
            "-0a",
            "-1a",
            "-1-",
            "-12",
            "-12b",
            "-1b3",
            "-a.1",
            "-a.1.0",
            "-a.b",
            "-a.01",
            "-rc.1",
            "-rc.2",
            "-rc.10",
            "-rc.1.x",
            "-rc",
            "-rd",
            "-rb.9",
            "-r",
            "-rcc",
            "-9999999999999999999999999",
            "-",
            "-a..b",
            "-12a",
            "-11c",
            "-20a",
            "-1a2",
            "-x-1",
            "-x-",
            "-Z9",
            "-z",
        ];
        let builds = ["", "+b", "+001", "+", "+a.b", "+a..b"];
        let mut texts: Vec<String> =
            ["", "1", "1.2", "v1.2.3", "1.2.3\n", " 1.2.3", "1.2.3.4", "é"].map(str::to_owned).into();
        for (major, minor, patch) in
            [("1", "2", "3"), ("1", "2", "4"), ("1", "10", "0"), ("0", "0", "0"), ("2", "0", "0"), ("10", "9", "99")]
        {
            for pre in pres {
                texts.extend(builds.map(|build| format!("{major}.{minor}.{patch}{pre}{build}")));
            }
        }
        for number in numbers {
            texts.extend([
                format!("{number}.2.3"),
                format!("1.{number}.3"),
                format!("1.2.{number}"),
                format!("1.2.{number}-rc.1"),
            ]);
        }
        let [valid, large] = [crate::ufc::VERSION, &too_large()].map(|pattern| Regex::new(pattern).unwrap());
        texts.retain(|text| {
            let is_version = valid.is_match(text) && !large.is_match(text);
            assert_eq!(is_version, Version::parse(text).is_ok(), "{text}");
            is_version
        });
        let operands: Vec<Version> = texts
            .iter()
            .filter_map(|text| Version::parse(text).ok())
            .filter(|version| version.build.is_empty())
            .collect();
        assert!(operands.len() > 150, "{}", operands.len());
        for operand in &operands {
            for order in ORDERS {
                let pattern = pattern(order, operand).unwrap();
                let regex = Regex::new(&pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
                for text in &texts {
                    let matches = !pattern.is_empty() && regex.is_match(text);
                    let held = Version::parse(text).is_ok_and(|version| match order {
                        Operator::Gt => version > *operand,
                        Operator::Gte => version >= *operand,
                        Operator::Lt => version < *operand,
                        _ => version <= *operand,
                    });
                    assert_eq!(matches, held, "`{text}` {order:?} `{operand}`: {pattern}");
                }
            }
        }
    }

    #[test]
    fn a_version_with_a_build_is_no_operand() {
        assert_eq!(pattern(Operator::Gt, &Version::parse("1.2.3+b").unwrap()), None);
    }
}
