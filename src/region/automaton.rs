//! Texts that match some patterns and not others: found by walking the patterns' automata side by side.
//!
//! Patterns are read as the evaluator reads them (the `regex` crate: unanchored, Unicode on). A dense automaton is built once a pattern,
//! and bounded: determinizing some patterns takes exponential space, and those are not decided.

mod trie;
mod utf8;
mod walk;

use std::cell::RefCell;
use std::rc::Rc;

use regex_automata::MatchKind;
use regex_automata::dfa::dense;
use regex_automata::nfa::thompson;
use rustc_hash::FxHashMap;

use self::trie::Trie;
use self::walk::{Track, walk};

/// The most bytes an automaton, and the work of building it, may take.
const AUTOMATON: usize = 2 << 20;
/// The most bytes of the program an automaton is built from.
const PROGRAM: usize = 1 << 20;
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
