//! Mutants of audiences: conditions and alternatives, their operators, thresholds and values.

use super::edit::{Edit, Mutants, placed};
use super::words;
use crate::model::{Alternative, Condition, Flag, Operand, Order, Step, Test};
use crate::source::SourceSet;

/// The mutants of the audiences of all steps placed in these environments. Single values come last: there can be many.
pub(super) fn mutants(flag: &Flag, positions: &[usize], sources: &SourceSet, mutants: &mut Mutants) {
    let steps = placed(flag, positions);
    for step in &steps {
        for (a, alternative) in step.audience.alternatives.iter().enumerate() {
            for (c, condition) in alternative.conditions.iter().enumerate() {
                one_condition(step, (a, c), condition, sources, mutants);
            }
            if step.audience.alternatives.len() > 1 {
                let drop = move |step: &mut Step| drop(step.audience.alternatives.remove(a));
                let what = || format!("the alternative `{}` dropped", in_words(alternative, sources));
                mutants.add(alternative.span, what, Edit::Step(step.name.value.clone(), Box::new(drop)));
            }
        }
    }
    for step in &steps {
        for (a, alternative) in step.audience.alternatives.iter().enumerate() {
            for (c, condition) in alternative.conditions.iter().enumerate() {
                single_values(step, (a, c), condition, sources, mutants);
            }
        }
    }
}

fn in_words(alternative: &Alternative, sources: &SourceSet) -> String {
    let conditions = alternative.conditions.iter().map(|condition| words::condition(condition, sources));
    conditions.collect::<Vec<_>>().join("; ")
}

/// The position of a condition: alternative, condition.
type Position = (usize, usize);

fn at((a, c): Position, step: &mut Step) -> Option<&mut Condition> {
    step.audience.alternatives.get_mut(a)?.conditions.get_mut(c)
}

fn one_condition(step: &Step, position: Position, condition: &Condition, sources: &SourceSet, mutants: &mut Mutants) {
    let span = match condition {
        Condition::Attribute { span, .. } | Condition::Segment { span, .. } => *span,
    };
    let name = || step.name.value.clone();
    let before = words::condition(condition, sources);
    for changed in changed(condition) {
        let what = format!("`{before}` made `{}`", words::condition(&changed, sources));
        let change = move |step: &mut Step| {
            if let Some(own) = at(position, step) {
                *own = changed.clone();
            }
        };
        mutants.add(span, || what, Edit::Step(name(), Box::new(change)));
    }
    let drop = move |step: &mut Step| {
        if let Some(alternative) = step.audience.alternatives.get_mut(position.0) {
            alternative.conditions.remove(position.1);
        }
    };
    mutants.add(span, || format!("`{before}` dropped"), Edit::Step(name(), Box::new(drop)));
}

/// The condition with another operator or threshold.
fn changed(condition: &Condition) -> Vec<Condition> {
    match condition {
        Condition::Segment { segment, negated, span } => {
            vec![Condition::Segment { segment: segment.clone(), negated: !negated, span: *span }]
        }
        Condition::Attribute { attribute, test, span } => {
            let with = |test| Condition::Attribute { attribute: attribute.clone(), test, span: *span };
            tests(test).into_iter().map(with).collect()
        }
    }
}

fn tests(test: &Test) -> Vec<Test> {
    match test {
        Test::Null { is } => vec![Test::Null { is: !is }],
        Test::Listed { negated, values } => vec![Test::Listed { negated: !negated, values: values.clone() }],
        Test::Pattern { negated, kind, texts } => {
            vec![Test::Pattern { negated: !negated, kind: *kind, texts: texts.clone() }]
        }
        Test::Compare { order, operand } => {
            let neighbour = Test::Compare { order: neighbour(*order), operand: operand.clone() };
            let moved = moved(operand).into_iter();
            let moved = moved.map(|value| Test::Compare { order: *order, operand: operand.clone().map(|_| value) });
            std::iter::once(neighbour).chain(moved).collect()
        }
    }
}

fn neighbour(order: Order) -> Order {
    match order {
        Order::Gt => Order::Gte,
        Order::Gte => Order::Gt,
        Order::Lt => Order::Lte,
        Order::Lte => Order::Lt,
    }
}

/// Thresholds one below and one above.
fn moved(threshold: &Operand) -> Vec<Operand> {
    match threshold {
        Operand::Number(number) => vec![Operand::Number(number - 1.0), Operand::Number(number + 1.0)],
        Operand::Version(text) => {
            let Ok(version) = semver::Version::parse(text) else { return Vec::new() };
            let patches = [version.patch.checked_sub(1), version.patch.checked_add(1)];
            let with = |patch| Operand::Version(semver::Version { patch, ..version.clone() }.to_string());
            patches.into_iter().flatten().map(with).collect()
        }
        Operand::Text(_) | Operand::Bool(_) => Vec::new(),
    }
}

/// One mutant a listed value: the list without it.
fn single_values(step: &Step, position: Position, condition: &Condition, sources: &SourceSet, mutants: &mut Mutants) {
    let Condition::Attribute { test, .. } = condition else { return };
    let whole = words::condition(condition, sources);
    let places: Vec<_> = match test {
        Test::Listed { values, .. } => values.iter().map(|value| (value.span, words::operand(&value.value))).collect(),
        Test::Pattern { texts, .. } => {
            texts.iter().map(|text| (text.span, crate::syntax::print::quoted(&text.value))).collect()
        }
        Test::Null { .. } | Test::Compare { .. } => Vec::new(),
    };
    if places.len() < 2 {
        return;
    }
    for (index, (span, value)) in places.into_iter().enumerate() {
        let drop = move |step: &mut Step| match at(position, step) {
            Some(Condition::Attribute { test: Test::Listed { values, .. }, .. }) => drop(values.remove(index)),
            Some(Condition::Attribute { test: Test::Pattern { texts, .. }, .. }) => drop(texts.remove(index)),
            _ => {}
        };
        let what = || format!("`{value}` dropped from `{whole}`");
        mutants.add(span, what, Edit::Step(step.name.value.clone(), Box::new(drop)));
    }
}
