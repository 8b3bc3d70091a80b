//! The XDMA driver and its boards, from sysfs and the device folder. Reads only; both folders may be anywhere,
//! so that tests bring their own.

use super::check::{Check, Status};
use super::node::{open_to_all, User};
use super::pcie;
use contract::interface::{register, MAGIC, VERSION};
use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

const INSTALL: &str = "build and load Xilinx/dma_ip_drivers: make -C XDMA/linux-kernel/xdma install, then modprobe xdma";
const UDEV: &str = r#"put SUBSYSTEM=="xdma", GROUP="fpga", MODE="0660" into /etc/udev/rules.d/60-xdma.rules, run udevadm control --reload and udevadm trigger, and add yourself to the group: usermod -aG fpga $USER"#;
const RESCAN: &str =
    "end the programs that use it, then remove the device, reset its bridge's secondary bus and rescan, or restart the computer";
const LOST: &str = "load the bitstream, then load the driver again (rmmod xdma; modprobe xdma) or remove the device and rescan the bus";

/// Where to look.
#[derive(Clone, Debug)]
pub struct Place {
    /// `/sys`.
    pub sys: PathBuf,
    /// The folder of device nodes.
    pub dev: PathBuf,
    /// Whether it was named: then a board has to be there, and it need not be the driver's.
    pub named: bool,
}

impl Place {
    /// `sys` and `dev` below `root`, or the folder of device nodes that was named, which is where its name says.
    pub fn new(root: &Path, named: Option<&Path>) -> Self {
        let dev = named.map_or_else(|| root.join("dev"), Path::to_path_buf);
        Self { sys: root.join("sys"), dev, named: named.is_some_and(|folder| folder != Path::new("/dev")) }
    }
}

/// All checks; `missing` is how bad it is that there is no board at all.
pub fn checks(place: &Place, missing: Status, user: &User) -> Vec<Check> {
    let functions = pcie::functions(&place.sys);
    let boards = nodes(&place.dev);
    // a card that no driver serves is a fault, no card is none
    let severity = if functions.is_empty() { missing } else { Status::Red };
    let mut all = Vec::new();
    // device files elsewhere are not the driver's
    if !place.named {
        all.push(driver(&place.sys, severity));
    }
    if functions.is_empty() && boards.is_empty() && !place.named {
        all.push(Check::bad(
            missing,
            "PCIe card",
            "none of Xilinx is in this computer",
            "put one in, or use --device software or --device sim",
        ));
    }
    for function in &functions {
        all.push(bound(function));
        all.push(function.link());
    }
    if boards.is_empty() && place.named {
        let found = format!("no xdma*_user in {}", place.dev.display());
        let remedy = format!("serve a board there (ember virtual-board --dir {}), or name another folder", place.dev.display());
        all.push(Check::bad(Status::Red, "device nodes", found, remedy));
    } else if boards.is_empty() && !functions.is_empty() {
        let found = format!("no xdma*_user in {}", place.dev.display());
        all.push(Check::bad(Status::Red, "device nodes", found, "load the driver and look at dmesg for what it says of the card"));
    }
    for (board, files) in &boards {
        all.extend(board_checks(place, board, files, user));
    }
    all
}

/// Which module of that name is loaded. Kernels from 6.3 on have an unrelated one for platform devices.
fn driver(sys: &Path, missing: Status) -> Check {
    const NAME: &str = "XDMA driver";
    let module = sys.join("module/xdma");
    if !module.is_dir() {
        return Check::bad(missing, NAME, "not loaded", INSTALL);
    }
    let theirs = module.join("parameters/h2c_timeout").exists() || sys.join("bus/pci/drivers/xdma").is_dir();
    match pcie::attribute(&module, "version") {
        Some(version) => Check::ok(NAME, format!("version {version}")),
        None if theirs => Check::ok(NAME, "loaded, without a version"),
        None => {
            let remedy = format!("rmmod xdma; echo 'blacklist xdma' > /etc/modprobe.d/in-tree-xdma.conf; then {INSTALL} (with insmod if modprobe finds the other one)");
            Check::bad(Status::Red, NAME, "the kernel's own module xdma is loaded, which is another driver of the same name", remedy)
        }
    }
}

fn bound(function: &pcie::Function) -> Check {
    let name = format!("PCIe card {}", function.address);
    match function.driver() {
        Some(driver) if driver == "xdma" => Check::ok(name, "served by xdma"),
        Some(driver) => {
            let remedy = format!("echo {} > /sys/bus/pci/drivers/{driver}/unbind, then load xdma", function.address);
            Check::bad(Status::Red, name, format!("served by {driver}"), remedy)
        }
        None => Check::bad(
            Status::Red,
            name,
            "no driver serves it",
            "load the driver; if it is loaded, its table lacks the card's device number",
        ),
    }
}

/// The nodes of every board in `dev`: `xdma0` to the endings of its files.
fn nodes(dev: &Path) -> BTreeMap<String, Vec<String>> {
    let mut boards: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in std::fs::read_dir(dev).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((board, node)) = name.split_once('_') else { continue };
        let number = board.strip_prefix("xdma").unwrap_or_default();
        if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
            boards.entry(board.into()).or_default().push(node.into());
        }
    }
    boards.values_mut().for_each(|files| files.sort());
    boards
}

fn board_checks(place: &Place, board: &str, files: &[String], user: &User) -> Vec<Check> {
    let path = |node: &str| place.dev.join(format!("{board}_{node}"));
    let mut all = Vec::new();
    let needed = ["h2c_0", "c2h_0", "user"];
    let missing: Vec<&str> = needed.into_iter().filter(|node| !files.iter().any(|file| file == node)).collect();
    if !missing.is_empty() {
        let remedy = "the bitstream needs one channel a direction and the AXI4-Lite master; see docs/adding-a-board.md";
        all.push(Check::bad(Status::Red, format!("{board} nodes"), format!("there is no {}", missing.join(", no ")), remedy));
    }
    all.push(permissions(place, board, files, user));
    if let Some(check) = stream_mode(board, &path("control")) {
        all.push(check);
    }
    if !missing.contains(&"user") {
        all.push(identity(board, &path("user")));
    }
    all
}

fn permissions(place: &Place, board: &str, files: &[String], user: &User) -> Check {
    let name = format!("{board} permissions");
    let path = |node: &str| place.dev.join(format!("{board}_{node}"));
    let all: Vec<_> = files.iter().filter_map(|node| Some((node.as_str(), std::fs::metadata(path(node)).ok()?))).collect();
    let list = |of: Vec<&str>| of.join(", ");
    let closed: Vec<_> = all.iter().filter(|(_, m)| !user.may_use(m)).map(|(node, _)| *node).collect();
    if !closed.is_empty() {
        return Check::bad(Status::Red, name, format!("you may not read and write {}", list(closed)), UDEV);
    }
    let open: Vec<_> = all.iter().filter(|(_, m)| open_to_all(m)).map(|(node, _)| *node).collect();
    if !open.is_empty() {
        let remedy = format!("a board reads and writes the memory that its user names: {UDEV}");
        return Check::bad(Status::Warn, name, format!("everybody may write {}", list(open)), remedy);
    }
    Check::ok(name, "you may read and write all nodes")
}

/// Whether both engines of the DMA are in stream mode; `None` where there is no control node.
fn stream_mode(board: &str, control: &Path) -> Option<Check> {
    /// Identifiers of the first H2C and C2H channel (PG195), and the bit that says stream.
    const CHANNELS: [(&str, u64, u32); 2] = [("h2c", 0x0, 0x1FC0), ("c2h", 0x1000, 0x1FC1)];
    const STREAM: u32 = 1 << 15;
    let file = File::open(control).ok()?;
    let name = format!("{board} stream mode");
    for (channel, address, kind) in CHANNELS {
        let value = match read(&file, address) {
            Ok(value) => value,
            Err(error) => return Some(unreadable(name, control, &error)),
        };
        let found = format!("register {address:#x} of {} is {value:#010x}", control.display());
        if value == u32::MAX {
            return Some(Check::bad(Status::Red, name, format!("{found}: the card left the bus"), RESCAN));
        }
        if value == 0 {
            return Some(Check::bad(Status::Red, name, format!("{found}: the card has lost its configuration"), LOST));
        }
        if value >> 16 != kind {
            return Some(Check::bad(
                Status::Red,
                name,
                format!("{found}, expected {kind:#x} in its upper half"),
                "load a bitstream with the XDMA IP",
            ));
        }
        if value & STREAM == 0 {
            let remedy = "generate the bitstream with xdma_axi_intf_mm AXI_Stream; see docs/adding-a-board.md";
            return Some(Check::bad(Status::Red, name, format!("{channel} is in memory mode"), remedy));
        }
    }
    Some(Check::ok(name, "both directions are streams"))
}

/// Whether the engine answers behind the user BAR.
fn identity(board: &str, user: &Path) -> Check {
    let name = format!("{board} engine");
    let read = || {
        let file = File::open(user)?;
        let one = |address: u32| read(&file, address.into());
        Ok((one(register::MAGIC)?, one(register::VERSION)?, one(register::COLUMNS)?))
    };
    let bitstream = "load the bitstream that this version of ember generates";
    match read() {
        Err(error) => unreadable(name, user, &error),
        Ok((u32::MAX, ..)) => Check::bad(Status::Red, name, "all registers read ones: the card left the bus", RESCAN),
        Ok((0, ..)) => Check::bad(Status::Red, name, "all registers read zeros: the card has lost its configuration", LOST),
        Ok((MAGIC, VERSION, columns)) => Check::ok(name, format!("interface version {VERSION}, {columns} columns")),
        Ok((MAGIC, version, _)) => Check::bad(Status::Red, name, format!("interface version {version}, expected {VERSION}"), bitstream),
        Ok((magic, ..)) => Check::bad(Status::Red, name, format!("identity {magic:#010x}, expected {MAGIC:#010x}"), bitstream),
    }
}

fn unreadable(name: String, path: &Path, error: &std::io::Error) -> Check {
    if matches!(::xdma::Error::access("reading", path, copy(error)).kind(), ::xdma::ErrorKind::Gone) {
        return Check::bad(Status::Red, name, format!("{} cannot be read ({error}): the card left the bus", path.display()), RESCAN);
    }
    Check::bad(Status::Red, name, format!("{} cannot be read ({error})", path.display()), "check permissions above, then dmesg")
}

/// The same number of the system, or nothing known.
fn copy(error: &std::io::Error) -> std::io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), std::io::Error::from_raw_os_error)
}

/// A register: the driver moves exactly four bytes an access.
fn read(file: &File, address: u64) -> std::io::Result<u32> {
    let mut bytes = [0; 4];
    match file.read_at(&mut bytes, address)? {
        4 => Ok(u32::from_le_bytes(bytes)),
        count => Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, format!("{count} bytes instead of 4"))),
    }
}

#[cfg(test)]
#[path = "xdma_tests.rs"]
mod tests;
