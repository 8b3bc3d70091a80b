//! What the tests of the repository as a whole share: its files, its packages, and tables in pages that are made of the sources.

pub mod markdown;
mod section;

pub use section::hold;

use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// The repository's root folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// Paths relative to the root of all files that end in `.extension`, sorted; without hidden folders but `.github`, build folders and
/// what the fuzzer leaves.
pub fn files(extension: &str) -> Vec<PathBuf> {
    let root = root();
    let kept = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() == 0 || (!["target", "corpus", "generated"].contains(&&*name) && (!name.starts_with('.') || name == ".github"))
    };
    let mut all: Vec<_> = WalkDir::new(&root)
        .into_iter()
        .filter_entry(kept)
        .map(|entry| entry.expect("a readable folder"))
        .filter(|entry| entry.file_type().is_file() && entry.path().extension().is_some_and(|found| found == extension))
        .map(|entry| entry.path().strip_prefix(&root).expect("below the root").to_path_buf())
        .collect();
    all.sort();
    assert!(!all.is_empty(), "no .{extension} file below {}", root.display());
    all
}

/// The text of a file, by its path relative to the root.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All packages that the lock file names for Linux on this processor, and how they depend on each other.
pub fn metadata() -> Metadata {
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked".into(), "--filter-platform".into(), platform])
        .exec()
        .unwrap_or_else(|error| panic!("{error}"))
}
