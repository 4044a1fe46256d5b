//! Shards of one subject: each salt is hashed once an evaluation, and salts that are needed together are hashed together.

use super::Compiled;
use crate::evaluate::salt::Salt;
use crate::ufc::Range;

/// A salt and the ranges of shards that are in.
#[derive(Debug)]
pub(in crate::evaluate) struct Shard {
    /// Which of the flag's salts.
    pub(in crate::evaluate) salt: usize,
    /// Sorted; they do not touch.
    pub(in crate::evaluate) ranges: Vec<Range>,
}

impl Shard {
    pub(in crate::evaluate) fn holds(&self, shard: u32) -> bool {
        self.ranges.iter().any(|range| range.start <= shard && shard < range.end)
    }
}

/// The ranges sorted and joined; none where they hold everyone.
pub(super) fn reduced(ranges: &[Range], total: u32) -> Option<Vec<Range>> {
    if ranges.iter().any(|range| range.start == 0 && range.end == total) {
        return None;
    }
    let mut sorted: Vec<Range> = ranges.iter().filter(|range| range.start < range.end && total > 0).copied().collect();
    sorted.sort_unstable();
    let mut joined: Vec<Range> = Vec::new();
    for range in sorted {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    Some(joined)
}

/// Divides hashes by the number of shards without dividing.
#[derive(Debug, Clone, Copy)]
pub(in crate::evaluate) struct Modulus {
    total: u32,
    /// 2^64 / total, rounded up (Lemire, Kaser and Kurz: Faster remainder by direct computation, 2019).
    reciprocal: u64,
}

impl Modulus {
    pub(in crate::evaluate) fn new(total: u32) -> Self {
        let reciprocal = u64::MAX.checked_div(u64::from(total)).map_or(0, |floor| floor.wrapping_add(1));
        Self { total, reciprocal }
    }

    /// The remainder; 0 where there are no shards.
    #[inline]
    pub(in crate::evaluate) fn of(self, hash: u32) -> u32 {
        let fraction = self.reciprocal.wrapping_mul(u64::from(hash));
        ((u128::from(fraction) * u128::from(self.total)) >> 64) as u32
    }
}

/// So many shards are remembered.
const KNOWN: usize = 8;

/// The shards of one subject as far as they are known.
pub(super) struct Memo<'f> {
    salts: &'f [Salt],
    modulus: Modulus,
    key: &'f str,
    /// For each place the salt (counted from 1) whose shard is there.
    owners: [u32; KNOWN],
    shards: [u32; KNOWN],
}

impl<'f> Memo<'f> {
    pub(super) fn new(flag: &'f Compiled, key: &'f str) -> Self {
        Self { salts: &flag.salts, modulus: flag.modulus, key, owners: [0; KNOWN], shards: [0; KNOWN] }
    }

    /// Whether the subject's shard is in; `beside` are the salts that are likely to be needed too.
    pub(super) fn is_in(&mut self, shard: &Shard, beside: &[usize]) -> bool {
        // Of the shards of nobody none need be known.
        !shard.ranges.is_empty() && {
            let known = self.known(shard.salt);
            shard.holds(known.unwrap_or_else(|| self.find(shard.salt, beside)))
        }
    }

    fn known(&self, salt: usize) -> Option<u32> {
        let place = salt % KNOWN;
        let owned = self.owners.get(place).is_some_and(|owner| *owner as usize == salt + 1);
        if owned { self.shards.get(place).copied() } else { None }
    }

    fn find(&mut self, salt: usize, beside: &[usize]) -> u32 {
        let mut others = beside.iter().copied().filter(|other| *other != salt && self.known(*other).is_none());
        let (second, third) = (others.next(), others.next());
        let ready = |salt: usize| self.salts.get(salt);
        match (ready(salt), second.and_then(ready), third.and_then(ready)) {
            (Some(a), Some(b), Some(c)) => self.keep([Some(salt), second, third], Salt::hashes([a, b, c], self.key)),
            (Some(a), Some(b), None) => self.keep([Some(salt), second], Salt::hashes([a, b], self.key)),
            (Some(a), None, _) => self.keep([Some(salt)], Salt::hashes([a], self.key)),
            (None, ..) => 0,
        }
    }

    /// Keeps the hashes; says the first's shard.
    fn keep<const N: usize>(&mut self, salts: [Option<usize>; N], hashes: [u32; N]) -> u32 {
        let mut first = 0;
        // The first last: it is what was asked for.
        for (salt, hash) in salts.into_iter().zip(hashes).rev() {
            first = self.modulus.of(hash);
            let place = salt.unwrap_or(0) % KNOWN;
            if let (Some(salt), Some(owner), Some(shard)) =
                (salt, self.owners.get_mut(place), self.shards.get_mut(place))
            {
                *owner = u32::try_from(salt + 1).unwrap_or(0);
                *shard = first;
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_are_remainders() {
        let totals = [1, 2, 3, 7, 100, 9_973, 10_000, 65_536, u32::MAX - 1, u32::MAX];
        let hashes = (0..100_000_u32).map(|n| n.wrapping_mul(2_654_435_769)).chain([0, 1, u32::MAX, u32::MAX - 1]);
        for hash in hashes {
            for total in totals {
                assert_eq!(Modulus::new(total).of(hash), hash % total);
            }
            assert_eq!(Modulus::new(0).of(hash), 0);
        }
    }
}
