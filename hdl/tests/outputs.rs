//! `hdl` with nowhere to print: a reader that is gone ends nothing, a full disk is said in one sentence.

use std::process::Command;
use test_support::outputs;

const BOARDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../constraints");

fn check(code: i32, words: &[&str]) {
    outputs::check(code, || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hdl"));
        command.args(words);
        command
    });
}

#[test]
fn every_command() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_str().expect("a plain path");
    check(0, &["generate", "--columns", "4", "--out", out]);
    check(0, &["generate", "--columns", "4", "--board", "kcu116", "--boards", BOARDS, "--out", out]);
    check(0, &["boards", "--boards", BOARDS]);
    check(0, &["boards", "--boards", BOARDS, "--format", "json"]);
    for format in ["c", "markdown", "json"] {
        check(0, &["registers", "--format", format]);
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        check(0, &["completions", shell]);
    }
}

#[test]
fn help_and_version() {
    check(0, &["--version"]);
    check(0, &["--help"]);
    check(0, &["help", "report"]);
    for command in ["generate", "boards", "registers", "report", "completions"] {
        check(0, &[command, "--help"]);
    }
}

#[test]
fn errors() {
    for (code, words) in [
        (2, &["generate"][..]),
        (2, &[]),
        (1, &["boards", "--boards", "/nowhere"]),
        (1, &["registers", "--format", "json", "--columns", "5"]),
    ] {
        outputs::check_errors(code, || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_hdl"));
            command.args(words);
            command
        });
    }
}
