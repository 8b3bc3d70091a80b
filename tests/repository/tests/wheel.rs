//! The Python package's feature `workspace` is what it says: a build of that crate alone has no dependency with other features than a build of
//! the whole workspace, so that `.ci/run` compiles none twice.

use repository::root;
use std::collections::BTreeSet;
use std::process::Command;

/// Every package that a build of `selected` compiles, with its features.
fn packages(selected: &[&str]) -> BTreeSet<String> {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root()).args(["tree", "--locked", "--edges", "normal,build", "--no-dedupe", "--prefix", "none"]);
    let output = command.args(["--format", "{p} {f}"]).args(selected).output().expect("cargo starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().filter(|line| !line.is_empty() && !line.starts_with("ember-python ")).map(String::from).collect()
}

#[test]
fn the_wheel_is_built_of_what_the_workspace_built() {
    let whole = packages(&["--workspace"]);
    let alone = packages(&["--package", "ember-python", "--features", "ember-python/workspace"]);
    let other: Vec<_> = alone.difference(&whole).collect();
    assert!(alone.len() > 100);
    assert!(other.is_empty(), "python/Cargo.toml, feature workspace: other features than in the workspace: {other:#?}");
}
