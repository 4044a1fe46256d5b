//! The kernel compiled for the vectors of x86-64, where the machine has them.
#![expect(unsafe_code, reason = "what a machine may lack can only be called by a promise that it is there")]

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_and_si256, _mm256_loadu_si256, _mm256_or_si256, _mm256_set1_epi32,
    _mm256_slli_epi32, _mm256_srli_epi32, _mm256_storeu_si256, _mm256_xor_si256,
};

use super::Group;
use crate::evaluate::salt::compress::Lanes;

/// Proof that the machine has AVX2.
#[derive(Debug, Clone, Copy)]
pub(in crate::evaluate::batch) struct Avx2(());

/// Proof that the machine has the parts of AVX-512 that the kernel is compiled for.
#[derive(Debug, Clone, Copy)]
pub(in crate::evaluate::batch) struct Avx512(());

impl Avx2 {
    pub(super) fn detected() -> Option<Self> {
        std::arch::is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    pub(super) fn run(self, group: &Group<8, 3>, state: &[u32; 4]) -> [[u32; 8]; 3] {
        // SAFETY: `self` is only made where AVX2 was detected.
        unsafe { avx2(group, state) }
    }
}

impl Avx512 {
    pub(super) fn detected() -> Option<Self> {
        let has = std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512vl")
            && std::arch::is_x86_feature_detected!("avx2");
        has.then_some(Self(()))
    }

    pub(super) fn run(self, group: &Group<16, 2>, state: &[u32; 4]) -> [[u32; 16]; 2] {
        // SAFETY: `self` is only made where AVX-512 F and VL and AVX2 were detected.
        unsafe { avx512(group, state) }
    }
}

#[target_feature(enable = "avx2")]
fn avx2(group: &Group<8, 3>, state: &[u32; 4]) -> [[u32; 8]; 3] {
    group.run::<Eight>(state)
}

/// Rotations and logic of three are single instructions here, and the compiler finds them: it needs no intrinsics.
#[target_feature(enable = "avx512f,avx512vl,avx2")]
fn avx512(group: &Group<16, 2>, state: &[u32; 4]) -> [[u32; 16]; 2] {
    group.run::<[u32; 16]>(state)
}

/// Eight words. Only [`avx2`] makes and uses it, and all its functions become part of that one.
///
/// Written with intrinsics because the compiler rewrites the logic of arrays into more instructions, which takes a fifth longer.
#[derive(Clone, Copy)]
struct Eight(__m256i);

impl Lanes for Eight {
    type Cells = [u32; 8];

    #[inline(always)]
    fn load(cells: &[u32; 8]) -> Self {
        // SAFETY: AVX2 is there, as only `avx2` calls this; the array is 32 readable bytes, and the load asks for no alignment.
        Self(unsafe { _mm256_loadu_si256(cells.as_ptr().cast()) })
    }

    #[inline(always)]
    fn store(self) -> [u32; 8] {
        let mut cells = [0; 8];
        // SAFETY: AVX2 is there, as only `avx2` calls this; the array is 32 writable bytes, and the store asks for no alignment.
        unsafe { _mm256_storeu_si256(cells.as_mut_ptr().cast(), self.0) };
        cells
    }

    #[inline(always)]
    fn all(word: u32) -> Self {
        // SAFETY: AVX2 is there, as only `avx2` calls this.
        Self(unsafe { _mm256_set1_epi32(word.cast_signed()) })
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        // SAFETY: AVX2 is there, as only `avx2` calls this.
        Self(unsafe { _mm256_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn mix<const ROUND: usize>(self, Self(b): Self, Self(c): Self, Self(d): Self) -> Self {
        // SAFETY: AVX2 is there, as only `avx2` calls this.
        self.plus(Self(unsafe {
            match ROUND {
                0 => _mm256_xor_si256(d, _mm256_and_si256(b, _mm256_xor_si256(c, d))),
                1 => _mm256_xor_si256(c, _mm256_and_si256(d, _mm256_xor_si256(b, c))),
                2 => _mm256_xor_si256(_mm256_xor_si256(b, c), d),
                _ => _mm256_xor_si256(c, _mm256_or_si256(b, _mm256_xor_si256(d, _mm256_set1_epi32(-1)))),
            }
        }))
    }

    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        // SAFETY: AVX2 is there, as only `avx2` calls this.
        Self(unsafe { _mm256_or_si256(_mm256_slli_epi32::<LEFT>(self.0), _mm256_srli_epi32::<RIGHT>(self.0)) })
    }
}
