//! `hdl generate` as its user meets it: what it writes, what it says, how it fails.

use contract::engine::EngineConfig;
use hdl::target::{DspForm, Target};
use std::path::Path;
use std::process::{Command, Output};

fn hdl(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hdl")).args(arguments).output().expect("hdl runs")
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).expect("a folder");
    let mut names: Vec<String> = entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into()).collect();
    names.sort();
    names
}

#[test]
fn every_module_and_nothing_else_is_in_the_folder() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let dir = parent.path().join("new/engine");
    let out = dir.to_str().expect("a plain path");
    let run = hdl(&["generate", "--columns", "8", "--line-pixels", "32", "--json", "--out", out]);
    assert!(run.status.success(), "{run:?}");
    let config = EngineConfig { line_pixels: 32, ..EngineConfig::standard(8) };
    for (name, text) in hdl::generate(&config) {
        assert!(std::fs::read_to_string(dir.join(&name)).expect("a module") == text, "{name}");
    }
    let json = std::fs::read_to_string(dir.join("engine.json")).expect("the parameters");
    assert_eq!(serde_json::from_str::<EngineConfig>(&json).expect("the parameters as JSON"), config);
    assert_eq!(names(&dir).len(), hdl::generate(&config).len() + 1);

    // the next engine replaces this one; what is not the generator's stays
    std::fs::write(dir.join("notes.txt"), "mine").expect("a file");
    std::fs::write(dir.join("ember_mine.v"), "module mine; endmodule").expect("a file");
    assert!(hdl(&["generate", "--columns", "4", "--out", out]).status.success());
    let mut expected: Vec<String> = hdl::generate(&EngineConfig::standard(4)).into_iter().map(|f| f.0).collect();
    expected.extend(["notes.txt".into(), "ember_mine.v".into()]);
    expected.sort();
    assert_eq!(names(&dir), expected);
}

#[test]
fn every_form_of_the_multipliers_can_be_chosen() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path().to_str().expect("a plain path");
    for (name, dsp, count) in [("single", DspForm::Single, 660), ("dsp48e1", DspForm::Dsp48e1, 340), ("dsp48e2", DspForm::Dsp48e2, 340)] {
        let run = hdl(&["generate", "--columns", "4", "--dsp", name, "--out", out]);
        assert!(run.status.success(), "{run:?}");
        assert!(String::from_utf8_lossy(&run.stdout).contains(&format!("{count} DSP48s")), "{run:?}");
        let files = hdl::generate_for(&EngineConfig::standard(4), &Target { dsp, ..Target::default() });
        assert_eq!(names(dir.path()).len(), files.len(), "{name}");
        for (file, text) in files {
            assert!(std::fs::read_to_string(dir.path().join(&file)).expect("a module") == text, "{name}: {file}");
        }
    }
    let run = hdl(&["generate", "--dsp", "dsp48", "--out", out]);
    assert_eq!(run.status.code(), Some(2), "{run:?}");
    assert!(String::from_utf8_lossy(&run.stderr).contains("[possible values: single, dsp48e1, dsp48e2]"), "{run:?}");
}

#[test]
fn a_failure_is_one_sentence_and_writes_nothing() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let file = parent.path().join("file");
    std::fs::write(&file, "").expect("a file");
    let (file, dir) = (file.to_string_lossy(), parent.path().join("dir"));
    let dir = dir.to_string_lossy();
    for (arguments, sentence) in [
        (["generate", "--columns", "5", "--out", &dir], "5 columns cannot be generated; choose 4, 8, 16 or 32"),
        (["generate", "--layers", "65", "--out", &dir], "descriptor memory layers of 65 cannot be generated; choose 2 to 64"),
        (["generate", "--columns", "4", "--out", &file], "cannot be made"),
    ] {
        let run = hdl(&arguments);
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.starts_with("error: ") && said.contains(sentence) && said.lines().count() == 1, "{arguments:?}: {said}");
    }
    assert_eq!(names(parent.path()), ["file"]);
    assert_eq!(hdl(&["generate"]).status.code(), Some(2));
}

#[test]
fn the_help_has_examples_and_every_memory() {
    let help = hdl(&["generate", "--help"]);
    let help = String::from_utf8_lossy(&help.stdout);
    assert!(help.contains("hdl generate --out"));
    let json = serde_json::to_value(EngineConfig::standard(16)).expect("the parameters as JSON");
    for field in json.as_object().expect("an object").keys() {
        assert!(help.contains(&format!("--{}", field.replace('_', "-"))), "{field}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(hdl(&["completions", shell]).status.success(), "{shell}");
    }
}

/// A board's project from the command line; what an earlier run wrote and this one has not goes, unless it was changed.
#[test]
fn a_board_from_the_command_line() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let dir = parent.path().join("project");
    let out = dir.to_str().expect("a plain path");
    let boards = concat!(env!("CARGO_MANIFEST_DIR"), "/../constraints");
    let small = ["--columns", "4", "--weight-words", "2048", "--frame-words", "64", "--activation-rows", "64"];
    let run =
        |board: &str, more: &[&str]| hdl(&[&["generate", "--board", board, "--boards", boards, "--out", out], &small[..], more].concat());
    let first = run("nitefury2", &[]);
    assert!(first.status.success(), "{first:?}");
    let said = String::from_utf8_lossy(&first.stdout).into_owned();
    assert!(said.contains("RHS Research NiteFury II") && said.contains("SqueezeNet v1.1 does not run on this engine: "), "{said}");
    let manifest = std::fs::read(dir.join("manifest.json")).expect("a manifest");
    assert!(dir.join("constraints/lanes.tcl").is_file());
    assert!(run("nitefury2", &[]).status.success());
    assert!(std::fs::read(dir.join("manifest.json")).expect("a manifest") == manifest, "the same bytes");

    std::fs::write(dir.join("notes.txt"), "mine").expect("a file");
    std::fs::write(dir.join("ember.core"), "changed").expect("a file");
    // the KC705 needs no lanes.tcl
    assert!(run("kc705", &[]).status.success());
    assert!(!dir.join("constraints/lanes.tcl").exists());
    assert!(dir.join("notes.txt").is_file());
    let core = std::fs::read_to_string(dir.join("ember.core")).expect("a file");
    assert!(core.starts_with("CAPI=2:"), "a file of the project is written again");

    let before = std::fs::read(dir.join("manifest.json")).expect("a manifest");
    for (board, more, sentence) in [
        ("kc710", &[][..], "there is no board \"kc710\" (did you mean kc705?); the boards are acorn-cle215, kc705, kcu105,"),
        ("nitefury2", &["--layers", "65"], "descriptor memory layers of 65 cannot be generated"),
        (
            "nitefury2",
            &["--pool-pixels", "4096", "--line-pixels", "4096", "--accumulator-pixels", "65536"],
            "do not fit xc7a200tfbg484-2: BRAM36: the engine takes ",
        ),
    ] {
        let run = run(board, more);
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(1), "{board}: {said}");
        assert!(said.starts_with("error: ") && said.contains(sentence) && said.lines().count() == 1, "{board}: {said}");
    }
    assert!(std::fs::read(dir.join("manifest.json")).expect("a manifest") == before, "a refusal writes nothing");
    // 32 columns on the smallest part: 2720 DSPs of 740
    let run = hdl(&["generate", "--board", "nitefury2", "--boards", boards, "--columns", "32", "--out", "nowhere"]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(said.contains("DSP48: the engine takes 2720 of 740, 1980 too many") && !Path::new("nowhere").exists(), "{said}");
    assert_eq!(hdl(&["generate", "--boards", boards, "--out", out]).status.code(), Some(2), "--boards without --board");
}

#[test]
fn the_list_of_boards() {
    let boards = concat!(env!("CARGO_MANIFEST_DIR"), "/../constraints");
    let table = hdl(&["boards", "--boards", boards]);
    assert!(table.status.success(), "{table:?}");
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    for name in ["acorn-cle215", "kc705", "kcu105", "kcu116", "nitefury2", "u200", "u250", "u50", "vcu118"] {
        let line = table.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} is not in\n{table}"));
        assert!(line.ends_with("yes"), "{line}");
    }
    let json = hdl(&["boards", "--boards", boards, "--format", "json"]);
    let rows: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(rows.as_array().expect("a list").len(), 9);
    let missing = hdl(&["boards", "--boards", "/nowhere/boards"]);
    assert!(!missing.status.success() && String::from_utf8_lossy(&missing.stderr).contains("/nowhere/boards cannot be read"));
}

#[test]
fn interface_and_register_map_are_printed_in_every_format() {
    let text = |command: &str, arguments: &[&str]| {
        let run = hdl(&[&[command], arguments].concat());
        assert!(run.status.success(), "{run:?}");
        String::from_utf8(run.stdout).expect("UTF-8")
    };
    let json = |command| {
        let text = text(command, &["--format", "json", "--columns", "4"]);
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")
    };
    let config = EngineConfig::standard(4);
    assert_eq!(text("interface", &["--format", "c"]), contract::c_header());
    assert_eq!(text("interface", &[]), contract::page::markdown());
    assert_eq!(json("interface"), contract::json(&config));
    assert_eq!(text("registers", &["--format", "c"]), contract::c_header());
    assert_eq!(text("registers", &[]), contract::registers::markdown());
    assert_eq!(json("registers"), contract::registers::json(&config));
    for command in ["interface", "registers"] {
        let run = hdl(&[command, "--format", "json", "--columns", "5"]);
        assert!(!run.status.success() && String::from_utf8_lossy(&run.stderr).contains("choose 4, 8, 16 or 32"), "{run:?}");
    }
}
