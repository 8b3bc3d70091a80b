//! The folder of test data (models, labelled photographs), which is not part of the repository.

use std::path::{Path, PathBuf};

/// A path below the folder of test data: `EMBER_DATA`, or `../shared/data` beside the repository.
/// Without it, says so and gives `None`; the test then passes without having tested.
pub fn data(below: &str) -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("EMBER_DATA").map_or_else(default, PathBuf::from).join(below);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is absent; set EMBER_DATA to the folder of test data", path.display());
    None
}
