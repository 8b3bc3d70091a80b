//! `hdl report --place-and-route`, with a script in nextpnr's place: what it is given, its report read back, and what is said
//! without one. nextpnr itself is not run.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A report as nextpnr's `common/kernel/report.cc` writes it.
const REPORT: &str = r#"{"critical_paths":[{"from":"posedge clock","path":[{"delay":0.2,"from":{"cell":"f","loc":[1,2],"port":"CK"},"to":{"cell":"f","loc":[1,2],"port":"Q"},"type":"clk-to-q"},{"delay":2.5,"from":{"cell":"f","loc":[1,2],"port":"Q"},"net":"u_part.value[3]","sources":[],"to":{"cell":"g","loc":[3,4],"port":"D"},"type":"routing"},{"delay":0.1,"from":{"cell":"g","loc":[3,4],"port":"D"},"to":{"cell":"g","loc":[3,4],"port":"CK"},"type":"setup"}],"to":"posedge clock"}],"fmax":{"clock":{"achieved":357.1,"constraint":200.0}},"utilization":{"SLICE_FFX":{"available":407600,"used":120}}}"#;

fn hdl(folder: &Path, words: &[&str]) -> Output {
    let boards = concat!(env!("CARGO_MANIFEST_DIR"), "/../constraints");
    let mut command = Command::new(env!("CARGO_BIN_EXE_hdl"));
    command.args(["report", "--boards", boards]).args(words).env("KEPT", folder).env_remove("NEXTPNR").env_remove("NEXTPNR_CHIPDB");
    command.output().expect("hdl runs")
}

/// `name` in `folder`, a shell script. Another process writes it: a file that this one has open for writing may stay busy in
/// children of other tests.
pub fn script(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(folder.join("text"), format!("#!/bin/sh\n{text}")).expect("a temporary file");
    let made = Command::new("sh").arg("-c").arg(format!("cp text {name} && chmod +x {name}")).current_dir(folder).status().expect("sh");
    assert!(made.success());
    path.to_str().expect("a plain path").into()
}

#[test]
fn a_block_is_placed_and_its_report_read_back() {
    if let Err(e) = hdl::synth::Yosys::find_by_delay(None) {
        return eprintln!("SKIPPED: {e}");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    fs::write(path.join("report"), REPORT).expect("a temporary file");
    fs::write(path.join("chip.bin"), "a chip").expect("a temporary file");
    let text =
        "[ \"$1\" = --version ] && exit\necho \"$@\" > \"$KEPT/words\"\ncp netlist.json \"$KEPT\"\ncp \"$KEPT/report\" report.json\n";
    let (nextpnr, chip) = (script(path, "nextpnr", text), path.join("chip.bin"));
    let chip = chip.to_str().expect("a plain path");
    let words = ["--board", "kc705", "--top", "ember_pixel_complement", "--place-and-route", "--nextpnr", &nextpnr, "--chipdb", chip];
    let run = hdl(path, &words);
    let shown = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{run:?}");
    for part in ["357.1 MHz of 200 asked for: clock", "0.30 ns in cells, 2.50 ns in wires", "2.70 ns in u_part", "along u_part.value[3]"] {
        assert!(shown.contains(part), "{shown} does not say {part}");
    }
    let given = fs::read_to_string(path.join("words")).expect("it was called");
    for part in [
        "--device xc7k325tffg900-2",
        "--top ember_pixel_complement",
        "--freq 200",
        "chip.bin",
        "--placer heap --seed 1",
        "--report report.json",
    ] {
        assert!(given.contains(part), "{given} lacks {part}");
    }
    let netlist = fs::read_to_string(path.join("netlist.json")).expect("it was given one");
    let netlist = hdl::synth::netlist::Netlist::parse(&netlist, "ember_pixel_complement").expect("a netlist");
    assert!(netlist.modules["ember_pixel_complement"].ports.is_empty(), "no pads are asked for");

    let run = hdl(path, &[&words[..], &["--json", "--placer", "static", "--seed", "7"]].concat());
    let given = fs::read_to_string(path.join("words")).expect("it was called");
    assert!(given.contains("--placer static --seed 7"), "{given}");
    let json: serde_json::Value = serde_json::from_slice(&run.stdout).expect("JSON");
    assert_eq!(json["flat"]["routed"]["clocks"][0]["achieved"], 357.1);

    let failing = script(path, "failing", "[ \"$1\" = --version ] && exit\necho 'ERROR: no BELs remaining' >&2\nexit 1\n");
    let run = hdl(path, &[&words[..6], &[&failing, "--chipdb", chip]].concat());
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.code() == Some(1) && said.contains("did not place and route") && said.contains("no BELs remaining"), "{said}");
}

#[test]
fn without_nextpnr_it_is_said_where_it_comes_from() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let part = |board| ["--board", board, "--top", "ember_lane", "--place-and-route", "--nextpnr", "/nowhere/nextpnr"];
    let run = hdl(folder.path(), &part("kc705"));
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(3), "{said}");
    assert!(said.contains("https://github.com/YosysHQ/nextpnr") && said.contains("NEXTPNR_CHIPDB"), "{said}");
    let run = hdl(folder.path(), &part("kcu116"));
    assert!(String::from_utf8_lossy(&run.stderr).contains("is for 7 series parts"), "{run:?}");
}
