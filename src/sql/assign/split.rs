//! Splits: the hashes that they need, and what they assign.

use serde_json::Value;

use super::super::claim::Claim;
use super::super::condition::Unsayable;
use super::{Outcome, Reader, SUBJECT, Site, subject};
use crate::evaluate::ask::served;
use crate::ufc::{self, VariationType};

impl Reader<'_> {
    /// Whether the subject's shard is in a range.
    pub(super) fn shard(&mut self, index: usize, shard: &ufc::Shard) -> Claim {
        let total = self.flag.total_shards;
        if shard.ranges.iter().any(|range| range.start == 0 && range.end == total) {
            return Claim::Always;
        }
        let ranges: Vec<ufc::Range> =
            shard.ranges.iter().filter(|range| range.start < range.end.min(total)).copied().collect();
        if ranges.is_empty() {
            return Claim::Never;
        }
        let Some(sql) = self.hash(index, &shard.salt) else { return Claim::Never };
        Claim::any(ranges.iter().map(|range| {
            Claim::Test(match (range.start, range.end.min(total) - 1) {
                (0, last) => format!("{sql} < {}", last + 1),
                (first, last) if first == last => format!("{sql} = {first}"),
                (first, last) if last + 1 == total => format!("{sql} >= {first}"),
                (first, last) => format!("{sql} BETWEEN {first} AND {last}"),
            })
        }))
    }

    /// The SQL of the subject's shard. Each salt is hashed once.
    fn hash(&mut self, index: usize, salt: &str) -> Option<String> {
        if let Some(known) = self.aliases.get(&(false, salt.to_owned())) {
            return Some(known.clone());
        }
        let dialect = self.dialect();
        let literal = self.text(&format!("{salt}-"), Site::Allocation(index), "the salt")?;
        let sql = if self.inline {
            format!("({})", dialect.shard(&literal, &subject("", self.options), self.flag.total_shards))
        } else {
            let alias = format!("shard_{}", self.done.shards.len() + 1);
            let hash = dialect.shard(&literal, SUBJECT, self.flag.total_shards);
            self.done.shards.push((alias.clone(), hash));
            alias
        };
        self.aliases.insert((false, salt.to_owned()), sql.clone());
        Some(sql)
    }

    fn text(&mut self, text: &str, site: Site, what: &str) -> Option<String> {
        let literal = self.dialect().text(text);
        if literal.is_none() {
            let why = "it has the character NUL, which texts of some engines cannot hold".to_owned();
            let help = "leave the character out".to_owned();
            self.trouble(site, Unsayable { what: format!("{what} `{text}`"), why, help });
        }
        literal
    }

    /// What a split assigns; none where the variation is missing or not of the flag's type.
    pub(super) fn outcome(
        &mut self,
        index: usize,
        allocation: &ufc::Allocation,
        split: &ufc::Split,
    ) -> Option<Outcome> {
        let value = served(self.flag, &split.variation_key)?;
        let site = || Site::Variation(split.variation_key.clone());
        let value = match (self.flag.variation_type, &value) {
            (VariationType::Boolean, value) => value.to_string().to_ascii_uppercase(),
            (VariationType::Numeric, Value::Number(number)) => self.dialect().double(number.as_f64()?),
            (VariationType::Integer | VariationType::Numeric, value) => value.to_string(),
            // JSON as its text, as it stands in the configuration.
            (VariationType::String | VariationType::Json, _) => {
                let written = self.flag.variations.iter().rev().find(|(_, known)| known.key == split.variation_key);
                let text = written.and_then(|(_, known)| known.value.as_str()).unwrap_or_default().to_owned();
                self.text(&text, site(), "the value")?
            }
        };
        Some(Outcome {
            variation: self.text(&split.variation_key, site(), "the variation")?,
            allocation: self.text(&allocation.key, Site::Allocation(index), "the allocation")?,
            value,
            logged: allocation.do_log,
        })
    }
}
