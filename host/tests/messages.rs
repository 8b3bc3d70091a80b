//! What reaches a terminal: names that cannot do harm, plain words, and signs of life where there is no terminal.

mod common;

use common::{ember, text, write_network, write_photographs, FACTS};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use test_support::plain::assert_plain;

/// A name that clears a terminal's screen, breaks its line and turns its letters round.
const NAME: &str = "a\n\u{1b}[2J\u{202e}gpj.png";
/// How people see it.
const SHOWN: &str = "a\\n\\x1b[2J\\u{202e}gpj.png";

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ember")).current_dir(folder).args(arguments).output().expect("ember starts")
}

fn utf8(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// Whether a terminal would obey something in `text`.
fn is_harmless(text: &str) -> bool {
    !text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}')
}

#[test]
fn names_are_spelled_out_for_people_and_exact_for_programs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at(NAME), net::assets::PHOTOGRAPHS[0].bytes).expect("written");
    let broken = format!("{NAME}.jpg");
    std::fs::write(at(&broken), "no image").expect("written");

    let table = run(folder.path(), &["classify", "."]);
    for output in [&table.stdout, &table.stderr] {
        let output = utf8(output);
        assert!(is_harmless(output) && output.contains(SHOWN), "{output:?}");
    }
    assert_eq!(utf8(&table.stdout).lines().count(), 6, "a header and five predictions");

    let lines = run(folder.path(), &["classify", "-q", NAME, "--format", "jsonl"]);
    let record: serde_json::Value = serde_json::from_slice(&lines.stdout).expect("one line of JSON");
    assert_eq!((record["path"].as_str(), utf8(&lines.stdout).lines().count()), (Some(NAME), 1));
    let csv = run(folder.path(), &["classify", "-q", NAME, "--format", "csv", "--top", "1"]);
    let mut reader = csv::Reader::from_reader(csv.stdout.as_slice());
    assert_eq!(&reader.records().next().expect("a row").expect("whole")[1], NAME);

    for arguments in [
        vec!["eval", ".", "--labels", NAME],
        vec!["eval", NAME, "--labels", "x"],
        vec!["check", NAME],
        vec!["quantize", NAME, "--images", ".", "-o", "o.ember"],
        vec!["classify", "x.png", "--model", NAME],
        vec!["classify", NAME, "-o", "a\n\u{1b}/o.csv"],
        vec!["bench", &broken],
        vec!["classify", "a\u{1b}*.jpg"],
        vec!["classify", "-v", &broken],
    ] {
        let output = run(folder.path(), &arguments);
        let errors = utf8(&output.stderr);
        assert!(!output.status.success() && is_harmless(errors) && errors.contains("\\x1b"), "{arguments:?}: {errors:?}");
        let sentences = errors.lines().filter(|line| line.starts_with("ember: ") && !line.contains(" images, ")).count();
        assert_eq!(sentences, 1, "{arguments:?}: {errors:?}");
    }
}

#[test]
fn words_of_a_wrong_command_line_are_spelled_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for arguments in [vec!["classify", "x", "--device", "a\u{1b}[2J"], vec!["a\u{1b}[2J"], vec!["classify", "x", "--a\u{1b}[2J"]] {
        let output = run(folder.path(), &arguments);
        let errors = utf8(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{errors:?}");
        assert!(is_harmless(errors) && errors.contains("a\\x1b[2J"), "{errors:?}");
    }
}

#[test]
fn names_that_are_no_text_are_read_and_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let name = OsStr::from_bytes(b"\xff\xe9.png");
    if std::fs::write(folder.path().join(name), net::assets::PHOTOGRAPHS[0].bytes).is_err() {
        eprintln!("SKIPPED: this file system takes UTF-8 names only");
        return;
    }
    let table = run(folder.path(), &["classify", ".", "--top", "1"]);
    assert_eq!(table.status.code(), Some(0), "{}", utf8(&table.stderr));
    assert!(utf8(&table.stdout).contains("./\\xff\\xe9.png"), "{}", utf8(&table.stdout));
    let lines = run(folder.path(), &["classify", ".", "--format", "jsonl"]);
    let record: serde_json::Value = serde_json::from_slice(&lines.stdout).expect("JSON");
    assert_eq!(record["path"], "./\u{fffd}\u{fffd}.png");
}

#[test]
fn names_of_classes_are_spelled_out_too() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    write_network(&at("tiny.safetensors"), 0);
    write_photographs(&at("in"));
    // a blank last line, a byte order mark and other line ends are no names
    std::fs::write(at("names.txt"), "\u{feff}a\u{1b}[2J\r\nb\r\nc\r\nd\r\ne\r\n\r\n").expect("written");
    let quantize =
        [&["quantize", "tiny.safetensors", "--images", "in", "--class-names", "names.txt", "-o", "t.ember"][..], &FACTS].concat();
    let output = run(folder.path(), &quantize);
    assert!(output.status.success(), "{}", utf8(&output.stderr));
    let table = run(folder.path(), &["classify", "in/coffee.png", "--model", "t.ember"]);
    assert!(is_harmless(utf8(&table.stdout)) && utf8(&table.stdout).contains("a\\x1b[2J"), "{:?}", utf8(&table.stdout));
}

#[test]
fn labels_in_the_form_of_the_ilsvrc_are_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_photographs(folder.path());
    std::fs::write(folder.path().join("val.txt"), "coffee.png 967\nrocket.jpg 657\n").expect("written");
    let output = run(folder.path(), &["eval", ".", "--labels", "val.txt"]);
    assert!(output.status.success() && utf8(&output.stdout).contains("2 images in "), "{}", utf8(&output.stderr));
}

/// A collection of wrong inputs; the sentence of each is in plain words.
#[test]
fn no_message_holds_data_structures_of_the_program() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let write = |name: &str, bytes: &[u8]| std::fs::write(at(name), bytes).expect("written");
    let coffee = net::assets::PHOTOGRAPHS[0].bytes;
    let rocket = net::assets::PHOTOGRAPHS[2].bytes;
    write_network(&at("tiny.safetensors"), 0);
    let network = std::fs::read(at("tiny.safetensors")).expect("readable");
    let model = net::model_file::Model::default_model().to_bytes();
    write("text.onnx", b"no network");
    write("wire.onnx", b"\x3a\x02\x0a\x01\x38\x01");
    write("cut.safetensors", &network[..network.len() / 2]);
    write("header.safetensors", b"\x10\0\0\0\0\0\0\0{\"a\":{\"dtype\":1}");
    write("cut.ember", &model[..model.len() / 2]);
    write("text.ember", b"no model");
    write("cut.png", &coffee[..coffee.len() / 2]);
    let mut chunk = coffee.to_vec();
    chunk[12..16].copy_from_slice(b"QQQQ");
    write("chunk.png", &chunk);
    let mut scan = rocket.to_vec();
    let start = scan.windows(2).position(|pair| pair == [0xFF, 0xC4]).expect("a Huffman table");
    scan[start + 5..start + 25].fill(0xFF);
    write("table.jpg", &scan);
    let frame = rocket.windows(2).position(|pair| pair == [0xFF, 0xC0]);
    let mut kind = rocket.to_vec();
    if let Some(frame) = frame {
        kind[frame + 1] = 0xCB; // lossless, arithmetic
    }
    write("kind.jpg", &kind);
    write("head.tif", b"II*\0\x08\0\0\0\x01\0\x00\x01\xFF\xFF\x01\0\0\0\0\0\0\0\0\0\0\0");
    write("head.gif", b"GIF89a\x01\0\x01\0\0\0\0\x21");
    write("head.webp", b"RIFF\x10\0\0\0WEBPVP8L\0\0\0\0");
    write("head.bmp", b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x07\0");
    write("head.pnm", b"P6 x y z");
    write("labels.csv", b"file,class\na.jpg,cat\n");
    write("labels.txt", b"\xff\xfe");
    write("labels.json", b"{\"file\": 1}");
    write("names.txt", b"a\n\nb\n");
    let exported = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../quantise/tests/data").join(name);
    let mut commands: Vec<Vec<String>> = Vec::new();
    let mut add = |line: &str| commands.push(line.split(' ').map(String::from).collect());
    for image in
        ["cut.png", "chunk.png", "table.jpg", "kind.jpg", "head.tif", "head.gif", "head.webp", "head.bmp", "head.pnm", "labels.csv"]
    {
        add(&format!("classify {image}"));
        add(&format!("trace-layers {image} --device software"));
    }
    for network in ["text.onnx", "wire.onnx", "cut.safetensors", "header.safetensors", "missing.onnx", "labels.csv"] {
        add(&format!("check {network}"));
        add(&format!("quantize {network} --images . -o o.ember"));
    }
    for name in ["mobilenet", "qdq_symmetric", "qdq_uint8_weights", "qoperator", "resnet", "two_outputs"] {
        add(&format!("check {}", text(&exported(&format!("refused_{name}.onnx")))));
    }
    for labels in ["labels.csv", "labels.txt", "labels.json", "missing.csv", "."] {
        add(&format!("eval . --labels {labels}"));
    }
    for model in ["cut.ember", "text.ember", "missing.ember", "tiny.safetensors"] {
        add(&format!("classify cut.png --model {model}"));
        add(&format!("check {model}"));
    }
    add("quantize tiny.safetensors --images . --size 64 --pools conv1,fire2 --class-names names.txt -o o.ember");
    add("quantize tiny.safetensors --images . --size 3 -o o.ember");
    add("quantize tiny.safetensors --images . --pools conv7 -o o.ember");
    add("classify a[.png");
    add("classify cut.png --device xdma:7 --device-dir .");
    add("classify cut.png --device gpu");
    add("classify cut.png --top x");
    add("eval . --labels labels.csv --float text.onnx");
    add("virtual-board --dir b --engine stub --faults nonsense");
    for command in commands {
        let arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        let output = run(folder.path(), &arguments);
        let errors = utf8(&output.stderr);
        // `check` also describes float networks that are sound
        assert!(!output.status.success() || arguments == ["check", "tiny.safetensors"], "{arguments:?}: {errors}");
        assert_plain(errors);
        assert!(!errors.contains("panicked"), "{arguments:?}: {errors}");
    }
}

/// A network for 512x512 pixels.
fn side_512() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/side_512.onnx")
}

#[test]
fn networks_that_no_standard_engine_holds_are_said_so_beforehand() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (network, report) = (side_512(), folder.path().join("check.json"));
    let output = ember(&["check", text(&network), "--json", text(&report)]);
    let stdout = utf8(&output.stdout);
    assert!(output.status.success(), "the software path runs it");
    for part in [
        "engines: no standard engine holds it; --device software runs it",
        "hdl generate --columns 16 ",
        "--frame-words 16384",
        "sim --fit --columns 16",
    ] {
        assert!(stdout.contains(part), "`{part}` is not in {stdout}");
    }
    let engines = &common::json(&report)["summary"]["engines"];
    assert_eq!((engines.as_array().map(Vec::len), &engines[2]["columns"], &engines[2]["standard"]), (Some(4), &16.into(), &false.into()));

    write_photographs(&folder.path().join("in"));
    let (images, model) = (folder.path().join("in"), folder.path().join("m.ember"));
    let output = ember(&["quantize", text(&network), "--images", text(&images), "-o", text(&model)]);
    let errors = utf8(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(errors.contains(" WARN ") && errors.contains("no standard engine holds a network of 512x512 pixels"), "{errors}");
    assert!(errors.contains("--frame-words 16384") && errors.contains("sim --fit"), "{errors}");

    // the device names the options as well
    let photograph = images.join("coffee.png");
    let output = ember(&["classify", text(&photograph), "--model", text(&model), "--device", "sim"]);
    let errors = utf8(&output.stderr);
    assert!(errors.contains("`hdl generate --columns 16 --") && errors.contains("--frame-words 16384"), "{errors}");

    let model = folder.path().join("default.ember");
    net::model_file::save(&net::model_file::Model::default_model(), &model).expect("written");
    let output = ember(&["check", text(&model)]);
    assert!(utf8(&output.stdout).contains("engines: the standard engine holds it with 4, 8, 16, 32 columns"), "{}", utf8(&output.stdout));
}

#[test]
fn without_a_terminal_long_work_gives_a_sign_of_life() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut child = Command::new(env!("CARGO_BIN_EXE_ember"))
        .current_dir(folder.path())
        .args(["classify", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ember starts");
    let list = child.stdin.take().expect("piped");
    let mut line = String::new();
    let mut errors = BufReader::new(child.stderr.take().expect("piped"));
    errors.read_line(&mut line).expect("a line while the list is open");
    assert!(line.starts_with("ember: classify: 0 images, "), "{line}");
    drop(list);
    assert!(child.wait().expect("ember ends").success());
}

/// A Verilator that does nothing for a while: what a cold build looks like from outside.
fn slow_verilator(folder: &Path) -> String {
    let bin = folder.join("bin");
    std::fs::create_dir_all(folder.join("root/include")).expect("created");
    std::fs::create_dir_all(&bin).expect("created");
    std::fs::write(folder.join("root/include/verilated.h"), "").expect("written");
    let script = format!(
        "#!/bin/sh\ncase \"$1\" in\n--version) echo Verilator 5.020 2024-01-01;;\n--getenv) echo {}/root;;\n*) sleep 3; exit 1;;\nesac\n",
        folder.display()
    );
    for (name, script) in [("verilator", script.as_str()), ("g++", "#!/bin/sh\necho g++ 12\n")] {
        // made by another process: a program that this one has open for writing may stay busy in children of other tests
        let text = folder.join(name);
        std::fs::write(&text, script).expect("written");
        let made = Command::new("sh").args(["-c", "cp \"$0\" \"$1\" && chmod +x \"$1\""]).arg(&text).arg(bin.join(name)).status();
        assert!(made.expect("sh starts").success());
    }
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default())
}

#[test]
fn a_cold_build_of_the_simulator_is_not_silent() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = slow_verilator(folder.path());
    let classify = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ember"));
        command.env("PATH", &path).env("EMBER_CACHE", folder.path().join("cache")).env_remove("CXX");
        command.args(["classify", "x.png", "--device", "sim", "--columns", "4"]).args(more).output().expect("ember starts")
    };
    let output = classify(&[]);
    let errors = utf8(&output.stderr);
    assert!(errors.contains("ember: Verilator turns the engine with 4 columns into C++ (once for each engine) ("), "{errors}");
    let output = classify(&["-q"]);
    let errors = utf8(&output.stderr);
    assert!(!errors.contains("once for each engine") && errors.starts_with("ember: Verilator failed on "), "{errors}");
}
