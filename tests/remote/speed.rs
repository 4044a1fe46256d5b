//! A push of one file to a large repository costs what one file costs, and compiling.

use std::time::{Duration, Instant};

use crate::ask::{Ask, flag};
use crate::generate;
use crate::git_https::GitHttps;
use crate::origin::Origin;

/// How long a push to 10 000 flags may take until there is a configuration; unoptimized builds have fewer flags and no bound.
const BOUND: Duration = Duration::from_millis(1_500);

#[test]
fn a_push_of_one_file_to_a_large_repository_is_fetched_and_compiled_at_once() {
    let optimized = !cfg!(debug_assertions);
    let flags = if optimized { 10_000 } else { 500 };
    let directory = tempfile::tempdir().unwrap();
    let origin = Origin::create(directory.path(), "flags");
    for (path, text) in generate::generate(flags, 20_261_201) {
        origin.write(&path, text);
    }
    origin.commit("many");
    let server = GitHttps::start(directory.path());
    let mut ask = Ask::https(&server, "flags");
    ask.request.environment = "production".to_owned();
    let first = ask.built();
    let mut slowest = Duration::ZERO;
    for round in 0..10 {
        ask.request.applied = Some(origin.head());
        ask.request.live = Some(ask.file("live.json", &ask.config()));
        origin.write("docs/new.kdl", flag(&format!("new-{round}"), "on").replace("env test", "env production"));
        let pushed = origin.commit("one more");
        let began = Instant::now();
        let built = ask.built();
        let took = began.elapsed();
        eprintln!("{took:?}, of which compiling {:.3} s, {} bytes received", built.compile_seconds, built.received);
        slowest = slowest.max(took);
        assert_eq!((built.revision, built.flags), (pushed, first.flags + 1));
        assert!(built.received < 65_536, "{} bytes for one file", built.received);
        assert!(!built.rewritten && built.change.is_some());
    }
    assert!(!optimized || slowest < BOUND, "{slowest:?}");
}
