//! The points and gaps of numbers that conditions compare with.

use super::Candidate;
use crate::evaluate::AttributeValue;
use crate::region::Declared;

/// A cell for each operand, each gap that holds a double, and for what is no number though it reads as one.
///
/// A point's other spellings ("18.0", "+18") are there even where its own text is listed. `many` asks for more than one text of each.
pub(super) fn cells(operands: &[f64], listed: &[String], declared: Option<Declared>, many: bool) -> Vec<Candidate> {
    let mut points: Vec<f64> = operands.iter().copied().filter(|operand| !operand.is_nan()).collect();
    // Zero and negative zero are one point.
    points.iter_mut().for_each(|point| *point += 0.0);
    points.sort_by(f64::total_cmp);
    points.dedup();
    if operands.is_empty() {
        return Vec::new();
    }
    let mut values: Vec<Vec<f64>> = Vec::new();
    let mut below = f64::NEG_INFINITY;
    let mut open = true;
    for point in points {
        values.push(between(below, point, open, listed));
        values.push(if point == 0.0 { vec![0.0, -0.0] } else { vec![point] });
        (below, open) = (point, false);
    }
    values.push(between(below, f64::INFINITY, true, listed));
    values.push(vec![f64::NAN]);
    values.iter().filter_map(|values| cell(values, listed, declared, many)).collect()
}

/// Numbers above `below` and below `above`, the nicest first; an open end may be infinite.
fn between(below: f64, above: f64, open: bool, listed: &[String]) -> Vec<f64> {
    let mut numbers = Vec::new();
    let inside = |number: &f64| below < *number && *number < above;
    match (below.is_infinite(), above.is_infinite()) {
        (true, true) => numbers.extend([0.0, 1.0]),
        (true, false) => numbers.extend([above.ceil() - 1.0, above * 2.0, above.next_down()]),
        (false, true) => numbers.extend([below.floor() + 1.0, below * 2.0, below.next_up()]),
        (false, false) => {
            let middle = below / 2.0 + above / 2.0;
            numbers.extend([below.floor() + 1.0, above.ceil() - 1.0, middle, below.next_up(), above.next_down()]);
        }
    }
    numbers.retain(|number| inside(number) && number.is_finite());
    // Where all of those are listed, one of the doubles that follow is not, unless the gap ends first.
    let start = if below.is_infinite() { f64::MIN } else { below.next_up() };
    let following = std::iter::successors(Some(start), |number| Some(number.next_up()));
    numbers.extend(following.take_while(inside).take(listed.len() + 1));
    if open && below.is_infinite() {
        numbers.push(f64::NEG_INFINITY);
    }
    if open && above.is_infinite() {
        numbers.push(f64::INFINITY);
    }
    numbers
}

fn cell(values: &[f64], listed: &[String], declared: Option<Declared>, many: bool) -> Option<Candidate> {
    let free = |text: &String| listed.binary_search(text).is_err();
    let plain: Vec<f64> = values.iter().copied().filter(|value| free(&value.to_string())).collect();
    let spelled = plain.iter().chain(values).flat_map(|value| spellings(*value)).filter(free);
    let more: Vec<String> = spelled.take(if many { 32 } else { 1 }).collect();
    let typed = match declared {
        Some(Declared::Number) => plain.iter().copied().find(|value| value.is_finite()).map(AttributeValue::Number),
        Some(Declared::Text) => more.first().cloned().map(AttributeValue::Text),
        Some(Declared::Bool | Declared::Version) => None,
        None => plain.iter().copied().find(|value| value.is_finite()).map(AttributeValue::Number),
    };
    let any = typed.clone().or_else(|| more.first().cloned().map(AttributeValue::Text))?;
    let typed = typed.or_else(|| declared.is_none().then(|| any.clone()));
    Some(Candidate { any, typed, more })
}

/// Texts that read as the number, its own first.
fn spellings(value: f64) -> impl Iterator<Item = String> {
    std::iter::once(value.to_string()).chain(std::iter::once_with(move || others(value)).flatten())
}

fn others(value: f64) -> Vec<String> {
    let own = value.to_string();
    if value.is_nan() {
        return ["nan", "NAN", "+nan", "-nan"].map(str::to_owned).to_vec();
    }
    if value.is_infinite() {
        let sign = if value > 0.0 { "" } else { "-" };
        return ["infinity", "INF", "Infinity"].iter().map(|word| format!("{sign}{word}")).collect();
    }
    let (sign, digits) = own.strip_prefix('-').map_or(("", own.as_str()), |digits| ("-", digits));
    let point = if digits.contains('.') { "" } else { "." };
    let mut texts = vec![format!("{sign}{digits}{point}0"), format!("{sign}0{digits}"), format!("{sign}{digits}e0")];
    if sign.is_empty() {
        texts.push(format!("+{digits}"));
    }
    texts.extend((2..40).map(|zeros| format!("{sign}{}{digits}", "0".repeat(zeros))));
    texts
}
