//! Finds the description that belongs to a file of weights.

use super::super::ImportError;
use std::path::{Path, PathBuf};

/// The `.prototxt` of the weights at `path`: the one `given`, or beside the weights one of the same name
/// (`NAME.prototxt`, `NAME.deploy.prototxt`, `NAME_deploy.prototxt`; `NAME` may lose its last dotted
/// part, as in `v1.0.rebuilt`), `deploy.prototxt`, or the only one there.
///
/// # Errors
/// None of these is there.
pub fn find_prototxt(path: &Path, given: Option<&Path>) -> Result<PathBuf, ImportError> {
    if let Some(given) = given {
        return Ok(given.into());
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let names = candidates(&path.file_stem().unwrap_or_default().to_string_lossy());
    if let Some(found) = names.iter().map(|name| folder.join(name)).find(|p| p.is_file()) {
        return Ok(found);
    }
    let listed = std::fs::read_dir(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let entries = listed.into_iter().flatten().flatten().map(|e| folder.join(e.file_name()));
    let all: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "prototxt")).collect();
    match &all[..] {
        [only] => Ok(only.clone()),
        _ => Err(ImportError::NoPrototxt { path: path.into(), looked_for: names.join(", ") }),
    }
}

fn candidates(stem: &str) -> Vec<String> {
    let mut names = Vec::new();
    let shorter = stem.rsplit_once('.').map(|(s, _)| s).filter(|s| !s.is_empty());
    for stem in [Some(stem), shorter].into_iter().flatten() {
        names.extend([".prototxt", ".deploy.prototxt", "_deploy.prototxt"].map(|ending| format!("{stem}{ending}")));
    }
    names.push("deploy.prototxt".into());
    names
}
