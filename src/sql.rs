//! One flag of one environment as SQL over a table of subjects: who is assigned what, exactly as evaluators assign it.
//!
//! A warehouse then assigns as many subjects as it has, and counts where its log of assignments says something else. What a dialect
//! cannot say exactly is [`Trouble`], never an approximate answer. Texts of the configuration and names of the caller reach a query
//! only through [`dialect`], which quotes them.

mod assign;
mod claim;
mod condition;
pub mod dialect;
mod pattern;
mod query;
#[cfg(test)]
mod tests;
mod version;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::region::Declared;
use crate::ufc;
pub use dialect::Dialect;

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A query: a row a subject.
    Query,
    /// One expression on the columns of the table.
    Expression(Part),
    /// A query that compares a log with what the configuration says, and counts.
    Check(Log),
}

/// A part of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// The variation's key.
    Variation,
    /// The allocation's key.
    Allocation,
    /// The variation's value.
    Value,
    /// Whether an SDK logs the assignment.
    Logged,
}

/// A table of logged assignments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Its name.
    pub table: String,
    /// The column of the logged variation's key.
    pub variation: String,
    /// The column of the logged allocation's key; none: it is not compared.
    pub allocation: Option<String>,
    /// The column of the flag's key, and the key; none: every row is of this flag.
    pub flag: Option<(String, String)>,
    /// Whether attributes are in the table of subjects; else they are in the log itself.
    pub joined: bool,
}

/// When subjects are assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// All at one instant.
    At(Timestamp),
    /// At the instant in this column.
    Column(String),
}

/// How to write it.
#[derive(Debug, Clone)]
pub struct Options {
    /// For whom.
    pub dialect: Dialect,
    /// What.
    pub shape: Shape,
    /// The table of subjects.
    pub table: String,
    /// The column of the subject's key.
    pub subject: String,
    /// Columns of attributes that are not called as the attribute.
    pub columns: BTreeMap<String, String>,
    /// The attributes' types.
    pub declared: BTreeMap<String, Declared>,
    /// The instant.
    pub when: When,
}

/// What cannot be said exactly, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trouble {
    /// Whose part of the flag it is.
    pub site: Site,
    /// What cannot be said, in a lower-case sentence.
    pub message: String,
    /// Why, in a few words.
    pub reason: String,
    /// One next step.
    pub help: String,
}

/// A part of a flag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Site {
    /// A condition of the allocation with this number: the attribute it asks about, and what it compares with.
    Condition {
        /// 0-based.
        allocation: usize,
        /// The attribute's name.
        attribute: String,
        /// The operand, as text where it is one.
        operand: String,
    },
    /// The allocation with this number.
    Allocation(usize),
    /// A variation's value.
    Variation(String),
}

/// A flag as SQL. None stands for a flag that is not served: everyone gets the default that the caller passes, which is null here.
///
/// # Errors
/// With everything that the dialect cannot say exactly.
pub fn write(flag: Option<&ufc::Flag>, title: &str, options: &Options) -> Result<String, Vec<Trouble>> {
    let assigned = assign::assign(flag, options)?;
    Ok(match &options.shape {
        Shape::Query => query::whole(&assigned, title, options),
        Shape::Expression(part) => query::expression(&assigned, *part, options),
        Shape::Check(log) => query::check(&assigned, title, log, options),
    })
}
