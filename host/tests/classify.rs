//! `ember classify` as a user runs it: inputs, formats, bad images, exit codes, signals.
//!
//! Also EXIF, closed and full outputs; the simulated engine with 4 columns writes the software path's bytes; the
//! difficult files (test data).

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ember"));
    command.current_dir(folder).arg("classify").args(arguments);
    command
}

fn classify(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).stdin(Stdio::null()).output().expect("ember starts")
}

/// Runs it with `list` on standard input.
fn classify_list(folder: &Path, arguments: &[&str], list: &[u8]) -> Output {
    let mut child = spawn(folder, arguments);
    child.stdin.take().expect("piped").write_all(list).expect("ember reads the list");
    child.wait_with_output().expect("ember ends")
}

fn spawn(folder: &Path, arguments: &[&str]) -> Child {
    command(folder, arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("ember starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// The records of JSON Lines.
fn records(output: &[u8]) -> Vec<serde_json::Value> {
    text(output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn paths(records: &[serde_json::Value]) -> Vec<&str> {
    records.iter().map(|record| record["path"].as_str().expect("a path")).collect()
}

/// Equal but for the last bit, which serde_json may round the wrong way when it reads.
fn alike(expected: f64, found: &serde_json::Value) -> bool {
    found.as_f64().is_some_and(|found| (found - expected).abs() <= 4.0 * f64::EPSILON * expected.abs())
}

/// The shipped photographs in a folder, one of them below another one, and files that are no images.
fn photographs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    for directory in ["b", "empty"] {
        std::fs::create_dir(path(directory)).expect("created");
    }
    for (photograph, name) in net::assets::PHOTOGRAPHS.iter().zip(["coffee.png", "a, \"b\".png", "b/rocket.jpg"]) {
        std::fs::write(path(name), photograph.bytes).expect("written");
    }
    std::fs::write(path("note.txt"), "no image").expect("written");
    let coffee = net::assets::PHOTOGRAPHS[0].bytes;
    std::fs::write(path("cut.png"), &coffee[..coffee.len() / 2]).expect("written");
    let rocket = net::assets::PHOTOGRAPHS[2].bytes;
    std::fs::write(path("b/cut.jpg"), &rocket[..rocket.len() / 2]).expect("written");
    folder
}

#[test]
fn a_table_for_people_and_a_summary() {
    let folder = photographs();
    let output = classify(folder.path(), &["coffee.png", "--top", "2"]);
    let expected = "\
image         rank  probability  class  name
coffee.png       1      99.75 %    967  espresso
                 2       0.13 %    925  consomme
";
    assert_eq!((text(&output.stdout), output.status.code()), (expected, Some(0)));
    assert!(text(&output.stderr).contains("1 image classified in ") && text(&output.stderr).contains("(software 1)"));
    let quiet = classify(folder.path(), &["coffee.png", "-q"]);
    assert!(quiet.stderr.is_empty() && text(&quiet.stdout).lines().count() == 6, "five predictions by default");
}

#[test]
fn folders_patterns_files_and_repetitions_keep_their_order() {
    let folder = photographs();
    let output = classify(folder.path(), &["coffee.png", ".", "b/r*.jpg", "coffee.png", "--format", "jsonl", "--top", "1"]);
    let records = records(&output.stdout);
    let expected =
        ["coffee.png", "./a, \"b\".png", "./b/cut.jpg", "./b/rocket.jpg", "./coffee.png", "./cut.png", "b/rocket.jpg", "coffee.png"];
    assert_eq!(paths(&records), expected);
    assert!(records.iter().zip(0..).all(|(record, index)| record["index"] == index));
    assert_eq!(records[0]["predictions"], records[7]["predictions"]);
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn bad_images_are_reported_and_the_rest_goes_on() {
    let folder = photographs();
    let arguments = ["cut.png", "coffee.png", "note.txt", "missing.png", "empty", "no*match", "b/cut.jpg", "b/rocket.jpg"];
    let output = classify(folder.path(), &[&arguments[..], &["--format", "jsonl"]].concat());
    let records = records(&output.stdout);
    assert_eq!((paths(&records), output.status.code()), (arguments.to_vec(), Some(3)));
    let errors = text(&output.stderr);
    for (record, name) in records.iter().zip(arguments) {
        let good = ["coffee.png", "b/rocket.jpg"].contains(&name);
        assert_eq!((record["predictions"].is_array(), record["error"].is_null()), (good, good), "{record}");
        if let Some(error) = record["error"].as_str() {
            assert!(error.contains(name) && errors.contains(&format!("ember: {error}\n")), "{error}");
        }
    }
    assert!(errors.contains("2 images classified, 6 failed in "), "{errors}");
    // in a table, failures are on standard error alone
    let table = classify(folder.path(), &["cut.png"]);
    assert_eq!((text(&table.stdout).lines().count(), table.status.code()), (1, Some(3)));
}

#[test]
fn all_formats_say_the_same() {
    let folder = photographs();
    let inputs = ["a, \"b\".png", "cut.png", "b/rocket.jpg"];
    let run = |more: &[&str]| classify(folder.path(), &[&inputs[..], &["--top", "3"], more].concat());
    let lines = records(&run(&["--format", "jsonl"]).stdout);
    let document: serde_json::Value = serde_json::from_slice(&run(&["--format", "json"]).stdout).expect("JSON");
    assert_eq!(document["results"].as_array(), Some(&lines));
    assert_eq!(document["model"]["sha256"], net::model_file::hex(&net::model_file::Model::default_model().hash()));
    let summary = &document["summary"];
    assert_eq!((&summary["classified"], &summary["failed"], &summary["end"]), (&2.into(), &1.into(), &"complete".into()));
    assert_eq!((&summary["devices"][0]["device"], &summary["devices"][0]["frames"]), (&"software".into(), &2.into()));

    let output = run(&["--format", "csv"]);
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    assert_eq!(reader.headers().expect("a header"), vec!["index", "path", "rank", "class", "name", "probability", "error"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 7);
    let mut rows = rows.iter();
    for record in &lines {
        for prediction in record["predictions"].as_array().unwrap_or(&Vec::new()) {
            let row = rows.next().expect("a row a prediction");
            assert_eq!((&row[0], &row[1]), (record["index"].to_string().as_str(), record["path"].as_str().expect("a path")));
            assert_eq!((&row[2], &row[3]), (prediction["rank"].to_string().as_str(), prediction["class"].to_string().as_str()));
            assert_eq!((Some(&row[4]), &row[6]), (prediction["name"].as_str(), ""));
            assert!(alike(row[5].parse().expect("a number"), &prediction["probability"]), "{row:?} {prediction}");
        }
        if let Some(error) = record["error"].as_str() {
            let row = rows.next().expect("a row for the error");
            assert_eq!((&row[1], &row[2], &row[6]), ("cut.png", "", error));
        }
    }
}

#[test]
fn the_end_of_the_outputs_name_chooses_the_format() {
    let folder = photographs();
    for (name, format) in [("o.json", "json"), ("o.jsonl", "jsonl"), ("o.CSV", "csv"), ("o.txt", "table")] {
        let output = classify(folder.path(), &["coffee.png", "-o", name]);
        assert!(output.stdout.is_empty() && output.status.success());
        let written = std::fs::read(folder.path().join(name)).expect("written");
        let printed = classify(folder.path(), &["coffee.png", "--format", format]).stdout;
        if format == "json" {
            let results = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).expect("JSON")["results"].clone();
            assert_eq!(results(&written), results(&printed), "the summaries have other times");
        } else {
            assert_eq!(text(&written), text(&printed));
        }
    }
}

#[test]
fn logits_and_sums_are_exact() {
    let folder = photographs();
    let output = classify(folder.path(), &["coffee.png", "--format", "jsonl", "--logits"]);
    let record = &records(&output.stdout)[0];
    let model = net::model_file::Model::default_model();
    let sums = net::reference::run(&model.network, model.input(&net::assets::PHOTOGRAPHS[0]).view()).expect("it runs").sums;
    assert_eq!(record["sums"], serde_json::json!(sums));
    let logits = record["logits"].as_array().expect("numbers");
    assert_eq!(logits.len(), sums.len());
    assert!(model.logits(&sums).iter().zip(logits).all(|(&expected, found)| alike(expected, found)));
}

#[test]
fn lists_on_standard_input() {
    let folder = photographs();
    let lines = classify_list(folder.path(), &["-", "coffee.png", "--format", "jsonl"], b"b/rocket.jpg\r\n\na, \"b\".png\n");
    assert_eq!(paths(&records(&lines.stdout)), ["b/rocket.jpg", "a, \"b\".png", "coffee.png"]);
    let zeros = classify_list(folder.path(), &["-0", "-", "--format", "jsonl"], b"coffee.png\0b\0");
    assert_eq!(paths(&records(&zeros.stdout)), ["coffee.png", "b/cut.jpg", "b/rocket.jpg"]);
    let nothing = classify_list(folder.path(), &["-"], b"");
    assert!(nothing.status.success() && text(&nothing.stderr).contains("0 images classified"));
}

#[test]
fn results_appear_while_the_list_is_still_open() {
    let folder = photographs();
    let mut child = spawn(folder.path(), &["-", "--format", "jsonl", "-q"]);
    let mut list = child.stdin.take().expect("piped");
    let mut results = BufReader::new(child.stdout.take().expect("piped"));
    for name in ["coffee.png", "note.txt", "b/rocket.jpg"] {
        writeln!(list, "{name}").expect("ember reads the list");
        let mut line = String::new();
        results.read_line(&mut line).expect("a result before the next name");
        assert_eq!(paths(&records(line.as_bytes())), [name]);
    }
    drop(list);
    assert_eq!(child.wait().expect("ember ends").code(), Some(3));
}

#[test]
fn an_interrupt_prints_what_was_done() {
    use rustix::process::Signal;
    for (signal, code, words) in [
        (Signal::INT, 130, "interrupted, stopping; what is done so far is reported (Ctrl-C again ends at once)"),
        (Signal::TERM, 143, "told to end (SIGTERM), stopping; what is done so far is reported (a second signal ends at once)"),
        (Signal::HUP, 129, "the terminal is gone (SIGHUP), stopping"),
    ] {
        // started under nohup, this test's children would wait for ever
        if signal == Signal::HUP && hang_up_is_ignored() {
            eprintln!("SKIPPED: SIGHUP is ignored here");
            continue;
        }
        interrupt(signal, code, words);
    }
}

/// Whether this process, and so its children, ignore SIGHUP: bit 0 of the mask (proc(5)).
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
    u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & 1 != 0)
}

/// Two results, then `signal`: the exit code is `code`, and `words` are said.
fn interrupt(signal: rustix::process::Signal, code: i32, words: &str) {
    let folder = photographs();
    let mut child = spawn(folder.path(), &["-", "--format", "json"]);
    let mut list = child.stdin.take().expect("piped");
    writeln!(list, "coffee.png\nb/rocket.jpg").expect("ember reads the list");
    let mut results = child.stdout.take().expect("piped");
    let mut output = Vec::new();
    // the second result stands at the end, without a line end
    while !(text(&output).contains("\"index\":1") && output.ends_with(b"}")) {
        let mut bytes = [0; 4096];
        let count = results.read(&mut bytes).expect("results come while the list is open");
        assert!(count > 0, "it ended early: {}", text(&output));
        output.extend(&bytes[..count]);
    }
    let pid = rustix::process::Pid::from_raw(child.id() as i32).expect("a process");
    rustix::process::kill_process(pid, signal).expect("it is alive");
    results.read_to_end(&mut output).expect("the end of the document");
    let mut errors = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut errors).expect("UTF-8");
    assert_eq!(child.wait().expect("ember ends").code(), Some(code));
    drop(list); // it was open all the time
    let document: serde_json::Value = serde_json::from_slice(&output).expect("a whole document");
    assert_eq!(paths(document["results"].as_array().expect("results")), ["coffee.png", "b/rocket.jpg"]);
    assert_eq!((&document["summary"]["end"], &document["summary"]["classified"]), (&"interrupted".into(), &2.into()));
    assert!(errors.contains(words) && errors.contains("2 images classified"), "{errors}");
}

#[test]
fn nohup_does_not_hear_the_end_of_the_terminal() {
    let folder = photographs();
    let mut command = Command::new("nohup");
    command.arg(env!("CARGO_BIN_EXE_ember")).current_dir(folder.path()).args(["classify", "-", "--format", "jsonl"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("nohup starts");
    let mut list = child.stdin.take().expect("piped");
    let mut results = BufReader::new(child.stdout.take().expect("piped"));
    for _ in 0..2 {
        writeln!(list, "coffee.png").expect("ember reads the list");
        let mut line = String::new();
        results.read_line(&mut line).expect("a result");
        assert!(line.contains("coffee.png"), "{line}");
        let pid = rustix::process::Pid::from_raw(child.id() as i32).expect("a process");
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).expect("it is alive");
    }
    drop(list);
    assert_eq!(child.wait().expect("ember ends").code(), Some(0));
}

#[test]
fn a_reader_that_closes_ends_it_quietly() {
    let folder = photographs();
    let mut child = spawn(folder.path(), &["-", "--format", "jsonl", "-q"]);
    let mut list = child.stdin.take().expect("piped");
    writeln!(list, "coffee.png").expect("ember reads the list");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a result"); // and closes
    for _ in 0..100 {
        // it may have ended already
        if writeln!(list, "coffee.png").is_err() {
            break;
        }
    }
    drop(list);
    let output = child.wait_with_output().expect("ember ends");
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
}

#[test]
fn an_output_that_is_full_is_said() {
    let folder = photographs();
    if !Path::new("/dev/full").exists() {
        eprintln!("SKIPPED: this system has no /dev/full");
        return;
    }
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("it opens");
    let output = command(folder.path(), &["coffee.png", "-q"]).stdout(full).output().expect("ember starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("the results cannot be written"), "{}", text(&output.stderr));
}

#[test]
fn what_cannot_begin_is_refused_with_the_reason() {
    let folder = photographs();
    let refused = |arguments: &[&str], code: i32, words: &str| {
        let output = classify(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty() && text(&output.stderr).contains(words), "{arguments:?}: {}", text(&output.stderr));
    };
    refused(&["coffee.png", "--model", "note.txt"], 1, "note.txt");
    refused(&["coffee.png", "-o", "missing/out.csv"], 1, "missing/out.csv");
    refused(&[], 2, "PATH");
    refused(&["coffee.png", "--device", "gpu"], 2, "expected software, sim");
    refused(&["coffee.png", "--device", "software,software"], 2, "software twice");
    refused(&["-", "-"], 2, "once only");
    refused(&["coffee.png", "--logits"], 2, "--logits needs --format json");
    refused(&["coffee.png", "--top", "0"], 2, "--top");
    refused(&["coffee.png", "--columns", "5"], 2, "--columns");
}

/// `image`, mirrored and turned so that EXIF `orientation` undoes it, as a JPEG that says so.
fn oriented(image: &image::RgbImage, orientation: u8) -> Vec<u8> {
    use image::codecs::jpeg::JpegEncoder;
    use image::imageops::*;
    use image::ImageEncoder;
    let stored = match orientation {
        2 => flip_horizontal(image),
        3 => rotate180(image),
        4 => flip_vertical(image),
        5 => flip_horizontal(&rotate90(image)),
        6 => rotate270(image),
        7 => flip_horizontal(&rotate270(image)),
        8 => rotate90(image),
        _ => image.clone(),
    };
    let mut chunk = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    chunk.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 98);
    encoder.set_exif_metadata(chunk).expect("JPEG carries EXIF");
    encoder.encode_image(&stored).expect("encoded");
    bytes
}

#[test]
fn photographs_stand_upright_whatever_the_camera_wrote() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rocket = image::load_from_memory(net::assets::PHOTOGRAPHS[2].bytes).expect("a JPEG").into_rgb8();
    for orientation in 1..=8 {
        std::fs::write(folder.path().join(format!("{orientation}.jpg")), oriented(&rocket, orientation)).expect("written");
    }
    let output = classify(folder.path(), &[".", "--format", "jsonl", "--logits"]);
    let records = records(&output.stdout);
    let logits = |record: &serde_json::Value| -> Vec<f64> { serde_json::from_value(record["logits"].clone()).expect("numbers") };
    let upright = logits(&records[0]);
    assert_eq!(records.len(), 8);
    for record in &records {
        // the same photograph, compressed differently: near, where a wrong orientation is far
        let difference: f64 = logits(record).iter().zip(&upright).map(|(a, b)| (a - b).abs()).sum::<f64>() / 1000.0;
        assert!(difference < 0.15, "{}: mean difference of logits {difference}", record["path"]);
    }
    let lying = image::imageops::rotate90(&rocket);
    std::fs::write(folder.path().join("lying.jpg"), oriented(&lying, 1)).expect("written");
    let output = classify(folder.path(), &["lying.jpg", "--format", "jsonl", "--logits"]);
    let lying = logits(&self::records(&output.stdout)[0]);
    let difference: f64 = lying.iter().zip(&upright).map(|(a, b)| (a - b).abs()).sum::<f64>() / 1000.0;
    assert!(difference > 0.3, "the measure does not see orientation: {difference}");
}

#[test]
fn every_format_of_images_is_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let coffee = image::load_from_memory(net::assets::PHOTOGRAPHS[0].bytes).expect("a PNG").into_rgb8();
    for ending in ["png", "bmp", "tiff", "webp", "ppm", "jpg", "gif"] {
        coffee.save(folder.path().join(format!("x.{ending}"))).expect("encoded");
    }
    let output = classify(folder.path(), &[".", "--format", "jsonl", "--logits"]);
    let records = records(&output.stdout);
    assert_eq!(
        (paths(&records), output.status.code()),
        (vec!["./x.bmp", "./x.gif", "./x.jpg", "./x.png", "./x.ppm", "./x.tiff", "./x.webp"], Some(0))
    );
    for record in &records {
        assert_eq!(record["predictions"][0]["class"], 967, "{}", record["path"]);
        // all but JPEG and GIF are without loss
        let lossless = !["./x.jpg", "./x.gif"].contains(&record["path"].as_str().expect("a path"));
        assert!(!lossless || record["sums"] == records[0]["sums"], "{}", record["path"]);
    }
}

/// The simulated engine with four columns and the software path write the same bytes.
#[test]
fn the_simulated_engine_writes_the_same_bytes() {
    let folder = photographs();
    let inputs = ["a, \"b\".png", "cut.png", "b/rocket.jpg", "coffee.png", "--format", "jsonl", "--logits"];
    let software = classify(folder.path(), &inputs);
    let simulated = classify(folder.path(), &[&inputs[..], &["--device", "sim", "--columns", "4"]].concat());
    assert_eq!(simulated.status.code(), Some(3), "{}", text(&simulated.stderr));
    assert!(software.stdout == simulated.stdout, "{}\n{}", text(&software.stdout), text(&simulated.stdout));
    assert!(text(&simulated.stderr).contains("(sim 3)"), "{}", text(&simulated.stderr));
    let both = classify(folder.path(), &[&inputs[..], &["--device", "sim:4,software"]].concat());
    assert!(software.stdout == both.stdout, "{}", text(&both.stderr));
}

#[test]
fn difficult_and_broken_files_of_the_test_data() {
    let Some(odd) = test_support::data::data("images/odd") else { return };
    let mut reader = csv::Reader::from_path(odd.join("odd.csv")).expect("the list of files");
    let expected: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let list: String = expected.iter().map(|row| format!("{}\n", &row[0])).collect();
    let output = classify_list(&odd, &["-", "--format", "jsonl", "--top", "1"], list.as_bytes());
    let records = records(&output.stdout);
    assert_eq!((records.len(), output.status.code()), (expected.len(), Some(3)));
    for (record, row) in records.iter().zip(&expected) {
        assert_eq!((record["path"].as_str(), record["predictions"].is_array()), (Some(&row[0]), &row[2] == "ok"), "{record}");
    }
}
