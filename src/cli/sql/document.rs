//! The query for programs.

use schemars::JsonSchema;
use serde::Serialize;

use super::Outcome;
use crate::diagnostic::render::json::{Finding, finding};
use crate::evaluate::event::instant_text;
use crate::sql::When;

/// A flag as SQL.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct Document<'a> {
    /// The name of this schema.
    schema: &'static str,
    /// The flag's key.
    flag: &'a str,
    /// The environment's name.
    environment: &'a str,
    /// Whose SQL it is.
    #[schemars(extend("enum" = ["duckdb", "spark", "bigquery", "snowflake", "postgres"]))]
    dialect: &'static str,
    /// The instant at which subjects are assigned; null where each row has its own.
    at: Option<String>,
    /// The query or expression; null where there are findings.
    sql: Option<&'a str>,
    /// What the dialect cannot say exactly.
    findings: Vec<Finding<'a>>,
}

pub(super) fn document<'a>(outcome: &'a Outcome<'a>) -> Document<'a> {
    Document {
        schema: "flagfall.sql/1",
        flag: &outcome.args.flag,
        environment: &outcome.args.env,
        dialect: outcome.args.dialect.word(),
        at: match outcome.when {
            When::At(at) => Some(instant_text(at)),
            When::Column(_) => None,
        },
        sql: outcome.sql.as_deref(),
        findings: outcome.findings.iter().map(|found| finding(found, &outcome.session.sources)).collect(),
    }
}
