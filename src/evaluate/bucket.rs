//! Hashing subjects into shards.
