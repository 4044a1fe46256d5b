//! MD5 of many keys under one salt, side by side.
//!
//! The existing crates do more than is needed and take longer for it: `md5-many` and `md5-simd` return whole digests of messages that
//! are ready made, and measured 2.5 to 3.7 times the time of kernels that keep one word and take the salt's words as they are.
//! So the compression function is our own, written once in [`super::super::salt::compress`]; here it is compiled for the vectors of the machine.
//! Each kernel is held to the `md5` crate, which hashes whatever is hashed alone.

mod group;
#[cfg(target_arch = "x86_64")]
mod vectors;

use crate::evaluate::salt::{BLOCKS, Salt};
use group::Group;

/// Which of the ways to hash is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel(Way);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Kernel {
    /// The names of all kernels, fastest first; not every machine has each.
    pub const NAMES: [&str; 3] = ["AVX-512", "AVX2", "portable"];

    /// The kernels that run on this machine, fastest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut ways = vec![Way::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            ways.extend(vectors::Avx2::detected().map(|_| Way::Avx2));
            ways.extend(vectors::Avx512::detected().map(|_| Way::Avx512));
        }
        ways.into_iter().rev().map(Self).collect()
    }

    /// The fastest on this machine.
    #[must_use]
    pub fn best() -> Self {
        Self::available().first().copied().unwrap_or(Self(Way::Portable))
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Way::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Way::Avx2 => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Way::Avx512 => "AVX-512",
        }
    }
}

/// A kernel with the memory it needs.
#[derive(Debug)]
pub(super) enum Hasher {
    Portable(Box<Group<4, 1>>),
    #[cfg(target_arch = "x86_64")]
    Avx2(Box<Group<8, 3>>, vectors::Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(Box<Group<16, 2>>, vectors::Avx512),
}

impl Hasher {
    pub(super) fn new(kernel: Kernel) -> Self {
        match kernel.0 {
            Way::Portable => Self::portable(),
            #[cfg(target_arch = "x86_64")]
            Way::Avx2 => {
                vectors::Avx2::detected().map_or_else(Self::portable, |proof| Self::Avx2(Box::default(), proof))
            }
            #[cfg(target_arch = "x86_64")]
            Way::Avx512 => {
                vectors::Avx512::detected().map_or_else(Self::portable, |proof| Self::Avx512(Box::default(), proof))
            }
        }
    }

    fn portable() -> Self {
        Self::Portable(Box::default())
    }

    /// Hands over the first word of the digest, as shards take it, of each of these rows' keys.
    pub(super) fn hash(&mut self, salt: &Salt, rows: &[u32], keys: &[&str], put: impl FnMut(usize, u32)) {
        match self {
            Self::Portable(group) => group.hash(salt, rows, keys, Group::run::<[u32; 4]>, put),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(group, proof) => group.hash(salt, rows, keys, |group, state| proof.run(group, state), put),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(group, proof) => group.hash(salt, rows, keys, |group, state| proof.run(group, state), put),
        }
    }
}

#[cfg(test)]
mod tests;
