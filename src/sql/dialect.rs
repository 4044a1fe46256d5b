//! What differs between dialects: how names, texts and numbers are written, and what hashes, patterns and instants are called.
//!
//! Whatever comes from a configuration or a caller is quoted here and nowhere else, so that no text can end its literal.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::diagnostic::render::is_unprintable;

/// Whose SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Dialect {
    /// DuckDB.
    Duckdb,
    /// Spark SQL, Databricks.
    Spark,
    /// BigQuery (GoogleSQL).
    Bigquery,
    /// Snowflake.
    Snowflake,
    /// PostgreSQL 14 and later.
    Postgres,
}

/// A type of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Double,
    Whole,
    Truth,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Duckdb, Self::Spark, Self::Bigquery, Self::Snowflake, Self::Postgres];

    /// As `--dialect` takes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Duckdb => "duckdb",
            Self::Spark => "spark",
            Self::Bigquery => "bigquery",
            Self::Snowflake => "snowflake",
            Self::Postgres => "postgres",
        }
    }

    pub(super) fn of_type(self, of: Type) -> &'static str {
        match (self, of) {
            (Self::Duckdb | Self::Snowflake, Type::Text) => "VARCHAR",
            (Self::Spark | Self::Bigquery, Type::Text) => "STRING",
            (Self::Postgres, Type::Text) => "TEXT",
            (Self::Duckdb | Self::Snowflake | Self::Spark, Type::Double) => "DOUBLE",
            (Self::Bigquery, Type::Double) => "FLOAT64",
            (Self::Postgres, Type::Double) => "DOUBLE PRECISION",
            (Self::Bigquery, Type::Whole) => "INT64",
            (_, Type::Whole) => "BIGINT",
            (Self::Bigquery, Type::Truth) => "BOOL",
            (_, Type::Truth) => "BOOLEAN",
        }
    }

    /// A name of the caller's, quoted; parts of a path are separated by dots.
    pub(super) fn path(self, path: &str) -> String {
        path.split('.').map(|part| self.name(part)).collect::<Vec<_>>().join(".")
    }

    /// One name, quoted. In Snowflake a name in small letters is the one that definitions without quotes make: in capitals.
    pub(super) fn name(self, name: &str) -> String {
        match self {
            Self::Duckdb | Self::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::Snowflake => {
                let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
                let name = if plain { name.to_ascii_uppercase() } else { name.to_owned() };
                format!("\"{}\"", name.replace('"', "\"\""))
            }
            Self::Spark => format!("`{}`", name.replace('`', "``")),
            Self::Bigquery => format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`")),
        }
    }

    /// A text; none where it has the character NUL, which texts of some engines cannot hold.
    pub(super) fn text(self, text: &str) -> Option<String> {
        if text.contains('\0') {
            return None;
        }
        let escaped = match self {
            // Without a prefix a backslash is an escape or not, as servers are set up.
            Self::Postgres => text.contains('\\') || text.chars().any(is_unprintable),
            Self::Duckdb => text.chars().any(|character| character.is_ascii_control()),
            Self::Spark | Self::Bigquery | Self::Snowflake => true,
        };
        let mut sql = String::with_capacity(text.len() + 3);
        if escaped && matches!(self, Self::Postgres | Self::Duckdb) {
            sql.push('E');
        }
        sql.push('\'');
        for character in text.chars() {
            match character {
                '\'' if matches!(self, Self::Spark | Self::Bigquery) => sql.push_str("\\'"),
                '\'' => sql.push_str("''"),
                '\\' if escaped => sql.push_str("\\\\"),
                '\n' if escaped => sql.push_str("\\n"),
                // Spark replaces `${name}` in queries before it reads them.
                '$' if self == Self::Spark => sql.push_str("\\u0024"),
                hidden if escaped && is_unprintable(hidden) => self.hidden(hidden, &mut sql),
                plain => sql.push(plain),
            }
        }
        sql.push('\'');
        Some(sql)
    }

    /// A character that would not be seen, by its number where the dialect can.
    fn hidden(self, character: char, sql: &mut String) {
        let number = u32::from(character);
        // Writing into a string cannot fail.
        let _ = match self {
            Self::Duckdb if number < 0x80 => write!(sql, "\\x{number:02x}"),
            Self::Duckdb => write!(sql, "{character}"),
            _ if number <= 0xffff => write!(sql, "\\u{number:04x}"),
            Self::Postgres | Self::Bigquery => write!(sql, "\\U{number:08x}"),
            Self::Spark | Self::Snowflake => write!(sql, "{character}"),
        };
    }

    /// A double, read back as exactly this one.
    pub(super) fn double(self, number: f64) -> String {
        let digits = if number.is_finite() { format!("{number:e}") } else { infinite(number).to_owned() };
        match self {
            Self::Duckdb | Self::Bigquery if number.is_finite() => digits,
            Self::Spark if number.is_finite() => format!("{digits}D"),
            _ => format!("CAST('{digits}' AS {})", self.of_type(Type::Double)),
        }
    }

    /// Whether a double is not a number.
    pub(super) fn is_nan(self, column: &str) -> String {
        match self {
            Self::Duckdb | Self::Spark => format!("isnan({column})"),
            Self::Bigquery => format!("IS_NAN({column})"),
            Self::Snowflake | Self::Postgres => format!("{column} = {}", self.double(f64::NAN)),
        }
    }

    /// Whether NaN is above all numbers instead of beside them.
    pub(super) fn nan_is_greatest(self) -> bool {
        !matches!(self, Self::Bigquery)
    }

    /// Whether a double is zero with a minus, which comparisons do not tell from zero.
    pub(super) fn is_negative_zero(self, column: &str) -> String {
        match self {
            Self::Duckdb => format!("({column} = 0e0 AND signbit({column}))"),
            Self::Spark => format!("CAST({column} AS STRING) = '-0.0'"),
            Self::Bigquery => format!("({column} = 0e0 AND IEEE_DIVIDE(1e0, {column}) < 0e0)"),
            Self::Snowflake => format!("({column} = 0 AND ATAN2(0, {column}) > 1)"),
            Self::Postgres => format!("CAST({column} AS TEXT) = '-0'"),
        }
    }

    /// Whether a text has a part that matches. `pattern` is a literal.
    pub(super) fn matches(self, column: &str, pattern: &str) -> String {
        match self {
            Self::Duckdb => format!("regexp_matches({column}, {pattern})"),
            Self::Spark => format!("{column} RLIKE {pattern}"),
            Self::Bigquery => format!("REGEXP_CONTAINS({column}, {pattern})"),
            Self::Snowflake => format!("REGEXP_LIKE({column}, {pattern}, 'cs')"),
            Self::Postgres => format!("{column} ~ {pattern}"),
        }
    }

    /// Whether patterns match whole texts only.
    pub(super) fn matches_whole(self) -> bool {
        matches!(self, Self::Snowflake)
    }

    /// Where the text ends, in patterns: behind the last line feed, too.
    pub(super) fn end_of_text(self) -> &'static str {
        match self {
            Self::Spark => "\\z",
            Self::Duckdb | Self::Bigquery | Self::Snowflake | Self::Postgres => "$",
        }
    }

    /// Any character, line feeds too.
    pub(super) fn any_character(self) -> &'static str {
        match self {
            Self::Duckdb | Self::Bigquery | Self::Spark => "(?s:.)",
            Self::Snowflake | Self::Postgres => ".",
        }
    }

    /// The most repeats of a part, and whether repeats within repeats count together.
    pub(super) fn most_repeats(self) -> (u32, bool) {
        match self {
            Self::Duckdb | Self::Bigquery | Self::Snowflake => (1000, true),
            Self::Spark => (u32::MAX >> 1, true),
            Self::Postgres => (255, false),
        }
    }

    /// A subject's shard. `salt` is a literal that ends in the hyphen.
    pub(super) fn shard(self, salt: &str, subject: &str, total: u32) -> String {
        match self {
            Self::Duckdb => format!("CAST('0x' || substr(md5({salt} || {subject}), 1, 8) AS BIGINT) % {total}"),
            Self::Spark => {
                format!("CAST(conv(substr(md5(concat({salt}, {subject})), 1, 8), 16, 10) AS BIGINT) % {total}")
            }
            Self::Bigquery => {
                format!(
                    "MOD(CAST(CONCAT('0x', SUBSTR(TO_HEX(MD5(CONCAT({salt}, {subject}))), 1, 8)) AS INT64), {total})"
                )
            }
            Self::Snowflake => {
                format!("MOD(TO_NUMBER(SUBSTR(MD5_HEX({salt} || {subject}), 1, 8), 'XXXXXXXX'), {total})")
            }
            Self::Postgres => format!(
                "CAST(CAST('x' || substr(md5(convert_to({salt} || {subject}, 'UTF8')), 1, 8) AS BIT(32)) AS BIGINT) % {total}"
            ),
        }
    }

    /// A column of instants in a form that compares alike in every session. One without a time zone is UTC.
    pub(super) fn instants(self, column: &str) -> String {
        match self {
            Self::Duckdb => format!("epoch_us({column})"),
            Self::Spark => format!("unix_micros({column})"),
            Self::Bigquery => format!("UNIX_MICROS({column})"),
            Self::Snowflake => format!("DATE_PART(EPOCH_NANOSECOND, {column})"),
            Self::Postgres => format!("EXTRACT(EPOCH FROM {column})"),
        }
    }

    /// An instant in the same form.
    pub(super) fn instant(self, at: Timestamp) -> String {
        match self {
            Self::Duckdb | Self::Spark | Self::Bigquery => at.as_microsecond().to_string(),
            Self::Snowflake => at.as_nanosecond().to_string(),
            Self::Postgres => {
                let thousandths = at.as_millisecond();
                let sign = if thousandths < 0 { "-" } else { "" };
                format!("{sign}{}.{:03}", thousandths.unsigned_abs() / 1000, thousandths.unsigned_abs() % 1000)
            }
        }
    }

    /// What keeps an optimiser from working out a column again wherever it is used.
    pub(super) fn once(self) -> &'static str {
        match self {
            Self::Postgres => "\n  OFFSET 0",
            Self::Duckdb | Self::Spark | Self::Bigquery | Self::Snowflake => "",
        }
    }

    /// A column of texts, compared byte by byte whatever the table says.
    pub(super) fn bytewise(self, column: &str) -> String {
        match self {
            Self::Postgres => format!("{column} COLLATE \"C\""),
            Self::Snowflake => format!("COLLATE({column}, '')"),
            Self::Duckdb | Self::Spark | Self::Bigquery => column.to_owned(),
        }
    }
}

fn infinite(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}
