//! Shared by the integration tests.

#[cfg(feature = "float")]
#[allow(dead_code)] // not every test file reads exported networks
pub mod exported;

#[cfg(feature = "float")]
#[allow(dead_code)] // not every test file uses all of it
pub mod onnx_writer;

use std::path::{Path, PathBuf};

/// A path below the folder of test data: `EMBER_DATA`, or `../shared/data` beside the repository.
/// Without it, says so and gives `None`; the test then passes without having tested.
#[allow(dead_code)] // not every test file needs it
pub fn data(below: &str) -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("EMBER_DATA").map_or_else(default, PathBuf::from);
    let path = folder.join(below);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is absent; set EMBER_DATA to the folder of test data", path.display());
    None
}
