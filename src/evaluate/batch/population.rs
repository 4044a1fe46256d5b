//! Subjects as columns: keys, and for each attribute its distinct values and who has which.

use rustc_hash::FxHashMap;

use crate::evaluate::seen::Seen;
use crate::evaluate::{AttributeValue, Subject};

/// Subjects as columns.
#[derive(Debug, Default)]
pub struct Population<'p> {
    keys: Vec<&'p str>,
    names: Vec<&'p str>,
    columns: Vec<Column<'p>>,
}

/// The values of one attribute.
#[derive(Debug)]
pub struct Column<'p> {
    rows: Rows<'p>,
}

/// Who has which value.
#[derive(Debug)]
pub(super) enum Rows<'p> {
    /// Everybody the same.
    Alike(Option<Seen<'p>>),
    /// Positions among the distinct values; the first of those is that there is none.
    Each { values: Vec<Option<Seen<'p>>>, rows: Vec<u32> },
}

/// A value that can be looked up; a number by its bits.
#[derive(PartialEq, Eq, Hash)]
enum Distinct<'p> {
    Text(&'p str),
    Number(u64),
    Bool(bool),
    Null,
}

impl<'p> Population<'p> {
    /// Subjects who differ in their keys only.
    pub fn alike(
        keys: impl IntoIterator<Item = &'p str>,
        attributes: impl IntoIterator<Item = (&'p String, &'p AttributeValue)>,
    ) -> Self {
        let columns = attributes
            .into_iter()
            .map(|(name, value)| (name.as_str(), Column { rows: Rows::Alike(Some(value.into())) }));
        let (names, columns) = columns.unzip();
        Self { keys: keys.into_iter().collect(), names, columns }
    }

    /// These subjects.
    #[must_use]
    pub fn of(subjects: &'p [Subject]) -> Self {
        let mut population = Self::default();
        let mut found: Vec<FxHashMap<Distinct<'p>, u32>> = Vec::new();
        let mut names: FxHashMap<&'p str, usize> = FxHashMap::default();
        population.keys.extend(subjects.iter().map(|subject| subject.key.as_str()));
        for (row, subject) in subjects.iter().enumerate() {
            for (name, value) in &subject.attributes {
                let at = *names.entry(name).or_insert_with(|| {
                    population.names.push(name);
                    let rows = Rows::Each { values: vec![None], rows: vec![0; subjects.len()] };
                    population.columns.push(Column { rows });
                    found.push(FxHashMap::default());
                    found.len() - 1
                });
                if let (Some(column), Some(found)) = (population.columns.get_mut(at), found.get_mut(at)) {
                    column.set(row, value.into(), found);
                }
            }
        }
        population
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn keys(&self) -> &[&'p str] {
        &self.keys
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.names.iter().copied()
    }

    pub(super) fn column(&self, at: usize) -> Option<&Column<'p>> {
        self.columns.get(at)
    }
}

impl<'p> Column<'p> {
    fn set(&mut self, row: usize, value: Seen<'p>, found: &mut FxHashMap<Distinct<'p>, u32>) {
        let Rows::Each { values, rows } = &mut self.rows else { return };
        let at = *found.entry(Distinct::from(value)).or_insert_with(|| {
            values.push(Some(value));
            u32::try_from(values.len() - 1).unwrap_or(0)
        });
        if let Some(place) = rows.get_mut(row) {
            *place = at;
        }
    }

    pub(super) fn rows(&self) -> &Rows<'p> {
        &self.rows
    }

    /// The value of the subject at that position; none where it is missing.
    pub(super) fn value(&self, row: usize) -> Option<Seen<'p>> {
        match &self.rows {
            Rows::Alike(value) => *value,
            Rows::Each { values, rows } => *values.get(*rows.get(row)? as usize)?,
        }
    }
}

impl<'p> From<Seen<'p>> for Distinct<'p> {
    fn from(value: Seen<'p>) -> Self {
        match value {
            Seen::Text(text) => Self::Text(text),
            Seen::Number(number) => Self::Number(number.to_bits()),
            Seen::Bool(value) => Self::Bool(value),
            Seen::Null => Self::Null,
        }
    }
}
