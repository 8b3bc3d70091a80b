//! `ember trace-layers`, `bench` and `doctor` as a user runs them, and a network of `ember train` on every device.
//!
//! On the software path and on the simulated engine with 4 columns.

mod common;

use std::path::Path;
use std::process::{Command, Output};

fn ember(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ember")).args(arguments).output().expect("ember starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).expect("written")).expect("JSON")
}

/// A folder with a photograph, and the paths of that and of an output.
fn folder() -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let photograph = net::assets::PHOTOGRAPHS[1];
    std::fs::write(folder.path().join(photograph.name), photograph.bytes).expect("written");
    let path = |name: &str| folder.path().join(name).to_str().expect("a plain name").to_string();
    let (image, output) = (path(photograph.name), path("out.json"));
    (folder, image, output)
}

#[test]
fn every_layer_is_that_of_the_reference() {
    let (_folder, image, output) = folder();
    for device in ["sim:4", "software"] {
        let result = ember(&["trace-layers", &image, "--device", device, "--json", &output]);
        assert_eq!(result.status.code(), Some(0), "{}{}", text(&result.stdout), text(&result.stderr));
        assert!(text(&result.stdout).ends_with("all 18 layers and all sums are identical\n"));
        let report = json(Path::new(&output));
        assert_eq!(
            (&report["device"], &report["first_difference"], &report["wrong_sums"]),
            (&device.into(), &serde_json::Value::Null, &0.into())
        );
        assert_eq!(report["layers"].as_array().map(Vec::len), Some(18));
    }
    let result = ember(&["trace-layers", "missing.png"]);
    assert_eq!((result.status.code(), text(&result.stderr).contains("missing.png")), (Some(1), true));
}

#[test]
fn a_trained_network_is_the_same_on_every_device() {
    let (folder, image, output) = folder();
    let model = common::trained(folder.path());
    for device in ["sim:4", "software"] {
        let result = ember(&["trace-layers", &image, "--model", &model, "--device", device, "--json", &output]);
        assert_eq!(result.status.code(), Some(0), "{}{}", text(&result.stdout), text(&result.stderr));
        let report = json(Path::new(&output));
        assert_eq!((&report["first_difference"], &report["wrong_sums"]), (&serde_json::Value::Null, &0.into()), "{device}");
    }
    let classify = |device: &str| {
        let photograph = |name: &str| folder.path().join("photos").join(name).join("0.png").to_str().expect("a plain name").to_string();
        let all = net::assets::PHOTOGRAPHS.map(|p| photograph(p.name));
        let mut arguments = vec!["classify", "--model", &model, "--device", device, "--quiet", "--logits", "--format", "jsonl"];
        arguments.extend(all.iter().map(String::as_str));
        let result = ember(&arguments);
        assert_eq!(result.status.code(), Some(0), "{}", text(&result.stderr));
        text(&result.stdout).to_string()
    };
    let expected = classify("software");
    for line in expected.lines() {
        let found: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let (path, name) = (found["path"].as_str().expect("a path"), found["predictions"][0]["name"].as_str().expect("a name"));
        assert!(path.contains(&format!("/{name}/")), "{line}");
    }
    assert_eq!(classify("sim:4"), expected);
}

#[test]
fn a_benchmark_measures_every_step() {
    let (_folder, image, output) = folder();
    for (device, frames) in [("software", "20"), ("sim:4", "2")] {
        let arguments = ["bench", &image, "--device", device, "--frames", frames, "--latency-frames", "2", "--json", &output];
        let result = ember(&arguments);
        assert_eq!(result.status.code(), Some(0), "{}", text(&result.stderr));
        let report = json(Path::new(&output));
        assert_eq!((&report["device"], report["images"].as_u64()), (&device.into(), Some(1)));
        for step in ["decode", "resize", "latency"] {
            let q = |name: &str| report[step][name].as_f64().expect("a number");
            assert!(0.0 < q("p50") && q("p50") <= q("p90") && q("p90") <= q("p99"), "{report}");
        }
        for rate in ["device_alone", "end_to_end"] {
            let (frames_run, seconds) =
                (report[rate]["frames"].as_f64().expect("a number"), report[rate]["seconds"].as_f64().expect("a number"));
            assert_eq!(frames_run, frames.parse::<f64>().expect("a number"));
            assert!((report[rate]["frames_per_second"].as_f64().expect("a number") / (frames_run / seconds) - 1.0).abs() < 1e-6);
        }
        assert!(report["device_busy"].as_f64().is_some_and(|share| (0.0..=100.0).contains(&share)), "{report}");
    }
    let result = ember(&["bench", "missing.png"]);
    assert_eq!((result.status.code(), text(&result.stderr).contains("missing.png")), (Some(1), true));
    assert_eq!(ember(&["bench", "-"]).status.code(), Some(2));
}

#[test]
fn a_doctor_reports_in_text_and_json_and_by_the_exit_code() {
    let (folder, ..) = folder();
    let root = folder.path().to_str().expect("a plain name");
    // a computer without anything below sys and dev
    let result = ember(&["doctor", "--root", root, "--json", "-", "--sim", "--columns", "4"]);
    let report: serde_json::Value = serde_json::from_slice(&result.stdout).expect("JSON and nothing else");
    let status = |name: &str| {
        let all = report["checks"].as_array().expect("a list");
        all.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name} in {report}"))["status"].clone()
    };
    for (name, expected) in [
        ("simulation tools", "ok"),
        ("model", "ok"),
        ("software path", "ok"),
        ("simulated engine, 4 columns", "ok"),
        ("XDMA driver", "warn"),
        ("PCIe card", "warn"),
    ] {
        assert_eq!(status(name), expected, "{name}");
    }
    assert_eq!(result.status.code(), Some(0));
    let result = ember(&["doctor", "--root", root, "--board"]);
    assert_eq!(result.status.code(), Some(1), "a board was asked for");
    assert!(text(&result.stdout).contains("RED   XDMA driver"), "{}", text(&result.stdout));
    let result = ember(&["doctor", "--root", root, "--model", "missing.ember"]);
    assert_eq!(result.status.code(), Some(1));
    assert!(text(&result.stdout).contains("missing.ember"), "a bad model is a finding, not the end");
    // the kernel's own module of that name
    std::fs::create_dir_all(folder.path().join("sys/module/xdma")).expect("created");
    let result = ember(&["doctor", "--root", root, "--board"]);
    assert!(text(&result.stdout).contains("another driver of the same name"), "{}", text(&result.stdout));
}
