//! `hdl report --top`, `--check`, `--json` and Markdown, with a script in Yosys's place that gives the netlist of `main.rs`.

use super::router::script;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const SCRIPT: &str =
    "[ \"$1\" = -V ] && echo 'Yosys 0.70 (a script)' && exit\ncp \"$KEPT/given.json\" netlist.json\n: > elaborated.txt\n: > mapped.txt\n";

fn hdl(folder: &Path, words: &[&str]) -> Output {
    let boards = concat!(env!("CARGO_MANIFEST_DIR"), "/../constraints");
    let mut command = Command::new(env!("CARGO_BIN_EXE_hdl"));
    command.args(["report", "--board", "kc705", "--top", "ember_lane", "--boards", boards, "--yosys"]).arg(folder.join("yosys"));
    command.args(words).env("KEPT", folder).env("EMBER_CACHE", folder.join("cache")).output().expect("hdl runs")
}

#[test]
fn a_report_shows_families_and_fails_over_the_budget_if_asked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    fs::write(path.join("given.json"), include_str!("netlist.json").replace("\"fixture\"", "\"ember_lane\"")).expect("a file");
    script(path, "yosys", SCRIPT);
    let said = |run: &Output| String::from_utf8_lossy(&run.stderr).into_owned();

    let run = hdl(path, &[]);
    let shown = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{run:?}");
    for part in ["u_lane_#.product (DSP48E1) -> close", "18 flip-flops into block RAMs", "A B M, not P", "over the budget", "+0.33"] {
        assert!(shown.contains(part), "{shown} does not say {part}");
    }

    let run = hdl(path, &["--check", "--net", "0.2"]);
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    let family = "u_lane_#.product (DSP48E1) -> close: 2.00 ns of cells, at most 1.5 are allowed";
    assert!(said(&run).contains(family) && String::from_utf8_lossy(&run.stdout).contains("+0.20"), "{run:?}");

    let own = include_str!("../../timing.toml");
    let generous = own.replace("\"7series\" = 1.5", "\"7series\" = 9").replace("_unregistered = ", "_unregistered = 1");
    let generous = generous.replace("\"a\", \"b\", \"m\", \"p\"", "");
    fs::write(path.join("generous.toml"), generous).expect("a file");
    let budget = path.join("generous.toml");
    let budget = budget.to_str().expect("a plain path");
    let run = hdl(path, &["--check", "--budget", budget]);
    assert!(run.status.success(), "{run:?}");
    fs::write(budget, "levels = 3").expect("a file");
    let run = hdl(path, &["--check", "--budget", budget]);
    assert!(!run.status.success() && said(&run).contains("is not a budget"), "{run:?}");

    let run = hdl(path, &["--json"]);
    let json: serde_json::Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let families = json["flat"]["clock"]["families"].as_array().expect("families");
    assert!(families.len() > 40 && families.iter().all(|f| f["start"].is_string() && f["levels"].is_u64()));
    assert_eq!((&json["tree"], &json["flat"]["top"]), (&serde_json::Value::Null, &"ember_lane".into()));

    let run = hdl(path, &["--format", "markdown", "--families", "3"]);
    let page = String::from_utf8_lossy(&run.stdout);
    assert!(page.starts_with("## ember_lane of kc705") && page.contains("| start | end | levels |") && page.contains("3 of "), "{page}");

    let run = Command::new(env!("CARGO_BIN_EXE_hdl")).args(["report", "--top", "no_such_module"]).output().expect("hdl runs");
    assert!(!run.status.success() && said(&run).contains("there is no module \"no_such_module\"; there are"), "{run:?}");
}
