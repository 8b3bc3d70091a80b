//! Every option that takes a file or a folder, given relative to the folder that the program is started in.

mod common;

use common::{write_network, write_photographs};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// `ember` in `folder`, in whose subfolder `inside` all inputs are and all outputs go.
fn ember(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ember"));
    command.current_dir(folder).args(line.split(' '));
    command
}

fn run(folder: &Path, line: &str) -> Output {
    let output = ember(folder, line).output().expect("ember starts");
    assert!(output.status.success(), "{line}: {}{}", text(&output.stdout), text(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

fn inputs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inside = folder.path().join("inside");
    write_photographs(&inside.join("images"));
    write_network(&inside.join("tiny.safetensors"), 0);
    let write = |name: &str, content: &str| std::fs::write(inside.join(name), content).expect("written");
    write("labels.csv", "file,class\ncoffee.png,0\nrocket.jpg,1\n");
    write("names.txt", "a\nb\nc\nd\ne\n");
    write("faults.txt", "corrupt@1000000\n");
    folder
}

#[test]
fn inputs_and_outputs_of_every_command() {
    let folder = inputs();
    let facts = "--size 64 --pools conv1,fire2";
    // in a subfolder, and beside the program with bare names
    for (line, outputs) in [
        (format!("check inside/tiny.safetensors {facts} --json inside/check.json"), vec!["inside/check.json"]),
        (
            format!("quantize inside/tiny.safetensors {facts} --images inside/images --class-names inside/names.txt -o inside/tiny.ember --json inside/q.json"),
            vec!["inside/tiny.ember", "inside/q.json"],
        ),
        ("compress inside/tiny.ember -o tiny.small.ember --json c.json".into(), vec!["tiny.small.ember", "c.json"]),
        (
            format!("compress inside/tiny.ember -o ./e.ember --target-kb 5 --images inside/images --pieces 0 --eval inside/images --labels inside/labels.csv --float inside/tiny.safetensors {facts}"),
            vec!["e.ember"],
        ),
        ("check tiny.small.ember".into(), vec![]),
        (
            format!("eval inside/images --labels inside/labels.csv --model inside/tiny.ember --float inside/tiny.safetensors {facts} --json e.json"),
            vec!["e.json"],
        ),
        ("classify inside/images ./inside/images/coffee.png --model inside/tiny.ember -o out.csv".into(), vec!["out.csv"]),
        ("bench inside/images --model tiny.small.ember --frames 2 --latency-frames 1 --json b.json".into(), vec!["b.json"]),
        ("trace-layers inside/images/coffee.png --device software --columns 4 --model inside/tiny.ember --json t.json".into(), vec!["t.json"]),
        ("doctor --root inside --model inside/tiny.ember --json d.json".into(), vec!["d.json"]),
    ] {
        run(folder.path(), &line);
        for output in outputs {
            assert!(folder.path().join(output).metadata().is_ok_and(|file| file.len() > 0), "{line}: no {output}");
        }
    }
}

/// Ends with the test.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(pid) = rustix::process::Pid::from_raw(self.0.id() as i32) {
            // it may have ended by itself
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.0.wait();
    }
}

#[test]
fn folders_of_device_files() {
    if let Some(missing) = virtual_board::missing() {
        eprintln!("SKIPPED: {missing}");
        return;
    }
    let folder = inputs();
    // an empty folder is no board, and said to be none
    std::fs::create_dir(folder.path().join("vb")).expect("created");
    let output = ember(folder.path(), "doctor --device-dir vb").output().expect("ember starts");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("no xdma*_user in vb"), "{}", text(&output.stdout));

    let mut serve = ember(folder.path(), "virtual-board --engine software --dir vb --fault-script inside/faults.txt");
    let mut board = Served(serve.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("ember starts"));
    let begun = Instant::now();
    while !folder.path().join("vb/xdma0_user").exists() {
        assert!(board.0.try_wait().expect("a child").is_none(), "the virtual board ended early");
        assert!(begun.elapsed() < Duration::from_secs(120), "the virtual board is not ready");
        std::thread::sleep(Duration::from_millis(20));
    }
    for named in ["vb", "./vb", "inside/../vb"] {
        let output = run(folder.path(), &format!("doctor --device-dir {named}"));
        let printed = text(&output.stdout);
        assert!(printed.contains("ok    xdma0 engine") && printed.contains("ok    xdma0 self-test"), "{printed}");
    }
    let absolute = folder.path().join("vb");
    let count = |printed: &str| printed.lines().filter(|line| line.contains("xdma0")).count();
    let by_name = run(folder.path(), "doctor --device-dir vb");
    let by_path = run(folder.path(), &format!("doctor --device-dir {}", absolute.display()));
    assert_eq!(count(text(&by_name.stdout)), count(text(&by_path.stdout)));
    run(folder.path(), "classify --quiet --device-dir vb inside/images");
    run(folder.path(), "bench --device-dir vb inside/images --frames 2 --latency-frames 1");
    drop(board);
    assert_eq!(std::fs::read_dir(absolute).expect("an ordinary folder again").count(), 0);
}
