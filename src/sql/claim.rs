//! True and false in SQL, where null is as good as false: claims are only ever joined by AND and OR.

/// Something that holds of a subject or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    /// Of everyone.
    Always,
    /// Of nobody.
    Never,
    /// A test that needs no parentheses.
    Test(String),
    /// All of several.
    All(Vec<Claim>),
    /// Any of several.
    Any(Vec<Claim>),
}

impl Claim {
    /// All of these hold.
    pub(super) fn all(claims: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = Vec::new();
        for claim in claims {
            match claim {
                Self::Never => return Self::Never,
                Self::Always => {}
                Self::All(more) => parts.extend(more),
                claim => parts.push(claim),
            }
        }
        Self::of(parts, Self::Always, Self::All)
    }

    /// One of these holds.
    pub(super) fn any(claims: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = Vec::new();
        for claim in claims {
            match claim {
                Self::Always => return Self::Always,
                Self::Never => {}
                Self::Any(more) => parts.extend(more),
                claim => parts.push(claim),
            }
        }
        Self::of(parts, Self::Never, Self::Any)
    }

    fn of(mut parts: Vec<Self>, none: Self, several: fn(Vec<Self>) -> Self) -> Self {
        match parts.len() {
            0 => none,
            1 => parts.pop().unwrap_or(none),
            _ => several(parts),
        }
    }

    /// As SQL.
    pub(super) fn sql(&self) -> String {
        match self {
            Self::Always => "TRUE".to_owned(),
            Self::Never => "FALSE".to_owned(),
            Self::Test(test) => test.clone(),
            Self::All(parts) => parts.iter().map(Self::operand).collect::<Vec<_>>().join(" AND "),
            Self::Any(parts) => parts.iter().map(Self::operand).collect::<Vec<_>>().join(" OR "),
        }
    }

    fn operand(&self) -> String {
        match self {
            Self::Always | Self::Never | Self::Test(_) => self.sql(),
            Self::All(_) | Self::Any(_) => format!("({})", self.sql()),
        }
    }
}
