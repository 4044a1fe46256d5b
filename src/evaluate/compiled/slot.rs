//! The attributes a flag asks about, each once.

use crate::evaluate::Subject;
use crate::evaluate::encoding::{Encoding, digest};
use crate::evaluate::seen::Seen;

/// An attribute that conditions ask about.
#[derive(Debug)]
pub struct Slot {
    /// As in the configuration: the name, or its hash.
    name: String,
    /// Whether the subject key stands in for it where it is not passed.
    is_id: bool,
    encoding: Encoding,
}

/// Where the values of attributes come from.
pub trait Values {
    /// The value of the attribute that the flag knows by that position; none when it is missing.
    fn value(&self, position: usize, slot: &Slot) -> Option<Seen<'_>>;
}

impl Slot {
    pub(super) fn new(name: &str, encoding: Encoding) -> Self {
        Self { name: name.to_owned(), is_id: name == "id" || *encoding.name("id") == *name, encoding }
    }

    /// Whether the subject key stands in for it where it is not passed.
    #[must_use]
    pub fn is_id(&self) -> bool {
        self.is_id
    }

    /// Which of the attributes passed it is, by their names.
    ///
    /// Only of a hash that is no passed name's hash can an attribute itself be the name.
    pub fn find<'n>(&self, mut names: impl Iterator<Item = &'n str> + Clone) -> Option<usize> {
        match self.encoding {
            Encoding::Plain => names.position(|name| name == self.name),
            Encoding::Coded => {
                let coded = names.clone().position(|name| *digest(name) == *self.name);
                let hidden = coded.is_none() && *digest("id") == *self.name;
                coded.or_else(|| if hidden { None } else { names.position(|name| name == self.name) })
            }
        }
    }
}

impl Values for Subject {
    fn value(&self, _: usize, slot: &Slot) -> Option<Seen<'_>> {
        let found = match slot.encoding {
            Encoding::Plain => self.attributes.get(&slot.name),
            Encoding::Coded => {
                let names = self.attributes.keys().map(String::as_str);
                slot.find(names).and_then(|index| self.attributes.values().nth(index))
            }
        };
        found.map(Seen::from).or_else(|| slot.is_id.then_some(Seen::Text(&self.key)))
    }
}
