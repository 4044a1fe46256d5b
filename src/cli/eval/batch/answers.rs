//! Answers to plain lines: what is the same for all whom a split takes is written once.

use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use super::plain::Line;
use super::{Batch, quoted};
use crate::evaluate::event::instant_text;
use crate::evaluate::{Code, Compiled, Place, Subject, Taken};

/// Writes answers, and remembers their parts.
pub(super) struct Answers<'b, 'c> {
    batch: &'b Batch<'c>,
    flags: FxHashMap<String, Flag<'b>>,
    timestamp: String,
}

struct Flag<'b> {
    compiled: Result<&'b Compiled, Code>,
    /// `,"subject":` and what stands before it.
    head: String,
    /// By where the waterfall ended, the parts around what the line gives.
    ends: FxHashMap<Option<Place>, Parts>,
    mismatch: Parts,
}

#[derive(Default)]
struct Parts {
    /// From behind the subject to the code.
    outcome: String,
    /// From there to the event's subject, and from behind the event's attributes; none where nothing is logged.
    event: Option<[String; 2]>,
}

impl<'b, 'c> Answers<'b, 'c> {
    pub(super) fn new(batch: &'b Batch<'c>) -> Self {
        Self { batch, flags: FxHashMap::default(), timestamp: instant_text(batch.at) }
    }

    /// Appends the answer to that line.
    pub(super) fn write(&mut self, line: &Line<'_, '_>, out: &mut String) {
        if !self.flags.contains_key(line.flag) {
            let flag = self.flag(line.flag);
            self.flags.insert(line.flag.to_owned(), flag);
        }
        let Some(flag) = self.flags.get_mut(line.flag) else { return };
        let parts = match flag.compiled {
            Err(_) => &flag.mismatch,
            Ok(compiled) if line.requested.is_some_and(|requested| requested != compiled.kind()) => &flag.mismatch,
            Ok(compiled) => {
                let place = compiled.place(line.subject, line, self.batch.at);
                let (batch, timestamp) = (self.batch, &self.timestamp);
                flag.ends.entry(place).or_insert_with(|| Parts::of(compiled.taken(place), line.flag, batch, timestamp))
            }
        };
        // The text of a plain line stands for itself in the answer too.
        for part in [&flag.head, "\"", line.subject, "\"", &parts.outcome] {
            out.push_str(part);
        }
        if let Some([before, after]) = &parts.event {
            for part in [before, "\"", line.subject, "\",\"subjectAttributes\":", line.attributes, after] {
                out.push_str(part);
            }
        }
        out.push_str("}\n");
    }

    fn flag(&self, key: &str) -> Flag<'b> {
        let compiled = self.batch.evaluator.compiled(key);
        let code = compiled.err().unwrap_or(Code::TypeMismatch);
        Flag {
            compiled,
            head: format!("{}\"flag\":{},\"subject\":", self.batch.head, quoted(key)),
            ends: FxHashMap::default(),
            mismatch: Parts::of(Err(code), key, self.batch, &self.timestamp),
        }
    }
}

impl Parts {
    fn of(taken: Result<Taken<'_>, Code>, requested: &str, batch: &Batch<'_>, timestamp: &str) -> Self {
        let taken = match taken {
            Ok(taken) => taken,
            Err(code) => {
                let outcome = format!(r#","value":null,"variation":null,"allocation":null,"code":"{}""#, code.word());
                return Self { outcome, event: None };
            }
        };
        let (variation, allocation) = (quoted(taken.variation()), quoted(taken.allocation()));
        let (value, code) = (taken.value(), Code::Match.word());
        let outcome = format!(r#","value":{value},"variation":{variation},"allocation":{allocation},"code":"{code}""#);
        // Who it is of, and their attributes, are the line's.
        let event = taken.event(requested, &Subject::default(), batch.at).map(|event| {
            let before = format!(
                r#","event":{{"featureFlag":{},"allocation":{allocation},"experiment":{},"variation":{variation},"subject":"#,
                quoted(&event.flag),
                quoted(&event.experiment()),
            );
            let mut after = format!(r#","timestamp":"{timestamp}","metaData":{}"#, batch.meta_data);
            for (name, value) in event.extra_members() {
                let _ = write!(after, ",{}:{}", quoted(name), quoted(value));
            }
            after.push('}');
            [before, after]
        });
        Self { outcome, event }
    }
}
