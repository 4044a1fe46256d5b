//! The waterfall: allocations in order, the first whose window, rules and shards all admit the subject wins.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::compiled::{Compiled, Taken};
use super::encoding::{Encoding, digest};
use super::flag::{Allocation, Condition, Flag, Split};
use super::{
    AllocationCode, AllocationTrace, Assignment, AttributeValue, Code, ConditionTrace, Event, RuleTrace, ShardTrace,
    SplitTrace, Subject, Trace,
};
use crate::ufc::{self, Config, Instant, VariationType};

/// A configuration made ready for many evaluations. Each flag is made ready when it is first asked for.
#[derive(Debug)]
pub struct Evaluator<'c> {
    encoding: Encoding,
    flags: FxHashMap<&'c str, Entry<'c>>,
}

/// A flag as read, and what was made of it once it was asked for (none: it is not coded as it should be).
#[derive(Debug)]
struct Entry<'c> {
    wire: &'c Result<ufc::Flag, String>,
    /// To be traced.
    ready: OnceLock<Option<Flag<'c>>>,
    compiled: OnceLock<Option<Compiled>>,
}

/// A subject, its attributes under the names that the configuration uses.
struct View<'s> {
    subject: &'s Subject,
    key: AttributeValue,
    /// Names in plain text by their hashes; empty for plain configurations.
    names: BTreeMap<String, &'s str>,
    encoding: Encoding,
}

impl<'c> Evaluator<'c> {
    /// An evaluator of `config`.
    #[must_use]
    pub fn new(config: &'c Config) -> Self {
        let entry = |wire| Entry { wire, ready: OnceLock::new(), compiled: OnceLock::new() };
        let flags = config.flags.iter().map(|(key, flag)| (key.as_str(), entry(flag)));
        Self { encoding: config.format.into(), flags: flags.collect() }
    }

    /// What an SDK would assign at `at`, and what it would log. `requested` is the type the caller asks for, none: the flag's own.
    #[must_use]
    pub fn assign(&self, flag: &str, subject: &Subject, requested: Option<VariationType>, at: Timestamp) -> Assignment {
        match self.outcome(flag, subject, requested, at) {
            Ok(taken) => Assignment::of(taken, flag, subject, at),
            Err(code) => Assignment::default_by(code),
        }
    }

    /// Where the evaluation ends, found without allocating anything.
    ///
    /// # Errors
    /// Why the caller's default applies.
    pub fn outcome(
        &self,
        flag: &str,
        subject: &Subject,
        requested: Option<VariationType>,
        at: Timestamp,
    ) -> Result<Taken<'_>, Code> {
        let flag = self.compiled(flag)?;
        if requested.is_some_and(|requested| requested != flag.kind()) {
            return Err(Code::TypeMismatch);
        }
        flag.taken(flag.place(&subject.key, subject, at))
    }

    /// A flag for many evaluations, compiled when it is first asked for.
    ///
    /// # Errors
    /// Why everybody gets the caller's default.
    pub fn compiled(&self, flag: &str) -> Result<&Compiled, Code> {
        let (entry, wire) = self.entry(flag)?;
        let compile = || Some(Compiled::new(&Flag::new(wire, self.encoding)?, self.encoding));
        entry.compiled.get_or_init(compile).as_ref().ok_or(Code::UnexpectedConfigurationError)
    }

    /// The same, with the steps it took.
    #[must_use]
    pub fn explain(
        &self,
        flag: &str,
        subject: &Subject,
        requested: Option<VariationType>,
        at: Timestamp,
    ) -> (Assignment, Trace) {
        let mut trace = Trace::default();
        let assignment = self.trace(flag, subject, requested, at, &mut trace);
        (assignment, trace)
    }

    fn trace(
        &self,
        key: &str,
        subject: &Subject,
        requested: Option<VariationType>,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Assignment {
        let flag = match self.ready(key) {
            Ok(flag) => flag,
            Err(code) => return Assignment::default_by(code),
        };
        trace.allocations = flag.allocations.iter().enumerate().map(AllocationTrace::unevaluated).collect();
        if requested.is_some_and(|requested| requested != flag.kind) {
            return Assignment::default_by(Code::TypeMismatch);
        }
        let view = View::new(subject, self.encoding);
        for (allocation, trace) in flag.allocations.iter().zip(&mut trace.allocations) {
            if let Some(split) = view.matching_split(allocation, flag.total, at.into(), trace) {
                return self.assigned(key, flag, allocation, split, subject, at);
            }
        }
        Assignment::default_by(Code::DefaultAllocationNull)
    }

    fn ready(&self, key: &str) -> Result<&Flag<'c>, Code> {
        let (entry, wire) = self.entry(key)?;
        entry.ready.get_or_init(|| Flag::new(wire, self.encoding)).as_ref().ok_or(Code::UnexpectedConfigurationError)
    }

    fn entry(&self, key: &str) -> Result<(&Entry<'c>, &'c ufc::Flag), Code> {
        let entry = match self.encoding {
            Encoding::Plain => self.flags.get(key),
            Encoding::Coded => self.flags.get(&*digest(key)),
        };
        let entry = entry.ok_or(Code::FlagUnrecognizedOrDisabled)?;
        let wire = entry.wire.as_ref().map_err(|_| Code::UnexpectedConfigurationError)?;
        if wire.enabled { Ok((entry, wire)) } else { Err(Code::FlagUnrecognizedOrDisabled) }
    }

    fn assigned(
        &self,
        requested: &str,
        flag: &Flag<'c>,
        allocation: &Allocation<'c>,
        split: &Split<'c>,
        subject: &Subject,
        at: Timestamp,
    ) -> Assignment {
        let Some(value) = flag.value(split) else {
            return Assignment::default_by(Code::UnexpectedConfigurationError);
        };
        let variation = self.encoding.text_or_raw(&split.wire.variation_key);
        let plain =
            |(key, value): (&String, &String)| (self.encoding.text_or_raw(key), self.encoding.text_or_raw(value));
        let event = allocation.log.then(|| Event {
            flag: flag.key.unwrap_or(requested).to_owned(),
            allocation: allocation.key.clone(),
            variation: variation.clone(),
            subject: subject.key.clone(),
            attributes: subject.attributes.clone(),
            at,
            extra: split.wire.extra_logging.iter().map(plain).collect(),
        });
        Assignment {
            value: Some(value.clone()),
            variation: Some(variation),
            allocation: Some(allocation.key.clone()),
            code: Code::Match,
            event,
        }
    }
}

impl Assignment {
    fn of(taken: Taken<'_>, requested: &str, subject: &Subject, at: Timestamp) -> Self {
        Self {
            value: Some(taken.value().clone()),
            variation: Some(taken.variation().to_owned()),
            allocation: Some(taken.allocation().to_owned()),
            code: Code::Match,
            event: taken.event(requested, subject, at),
        }
    }

    fn default_by(code: Code) -> Self {
        Self { value: None, variation: None, allocation: None, code, event: None }
    }
}

impl AllocationTrace {
    fn unevaluated((index, allocation): (usize, &Allocation<'_>)) -> Self {
        let code = AllocationCode::Unevaluated;
        Self { key: allocation.key.clone(), index, code, rules: Vec::new(), splits: Vec::new() }
    }
}

impl<'s> View<'s> {
    fn new(subject: &'s Subject, encoding: Encoding) -> Self {
        let names = match encoding {
            Encoding::Plain => BTreeMap::new(),
            Encoding::Coded => {
                let passed = subject.attributes.keys().map(String::as_str).chain(["id"]);
                passed.map(|name| (encoding.name(name).into_owned(), name)).collect()
            }
        };
        Self { subject, key: AttributeValue::Text(subject.key.clone()), names, encoding }
    }

    /// The attribute's name in plain text where it is known, and its value. The subject key is the attribute `id` unless another value is passed.
    fn attribute<'n>(&self, name: &'n str) -> (&'n str, Option<&AttributeValue>)
    where
        's: 'n,
    {
        let name = self.names.get(name).copied().unwrap_or(name);
        let value = self.subject.attributes.get(name).or_else(|| (name == "id").then_some(&self.key));
        (name, value)
    }

    fn matching_split<'f, 'c>(
        &self,
        allocation: &'f Allocation<'c>,
        total: u32,
        now: Instant,
        trace: &mut AllocationTrace,
    ) -> Option<&'f Split<'c>> {
        let outcome = if allocation.start.is_some_and(|start| now < start) {
            Err(AllocationCode::BeforeStartTime)
        } else if allocation.end.is_some_and(|end| now > end) {
            Err(AllocationCode::AfterEndTime)
        } else if !self.targeted(allocation, &mut trace.rules) {
            Err(AllocationCode::FailingRule)
        } else {
            let found = allocation.splits.iter().find(|split| self.exposed(split, total, &mut trace.splits));
            found.ok_or(AllocationCode::TrafficExposureMiss)
        };
        trace.code = outcome.err().unwrap_or(AllocationCode::Match);
        outcome.ok()
    }

    fn targeted(&self, allocation: &Allocation<'_>, trace: &mut Vec<RuleTrace>) -> bool {
        let mut rule_holds = |rule: &Vec<Condition<'_>>| {
            let mut conditions = Vec::new();
            let matched = rule.iter().all(|condition| self.fulfils(condition, &mut conditions));
            trace.push(RuleTrace { matched, conditions });
            matched
        };
        allocation.rules.is_empty() || allocation.rules.iter().any(&mut rule_holds)
    }

    fn fulfils(&self, condition: &Condition<'_>, trace: &mut Vec<ConditionTrace>) -> bool {
        let (attribute, value) = self.attribute(&condition.wire.attribute);
        let matched = condition.check.holds(value, self.encoding);
        trace.push(ConditionTrace {
            attribute: attribute.to_owned(),
            operator: condition.operator,
            operand: self.encoding.operand(condition.operator, &condition.wire.value),
            seen: value.cloned(),
            matched,
        });
        matched
    }

    fn exposed(&self, split: &Split<'_>, total: u32, trace: &mut Vec<SplitTrace>) -> bool {
        let mut shards = Vec::new();
        let matched = split.shards.iter().all(|each| {
            let (shard, matched) = each.of(&self.subject.key, total);
            shards.push(ShardTrace { salt: each.salt.clone(), shard, total, ranges: each.ranges.to_vec(), matched });
            matched
        });
        let variation = self.encoding.text_or_raw(&split.wire.variation_key);
        trace.push(SplitTrace { variation, matched, shards });
        matched
    }
}

#[cfg(test)]
mod tests;
