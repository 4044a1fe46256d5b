//! What is kept in files, and what happens to it.

use flagfall::cache::Store;

fn store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::at(directory.path().join("deep").join("runs"));
    (directory, store)
}

fn only(directory: &std::path::Path) -> std::path::PathBuf {
    let mut found = std::fs::read_dir(directory.join("deep/runs")).unwrap().map(|entry| entry.unwrap().path());
    let one = found.next().unwrap();
    assert_eq!(found.next(), None);
    one
}

#[test]
fn what_was_kept_is_read_back() {
    let (_directory, store) = store();
    assert!(store.read("a").is_none());
    assert!(store.write("a", b"one") && store.write("b", b"two") && store.write("a", b"three"));
    assert_eq!(store.read("a").unwrap().bytes(), b"three");
    assert_eq!(store.read("b").unwrap().bytes(), b"two");
}

#[test]
fn a_file_of_which_any_byte_is_not_as_written_is_none() {
    let (directory, store) = store();
    store.write("a", b"one two three");
    let path = only(directory.path());
    let whole = std::fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        std::fs::write(&path, &altered).unwrap();
        assert!(store.read("a").is_none(), "byte {at}");
        std::fs::write(&path, &whole[..at]).unwrap();
        assert!(store.read("a").is_none(), "cut at {at}");
    }
    std::fs::write(&path, &whole).unwrap();
    assert!(store.read("a").is_some());
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let (directory, store) = store();
    store.write("a", b"one");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&only(directory.path())), 0o600);
    assert_eq!(mode(&directory.path().join("deep/runs")), 0o700);
}

#[test]
fn a_directory_that_cannot_be_made_is_no_failure() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let store = Store::at(file.join("runs"));
    assert!(!store.write("a", b"one"));
    assert!(store.read("a").is_none());
}

#[test]
fn what_was_not_used_for_longest_goes_first() {
    let (directory, store) = store();
    let store = store.bounded(300);
    let age = |name: &str, seconds: u64| {
        // Names are hashed: the one that was written last is the newest.
        let newest = std::fs::read_dir(directory.path().join("deep/runs")).unwrap().map(|entry| entry.unwrap().path());
        let newest = newest.max_by_key(|path| path.metadata().unwrap().modified().unwrap()).unwrap();
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
        std::fs::File::options().append(true).open(newest).unwrap().set_modified(then).unwrap();
        assert!(!name.is_empty());
    };
    store.write("a", &[1; 60]);
    age("a", 300);
    store.write("b", &[2; 60]);
    age("b", 200);
    assert!(store.read("a").is_some(), "reading it makes it the newest");
    store.write("c", &[3; 60]);
    assert!(store.read("b").is_none());
    assert!(store.read("a").is_some() && store.read("c").is_some());
    assert!(!store.write("d", &[4; 400]), "more than everything may take");
}

#[test]
fn runs_side_by_side_never_mix_what_they_keep() {
    let (_directory, store) = store();
    let write = |byte: u8| {
        let store = store.clone();
        std::thread::spawn(move || {
            for _ in 0..40 {
                store.write("a", &vec![byte; 20_000]);
                if let Some(kept) = store.read("a") {
                    let first = kept.bytes()[0];
                    assert!(kept.bytes().len() == 20_000 && kept.bytes().iter().all(|byte| *byte == first));
                }
            }
        })
    };
    let threads: Vec<_> = (0..4).map(write).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(store.read("a").is_some());
}
