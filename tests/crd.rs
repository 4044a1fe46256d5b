//! The definition of FlagSync: committed as generated, for people and for deploying.

#![cfg(feature = "cluster")]
#![allow(clippy::unwrap_used, reason = "a helper that cannot do its part fails the test")]

use std::path::Path;

#[test]
fn the_committed_definitions_are_the_generated_one() {
    let generated = flagfall::controller::api::definition().unwrap();
    for path in ["schema/flagsync.crd.yaml", "deploy/crd.yaml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        if std::env::var_os("BLESS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &generated).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap();
        assert_eq!(committed, generated, "{} is out of date; BLESS=1 rewrites it", path.display());
    }
}
