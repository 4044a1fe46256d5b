//! Layouts at their limits, and what is read back.

use std::collections::BTreeMap;

use super::limit::{self, Limit};
use super::*;

fn payload(bytes: Vec<u8>) -> Payload {
    Payload {
        bytes,
        client: None,
        revision: "4f2a".repeat(10),
        signer: None,
        environment: "production".to_owned(),
        flags: 2,
    }
}

/// A configuration of exactly so many bytes, nearly all of them in the flag `big`.
fn configuration(bytes: usize) -> Vec<u8> {
    let around = r#"{"flags":{"big":"","small":"x","tiny":""}}"#;
    around.replacen("\"\"", &format!("\"{}\"", "a".repeat(bytes - around.len())), 1).into_bytes()
}

/// Bytes that do not compress, the same each time.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(bytes).collect()
}

/// How many bytes of noise are so many when they are compressed: noise grows a little.
fn compressed_to(bytes: usize) -> usize {
    let mut length = bytes - 1_000;
    for _ in 0..20 {
        let found = gzip::compress(&noise(length)).len();
        if found == bytes {
            return length;
        }
        length = length + bytes - found;
    }
    panic!("no noise compresses to {bytes} bytes");
}

fn rendered(payload: &Payload, layout: Layout) -> Rendered {
    render(payload, "flags", layout, Some("uid-1")).unwrap()
}

fn refused(payload: &Payload, layout: Layout) -> (Limit, usize) {
    let large = render(payload, "flags", layout, None).unwrap_err();
    (large.limit, large.bytes)
}

fn find(rendered: &Rendered) -> impl FnMut(&str) -> Option<Object> {
    let parts = rendered.parts.clone();
    move |name| parts.iter().find(|part| part.name == name).cloned()
}

/// How many bytes the manifest in a pointer takes.
fn manifest(payload: &Payload, layout: Layout) -> usize {
    rendered(&Payload { bytes: b"{}".to_vec(), ..payload.clone() }, layout).pointer.data[names::MANIFEST].len()
}

#[test]
fn every_layout_gives_back_the_very_bytes_from_pointer_and_history() {
    let payload = Payload { signer: Some("ana@example.com".to_owned()), ..payload(noise(3_000_000)) };
    let text = Payload { bytes: configuration(9_000), client: Some(b"{\"c\":1}".to_vec()), ..payload.clone() };
    for (payload, layout) in [(&text, Layout::Inline), (&text, Layout::Gzip), (&payload, Layout::Parts)] {
        let rendered = rendered(payload, layout);
        let mut part = find(&rendered);
        assert_eq!(read(&rendered.pointer, &mut part).unwrap(), payload.bytes, "{layout}");
        for kept in rendered.history.iter().chain(&rendered.parts) {
            assert!(kept.immutable && kept.name.starts_with("flags-"), "{layout}");
            let restored = restore(kept, &mut part).unwrap();
            assert_eq!(restored, Payload { client: None, ..payload.clone() }, "{layout}");
        }
        assert!(!rendered.pointer.immutable);
        assert_eq!(super::digest(&rendered.pointer).unwrap(), Digest::of(&payload.bytes));
        assert_eq!(super::layout(&rendered.pointer).unwrap(), layout);
    }
}

#[test]
fn equal_input_gives_equal_bytes_without_time_or_system() {
    let payload = payload(configuration(100_000));
    let gzip = rendered(&payload, Layout::Gzip);
    assert_eq!(gzip, rendered(&payload, Layout::Gzip));
    let bytes = &gzip.pointer.binary_data[names::CONFIG_GZ];
    assert_eq!(bytes[4..8], [0; 4], "the time");
    assert_eq!(bytes[9], 255, "the system");
}

#[test]
fn inline_holds_exactly_one_mebibyte_of_values() {
    let payload = payload(configuration(1_000));
    let most = limit::VALUES - manifest(&payload, Layout::Inline);
    let full = Payload { bytes: configuration(most), ..payload.clone() };
    assert_eq!(read(&rendered(&full, Layout::Inline).pointer, &mut |_| None).unwrap(), full.bytes);
    let over = Payload { bytes: configuration(most + 1), ..payload };
    assert_eq!(refused(&over, Layout::Inline), (Limit::Values, limit::VALUES + 1));
}

#[test]
fn the_form_for_clients_counts_too() {
    let payload = payload(configuration(1_000));
    let client = |bytes: usize| Payload { client: Some(configuration(bytes)), ..payload.clone() };
    let rest = limit::VALUES - 1_000 - rendered(&client(1_000), Layout::Inline).pointer.data[names::MANIFEST].len();
    assert!(render(&client(rest), "flags", Layout::Inline, None).is_ok());
    assert_eq!(refused(&client(rest + 1), Layout::Inline), (Limit::Values, limit::VALUES + 1));
}

#[test]
fn gzip_holds_exactly_one_mebibyte_of_compressed_bytes() {
    let empty = payload(Vec::new());
    let length = compressed_to(limit::VALUES - manifest(&empty, Layout::Gzip));
    let full = payload(noise(length));
    let pointer = rendered(&full, Layout::Gzip).pointer;
    let values: usize = pointer.data.values().map(String::len).chain(pointer.binary_data.values().map(Vec::len)).sum();
    assert_eq!(values, limit::VALUES);
    assert_eq!(read(&pointer, &mut |_| None).unwrap(), full.bytes);
    assert_eq!(refused(&payload(noise(length + 1)), Layout::Gzip), (Limit::Values, limit::VALUES + 1));
}

#[test]
fn a_part_is_full_at_exactly_one_mebibyte_and_the_next_byte_begins_another() {
    let length = compressed_to(limit::VALUES);
    let sizes = |length: usize| {
        let rendered = rendered(&payload(noise(length)), Layout::Parts);
        assert_eq!(rendered.pointer.annotations[names::PARTS], rendered.parts.len().to_string());
        assert_eq!(read(&rendered.pointer, &mut find(&rendered)).unwrap(), noise(length));
        let size = |part: &Object| part.binary_data[names::CONFIG_GZ].len();
        rendered.parts.iter().map(size).collect::<Vec<_>>()
    };
    assert_eq!(sizes(length), [limit::VALUES]);
    assert_eq!(sizes(length + 1), [limit::VALUES, 1]);
}

#[test]
fn parts_hold_the_largest_configuration_even_where_nothing_compresses() {
    let full = payload(noise(limit::CONFIGURATION));
    let rendered = rendered(&full, Layout::Parts);
    assert_eq!(rendered.parts.len(), 65);
    assert!(read(&rendered.pointer, &mut find(&rendered)).unwrap() == full.bytes);
    let over = payload(vec![b' '; limit::CONFIGURATION + 1]);
    for layout in Layout::ALL {
        assert_eq!(refused(&over, layout), (Limit::Configuration, limit::CONFIGURATION + 1), "{layout}");
    }
}

#[test]
fn annotations_hold_exactly_their_limit() {
    let signed = |bytes: usize| Payload { signer: Some("s".repeat(bytes)), ..payload(configuration(100)) };
    let annotations = rendered(&signed(1), Layout::Inline).pointer.annotations;
    let rest: usize = annotations.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() - 1;
    let most = limit::ANNOTATIONS - rest;
    assert!(render(&signed(most), "flags", Layout::Inline, None).is_ok());
    assert_eq!(refused(&signed(most + 1), Layout::Inline), (Limit::Annotations, limit::ANNOTATIONS + 1));
}

#[test]
fn a_request_holds_exactly_its_limit_however_much_json_escapes() {
    // A control character is one byte of data and six of JSON.
    let filled =
        |controls: usize, plain: usize| payload(["\u{1}".repeat(controls), "a".repeat(plain)].concat().into_bytes());
    let most = Limit::Body.bytes();
    let controls = most / 6 - 1_000;
    let plain = most - limit::body(&render(&filled(controls, 0), "flags", Layout::Inline, None).unwrap().pointer);
    let full = render(&filled(controls, plain), "flags", Layout::Inline, None).unwrap();
    assert_eq!(limit::body(&full.pointer), most);
    assert_eq!(refused(&filled(controls, plain + 1), Layout::Inline), (Limit::Body, most + 1));
}

#[test]
fn what_is_too_large_names_the_largest_flags_and_the_next_layout() {
    let large = render(&payload(configuration(limit::VALUES)), "flags", Layout::Inline, None).unwrap_err();
    assert_eq!(large.flags, [("big".to_owned(), limit::VALUES - 40), ("small".to_owned(), 3), ("tiny".to_owned(), 2)]);
    let told = large.to_string();
    assert!(
        told.ends_with(
            "at most 1048576; the largest flags: `big` (1048536 bytes), `small` (3 bytes), `tiny` (2 bytes)"
        ),
        "{told}"
    );
    assert_eq!(large.help(), "use the layout `gzip`, or make these flags smaller");
}

#[test]
fn a_single_changed_byte_is_seen_in_every_layout() {
    let payload = payload(configuration(5_000));
    let change = |object: &mut Object| {
        for text in object.data.iter_mut().filter(|(key, _)| key.as_str() != names::MANIFEST).map(|(_, text)| text) {
            *text = text.replacen("aa", "ab", 1);
        }
        for bytes in object.binary_data.values_mut() {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }
    };
    for layout in Layout::ALL {
        let mut rendered = rendered(&payload, layout);
        rendered.parts.iter_mut().chain([&mut rendered.pointer]).for_each(change);
        let found = read(&rendered.pointer, &mut find(&rendered));
        assert!(matches!(found, Err(Unreadable::Digest { .. } | Unreadable::Damaged(_))), "{layout}: {found:?}");
    }
}

#[test]
fn what_is_missing_or_nonsense_is_named() {
    let whole = rendered(&payload(noise(1_500_000)), Layout::Parts);
    let second = whole.parts[1].name.clone();
    let lost = Rendered { parts: whole.parts[..1].to_vec(), ..whole.clone() };
    assert_eq!(read(&lost.pointer, &mut find(&lost)), Err(Unreadable::Part(second)));

    let without = |name: &str| {
        let mut pointer = whole.pointer.clone();
        pointer.annotations.remove(name);
        read(&pointer, &mut find(&whole))
    };
    for name in [names::DIGEST, names::LAYOUT, names::PARTS] {
        assert_eq!(without(name), Err(Unreadable::Annotation(name)));
    }
    let with = |name: &str, value: &str| {
        let mut pointer = whole.pointer.clone();
        pointer.annotations.insert(name.to_owned(), value.to_owned());
        read(&pointer, &mut find(&whole))
    };
    assert_eq!(with(names::PARTS, "100"), Err(Unreadable::Annotation(names::PARTS)));
    assert_eq!(with(names::PARTS, "-1"), Err(Unreadable::Annotation(names::PARTS)));
    assert_eq!(with(names::LAYOUT, "zip"), Err(Unreadable::Annotation(names::LAYOUT)));
    assert_eq!(with(names::LAYOUT, "inline"), Err(Unreadable::Key(names::CONFIG)));
    assert_eq!(with(names::DIGEST, &"A".repeat(64)), Err(Unreadable::Annotation(names::DIGEST)));
    assert!(matches!(with(names::PARTS, "1"), Err(Unreadable::Damaged(_))));
}

#[test]
fn no_more_is_inflated_than_a_configuration_may_have() {
    let mut pointer = rendered(&payload(b"{}".to_vec()), Layout::Gzip).pointer;
    let bomb = gzip::compress(&vec![0; limit::CONFIGURATION + 1]);
    assert!(bomb.len() < 100_000);
    pointer.binary_data.insert(names::CONFIG_GZ.to_owned(), bomb);
    assert_eq!(read(&pointer, &mut |_| None), Err(Unreadable::TooLarge));
}

#[test]
fn a_pod_verifies_what_is_mounted_without_the_cluster() {
    let payload = Payload { client: Some(b"{\"c\":1}".to_vec()), ..payload(configuration(5_000)) };
    for layout in [Layout::Inline, Layout::Gzip] {
        let pointer = rendered(&payload, layout).pointer;
        let mut files: BTreeMap<String, Vec<u8>> = pointer.binary_data.clone();
        files.extend(pointer.data.iter().map(|(name, text)| (name.clone(), text.clone().into_bytes())));
        let (manifest, bytes) = mounted(&mut |name| files.get(name).cloned()).unwrap();
        assert_eq!((bytes, &manifest.revision), (payload.bytes.clone(), &payload.revision));
        assert_eq!(manifest.client, Some(Digest::of(b"{\"c\":1}").to_string()));
        let other = files.keys().find(|name| name.starts_with("config")).unwrap().clone();
        files.insert(other, gzip::compress(b"something else"));
        assert!(matches!(mounted(&mut |name| files.get(name).cloned()), Err(Unreadable::Digest { .. })));
    }
    let parts = rendered(&payload, Layout::Parts).pointer;
    assert_eq!(parts.data.keys().collect::<Vec<_>>(), [names::MANIFEST]);
    let text = parts.data[names::MANIFEST].clone().into_bytes();
    assert_eq!(
        mounted(&mut |name| (name == names::MANIFEST).then(|| text.clone())),
        Err(Unreadable::Key(names::CONFIG))
    );
}

#[test]
fn labels_say_who_manages_an_object_and_whose_it_is() {
    let payload = payload(b"{}".to_vec());
    let labels = |owner| render(&payload, "flags", Layout::Inline, owner).unwrap().pointer.labels;
    assert_eq!(labels(None), BTreeMap::from([(names::MANAGED_BY.to_owned(), "flagfall".to_owned())]));
    assert_eq!(labels(Some("uid-1"))[names::UID], "uid-1");
}

#[test]
fn names_leave_room_for_the_digest_and_a_part() {
    let longest = "a".repeat(names::LONGEST);
    assert!(names::is_target(&longest));
    assert!(names::part(&longest, &Digest::of(b""), 99).len() == 253);
    for wrong in [&"a".repeat(names::LONGEST + 1), "", "A", "a_b", "-a", "a-", "a..b", ".a", "ä", "a/b", "a b"] {
        assert!(!names::is_target(wrong), "{wrong}");
    }
    assert!(names::is_target("flags.shop-1"));
}

#[test]
fn a_digest_is_read_only_as_it_is_written() {
    let digest = Digest::of(b"flags");
    assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
    for wrong in [&digest.to_string()[1..], &digest.to_string().to_uppercase(), &format!("{digest}0"), ""] {
        assert_eq!(Digest::parse(wrong), None, "{wrong}");
    }
}
