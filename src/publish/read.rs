//! ConfigMaps to a configuration, every byte verified.

use std::fmt;

use super::limit;
use super::manifest::Manifest;
use super::{Digest, Layout, Object, Payload, gzip, names};

/// More parts than a configuration can have.
const MOST_PARTS: usize = 99;

/// Why an object gives no configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It lacks an annotation, or the annotation is nonsense.
    Annotation(&'static str),
    /// It lacks what it should hold.
    Key(&'static str),
    /// A part is not there.
    Part(String),
    /// It is not gzip, or damaged.
    Damaged(String),
    /// It is larger than a configuration may be.
    TooLarge,
    /// It is not what the annotation says.
    Digest {
        /// What the annotation says.
        expected: Digest,
        /// What it is.
        found: Digest,
    },
    /// It is no configuration.
    Configuration(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Annotation(name) => write!(f, "the annotation `{name}` is missing or wrong"),
            Self::Key(name) => write!(f, "`{name}` is missing"),
            Self::Part(name) => write!(f, "the part `{name}` is missing"),
            Self::Damaged(problem) => write!(f, "its gzip is damaged: {problem}"),
            Self::TooLarge => write!(f, "it has more than the {} bytes of a configuration", limit::CONFIGURATION),
            Self::Digest { expected, found } => write!(f, "its digest is {found}, and should be {expected}"),
            Self::Configuration(problem) => write!(f, "it is no configuration: {problem}"),
        }
    }
}

impl std::error::Error for Unreadable {}

/// The configuration that a pointer points to, or that its history or a part of it belongs to. `part` finds a part by name.
///
/// # Errors
/// When anything is missing, or a byte is not what the digest says.
pub fn read(object: &Object, part: &mut dyn FnMut(&str) -> Option<Object>) -> Result<Vec<u8>, Unreadable> {
    let digest = digest(object)?;
    let bytes = match layout(object)? {
        Layout::Inline => object.data.get(names::CONFIG).ok_or(Unreadable::Key(names::CONFIG))?.clone().into_bytes(),
        Layout::Gzip => inflate(object.binary_data.get(names::CONFIG_GZ).ok_or(Unreadable::Key(names::CONFIG_GZ))?)?,
        Layout::Parts => inflate(&joined(object, part)?)?,
    };
    verified(bytes, digest)
}

/// The digest that an object names, not verified.
///
/// # Errors
/// When it names none.
pub fn digest(object: &Object) -> Result<Digest, Unreadable> {
    annotation(object, names::DIGEST).and_then(|text| Digest::parse(text).ok_or(Unreadable::Annotation(names::DIGEST)))
}

/// The layout that an object names.
///
/// # Errors
/// When it names none.
pub fn layout(object: &Object) -> Result<Layout, Unreadable> {
    annotation(object, names::LAYOUT).and_then(|text| Layout::parse(text).ok_or(Unreadable::Annotation(names::LAYOUT)))
}

/// What an object was rendered from, verified: from history to a payload again. The form for clients is left to [`super::client`].
///
/// # Errors
/// As [`read`].
pub fn restore(object: &Object, part: &mut dyn FnMut(&str) -> Option<Object>) -> Result<Payload, Unreadable> {
    let number =
        |name| annotation(object, name).and_then(|text| text.parse().map_err(|_| Unreadable::Annotation(name)));
    Ok(Payload {
        bytes: read(object, part)?,
        client: None,
        revision: annotation(object, names::REVISION)?.to_owned(),
        signer: object.annotations.get(names::SIGNER).cloned(),
        environment: annotation(object, names::ENVIRONMENT)?.to_owned(),
        flags: number(names::FLAGS)?,
    })
}

/// The configuration that a pod sees where a pointer is mounted, with what the pointer says about it. `file` reads one of its files.
///
/// # Errors
/// As [`read`]; of layout `parts` there is nothing to see: [`Unreadable::Key`].
pub fn mounted(file: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Result<(Manifest, Vec<u8>), Unreadable> {
    let text = file(names::MANIFEST).ok_or(Unreadable::Key(names::MANIFEST))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|_| Unreadable::Annotation(names::MANIFEST))?;
    let digest = Digest::parse(&manifest.digest).ok_or(Unreadable::Annotation(names::DIGEST))?;
    let bytes = match Layout::parse(&manifest.layout).ok_or(Unreadable::Annotation(names::LAYOUT))? {
        Layout::Inline => file(names::CONFIG).ok_or(Unreadable::Key(names::CONFIG))?,
        Layout::Gzip => inflate(&file(names::CONFIG_GZ).ok_or(Unreadable::Key(names::CONFIG_GZ))?)?,
        Layout::Parts => return Err(Unreadable::Key(names::CONFIG)),
    };
    Ok((manifest, verified(bytes, digest)?))
}

fn annotation<'a>(object: &'a Object, name: &'static str) -> Result<&'a str, Unreadable> {
    object.annotations.get(name).map(String::as_str).ok_or(Unreadable::Annotation(name))
}

fn inflate(bytes: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let inflated =
        gzip::inflate(bytes, limit::CONFIGURATION).map_err(|error| Unreadable::Damaged(error.to_string()))?;
    inflated.ok_or(Unreadable::TooLarge)
}

/// The names of the parts that a pointer of layout `parts` has; none of the other layouts.
///
/// # Errors
/// When it does not say.
pub fn parts(object: &Object) -> Result<Vec<String>, Unreadable> {
    if layout(object)? != Layout::Parts {
        return Ok(Vec::new());
    }
    let digest = digest(object)?;
    let target = object.annotations.get(names::TARGET).unwrap_or(&object.name);
    let count: usize = annotation(object, names::PARTS)?.parse().map_err(|_| Unreadable::Annotation(names::PARTS))?;
    if count > MOST_PARTS {
        return Err(Unreadable::Annotation(names::PARTS));
    }
    Ok((0..count).map(|number| names::part(target, &digest, number)).collect())
}

fn joined(object: &Object, part: &mut dyn FnMut(&str) -> Option<Object>) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    for name in parts(object)? {
        let found = part(&name).ok_or_else(|| Unreadable::Part(name.clone()))?;
        bytes.extend(found.binary_data.get(names::CONFIG_GZ).ok_or(Unreadable::Key(names::CONFIG_GZ))?);
    }
    Ok(bytes)
}

fn verified(bytes: Vec<u8>, expected: Digest) -> Result<Vec<u8>, Unreadable> {
    let found = Digest::of(&bytes);
    if found == expected { Ok(bytes) } else { Err(Unreadable::Digest { expected, found }) }
}
