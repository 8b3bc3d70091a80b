//! `hdl generate` as its user meets it: what it writes, what it says, how it fails.

use hdl::target::{DspForm, Target};
use net::engine::EngineConfig;
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
