//! The `sim` command: what it refuses and how, and one whole run.
//!
//! The shipped photograph on the real engine with 4 columns, every layer compared.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use test_support::outputs;

fn sim(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command.args(arguments);
    command
}

/// Runs a command that has to fail with `code`; its message, which is one sentence.
fn refusal(command: &mut Command, code: i32) -> String {
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    let text = String::from_utf8(stderr).expect("UTF-8");
    assert_eq!(status.code(), Some(code), "{text}");
    assert!(stdout.is_empty(), "results of a run that failed");
    text
}

#[test]
fn usage_errors_have_their_own_exit_code() {
    for line in ["--columns 12", "--frames 0", "--from-cycle 5", "--trace t.fst --from-cycle 5 --to-cycle 5", "--unknown"] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let text = refusal(&mut sim(&arguments), 2);
        assert!(text.contains("error:") && text.contains("--help"), "{line}: {text}");
    }
}

#[test]
fn an_output_that_cannot_be_written_is_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("missing/out");
    for option in ["--json", "--trace"] {
        // without a PATH, the work could not even begin
        let text = refusal(sim(&[option]).arg(&output).env("PATH", ""), 1);
        assert!(text.contains("missing/out: the output cannot be written, because its folder"), "{text}");
    }
}

#[test]
fn verilator_missing_or_too_old_is_said_with_the_remedy() {
    let text = refusal(sim(&["--columns", "4"]).env("PATH", ""), 1);
    assert!(text.contains("sim: Verilator is not on the PATH; install 5.006 or newer"), "{text}");

    let folder = tempfile::tempdir().unwrap();
    // written by another process: a file that this one has open for writing may stay busy in children of other tests
    let text = "printf '#!/bin/sh\necho Verilator 4.038 2020-07-11 rev v4.036\n' > verilator && chmod +x verilator";
    assert!(Command::new("sh").args(["-c", text]).current_dir(folder.path()).status().unwrap().success());
    let text = refusal(sim(&["--columns", "4"]).env("PATH", folder.path()), 1);
    assert!(text.contains("Verilator 4.038, which is too old; install 5.006 or newer"), "{text}");
}

#[test]
fn a_cache_that_cannot_be_written_is_said_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let text = refusal(sim(&["--columns", "4"]).env("EMBER_CACHE", file.join("cache")), 1);
    assert!(text.contains("set EMBER_CACHE to a folder that can be written"), "{text}");
}

/// Runs `sim --columns 4` with its cache on a tmpfs mounted with `options`; `None`, with a message, where no mount can be
/// made.
fn sim_with_cache_on(options: &str) -> Option<Output> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mount = format!("mount -t tmpfs -o {options} tmpfs \"$EMBER_CACHE\" || exit 99; exec \"$@\"");
    for namespaces in [&["--mount"][..], &["--mount", "--user", "--map-root-user"]] {
        let mut command = Command::new("unshare");
        command.args(namespaces).args(["sh", "-c", &mount, "sh", env!("CARGO_BIN_EXE_sim"), "--columns", "4"]);
        let output = command.env("EMBER_CACHE", folder.path()).output();
        if let Some(output) = output.ok().filter(|output| String::from_utf8_lossy(&output.stderr).contains("sim: ")) {
            assert_eq!(output.status.code(), Some(1), "{output:?}");
            return Some(output);
        }
    }
    eprintln!("SKIPPED: no mount namespace can be made here");
    None
}

#[test]
fn a_cache_on_a_noexec_mount_is_refused_before_the_work() {
    let Some(output) = sim_with_cache_on("noexec,size=300m") else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("is mounted noexec") && said.contains("set EMBER_CACHE to a folder on another"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_full_cache_is_said_with_the_remedy() {
    // the Verilog has more than 300 kB, Verilator's C++ more than 3 MB: the disk is full before and while it runs
    for size in ["100k", "2m"] {
        let Some(output) = sim_with_cache_on(&format!("size={size}")) else { return };
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().unwrap_or_default();
        assert!(last.starts_with("sim: ") && last.contains("is full; free some space there, or set EMBER_CACHE"), "{size}: {said}");
    }
}

#[test]
fn a_read_only_cache_is_said_with_the_remedy() {
    let Some(output) = sim_with_cache_on("ro,size=1m") else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("Read-only file system") && said.contains("set EMBER_CACHE to a folder that can be written"), "{said}");
}

/// A reader that is gone ends nothing, a full disk is said in one sentence.
#[test]
fn output_that_goes_nowhere() {
    for words in [&["--help"][..], &["-h"], &["--version"]] {
        outputs::check(0, || sim(words));
    }
    outputs::check(0, || sim(&["--columns", "4", "--frames", "1"]));
    outputs::check_errors(2, || sim(&["--columns", "12"]));
    outputs::check_errors(1, || sim(&["--model", "no/such/file"]));
}

#[test]
fn unreadable_inputs_are_named() {
    for option in ["--image", "--model"] {
        let text = refusal(sim(&[option, "no/such/file"]).env("PATH", ""), 1);
        assert!(text.contains("no/such/file"), "{text}");
    }
}

/// The default photograph on the smallest array.
#[test]
fn the_default_photograph_is_an_espresso_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("figures.json");
    let output = sim(&["--columns", "4", "--frames", "2", "--json"]).arg(&json).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{messages}");
    check_text(&text);
    check_figures(&json);
}

fn check_text(text: &str) {
    assert!(text.starts_with("1. espresso"), "{text}");
    assert!(text.contains("fire9.expand") && text.contains("identical"), "{text}");
}

fn check_figures(path: &Path) {
    let figures: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).expect("a report")).expect("JSON");
    let number = |key: &str| figures[key].as_f64().unwrap_or_else(|| panic!("{key} is no number"));
    assert!(number("cycles_per_frame") >= 642_996.0, "fewer cycles than the ideal");
    assert!(number("utilisation") > 0.8 && number("utilisation") < 1.0);
    let speed = number("mac_per_second") / number("simulated_cycles_per_second");
    assert!(speed > 100.0 && speed < 640.0, "{speed} MAC a cycle");
    let top = figures["top5"].as_array().expect("a list");
    assert_eq!((top.len(), &top[0]["class"], &top[0]["name"]), (5, &967.into(), &"espresso".into()));
    assert!(top[0]["probability"].as_f64().expect("a number") > 0.9);
    let layers = figures["layers"].as_array().expect("a list");
    assert_eq!(layers.len(), 18);
    for layer in layers {
        assert!(layer["cycles"].as_u64() >= layer["ideal_cycles"].as_u64(), "{layer}");
        assert!(layer["bytes_compared"].as_u64() > Some(0) && layer["mismatches"] == 0, "{layer}");
        assert!(layer["utilisation"].as_f64() <= Some(1.0), "{layer}");
    }
}
