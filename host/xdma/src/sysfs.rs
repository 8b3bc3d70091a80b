//! Which boards the driver has found, and what the kernel knows of them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The kernel's view, `/sys` or a copy for tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sysfs {
    root: PathBuf,
}

/// The loaded kernel module named `xdma`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Driver {
    /// The driver of `dma_ip_drivers`.
    Xilinx {
        /// Its version, for example `2020.2.2`.
        version: String,
        /// Seconds after which a transfer to the board is given up.
        h2c_timeout: Option<u32>,
        /// Seconds after which a transfer from the board is given up.
        c2h_timeout: Option<u32>,
    },
    /// The unrelated module of the same name in kernels from 6.3 on, which serves no nodes: unload it and load
    /// Xilinx's.
    Namesake,
}

/// When the driver gives a transfer up; `None` for a direction in which it waits without limit (its parameter is 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To the board.
    pub h2c: Option<Duration>,
    /// From the board.
    pub c2h: Option<Duration>,
}

impl Timeouts {
    /// After this time every transfer has ended; `None` when one may never.
    pub fn longest(&self) -> Option<Duration> {
        self.h2c.zip(self.c2h).map(|(h2c, c2h)| h2c.max(c2h))
    }
}

impl Driver {
    /// When it gives transfers up, as far as its parameters can be read.
    pub fn timeouts(&self) -> Option<Timeouts> {
        let Self::Xilinx { h2c_timeout: Some(h2c), c2h_timeout: Some(c2h), .. } = self else { return None };
        let limit = |seconds: u32| (seconds > 0).then(|| Duration::from_secs(seconds.into()));
        Some(Timeouts { h2c: limit(*h2c), c2h: limit(*c2h) })
    }
}

/// Speed and width of a PCIe link, in the kernel's words (`5.0 GT/s PCIe`, `4`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Speed in use.
    pub speed: Option<String>,
    /// Speed that the card can do.
    pub most_speed: Option<String>,
    /// Lanes in use.
    pub width: Option<u32>,
    /// Lanes that the card has.
    pub most_width: Option<u32>,
}

/// One board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The N of its nodes `xdmaN_*`.
    pub index: usize,
    /// PCIe address, for example `0000:03:00.0`.
    pub address: Option<String>,
    /// Names of its nodes, sorted.
    pub nodes: Vec<String>,
    /// Its link.
    pub link: Link,
}

impl Sysfs {
    /// The running kernel's.
    pub fn system() -> Self {
        Self::at(Path::new("/sys"))
    }

    /// Another root, for tests.
    pub fn at(root: &Path) -> Self {
        Self { root: root.into() }
    }

    /// The module named `xdma`, if one is loaded.
    pub fn driver(&self) -> Option<Driver> {
        let module = self.root.join("module/xdma");
        if !module.is_dir() {
            return None;
        }
        let parameter = |name: &str| text(&module.join("parameters").join(name))?.parse().ok();
        // the in-tree module has neither a version nor these parameters
        match (text(&module.join("version")), module.join("parameters/h2c_timeout").exists()) {
            (None, false) => Some(Driver::Namesake),
            (version, _) => Some(Driver::Xilinx {
                version: version.unwrap_or_else(|| "unknown".into()),
                h2c_timeout: parameter("h2c_timeout"),
                c2h_timeout: parameter("c2h_timeout"),
            }),
        }
    }

    /// The boards that have nodes, by their numbers. None when no driver is loaded.
    ///
    /// # Errors
    /// The class exists and cannot be listed.
    pub fn boards(&self) -> io::Result<Vec<Card>> {
        let class = self.root.join("class/xdma");
        let entries = match std::fs::read_dir(&class) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            Err(error) => return Err(error),
        };
        let mut nodes: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if let Some(index) = index(&name) {
                nodes.entry(index).or_default().push(name);
            }
        }
        Ok(nodes.into_iter().map(|(index, nodes)| self.board(&class, index, nodes)).collect())
    }

    fn board(&self, class: &Path, index: usize, mut nodes: Vec<String>) -> Card {
        nodes.sort();
        let device = nodes.first().and_then(|node| class.join(node).join("device").canonicalize().ok());
        let address = device.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let link = device.map(|device| link(&device)).unwrap_or_default();
        Card { index, address, nodes, link }
    }
}

/// N of `xdmaN_...`.
fn index(node: &str) -> Option<usize> {
    node.strip_prefix("xdma")?.split_once('_')?.0.parse().ok()
}

fn link(device: &Path) -> Link {
    let of = |name: &str| text(&device.join(name));
    let number = |name: &str| of(name)?.parse().ok();
    Link {
        speed: of("current_link_speed"),
        most_speed: of("max_link_speed"),
        width: number("current_link_width"),
        most_width: number("max_link_width"),
    }
}

fn text(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok().map(|text| text.trim().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A root with the given files.
    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        for (path, content) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("files lie in folders")).expect("created");
            fs::write(path, content).expect("written");
        }
        root
    }

    #[test]
    fn boards_come_with_address_and_link() {
        let root = root(&[
            ("devices/pci0000:00/0000:03:00.0/current_link_speed", "5.0 GT/s PCIe\n"),
            ("devices/pci0000:00/0000:03:00.0/max_link_speed", "5.0 GT/s PCIe\n"),
            ("devices/pci0000:00/0000:03:00.0/current_link_width", "2\n"),
            ("devices/pci0000:00/0000:03:00.0/max_link_width", "4\n"),
            ("class/xdma/xdma10_user/dev", "1:1\n"),
            ("class/xdma/xdma2_h2c_0/dev", "1:2\n"),
            ("class/xdma/xdma2_user/dev", "1:3\n"),
            ("class/xdma/other/dev", "1:4\n"),
        ]);
        let device = root.path().join("devices/pci0000:00/0000:03:00.0");
        for node in ["xdma2_h2c_0", "xdma2_user"] {
            std::os::unix::fs::symlink(&device, root.path().join("class/xdma").join(node).join("device")).expect("linked");
        }
        let boards = Sysfs::at(root.path()).boards().expect("listed");
        assert_eq!(boards.iter().map(|b| b.index).collect::<Vec<_>>(), [2, 10], "numbers, not names, give the order");
        assert_eq!(boards[0].address.as_deref(), Some("0000:03:00.0"));
        assert_eq!(boards[0].nodes, ["xdma2_h2c_0", "xdma2_user"]);
        assert_eq!((boards[0].link.width, boards[0].link.most_width), (Some(2), Some(4)));
        assert_eq!(boards[0].link.speed.as_deref(), Some("5.0 GT/s PCIe"));
        assert_eq!((&boards[1].address, &boards[1].link), (&None, &Link::default()));
    }

    #[test]
    fn the_in_tree_namesake_is_told_from_xilinx_driver() {
        assert_eq!(Sysfs::at(root(&[("module/other/version", "1")]).path()).driver(), None);
        let namesake = root(&[("module/xdma/refcnt", "0\n")]);
        assert_eq!(Sysfs::at(namesake.path()).driver(), Some(Driver::Namesake));
        let ours = root(&[("module/xdma/version", "2025.2.0\n"), ("module/xdma/parameters/h2c_timeout", "10\n")]);
        let expected = Driver::Xilinx { version: "2025.2.0".into(), h2c_timeout: Some(10), c2h_timeout: None };
        assert_eq!(Sysfs::at(ours.path()).driver(), Some(expected));
    }

    #[test]
    fn timeouts_are_the_parameters() {
        let of = |h2c: &str, c2h: &str| {
            let files = [("module/xdma/parameters/h2c_timeout", h2c), ("module/xdma/parameters/c2h_timeout", c2h)];
            Sysfs::at(root(&files).path()).driver().expect("loaded").timeouts()
        };
        let seconds = Duration::from_secs;
        let both = of("10\n", "300\n").expect("known");
        assert_eq!((both, both.longest()), (Timeouts { h2c: Some(seconds(10)), c2h: Some(seconds(300)) }, Some(seconds(300))));
        let unlimited = of("10\n", "0\n").expect("known");
        assert_eq!((unlimited.c2h, unlimited.longest()), (None, None), "0 is no limit");
        assert_eq!(of("10\n", "x\n"), None);
        assert_eq!(Driver::Namesake.timeouts(), None);
    }

    #[test]
    fn no_driver_means_no_boards() {
        assert_eq!(Sysfs::at(root(&[]).path()).boards().expect("listed"), []);
    }
}
