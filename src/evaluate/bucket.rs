//! Hashing subjects into shards.
//!
//! A subject's shard is the first four bytes of MD5(salt, `-`, subject key), as a big-endian number, modulo the number
//! of shards. The subject key is hashed, never an `id` attribute.

/// A salt, hashed once and used for many subjects.
#[derive(Clone)]
pub struct Sharder {
    salted: md5::Context,
    total: u32,
}

impl Sharder {
    /// Hashes `salt`; subjects are spread over `total` shards.
    #[must_use]
    pub fn new(salt: &str, total: u32) -> Self {
        let mut salted = md5::Context::new();
        salted.consume(salt);
        salted.consume(b"-");
        Self { salted, total }
    }

    /// The subject's shard; 0 where there are no shards.
    #[must_use]
    pub fn shard(&self, subject: &str) -> u32 {
        self.hash(subject).checked_rem(self.total).unwrap_or(0)
    }

    /// What the shard is the remainder of.
    pub(super) fn hash(&self, subject: &str) -> u32 {
        let mut context = self.salted.clone();
        context.consume(subject);
        let [a, b, c, d, ..] = context.finalize().0;
        u32::from_be_bytes([a, b, c, d])
    }
}

impl std::fmt::Debug for Sharder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sharder").field("total", &self.total).finish_non_exhaustive()
    }
}

/// The shard of `subject` under `salt`.
#[must_use]
pub fn shard(salt: &str, subject: &str, total: u32) -> u32 {
    Sharder::new(salt, total).shard(subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_agree_with_the_reference() {
        for (salt, subject, total) in [("a", "b", 10_000), ("", "", 7), ("flag/step/split", "naïve ☕", 9_973)] {
            let theirs = eppo_core::sharder::get_md5_shard(&[salt, "-", subject], total);
            assert_eq!(shard(salt, subject, total), theirs);
        }
    }

    #[test]
    fn no_shards_is_shard_zero() {
        assert_eq!(shard("a", "b", 0), 0);
    }
}
