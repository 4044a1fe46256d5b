//! A waterfall as arms: who gets which, in order, as claims on columns; and the columns that the claims need.

mod split;

use std::collections::BTreeMap;

use super::claim::Claim;
use super::condition::{self, Column, Unsayable};
use super::dialect::Dialect;
use super::{Options, Shape, Site, Trouble, When};
use crate::evaluate::ask::{Check, Patterns, understand};
use crate::region::Declared;
use crate::ufc::{self, Instant, VariationType};

/// A flag, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Assigned {
    /// The type of its values; none where the flag is not served.
    pub(super) kind: Option<VariationType>,
    /// Columns of the table that are needed: alias and attribute, in the order they are asked about.
    pub(super) attributes: Vec<(String, String)>,
    /// Attributes as versions: alias and expression on the aliases of attributes.
    pub(super) versions: Vec<(String, String)>,
    /// Hashes: alias and expression of the subject's shard.
    pub(super) shards: Vec<(String, String)>,
    /// What several arms have in common: alias and claim.
    pub(super) audiences: Vec<(String, Claim)>,
    /// The first that holds decides.
    pub(super) arms: Vec<Arm>,
    /// Whether the instant matters.
    pub(super) timed: bool,
}

/// What some subjects get.
#[derive(Debug)]
pub(super) struct Arm {
    pub(super) claim: Claim,
    /// None: the default that the caller passes.
    pub(super) outcome: Option<Outcome>,
}

/// An assignment; texts are literals.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) variation: String,
    pub(super) allocation: String,
    pub(super) value: String,
    pub(super) logged: bool,
}

/// The names of columns that are made on the way.
pub(super) const SUBJECT: &str = "subject";
pub(super) const INSTANT: &str = "instant";

/// Reads a flag. None stands for one that is not served.
pub(super) fn assign(flag: Option<&ufc::Flag>, options: &Options) -> Result<Assigned, Vec<Trouble>> {
    let Some(flag) = flag else { return Ok(Assigned::default()) };
    let mut reader = Reader {
        flag,
        options,
        inline: matches!(options.shape, Shape::Expression(_)),
        done: Assigned { kind: Some(flag.variation_type), ..Assigned::default() },
        aliases: BTreeMap::new(),
        patterns: Patterns::new(),
        troubles: Vec::new(),
    };
    for (index, allocation) in flag.allocations.iter().enumerate() {
        if reader.allocation(index, allocation) {
            break;
        }
    }
    reader.troubles.sort();
    reader.troubles.dedup();
    if reader.troubles.is_empty() { Ok(reader.done) } else { Err(reader.troubles) }
}

struct Reader<'a> {
    flag: &'a ufc::Flag,
    options: &'a Options,
    /// Whether everything is written where it is used.
    inline: bool,
    done: Assigned,
    /// The SQL of attributes and salts that were met.
    aliases: BTreeMap<(bool, String), String>,
    patterns: Patterns,
    troubles: Vec<Trouble>,
}

impl Reader<'_> {
    fn dialect(&self) -> Dialect {
        self.options.dialect
    }

    /// Adds an allocation's arms. True when nobody is left for those after it.
    fn allocation(&mut self, index: usize, allocation: &ufc::Allocation) -> bool {
        let window = self.window(index, allocation);
        if window == Claim::Never {
            return false;
        }
        let rules: Vec<Claim> = allocation.rules.iter().map(|rule| self.rule(index, rule)).collect();
        let targeted = if rules.is_empty() { Claim::Always } else { Claim::any(rules) };
        let audience = Claim::all([window, targeted]);
        if audience == Claim::Never {
            return false;
        }
        let splits: Vec<(Claim, &ufc::Split)> = allocation
            .splits
            .iter()
            .map(|split| (Claim::all(split.shards.iter().map(|shard| self.shard(index, shard))), split))
            .filter(|(exposed, _)| *exposed != Claim::Never)
            .collect();
        let audience = if splits.len() > 1 { self.audience(audience) } else { audience };
        for (exposed, split) in splits {
            let claim = Claim::all([audience.clone(), exposed]);
            let everyone = claim == Claim::Always;
            let outcome = self.outcome(index, allocation, split);
            self.done.arms.push(Arm { claim, outcome });
            if everyone {
                return true;
            }
        }
        false
    }

    /// What several arms ask is worked out once.
    fn audience(&mut self, claim: Claim) -> Claim {
        if self.inline || claim == Claim::Always {
            return claim;
        }
        let known = self.done.audiences.iter().find(|(_, known)| *known == claim);
        let alias = known.map(|(alias, _)| alias.clone()).unwrap_or_else(|| {
            let alias = format!("audience_{}", self.done.audiences.len() + 1);
            self.done.audiences.push((alias.clone(), claim));
            alias
        });
        Claim::Test(alias)
    }

    fn window(&mut self, index: usize, allocation: &ufc::Allocation) -> Claim {
        let bounds = [(&allocation.start_at, ">="), (&allocation.end_at, "<=")];
        let claims = bounds.map(|(bound, sign)| {
            let Some(text) = bound else { return Claim::Always };
            let read = Instant::parse(text);
            match &self.options.when {
                When::At(at) => {
                    let at = Instant::from(*at);
                    let open = read.is_some_and(|bound| if sign == ">=" { at >= bound } else { at <= bound });
                    if read.is_some() {
                        return if open { Claim::Always } else { Claim::Never };
                    }
                }
                When::Column(column) => {
                    if let Some(bound) = read.and_then(Instant::timestamp) {
                        self.done.timed = true;
                        let dialect = self.dialect();
                        let column =
                            if self.inline { dialect.instants(&dialect.name(column)) } else { INSTANT.to_owned() };
                        return Claim::Test(format!("{column} {sign} {}", dialect.instant(bound)));
                    }
                }
            }
            self.troubles.push(Trouble {
                site: Site::Allocation(index),
                message: format!("the date `{text}` cannot be written"),
                reason: "no date of SQL".to_owned(),
                help: "write it like `2026-12-01T09:00:00.000Z`".to_owned(),
            });
            Claim::Never
        });
        Claim::all(claims)
    }

    fn rule(&mut self, index: usize, rule: &ufc::Rule) -> Claim {
        let claims: Vec<Claim> = rule.conditions.iter().map(|condition| self.condition(index, condition)).collect();
        Claim::all(claims)
    }

    fn condition(&mut self, index: usize, condition: &ufc::Condition) -> Claim {
        let check = understand(condition, &mut self.patterns);
        let attribute = condition.attribute.as_str();
        let declared = self.options.declared.get(attribute).copied();
        // The subject's key is a text.
        let kind = declared.or_else(|| (attribute == "id").then_some(Declared::Text));
        let claimed = match kind {
            Some(kind) => self.claim(&check, attribute, kind),
            None => Err(Unsayable {
                what: format!("a condition on `{attribute}`"),
                why: "nobody declared its type".to_owned(),
                help: "declare it with `attribute`".to_owned(),
            }),
        };
        claimed.unwrap_or_else(|unsayable| {
            let operand = condition.value.as_str().map_or_else(|| condition.value.to_string(), str::to_owned);
            let site = Site::Condition { allocation: index, attribute: attribute.to_owned(), operand };
            self.trouble(site, unsayable);
            Claim::Never
        })
    }

    fn claim(&mut self, check: &Check, attribute: &str, kind: Declared) -> Result<Claim, Unsayable> {
        let dialect = self.dialect();
        let sql = self.attribute(attribute, kind);
        let column = Column { sql: &sql, kind, dialect };
        match (check, kind) {
            (Check::Version { .. }, Declared::Text | Declared::Version) => {
                let version = condition::version_or_null(column)?;
                let version = if self.inline { format!("({version})") } else { self.version(&sql, version) };
                condition::claim(check, Column { sql: &version, kind, dialect })
            }
            _ => condition::claim(check, column),
        }
    }

    /// The alias of an attribute as a version.
    fn version(&mut self, attribute: &str, sql: String) -> String {
        let alias = format!("version_of_{attribute}");
        if !self.done.versions.iter().any(|(known, _)| *known == alias) {
            self.done.versions.push((alias.clone(), sql));
        }
        alias
    }

    fn trouble(&mut self, site: Site, unsayable: Unsayable) {
        let Unsayable { what, why, help } = unsayable;
        let message = format!("{what} cannot be written exactly for {}", self.dialect().word());
        self.troubles.push(Trouble { site, message, reason: why, help });
    }

    /// The SQL of an attribute's value.
    fn attribute(&mut self, name: &str, kind: Declared) -> String {
        if let Some(known) = self.aliases.get(&(true, name.to_owned())) {
            return known.clone();
        }
        let sql = if self.inline {
            column(name, kind, "", self.options)
        } else {
            let alias = self.alias(name);
            self.done.attributes.push((alias.clone(), name.to_owned()));
            alias
        };
        self.aliases.insert((true, name.to_owned()), sql.clone());
        sql
    }

    /// A name that every dialect takes without quotes and in full, and that no other attribute has.
    fn alias(&self, name: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        let base: String = "attribute_".chars().chain(name.chars().map(plain)).take(38).collect();
        let taken = |alias: &str| self.done.attributes.iter().any(|(known, _)| known == alias);
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        std::iter::once(base.clone()).chain(numbered).find(|alias| !taken(alias)).unwrap_or(base)
    }
}

/// The subject's key, as text. `table` is empty or ends in a dot.
pub(super) fn subject(table: &str, options: &Options) -> String {
    let dialect = options.dialect;
    let column = dialect.name(&options.subject);
    format!("CAST({table}{column} AS {})", dialect.of_type(super::dialect::Type::Text))
}

/// An attribute's value. The attribute `id` is the subject's key unless another is passed.
pub(super) fn column(name: &str, kind: Declared, table: &str, options: &Options) -> String {
    let dialect = options.dialect;
    let mapped = options.columns.get(name);
    let own = format!("{table}{}", dialect.name(mapped.map_or(name, String::as_str)));
    let own = match kind {
        Declared::Text | Declared::Version => bytewise(dialect, &own),
        Declared::Number => format!("CAST({own} AS {})", dialect.of_type(super::dialect::Type::Double)),
        Declared::Bool => own,
    };
    if name != "id" {
        return own;
    }
    let key = bytewise(dialect, &subject(table, options));
    if mapped.is_some() { format!("COALESCE({own}, {key})") } else { key }
}

fn bytewise(dialect: Dialect, column: &str) -> String {
    let written = dialect.bytewise(column);
    if written.contains(' ') && written != column { format!("({written})") } else { written }
}
