//! The Verilog that `hdl report` gives to Yosys is the Verilog that `hdl generate` writes, for the same options. The
//! Yosys here is a script that keeps what it is given, of a release that needs no map of ours beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

const BOARDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../constraints");

/// `.v` files by name.
fn verilog(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let verilog = files.filter(|path| path.extension().is_some_and(|e| e == "v"));
    verilog.map(|path| (path.file_name().expect("a name").to_string_lossy().into(), fs::read_to_string(&path).expect("text"))).collect()
}

#[test]
fn yosys_sees_what_is_generated() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    // written by another process: a file that this one has open for writing may stay busy in children of other tests
    let script = "printf '#!/bin/sh\\n[ \"$1\" = -V ] && echo Yosys 0.40 && exit\\nmkdir -p \"$KEPT\" && cp *.v \"$KEPT\"\\necho ERROR: seen\\nexit 1\\n' > yosys && chmod +x yosys";
    assert!(Command::new("sh").args(["-c", script]).current_dir(folder.path()).status().expect("sh").success());
    let cases: [&[&str]; 6] = [
        &["--columns", "4"],
        &["--columns", "8", "--dsp", "dsp48e1", "--weight-bits", "6", "--memory", "weights=block"],
        &["--board", "nitefury2", "--boards", BOARDS],
        &["--board", "nitefury2", "--boards", BOARDS, "--columns", "4", "--line-pixels", "128"],
        &["--board", "kc705", "--boards", BOARDS, "--dsp", "single", "--columns", "4", "--memory", "frame=distributed"],
        &["--board", "kcu116", "--boards", BOARDS, "--columns", "8", "--memory", "frame=auto", "--layers", "20"],
    ];
    for (i, words) in cases.iter().enumerate() {
        let (out, kept) = (path(&format!("out{i}")), path(&format!("kept{i}")));
        let hdl = || Command::new(env!("CARGO_BIN_EXE_hdl"));
        let run = hdl().arg("generate").args(*words).arg("--out").arg(&out).output().expect("hdl runs");
        assert!(run.status.success(), "{words:?}: {run:?}");
        let mut report = hdl();
        report.arg("report").args(*words).env("YOSYS", path("yosys")).env("KEPT", &kept).env("EMBER_CACHE", path("cache"));
        let run = report.output().expect("hdl runs");
        assert!(String::from_utf8_lossy(&run.stderr).contains("Yosys refuses"), "{words:?}: {run:?}");
        let generated = verilog(&if words.contains(&"--board") { out.join("rtl") } else { out });
        assert!(generated.len() > 40 && generated == verilog(&kept), "{words:?}");
    }
}
