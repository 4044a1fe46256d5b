//! UTF-8, so that only texts are found.

/// How far into a character a text is, after the table of well-formed byte sequences of the Unicode standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Utf8 {
    Between,
    One,
    Two,
    Three,
    /// After E0: A0 to BF.
    TwoHigh,
    /// After ED: 80 to 9F.
    TwoLow,
    /// After F0: 90 to BF.
    ThreeHigh,
    /// After F4: 80 to 8F.
    ThreeLow,
}

impl Utf8 {
    /// After one more byte; none where no text goes on like that.
    pub(super) fn after(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Between, 0x00..=0x7f) | (Self::One, 0x80..=0xbf) => Some(Self::Between),
            (Self::Between, 0xc2..=0xdf)
            | (Self::Two, 0x80..=0xbf)
            | (Self::TwoHigh, 0xa0..=0xbf)
            | (Self::TwoLow, 0x80..=0x9f) => Some(Self::One),
            (Self::Between, 0xe0) => Some(Self::TwoHigh),
            (Self::Between, 0xed) => Some(Self::TwoLow),
            (Self::Between, 0xe1..=0xef)
            | (Self::Three, 0x80..=0xbf)
            | (Self::ThreeHigh, 0x90..=0xbf)
            | (Self::ThreeLow, 0x80..=0x8f) => Some(Self::Two),
            (Self::Between, 0xf0) => Some(Self::ThreeHigh),
            (Self::Between, 0xf1..=0xf3) => Some(Self::Three),
            (Self::Between, 0xf4) => Some(Self::ThreeLow),
            _ => None,
        }
    }

    /// Bytes of one class lead to the same places.
    pub(super) fn class(byte: u8) -> u8 {
        match byte {
            0x00..=0x7f => 0,
            0x80..=0x8f => 1,
            0x90..=0x9f => 2,
            0xa0..=0xbf => 3,
            0xc0..=0xc1 => 4,
            0xc2..=0xdf => 5,
            0xe0 => 6,
            0xed => 7,
            0xe1..=0xef => 8,
            0xf0 => 9,
            0xf1..=0xf3 => 10,
            0xf4 => 11,
            0xf5..=0xff => 12,
        }
    }
}
