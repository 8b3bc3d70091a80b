//! Against virtual boards in this process, through their files.

use super::*;
use contract::engine::EngineConfig;
use virtual_board::engine::{BoardEngine as Behind, Software, Stub};
use virtual_board::{parse_faults, Mount, Rig, Timeouts};

/// The driver's timeouts of these boards.
const TIMEOUT: Duration = Duration::from_millis(300);
/// As the real ones, in proportion.
const SHORT: Options = Options { patience: Duration::from_millis(900), ..OPTIONS };
/// No line takes longer, even on a busy computer: twice the patience and a few timeouts would be 4 s.
const BOUND: Duration = Duration::from_secs(20);

struct TestBoard {
    folder: tempfile::TempDir,
    rig: Rig,
    // unmounts before the folder goes
    _mount: Mount,
    model: Model,
}

impl TestBoard {
    /// Nothing, with a message, where FUSE is missing.
    fn new(engine: impl FnOnce(&Model) -> Box<dyn Behind>, timeout: Duration, faults: &str) -> Option<Self> {
        if let Some(missing) = virtual_board::missing() {
            eprintln!("SKIPPED: {missing}");
            return None;
        }
        let (folder, model) = (tempfile::tempdir().expect("a temporary folder"), Model::default_model());
        let rig = Rig::new(engine(&model), Timeouts::both(timeout), parse_faults(faults).expect("faults"));
        let mount = Mount::new(rig.clone(), folder.path()).expect("mounted");
        Some(Self { folder, rig, _mount: mount, model })
    }

    fn test(&self) -> Check {
        let begun = Instant::now();
        let sysfs = ::xdma::Sysfs::at(self.folder.path());
        let check = run(Place { folder: self.folder.path(), sysfs: &sysfs }, 0, &self.model, SHORT);
        assert!(begun.elapsed() < BOUND, "{check:?} took {:?}", begun.elapsed());
        assert_eq!(check.name, "xdma0 self-test");
        assert_eq!(check.remedy.is_some(), check.status != Status::Ok, "{check:?}");
        check
    }
}

fn software(model: &Model) -> Box<dyn Behind> {
    Box::new(Software::new(EngineConfig::standard(8), &model.network).expect("sound"))
}

fn stub(_: &Model) -> Box<dyn Behind> {
    Box::new(Stub::new(EngineConfig::standard(8)))
}

#[test]
fn a_board_that_computes_right_is_ok() {
    let Some(board) = TestBoard::new(software, TIMEOUT, "") else { return };
    for _ in 0..2 {
        let check = board.test();
        assert!(check.status == Status::Ok && check.found.contains("reset, programmed, one frame there and back"), "{check:?}");
    }
    assert_eq!(board.rig.figures().packets, 2, "one frame each");
}

#[test]
fn wrong_sums_in_a_whole_packet_are_red() {
    let Some(board) = TestBoard::new(stub, TIMEOUT, "") else { return };
    let check = board.test();
    assert!(check.status == Status::Red && check.found.contains("other sums"), "{check:?}");
    assert!(check.remedy.is_some_and(|remedy| remedy.contains("trace-layers")));
}

#[test]
fn results_damaged_on_the_way_are_red_only_when_they_all_are() {
    let Some(board) = TestBoard::new(software, TIMEOUT, "rate=1,kinds=corrupt") else { return };
    let check = board.test();
    assert!(check.status == Status::Red && check.found.contains("without a result"), "{check:?}");
    let Some(board) = TestBoard::new(software, TIMEOUT, "corrupt@1") else { return };
    assert_eq!(board.test().status, Status::Ok, "sent again");
    assert_eq!(board.rig.figures().faults, 1);
}

#[test]
fn stuck_boards_are_red_in_bounded_time() {
    for faults in ["rate=1,kinds=stuck-write", "rate=1,kinds=stuck-read", "rate=1,kinds=short-write", "gone@1"] {
        let Some(board) = TestBoard::new(software, TIMEOUT, faults) else { return };
        let check = board.test();
        assert_eq!(check.status, Status::Red, "{faults}: {check:?}");
    }
}

#[test]
fn transfers_that_never_end_are_red_after_the_patience() {
    // the driver's timeout is as if it were switched off; the mount's end ends the wait
    let Some(board) = TestBoard::new(software, Duration::from_secs(3600), "rate=1,kinds=stuck-read") else { return };
    let check = board.test();
    assert!(check.status == Status::Red && check.found.contains("no transfer has ended"), "{check:?}");
}

#[test]
fn a_board_that_is_used_is_left_alone() {
    let Some(board) = TestBoard::new(software, TIMEOUT, "") else { return };
    let stream = std::fs::File::open(board.folder.path().join("xdma0_c2h_0")).expect("it is free");
    let before = board.rig.figures();
    let check = board.test();
    let this = format!("({})", std::process::id());
    assert!(check.status == Status::Warn && check.found.contains(&this), "{check:?}");
    assert_eq!(board.rig.figures(), before, "nothing was written");
    drop(stream);
    assert_eq!(board.test().status, Status::Ok);
}

#[test]
fn only_boards_without_a_red_line_are_tried() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for board in [0, 1, 12] {
        std::fs::write(folder.path().join(format!("xdma{board}_user")), "").expect("written");
    }
    let checks = [
        Check::ok("xdma0 engine", ""),
        Check::bad(Status::Red, "xdma1 engine", "", ""),
        Check::bad(Status::Warn, "xdma12 permissions", "", ""),
        Check::bad(Status::Red, "XDMA driver", "", ""),
    ];
    assert_eq!(ready(folder.path(), &checks), [0, 12]);
}
