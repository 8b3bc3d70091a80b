//! The shipped model's accuracy, on the labelled photographs of the folder of test data (`EMBER_DATA`).

use std::path::{Path, PathBuf};
use std::process::Command;

/// Most points of top-1 that the integers may lose against the float network.
const MOST_LOST: f64 = 0.7;

#[test]
fn the_shipped_model_is_as_accurate_as_its_float_network() {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let images = std::env::var_os("EMBER_DATA").map_or_else(default, PathBuf::from).join("images");
    if !images.exists() {
        eprintln!("SKIPPED: {} is absent; set EMBER_DATA to the folder of test data", images.display());
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let json = folder.path().join("accuracy.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ember"));
    command.arg("eval").arg(&images).args(["--labels", "labels.csv"]).arg("--json").arg(&json);
    let output = command.output().expect("ember starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).expect("written")).expect("JSON");
    let figure = |network: &str, what: &str| report[network][what].as_f64().expect("both networks were measured");
    assert!(figure("float", "top1") > 68.5 && figure("float", "top5") > 87.5, "the float network itself is off: {report}");
    assert!(figure("int8", "top1") >= figure("float", "top1") - MOST_LOST, "{report}");
    assert!(report["agreement"].as_f64().is_some_and(|percent| percent > 95.0), "{report}");
}
