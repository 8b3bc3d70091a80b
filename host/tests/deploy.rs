//! The manifests of `deploy`: every field is one of the published models of KServe and Kubernetes (skipped, with a message, where the Python
//! of `target/clients`, or of `EMBER_CLIENTS`, lacks their packages), and `ember serve` takes the arguments that they give.

mod common;

use common::ember;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn every_field_is_one_of_the_models() {
    let python = std::env::var_os("EMBER_CLIENTS").map_or_else(|| root().join("target/clients/bin/python"), PathBuf::from);
    if !Command::new(&python).args(["-c", "import kserve, kubernetes, yaml"]).output().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: {} has no kserve; .ci/run makes it", python.display());
        return;
    }
    let output = Command::new(&python).arg(root().join("host/tests/deploy_manifests.py")).arg(root().join("deploy")).output();
    let output = output.expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("4 manifests"), "{output:?}");
}

/// The arguments of every container in `yaml`: the items behind each `args:`.
fn arguments(yaml: &str) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    let mut inside = false;
    for line in yaml.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        match line.strip_prefix("- ") {
            Some(item) if inside => all.last_mut().expect("begun").push(item.replace("{{.Name}}", "cats")),
            _ => inside = line == "args:",
        }
        if line == "args:" {
            all.push(Vec::new());
        }
    }
    all
}

#[test]
fn the_program_takes_their_arguments() {
    let yaml = std::fs::read_to_string(root().join("deploy/kserve/serving-runtime.yaml")).expect("a file");
    let all = arguments(&yaml);
    assert_eq!(all.len(), 2);
    for arguments in all {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        assert_eq!(arguments[0], "serve");
        // the model's file is not here, and that is all that is wrong
        let output = ember(&arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && errors.contains("/mnt/models/model.ember: the model cannot be read"), "{errors}");
    }
}
