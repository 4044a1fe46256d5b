//! Texts that match some patterns and not others: found by walking the patterns' automata side by side.
//!
//! Patterns are read as the evaluator reads them (the `regex` crate: unanchored, Unicode on). A dense automaton is built once a pattern,
//! and bounded: determinizing some patterns takes exponential space, and those are not decided.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use regex_automata::dfa::{Automaton as _, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, Input, MatchKind};
use rustc_hash::FxHashMap;

/// The most bytes an automaton, and the work of building it, may take.
const AUTOMATON: usize = 2 << 20;
/// The most bytes of the program an automaton is built from.
const PROGRAM: usize = 1 << 20;
/// The most states of a walk.
const STATES: usize = 60_000;
/// How many automata a thread keeps.
const KEPT: usize = 512;

/// What a search for a text ends with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Search {
    /// Such a text, one of the shortest.
    Found(String),
    /// There is none.
    Nothing,
    /// It could not be decided; why, in a lower-case sentence.
    Unknown(String),
}

type Dfa = dense::DFA<Vec<u32>>;

thread_local! {
    static BUILT: RefCell<FxHashMap<String, Option<Rc<Dfa>>>> = RefCell::default();
    /// Workspaces ask the same of the same patterns again and again.
    static ANSWERED: RefCell<FxHashMap<Vec<String>, (Search, usize)>> = RefCell::default();
}

/// The pattern's automaton; none where it is too large or uses what automata cannot say.
fn automaton(pattern: &str) -> Option<Rc<Dfa>> {
    let known = BUILT.with_borrow(|built| built.get(pattern).cloned());
    known.unwrap_or_else(|| {
        let automaton = build(pattern).map(Rc::new);
        BUILT.with_borrow_mut(|built| {
            if built.len() >= KEPT {
                built.clear();
            }
            built.insert(pattern.to_owned(), automaton.clone());
        });
        automaton
    })
}

fn build(pattern: &str) -> Option<Dfa> {
    let config = dense::Config::new()
        .match_kind(MatchKind::All)
        .start_kind(regex_automata::dfa::StartKind::Unanchored)
        .dfa_size_limit(Some(AUTOMATON))
        .determinize_size_limit(Some(AUTOMATON));
    let program = thompson::Config::new().nfa_size_limit(Some(PROGRAM)).utf8(true);
    dense::Builder::new().configure(config).thompson(program).build(pattern).ok()
}

/// One pattern of a search.
struct Track {
    automaton: Rc<Dfa>,
    /// Whether the text must match it, or must not.
    wanted: bool,
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

/// A text that matches every pattern of `wanted`, none of `unwanted`, and is none of `excluded`; with how many steps it takes to find out,
/// the same whether the answer was known or not.
pub(super) fn search(wanted: &[&str], unwanted: &[&str], excluded: &[&str]) -> (Search, usize) {
    if excluded.len() > FEW {
        return searched(wanted, unwanted, excluded);
    }
    let question: Vec<String> =
        [wanted, unwanted, excluded].join(&"\0").iter().map(|text| (*text).to_owned()).collect();
    if let Some(known) = ANSWERED.with_borrow(|answered| answered.get(&question).cloned()) {
        return known;
    }
    let answer = searched(wanted, unwanted, excluded);
    ANSWERED.with_borrow_mut(|answered| {
        if answered.len() >= KEPT {
            answered.clear();
        }
        answered.insert(question, answer.clone());
    });
    answer
}

/// Answers about longer lists are not kept.
const FEW: usize = 64;

fn searched(wanted: &[&str], unwanted: &[&str], excluded: &[&str]) -> (Search, usize) {
    let patterns = wanted.iter().map(|pattern| (pattern, true)).chain(unwanted.iter().map(|pattern| (pattern, false)));
    let mut tracks = Vec::new();
    for (pattern, wanted) in patterns {
        match automaton(pattern) {
            Some(automaton) => tracks.push(Track { automaton, wanted }),
            None => {
                return (Search::Unknown(format!("the pattern `{pattern}` is too large to reason about")), 0);
            }
        }
    }
    let mut trie = Trie::default();
    excluded.iter().for_each(|text| trie.add(text.as_bytes()));
    walk(&tracks, &trie)
}

fn walk(tracks: &[Track], trie: &Trie) -> (Search, usize) {
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

/// How far into a character a text is, after the table of well-formed byte sequences of the Unicode standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Utf8 {
    Between,
    One,
    Two,
    Three,
    /// After E0: A0 to BF.
    TwoHigh,
    /// After ED: 80 to 9F.
    TwoLow,
    /// After F0: 90 to BF.
    ThreeHigh,
    /// After F4: 80 to 8F.
    ThreeLow,
}

impl Utf8 {
    fn after(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Between, 0x00..=0x7f) | (Self::One, 0x80..=0xbf) => Some(Self::Between),
            (Self::Between, 0xc2..=0xdf)
            | (Self::Two, 0x80..=0xbf)
            | (Self::TwoHigh, 0xa0..=0xbf)
            | (Self::TwoLow, 0x80..=0x9f) => Some(Self::One),
            (Self::Between, 0xe0) => Some(Self::TwoHigh),
            (Self::Between, 0xed) => Some(Self::TwoLow),
            (Self::Between, 0xe1..=0xef)
            | (Self::Three, 0x80..=0xbf)
            | (Self::ThreeHigh, 0x90..=0xbf)
            | (Self::ThreeLow, 0x80..=0x8f) => Some(Self::Two),
            (Self::Between, 0xf0) => Some(Self::ThreeHigh),
            (Self::Between, 0xf1..=0xf3) => Some(Self::Three),
            (Self::Between, 0xf4) => Some(Self::ThreeLow),
            _ => None,
        }
    }

    /// Bytes of one class lead to the same places.
    fn class(byte: u8) -> u8 {
        match byte {
            0x00..=0x7f => 0,
            0x80..=0x8f => 1,
            0x90..=0x9f => 2,
            0xa0..=0xbf => 3,
            0xc0..=0xc1 => 4,
            0xc2..=0xdf => 5,
            0xe0 => 6,
            0xed => 7,
            0xe1..=0xef => 8,
            0xf0 => 9,
            0xf1..=0xf3 => 10,
            0xf4 => 11,
            0xf5..=0xff => 12,
        }
    }
}

/// Texts, by their beginnings.
#[derive(Debug)]
struct Trie {
    nodes: Vec<(FxHashMap<u8, usize>, bool)>,
    used: [bool; 256],
}

impl Default for Trie {
    fn default() -> Self {
        Self { nodes: vec![(FxHashMap::default(), false)], used: [false; 256] }
    }
}

impl Trie {
    fn add(&mut self, text: &[u8]) {
        let mut node = 0;
        for &byte in text {
            if let Some(used) = self.used.get_mut(usize::from(byte)) {
                *used = true;
            }
            let next = self.nodes.len();
            let Some((children, _)) = self.nodes.get_mut(node) else { return };
            node = *children.entry(byte).or_insert(next);
            if node == next {
                self.nodes.push((FxHashMap::default(), false));
            }
        }
        if let Some((_, ends)) = self.nodes.get_mut(node) {
            *ends = true;
        }
    }

    fn after(&self, node: usize, byte: u8) -> Option<usize> {
        self.nodes.get(node)?.0.get(&byte).copied()
    }

    fn ends(&self, node: usize) -> bool {
        self.nodes.get(node).is_some_and(|(_, ends)| *ends)
    }

    fn uses(&self, byte: u8) -> bool {
        self.used.get(usize::from(byte)).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::Search;

    fn search(wanted: &[&str], unwanted: &[&str], excluded: &[&str]) -> Search {
        super::search(wanted, unwanted, excluded).0
    }

    fn found(text: &str) -> Search {
        Search::Found(text.to_owned())
    }

    #[test]
    fn two_patterns_can_meet_in_one_text() {
        assert_eq!(search(&["^a[0-9]$", "^[a-z]7$"], &[], &[]), found("a7"));
        assert_eq!(search(&["^a[0-9]$", "^[a-z]7$"], &[], &["a7"]), Search::Nothing);
    }

    #[test]
    fn what_one_pattern_says_can_contain_what_another_says() {
        assert_eq!(search(&["@example\\.com$"], &["\\.com$"], &[]), Search::Nothing);
        assert_eq!(search(&["\\.com$"], &["@example\\.com$"], &[]), found(".com"));
    }

    #[test]
    fn everything_matches_the_empty_pattern() {
        assert_eq!(search(&[], &[""], &[]), Search::Nothing);
        assert_eq!(search(&[], &["(?s)."], &[]), found(""));
        assert_eq!(search(&[], &["^.*$"], &[]), found("\n"));
    }

    #[test]
    fn texts_are_valid_utf8() {
        assert_eq!(search(&["^[^\u{0}-\u{7f}]$"], &[], &[]), found("\u{80}"));
        assert_eq!(search(&["^\u{d7ff}$"], &[], &[]), found("\u{d7ff}"));
        assert_eq!(search(&["^(?-u:\\x61)$"], &[], &[]), found("a"));
    }

    #[test]
    fn an_automaton_over_its_bounds_is_not_decided() {
        assert!(matches!(search(&["(a|b)*a(a|b){20}"], &[], &[]), Search::Unknown(_)));
        assert!(matches!(search(&["^(a{997})+$", "^(a{991})+$"], &[], &["a"]), Search::Unknown(_)));
    }

    #[test]
    fn an_answer_that_is_known_costs_the_same_again() {
        let ask = || super::search(&["^x[0-9]$", "^[a-z]7$"], &[], &[]);
        let (first, steps) = ask();
        assert_eq!((first, steps), ask());
        assert!(steps > 0);
    }
}
