//! Every crate states the workspace's Rust version and takes its lints, and no dependency asks for a newer Rust.

use cargo_metadata::semver::Version;
use repository::{metadata, read};
use std::path::Path;

/// The Rust version of the workspace's manifest.
fn minimum() -> Version {
    let manifest = read(Path::new("Cargo.toml"));
    let line = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")).expect("rust-version in Cargo.toml");
    format!("{}.0", line.trim_end_matches('"')).parse().expect("a version")
}

#[test]
fn every_crate_inherits_version_and_lints() {
    let minimum = minimum();
    for package in metadata().workspace_packages() {
        assert_eq!(package.rust_version.as_ref(), Some(&minimum), "{}: rust-version.workspace = true is missing", package.manifest_path);
        let manifest = std::fs::read_to_string(&package.manifest_path).expect("a manifest");
        assert!(manifest.contains("[lints]\nworkspace = true\n"), "{}: [lints] workspace = true is missing", package.manifest_path);
    }
}

/// No dependency says that it needs a newer Rust than the workspace promises. (One that says nothing is not seen here; the build with
/// that Rust in the forge's CI sees it.)
#[test]
fn no_dependency_needs_a_newer_rust() {
    let minimum = minimum();
    let metadata = metadata();
    assert!(metadata.packages.len() > 100, "only {} packages", metadata.packages.len());
    let newer: Vec<_> = metadata
        .packages
        .iter()
        .filter_map(|package| Some((package, package.rust_version.clone()?)))
        .filter(|(_, needed)| (needed.major, needed.minor) > (minimum.major, minimum.minor))
        .map(|(package, needed)| format!("{} {} needs Rust {needed}", package.name, package.version))
        .collect();
    assert!(newer.is_empty(), "the workspace promises Rust {minimum}: {}", newer.join(", "));
}
