//! A walk along the automata of several patterns at once, byte by byte, the shortest texts first.

use std::collections::VecDeque;
use std::rc::Rc;

use regex_automata::dfa::Automaton as _;
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, Input};
use rustc_hash::FxHashMap;

use super::trie::Trie;
use super::utf8::Utf8;
use super::{Dfa, Search};

/// The most states of a walk.
const STATES: usize = 60_000;

/// One pattern of a search.
pub(super) struct Track {
    pub(super) automaton: Rc<Dfa>,
    /// Whether the text must match it, or must not.
    pub(super) wanted: bool,
}

/// Where one pattern's automaton is; a match, once seen, stays.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum At {
    State(StateID),
    Matched,
}

/// Where a walk is: in the middle of which UTF-8 sequence, in which excluded text, and in each automaton.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    utf8: Utf8,
    /// Node of the trie of excluded texts; none once the text differs from all of them.
    excluded: Option<usize>,
    tracks: Vec<At>,
}

/// A text on whose way every track ends as it should, none of those in the trie; with how many steps it takes to find out.
pub(super) fn walk(tracks: &[Track], trie: &Trie) -> (Search, usize) {
    let Some(start) = beginning(tracks) else {
        return (Search::Unknown("a pattern cannot be followed".to_owned()), 0);
    };
    let mut steps = 0;
    let bytes = alphabet(tracks, trie);
    let mut places: Vec<(Place, usize, u8)> = vec![(start.clone(), usize::MAX, 0)];
    let mut seen = FxHashMap::default();
    seen.insert(start, ());
    let mut open = VecDeque::from([0]);
    while let Some(index) = open.pop_front() {
        let Some((place, _, _)) = places.get(index).cloned() else { break };
        if ends(tracks, trie, &place) {
            return (spelled(&places, index), steps);
        }
        steps += bytes.len();
        for &byte in &bytes {
            let Some(next) = step(tracks, trie, &place, byte) else { continue };
            if seen.contains_key(&next) {
                continue;
            }
            if places.len() >= STATES {
                let reason = "the patterns on one attribute are too entangled to decide".to_owned();
                return (Search::Unknown(reason), steps);
            }
            seen.insert(next.clone(), ());
            open.push_back(places.len());
            places.push((next, index, byte));
        }
    }
    (Search::Nothing, steps)
}

fn beginning(tracks: &[Track]) -> Option<Place> {
    let mut at = Vec::with_capacity(tracks.len());
    for track in tracks {
        let input = Input::new("").anchored(Anchored::No);
        let state = track.automaton.start_state_forward(&input).ok()?;
        at.push(settle(track, state)?);
    }
    Some(Place { utf8: Utf8::Between, excluded: Some(0), tracks: at })
}

/// The state as a place; none where the text can no longer be one that is wanted.
fn settle(track: &Track, state: StateID) -> Option<At> {
    if track.automaton.is_match_state(state) {
        return track.wanted.then_some(At::Matched);
    }
    let lost = track.automaton.is_dead_state(state) && track.wanted;
    // A quit state would mean that the automaton gave up; building it without Unicode word boundaries rules that out.
    (!lost && !track.automaton.is_quit_state(state)).then_some(At::State(state))
}

fn step(tracks: &[Track], trie: &Trie, place: &Place, byte: u8) -> Option<Place> {
    let utf8 = place.utf8.after(byte)?;
    let mut at = Vec::with_capacity(tracks.len());
    for (track, now) in tracks.iter().zip(&place.tracks) {
        at.push(match now {
            At::Matched => At::Matched,
            At::State(state) => settle(track, track.automaton.next_state(*state, byte))?,
        });
    }
    let excluded = place.excluded.and_then(|node| trie.after(node, byte));
    Some(Place { utf8, excluded, tracks: at })
}

/// Whether the text may end here.
fn ends(tracks: &[Track], trie: &Trie, place: &Place) -> bool {
    let whole = place.utf8 == Utf8::Between && !place.excluded.is_some_and(|node| trie.ends(node));
    whole
        && tracks.iter().zip(&place.tracks).all(|(track, at)| {
            let matched = match at {
                At::Matched => true,
                At::State(state) => track.automaton.is_match_state(track.automaton.next_eoi_state(*state)),
            };
            matched == track.wanted
        })
}

fn spelled(places: &[(Place, usize, u8)], mut index: usize) -> Search {
    let mut bytes = Vec::new();
    while let Some((_, before, byte)) = places.get(index) {
        if *before == usize::MAX {
            break;
        }
        bytes.push(*byte);
        index = *before;
    }
    bytes.reverse();
    String::from_utf8(bytes).map_or_else(|_| Search::Unknown("a text could not be spelled".to_owned()), Search::Found)
}

/// One byte of each class that all automata, the trie and UTF-8 treat alike, those that people like to read first.
fn alphabet(tracks: &[Track], trie: &Trie) -> Vec<u8> {
    let mut classes: FxHashMap<Vec<u8>, ()> = FxHashMap::default();
    let mut bytes: Vec<u8> = (0..=u8::MAX).collect();
    bytes.sort_by_key(|byte| (preference(*byte), *byte));
    bytes.retain(|byte| {
        let mut class: Vec<u8> = tracks.iter().map(|track| track.automaton.byte_classes().get(*byte)).collect();
        class.push(Utf8::class(*byte));
        class.push(if trie.uses(*byte) { *byte } else { 0 });
        class.push(u8::from(trie.uses(*byte)));
        classes.insert(class, ()).is_none()
    });
    bytes
}

fn preference(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'0'..=b'9' => 1,
        b'-' | b'.' | b'_' | b'@' => 2,
        b'A'..=b'Z' => 3,
        b'!'..=b'~' => 4,
        b' ' => 5,
        0x80.. => 6,
        _ => 7,
    }
}
