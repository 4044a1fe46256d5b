//! The compression function of MD5 (RFC 1321), written once for one message and for many side by side.

/// The state every message begins with.
pub(in crate::evaluate) const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

#[rustfmt::skip]
const SINES: [u32; 64] = [
    0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee, 0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501,
    0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be, 0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821,
    0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa, 0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8,
    0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed, 0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a,
    0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c, 0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70,
    0x289b_7ec6, 0xeaa1_27fa, 0xd4ef_3085, 0x0488_1d05, 0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665,
    0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039, 0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1,
    0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1, 0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391,
];

/// One 32-bit word of each of several messages.
pub(in crate::evaluate) trait Lanes: Copy {
    /// As they lie in memory.
    type Cells: Copy;
    fn load(cells: &Self::Cells) -> Self;
    fn store(self) -> Self::Cells;
    fn all(word: u32) -> Self;
    fn plus(self, other: Self) -> Self;
    /// Adds the function of a round, 0 to 3.
    fn mix<const ROUND: usize>(self, b: Self, c: Self, d: Self) -> Self;
    /// To the left; the two numbers add up to 32.
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self;
}

impl Lanes for u32 {
    type Cells = Self;

    #[inline(always)]
    fn load(cells: &Self) -> Self {
        *cells
    }

    #[inline(always)]
    fn store(self) -> Self {
        self
    }

    #[inline(always)]
    fn all(word: u32) -> Self {
        word
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn mix<const ROUND: usize>(self, b: Self, c: Self, d: Self) -> Self {
        match ROUND {
            0 => self.wrapping_add(d ^ (b & (c ^ d))),
            // Of both parts no bit is in the other; the first does not wait for the step before.
            1 => self.wrapping_add(!d & c).wrapping_add(d & b),
            2 => self.wrapping_add(b ^ c ^ d),
            _ => self.wrapping_add(c ^ (b | !d)),
        }
    }

    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(self) -> Self {
        self.rotate_left(LEFT.unsigned_abs())
    }
}

/// What the compiler makes vectors of, as wide as the machine it is told to compile for.
impl<const L: usize> Lanes for [u32; L] {
    type Cells = Self;

    #[inline(always)]
    fn load(cells: &Self) -> Self {
        *cells
    }

    #[inline(always)]
    fn store(self) -> Self {
        self
    }

    #[inline(always)]
    fn all(word: u32) -> Self {
        [word; L]
    }

    #[inline(always)]
    fn plus(mut self, other: Self) -> Self {
        self.iter_mut().zip(other).for_each(|(to, other)| *to = to.wrapping_add(other));
        self
    }

    #[inline(always)]
    fn mix<const ROUND: usize>(mut self, b: Self, c: Self, d: Self) -> Self {
        self.iter_mut().zip(b).zip(c).zip(d).for_each(|(((sum, b), c), d)| *sum = sum.mix::<ROUND>(b, c, d));
        self
    }

    #[inline(always)]
    fn rotate<const LEFT: i32, const RIGHT: i32>(mut self) -> Self {
        self.iter_mut().for_each(|word| *word = word.rotate_left(LEFT.unsigned_abs()));
        self
    }
}

/// One step for each of `N` groups of lanes: they do not wait for each other.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "the compiler evaluates both indices")]
fn step<T: Lanes, const N: usize, const ROUND: usize, const AT: usize, const LEFT: i32, const RIGHT: i32>(
    states: &mut [[T; 4]; N],
    blocks: &[[T::Cells; 16]; N],
) {
    const { assert!(LEFT + RIGHT == 32) };
    for (state, block) in states.iter_mut().zip(blocks) {
        let [a, b, c, d] = *state;
        let word = T::load(&block[const { word_of(ROUND, AT) }]);
        let sum = word.plus(T::all(const { SINES[ROUND * 16 + AT] })).plus(a).mix::<ROUND>(b, c, d);
        *state = [d, sum.rotate::<LEFT, RIGHT>().plus(b), b, c];
    }
}

const fn word_of(round: usize, at: usize) -> usize {
    match round {
        0 => at,
        1 => (5 * at + 1) % 16,
        2 => (3 * at + 5) % 16,
        _ => (7 * at) % 16,
    }
}

macro_rules! steps {
    ($states:ident, $blocks:ident, $round:literal: $($at:literal $left:literal $right:literal,)*) => {
        $( step::<T, N, $round, $at, $left, $right>(&mut $states, $blocks); )*
    };
}

/// All but the last three steps.
#[inline(always)]
fn most<T: Lanes, const N: usize>(states: &[[T; 4]; N], blocks: &[[T::Cells; 16]; N]) -> [[T; 4]; N] {
    let mut states = *states;
    steps!(states, blocks, 0:
        0 7 25, 1 12 20, 2 17 15, 3 22 10,
        4 7 25, 5 12 20, 6 17 15, 7 22 10,
        8 7 25, 9 12 20, 10 17 15, 11 22 10,
        12 7 25, 13 12 20, 14 17 15, 15 22 10,);
    steps!(states, blocks, 1:
        0 5 27, 1 9 23, 2 14 18, 3 20 12,
        4 5 27, 5 9 23, 6 14 18, 7 20 12,
        8 5 27, 9 9 23, 10 14 18, 11 20 12,
        12 5 27, 13 9 23, 14 14 18, 15 20 12,);
    steps!(states, blocks, 2:
        0 4 28, 1 11 21, 2 16 16, 3 23 9,
        4 4 28, 5 11 21, 6 16 16, 7 23 9,
        8 4 28, 9 11 21, 10 16 16, 11 23 9,
        12 4 28, 13 11 21, 14 16 16, 15 23 9,);
    steps!(states, blocks, 3:
        0 6 26, 1 10 22, 2 15 17, 3 21 11,
        4 6 26, 5 10 22, 6 15 17, 7 21 11,
        8 6 26, 9 10 22, 10 15 17, 11 21 11,
        12 6 26,);
    states
}

/// The first word of the digests of messages whose last blocks these are.
#[inline(always)]
pub(in crate::evaluate) fn first_word<T: Lanes, const N: usize>(
    states: &[[T; 4]; N],
    blocks: &[[T::Cells; 16]; N],
) -> [T; N] {
    let mut words = states.map(|[a, ..]| a);
    for (word, [_, end, ..]) in words.iter_mut().zip(most(states, blocks)) {
        *word = word.plus(end);
    }
    words
}

/// The states after blocks that are not the last.
#[inline(always)]
pub(in crate::evaluate) fn next<T: Lanes, const N: usize>(
    before: &[[T; 4]; N],
    blocks: &[[T::Cells; 16]; N],
) -> [[T; 4]; N] {
    let mut states = most(before, blocks);
    steps!(states, blocks, 3: 13 10 22, 14 15 17, 15 21 11,);
    for (state, before) in states.iter_mut().zip(before) {
        for (word, before) in state.iter_mut().zip(before) {
            *word = word.plus(*before);
        }
    }
    states
}

/// [`next`] of one message.
pub(super) fn whole(state: &[u32; 4], block: &[u32; 16]) -> [u32; 4] {
    let [state] = next::<u32, 1>(&[*state], &[*block]);
    state
}
