//! Entries: made once, whole or not at all, whoever comes at the same time or was killed before.

use cache::{Cache, Error, Slot};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

const FILE: &str = "result";

fn make(cache: &Cache, key: &str, text: &str) -> PathBuf {
    match cache.slot(key, FILE, || ()).expect("a folder that can be written") {
        Slot::Ready(entry) => entry,
        Slot::Vacant(vacancy) => {
            let finished = vacancy.folder().join("finished");
            fs::create_dir(&finished).expect("a folder");
            fs::write(finished.join(FILE), text).expect("a file");
            fs::write(vacancy.folder().join("scrap"), "").expect("a file");
            vacancy.publish(&finished).expect("a rename")
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").file_name().to_string_lossy().into()).collect();
    names.sort();
    names
}

#[test]
fn an_entry_is_made_once_and_nothing_else_stays() {
    let home = tempfile::tempdir().expect("a folder");
    let cache = Cache::at(home.path().join("a/b"));
    assert_eq!(cache.get("k", FILE), None);
    let entry = make(&cache, "k", "one");
    assert_eq!(make(&cache, "k", "two"), entry);
    assert_eq!(fs::read_to_string(entry.join(FILE)).expect("a file"), "one");
    assert_eq!(cache.get("k", FILE), Some(entry));
    assert_eq!(names(cache.root()), ["k", "k.lock"]);
}

#[test]
fn what_was_given_up_leaves_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let cache = Cache::at(home.path());
    let Ok(Slot::Vacant(vacancy)) = cache.slot("k", FILE, || ()) else { panic!("it is new") };
    fs::write(vacancy.folder().join("half"), "").expect("a file");
    drop(vacancy);
    assert_eq!(names(home.path()), ["k.lock"]);
}

#[test]
fn what_a_killed_process_left_is_replaced() {
    let home = tempfile::tempdir().expect("a folder");
    let cache = Cache::at(home.path());
    fs::create_dir(home.path().join(".build-k")).expect("a folder");
    fs::write(home.path().join(".build-k/half"), "").expect("a file");
    // an entry without its file: half of it was deleted
    fs::create_dir(home.path().join("k")).expect("a folder");
    fs::write(home.path().join("k/other"), "").expect("a file");
    let entry = make(&cache, "k", "whole");
    assert_eq!(names(&entry), [FILE]);
    assert_eq!(names(home.path()), ["k", "k.lock"]);
}

#[test]
fn of_many_at_once_one_makes_it_and_the_others_wait() {
    let home = tempfile::tempdir().expect("a folder");
    let cache = Cache::at(home.path());
    let (made, waited) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (made, waited, cache) = (&made, &waited, &cache);
    let Ok(Slot::Vacant(first)) = cache.slot("k", FILE, || ()) else { panic!("it is new") };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || match cache.slot("k", FILE, || _ = waited.fetch_add(1, Ordering::SeqCst)) {
                Ok(Slot::Ready(_)) => {}
                other => panic!("{other:?}"),
            });
        }
        while waited.load(Ordering::SeqCst) < 4 {
            std::thread::yield_now();
        }
        let finished = first.folder().join("finished");
        fs::create_dir(&finished).expect("a folder");
        fs::write(finished.join(FILE), "").expect("a file");
        first.publish(&finished).expect("a rename");
        made.fetch_add(1, Ordering::SeqCst);
    });
    assert_eq!(made.load(Ordering::SeqCst), 1);
}

#[test]
fn a_folder_that_cannot_be_made_is_named_with_the_remedy() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("file");
    fs::write(&file, "").expect("a file");
    let error = Cache::at(file.join("cache")).slot("k", FILE, || ()).expect_err("a file is no folder");
    assert!(matches!(error, Error::File { action: "creating", .. }));
    let said = error.to_string();
    assert!(said.contains(&*file.to_string_lossy()) && said.ends_with("set EMBER_CACHE to a folder that can be written"), "{said}");
}
