//! A salt, ready to hash subject keys: what does not depend on the key is done once.
//!
//! Only the first word of MD5 decides about a shard, so three steps of the last block are never taken.

pub(super) mod compress;

use super::bucket::Sharder;
use compress::{START, first_word, whole};

/// Blocks of a message that are hashed here; longer messages go to the `md5` crate.
pub(super) const BLOCKS: usize = 4;
/// Words of a block.
pub(super) const WORDS: usize = 16;

/// The prefix `salt-` of messages: its whole blocks hashed, the rest as words.
#[derive(Debug, Clone)]
pub(super) struct Salt {
    text: Box<str>,
    /// After the whole blocks of the prefix.
    state: [u32; 4],
    /// The last, incomplete block of the prefix; zero past its end.
    tail: [u32; WORDS],
    /// How many bytes of the prefix the tail holds.
    rest: usize,
    /// How many bytes the prefix has.
    length: usize,
}

impl Salt {
    pub(super) fn new(salt: &str) -> Self {
        let prefix = [salt.as_bytes(), b"-"].concat();
        let mut blocks = prefix.chunks_exact(WORDS * 4);
        let state = blocks.by_ref().fold(START, |state, block| whole(&state, &words(block)));
        let rest = blocks.remainder();
        Self { text: salt.into(), state, tail: words(rest), rest: rest.len(), length: prefix.len() }
    }

    /// The first words of MD5(salt, `-`, key), as shards take them. Several take little longer than one.
    pub(super) fn hashes<const N: usize>(salts: [&Self; N], key: &str) -> [u32; N] {
        if salts.iter().all(|salt| salt.blocks(key.len()) == 1) {
            let blocks = salts.map(|salt| salt.block(key));
            return first_word::<u32, N>(&salts.map(|salt| salt.state), &blocks).map(u32::swap_bytes);
        }
        salts.map(|salt| match salt.blocks(key.len()) {
            1..=BLOCKS => salt.several(key),
            _ => salt.elsewhere(key),
        })
    }

    fn several(&self, key: &str) -> u32 {
        let (mut state, message) = (self.state, self.message::<BLOCKS>(key));
        let last = self.blocks(key.len()) - 1;
        for block in message.iter().take(last) {
            state = whole(&state, block);
        }
        let block = message.get(last).unwrap_or(&self.tail);
        let [hash] = first_word::<u32, 1>(&[state], &[*block]);
        hash.swap_bytes()
    }

    /// Messages that nobody is in a hurry for.
    pub(super) fn elsewhere(&self, key: &str) -> u32 {
        Sharder::new(&self.text, 0).hash(key)
    }

    /// The message where it is one block.
    #[inline]
    fn block(&self, key: &str) -> [u32; WORDS] {
        let mut block = self.tail;
        self.words(key.as_bytes(), |at, word| {
            if let Some(place) = block.get_mut(at) {
                *place = word;
            }
        });
        let (_, [low, high]) = self.ending(key.len());
        let [.., before, last] = &mut block;
        (*before, *last) = (low, high);
        block
    }

    fn message<const B: usize>(&self, key: &str) -> [[u32; WORDS]; B] {
        let mut message = [[0; WORDS]; B];
        if let Some(first) = message.first_mut() {
            *first = self.tail;
        }
        let mut put = |at: usize, word| {
            if let Some(place) = message.get_mut(at / WORDS).and_then(|block| block.get_mut(at % WORDS)) {
                *place = word;
            }
        };
        self.words(key.as_bytes(), &mut put);
        let (at, [low, high]) = self.ending(key.len());
        put(at, low);
        put(at + 1, high);
        message
    }

    /// How many blocks are left to hash for a key of so many bytes.
    pub(super) fn blocks(&self, key: usize) -> usize {
        (self.rest + key + 9).div_ceil(WORDS * 4)
    }

    /// The state to begin with.
    pub(super) fn state(&self) -> &[u32; 4] {
        &self.state
    }

    /// The words that no key changes.
    pub(super) fn constant(&self) -> &[u32] {
        self.tail.get(..self.rest / 4).unwrap_or_default()
    }

    /// Puts the words of the message that depend on the key, each with its position; says where they end.
    #[inline(always)]
    pub(super) fn words(&self, key: &[u8], mut put: impl FnMut(usize, u32)) -> usize {
        let mut at = self.rest / 4;
        let shift = 8 * (self.rest % 4);
        let mut pending = u64::from(self.tail.get(at).copied().unwrap_or(0));
        let (whole, rest) = key.as_chunks::<4>();
        for four in whole {
            pending |= u64::from(u32::from_le_bytes(*four)) << shift;
            put(at, pending as u32);
            pending >>= 32;
            at += 1;
        }
        // One bit follows the message.
        let last = match *rest {
            [a, b, c, ..] => [a, b, c, 0x80],
            [a, b] => [a, b, 0x80, 0],
            [a] => [a, 0x80, 0, 0],
            [] => [0x80, 0, 0, 0],
        };
        pending |= u64::from(u32::from_le_bytes(last)) << shift;
        put(at, pending as u32);
        put(at + 1, (pending >> 32) as u32);
        at + 2
    }

    /// The words that end the message of a key of so many bytes, its length in bits, and where they stand.
    pub(super) fn ending(&self, key: usize) -> (usize, [u32; 2]) {
        let bits = 8 * (self.length + key) as u64;
        (WORDS * self.blocks(key) - 2, [bits as u32, (bits >> 32) as u32])
    }
}

fn words(bytes: &[u8]) -> [u32; WORDS] {
    let mut words = [0; WORDS];
    for (word, four) in words.iter_mut().zip(bytes.chunks(4)) {
        let mut whole = [0; 4];
        whole.iter_mut().zip(four).for_each(|(to, from)| *to = *from);
        *word = u32::from_le_bytes(whole);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_of_salt_and_key_hashes_as_the_md5_crate_does() {
        let text = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".repeat(6);
        let longer = Salt::new("another");
        for salt in (0..140).map(|end| &text[..end]) {
            let ready = Salt::new(salt);
            for key in (0..200).map(|end| &text[1..=end]) {
                let expected = ready.elsewhere(key);
                assert_eq!(Salt::hashes([&ready], key), [expected], "{salt}-{key}");
                assert_eq!(Salt::hashes([&ready, &longer], key), [expected, longer.elsewhere(key)]);
            }
        }
        let [a, b, c, d, ..] = md5::compute("größe-naïve ☕").0;
        assert_eq!(Salt::hashes([&Salt::new("größe")], "naïve ☕"), [u32::from_be_bytes([a, b, c, d])]);
    }
}
