//! `ember boards` as its user meets it.
//!
//! The same list inside and outside the repository; a folder without boards.

use std::path::Path;
use std::process::{Command, Output};

fn ember(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ember")).args(arguments).output().expect("ember runs")
}

/// Outside the repository the boards are those that the program was built with.
#[test]
fn the_boards_are_listed_anywhere() {
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let run = |arguments: &[&str], dir: &Path| {
        let run = Command::new(env!("CARGO_BIN_EXE_ember")).args(arguments).current_dir(dir).output().expect("ember runs");
        assert!(run.status.success(), "{run:?}");
        String::from_utf8(run.stdout).expect("text")
    };
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for arguments in [&["boards"][..], &["boards", "--format", "json"]] {
        assert_eq!(run(arguments, elsewhere.path()), run(arguments, &repository), "{arguments:?}");
    }
    let table = run(&["boards"], elsewhere.path());
    assert!(table.lines().any(|line| line.starts_with("kcu116 ") && line.ends_with("yes")), "{table}");
    let json: serde_json::Value = serde_json::from_str(&run(&["boards", "--format", "json"], elsewhere.path())).expect("JSON");
    assert!(json.as_array().expect("a list").iter().all(|row| row["frames_per_second"].as_f64().is_some_and(|f| f > 100.0)));
}

#[test]
fn a_folder_without_boards_is_one_sentence() {
    let empty = tempfile::tempdir().expect("a temporary folder");
    let run = ember(&["boards", "--boards", &empty.path().to_string_lossy()]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(1));
    assert!(
        said.starts_with("ember: ") && said.contains("has no board: expected a folder with a board.toml") && said.lines().count() == 1,
        "{said}"
    );
}
