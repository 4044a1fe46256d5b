//! Any bytes through the reader: it never panics, its tokens tile the text, and it takes nothing for KDL that the `kdl` crate does not,
//! outside the known differences. What takes more than linear time is a timeout: `-timeout=2` on 64 KiB.

#![no_main]

#[path = "../tests/kdl/canonical.rs"]
mod canonical;
#[path = "../tests/kdl/oracle.rs"]
mod oracle;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(fault) = oracle::fault(text) {
        panic!("{text:?}: {fault}");
    }
});
