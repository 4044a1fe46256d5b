//! Somebody at a spot: attributes as callers pass them, and a subject key found by hashing.

use std::cell::Cell;

use super::solve::Spot;
use super::space::Space;
use crate::evaluate::bucket::Sharder;
use crate::evaluate::{AttributeValue, Subject};

/// The subject at a spot, with attributes of that copy; none where no key was found within the budget.
pub(super) fn subject(space: &Space, spot: &Spot, copy: usize) -> Option<Subject> {
    subjects(space, spot, &[copy])?.pop()
}

/// The same subject with several copies of attributes.
pub(super) fn subjects(space: &Space, spot: &Spot, copies: &[usize]) -> Option<Vec<Subject>> {
    let mut known: Vec<(usize, Subject)> = Vec::new();
    for copy in copies {
        let mut subject = Subject::default();
        for (index, (_, _, value)) in &spot.attributes {
            let attribute = space.attributes.get(*index)?;
            let missing = *value == AttributeValue::Null && attribute.name != "id";
            if attribute.copy == *copy && !missing {
                subject.attributes.insert(attribute.name.clone(), value.clone());
            }
        }
        known.push((*copy, subject));
    }
    let shards = Shards::at(space, spot);
    let with = |key: &str, implicit: bool| {
        let subjects = known.iter().map(|(_, subject)| {
            let mut subject = subject.clone();
            if implicit {
                subject.attributes.remove("id");
            }
            Subject { key: key.to_owned(), ..subject }
        });
        subjects.collect::<Vec<_>>()
    };
    // Callers rarely pass an `id`: first a key that is one itself.
    if let Some(key) = implicit(space, spot, copies, &shards) {
        return Some(with(&key, true));
    }
    shards.key(|number, key| written(&["subject-", number], key), |_| true).map(|key| with(&key, false))
}

/// A subject key that conditions on `id` treat as the spot says, in every copy.
fn implicit(space: &Space, spot: &Spot, copies: &[usize], shards: &Shards) -> Option<String> {
    let ids = copies.iter().filter_map(|copy| {
        let index = space.attribute(*copy, "id")?;
        let (class, literals, value) = spot.attributes.get(&index)?;
        Some((&space.attributes.get(index)?.domain, *class, literals, value))
    });
    let ids: Vec<_> = ids.collect();
    let fits = |key: &str| ids.iter().all(|(domain, class, literals, _)| domain.has(*class, literals, key));
    let (domain, class, _, value) = ids.first()?;
    let text = value.text()?;
    let listed = domain.classes.get(*class).map_or(&[][..], |class| class.texts.as_slice());
    if let Some(key) = listed.iter().find(|key| usable(key) && fits(key) && shards.hold(key)) {
        return Some(key.clone());
    }
    if !listed.is_empty() {
        return None;
    }
    let forms: [Form<'_>; 4] = [
        &|number, key| written(&["subject-", number], key),
        &|number, key| written(&[&*text, number], key),
        &|number, key| written(&[number, &*text], key),
        &|number, key| written(&[&*text, "-", number], key),
    ];
    let form = forms.into_iter().find(|form| {
        let mut first = String::new();
        form("1", &mut first);
        fits(&first)
    })?;
    shards.key(form, fits)
}

/// How a key is made of a number's digits.
type Form<'f> = &'f dyn Fn(&str, &mut String);

fn written(parts: &[&str], key: &mut String) {
    parts.iter().for_each(|part| key.push_str(part));
}

/// Some callers treat an empty key, and `0`, as none.
fn usable(key: &str) -> bool {
    !key.is_empty() && key != "0"
}

/// The cells that a subject's shards must be in, the rarest first.
struct Shards<'s> {
    wanted: Vec<(Sharder, &'s super::salt::Salt, usize)>,
    /// How many keys it takes on average.
    rarity: f64,
    /// The most that are hashed.
    tries: u64,
    /// The same, for this witness and all later ones.
    left: &'s Cell<u64>,
}

impl<'s> Shards<'s> {
    fn at(space: &'s Space, spot: &Spot) -> Self {
        let mut wanted = Vec::new();
        for (salt, cell) in &spot.salts {
            let Some(salt) = space.salts.get(*salt) else { continue };
            let Some(content) = salt.cells.get(*cell) else { continue };
            let total = u32::try_from(salt.total).unwrap_or(u32::MAX);
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            let rarity = salt.total as f64 / content.shards.max(1) as f64;
            wanted.push((rarity, Sharder::new(&salt.name, total), salt, *cell));
        }
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
        let rarity = wanted.iter().map(|(rarity, ..)| rarity).product();
        let wanted = wanted.into_iter().map(|(_, sharder, salt, cell)| (sharder, salt, cell)).collect();
        Self { wanted, rarity, tries: space.keys, left: &space.keys_left }
    }

    fn hold(&self, key: &str) -> bool {
        self.wanted.iter().all(|(sharder, salt, cell)| salt.cell_at(u64::from(sharder.shard(key))) == *cell)
    }

    fn key(&self, form: impl Fn(&str, &mut String), fits: impl Fn(&str) -> bool) -> Option<String> {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        if self.rarity > self.tries.min(self.left.get()) as f64 / 4.0 {
            return None;
        }
        let (mut key, mut digits) = (String::new(), itoa::Buffer::new());
        for number in 1..=self.tries.min(self.left.get()) {
            self.left.set(self.left.get() - 1);
            key.clear();
            form(digits.format(number), &mut key);
            if self.hold(&key) && usable(&key) && fits(&key) {
                return Some(key);
            }
        }
        None
    }
}
