//! Finding the tools, and what the cache does when things are new, old, shared or broken.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
use verilated_shim::{Build, Builder, Cache, Design, Error, Model, Port, Stage, Toolchain};

/// A cache that stays between runs, so that Verilator's runtime is compiled once.
fn builder() -> Builder {
    Builder::new(
        Toolchain::from_environment().expect("the tools are there"),
        Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("verilated")),
    )
}

/// An adder that no earlier run has built.
fn fresh_design(what: &str) -> Design {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
    let text = format!(
        "// {what} {now}\nmodule add(input clock, input [7:0] a, output reg [7:0] y); always @(posedge clock) y <= a + 1; endmodule\n"
    );
    let ports = [Port::input("clock", 1), Port::input("a", 8), Port::output("y", 8)];
    Design::new("add", [("add.v", text)], ports).with_clock("clock").with_quick_build(true)
}

fn adds(design: &Design, build: &Build) -> Model {
    let mut model = Model::load(design, build).expect("it loads");
    let (a, y) = (model.port("a").expect("a port"), model.port("y").expect("a port"));
    model.set(a, &[41]);
    model.clock(1).expect("a clock");
    assert_eq!(model.get(y), [42]);
    model
}

/// Another process writes the script: were it open for writing here, a child that another test starts at that moment
/// would hold it open too, and running the script would fail with "text file busy".
fn script(folder: &Path, name: &str, text: &str) {
    let write = "printf '#!/bin/sh\n%s\n' \"$1\" > \"$0\" && chmod +x \"$0\"";
    let status = Command::new("sh").args(["-c", write]).arg(folder.join(name)).arg(text).status();
    assert!(status.expect("it starts").success());
}

fn refusal(path: &Path, compiler: Option<&str>) -> String {
    Toolchain::find(path.as_os_str(), compiler).expect_err("no such tool").to_string()
}

#[test]
fn a_missing_verilator_is_named_with_its_remedy() {
    let error = Toolchain::find(OsStr::new(""), None).unwrap_err();
    assert!(matches!(error, Error::VerilatorMissing));
    assert!(error.to_string().contains("`apt-get install verilator g++`"), "{error}");
}

#[test]
fn an_old_verilator_is_refused_with_its_version() {
    let folder = tempfile::tempdir().unwrap();
    script(folder.path(), "verilator", "echo 'Verilator 4.038 2020-07-11 rev v4.036-114-g0cd4a57ad'");
    let error = refusal(folder.path(), None);
    assert!(error.contains("Verilator 4.038, which is too old; install 5.006 or newer"), "{error}");
}

#[test]
fn a_broken_verilator_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    script(folder.path(), "verilator", "echo 'segmentation fault'");
    let error = refusal(folder.path(), None);
    assert!(error.contains("does not say its version (it printed \"segmentation fault\")"), "{error}");
}

#[test]
fn a_missing_compiler_is_named_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("include")).unwrap();
    fs::write(folder.path().join("include/verilated.h"), "").unwrap();
    let root = folder.path().display();
    script(folder.path(), "verilator", &format!("[ $1 = --version ] && echo 'Verilator 5.006 x' || echo {root}"));
    for (compiler, tried) in [(None, "g++, clang++, c++"), (Some("none++ -g"), "none++")] {
        let error = refusal(folder.path(), compiler);
        assert!(error.contains(tried) && error.contains("apt-get install g++"), "{error}");
    }
}

#[test]
fn a_second_build_comes_from_the_cache_and_a_changed_one_does_not() {
    let (builder, design) = (builder(), fresh_design("cache"));
    assert!(!builder.is_cached(&design));
    let mut stages = Vec::new();
    let first = builder.build(&design, &mut |stage| stages.push(stage)).unwrap();
    assert!(!first.cached);
    assert_eq!(stages[0], Stage::Verilating);
    assert!(matches!(stages[1], Stage::Compiling { done: 0, total } if total >= 3), "{stages:?}");
    assert_eq!(*stages.last().unwrap(), Stage::Linking);
    adds(&design, &first);

    let second = builder.build(&design, &mut |stage| panic!("{stage:?} of a cached model")).unwrap();
    assert!(second.cached && second.elapsed.as_millis() < 100);
    assert_eq!(second.library, first.library);
    adds(&design, &second);

    for changed in [design.clone().with_quick_build(false), design.clone().with_trace(true), fresh_design("cache")] {
        assert!(!builder.is_cached(&changed));
    }
}

#[test]
fn two_builds_at_once_share_one_result() {
    let (builder, design) = (builder(), fresh_design("twice"));
    let builds: Vec<Build> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(|| builder.build(&design, &mut |_| {}).unwrap())).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(builds.iter().filter(|b| b.cached).count(), 1);
    // and two models from one object do not share state
    let (mut one, other) = (adds(&design, &builds[0]), adds(&design, &builds[1]));
    let (a, y) = (one.port("a").unwrap(), one.port("y").unwrap());
    one.set(a, &[7]);
    one.clock(1).unwrap();
    assert_eq!((one.get(y), other.get(y)), (&[8][..], &[42][..]));
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let builder = Builder::new(Toolchain::from_environment().unwrap(), Cache::at(file.join("cache")));
    let error = builder.build(&fresh_design("unwritable"), &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains(&file.display().to_string()) && error.contains("EMBER_CACHE"), "{error}");
}

#[test]
fn a_damaged_entry_says_what_to_delete() {
    let (builder, design) = (builder(), fresh_design("damaged"));
    let build = builder.build(&design, &mut |_| {}).unwrap();
    fs::write(&build.library, "not an object").unwrap();
    let error = Model::load(&design, &build).err().unwrap().to_string();
    assert!(error.contains(&build.library.display().to_string()) && error.contains("delete its folder"), "{error}");
}

#[test]
fn a_waveform_holds_the_cycles_asked_for() {
    let (builder, design) = (builder(), fresh_design("waveform").with_trace(true));
    let build = builder.build(&design, &mut |_| {}).unwrap();
    let mut model = Model::load(&design, &build).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("add.fst");
    model.trace(&path, 10, 20).unwrap();
    model.clock(5).unwrap();
    assert!(!path.exists(), "the file is open before its window");
    model.clock(20).unwrap();
    let bytes = fs::read(&path).unwrap();
    // The header block of FST: type 0, length, then first and last time; two time steps a cycle.
    let time = |at: usize| u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap());
    assert_eq!((bytes[0], time(9), time(17)), (0, 20, 39));

    let plain = fresh_design("no waveform");
    let build = builder.build(&plain, &mut |_| {}).unwrap();
    let error = Model::load(&plain, &build).unwrap().trace(&path, 0, 1).unwrap_err();
    assert!(matches!(error, Error::NoTrace));
}

#[test]
fn instances_of_a_shared_module_keep_their_own_state() {
    let text = "module part(input clock, input [7:0] a, output reg [7:0] y); always @(posedge clock) y <= y + a; initial y = 0; endmodule
                module cells(input clock, input [31:0] a, output [31:0] y);
                part c0(.clock(clock), .a(a[7:0]), .y(y[7:0])); part c1(.clock(clock), .a(a[15:8]), .y(y[15:8]));
                part c2(.clock(clock), .a(a[23:16]), .y(y[23:16])); part c3(.clock(clock), .a(a[31:24]), .y(y[31:24])); endmodule";
    let ports = [Port::input("clock", 1), Port::input("a", 32), Port::output("y", 32)];
    let design = Design::new("cells", [("cells.v", text)], ports).with_clock("clock").with_quick_build(true);
    let shared = design.clone().with_shared_module("part", &["a"]);
    assert!(builder().build(&design, &mut |_| {}).unwrap().library != builder().build(&shared, &mut |_| {}).unwrap().library);
    let mut model = Model::load(&shared, &builder().build(&shared, &mut |_| {}).unwrap()).unwrap();
    let (a, y) = (model.port("a").unwrap(), model.port("y").unwrap());
    model.set(a, &[0x0102_0380]);
    model.clock(3).unwrap();
    assert_eq!(model.get(y), [0x0306_0980]);
}

#[test]
fn designs_without_sense_are_refused_before_any_tool_runs() {
    let text = "module m(input clock); endmodule";
    let refuse = |design: Design| builder().build(&design, &mut |stage| panic!("{stage:?}")).unwrap_err().to_string();
    let clock = || Port::input("clock", 1);
    assert!(refuse(Design::new("m", [("../m.v", text)], [clock()])).contains("not a plain file name"));
    assert!(refuse(Design::new("m", [("m.v", text)], [clock(), clock()])).contains("listed twice"));
    assert!(refuse(Design::new("m", [("m.v", text)], [clock()]).with_clock("clk")).contains("not a one-bit input"));
}
