//! A board's project without Vivado: every command of its scripts and constraints against a strict imitation
//! (`hdl/tests/tcl`), for every shipped board and both flows; mistakes, planted one at a time, are refused.
//!
//! The imitation knows options, properties with their values, pins of IPs, package pins and order. Also lint of every
//! board's Verilog, the files beside it, hashes, refusals and snapshots. Skipped, with a message, where there is no
//! `tclsh`.

use contract::engine::EngineConfig;
use hdl::board::find::{self, BoardDescription};
use hdl::board::project;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const MANIFEST_DIR: &str = env!("CARGO_MANIFEST_DIR");

fn boards() -> Vec<BoardDescription> {
    find::all(Some(&Path::new(MANIFEST_DIR).join("../constraints"))).expect("the shipped boards")
}

fn board(name: &str) -> BoardDescription {
    boards().into_iter().find(|b| b.name == name).expect("a shipped board")
}

/// A small engine: the scripts do not depend on its size.
fn small() -> EngineConfig {
    EngineConfig {
        columns: 4,
        activation_rows: 64,
        squeeze_rows: 64,
        weight_words: 2048,
        table_entries: 64,
        layers: 8,
        frame_words: 64,
        accumulator_pixels: 64,
        segment_accumulator_pixels: 16,
        line_pixels: 16,
        pool_pixels: 16,
        ..EngineConfig::standard(4)
    }
}

fn tclsh() -> bool {
    let there = Command::new("tclsh").stdin(std::process::Stdio::null()).output().is_ok();
    if !there {
        eprintln!("skipped: there is no tclsh; install it (apt-get install tcl)");
    }
    there
}

/// A project in a folder of its own, with changes to its files before a script runs.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new(board: &BoardDescription) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in project::files(board, &small(), &board.file.target).expect("a project") {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file")
    }

    fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from}");
        std::fs::write(self.path(name), text.replacen(from, to, 1)).expect("a file");
    }

    fn run(&self, script: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let stub = Path::new(MANIFEST_DIR).join("tests/tcl/vivado.tcl");
        let mut command = Command::new("tclsh");
        command.arg(stub).arg(self.path(script)).args(arguments).envs(environment.iter().copied()).env_remove("JOBS");
        command.output().expect("tclsh runs")
    }
}

fn said(run: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr))
}

fn accepted(run: &Output) -> bool {
    run.status.success() && String::from_utf8_lossy(&run.stdout).ends_with("STUB: accepted\n")
}

#[test]
fn every_board_builds_in_both_flows_against_the_imitation() {
    if !tclsh() {
        return;
    }
    for board in boards() {
        let project = Project::new(&board);
        for flow in ["nonproject", "project"] {
            let run = project.run("build.tcl", &[flow], &[]);
            assert!(accepted(&run), "{} {flow}: {}", board.name, said(&run));
            assert!(project.path("build/ember.bit").is_file(), "{} {flow}", board.name);
            for step in ["Checking Vivado and the part", "Creating the block design", "Validating", "Reports", "Bitstream", "Done"] {
                assert!(said(&run).contains(&format!("==== {step}")), "{} {flow} does not say {step}", board.name);
            }
        }
        let device = [("STUB_DEVICES", &*format!("{}_0", project::jtag_name(&board.file)))];
        assert!(accepted(&project.run("program.tcl", &["jtag"], &device)), "{}", board.name);
        let flash = project.run("program.tcl", &["flash"], &device);
        match board.file.flash {
            Some(_) => assert!(accepted(&flash), "{}: {}", board.name, said(&flash)),
            None => assert!(!flash.status.success() && said(&flash).contains("board.toml has no [flash]"), "{}", said(&flash)),
        }
    }
}

/// What a user can meet: each ends with one sentence and code 1, before anything is built.
#[test]
fn what_a_user_can_meet_is_one_sentence() {
    if !tclsh() {
        return;
    }
    let project = Project::new(&board("kcu116"));
    for (arguments, environment, sentence) in [
        (&["nonproject"][..], &[("STUB_VERSION", "2020.1")][..], "this is Vivado 2020.1; expected 2020.2 or newer"),
        (&["nonproject"], &[("STUB_VERSION", "2019.2.1")], "this is Vivado 2019.2.1; expected 2020.2 or newer"),
        (&["nonproject"], &[("STUB_VERSION", "beta")], "the version of Vivado, beta, is not understood"),
        (&["nonproject"], &[("STUB_PARTS", "xc7k325tffg900-2")], "the part xcku5p-ffvb676-2-e is not installed"),
        (&[], &[], "expected -tclargs project or -tclargs nonproject"),
        (&["project", "--clock"], &[], "and perhaps --auto-clock after it"),
        (&["both"], &[], "expected -tclargs project or -tclargs nonproject"),
        (&["project"], &[("JOBS", "many")], "JOBS is many; expected a number of jobs"),
        (&["nonproject"], &[("STUB_WNS", "-0.25")], "timing is not met: setup by 0.25 ns; lower clock.engine_mhz"),
        (&["project"], &[("STUB_WHS", "-0.01")], "timing is not met: hold by 0.01 ns"),
        (
            &["nonproject"],
            &[("STUB_WPWS", "-0.125")],
            "timing is not met: pulse width by 0.125 ns, at 3 of 160213 pins (in all -0.375 ns); lower clock.engine_mhz",
        ),
        (&["project"], &[("STUB_WPWS", "NA")], "there is no pulse width to check: the clocks are not constrained"),
        (&["nonproject"], &[("STUB_BREAK", "summary")], "the timing summary has no line of the whole design"),
        (&["nonproject"], &[("STUB_UNCHECKED", "no_clock 12")], "timing is not known: 12 registers have no clock (no_clock); "),
        (
            &["project"],
            &[("STUB_UNCHECKED", "unconstrained_internal_endpoints 4")],
            "timing is not known: 4 pins end paths that no constraint limits (unconstrained_internal_endpoints)",
        ),
        (&["nonproject"], &[("STUB_UNCHECKED", "generated_clocks 1")], "timing is not known: 1 generated clocks come from no clock"),
        (&["nonproject"], &[("STUB_UNCHECKED", "loops 2")], "timing is not known: 2 combinational loops are cut at will (loops)"),
        (&["nonproject"], &[("STUB_UNCHECKED", "latch_loops 2")], "timing is not known: 2 loops go through latches (latch_loops)"),
        (
            &["nonproject"],
            &[("STUB_BREAK", "old_report"), ("STUB_UNCHECKED", "unconstrained_internal_endpoints 7")],
            "timing is not known: 7 pins end paths",
        ),
        (&["nonproject"], &[("STUB_BREAK", "odd_report")], "check_timing does not say how many no_clock there are"),
        (&["nonproject"], &[("STUB_BREAK", "unconstrained")], "there is no path to check for setup"),
        (&["nonproject"], &[("STUB_BREAK", "clock")], "the clock manager gives 270.0 MHz where 300 are asked for"),
        (&["nonproject"], &[("STUB_BREAK", "wrapper")], "there is no hdl/ember_board_wrapper.v"),
        (&["project"], &[("STUB_BREAK", "run")], "synth_1 ended with: synth_design ERROR; its log is in /somewhere/synth_1"),
        (&["project"], &[("STUB_BREAK", "refresh")], "synth_1 is out of date"),
    ] {
        let stub = Path::new(MANIFEST_DIR).join("tests/tcl/vivado.tcl");
        let mut command = Command::new("tclsh");
        let run = command.arg(stub).arg(project.path("build.tcl")).args(arguments).env_remove("JOBS").envs(environment.iter().copied());
        let run = run.output().expect("tclsh runs");
        let error = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(1), "{sentence}: {}", said(&run));
        assert!(error.starts_with("ERROR: ") && error.contains(sentence) && error.lines().count() == 1, "{sentence}: {error}");
        assert!(!project.path("build/ember.bit").exists(), "{sentence}: a bitstream is left");
    }
    std::fs::remove_file(project.path("rtl/ember_engine.v")).expect("a file");
    let run = project.run("build.tcl", &["nonproject"], &[]);
    assert!(said(&run).contains("rtl/ember_engine.v is missing beside build.tcl"), "{}", said(&run));
}

/// The lines of `reports` that have `word`.
fn lines_with(text: &str, word: &str) -> Vec<String> {
    text.lines().filter(|line| line.contains(word)).map(str::to_owned).collect()
}

/// Timing that fails, build after build: `--auto-clock` goes down, rung by rung, and says what came of it; without it the first
/// build is the last.
#[test]
fn a_clock_that_is_missed_is_lowered_until_it_is_met() {
    if !tclsh() {
        return;
    }
    for (name, asked) in [("kcu116", "300"), ("nitefury2", "150")] {
        let project = Project::new(&board(name));
        for flow in ["nonproject", "project"] {
            // the first rung closes: nothing is built twice
            let run = project.run("build.tcl", &[flow, "--auto-clock"], &[]);
            assert!(accepted(&run) && said(&run).matches("==== Creating").count() == 1, "{}", said(&run));
            assert!(said(&run).contains(&format!("Timing is met at {asked} MHz ({asked} asked for): ")), "{}", said(&run));

            // each misses by a little, the fourth is met
            let run = project.run("build.tcl", &[flow, "--auto-clock"], &[("STUB_WNS", "-0.001 -0.001 -0.001 0.03")]);
            assert!(accepted(&run), "{name} {flow}: {}", said(&run));
            let rungs = if name == "kcu116" { ["300", "285.714", "275.862", "266.667"] } else { ["150", "145.455", "140.351", "135.593"] };
            for pair in rungs.windows(2) {
                let line = format!("==== Timing is not met at {} MHz: setup by 0.001 ns; once more at {} MHz", pair[0], pair[1]);
                assert!(said(&run).contains(&line), "{line}: {}", said(&run));
                assert!(project.path(&format!("build/{}_MHz/families.txt", pair[0])).is_file(), "{name} {flow}: {}", pair[0]);
                assert!(!project.path(&format!("build/{}_MHz/ember.bit", pair[0])).exists());
            }
            let end = lines_with(&said(&run), "Timing is met at");
            let frames = end[0].split(": ").nth(1).and_then(|l| l.split(' ').next()).and_then(|n| n.parse::<f64>().ok()).expect("a number");
            let cycles = end[0].split('(').nth(2).and_then(|l| l.split(' ').next()).and_then(|n| n.parse::<f64>().ok()).expect("a number");
            let mhz: f64 = rungs[3].parse().expect("a number");
            assert!(end[0].contains(&format!("at {} MHz ({asked} asked for)", rungs[3])) && end[0].contains("estimate"), "{}", end[0]);
            assert!((frames - mhz * 1e6 / cycles).abs() < 1.0 && (100_000.0..1_000_000.0).contains(&cycles), "{}", end[0]);
            assert!(project.path("build/ember.bit").is_file() && project.path("build/reports/timing.txt").is_file());

            // a large miss skips the rungs that it rules out
            let run = project.run("build.tcl", &[flow, "--auto-clock"], &[("STUB_WNS", "-1.0 0.0")]);
            let next = if name == "kcu116" { "228.571" } else { "126.984" };
            assert!(accepted(&run) && said(&run).contains(&format!("setup by 1.0 ns; once more at {next} MHz")), "{name}: {}", said(&run));

            // a clock too fast for a RAM
            let run = project.run("build.tcl", &[flow, "--auto-clock"], &[("STUB_WPWS", "-0.1 0.1")]);
            assert!(accepted(&run) && said(&run).contains(&format!("once more at {} MHz", rungs[1])), "{}", said(&run));

            // the bottom
            let run = project.run("build.tcl", &[flow, "--auto-clock"], &[("STUB_WNS", "-0.001")]);
            let error = String::from_utf8_lossy(&run.stderr).into_owned();
            let bottom = if name == "kcu116" { "153.846" } else { "76.190" };
            assert!(run.status.code() == Some(1) && error.lines().count() == 1, "{error}");
            assert!(error.contains(&format!("timing is not met at any clock down to {bottom} MHz, in ")), "{error}");
            assert_eq!(lines_with(&said(&run), "once more at").len() + 1, lines_with(&said(&run), " MHz missed setup by").len() - 1);
            assert!(!project.path("build/ember.bit").exists());

            // what no clock mends, and who did not ask for it
            let run = project.run("build.tcl", &[flow, "--auto-clock"], &[("STUB_WHS", "-0.01")]);
            assert!(
                said(&run).contains("hold by 0.01 ns, which no slower clock mends") && !said(&run).contains("once more"),
                "{}",
                said(&run)
            );
            let run = project.run("build.tcl", &[flow], &[("STUB_WNS", "-0.001 0.1")]);
            assert!(run.status.code() == Some(1) && said(&run).contains("or build with --auto-clock"), "{}", said(&run));
            assert_eq!(said(&run).matches("==== Creating").count(), 1);
        }
    }
    // mistakes on the way down are seen too
    let project = Project::new(&board("kcu116"));
    let before = project.read("build.tcl");
    for (from, to, sentence) in [
        ("-slack_lesser_than 0", "-slack_less_than 0", "get_timing_paths has no option -slack_less_than"),
        ("STARTPOINT_PIN", "STARTPOINT", "a path has no STARTPOINT"),
        ("LOGIC_LEVELS", "LEVELS", "a path has no LEVELS"),
        ("    close_project\n    foreach name", "    foreach name", "a project is open already"),
        ("file rename [output reports]", "file rename [output report]", "no such file"),
    ] {
        project.replace("build.tcl", from, to);
        let run = project.run("build.tcl", &["nonproject", "--auto-clock"], &[("STUB_WNS", "-0.1 0.1")]);
        assert!(!run.status.success() && said(&run).contains(sentence), "{from} -> {to}: {}", said(&run));
        std::fs::write(project.path("build.tcl"), &before).expect("a file");
    }
}

/// Paths that miss the clock are told by the modules that they lie between, worst first, numbers of equal instances as one.
#[test]
fn families_of_paths_and_congestion_are_told() {
    if !tclsh() {
        return;
    }
    let project = Project::new(&board("kcu116"));
    let run = project.run("build.tcl", &["nonproject"], &[("STUB_WNS", "-0.25")]);
    let lines = lines_with(&said(&run), " paths  ");
    assert_eq!(
        lines,
        [
            "  -0.250 ns  1 paths  u_engine/u_scanner -> u_engine/u_weight_loader  (6 levels, logic 0.912 ns, nets 2.875 ns)",
            "  -0.200 ns  2 paths  u_engine/u_array/u_tail_#/u_lane_# -> u_engine/u_array/u_tail_#/u_lane_#  (6 levels, logic 0.912 ns, nets 2.875 ns)",
        ]
    );
    let file = project.read("build/reports/families.txt");
    assert!(lines.iter().all(|line| file.contains(line)) && file.starts_with("Paths that miss 300 MHz"), "{file}");
    // ten families on the console, all of them in the file
    let many: Vec<String> = ('a'..='o').map(|c| format!("{{-0.2 shell/inst/u_{c}/x_reg shell/inst/u_{c}/y_reg}}")).collect();
    let run = project.run("build.tcl", &["project"], &[("STUB_WNS", "-0.2"), ("STUB_PATHS", &*many.join(" "))]);
    assert_eq!(lines_with(&said(&run), " paths  ").len(), 10, "{}", said(&run));
    assert_eq!(lines_with(&project.read("build/reports/families.txt"), " paths  ").len(), 15);
    for (levels, break_, said_line) in [
        ("{3 4} {} 2", "", "Congestion: placed level 4, initial none, routed level 2 ("),
        ("{} {} {}", "", "Congestion: placed none, initial none, routed none ("),
        ("5 {6 7 5} 7", "", "Congestion: placed level 5, initial level 7, routed level 7 ("),
        ("", "congestion", "Congestion: not understood; this Vivado words its report otherwise, read "),
    ] {
        let environment = [("STUB_CONGESTION", levels), ("STUB_BREAK", break_)];
        let run = project.run("build.tcl", &["nonproject"], &environment);
        assert!(accepted(&run) && lines_with(&said(&run), said_line).len() == 1, "{levels}: {}", said(&run));
    }
}

/// Mistakes in scripts and constraints, planted one at a time: the imitation sees each.
#[test]
fn planted_mistakes_are_refused() {
    if !tclsh() {
        return;
    }
    let mistakes = [
        // board, flow, file, from, to, what is said
        ("kcu116", "nonproject", "build.tcl", "CONFIG.axisten_freq", "CONFIG.axisten_frequency", "no property CONFIG.axisten_frequency"),
        ("kcu116", "nonproject", "build.tcl", "AXI_Stream", "AXI_Streams", "does not take AXI_Streams"),
        ("kcu116", "nonproject", "build.tcl", "CONFIG.axi_data_width 256_bit", "CONFIG.axi_data_width 128_bit", "have 128 and 256 bits"),
        ("kcu116", "nonproject", "build.tcl", "CONFIG.axisten_freq 250", "CONFIG.axisten_freq 125", "no stream of 256 bits at 125 MHz"),
        ("kcu116", "nonproject", "build.tcl", "GTY_Quad_225", "GTY_Quad_231", "has no quad GTY_Quad_231"),
        ("kcu105", "project", "build.tcl", "CONFIG.pcie_blk_locn X0Y0", "CONFIG.pcie_blk_locn X1Y2", "has no PCIe block X1Y2"),
        ("kcu116", "nonproject", "build.tcl", "CONFIG.en_gt_selection true", "CONFIG.en_gt_selection false", "wants en_gt_selection first"),
        ("kc705", "nonproject", "build.tcl", "5.0_GT/s", "8.0_GT/s", "has no 8.0_GT/s"),
        ("kcu116", "nonproject", "build.tcl", "xdma/M_AXIS_H2C_0", "xdma/M_AXIS_H2C_1", "xdma has no intf_pin M_AXIS_H2C_1"),
        ("kcu116", "nonproject", "build.tcl", "shell/engine_locked", "shell/locked", "shell has no pin locked"),
        ("kcu116", "nonproject", "build.tcl", "engine_clock/resetn", "engine_clock/reset", "engine_clock has no pin reset"),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "refclk/IBUF_OUT] [get_bd_pins xdma/sys_clk_gt",
            "refclk/IBUF_DS_ODIV2] [get_bd_pins xdma/sys_clk_gt",
            "is connected already",
        ),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "    connect_bd_net [get_bd_pins engine_clock/locked] [get_bd_pins shell/engine_locked]\n",
            "",
            "engine_locked is not connected",
        ),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "get_bd_intf_pins xdma/M_AXI_LITE] [get_bd_intf_pins shell/s_axil",
            "get_bd_intf_pins shell/s_axil] [get_bd_intf_pins xdma/M_AXIS_H2C_0",
            "xilinx.com:interface:aximm_rtl:1.0 and xilinx.com:interface:axis_rtl:1.0",
        ),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "create_bd_cell -type module -reference ember_shell shell",
            "create_bd_cell -type module -reference ember_shel shell",
            "modules ember_shel",
        ),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "create_bd_cell -type ip -vlnv [ip clk_wiz] engine_clock",
            "",
            "there is no cell engine_clock",
        ),
        ("kcu116", "nonproject", "build.tcl", "[ip xdma] xdma", "[ip xmda] xdma", "Vivado's catalogue has no IP xmda"),
        ("kcu116", "nonproject", "build.tcl", "        read_verilog [file join", "        read_verilog -sv [file join", "must be Verilog"),
        ("kcu116", "nonproject", "build.tcl", "-range 64K", "-range 4K", "the range 4K is not the BAR's"),
        ("kcu116", "nonproject", "build.tcl", "synth_design -top $top", "synth_design -rtl -top $top", "synth_design has no option -rtl"),
        ("kcu116", "nonproject", "build.tcl", "    opt_design -directive Explore\n", "", "expected optimised"),
        ("kcu116", "nonproject", "build.tcl", "    opt_design -directive", "    opt_desing -directive", "there is no command opt_desing"),
        ("kcu116", "nonproject", "build.tcl", "opt_design -directive Explore", "opt_design -directive Explored", "no directive Explored"),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "place_design -directive Explore",
            "place_design -directive AddRetime",
            "no directive AddRetime",
        ),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "route_design -directive Explore",
            "route_design -directives Explore",
            "no option -directives",
        ),
        ("kcu116", "nonproject", "build.tcl", " -keep_equivalent_registers", "", "would merge copies of registers"),
        ("kcu116", "nonproject", "build.tcl", "-shreg_min_size 5", "-shreg_min_size few", "-shreg_min_size few; expected a number from 3"),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "    route_design -directive Explore\n    phys_opt_design -directive AggressiveExplore\n",
            "    route_design -directive Explore\n",
            "without phys_opt_design of the routed design",
        ),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "    phys_opt_design -directive AggressiveExplore\n    step",
            "    step",
            "without phys_opt_design of the placed design",
        ),
        (
            "kcu116",
            "project",
            "build.tcl",
            "        STEPS.SYNTH_DESIGN.ARGS.KEEP_EQUIVALENT_REGISTERS true\n",
            "",
            "would merge copies of registers",
        ),
        ("kcu116", "project", "build.tcl", "ARGS.SHREG_MIN_SIZE 5", "ARGS.SHREG_MIN_SIZE 2", "does not take 2"),
        ("kcu116", "project", "build.tcl", "STEPS.ROUTE_DESIGN.ARGS", "STEPS.ROUTING.ARGS", "no property STEPS.ROUTING.ARGS.DIRECTIVE"),
        ("kcu116", "project", "build.tcl", "PLACE_DESIGN.ARGS.DIRECTIVE Explore", "PLACE_DESIGN.ARGS.DIRECTIVE Fast", "does not take Fast"),
        (
            "kcu116",
            "project",
            "build.tcl",
            "        STEPS.POST_ROUTE_PHYS_OPT_DESIGN.IS_ENABLED true\n",
            "",
            "without phys_opt_design of the routed design",
        ),
        ("kcu116", "project", "build.tcl", "        STEPS.PHYS_OPT_DESIGN.IS_ENABLED true\n", "", "without phys_opt_design of the placed"),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "report_design_analysis -congestion",
            "report_design_analysis -congested",
            "no option -congested",
        ),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "    report_design_analysis -congestion -file [output reports/congestion.txt]\n",
            "",
            "couldn't open",
        ),
        ("kcu116", "nonproject", "build.tcl", "    validate_bd_design\n", "", "frequencies are known after validate_bd_design"),
        ("kcu116", "nonproject", "build.tcl", "    generate_target all [get_files ember_board.bd]\n", "", "is not read and generated"),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "    foreach {kind option} {setup -setup hold -hold} {",
            "    foreach {kind option} {setup -setup} {",
            "can't read \"slack(hold)\"",
        ),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "    check_timing -verbose -file [output reports/constraints.txt]\n",
            "    check_timings -verbose -file [output reports/constraints.txt]\n",
            "there is no command check_timings",
        ),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "check_timing -verbose -file [output reports/constraints.txt]",
            "report_clocks -file [output reports/constraints.txt]",
            "does not say how many no_clock there are",
        ),
        ("kcu116", "project", "build.tcl", "    check_timing -verbose -file [output reports/constraints.txt]\n", "", "couldn't open"),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "-report_unconstrained -file",
            "-report_unconstrains -file",
            "report_timing_summary has no option -report_unconstrains",
        ),
        (
            "kcu116",
            "nonproject",
            "build.tcl",
            "report_pulse_width -file",
            "report_pulse_width -out",
            "report_pulse_width has no option -out",
        ),
        (
            "kcu116",
            "project",
            "build.tcl",
            "    set_property USED_IN implementation [get_files timing.xdc]\n",
            "",
            "would be read before synthesis",
        ),
        ("kcu116", "project", "build.tcl", "-to_step route_design", "-to_step place_design", "implementation goes to route_design"),
        ("kcu116", "nonproject", "rtl/ember_shell.v", "axis:1.0 s_axis_h2c TLAST", "axis:1.0 s_axis_h2c TLSAT", "s_axis_h2c has no TLAST"),
        // constraints
        ("kcu116", "nonproject", "constraints/pins.xdc", "PACKAGE_PIN T19", "PACKAGE_PIN ZZ9", "ZZ9 is no pin of ffvb676"),
        ("kcu116", "nonproject", "constraints/pins.xdc", "PACKAGE_PIN C9", "PACKAGE_PIN T19", "the pin T19 has two ports"),
        ("kcu116", "nonproject", "constraints/pins.xdc", "PACKAGE_PIN V7", "PACKAGE_PIN C9", "no MGTREFCLK"),
        ("kcu116", "nonproject", "constraints/pins.xdc", "PACKAGE_PIN V7", "PACKAGE_PIN V6", "no MGTREFCLK"),
        ("kcu116", "project", "constraints/pins.xdc", "IOSTANDARD LVCMOS18", "IOSTANDARD LVCMOS33", "which a bank of type HP has not"),
        ("kcu116", "nonproject", "constraints/pins.xdc", "IOSTANDARD LVCMOS18", "IOSTANDARD LVCMOS81", "which a bank of type HP has not"),
        ("kcu116", "nonproject", "constraints/pins.xdc", "IOSTANDARD LVCMOS18 ", "", "has no IOSTANDARD"),
        ("kcu116", "nonproject", "constraints/pins.xdc", "{pcie_perst_n}", "{pcie_perstn}", "no port matches pcie_perstn"),
        ("kcu116", "nonproject", "constraints/pins.xdc", "-period 10.000", "-period 8.000", "PCIe's reference is 100 MHz"),
        ("kcu116", "nonproject", "constraints/pins.xdc", "set_property CFGBVS GND", "set_property CFGBSV GND", "no property CFGBSV"),
        ("kcu116", "nonproject", "constraints/pins.xdc", "create_clock", "exec true; create_clock", "invalid command name"),
        (
            "kcu116",
            "nonproject",
            "constraints/timing.xdc",
            "set_max_delay -datapath_only",
            "set_max_delay -datapath",
            "set_max_delay has no option -datapath",
        ),
        ("kcu116", "nonproject", "constraints/timing.xdc", "_reg*}", "x_reg*}", "has no register"),
        ("kcu116", "nonproject", "constraints/timing.xdc", "path 1 -hold", "path 2 -hold", "is not one less than setup"),
        ("kcu116", "project", "constraints/timing.xdc", "descriptor_3_reg", "descriptor_4_reg", "has no register descriptor_4"),
        ("nitefury2", "nonproject", "constraints/lanes.tcl", "    reset_property LOC $cell\n", "", "is occupied"),
        ("nitefury2", "project", "constraints/lanes.tcl", "gtp_channel.gtpe2", "gtx_channel.gtxe2", "PCIe lane 0 has no transceiver"),
    ];
    let projects: BTreeMap<&str, Project> =
        ["kcu116", "kcu105", "kc705", "nitefury2"].map(|name| (name, Project::new(&board(name)))).into();
    for (name, flow, file, from, to, sentence) in mistakes {
        let project = &projects[name];
        let before = project.read(file);
        project.replace(file, from, to);
        let run = project.run("build.tcl", &[flow], &[]);
        assert!(!run.status.success() && said(&run).contains(sentence), "{name} {file}: {from} -> {to}: {}", said(&run));
        std::fs::write(project.path(file), before).expect("a file");
    }
    // and nothing is left of them
    for project in projects.values() {
        let run = project.run("build.tcl", &["nonproject"], &[]);
        assert!(accepted(&run), "{}", said(&run));
    }
}

/// Pages, maps and the core file of a project.
#[test]
fn the_files_beside_the_verilog() {
    let board = board("nitefury2");
    let files: BTreeMap<String, String> = project::files(&board, &small(), &board.file.target).expect("a project").into_iter().collect();
    assert_eq!(files, project::files(&board, &small(), &board.file.target).expect("a project").into_iter().collect(), "the same bytes");

    let manifest: project::Manifest = serde_json::from_str(&files["manifest.json"]).expect("a manifest");
    assert_eq!(manifest.files.len(), files.len() - 1);
    for (name, sum) in &manifest.files {
        assert_eq!(*sum, project::hash(files[name].as_bytes()), "{name}");
    }
    assert_eq!(serde_json::from_value::<EngineConfig>(manifest.engine).expect("an engine"), small());
    assert_eq!(serde_json::from_str::<EngineConfig>(&files["engine.json"]).expect("an engine"), small());

    // the core names the engine's modules and no others, each of which is there
    let core: Vec<&str> = files["ember.core"].lines().filter_map(|line| line.strip_prefix("      - ")).collect();
    assert!(core.contains(&"rtl/ember_engine.v") && !core.contains(&"rtl/ember_shell.v"), "{core:?}");
    for name in core {
        assert!(files.contains_key(name), "{name}");
    }
    // which has a snapshot of its own
    let (crossings, fixed) = files["constraints/timing.xdc"].split_once("\n# Static registers").expect("both parts");
    assert!(crossings.ends_with(&hdl::shell::constraints(&hdl::shell::crossings())));
    for line in ["set_multicycle_path 2 -setup -from", "set_multicycle_path 1 -hold -from"] {
        assert_eq!(fixed.matches(line).count(), project::STATIC_REGISTERS.len(), "{line}");
    }
    assert!(files["ember.h"].ends_with(&contract::c_header()));
    assert_eq!(manifest.registers, contract::registers::json(&small()));
    for (part, json) in manifest.interface.as_object().expect("an object") {
        assert_eq!(json, &contract::json(&small())[part], "{part}");
    }
    // the weights begin at 0, and a word of 2 * columns bytes is columns / 4 beats
    let memories: serde_json::Value = serde_json::from_str(&files["memories.json"]).expect("JSON");
    let weights = memories["sections"].as_array().expect("a list").iter().find(|s| s["kind"] == "weights").expect("a section");
    assert_eq!(weights["beats"], small().weight_words * small().columns / 4);
    assert!(files["README.md"].contains("hdl generate --board nitefury2"));
    // a module that a block design refers to has to be plain Verilog
    assert!(!files["rtl/ember_shell.v"].contains("'("), "a size cast in ember_shell.v");
}

/// Licence and generator at the head of every text that can have comments; JSON cannot, and its manifest says both.
#[test]
fn every_text_names_its_licence_and_its_generator() {
    let board = board("nitefury2");
    let files = project::files(&board, &small(), &board.file.target).expect("a project");
    let texts: Vec<_> = files.iter().filter(|(name, _)| !name.starts_with("rtl/") && !name.ends_with(".json")).collect();
    assert_eq!(texts.len(), 11, "tcl, xdc, Makefile, C, FuseSoC, pages");
    let generator = format!("Generated by Ember {} (hdl generate).", env!("CARGO_PKG_VERSION"));
    for (name, text) in texts {
        let head: Vec<&str> = text.lines().take(3).collect();
        assert!(head.iter().any(|line| line.contains("SPDX-License-Identifier: MIT OR Apache-2.0")), "{name}: {head:?}");
        assert!(head.iter().any(|line| line.contains(&generator)), "{name}: {head:?}");
    }
}

#[test]
fn an_engine_that_is_too_large_is_refused_by_resource_and_excess() {
    let board = board("nitefury2");
    let error = project::files(&board, &EngineConfig { columns: 16, ..small() }, &board.file.target).expect_err("too large").to_string();
    assert_eq!(error, "16 columns with these memories do not fit xc7a200tfbg484-2: DSP48: the engine takes 1360 of 740, 620 too many");
}

/// The engine of every board in its full size, with the shell; boards that have the same Verilog are linted once.
#[test]
fn no_lint_warning_in_the_verilog_of_any_board() {
    let mut linted: Vec<Vec<project::File>> = vec![];
    for board in boards() {
        let config = board.file.config().expect("an engine");
        let files = project::files(&board, &config, &board.file.target).expect("a project that fits");
        let rtl: Vec<project::File> = files.into_iter().filter(|file| file.0.starts_with("rtl/")).collect();
        if linted.contains(&rtl) {
            continue;
        }
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut lint = Command::new("verilator");
        lint.args(["--lint-only", "-Wall", "--top-module", "ember_shell"]).current_dir(dir.path());
        std::fs::create_dir(dir.path().join("rtl")).expect("a folder");
        for (name, text) in &rtl {
            std::fs::write(dir.path().join(name), text).expect("a file");
            lint.arg(name);
        }
        let run = lint
            .output()
            .unwrap_or_else(|e| panic!("verilator does not run ({e}); install 5.006 or newer (Debian: apt-get install verilator)"));
        assert!(run.status.success() && run.stderr.is_empty(), "{}: {}", board.name, said(&run));
        linted.push(rtl);
    }
    assert!(linted.len() >= 5, "7 series of two sizes, UltraScale, UltraScale+ with two streams");
}

/// One project as it was last looked at.
#[test]
fn snapshots_of_a_small_project() {
    let board = board("nitefury2");
    let files: BTreeMap<String, String> = project::files(&board, &small(), &board.file.target).expect("a project").into_iter().collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        let build = &files["build.tcl"];
        let shared = build.find("# ---- What follows").expect("the part that all boards share");
        insta::assert_snapshot!("board_build_tcl", &build[..shared]);
        insta::assert_snapshot!("board_lanes_tcl", &files["constraints/lanes.tcl"]);
        insta::assert_snapshot!("board_memories_md", &files["memories.md"]);
        insta::assert_snapshot!("board_core", &files["ember.core"]);
        let mut manifest: project::Manifest = serde_json::from_str(&files["manifest.json"]).expect("a manifest");
        // every change of a module changes a sum: the names are what is looked at
        manifest.files.values_mut().for_each(|sum| *sum = "...".into());
        insta::assert_snapshot!("board_manifest", serde_json::to_string_pretty(&manifest).expect("JSON"));
    });
}
