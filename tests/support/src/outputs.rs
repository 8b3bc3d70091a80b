//! What a program does when its output goes nowhere.

use std::fs::File;
use std::process::{Command, Output};

const DEFECTS: [&str; 2] = ["panicked", "stack backtrace"];

fn run(command: &mut Command) -> Output {
    let output = command.output().expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(DEFECTS.iter().all(|defect| !errors.contains(defect)), "{command:?}: {errors}");
    output
}

fn full() -> File {
    File::options().write(true).open("/dev/full").expect("Linux has it")
}

/// Runs what `command` makes with a reader of standard output that is gone, which changes nothing of the exit code `code`,
/// and onto a full disk, which is one sentence and a failure. It has to print something.
///
/// # Panics
/// It does otherwise.
pub fn check(code: i32, command: impl Fn() -> Command) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let closed = run(command().stdout(writer));
    assert_eq!(closed.status.code(), Some(code), "{:?} | true: {}", command(), String::from_utf8_lossy(&closed.stderr));

    let failed = run(command().stdout(full()));
    let errors = String::from_utf8_lossy(&failed.stderr);
    let sentences = errors.lines().filter(|line| line.contains("No space left on device")).count();
    assert!(matches!(failed.status.code(), Some(1..=99)), "{:?} > /dev/full: {:?}, {errors}", command(), failed.status);
    assert_eq!((sentences, errors.matches("No space left on device").count()), (1, 1), "{:?} > /dev/full: {errors}", command());
}

/// Runs what `command` makes, which fails with `code`, with nowhere to say why.
///
/// # Panics
/// It ends with another code.
pub fn check_errors(code: i32, command: impl Fn() -> Command) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    assert_eq!(run(command().stderr(writer)).status.code(), Some(code), "{:?} 2>&1 | true", command());
    assert_eq!(run(command().stderr(full())).status.code(), Some(code), "{:?} 2> /dev/full", command());
}
