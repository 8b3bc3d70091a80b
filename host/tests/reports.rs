//! The reports in a browser, narrow and wide, light and dark: nothing on the console, no request, nothing wider than the window, every picture there,
//! every text readable, and every figure that of the `--json` file. Skipped, with a message, where `chromium` is not installed.

mod common;

use common::shapes::made;
use common::{ember, json, text};
use serde_json::Value;
use std::path::Path;
use test_support::browser::Browser;

/// `ember train` on shapes with a copy, a broken file and a small class, one of whose names wants escaping; what is asked for in `more` beside. Gives page and
/// figures.
fn train(folder: &Path, more: &[&str]) -> (std::path::PathBuf, Value) {
    let photos = folder.join("photos");
    made(&photos, 12, 1, 40);
    std::fs::rename(photos.join("red cross"), photos.join("a <cross> & \"more\" with a name that is longer than a telephone is wide"))
        .expect("renamed");
    for i in 0..12 {
        std::fs::copy(photos.join(format!("red disc/{i:03}.png")), photos.join(format!("red disc/copy {i}.png"))).expect("copied");
    }
    for i in 4..12 {
        std::fs::remove_file(photos.join(format!("red square/{i:03}.png"))).expect("removed");
    }
    std::fs::write(photos.join("red disc/broken.jpg"), "no picture").expect("written");
    let (model, figures) = (folder.join("own.ember"), folder.join("own.json"));
    let output = ember(&[&["train", text(&photos), "-o", text(&model), "--json", text(&figures)], more].concat());
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    (folder.join("own.html"), json(&figures))
}

/// Of the same file no bits differ, which is not said.
const TRAIN_LEFT_OUT: [&str; 1] = ["alike."];

#[test]
fn of_a_training() {
    let Some(mut browser) = Browser::start() else { return };
    let small = ["--from", "nothing", "--size", "39", "--resize", "direct", "--epochs", "3", "--validation", "0.5"];
    for more in [&[][..], &["--weight-bits", "4", "--quantization-aware"]] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (page, figures) = train(folder.path(), &[&small[..], more].concat());
        let is_part = |name: &str| figures[name].as_array().is_some_and(|all| !all.is_empty());
        assert!(["wrong", "alike", "skipped", "epochs", "boards"].into_iter().all(is_part), "{figures}");
        assert_eq!(figures["quantization_aware"].is_null(), more.is_empty());
        every_share_has_an_interval(&figures);
        let problems = browser.report(&page).problems(&figures, &TRAIN_LEFT_OUT);
        assert!(problems.is_empty(), "{problems:#?}");
        // and it is these figures that are compared
        let mut other = figures.clone();
        other["epochs"][1]["validation"]["percent"] = 1.5.into();
        assert_eq!(browser.report(&page).problems(&other, &TRAIN_LEFT_OUT).len(), 1);
    }
}

/// Whatever is in percent or percentage points, and every loss.
fn every_share_has_an_interval(json: &Value) {
    match json {
        Value::Array(list) => list.iter().for_each(every_share_has_an_interval),
        Value::Object(map) => {
            if let Some(value) = ["percent", "points", "mean"].iter().find_map(|name| map.get(*name)).and_then(Value::as_f64) {
                let bounds: Vec<f64> = map["interval"].as_array().expect("two").iter().filter_map(Value::as_f64).collect();
                assert!(bounds.len() == 2 && bounds[0] <= value && value <= bounds[1], "{json}");
            }
            map.values().for_each(every_share_has_an_interval);
        }
        _ => {}
    }
}
