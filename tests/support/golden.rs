//! Expectations in files: `BLESS=1 cargo test` writes them.

#![allow(dead_code, reason = "each test uses its part of what tests share")]

use std::path::Path;

/// Compares with a file, or writes it when blessing. The error says what to do.
pub(crate) fn compare(path: &Path, actual: &str) -> Result<(), String> {
    let expected = std::fs::read_to_string(path).ok();
    if expected.as_deref() == Some(actual) {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, actual).unwrap();
        return Ok(());
    }
    let path = path.display();
    Err(match expected {
        None => format!("{path} is missing; BLESS=1 writes it:\n{actual}"),
        Some(expected) => {
            format!("{path} differs; BLESS=1 rewrites it\n--- expected\n{expected}\n--- actual\n{actual}")
        }
    })
}

/// Fails with all errors at once.
pub(crate) fn all(errors: Vec<String>) {
    assert!(errors.is_empty(), "{} of them:\n{}", errors.len(), errors.join("\n"));
}
