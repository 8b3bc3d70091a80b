//! Where a board's character devices are.

use crate::error::Error;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

/// The nodes `xdmaN_*` of one board, by their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nodes {
    folder: PathBuf,
    index: usize,
}

impl Nodes {
    /// Board `index` in `/dev`.
    pub fn system(index: usize) -> Self {
        Self::within(Path::new("/dev"), index)
    }

    /// Board `index` in another folder: a virtual board, or a test.
    pub fn within(folder: &Path, index: usize) -> Self {
        Self { folder: folder.into(), index }
    }

    /// The numbers of the boards that have a node `xdmaN_user` in `folder`, in order; none where it cannot be listed.
    pub fn indices(folder: &Path) -> Vec<usize> {
        let names = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let number = |name: &str| name.strip_prefix("xdma")?.strip_suffix("_user")?.parse().ok();
        let mut indices: Vec<usize> = names.filter_map(|name| number(name.to_str()?)).collect();
        indices.sort_unstable();
        indices
    }

    /// The N of `xdmaN`.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Path of stream `channel` to the board.
    pub fn h2c(&self, channel: usize) -> PathBuf {
        self.node(&format!("h2c_{channel}"))
    }

    /// Path of stream `channel` from the board.
    pub fn c2h(&self, channel: usize) -> PathBuf {
        self.node(&format!("c2h_{channel}"))
    }

    /// Path of the registers of the design (AXI4-Lite).
    pub fn user(&self) -> PathBuf {
        self.node("user")
    }

    /// Path of the registers of the XDMA core.
    pub fn control(&self) -> PathBuf {
        self.node("control")
    }

    /// Path of interrupt `number`, 0 to 15; all sixteen exist, wired or not.
    pub fn events(&self, number: usize) -> PathBuf {
        self.node(&format!("events_{number}"))
    }

    fn node(&self, what: &str) -> PathBuf {
        self.folder.join(format!("xdma{}_{what}", self.index))
    }
}

/// Opens a node in the given directions. Nothing else: `O_TRUNC` and `O_CREAT` have no place on these, and
/// `O_NONBLOCK` is ignored.
pub(crate) fn open(path: &Path, read: bool, write: bool) -> Result<File, Error> {
    OpenOptions::new().read(read).write(write).open(path).map_err(|cause| Error::opening(path, cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_drivers() {
        let nodes = Nodes::system(3);
        assert_eq!(nodes.h2c(0), Path::new("/dev/xdma3_h2c_0"));
        assert_eq!(nodes.c2h(1), Path::new("/dev/xdma3_c2h_1"));
        assert_eq!(nodes.user(), Path::new("/dev/xdma3_user"));
        assert_eq!(nodes.control(), Path::new("/dev/xdma3_control"));
        assert_eq!(Nodes::within(Path::new("/tmp/v"), 0).events(15), Path::new("/tmp/v/xdma0_events_15"));
    }

    #[test]
    fn boards_are_found_by_their_user_nodes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["xdma10_user", "xdma2_user", "xdma2_h2c_0", "xdma3_c2h_0", "xdma_user", "xdmaX_user", "tty0"] {
            std::fs::write(folder.path().join(name), "").expect("written");
        }
        assert_eq!(Nodes::indices(folder.path()), [2, 10]);
        assert_eq!(Nodes::indices(&folder.path().join("missing")), [0; 0]);
    }
}
