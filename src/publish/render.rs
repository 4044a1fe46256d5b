//! A configuration to ConfigMaps.

use std::collections::BTreeMap;

use super::limit::{self, Limit, TooLarge};
use super::manifest::Manifest;
use super::{Digest, Layout, Object, Payload, gzip, names};

/// The ConfigMaps of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// What pods mount.
    pub pointer: Object,
    /// Of layout `parts`: what holds the configuration, immutable, to be written before the pointer; they stay as its history.
    pub parts: Vec<Object>,
    /// Of the other layouts: the immutable copy that stays as history.
    pub history: Vec<Object>,
}

/// The ConfigMaps of a configuration under the name `name`, for the `FlagSync` with the uid `owner`.
///
/// Equal input gives equal bytes. A form for clients is in the pointer only, and not with `parts`: it follows from the
/// configuration, see [`super::client`].
///
/// # Errors
/// When it does not fit: a layout never changes by size.
pub fn render(payload: &Payload, name: &str, layout: Layout, owner: Option<&str>) -> Result<Rendered, TooLarge> {
    let too_large = |(limit, bytes): (Limit, usize)| TooLarge::new(layout, limit, bytes, &payload.bytes);
    if payload.bytes.len() > limit::CONFIGURATION {
        return Err(too_large((Limit::Configuration, payload.bytes.len())));
    }
    let copies = contents(payload, layout);
    let manifest = Manifest::new(payload, layout, (layout == Layout::Parts).then_some(copies.len()));
    let object = |own: String, contents: &Object, immutable: bool| Object {
        name: own,
        labels: labels(owner),
        annotations: manifest.annotations(name),
        immutable,
        ..contents.clone()
    };
    let pointer = object(name.to_owned(), &pointed(payload, layout, &manifest, &copies), false);
    let digest = Digest::of(&payload.bytes);
    let own = |number| match layout {
        Layout::Inline | Layout::Gzip => names::history(name, &digest),
        Layout::Parts => names::part(name, &digest, number),
    };
    let copies: Vec<Object> = copies.iter().enumerate().map(|(number, copy)| object(own(number), copy, true)).collect();
    if let Some(exceeded) = std::iter::once(&pointer).chain(&copies).find_map(limit::exceeded) {
        return Err(too_large(exceeded));
    }
    Ok(match layout {
        Layout::Inline | Layout::Gzip => Rendered { pointer, parts: Vec::new(), history: copies },
        Layout::Parts => Rendered { pointer, parts: copies, history: Vec::new() },
    })
}

fn labels(owner: Option<&str>) -> BTreeMap<String, String> {
    let managed = (names::MANAGED_BY.to_owned(), names::FLAGFALL.to_owned());
    let owner = owner.map(|uid| (names::UID.to_owned(), uid.to_owned()));
    std::iter::once(managed).chain(owner).collect()
}

/// What the immutable objects hold: of `parts` a piece each, else the only one everything.
fn contents(payload: &Payload, layout: Layout) -> Vec<Object> {
    let holding = |piece: Vec<u8>| Object {
        binary_data: BTreeMap::from([(names::CONFIG_GZ.to_owned(), piece)]),
        ..Object::default()
    };
    match layout {
        Layout::Inline => vec![Object {
            data: BTreeMap::from([(names::CONFIG.to_owned(), text(&payload.bytes))]),
            ..Object::default()
        }],
        Layout::Gzip => vec![holding(gzip::compress(&payload.bytes))],
        Layout::Parts => {
            gzip::compress(&payload.bytes).chunks(limit::VALUES).map(|piece| holding(piece.to_vec())).collect()
        }
    }
}

/// What the pointer holds: the manifest, and where it fits by design the configuration.
fn pointed(payload: &Payload, layout: Layout, manifest: &Manifest, copies: &[Object]) -> Object {
    let mut pointed = match layout {
        Layout::Inline | Layout::Gzip => copies.first().cloned().unwrap_or_default(),
        Layout::Parts => Object::default(),
    };
    match (&payload.client, layout) {
        (Some(client), Layout::Inline) => {
            pointed.data.insert(names::CLIENT.to_owned(), text(client));
        }
        (Some(client), Layout::Gzip) => {
            pointed.binary_data.insert(names::CLIENT_GZ.to_owned(), gzip::compress(client));
        }
        (None, _) | (_, Layout::Parts) => {}
    }
    pointed.data.insert(names::MANIFEST.to_owned(), manifest.text());
    pointed
}

/// Configurations are JSON, and so are text; whoever reads compares the digest.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
