//! The shapes: a query over subjects, one expression, a query over a log.

use super::assign::{Assigned, INSTANT, Outcome, SUBJECT, column, subject};
use super::dialect::Type;
use super::{Log, Options, Part, When};
use crate::region::Declared;
use crate::ufc::VariationType;

/// A query: a row a subject.
pub(super) fn whole(assigned: &Assigned, title: &str, options: &Options) -> String {
    let mut seen = vec![format!("{} AS {SUBJECT}", subject("t.", options))];
    if let (true, When::Column(at)) = (assigned.timed, &options.when) {
        seen.push(format!("{} AS {INSTANT}", options.dialect.instants(&format!("t.{}", options.dialect.name(at)))));
    }
    seen.extend(attributes(assigned, "t.", options));
    let from = format!("{} AS t", options.dialect.path(&options.table));
    let undecided = undecided(assigned, false);
    let mut sql = format!("-- {title}\n");
    sql.push_str(&with(assigned, &seen, &from, &[SUBJECT], &undecided, options));
    let parts = [Part::Variation, Part::Allocation, Part::Value, Part::Logged];
    let parts: Vec<String> =
        parts.iter().map(|part| format!("{} AS {}", of_arm(assigned, *part, options), word(*part))).collect();
    sql.push_str(&format!("\nSELECT\n  {SUBJECT},\n  {}\nFROM assigned;\n", parts.join(",\n  ")));
    sql
}

/// One expression on the columns of the table.
pub(super) fn expression(assigned: &Assigned, part: Part, options: &Options) -> String {
    let kind = column_type(assigned, part);
    let none = if part == Part::Logged { "FALSE" } else { "NULL" };
    let mut sql = format!("CAST(CASE\n  WHEN {} IS NULL THEN {none}\n", options.dialect.name(&options.subject));
    if let (true, When::Column(at)) = (assigned.timed, &options.when) {
        sql.push_str(&format!("  WHEN {} IS NULL THEN {none}\n", options.dialect.name(at)));
    }
    for arm in &assigned.arms {
        let gets = arm.outcome.as_ref().map_or_else(|| none.to_owned(), |outcome| of(outcome, part));
        sql.push_str(&format!("  WHEN {} THEN {gets}\n", arm.claim.sql()));
    }
    sql.push_str(&format!("  ELSE {none}\nEND AS {})\n", options.dialect.of_type(kind)));
    sql
}

/// A query that compares a log with the configuration.
pub(super) fn check(assigned: &Assigned, title: &str, log: &Log, options: &Options) -> String {
    let dialect = options.dialect;
    let name = |column: &str| format!("l.{}", dialect.name(column));
    let mut seen = vec![
        format!("{} AS {SUBJECT}", subject("l.", options)),
        format!("{} AS logged_variation", name(&log.variation)),
    ];
    let mut kept = vec!["logged_variation"];
    if let Some(allocation) = &log.allocation {
        seen.push(format!("{} AS logged_allocation", name(allocation)));
        kept.push("logged_allocation");
    }
    if let (true, When::Column(at)) = (assigned.timed, &options.when) {
        seen.push(format!("{} AS {INSTANT}", dialect.instants(&name(at))));
    }
    let mut from = format!("{} AS l", dialect.path(&log.table));
    let joined = log.joined && !assigned.attributes.is_empty();
    if joined {
        let table = dialect.path(&options.table);
        from.push_str(&format!(
            "\n  LEFT JOIN {table} AS t ON {} = {}",
            subject("t.", options),
            subject("l.", options)
        ));
        seen.push(format!("{} AS known", subject("t.", options)));
    }
    seen.extend(attributes(assigned, if joined { "t." } else { "l." }, options));
    if let Some((column, key)) = &log.flag {
        // Keys cannot have what a literal cannot hold.
        from.push_str(&format!("\n  WHERE {} = {}", name(column), dialect.text(key).unwrap_or_default()));
    }
    let mut sql = format!("-- {title}\n");
    sql.push_str(&with(assigned, &seen, &from, &kept, &undecided(assigned, joined), options));
    sql.push_str(&counts(assigned, log, options));
    sql
}

fn counts(assigned: &Assigned, log: &Log, options: &Options) -> String {
    let part = |part: Part| format!("{} AS {}", of_arm(assigned, part, options), word(part));
    let allocation = if log.allocation.is_some() { ",\n    logged_allocation" } else { "" };
    let mut same = "logged_variation IS NOT DISTINCT FROM variation".to_owned();
    if log.allocation.is_some() {
        same.push_str(" AND logged_allocation IS NOT DISTINCT FROM allocation");
    }
    format!(
        ", judged AS (\n  SELECT\n    arm,\n    logged_variation{allocation},\n    {},\n    {},\n    {}\n  FROM assigned\n)\n\
         SELECT\n  allocation,\n  variation,\n  logged,\n  COUNT(*) AS assignments,\n  \
         COUNT(CASE WHEN arm >= 0 AND {same} THEN 1 END) AS matches,\n  \
         COUNT(CASE WHEN arm >= 0 AND NOT ({same}) THEN 1 END) AS mismatches,\n  \
         COUNT(CASE WHEN arm < 0 THEN 1 END) AS undecided\n\
         FROM judged\nGROUP BY allocation, variation, logged\nORDER BY allocation, variation, logged;\n",
        part(Part::Allocation),
        part(Part::Variation),
        part(Part::Logged),
    )
}

/// Of whom nothing can be said: rows without a subject, or without an instant where it matters.
fn undecided(assigned: &Assigned, joined: bool) -> String {
    let mut unknown = vec![format!("{SUBJECT} IS NULL")];
    if assigned.timed {
        unknown.push(format!("{INSTANT} IS NULL"));
    }
    if joined {
        unknown.push("known IS NULL".to_owned());
    }
    unknown.join(" OR ")
}

fn attributes(assigned: &Assigned, table: &str, options: &Options) -> Vec<String> {
    let columns = assigned.attributes.iter().map(|(alias, name)| {
        let kind = options.declared.get(name).copied().unwrap_or(Declared::Text);
        format!("{} AS {alias}", column(name, kind, table, options))
    });
    columns.collect()
}

/// The steps up to the number of each subject's arm: what is seen, what is derived from it once, targeted, assigned.
fn with(assigned: &Assigned, seen: &[String], from: &str, kept: &[&str], undecided: &str, options: &Options) -> String {
    let once = options.dialect.once();
    let mut sql = format!("WITH seen AS (\n  SELECT\n    {}\n  FROM {from}{once}\n)", seen.join(",\n    "));
    let mut before = "seen";
    let worked_out = assigned.versions.iter().chain(&assigned.shards);
    let worked_out: Vec<String> = worked_out.map(|(alias, sql)| format!("{sql} AS {alias}")).collect();
    let audiences: Vec<String> =
        assigned.audiences.iter().map(|(alias, claim)| format!("{} AS {alias}", claim.sql())).collect();
    for (name, columns) in [("derived", worked_out), ("targeted", audiences)] {
        if !columns.is_empty() {
            let columns = columns.join(",\n    ");
            sql.push_str(&format!(", {name} AS (\n  SELECT\n    {before}.*,\n    {columns}\n  FROM {before}{once}\n)"));
            before = name;
        }
    }
    let mut cases = format!("CASE\n      WHEN {undecided} THEN -1\n");
    for (number, arm) in (1..).zip(&assigned.arms) {
        let number = if arm.outcome.is_some() { number } else { 0 };
        cases.push_str(&format!("      WHEN {} THEN {number}\n", arm.claim.sql()));
    }
    cases.push_str("      ELSE 0\n    END AS arm");
    let kept = kept.join(",\n    ");
    sql.push_str(&format!(", assigned AS (\n  SELECT\n    {kept},\n    {cases}\n  FROM {before}{once}\n)"));
    sql
}

fn word(part: Part) -> &'static str {
    match part {
        Part::Variation => "variation",
        Part::Allocation => "allocation",
        Part::Value => "value",
        Part::Logged => "logged",
    }
}

fn of(outcome: &Outcome, part: Part) -> String {
    match part {
        Part::Variation => outcome.variation.clone(),
        Part::Allocation => outcome.allocation.clone(),
        Part::Value => outcome.value.clone(),
        Part::Logged => if outcome.logged { "TRUE" } else { "FALSE" }.to_owned(),
    }
}

fn column_type(assigned: &Assigned, part: Part) -> Type {
    match (part, assigned.kind) {
        (Part::Variation | Part::Allocation, _) => Type::Text,
        (Part::Logged, _) => Type::Truth,
        (Part::Value, Some(VariationType::Boolean)) => Type::Truth,
        (Part::Value, Some(VariationType::Integer)) => Type::Whole,
        (Part::Value, Some(VariationType::Numeric)) => Type::Double,
        (Part::Value, Some(VariationType::String | VariationType::Json) | None) => Type::Text,
    }
}

/// A part of the assignment by the number of its arm.
fn of_arm(assigned: &Assigned, part: Part, options: &Options) -> String {
    let kind = options.dialect.of_type(column_type(assigned, part));
    let outcomes = || (1..).zip(&assigned.arms).filter_map(|(number, arm)| Some((number, arm.outcome.as_ref()?)));
    if part == Part::Logged {
        let logged: Vec<String> =
            outcomes().filter(|(_, outcome)| outcome.logged).map(|(number, _): (i32, _)| number.to_string()).collect();
        return if logged.is_empty() { "FALSE".to_owned() } else { format!("arm IN ({})", logged.join(", ")) };
    }
    let cases: String =
        outcomes().map(|(number, outcome)| format!("\n    WHEN {number} THEN {}", of(outcome, part))).collect();
    if cases.is_empty() { format!("CAST(NULL AS {kind})") } else { format!("CAST(CASE arm{cases}\n  END AS {kind})") }
}
