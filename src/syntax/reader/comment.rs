//! Block comments nest; finding their ends stays linear even where ends are missing.

use memchr::memmem;

use super::steps;

/// Finds the ends of block comments.
#[derive(Debug, Default)]
pub(super) struct Comments {
    /// Once one comment was found not to end: where the comments after its beginning that do end begin, ascending.
    closed: Option<Vec<usize>>,
}

impl Comments {
    /// After the `*/` that ends the comment whose `/*` is at `start`; none where it never ends.
    pub(super) fn end(&mut self, text: &str, start: usize) -> Option<usize> {
        if self.closed.as_ref().is_some_and(|closed| closed.binary_search(&start).is_err()) {
            return None;
        }
        let mut depth = 0_usize;
        for (place, opens) in marks(text, start) {
            depth = if opens { depth + 1 } else { depth - 1 };
            if depth == 0 {
                return Some(place + 2);
            }
        }
        self.closed.get_or_insert_with(|| closed_after(text, start));
        None
    }
}

/// The `/*` (true) and `*/` (false) from `start` on, none sharing a character with another.
fn marks(text: &str, start: usize) -> impl Iterator<Item = (usize, bool)> {
    let bytes = text.as_bytes();
    let mut at = start;
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(at..)?;
            let found = memchr::memchr2(b'/', b'*', rest);
            steps::take(found.unwrap_or(rest.len()) + 1);
            let next = at + found?;
            let pair = bytes.get(next..next + 2)?;
            if pair == b"/*" || pair == b"*/" {
                at = next + 2;
                return Some((next, pair == b"/*"));
            }
            at = next + 1;
        }
    })
}

fn closed_after(text: &str, start: usize) -> Vec<usize> {
    let mut open = Vec::new();
    let mut closed = Vec::new();
    for (place, opens) in marks(text, start) {
        if opens {
            open.push(place);
        } else {
            closed.extend(open.pop());
        }
    }
    closed.sort_unstable();
    closed
}

/// Whether a line comment holds more `}` than `{`: it may have swallowed one.
pub(super) fn swallows_brace(comment: &[u8]) -> bool {
    let count = |needle: &[u8]| memmem::find_iter(comment, needle).count();
    count(b"}") > count(b"{")
}
