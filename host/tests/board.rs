//! `ember` on a board: the commands against a virtual board that they reach through its device files.
//!
//! `classify` writes the software path's bytes, also under faults; work shared with it and between two boards of
//! unequal speed; `trace-layers` on the Verilog; `doctor`'s frame; where `bench` says that the time goes, with and
//! without an engine that counts cycles. Skipped, with a message, where FUSE is missing.

mod common;

use contract::engine::EngineConfig;
use net::assets::PHOTOGRAPHS;
use net::compiler::compile;
use net::model_file::Model;
use rustix::process::{kill_process, Pid, Signal};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use virtual_board::engine::Software;
use virtual_board::{parse_faults, Card, Mount, Rig, Timeouts};

/// An engine that has to be built and started first.
const PATIENCE: Duration = Duration::from_secs(300);

/// `ember virtual-board` on a folder of its own; ends and unmounts with this.
struct VirtualBoard {
    child: Child,
    folder: tempfile::TempDir,
}

impl VirtualBoard {
    /// A board that is ready, or nothing (with a message) where FUSE is missing.
    fn start(arguments: &[&str]) -> Option<Self> {
        if let Some(missing) = virtual_board::missing() {
            eprintln!("SKIPPED: {missing}");
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let child = ember(&["virtual-board"]).args(arguments).arg("--dir").arg(folder.path()).stdout(Stdio::piped()).spawn();
        let mut board = Self { child: child.expect("ember starts"), folder };
        let begun = Instant::now();
        while !board.folder.path().join("xdma0_user").exists() {
            assert!(board.child.try_wait().expect("a child").is_none(), "the virtual board ended early");
            assert!(begun.elapsed() < PATIENCE, "the virtual board is not ready");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(board)
    }

    fn dir(&self) -> &str {
        text(self.folder.path())
    }

    fn stop(&mut self) {
        let pid = Pid::from_raw(self.child.id() as i32).expect("a process");
        // it may have ended by itself
        let _ = kill_process(pid, Signal::TERM);
    }

    /// Ends the board; what it prints at its end.
    fn end(mut self) -> String {
        self.stop();
        let mut output = String::new();
        std::io::Read::read_to_string(self.child.stdout.as_mut().expect("piped"), &mut output).expect("UTF-8");
        assert!(self.child.wait().expect("a child").success(), "{output}");
        assert!(std::fs::read_dir(self.folder.path()).expect("unmounted").next().is_none(), "device files are left");
        output
    }
}

impl Drop for VirtualBoard {
    fn drop(&mut self) {
        self.stop();
        let _ = self.child.wait();
    }
}

fn ember(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ember"));
    command.args(arguments);
    command
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a name in UTF-8")
}

fn photographs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../net/assets/images")
}

/// The sums of `count` inputs on the devices that `arguments` name, as JSON lines.
fn classify(count: usize, arguments: &[&str]) -> Output {
    let mut command = ember(&["classify", "--quiet", "--logits"]);
    let files = ["coffee.png", "chelsea.png", "rocket.jpg"].map(|name| photographs().join(name));
    command.args((0..count).map(|i| &files[i % files.len()])).args(arguments);
    command.output().expect("ember starts")
}

fn succeed(output: Output) -> Vec<u8> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// As many as keep several batches under way.
const INPUTS: usize = 60;

#[test]
fn a_board_writes_the_bytes_of_the_software_path() {
    let Some(board) = VirtualBoard::start(&["--engine", "software"]) else { return };
    let expected = succeed(classify(INPUTS, &["--format", "jsonl"]));
    let found = succeed(classify(INPUTS, &["--format", "jsonl", "--device-dir", board.dir()]));
    assert!(found == expected, "{}", String::from_utf8_lossy(&found));
    board.end();
}

#[test]
fn a_trained_network_gives_the_bytes_of_the_software_path_on_the_verilog() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(board) = VirtualBoard::start(&["--engine", "rtl", "--columns", "4"]) else { return };
    let model = common::trained(folder.path());
    let run = |more: &[&str]| succeed(classify(3, &[&["--format", "jsonl", "--model", &model], more].concat()));
    let (expected, found) = (run(&[]), run(&["--device-dir", board.dir()]));
    assert!(found == expected, "{}", String::from_utf8_lossy(&found));
    board.end();
}

#[test]
fn faults_change_nothing_in_the_results() {
    let faults = "corrupt@1,lose@9,short-write@2,eio-read@30,reset@5";
    let Some(board) = VirtualBoard::start(&["--engine", "software", "--timeout", "0.3", "--faults", faults]) else { return };
    let expected = succeed(classify(INPUTS, &["--format", "jsonl"]));
    let found = succeed(classify(INPUTS, &["--format", "jsonl", "--device-dir", board.dir()]));
    assert!(found == expected, "{}", String::from_utf8_lossy(&found));
    let end = board.end();
    assert!(end.contains("faults injected") && !end.contains(" 0 faults injected"), "{end}");
}

/// Frames of each device, and the results, of a JSON document; with as many results on all devices as inputs.
fn shares(output: Output) -> (Vec<u64>, serde_json::Value) {
    let document: serde_json::Value = serde_json::from_slice(&succeed(output)).expect("JSON");
    let devices = document["summary"]["devices"].as_array().expect("devices");
    let frames: Vec<u64> = devices.iter().filter_map(|device| device["frames"].as_u64()).collect();
    assert_eq!((frames.len(), frames.iter().sum::<u64>()), (2, INPUTS as u64));
    (frames, document["results"].clone())
}

#[test]
fn board_and_software_share_the_work() {
    let Some(board) = VirtualBoard::start(&["--engine", "software"]) else { return };
    let devices = ["--format", "json", "--device", "xdma:0,software", "--batch", "4", "--device-dir", board.dir()];
    let (frames, results) = shares(classify(INPUTS, &devices));
    assert!(frames.iter().all(|frames| *frames > 0), "{frames:?}");
    let expected: serde_json::Value = serde_json::from_slice(&succeed(classify(INPUTS, &["--format", "json"]))).expect("JSON");
    assert_eq!(results, expected["results"], "in the order of the inputs");
    board.end();
}

#[test]
fn the_faster_of_two_boards_does_more() {
    let Some(fast) = VirtualBoard::start(&["--engine", "software"]) else { return };
    // up to 200 ms for each result, a hundred times what the fast one takes
    let slow = VirtualBoard::start(&["--engine", "software", "--faults", "rate=1,kinds=delay-read,delay=200"]).expect("FUSE is there");
    let folder = together(slow.folder.path(), fast.folder.path());
    let devices = ["--format", "json", "--device", "xdma:0,xdma:1", "--batch", "4", "--device-dir", text(folder.path())];
    let (frames, results) = shares(classify(INPUTS, &devices));
    assert!(0 < frames[0] && 2 * frames[0] < frames[1], "slow and fast: {frames:?}");
    let expected: serde_json::Value = serde_json::from_slice(&succeed(classify(INPUTS, &["--format", "json"]))).expect("JSON");
    assert_eq!(results, expected["results"], "in the order of the inputs");
    slow.end();
    fast.end();
}

/// A virtual board in this process, so that a test can look at it and break it.
struct Inside {
    rig: Rig,
    folder: tempfile::TempDir,
    _mount: Mount,
}

impl Inside {
    /// As [`VirtualBoard::start`], with the software engine.
    fn new(timeout: Duration, faults: &str) -> Option<Self> {
        if let Some(missing) = virtual_board::missing() {
            eprintln!("SKIPPED: {missing}");
            return None;
        }
        let (model, faults) = (Model::default_model(), parse_faults(faults).expect("faults"));
        let engine = Software::new(EngineConfig::standard(8), &model.network).expect("a sound network");
        let (rig, folder) = (Rig::new(Box::new(engine), Timeouts::both(timeout), faults), tempfile::tempdir().expect("a temporary folder"));
        let _mount = Mount::new(rig.clone(), folder.path()).expect("mounted");
        Some(Self { rig, folder, _mount })
    }

    fn dir(&self) -> &str {
        text(self.folder.path())
    }

    /// Waits until nobody has the stream from the board: the kernel closes the files of a process a moment after its end.
    fn wait_until_free(&self) {
        let begun = Instant::now();
        while std::fs::File::open(self.folder.path().join("xdma0_c2h_0")).is_err() {
            assert!(begun.elapsed() < PATIENCE, "the stream is still taken");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_run_after_one_that_was_killed_is_right_at_once() {
    let Some(board) = Inside::new(Duration::from_secs(2), "rate=1,kinds=delay-write,delay=20") else { return };
    let expected = succeed(classify(6, &["--format", "jsonl"]));
    let program = compile(&Model::default_model().network, &EngineConfig::standard(8)).expect("it fits");
    let frame = program.frame(Model::default_model().input(&PHOTOGRAPHS[0]).view(), 7);
    for (results, cut) in [(1, 12), (20, 5000), (40, frame.len())] {
        let before = board.rig.figures().packets;
        let mut command = ember(&["classify", "--quiet", "--device-dir", board.dir()]);
        command.args((0..2000).map(|_| photographs().join("coffee.png"))).stdout(Stdio::null());
        let mut child = command.spawn().expect("ember starts");
        while board.rig.figures().packets < before + results {
            assert!(child.try_wait().expect("a child").is_none(), "it ended before it was killed");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        board.wait_until_free();
        // the file system lets a write go on that the driver would break off: cut a frame for it
        board.rig.user(0).expect("readable");
        board.rig.write(&frame[..cut]).expect("there is room");
        let timed_out = board.rig.figures().timed_out;
        let found = succeed(classify(6, &["--format", "jsonl", "--device-dir", board.dir()]));
        assert!(found == expected, "{}", String::from_utf8_lossy(&found));
        let figures = board.rig.figures();
        assert_eq!((figures.timed_out, figures.trespasses), (timed_out, 0), "nothing waits for a timeout");
        board.wait_until_free();
    }
}

/// One folder with both boards: `xdma0_*` is `first`, `xdma1_*` is `second`.
fn together(first: &Path, second: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (number, board) in [(0, first), (1, second)] {
        for node in ["h2c_0", "c2h_0", "user", "control"] {
            let link = folder.path().join(format!("xdma{number}_{node}"));
            std::os::unix::fs::symlink(board.join(format!("xdma0_{node}")), link).expect("linked");
        }
    }
    folder
}

#[test]
fn a_board_that_is_lost_at_the_start_is_left_out() {
    let Some(lost) = Inside::new(Duration::from_millis(200), "") else { return };
    let whole = Inside::new(Duration::from_secs(60), "").expect("FUSE is there");
    let folder = together(lost.folder.path(), whole.folder.path());
    let expected: serde_json::Value = serde_json::from_slice(&succeed(classify(INPUTS, &["--format", "json"]))).expect("JSON");
    for (card, words) in [
        (Card::Gone, "left the bus"),
        (Card::Removed, "left the bus (Invalid argument (os error 22))"),
        (Card::Blank, "lost its configuration"),
    ] {
        lost.rig.set_card(card);
        for (devices, place) in [("xdma:0,xdma:1", 0), ("xdma:1,xdma:0", 1), ("xdma:1,xdma:7", 1)] {
            let output = classify(INPUTS, &["--format", "json", "--device", devices, "--device-dir", text(folder.path())]);
            let errors = String::from_utf8(output.stderr.clone()).expect("UTF-8");
            let left_out: Vec<&str> = errors.lines().filter(|line| line.contains("is left out")).collect();
            let name = if devices.contains("xdma:7") { "xdma:7" } else { "xdma:0" };
            assert!(left_out.len() == 1 && left_out[0].contains(&format!("device {name} is left out: ")), "{errors}");
            assert!(name == "xdma:7" || left_out[0].contains(words), "{errors}");
            let (frames, results) = shares(output);
            assert_eq!((frames[place], frames[1 - place]), (0, INPUTS as u64), "{devices}");
            assert_eq!(results, expected["results"], "in the order of the inputs");
            whole.wait_until_free();
        }
    }
    whole.rig.set_card(Card::Gone);
    let output = classify(1, &["--format", "jsonl", "--device", "xdma:0,xdma:1", "--device-dir", text(folder.path())]);
    let errors = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(output.status.code() == Some(1) && errors.contains("none of the 2 devices can be used"), "{errors}");
    // alone it is the failure itself
    let output = classify(1, &["--format", "jsonl", "--device", "xdma:0", "--device-dir", text(folder.path())]);
    let errors = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(output.status.code() == Some(1) && errors.contains("lost its configuration") && !errors.contains("left out"), "{errors}");
    assert_eq!(lost.rig.figures().bytes + lost.rig.figures().timed_out, 0, "no transfer was tried");
}

#[test]
fn a_card_that_leaves_in_mid_batch_is_one_sentence_within_one_timeout() {
    for (fault, words) in [
        ("gone@4", "left the bus (its registers read 0xffffffff)"),
        ("gone-read@7", "left the bus (its registers read 0xffffffff)"),
        ("removed@4", "fails: Invalid argument (os error 22))"),
        ("blank@4", "lost its configuration"),
    ] {
        let Some(board) = Inside::new(Duration::from_secs(1), fault) else { return };
        let output = classify(INPUTS, &["--format", "jsonl", "--device-dir", board.dir()]);
        let errors = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(1), "{fault}: {errors}");
        assert!(errors.contains(words) && errors.contains("device xdma is not used any more"), "{fault}: {errors}");
        let figures = board.rig.figures();
        assert!(figures.trespasses == 0 && figures.timed_out <= 2, "{fault}: {figures:?}");
    }
}

#[test]
fn every_layer_of_the_verilog_behind_the_files_is_the_references() {
    let Some(board) = VirtualBoard::start(&["--engine", "rtl", "--columns", "4"]) else { return };
    let image = photographs().join("coffee.png");
    let output = ember(&["trace-layers", text(&image), "--device-dir", board.dir()]).output().expect("ember starts");
    let printed = String::from_utf8(succeed(output)).expect("UTF-8");
    assert!(printed.contains("all 18 layers and all sums are identical"), "{printed}");
    board.end();
}

/// Exit code of `ember doctor` on `board`, and what it says of `check`.
fn doctor(board: &VirtualBoard, check: &str) -> (Option<i32>, serde_json::Value) {
    let output = ember(&["doctor", "--device-dir", board.dir(), "--json", "-"]).output().expect("ember starts");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let checks = report["checks"].as_array().expect("checks");
    let found = checks.iter().find(|line| line["name"] == check).unwrap_or_else(|| panic!("no {check} in {report}"));
    (output.status.code(), found.clone())
}

#[test]
fn doctor_runs_a_frame_on_a_board_in_order() {
    let Some(board) = VirtualBoard::start(&["--engine", "software"]) else { return };
    let (_, engine) = doctor(&board, "xdma0 engine");
    assert_eq!(engine["status"], "ok", "{engine}");
    let (code, test) = doctor(&board, "xdma0 self-test");
    assert_eq!((code, &test["status"]), (Some(0), &"ok".into()), "{test}");
    assert!(test["found"].as_str().is_some_and(|found| found.contains("reset, programmed")), "{test}");
    board.end();
}

#[test]
fn doctor_ends_red_on_a_board_that_computes_something_else() {
    let Some(board) = VirtualBoard::start(&["--engine", "stub"]) else { return };
    let (code, test) = doctor(&board, "xdma0 self-test");
    assert_eq!((code, &test["status"]), (Some(1), &"red".into()), "{test}");
    assert!(test["remedy"].as_str().is_some_and(|remedy| remedy.contains("trace-layers")), "{test}");
    board.end();
}

/// The figures of `ember bench` on `board`, and what it prints.
fn bench(board: &VirtualBoard, frames: &str, alone: &str) -> (serde_json::Value, String) {
    let json = tempfile::NamedTempFile::new().expect("a temporary file");
    let arguments = ["bench", "--device", "xdma:0", "--device-dir", board.dir(), "--frames", frames, "--latency-frames", alone];
    let output = ember(&arguments).arg("--json").arg(json.path()).output().expect("ember starts");
    let printed = String::from_utf8(succeed(output)).expect("UTF-8");
    (serde_json::from_slice(&std::fs::read(json.path()).expect("written")).expect("JSON"), printed)
}

/// Steps of a frame alone add up to its latency, and all shares are shares.
fn check_split(report: &serde_json::Value) {
    let one = &report["split"]["one_frame"];
    let step = |name: &str| one[name].as_f64().unwrap_or(0.0);
    let steps = ["pack", "write", "engine", "read", "hand_over"];
    let (sum, latency) = (steps.map(step).iter().sum::<f64>(), report["latency"]["mean"].as_f64().expect("a number"));
    assert!(step("pack") > 0.0 && step("write") > 0.0 && steps.iter().all(|name| step(name) >= 0.0), "{report}");
    // more only where the engine begins before the write returns
    assert!(sum >= latency * 0.999, "{sum} ms of {latency} ms: {report}");
    for name in ["pack", "write", "read"] {
        let share = report["split"]["in_batches"][name].as_f64().expect("a number");
        assert!(0.0 < share && share <= 100.5, "{name}: {report}");
    }
}

#[test]
fn a_benchmark_of_a_board_says_where_the_time_goes() {
    let Some(board) = VirtualBoard::start(&["--engine", "software"]) else { return };
    let (report, printed) = bench(&board, "60", "10");
    check_split(&report);
    let one = &report["split"]["one_frame"];
    assert!(one["engine"].is_null() && one["cycles"].is_null(), "an engine without a clock: {report}");
    assert!(one["write"].as_f64() > one["pack"].as_f64(), "this engine computes while it takes the frame: {report}");
    assert!(printed.contains("where the time goes") && printed.contains("no clock"), "{printed}");
    board.end();
}

#[test]
fn a_benchmark_of_the_verilog_has_the_engines_own_cycles() {
    let Some(board) = VirtualBoard::start(&["--engine", "rtl", "--columns", "4"]) else { return };
    let (report, printed) = bench(&board, "2", "1");
    check_split(&report);
    let one = &report["split"]["one_frame"];
    // v1.1 on 4 columns: 388 million products, 640 a cycle, most of the array busy
    let cycles = one["cycles"].as_f64().expect("a number");
    assert!((600_000.0..700_000.0).contains(&cycles), "{report}");
    // a simulation is its time and little else
    let (engine, latency) = (one["engine"].as_f64().expect("a number"), report["latency"]["mean"].as_f64().expect("a number"));
    assert!(engine > 0.5 * latency, "{report}");
    let in_batches = &report["split"]["in_batches"];
    let share = |name: &str| in_batches[name].as_f64().expect("a number");
    assert!((0.0..=100.0).contains(&share("engine")) && share("array_busy") <= share("engine"), "{report}");
    assert!(printed.contains("cycles a frame at"), "{printed}");
    board.end();
}

#[test]
fn a_board_that_is_not_there_is_one_sentence() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = classify(1, &["--format", "jsonl", "--device-dir", text(folder.path())]);
    let errors = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("there is no such board in") && errors.contains("`ember doctor`"), "{errors}");
}
