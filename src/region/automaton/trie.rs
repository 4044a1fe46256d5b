//! Texts that a search leaves out.

use rustc_hash::FxHashMap;

/// Texts, by their beginnings.
#[derive(Debug)]
pub(super) struct Trie {
    nodes: Vec<(FxHashMap<u8, usize>, bool)>,
    used: [bool; 256],
}

impl Default for Trie {
    fn default() -> Self {
        Self { nodes: vec![(FxHashMap::default(), false)], used: [false; 256] }
    }
}

impl Trie {
    /// One more text.
    pub(super) fn add(&mut self, text: &[u8]) {
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

    /// The node that a byte leads to; none where no text goes on with it.
    pub(super) fn after(&self, node: usize, byte: u8) -> Option<usize> {
        self.nodes.get(node)?.0.get(&byte).copied()
    }

    /// Whether a text ends at this node.
    pub(super) fn ends(&self, node: usize) -> bool {
        self.nodes.get(node).is_some_and(|(_, ends)| *ends)
    }

    /// Whether any text has this byte.
    pub(super) fn uses(&self, byte: u8) -> bool {
        self.used.get(usize::from(byte)).copied().unwrap_or(false)
    }
}
