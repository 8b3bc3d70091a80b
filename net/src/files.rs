//! Output files: refused before long work starts, and written whole or not at all.

use crate::text::shown;
use std::io::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// An output that cannot be written.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum WriteError {
    /// The folder is missing, is no folder, or takes no files.
    #[error(
        "{}: the output cannot be written, because its folder {} {reason}; create the folder or choose another output",
        shown(path),
        shown(folder)
    )]
    Folder { path: PathBuf, folder: PathBuf, reason: String },
    /// The output names a folder.
    #[error("{}: the output is a folder; name a file inside it", shown(path))]
    IsFolder { path: PathBuf },
    /// The disk is full, or the file is protected.
    #[error("{}: the output cannot be written ({cause}); free some space or choose another output", shown(path))]
    Write { path: PathBuf, cause: std::io::Error },
}

/// Checks that [`write()`] can put a file at `path`, by creating (and removing) a temporary file beside it.
///
/// # Errors
/// A folder that is missing or takes no files, or a `path` that is a folder.
pub fn check_writable(path: &Path) -> Result<(), WriteError> {
    temporary_beside(path).map(drop)
}

/// Writes `bytes` to `path` through a temporary file, so that nobody ever sees half of it.
///
/// # Errors
/// As [`check_writable`], or a disk that is full.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let failed = |cause| WriteError::Write { path: path.into(), cause };
    let mut file = temporary_beside(path)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

fn temporary_beside(path: &Path) -> Result<tempfile::NamedTempFile, WriteError> {
    if path.is_dir() {
        return Err(WriteError::IsFolder { path: path.into() });
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let refused = |reason: String| WriteError::Folder { path: path.into(), folder: folder.into(), reason };
    if !folder.exists() {
        return Err(refused("does not exist".into()));
    }
    if !folder.is_dir() {
        return Err(refused("is not a folder".into()));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ember-");
    #[cfg(unix)]
    {
        // what an ordinary new file gets; the default of 0600 would hide the model from others
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|e| refused(format!("takes no files ({e})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_whole_and_replaced() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("out.bin");
        for content in [&b"first"[..], b"second"] {
            check_writable(&path).expect("writable");
            write(&path, content).expect("written");
            assert_eq!(std::fs::read(&path).expect("readable"), content);
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1, "no temporary file is left");
    }

    #[test]
    fn refusals_name_the_output() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "x").expect("written");
        for (path, expected) in [
            (folder.path().join("missing/out.ember"), "does not exist"),
            (file.join("out.ember"), "is not a folder"),
            (folder.path().to_path_buf(), "is a folder"),
        ] {
            let error = check_writable(&path).expect_err("refused").to_string();
            assert!(error.contains(expected) && error.contains(&path.display().to_string()), "{error}");
        }
    }
}
