//! File systems that a cache may meet: mounted noexec, read-only, full. Each is a small tmpfs in a mount namespace of
//! its own, in which this test program is started again; skipped, with a message, where the system allows no such thing.

use cache::{Cache, Error, Slot};
use std::path::{Path, PathBuf};
use std::process::Command;

const FOLDER: &str = "CACHE_TEST_FOLDER";

/// Runs the ignored test `name` with a tmpfs of `options` on a folder.
fn within(options: &str, name: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let mount = format!("mount -t tmpfs -o {options} tmpfs \"$0\" || exit 99; exec \"$@\"");
    for namespaces in [&["--mount"][..], &["--mount", "--user", "--map-root-user"]] {
        let mut command = Command::new("unshare");
        command.args(namespaces).args(["sh", "-c", &mount]).arg(folder.path());
        command.arg(std::env::current_exe().expect("this program")).args([name, "--exact", "--ignored"]).env(FOLDER, folder.path());
        match command.output() {
            Ok(run) if run.status.success() => {
                assert!(String::from_utf8_lossy(&run.stdout).contains("1 passed"), "{run:?}");
                return;
            }
            Ok(run) if run.status.code() == Some(101) => panic!("{}", String::from_utf8_lossy(&run.stdout)),
            _ => {}
        }
    }
    eprintln!("SKIPPED: no mount namespace can be made here");
}

fn cache() -> (Cache, PathBuf) {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("started by another test"));
    (Cache::at(folder.join("kind")), folder)
}

fn said(error: &Error, folder: &Path) -> String {
    let said = error.to_string();
    assert!(said.contains(&*folder.to_string_lossy()) && said.contains("set EMBER_CACHE to a folder"), "{said}");
    said
}

#[test]
fn noexec() {
    within("noexec,size=1m", "noexec_inside");
    within("size=1m", "exec_inside");
}

#[test]
#[ignore = "noexec starts it"]
fn noexec_inside() {
    let (cache, folder) = cache();
    let error = cache.check_loadable().expect_err("mounted noexec");
    assert!(said(&error, &folder).contains("mounted noexec"), "{error}");
    // netlists are not run
    assert!(matches!(cache.slot("k", "file", || ()), Ok(Slot::Vacant(_))));
    cache.check_loadable().expect_err("also when the folder is there");
}

#[test]
#[ignore = "noexec starts it"]
fn exec_inside() {
    cache().0.check_loadable().expect("an ordinary mount");
}

#[test]
fn read_only() {
    within("ro,size=1m", "read_only_inside");
}

#[test]
#[ignore = "read_only starts it"]
fn read_only_inside() {
    let (cache, folder) = cache();
    let error = cache.slot("k", "file", || ()).expect_err("mounted read-only");
    assert!(said(&error, &folder).contains("Read-only file system"), "{error}");
}

#[test]
fn full() {
    within("size=64k,nr_inodes=8", "full_inside");
}

#[test]
#[ignore = "full starts it"]
fn full_inside() {
    let (cache, folder) = cache();
    let Ok(Slot::Vacant(vacancy)) = cache.slot("k", "file", || ()) else { panic!("there is a little space") };
    let file = vacancy.folder().join("large");
    let error = std::fs::write(&file, vec![0; 1 << 20]).map_err(cache::error("writing", &file)).expect_err("64 KiB");
    assert!(matches!(error, Error::Full { .. }) && said(&error, &folder).contains("is full"), "{error}");
    assert!(cache::is_full(vacancy.folder()));
    drop(vacancy);
    // no file is left: as full as no byte
    let error = (0..9).find_map(|i| std::fs::write(folder.join(i.to_string()), "").map_err(cache::error("writing", &folder)).err());
    assert!(matches!(error, Some(Error::Full { .. })), "{error:?}");
    assert!(cache::is_full(&folder));
}
