//! The mounted board is as strict as the driver; every row of docs/xdma.md that a file system can show is shown.
//! Skipped where FUSE is missing.

mod common;

use common::{direct, frames, mounted, network, on_files, run_checked, stub, Tally, TIMEOUT};
use std::fs::{File, OpenOptions};
use std::io::Error;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, Instant};
use virtual_board::engine::stub_sums;
use virtual_board::{Card, Errno, Fault, Faults};
use xdma::{Device, ErrorKind, Nodes, PAGE};

fn errno(result: Result<impl Sized, Error>) -> Option<Errno> {
    result.err().and_then(|error| error.raw_os_error()).map(Errno::from_raw)
}

fn open(folder: &Path, node: &str, read: bool, write: bool) -> Result<File, Error> {
    OpenOptions::new().read(read).write(write).open(folder.join(node))
}

#[test]
fn all_nodes_are_there_with_the_drivers_mode() {
    let Some((folder, _mount)) = mounted(&stub(Faults::none())) else { return };
    let mut names: Vec<String> =
        std::fs::read_dir(folder.path()).expect("listed").map(|e| e.expect("an entry").file_name().to_string_lossy().into()).collect();
    names.sort();
    assert_eq!(names.len(), 20);
    for node in ["xdma0_c2h_0", "xdma0_control", "xdma0_events_0", "xdma0_events_15", "xdma0_h2c_0", "xdma0_user"] {
        assert!(names.iter().any(|name| name == node), "{node}");
        let mode = std::fs::metadata(folder.path().join(node)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{node}");
    }
}

#[test]
fn opens_are_exclusive_and_directed() {
    let Some((folder, _mount)) = mounted(&stub(Faults::none())) else { return };
    let folder = folder.path();
    let first = open(folder, "xdma0_c2h_0", true, false).expect("it opens");
    assert_eq!(errno(open(folder, "xdma0_c2h_0", true, false)), Some(Errno::EBUSY));
    drop(first);
    // the kernel releases a file a moment after its close
    let begun = Instant::now();
    while open(folder, "xdma0_c2h_0", true, false).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(5), "a closed channel is free again");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(errno(open(folder, "xdma0_c2h_0", false, true)), Some(Errno::EINVAL));
    assert_eq!(errno(open(folder, "xdma0_h2c_0", true, false)), Some(Errno::EINVAL));
    assert_eq!(errno(OpenOptions::new().write(true).truncate(true).open(folder.join("xdma0_h2c_0"))), Some(Errno::EINVAL));

    let (device, other) =
        (Device::open(Nodes::within(folder, 0)).expect("it opens"), Device::open(Nodes::within(folder, 0)).expect("it opens"));
    let _held = device.c2h(0).expect("it opens");
    assert!(matches!(other.c2h(0).expect_err("it is held").kind(), ErrorKind::Busy));
}

#[test]
fn registers_move_four_aligned_bytes() {
    let Some((folder, _mount)) = mounted(&stub(Faults::none())) else { return };
    for node in ["xdma0_user", "xdma0_control"] {
        let file = open(folder.path(), node, true, true).expect("it opens");
        let mut bytes = [0; 8];
        assert_eq!(file.read_at(&mut bytes[..4], 0).expect("four"), 4);
        assert_eq!(file.read_at(&mut bytes, 0).expect("of eight, four"), 4);
        assert_eq!(errno(file.read_at(&mut bytes[..2], 0)), Some(Errno::EPROTO));
        assert_eq!(errno(file.read_at(&mut bytes[..4], 2)), Some(Errno::EPROTO));
        // the position does not advance
        assert_eq!(file.read_at(&mut bytes[..4], 0).expect("four"), 4);
    }
    let user = open(folder.path(), "xdma0_user", true, true).expect("it opens");
    assert_eq!(errno(user.write_at(&[0; 2], 0x40)), Some(Errno::EPROTO));
    assert_eq!(errno(user.write_at(&[0; 4], 0x42)), Some(Errno::EPROTO));
    assert_eq!(user.write_at(&[0; 8], 0x40).expect("of eight, four"), 4);
}

#[test]
fn a_packet_ends_a_page_and_a_long_read_has_holes() {
    let (network, rig) = (network(), stub(Faults::none()));
    let Some((folder, _mount)) = mounted(&rig) else { return };
    let program = {
        let board = on_files(folder.path(), &network).expect("it opens");
        board.program().clone()
    };
    wait_until_free(folder.path());
    let h2c = open(folder.path(), "xdma0_h2c_0", false, true).expect("it opens");
    let c2h = open(folder.path(), "xdma0_c2h_0", true, false).expect("it opens");
    let two = frames(&network, 0, 2, 1);
    for frame in &two {
        let packet = program.frame(frame.image.view(), frame.sequence);
        assert_eq!(h2c.write_at(&packet, 0).expect("written"), packet.len());
    }
    let mut long = vec![0xEE; 2 * PAGE];
    let counted = c2h.read_at(&mut long, 0).expect("read");
    let expected =
        driver::ResultPacket { sequence: 0, program_hash: program.hash, cycles: 0, sums: stub_sums(&program, two[0].image.view()) };
    let packet = expected.to_bytes();
    assert_eq!(counted, 2 * packet.len(), "both packets are counted");
    assert_eq!(long[..packet.len()], packet);
    assert!(long[packet.len()..counted].iter().all(|&byte| byte == 0xA5), "the second is not behind the first, but on its own page");

    // a read that is no whole page loses its packet in a timeout
    let packet = program.frame(two[0].image.view(), 9);
    h2c.write_at(&packet, 0).expect("written");
    let begun = Instant::now();
    assert_eq!(errno(c2h.read_at(&mut long[..1000], 0)), Some(Errno::ETIMEDOUT));
    assert!(begun.elapsed() >= TIMEOUT);
    look(folder.path());
    assert_eq!(errno(c2h.read_at(&mut long[..PAGE], 0)), Some(Errno::ETIMEDOUT), "it is lost");
}

/// Reads the identity register, as one has to after a transfer that failed.
fn look(folder: &Path) {
    let mut identity = [0; 4];
    open(folder, "xdma0_user", true, false).expect("it opens").read_at(&mut identity, 0).expect("read");
    assert_ne!(identity, [0xFF; 4]);
}

#[test]
fn a_transfer_after_one_that_failed_is_refused_before_the_identity_was_read() {
    let rig = stub(Faults::none());
    let Some((folder, _mount)) = mounted(&rig) else { return };
    let c2h = open(folder.path(), "xdma0_c2h_0", true, false).expect("it opens");
    let mut page = vec![0; PAGE];
    for round in 1..=2 {
        assert_eq!(errno(c2h.read_at(&mut page, 0)), Some(Errno::ETIMEDOUT), "nothing is owed");
        assert_eq!(errno(c2h.read_at(&mut page, 0)), Some(Errno::ENOTRECOVERABLE), "the driver's list would be corrupt");
        assert_eq!(rig.figures().trespasses, round);
        look(folder.path());
    }
    let h2c = open(folder.path(), "xdma0_h2c_0", false, true).expect("it opens");
    rig.set_card(Card::Gone);
    assert_eq!(errno(h2c.write_at(&page, 0)), Some(Errno::ETIMEDOUT));
    assert_eq!(errno(c2h.read_at(&mut page, 0)), Some(Errno::ETIMEDOUT), "it may have been on its way when the write failed");
    assert_eq!(rig.figures().trespasses, 2);
    for (round, file) in [(3, &c2h), (4, &h2c)] {
        let refused = if round == 3 { file.read_at(&mut page, 0) } else { file.write_at(&page, 0) };
        assert_eq!(errno(refused), Some(Errno::ENOTRECOVERABLE), "on a card that is gone no look helps");
        assert_eq!(rig.figures().trespasses, round);
        let mut identity = [0; 4];
        open(folder.path(), "xdma0_user", true, false).expect("it opens").read_at(&mut identity, 0).expect("read");
        assert_eq!(identity, [0xFF; 4]);
    }
    // on purpose, all of them
    std::mem::forget(rig);
}

fn wait_until_free(folder: &Path) {
    let begun = Instant::now();
    while open(folder, "xdma0_c2h_0", true, false).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(20));
}

#[test]
fn transfers_time_out_and_the_next_one_works() {
    let (network, rig) = (network(), stub(Faults::none()));
    let Some((folder, _mount)) = mounted(&rig) else { return };
    let device = Device::open(Nodes::within(folder.path(), 0)).expect("it opens");
    let mut c2h = device.c2h(0).expect("it opens");
    for _ in 0..2 {
        let error = c2h.read_packet(device.pool().take(PAGE).expect("memory")).expect_err("nothing is owed");
        assert!(matches!(error.kind(), ErrorKind::TimedOut), "{error}");
        let error = c2h.read_packet(device.pool().take(PAGE).expect("memory")).expect_err("nobody has looked at the card");
        assert!(matches!(error.kind(), ErrorKind::Suspended), "{error}");
        device.look().expect("it is there");
    }
    drop(c2h);
    wait_until_free(folder.path());
    let mut board = on_files(folder.path(), &network).expect("it opens");
    assert_eq!(run_checked(&mut board, frames(&network, 0, 40, 1)).expect("it runs"), Tally { right: 40, lost: 0 });
}

#[test]
fn events_are_polled_read_by_four_bytes_and_coalesced() {
    let (network, rig) = (network(), stub(Faults::none()));
    let Some((folder, _mount)) = mounted(&rig) else { return };
    let device = Device::open(Nodes::within(folder.path(), 0)).expect("it opens");
    let mut events = device.events(0).expect("it opens");
    assert!(!events.wait(Duration::from_millis(20)).expect("polled"), "nothing has come");
    let mut board = on_files(folder.path(), &network).expect("it opens");
    run_checked(&mut board, frames(&network, 0, 10, 1)).expect("it runs");
    assert!(events.wait(Duration::from_secs(5)).expect("polled"));
    assert!(!events.wait(Duration::from_millis(20)).expect("polled"), "ten results are one event");
    let file = open(folder.path(), "xdma0_events_0", true, false).expect("it opens");
    for wrong in [1, 2, 8] {
        assert_eq!(errno(file.read_at(&mut vec![0; wrong], 0)), Some(Errno::EPROTO), "{wrong} bytes");
    }
    // a wait that an event ends
    let other = std::thread::spawn(move || events.wait(Duration::from_secs(10)).expect("polled"));
    std::thread::sleep(Duration::from_millis(50));
    run_checked(&mut board, frames(&network, 10, 1, 1)).expect("it runs");
    assert!(other.join().expect("it ends"));
}

#[test]
fn faults_are_mended_through_the_files_too() {
    let network = network();
    for (name, fault) in Fault::passing() {
        let rig = stub(Faults::at(fault, 3));
        let Some((folder, mount)) = mounted(&rig) else { return };
        let mut board = on_files(folder.path(), &network).unwrap_or_else(|error| panic!("{name}: {error}"));
        let tally = run_checked(&mut board, frames(&network, 0, 40, 3)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(tally, Tally { right: 40, lost: 0 }, "{name}");
        assert_eq!(rig.figures().faults, 1, "{name} struck");
        drop(board);
        mount.unmount().expect("unmounted");
    }
}

#[test]
fn a_card_that_is_lost_is_known_by_its_registers() {
    let network = network();
    for (fault, words) in [
        (Fault::Gone, ["left the bus (its registers read 0xffffffff)", "left the bus"]),
        (Fault::GoneRead, ["left the bus (its registers read 0xffffffff)", "left the bus"]),
        (Fault::Removed, ["left the bus (reading a register of ", "left the bus (Invalid argument (os error 22)); end the programs"]),
        (Fault::Blank, ["lost its configuration", "rmmod xdma; modprobe xdma"]),
    ] {
        let rig = stub(Faults::at(fault, 3));
        let Some((folder, _mount)) = mounted(&rig) else { return };
        let mut board = on_files(folder.path(), &network).expect("it opens");
        let error = run_checked(&mut board, frames(&network, 0, 100, 1)).expect_err("the card goes").to_string();
        assert!(error.contains(words[0]), "{fault:?}: {error}");
        drop(board);
        let error = on_files(folder.path(), &network).err().expect("it is still gone").to_string();
        assert!(error.contains(words[1]), "{fault:?}: {error}");
    }
}

#[test]
fn unmounting_ends_waits_and_leaves_the_folder_empty() {
    let rig = stub(Faults::none());
    let Some((folder, mount)) = mounted(&rig) else { return };
    let events = open(folder.path(), "xdma0_events_3", true, false).expect("it opens");
    let waiting = std::thread::spawn(move || events.read_at(&mut [0; 4], 0));
    std::thread::sleep(Duration::from_millis(30));
    mount.unmount().expect("unmounted, though a file is open");
    assert!(waiting.join().expect("it ends").is_err());
    assert_eq!(std::fs::read_dir(folder.path()).expect("an ordinary folder again").count(), 0);
}

#[test]
fn a_folder_that_does_not_exist_is_refused_by_name() {
    if virtual_board::missing().is_some() {
        return;
    }
    let rig = stub(Faults::none());
    let error = virtual_board::Mount::new(rig.clone(), Path::new("/nonexistent/board")).err().expect("refused").to_string();
    assert!(error.contains("/nonexistent/board") && error.contains("choose"), "{error}");
    assert!(direct(&rig, &network()).is_ok());
}
