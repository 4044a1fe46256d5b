//! The list of a condition, asked about values of any type without writing them as text.

use rustc_hash::FxHashSet;

use crate::evaluate::encoding::{Encoding, digest};
use crate::evaluate::seen::Seen;

/// So many texts are found faster one after the other.
const FEW: usize = 6;

/// A list's texts.
#[derive(Debug)]
pub(super) struct List {
    texts: Texts,
    /// The numbers that are written as one of the texts; NaN as itself. Empty where texts are coded.
    numbers: Box<[u64]>,
    /// Whether `false`, `true` are among the texts.
    bools: [bool; 2],
    encoding: Encoding,
}

#[derive(Debug)]
enum Texts {
    Few(Box<[Box<str>]>),
    Many(FxHashSet<Box<str>>),
}

impl List {
    pub(super) fn new(list: &[String], encoding: Encoding) -> Self {
        let texts = list.iter().map(|text| text.as_str().into());
        let texts = if list.len() <= FEW { Texts::Few(texts.collect()) } else { Texts::Many(texts.collect()) };
        let number = |text: &String| {
            let number = text.parse::<f64>().ok()?;
            (number.to_string() == *text).then(|| bits(number))
        };
        let mut numbers: Vec<u64> = list.iter().filter_map(number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let bools = [false, true].map(|value| texts.contain(&encoding.listed(&value.to_string())));
        Self { texts, numbers: numbers.into(), bools, encoding }
    }

    /// Whether the value's text is listed; none for null, which has no text.
    pub(super) fn contains(&self, value: Seen<'_>) -> Option<bool> {
        match (value, self.encoding) {
            (Seen::Bool(value), _) => self.bools.get(usize::from(value)).copied(),
            // No two numbers are written alike.
            (Seen::Number(number), Encoding::Plain) => Some(self.numbers.binary_search(&bits(number)).is_ok()),
            (Seen::Text(text), Encoding::Plain) => Some(self.texts.contain(text)),
            (_, Encoding::Coded) => value.as_text(|text| self.texts.contain(&digest(text))),
            (Seen::Null, Encoding::Plain) => None,
        }
    }
}

impl Texts {
    fn contain(&self, text: &str) -> bool {
        match self {
            Self::Few(texts) => texts.iter().any(|other| **other == *text),
            Self::Many(texts) => texts.contains(text),
        }
    }
}

fn bits(number: f64) -> u64 {
    if number.is_nan() { f64::NAN.to_bits() } else { number.to_bits() }
}
