//! Channels on ordinary files, which move data as the driver does for whole transfers at offset 0; what only the
//! driver does (timeouts, exclusive opens, packets) is tested on the virtual board, in the program's own tests.

use std::fs;
use std::path::Path;
use xdma::{Device, Error, ErrorKind, Nodes, Pool, MAX_TRANSFER, PAGE};

/// A folder with a board's nodes as files; both channels are streams.
fn board(h2c: u32, c2h: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut control = vec![0; 0x2000];
    control[..4].copy_from_slice(&h2c.to_le_bytes());
    control[0x1000..0x1004].copy_from_slice(&c2h.to_le_bytes());
    fs::write(folder.path().join("xdma0_control"), control).expect("written");
    for node in ["h2c_0", "c2h_0", "user", "events_0"] {
        fs::write(folder.path().join(format!("xdma0_{node}")), []).expect("written");
    }
    folder
}

fn open(folder: &Path) -> Result<Device, Error> {
    Device::open(Nodes::within(folder, 0))
}

const H2C: u32 = 0x1fc0_8006;
const C2H: u32 = 0x1fc1_8006;

#[test]
fn a_board_without_streams_is_refused() {
    assert!(open(board(H2C, C2H).path()).is_ok());
    let kind = |h2c, c2h| open(board(h2c, c2h).path()).map(|_| ()).unwrap_err();
    assert!(matches!(kind(H2C & !0x8000, C2H).kind(), ErrorKind::MemoryMapped));
    assert!(matches!(kind(H2C, C2H & !0x8000).kind(), ErrorKind::MemoryMapped));
    assert!(matches!(kind(u32::MAX, u32::MAX).kind(), ErrorKind::Gone));
    assert!(matches!(kind(0, C2H).kind(), ErrorKind::NotXdma { identity: 0 }));
    let missing = open(Path::new("/nonexistent")).unwrap_err();
    assert!(matches!(missing.kind(), ErrorKind::Missing) && missing.to_string().contains("/nonexistent/xdma0_control"));
}

#[test]
fn every_transfer_is_at_offset_0() {
    let folder = board(H2C, C2H);
    let device = open(folder.path()).expect("it opens");
    let mut h2c = device.h2c(0).expect("it opens");
    let mut buffer = device.pool().take(2 * PAGE).expect("memory");
    for round in 1..4u8 {
        buffer.fill(round);
        buffer = h2c.write(buffer, 100).expect("written");
        let file = fs::read(device.nodes().h2c(0)).expect("readable");
        assert_eq!(file, vec![round; 100], "the position never advances");
    }
    fs::write(device.nodes().c2h(0), [9; 200]).expect("written");
    let mut c2h = device.c2h(0).expect("it opens");
    let mut page = device.pool().take(PAGE).expect("memory");
    for _ in 0..3 {
        let packet = c2h.read_packet(page).expect("read");
        assert_eq!(packet.bytes(), [9; 200]);
        page = packet.into_buffer();
    }
}

#[test]
fn lengths_and_buffers_that_the_driver_does_not_take_never_reach_it() {
    let folder = board(H2C, C2H);
    let device = open(folder.path()).expect("it opens");
    let (mut h2c, mut c2h) = (device.h2c(0).expect("it opens"), device.c2h(0).expect("it opens"));
    let take = |bytes| device.pool().take(bytes).expect("memory");
    for (size, bytes) in [(PAGE, 0), (PAGE, PAGE + 1), (MAX_TRANSFER + PAGE, MAX_TRANSFER + 1)] {
        assert!(matches!(h2c.write(take(size), bytes).unwrap_err().kind(), ErrorKind::Length { .. }));
    }
    assert!(matches!(c2h.read_packet(take(2 * PAGE)).unwrap_err().kind(), ErrorKind::Length { .. }));
    let foreign = || Pool::new().take(PAGE).expect("memory");
    assert!(matches!(h2c.write(foreign(), 8).unwrap_err().kind(), ErrorKind::ForeignBuffer));
    assert!(matches!(c2h.read_packet(foreign()).unwrap_err().kind(), ErrorKind::ForeignBuffer));
    assert_eq!(fs::read(device.nodes().h2c(0)).expect("readable"), []);
}

/// Flags of the one open file under `folder` whose name ends in `node`.
fn open_flags(folder: &Path, node: &str) -> u32 {
    let mut descriptors = fs::read_dir("/proc/self/fd").expect("procfs").flatten();
    let is_it = |target: std::path::PathBuf| target.starts_with(folder) && target.to_string_lossy().ends_with(node);
    let descriptor = descriptors.find(|entry| fs::read_link(entry.path()).is_ok_and(is_it)).expect("it is open");
    let info = fs::read_to_string(Path::new("/proc/self/fdinfo").join(descriptor.file_name())).expect("procfs");
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).expect("flags");
    u32::from_str_radix(flags.trim(), 8).expect("octal")
}

#[test]
fn nodes_open_in_one_direction_and_are_not_truncated() {
    const ACCESS: u32 = 0o3;
    const TRUNCATE: u32 = 0o1000;
    let folder = board(H2C, C2H);
    let device = open(folder.path()).expect("it opens");
    fs::write(device.nodes().h2c(0), [1; 8]).expect("written");
    let _channels = (device.h2c(0).expect("it opens"), device.c2h(0).expect("it opens"));
    assert_eq!(open_flags(folder.path(), "_h2c_0") & (ACCESS | TRUNCATE), 1, "write only");
    assert_eq!(open_flags(folder.path(), "_c2h_0") & (ACCESS | TRUNCATE), 0, "read only");
    assert_eq!(fs::read(device.nodes().h2c(0)).expect("readable"), [1; 8]);
}

#[test]
fn memory_stays_mapped_while_the_device_or_a_channel_lives() {
    let folder = board(H2C, C2H);
    let device = open(folder.path()).expect("it opens");
    let h2c = device.h2c(0).expect("it opens");
    let buffer = device.pool().take(PAGE).expect("memory");
    let start = buffer.as_ptr() as usize;
    drop((buffer, device));
    assert!(mapped(start), "a channel is open");
    drop(h2c);
}

fn mapped(address: usize) -> bool {
    let maps = fs::read_to_string("/proc/self/maps").expect("procfs");
    maps.lines().any(|line| {
        let (start, end) = line.split(' ').next().and_then(|range| range.split_once('-')).expect("a range");
        let number = |text| usize::from_str_radix(text, 16).expect("hexadecimal");
        (number(start)..number(end)).contains(&address)
    })
}

#[test]
fn after_a_transfer_that_failed_every_channel_waits_for_a_look_at_the_card() {
    let folder = board(H2C, C2H);
    let device = open(folder.path()).expect("it opens");
    // a node that takes nothing: writes of it end with ENOSPC
    fs::remove_file(device.nodes().h2c(0)).expect("removed");
    std::os::unix::fs::symlink("/dev/full", device.nodes().h2c(0)).expect("linked");
    fs::write(device.nodes().c2h(0), [9; 8]).expect("written");
    let (mut h2c, mut c2h) = (device.h2c(0).expect("it opens"), device.c2h(0).expect("it opens"));
    let take = || device.pool().take(PAGE).expect("memory");
    assert!(c2h.read_packet(take()).is_ok());
    assert!(matches!(h2c.write(take(), 8).unwrap_err().kind(), ErrorKind::Os(_)));
    let mut both_wait = || {
        assert!(matches!(h2c.write(take(), 8).unwrap_err().kind(), ErrorKind::Suspended));
        assert!(matches!(c2h.read_packet(take()).unwrap_err().kind(), ErrorKind::Suspended));
        assert!(!device.gate().is_open());
    };
    both_wait();
    // a card that has left the bus
    let control = fs::read(device.nodes().control()).expect("readable");
    fs::write(device.nodes().control(), [0xFF; 0x2000]).expect("written");
    assert!(matches!(device.look().unwrap_err().kind(), ErrorKind::Gone));
    both_wait();
    fs::write(device.nodes().control(), control).expect("written");
    device.look().expect("it is there");
    assert_eq!(c2h.read_packet(take()).expect("read").bytes(), [9; 8]);
}
