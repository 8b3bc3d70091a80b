//! PCIe functions of FPGAs, and the speed of their links, from sysfs.

use super::check::{Check, Status};
use std::path::{Path, PathBuf};

/// Xilinx's PCI vendor number.
const XILINX: &str = "0x10ee";

/// A PCIe function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// `domain:bus:device.function`.
    pub address: String,
    folder: PathBuf,
}

/// All functions of Xilinx devices below `sys`, by address.
pub fn functions(sys: &Path) -> Vec<Function> {
    let Ok(entries) = std::fs::read_dir(sys.join("bus/pci/devices")) else { return Vec::new() };
    let function = |entry: std::io::Result<std::fs::DirEntry>| {
        let folder = entry.ok()?.path();
        let address = folder.file_name()?.to_str()?.to_string();
        (attribute(&folder, "vendor")? == XILINX).then_some(Function { address, folder })
    };
    let mut all: Vec<Function> = entries.filter_map(function).collect();
    all.sort_by(|a, b| a.address.cmp(&b.address));
    all
}

/// One line of a sysfs file.
pub fn attribute(folder: &Path, name: &str) -> Option<String> {
    Some(std::fs::read_to_string(folder.join(name)).ok()?.trim().to_string())
}

impl Function {
    /// Width and speed of the link, against what both ends of it could do.
    pub fn link(&self) -> Check {
        let name = format!("PCIe link {}", self.address);
        let read = |what: &str| attribute(&self.folder, what);
        let values = (read("current_link_width"), read("max_link_width"), read("current_link_speed"), read("max_link_speed"));
        let (Some(width), Some(most), Some(speed), Some(fastest)) = values else {
            return Check::bad(
                Status::Warn,
                name,
                "the kernel does not say how fast the link is",
                "lspci -vv as root shows LnkSta and LnkCap",
            );
        };
        let found = format!("x{width} at {speed} (most: x{most} at {fastest})");
        match (gigatransfers(&speed), gigatransfers(&fastest)) {
            (Some(now), Some(most_speed)) if width == most && now >= most_speed => Check::ok(name, found),
            _ => Check::bad(
                Status::Warn,
                name,
                found,
                "reseat the card, or use a slot with more lanes of that generation; results stay right, transfers are slower",
            ),
        }
    }

    /// The name of the driver that holds it.
    pub fn driver(&self) -> Option<String> {
        let link = std::fs::read_link(self.folder.join("driver")).ok()?;
        Some(link.file_name()?.to_string_lossy().into_owned())
    }
}

/// `8.0 GT/s PCIe` is 8.
fn gigatransfers(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.parse().ok()
}
