//! `ember` on a board: the commands against a virtual board that they reach through its device files.

use rustix::process::{kill_process, Pid, Signal};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

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
fn faults_change_nothing_in_the_results() {
    let faults = "corrupt@1,lose@9,short-write@2,eio-read@30,reset@5";
    let Some(board) = VirtualBoard::start(&["--engine", "software", "--timeout", "0.3", "--faults", faults]) else { return };
    let expected = succeed(classify(INPUTS, &["--format", "jsonl"]));
    let found = succeed(classify(INPUTS, &["--format", "jsonl", "--device-dir", board.dir()]));
    assert!(found == expected, "{}", String::from_utf8_lossy(&found));
    let end = board.end();
    assert!(end.contains("faults injected") && !end.contains(" 0 faults injected"), "{end}");
}

#[test]
fn board_and_software_share_the_work() {
    let Some(board) = VirtualBoard::start(&["--engine", "software"]) else { return };
    let found = succeed(classify(INPUTS, &["--format", "json", "--device", "xdma:0,software", "--device-dir", board.dir()]));
    let found: serde_json::Value = serde_json::from_slice(&found).expect("JSON");
    let expected: serde_json::Value = serde_json::from_slice(&succeed(classify(INPUTS, &["--format", "json"]))).expect("JSON");
    assert_eq!(found["results"], expected["results"]);
    let frames: Vec<u64> = found["summary"]["devices"].as_array().expect("devices").iter().filter_map(|d| d["frames"].as_u64()).collect();
    assert_eq!((frames.len(), frames.iter().sum::<u64>()), (2, INPUTS as u64));
    board.end();
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

#[test]
fn doctor_finds_a_board_in_order() {
    let Some(board) = VirtualBoard::start(&["--engine", "software"]) else { return };
    let output = ember(&["doctor", "--device-dir", board.dir(), "--json", "-"]).output().expect("ember starts");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let engine =
        report["checks"].as_array().expect("checks").iter().find(|check| check["name"] == "xdma0 engine").expect("it is looked at");
    assert_eq!(engine["status"], "ok", "{report}");
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
