//! One condition as a claim about a column. The column's type decides what evaluators would see in it.

use regex::Regex;
use semver::Version;

use super::claim::Claim;
use super::dialect::Dialect;
use super::pattern::{self, Written};
use super::version;
use crate::evaluate::ask::Check;
use crate::region::Declared;
use crate::ufc::{self, Operator};

/// What cannot be said: in what, why, and what to do instead.
#[derive(Debug)]
pub(super) struct Unsayable {
    pub(super) what: String,
    pub(super) why: String,
    pub(super) help: String,
}

/// A column as conditions see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    /// An expression that needs no parentheses; for an inequality of versions one that is null where the text is none.
    pub(super) sql: &'a str,
    pub(super) kind: Declared,
    pub(super) dialect: Dialect,
}

/// Whether the column fulfils the condition.
pub(super) fn claim(check: &Check, column: Column<'_>) -> Result<Claim, Unsayable> {
    match check {
        Check::Never => Ok(Claim::Never),
        Check::Null { expected } => {
            Ok(Claim::Test(format!("{} IS {}", column.sql, if *expected { "NULL" } else { "NOT NULL" })))
        }
        Check::Number { order, operand } => column.number(*order, *operand),
        Check::Version { order, operand } => column.version(*order, operand),
        Check::Listed { expected, list } => column.listed(*expected, list),
        Check::Pattern { expected, pattern } => column.pattern(*expected, pattern),
    }
}

impl Column<'_> {
    fn present(self) -> Claim {
        Claim::Test(format!("{} IS NOT NULL", self.sql))
    }

    fn number(self, order: Operator, operand: f64) -> Result<Claim, Unsayable> {
        let Some(sign) = sign(order) else { return Ok(Claim::Never) };
        match self.kind {
            // True and false are no numbers.
            Declared::Bool => return Ok(Claim::Never),
            Declared::Text | Declared::Version => {
                return Err(Unsayable {
                    what: "a number that is compared with texts".to_owned(),
                    why: "evaluators read every text as a number where they can".to_owned(),
                    help: "declare the attribute as `number`".to_owned(),
                });
            }
            Declared::Number => {}
        }
        if operand.is_nan() {
            return Ok(Claim::Never);
        }
        let compared = Claim::Test(format!("{} {sign} {}", self.sql, self.dialect.double(operand)));
        let above = matches!(order, Operator::Gt | Operator::Gte);
        Ok(if above && self.dialect.nan_is_greatest() {
            let nan = Claim::Test(format!("NOT {}", self.dialect.is_nan(self.sql)));
            Claim::all([compared, nan])
        } else {
            compared
        })
    }

    fn version(self, order: Operator, operand: &Version) -> Result<Claim, Unsayable> {
        match self.kind {
            Declared::Number | Declared::Bool => return Ok(Claim::Never),
            Declared::Text | Declared::Version => {}
        }
        let pattern = version::pattern(order, operand).ok_or_else(|| Unsayable {
            what: format!("the version `{operand}`"),
            why: "evaluators order builds, and SDKs differ in it".to_owned(),
            help: format!("compare with `{}.{}.{}`", operand.major, operand.minor, operand.patch),
        })?;
        if pattern.is_empty() { Ok(Claim::Never) } else { self.matching(true, &pattern) }
    }

    fn listed(self, expected: bool, list: &[String]) -> Result<Claim, Unsayable> {
        match self.kind {
            Declared::Text | Declared::Version => self.texts(expected, list),
            Declared::Number => Ok(self.numbers(expected, list)),
            Declared::Bool => Ok(self.truths(|text| list.iter().any(|item| item == text) == expected)),
        }
    }

    fn texts(self, expected: bool, list: &[String]) -> Result<Claim, Unsayable> {
        let mut items = Vec::new();
        for item in list {
            let text = self.dialect.text(item).ok_or_else(|| nul(&format!("the value `{item}`")))?;
            if items.last() != Some(&text) {
                items.push(text);
            }
        }
        Ok(match (items.as_slice(), expected) {
            ([], true) => Claim::Never,
            ([], false) => self.present(),
            ([one], _) => Claim::Test(format!("{} {} {one}", self.sql, if expected { "=" } else { "<>" })),
            (several, _) => {
                let word = if expected { "IN" } else { "NOT IN" };
                Claim::Test(format!("{} {word} ({})", self.sql, several.join(", ")))
            }
        })
    }

    /// Evaluators compare a number's text. A text that no number is written as is never met.
    fn numbers(self, expected: bool, list: &[String]) -> Claim {
        let read = list.iter().filter_map(|item| item.parse::<f64>().ok().filter(|number| number.to_string() == *item));
        let mut plain = Vec::new();
        let (mut zero, mut negative_zero, mut nan) = (false, false, false);
        for number in read {
            match number {
                _ if number.is_nan() => nan = true,
                _ if number == 0.0 && number.is_sign_negative() => negative_zero = true,
                _ if number == 0.0 => zero = true,
                _ => plain.push(self.dialect.double(number)),
            }
        }
        plain.dedup();
        let mut claims = Vec::new();
        if !plain.is_empty() {
            claims.push(Claim::Test(format!("{} IN ({})", self.sql, plain.join(", "))));
        }
        let any_zero = Claim::Test(format!("{} = {}", self.sql, self.dialect.double(0.0)));
        let negative = self.dialect.is_negative_zero(self.sql);
        match (zero, negative_zero) {
            (true, true) => claims.push(any_zero),
            (true, false) => claims.push(Claim::all([any_zero, Claim::Test(format!("NOT {negative}"))])),
            (false, true) => claims.push(Claim::Test(negative)),
            (false, false) => {}
        }
        if nan {
            claims.push(Claim::Test(self.dialect.is_nan(self.sql)));
        }
        match (Claim::any(claims), expected) {
            (claim, true) => claim,
            (Claim::Never, false) => self.present(),
            // Of a column that is not null every part is true or false, so that NOT turns it around.
            (claim, false) => Claim::all([self.present(), Claim::Test(format!("NOT ({})", claim.sql()))]),
        }
    }

    /// Of a column of truths, by what evaluators write them as.
    fn truths(self, holds: impl Fn(&str) -> bool) -> Claim {
        match (holds("true"), holds("false")) {
            (true, true) => self.present(),
            (true, false) => Claim::Test(format!("{} = TRUE", self.sql)),
            (false, true) => Claim::Test(format!("{} = FALSE", self.sql)),
            (false, false) => Claim::Never,
        }
    }

    fn pattern(self, expected: bool, pattern: &Regex) -> Result<Claim, Unsayable> {
        match self.kind {
            Declared::Bool => Ok(self.truths(|text| pattern.is_match(text) == expected)),
            Declared::Number => Err(Unsayable {
                what: format!("the pattern `{pattern}` on a number"),
                why: "evaluators match a number's text, and engines write numbers otherwise".to_owned(),
                help: "compare numbers with `gt`, `gte`, `lt` or `lte`".to_owned(),
            }),
            Declared::Text | Declared::Version => self.matching(expected, pattern.as_str()),
        }
    }

    fn matching(self, expected: bool, pattern: &str) -> Result<Claim, Unsayable> {
        let written = pattern::written(pattern, self.dialect).map_err(|why| Unsayable {
            what: format!("the pattern `{pattern}`"),
            why,
            help: "write it with characters, classes, groups, repeats, `^` and `$`, or list whole values with `one-of`"
                .to_owned(),
        })?;
        Ok(match (written, expected) {
            (Written::Every, true) | (Written::None, false) => self.present(),
            (Written::Every, false) | (Written::None, true) => Claim::Never,
            (Written::Pattern(pattern), _) => {
                let literal = self.dialect.text(&pattern).ok_or_else(|| nul(&format!("the pattern `{pattern}`")))?;
                let matches = self.dialect.matches(self.sql, &literal);
                Claim::Test(if expected { matches } else { format!("NOT ({matches})") })
            }
        })
    }
}

fn nul(what: &str) -> Unsayable {
    Unsayable {
        what: what.to_owned(),
        why: "it has the character NUL, which texts of some engines cannot hold".to_owned(),
        help: "leave it out: no subject in a table has it".to_owned(),
    }
}

fn sign(order: Operator) -> Option<&'static str> {
    match order {
        Operator::Gt => Some(">"),
        Operator::Gte => Some(">="),
        Operator::Lt => Some("<"),
        Operator::Lte => Some("<="),
        Operator::Matches | Operator::NotMatches | Operator::OneOf | Operator::NotOneOf | Operator::IsNull => None,
    }
}

/// A column's text where it is a version that evaluators read, else null.
pub(super) fn version_or_null(column: Column<'_>) -> Result<String, Unsayable> {
    let valid = column.matching(true, ufc::VERSION)?;
    let small = column.matching(false, &version::too_large())?;
    Ok(format!("CASE WHEN {} THEN {} END", Claim::all([valid, small]).sql(), column.sql))
}
