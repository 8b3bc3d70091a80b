//! What the file system under a folder allows.

use rustix::fs::{statvfs, StatVfs, StatVfsMountFlags};
use std::path::Path;

/// Bytes without which no build ends well.
const LITTLE: u64 = 64 << 10;

/// Of the folder, or of the nearest one above it that exists, where it would be made.
fn file_system(folder: &Path) -> Option<StatVfs> {
    let folder = std::path::absolute(folder).ok()?;
    folder.ancestors().find_map(|above| statvfs(above).ok())
}

/// Whether code cannot be loaded from there; `false` also when nothing is known.
pub(crate) fn is_noexec(folder: &Path) -> bool {
    file_system(folder).is_some_and(|found| found.f_flag.contains(StatVfsMountFlags::NOEXEC))
}

/// Whether the file system under `folder` has no space or no more files for this user: why a tool that only says that
/// it failed did so.
pub fn is_full(folder: &Path) -> bool {
    // some file systems do not count files
    file_system(folder).is_some_and(|found| found.f_bavail * found.f_frsize < LITTLE || (found.f_files > 0 && found.f_favail == 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// The kernel's own list beside what is read here; a later mount on the same place covers an earlier one.
    #[test]
    fn noexec_is_as_the_kernel_lists_it() {
        let mounts = std::fs::read_to_string("/proc/self/mounts").expect("Linux lists its mounts");
        let mut seen = std::collections::BTreeMap::new();
        for line in mounts.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            // octal escapes: not worth reading here
            if !words[1].contains('\\') {
                seen.insert(PathBuf::from(words[1]), words[3].split(',').any(|option| option == "noexec"));
            }
        }
        assert!(seen.contains_key(Path::new("/")));
        for (place, noexec) in seen {
            // what lies under a covered mount, or belongs to another user, cannot be asked
            if statvfs(&place).is_ok() {
                assert_eq!(is_noexec(&place), noexec, "{}", place.display());
            }
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_as_the_one_above_it() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(is_noexec(&folder.path().join("a/b/c")), is_noexec(folder.path()));
        assert!(!is_full(&folder.path().join("a/b/c")), "tests need space");
    }
}
