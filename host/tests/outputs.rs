//! `ember` with nowhere to print: a reader that is gone ends nothing, a full disk is said in one sentence.

mod common;

use common::{text, write_network, write_photographs, FACTS};
use std::process::Command;
use test_support::outputs;

fn ember(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ember"));
    command.args(words);
    command
}

fn check(words: &[&str]) {
    outputs::check(0, || ember(words));
}

#[test]
fn every_command() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let (network, images, model, labels) = (path("tiny.safetensors"), path("images"), path("out.ember"), path("labels.csv"));
    write_network(&network, 0);
    write_photographs(&images);
    let quantize: Vec<&str> = [&["quantize", text(&network), "--images", text(&images), "-o", text(&model)], &FACTS[..]].concat();
    check(&quantize);
    check(&["check", text(&model)]);
    check(&[&["check", text(&network)], &FACTS[..]].concat());
    check(&["compress", text(&model), "-o", text(&path("small.ember"))]);

    let photograph = net::assets::PHOTOGRAPHS[0];
    let image = path(photograph.name);
    std::fs::write(&image, photograph.bytes).expect("written");
    std::fs::write(&labels, format!("file,class\n{},967\n", photograph.name)).expect("written");
    for format in ["table", "json", "jsonl", "csv"] {
        check(&["classify", text(&image), "--format", format]);
    }
    check(&["eval", text(folder.path()), "--labels", text(&labels)]);
    check(&["bench", text(&image), "--frames", "2"]);
    check(&["trace-layers", text(&image), "--device", "software"]);
    check(&["boards"]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        check(&["completions", shell]);
    }
}

/// Its exit code is what it found of this computer.
#[test]
fn doctor() {
    for words in [&["doctor"][..], &["doctor", "--json", "-"]] {
        let code = ember(words).output().expect("ember starts").status.code().expect("an exit code");
        outputs::check(code, || ember(words));
    }
}

#[test]
fn help_and_version() {
    for words in [&["--version"][..], &["--help"], &["help", "eval"]] {
        check(words);
    }
    for command in
        ["classify", "quantize", "eval", "check", "compress", "bench", "trace-layers", "doctor", "boards", "virtual-board", "completions"]
    {
        check(&[command, "--help"]);
    }
}

#[test]
fn errors() {
    for (code, words) in
        [(2, &["classify", "--unknown"][..]), (2, &[]), (1, &["check", "missing.onnx"]), (1, &["boards", "--boards", "/nowhere"])]
    {
        outputs::check_errors(code, || ember(words));
    }
}
