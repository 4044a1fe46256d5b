//! Messages that are hashed side by side, word by word beside each other.

use super::{BLOCKS, Salt};
use crate::evaluate::salt::WORDS;
use crate::evaluate::salt::compress::{Lanes, first_word, next};

/// `N` vectors of `L` messages of the same salt.
#[derive(Debug)]
pub(in crate::evaluate::batch) struct Group<const L: usize, const N: usize> {
    blocks: [[[[u32; L]; WORDS]; N]; BLOCKS],
    lanes: [[Lane; L]; N],
}

/// What a message's place in the group holds.
#[derive(Debug, Clone, Copy)]
struct Lane {
    row: usize,
    /// How many blocks the message has.
    blocks: usize,
    /// Words past this one are zero, but for the length.
    end: usize,
    /// Where the length stands.
    length: usize,
}

impl<const L: usize, const N: usize> Default for Group<L, N> {
    fn default() -> Self {
        let lane = Lane { row: 0, blocks: 1, end: 0, length: WORDS - 2 };
        Self { blocks: [[[[0; L]; WORDS]; N]; BLOCKS], lanes: [[lane; L]; N] }
    }
}

impl<const L: usize, const N: usize> Group<L, N> {
    /// Hashes the keys of these rows, a group at a time, by `run`.
    pub(super) fn hash(
        &mut self,
        salt: &Salt,
        rows: &[u32],
        keys: &[&str],
        run: impl Fn(&Self, &[u32; 4]) -> [[u32; L]; N],
        mut put: impl FnMut(usize, u32),
    ) {
        let rows = rows.iter().filter_map(|row| Some((*row as usize, *keys.get(*row as usize)?)));
        let mut filled = 0;
        self.salt(salt);
        for (row, key) in rows {
            if salt.blocks(key.len()) > BLOCKS {
                put(row, salt.elsewhere(key));
                continue;
            }
            self.place(filled / L, filled % L, salt, row, key.as_bytes());
            filled += 1;
            if filled == L * N {
                self.finish(filled, &run(self, salt.state()), &mut put);
                filled = 0;
            }
        }
        if filled > 0 {
            self.finish(filled, &run(self, salt.state()), &mut put);
        }
    }

    fn finish(&self, filled: usize, hashes: &[[u32; L]; N], put: &mut impl FnMut(usize, u32)) {
        let hashes = self.lanes.iter().flatten().zip(hashes.iter().flatten()).take(filled);
        hashes.for_each(|(lane, hash)| put(lane.row, hash.swap_bytes()));
    }

    /// Begins with the words of that salt.
    fn salt(&mut self, salt: &Salt) {
        *self = Self::default();
        let [first, ..] = &mut self.blocks;
        for block in first {
            for (word, constant) in block.iter_mut().zip(salt.constant()) {
                *word = [*constant; L];
            }
        }
        let end = salt.constant().len();
        self.lanes.iter_mut().flatten().for_each(|lane| lane.end = end);
    }

    /// Writes the message of that key where another was.
    #[inline]
    fn place(&mut self, vector: usize, at: usize, salt: &Salt, row: usize, key: &[u8]) {
        let Some(lane) = self.lanes.get_mut(vector).and_then(|lanes| lanes.get_mut(at)) else { return };
        let (length, [bits, _]) = salt.ending(key.len());
        let [first, ..] = &mut self.blocks;
        if let (WORDS.., _) | (_, WORDS..) = (length, lane.length) {
            lane.end = Self::replace(&mut self.blocks, vector, at, lane, salt, key);
        } else if let Some(block) = first.get_mut(vector) {
            let mut put = |word: usize, value: u32| {
                if let Some(cell) = block.get_mut(word).and_then(|word| word.get_mut(at)) {
                    *cell = value;
                }
            };
            let end = salt.words(key, &mut put);
            (end..lane.end).for_each(|word| put(word, 0));
            put(length, bits);
            lane.end = end;
        }
        (lane.row, lane.blocks, lane.length) = (row, length.div_ceil(WORDS), length);
    }

    /// The same where one of the two is longer than a block.
    fn replace(
        blocks: &mut [[[[u32; L]; WORDS]; N]; BLOCKS],
        vector: usize,
        at: usize,
        lane: &Lane,
        salt: &Salt,
        key: &[u8],
    ) -> usize {
        let mut put = |word: usize, value: u32| {
            let block = blocks.get_mut(word / WORDS).and_then(|block| block.get_mut(vector));
            if let Some(cell) = block.and_then(|block| block.get_mut(word % WORDS)).and_then(|word| word.get_mut(at)) {
                *cell = value;
            }
        };
        put(lane.length, 0);
        put(lane.length + 1, 0);
        let end = salt.words(key, &mut put);
        (end..lane.end).for_each(|word| put(word, 0));
        let (length, [low, high]) = salt.ending(key.len());
        put(length, low);
        put(length + 1, high);
        end
    }

    /// The first words of the digests, by the vectors of `T`.
    #[inline(always)]
    pub(super) fn run<T: Lanes<Cells = [u32; L]>>(&self, state: &[u32; 4]) -> [[u32; L]; N] {
        let mut states = [state.map(T::all); N];
        let [first, rest @ ..] = &self.blocks;
        let mut hashes = first_word::<T, N>(&states, first).map(T::store);
        let most = self.lanes.iter().flatten().map(|lane| lane.blocks).max().unwrap_or(1);
        let mut last = first;
        for (blocks, number) in rest.iter().zip(2..=most) {
            states = next::<T, N>(&states, last);
            let found = first_word::<T, N>(&states, blocks).map(T::store);
            last = blocks;
            let lanes = self.lanes.iter().flatten().zip(hashes.iter_mut().flatten()).zip(found.iter().flatten());
            lanes.filter(|((lane, _), _)| lane.blocks == number).for_each(|((_, hash), found)| *hash = *found);
        }
        hashes
    }
}
