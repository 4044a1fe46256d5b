//! Sets of subjects by their positions.

use crate::ufc::Range;

/// In a word of so many or fewer it is faster to look at each of them than at all.
const SPARSE: u32 = 20;

/// A bit for each subject.
#[derive(Debug, Clone, Default)]
pub(super) struct Mask {
    words: Vec<u64>,
    length: usize,
}

impl Mask {
    pub(super) fn none(length: usize) -> Self {
        Self { words: vec![0; length.div_ceil(64)], length }
    }

    pub(super) fn full(length: usize) -> Self {
        let mut words = vec![u64::MAX; length.div_ceil(64)];
        if let (Some(last), 1..) = (words.last_mut(), length % 64) {
            *last = (1 << (length % 64)) - 1;
        }
        Self { words, length }
    }

    /// How many subjects it is about.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn clear(&mut self, length: usize) {
        self.words.clear();
        self.words.resize(length.div_ceil(64), 0);
        self.length = length;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub(super) fn holds(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    pub(super) fn keep(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
    }

    pub(super) fn remove(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, word)| bits(*word).map(move |bit| at * 64 + bit))
    }

    pub(super) fn rows_without(&self, other: &Self) -> impl Iterator<Item = usize> {
        let words = self.words.iter().zip(&other.words).enumerate();
        words.flat_map(|(at, (word, other))| bits(word & !other).map(move |bit| at * 64 + bit))
    }

    /// Leaves those for whom it is so.
    pub(super) fn keep_if(&mut self, is: impl Fn(usize) -> bool) {
        for (at, word) in self.words.iter_mut().enumerate() {
            *word = bits(*word).fold(0, |kept, bit| kept | u64::from(is(at * 64 + bit)) << bit);
        }
    }

    /// Leaves those whose shard is in one of the ranges.
    pub(super) fn keep_where(&mut self, shards: &[u32], ranges: &[Range]) {
        for (word, shards) in self.words.iter_mut().zip(shards.chunks(64)) {
            let kept = match word.count_ones() {
                0 => 0,
                1..=SPARSE => bits(*word).fold(0, |kept, bit| {
                    let shard = shards.get(bit).copied().unwrap_or(0);
                    let is_in = ranges.iter().any(|range| range.start <= shard && shard < range.end);
                    kept | u64::from(is_in) << bit
                }),
                _ => ranges.iter().fold(0, |kept, range| kept | within(shards, *range)),
            };
            *word &= kept;
        }
    }
}

/// A bit for each shard that is in the range.
fn within(shards: &[u32], range: Range) -> u64 {
    let many = range.end - range.start;
    let (eights, rest) = shards.as_chunks::<8>();
    let of = |shards: &[u32]| {
        let bits = shards.iter().enumerate();
        bits.fold(0_u64, |bits, (at, shard)| bits | u64::from(shard.wrapping_sub(range.start) < many) << at)
    };
    let whole = eights.iter().enumerate().fold(0, |bits, (at, eight)| bits | of(eight) << (8 * at));
    if rest.is_empty() { whole } else { whole | of(rest) << (8 * eights.len()) }
}

/// The positions of the bits that are set.
fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros();
        word &= word.wrapping_sub(1);
        (bit < 64).then_some(bit as usize)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_bits_are_the_same() {
        for length in [0, 1, 63, 64, 65, 200] {
            let mut mask = Mask::full(length);
            assert_eq!(mask.rows().collect::<Vec<_>>(), (0..length).collect::<Vec<_>>());
            mask.keep_if(|row| row % 3 == 1);
            assert!((0..length + 70).all(|row| mask.holds(row) == (row < length && row % 3 == 1)));
        }
    }

    #[test]
    fn dense_and_sparse_words_keep_the_same_shards() {
        let shards: Vec<u32> = (0..150).map(|n| n * 7_919 % 100).collect();
        let ranges = [Range { start: 0, end: 10 }, Range { start: 90, end: 100 }];
        let is_in = |row: usize| shards[row] < 10 || shards[row] >= 90;
        for every in [1, 2, 10] {
            let mut mask = Mask::full(150);
            mask.keep_if(|row| row % every == 0);
            mask.keep_where(&shards, &ranges);
            let expected = (0..150).filter(|row| row % every == 0 && is_in(*row));
            assert_eq!(mask.rows().collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        }
    }
}
