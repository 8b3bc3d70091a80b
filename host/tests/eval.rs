//! `ember eval`: what it reports, what it does about photographs that it cannot read, and how it stops.
//!
//! Its JSON and intervals; changed answers; photographs that cannot be read are named and skipped (code 3); Ctrl-C
//! reports what was done (code 130).

mod common;

use ::ember::evaluate::statistics::wilson;
use common::{ember, json, succeed, text, write_network, write_photographs, FACTS};
use serde_json::Value;
use std::path::PathBuf;

/// Photographs of the shipped set, a tiny network of 5 classes, and its model.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let this = Self(tempfile::tempdir().expect("a temporary folder"));
        write_photographs(&this.path("images"));
        write_network(&this.path("tiny.safetensors"), 0);
        write_network(&this.path("other.safetensors"), 3);
        this.write_labels("coffee.png,0\nchelsea.png,1\nrocket.jpg,2\n");
        let (network, images, model) = (this.path("tiny.safetensors"), this.path("images"), this.path("tiny.ember"));
        succeed(&[&["quantize", text(&network), "--images", text(&images), "-o", text(&model)], &FACTS[..]].concat());
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write_labels(&self, rows: &str) {
        std::fs::write(self.path("images/labels.csv"), format!("file,class\n{rows}")).expect("written");
    }

    /// Evaluates the tiny model beside `float`; gives exit code, standard output, standard error and the JSON.
    fn eval(&self, float: &str, more: &[&str]) -> (Option<i32>, String, String, Value) {
        let [images, model, float, report] = ["images", "tiny.ember", float, "report.json"].map(|name| self.path(name));
        let _ = std::fs::remove_file(&report);
        let start = ["eval", text(&images), "--labels", "labels.csv", "--model", text(&model), "--float", text(&float)];
        let output = ember(&[&start[..], &["--json", text(&report)], &FACTS[..], more].concat());
        let read = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let report = if report.exists() { json(&report) } else { Value::Null };
        (output.status.code(), read(&output.stdout), read(&output.stderr), report)
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Fails unless `interval` is the Wilson interval of `figure`, percent of `images`.
fn assert_interval(figure: &Value, interval: &Value, images: usize) {
    let part = (number(figure) / 100.0 * images as f64).round() as usize;
    let [low, high] = wilson(part, images).map(|share| 100.0 * share);
    assert!((number(&interval[0]) - low).abs() < 1e-9 && (number(&interval[1]) - high).abs() < 1e-9, "{figure} {interval}");
}

#[test]
fn the_json_holds_every_figure_with_its_interval() {
    let folder = Folder::new();
    let (code, table, errors, report) = folder.eval("tiny.safetensors", &[]);
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!((&report["images"], &report["listed"], &report["interrupted"]), (&3.into(), &3.into(), &false.into()));
    assert_eq!(report["skipped"], Value::Array(Vec::new()));
    for network in ["float", "int8"] {
        for figure in ["top1", "top5"] {
            assert_interval(&report[network][figure], &report[network][format!("{figure}_interval")], 3);
        }
        // five classes: the right one is always among five
        assert_eq!(number(&report[network]["top5"]), 100.0);
    }
    assert_interval(&report["agreement"], &report["agreement_interval"], 3);
    assert!((0.0..1000.0).contains(&number(&report["divergence"])) && table.contains("thousandths of a nat"), "{table}");
    let layers: Vec<&str> = report["sqnr"]["layers"].as_array().expect("a list").iter().filter_map(|l| l["name"].as_str()).collect();
    assert_eq!((layers, &report["sqnr"]["images"]), (vec!["conv1", "fire2.squeeze", "fire2.expand", "conv10"], &3.into()));
    assert!(report["float_network"].as_str().is_some_and(|path| path.ends_with("tiny.safetensors")));
    assert_eq!(report["model_sha256"].as_str().map(str::len), Some(64));
    assert!(report["seconds"].is_number());
    for part in ["top-1", "95 % interval", "agreement", "first answer changed", "SQNR", "3 images in"] {
        assert!(table.contains(part), "{part}: {table}");
    }
}

#[test]
fn changed_answers_are_listed_whole_in_json_and_cut_in_the_table() {
    let folder = Folder::new();
    // against another network the answers differ; which ones is up to the float runtime and the engine alone
    let rows: String = (0..5).map(|class| format!("coffee.png,{class}\nchelsea.png,{class}\nrocket.jpg,{class}\n")).collect();
    folder.write_labels(&rows);
    let (code, table, errors, report) = folder.eval("other.safetensors", &["--list", "2"]);
    assert!(code == Some(0) && errors.contains("made from another float network"), "{errors}");
    let changed = report["changed"]["images"].as_array().expect("a list");
    assert!(changed.len() >= 3, "{report}");
    assert_eq!(number(&report["agreement"]), 100.0 * (15 - changed.len()) as f64 / 15.0);
    let mut counts = [0; 3];
    for image in changed {
        let class = |network: &str| image[network]["class"].as_u64().expect("a class");
        let label = image["label"].as_u64().expect("a class");
        let expected = match (class("float") == label, class("int8") == label) {
            (true, false) => 0,
            (false, true) => 1,
            _ => 2,
        };
        counts[expected] += 1;
        assert_eq!(image["effect"], ["right_to_wrong", "wrong_to_right", "wrong_to_wrong"][expected], "{image}");
        assert_ne!(class("float"), class("int8"));
        assert!(number(&image["int8"]["probability"]) >= 0.2 && number(&image["float"]["probability"]) <= 1.0, "{image}");
        assert_eq!(image["label_name"], format!("class {label}"));
        assert!(image["path"].as_str().is_some_and(|path| path.ends_with("g")), "{image}");
    }
    let found = ["right_to_wrong", "wrong_to_right", "wrong_to_wrong"].map(|effect| report["changed"][effect].as_u64());
    assert_eq!(found, counts.map(Some));
    // every class was the label of every photograph once, so both networks were right equally often
    assert_eq!((counts[0], number(&report["changed"]["mcnemar_p"])), (counts[1], 1.0));
    assert!(table.contains(&format!("{} more", changed.len() - 2)), "{table}");
    assert_eq!(table.lines().filter(|line| line.starts_with("coffee.png") || line.starts_with("chelsea.png")).count(), 2, "{table}");
    let (_, all, ..) = folder.eval("other.safetensors", &["--list", "100"]);
    assert!(!all.contains(" more"), "{all}");
}

#[test]
fn unreadable_photographs_are_named_and_skipped_and_the_code_is_3() {
    let folder = Folder::new();
    folder.write_labels("absent.png,0\nchelsea.png,1\ncut.png,1\nrocket.jpg,2\n");
    std::fs::write(folder.path("images/cut.png"), &net::assets::PHOTOGRAPHS[0].bytes[..4000]).expect("written");
    let (code, table, errors, report) = folder.eval("tiny.safetensors", &[]);
    assert_eq!(code, Some(3), "{errors}");
    assert!(errors.contains("absent.png: the image cannot be read") && errors.contains("cut.png: the image is damaged"), "{errors}");
    assert!(errors.contains("2 of 4 images were skipped") && table.contains("2 of 4 images skipped"), "{errors}{table}");
    assert_eq!((&report["images"], &report["listed"]), (&2.into(), &4.into()));
    let skipped = report["skipped"].as_array().expect("a list");
    assert_eq!(skipped.len(), 2);
    assert!(skipped[0]["path"].as_str().is_some_and(|path| path.ends_with("absent.png")), "{report}");
    assert!(skipped[1]["reason"].as_str().is_some_and(|reason| reason.contains("cut short")), "{report}");
    // the others count as if the bad ones had not been listed
    folder.write_labels("chelsea.png,1\nrocket.jpg,2\n");
    let (_, _, _, alone) = folder.eval("tiny.safetensors", &[]);
    for figures in ["float", "int8", "agreement", "agreement_interval", "changed"] {
        assert_eq!(report[figures], alone[figures], "{figures}");
    }
    for help in ["--help", "eval --help"] {
        assert!(succeed(&help.split(' ').collect::<Vec<_>>()).contains(" 3"), "the code is documented");
    }
}

#[test]
fn layers_are_compared_on_as_many_photographs_as_asked_for() {
    let folder = Folder::new();
    for (option, expected) in [("2", 2), ("all", 3), ("1000", 3)] {
        let (_, _, _, report) = folder.eval("tiny.safetensors", &["--sqnr-images", option]);
        assert_eq!(report["sqnr"]["images"], expected, "{option}");
    }
    let (code, table, _, report) = folder.eval("tiny.safetensors", &["--sqnr-images", "0"]);
    assert!(code == Some(0) && report["sqnr"].is_null() && !table.contains("SQNR"), "{table}");
    let (code, ..) = folder.eval("tiny.safetensors", &["--sqnr-images", "some"]);
    assert_eq!(code, Some(2));
}

#[cfg(unix)]
#[test]
fn ctrl_c_reports_what_was_done_and_the_code_is_130() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    const LISTED: usize = 300_000;
    let folder = Folder::new();
    folder.write_labels(&"coffee.png,0\n".repeat(LISTED));
    let (images, report) = (folder.path("images"), folder.path("report.json"));
    let mut delay = Duration::from_millis(250);
    loop {
        // some ten minutes of work
        let mut command = Command::new(env!("CARGO_BIN_EXE_ember"));
        command.arg("eval").arg(&images).args(["--labels", "labels.csv", "--model"]).arg(folder.path("tiny.ember"));
        command.arg("--json").arg(&report).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("ember starts");
        std::thread::sleep(delay);
        let signal = Command::new("sh").arg("-c").arg(format!("kill -INT {}", child.id())).status().expect("sh starts");
        assert!(signal.success());
        let asked = Instant::now();
        let output = child.wait_with_output().expect("it ends");
        let [table, errors] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        assert!(asked.elapsed() < Duration::from_secs(60), "it went on after Ctrl-C");
        if !report.exists() && delay < Duration::from_secs(60) {
            // a slow machine: the signal came before the first photograph was done
            delay *= 2;
            continue;
        }
        assert_eq!(output.status.code(), Some(130), "{errors}");
        let report = json(&report);
        let images = report["images"].as_u64().expect("a number");
        assert!(images > 0 && images < LISTED as u64);
        assert_eq!((&report["listed"], &report["interrupted"]), (&LISTED.into(), &true.into()));
        let sentence = format!("stopped after {images} of {LISTED}");
        assert!(table.contains(&sentence) && errors.contains(&sentence), "{table}{errors}");
        let first = number(&report["int8"]["top1"]);
        assert!(first == 0.0 || first == 100.0, "one photograph only: {report}");
        return;
    }
}
