//! What a case touches.

use jiff::Timestamp;

use super::Bench;
use super::cells::{Cell, Piece};
use crate::count::Targeting;
use crate::evaluate::Subject;
use crate::model::{TestCase, TestSubject};
use crate::test::given::combinations;
use crate::test::observe::{Part, outcome};
use crate::test::rows;

/// Marks the cells that a case touches: at its instant, or without one at every instant.
///
/// # Errors
/// The reason why it could not be decided.
pub(super) fn touch(
    bench: &Bench<'_, '_>,
    case: &TestCase,
    pieces: &[Piece],
    cells: &mut [Cell],
) -> Result<(), String> {
    for (number, piece) in pieces.iter().enumerate() {
        let at = match &case.at {
            Some(at) if piece.holds(bench.content, at.value) => at.value,
            Some(_) => continue,
            None => piece.at,
        };
        let mut mark = |targeting: &[Targeting], part: Option<&Part>| {
            let concerned = |cell: &&mut Cell| {
                cell.piece == number && cell.agrees(targeting) && part.is_none_or(|part| cell.part.alike(part))
            };
            cells.iter_mut().filter(concerned).for_each(|cell| cell.touched = true);
        };
        one_piece(bench, case, at, &mut mark)?;
    }
    Ok(())
}

fn one_piece(
    bench: &Bench<'_, '_>,
    case: &TestCase,
    at: Timestamp,
    mark: &mut impl FnMut(&[Targeting], Option<&Part>),
) -> Result<(), String> {
    match &case.who {
        TestSubject::Given { attributes, conditions, others_any: Some(_), span } => {
            let rules = rows::rules(attributes, conditions, *span).map_err(|failure| failure.message)?;
            let asked = rows::regions(&bench.side(), &rules, at);
            let (regions, _) = asked.map_err(|undecided| undecided.reason)?;
            for row in regions {
                match &row.key {
                    Some(key) => one_subject(bench, key, &row.attributes, at, mark),
                    None => mark(&row.targeting, None),
                }
            }
        }
        TestSubject::Given { others_any: None, .. } => {
            for attributes in combinations(&case.who).map_err(|failure| failure.message)? {
                mark(&bench.targeting(None, &attributes, at), None);
            }
        }
        TestSubject::Subject { key, .. } => {
            for attributes in combinations(&case.who).map_err(|failure| failure.message)? {
                one_subject(bench, key, &attributes, at, mark);
            }
        }
    }
    Ok(())
}

fn one_subject(
    bench: &Bench<'_, '_>,
    key: &str,
    attributes: &crate::test::given::Attributes,
    at: Timestamp,
    mark: &mut impl FnMut(&[Targeting], Option<&Part>),
) {
    let subject = Subject { key: key.to_owned(), attributes: attributes.clone() };
    let part = outcome(bench.flag, &subject, at, bench.evaluator, bench.origins);
    mark(&bench.targeting(Some(key), attributes, at), Some(&part));
}
