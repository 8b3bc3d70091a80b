//! Place and route of a flattened 7 series netlist with nextpnr's himbaechel: its options, and its report read back.
//!
//! The block stands alone: its ports are taken out of the netlist (himbaechel's Xilinx part wants a pad for each), so nothing
//! drives its inputs, its outputs go nowhere, and its clocks are ideal nets without a source, which is what a path between two
//! registers asks for. `--freq` is what all of them are to reach; there is no XDC, since its `create_clock` would say no more.

use super::classes::class;
use super::error::{file, Error};
use super::netlist::without_ports;
use super::run::{Stage, Synthesis, Synthesiser};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// nextpnr, and what it is to do.
#[derive(Clone, Debug)]
pub struct Router {
    program: PathBuf,
    chip_database: PathBuf,
    placement: Placement,
}

/// How nextpnr is to place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Placement {
    /// Its placer.
    pub placer: Placer,
    /// What it begins with: another seed gives another placement.
    pub seed: u32,
}

/// A placer of nextpnr's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Placer {
    /// Its own choice: solves for the shortest wires, and makes it legal, in turns
    #[default]
    Heap,
    /// Spreads cells like charges: better where a block fills much of the part
    Static,
}

/// What came of place and route.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Routed {
    /// The part.
    pub device: String,
    /// Clocks by name, the slowest first.
    pub clocks: Vec<RoutedClock>,
    /// The longest critical path between two edges of one clock.
    pub path: Option<RoutedPath>,
    /// Cells by kind: used and available.
    pub utilization: BTreeMap<String, (u64, u64)>,
}

/// A clock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoutedClock {
    /// Its net.
    pub net: String,
    /// MHz that it reaches.
    pub achieved: f64,
    /// MHz that it was asked for.
    pub asked: f64,
}

/// A critical path.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoutedPath {
    /// Edge at its start.
    pub from: String,
    /// Edge at its end.
    pub to: String,
    /// ns in cells: clock to output, logic, setup.
    pub logic: f64,
    /// ns in wires.
    pub wires: f64,
    /// Its parts, in order.
    pub segments: Vec<RoutedSegment>,
    /// ns by instance: the nets and cells of each.
    pub modules: Vec<(String, f64)>,
}

/// A part of a critical path.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoutedSegment {
    /// `clk-to-q`, `source`, `logic`, `routing` or `setup`.
    pub kind: String,
    /// ns.
    pub delay: f64,
    /// The cell that drives, and its pin.
    pub from: String,
    /// The cell that is driven, and its pin.
    pub to: String,
    /// The net, of routing.
    pub net: Option<String>,
}

impl Router {
    /// The one named, else those of `NEXTPNR` and `NEXTPNR_CHIPDB`, else `nextpnr-himbaechel` on the search path.
    ///
    /// # Errors
    /// [`Error::NoRouter`] says what is missing and where it comes from.
    pub fn find(program: Option<PathBuf>, chip_database: Option<PathBuf>, placement: Placement) -> Result<Self, Error> {
        let variable = |name| std::env::var_os(name).filter(|v: &OsString| !v.is_empty()).map(PathBuf::from);
        let program = program.or_else(|| variable("NEXTPNR")).unwrap_or_else(|| "nextpnr-himbaechel".into());
        if let Err(why) = Command::new(&program).arg("--version").output() {
            return Err(Error::NoRouter { what: format!("{} cannot be run: {why}", program.display()) });
        }
        let Some(chip_database) = chip_database.or_else(|| variable("NEXTPNR_CHIPDB")) else {
            return Err(Error::NoRouter { what: "no chip database is named".into() });
        };
        if !chip_database.is_file() {
            return Err(Error::NoRouter { what: format!("{} is no file", chip_database.display()) });
        }
        Ok(Self { program, chip_database, placement })
    }

    /// Its options, for the netlist `netlist.json` in the folder that it runs in.
    pub fn options(&self, device: &str, top: &str, mhz: f64) -> Vec<OsString> {
        let words = ["--device", device, "--chipdb"].map(OsString::from);
        let rest = [
            "--json",
            "netlist.json",
            "--top",
            top,
            "--freq",
            &format!("{mhz}"),
            // a clock that is missed is a result
            "--timing-allow-fail",
            "--placer",
            match self.placement.placer {
                Placer::Heap => "heap",
                Placer::Static => "static",
            },
            "--seed",
            &self.placement.seed.to_string(),
            "--router",
            "router2",
            "--report",
            "report.json",
        ]
        .map(OsString::from);
        words.into_iter().chain([self.chip_database.clone().into()]).chain(rest).collect()
    }

    /// Places and routes what `synthesis` is of, for `device`, a part's whole name.
    ///
    /// # Errors
    /// nextpnr fails or takes too long, Ctrl-C, a report that is not understood.
    pub fn run(
        &self,
        synthesiser: &Synthesiser,
        synthesis: &Synthesis,
        device: &str,
        mhz: f64,
        progress: &mut dyn FnMut(Stage),
    ) -> Result<Routed, Error> {
        let top = &synthesis.netlist.top;
        let folder = tempfile::tempdir().map_err(file("creating", std::env::temp_dir()))?;
        let text = fs::read_to_string(&synthesis.file).map_err(file("reading", &synthesis.file))?;
        let bare = without_ports(&text, top).map_err(|message| Error::Netlist {
            top: top.clone(),
            version: synthesiser.yosys().version().into(),
            message,
        })?;
        let netlist = folder.path().join("netlist.json");
        fs::write(&netlist, bare).map_err(file("writing", &netlist))?;
        let database = fs::canonicalize(&self.chip_database).map_err(file("reading", &self.chip_database))?;
        let router = Self { chip_database: database, ..self.clone() };
        let mut command = Command::new(&self.program);
        command.args(router.options(device, top, mhz)).current_dir(folder.path());
        let (status, said) = synthesiser.watched(command, &self.program, top, progress)?;
        if !status.success() {
            let said = said.error.unwrap_or(said.last);
            return Err(Error::Router { program: self.program.clone(), top: top.clone(), said: format!("{said} ({status})") });
        }
        let path = folder.path().join("report.json");
        let report = fs::read_to_string(&path).map_err(file("reading", &path))?;
        Routed::parse(&report, device).map_err(|message| Error::RouterReport { path, message })
    }
}

#[derive(Deserialize)]
struct Report {
    #[serde(default)]
    utilization: BTreeMap<String, Use>,
    fmax: BTreeMap<String, Fmax>,
    critical_paths: Vec<RawPath>,
}

#[derive(Deserialize)]
struct Use {
    available: u64,
    used: u64,
}

#[derive(Deserialize)]
struct Fmax {
    achieved: f64,
    constraint: f64,
}

#[derive(Deserialize)]
struct RawPath {
    from: String,
    to: String,
    path: Vec<RawSegment>,
}

#[derive(Deserialize)]
struct RawSegment {
    #[serde(rename = "type")]
    kind: String,
    delay: f64,
    from: Pin,
    to: Pin,
    net: Option<String>,
}

#[derive(Deserialize)]
struct Pin {
    cell: String,
    port: String,
}

impl Routed {
    /// Reads nextpnr's `--report`.
    ///
    /// # Errors
    /// A sentence on what is not as expected.
    pub fn parse(text: &str, device: &str) -> Result<Self, String> {
        let report: Report = serde_json::from_str(text).map_err(|e| e.to_string())?;
        // a release that ties a pin without a source to a constant does so with the clocks of DSPs too, and times nothing between
        // them and the rest: what is left looks faster than the block is
        if let Some(net) = report.fmax.keys().find(|net| net.starts_with("$PACKER")) {
            return Err(format!(
                "it has a clock `{net}`: this nextpnr joined clock pins to a constant, so paths between these cells and the others were \
                 not timed; use a build whose `pack_constants` leaves clock pins alone"
            ));
        }
        let mut clocks: Vec<RoutedClock> =
            report.fmax.into_iter().map(|(net, f)| RoutedClock { net, achieved: f.achieved, asked: f.constraint }).collect();
        clocks.sort_by(|a, b| a.achieved.total_cmp(&b.achieved));
        let within = report.critical_paths.into_iter().filter(|path| path.from == path.to && path.from != "<async>");
        let path = within.map(RoutedPath::new).max_by(|a, b| a.delay().total_cmp(&b.delay()));
        let utilization = report.utilization.into_iter().map(|(kind, u)| (kind, (u.used, u.available))).collect();
        Ok(Self { device: device.into(), clocks, path, utilization })
    }
}

impl RoutedPath {
    fn new(path: RawPath) -> Self {
        let mut found = Self { from: path.from, to: path.to, logic: 0.0, wires: 0.0, segments: vec![], modules: vec![] };
        // what has no name belongs to what comes before it
        let mut module = String::from("?");
        // a cell belongs to the net that it drives
        let nets: Vec<Option<String>> = path.path.iter().map(|segment| segment.net.as_deref().and_then(instance)).collect();
        let routed: Vec<bool> = path.path.iter().map(|segment| segment.kind == "routing").collect();
        for (i, RawSegment { kind, delay, from, to, net }) in path.path.into_iter().enumerate() {
            *(if kind == "routing" { &mut found.wires } else { &mut found.logic }) += delay;
            let named = match (i..routed.len()).find(|i| routed[*i]) {
                Some(next) => nets[next].clone(),
                None => instance(&to.cell),
            };
            module = named.unwrap_or(module);
            match found.modules.iter_mut().find(|(name, _)| *name == module) {
                Some((_, sum)) => *sum += delay,
                None => found.modules.push((module.clone(), delay)),
            }
            let pin = |pin: Pin| format!("{}.{}", pin.cell, pin.port);
            found.segments.push(RoutedSegment { kind, delay, from: pin(from), to: pin(to), net });
        }
        found
    }

    /// ns from edge to edge.
    pub fn delay(&self) -> f64 {
        self.logic + self.wires
    }
}

/// The instance that a net is of, without numbers; `None` for a net that has no name in the Verilog.
fn instance(net: &str) -> Option<String> {
    if net.contains('$') {
        return None;
    }
    Some(net.rsplit_once('.').map_or_else(|| "top".into(), |(instance, _)| class(instance)))
}

/// Whether nextpnr has such parts: 7 series.
pub fn is_device(part: &str) -> bool {
    ["xc7a", "xc7k", "xc7s", "xc7z"].iter().any(|start| part.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As nextpnr's `common/kernel/report.cc` writes it.
    const REPORT: &str = r#"{"critical_paths": [
        {"from": "posedge clock", "to": "posedge clock", "path": [
            {"delay": 0.3, "from": {"cell": "$auto$ff.cc:337:slice$5", "loc": [10, 20], "port": "CK"}, "to": {"cell": "$auto$ff.cc:337:slice$5", "loc": [10, 20], "port": "Q"}, "type": "clk-to-q"},
            {"delay": 1.2, "from": {"cell": "$auto$ff.cc:337:slice$5", "loc": [10, 20], "port": "Q"}, "net": "u_array.u_tail_3.product[4]", "sources": [], "to": {"cell": "l", "loc": [11, 20], "port": "A1"}, "type": "routing"},
            {"delay": 0.1, "from": {"cell": "l", "loc": [11, 20], "port": "A1"}, "to": {"cell": "l", "loc": [11, 20], "port": "O6"}, "type": "logic"},
            {"delay": 0.9, "from": {"cell": "l", "loc": [11, 20], "port": "O6"}, "net": "$abc$1$n5", "sources": [], "to": {"cell": "u_output.f", "loc": [12, 20], "port": "D"}, "type": "routing"},
            {"delay": 0.1, "from": {"cell": "u_output.f", "loc": [12, 20], "port": "D"}, "to": {"cell": "u_output.f", "loc": [12, 20], "port": "CK"}, "type": "setup"}]},
        {"from": "<async>", "to": "posedge clock", "path": []},
        {"from": "posedge clock", "to": "posedge clock", "path": []}],
        "fmax": {"clock": {"achieved": 384.6, "constraint": 200.0}, "stream": {"achieved": 300.0, "constraint": 200.0}},
        "utilization": {"SLICE_LUTX": {"available": 407600, "used": 1000}}}"#;

    #[test]
    fn a_report_is_read_and_a_path_summed_by_instance() {
        let routed = Routed::parse(REPORT, "xc7k325tffg900-2").expect("a report");
        assert_eq!((routed.clocks[0].net.as_str(), routed.clocks[1].achieved), ("stream", 384.6));
        assert_eq!(routed.utilization["SLICE_LUTX"], (1000, 407_600));
        let path = routed.path.expect("a path");
        assert!((path.logic - 0.5).abs() < 1e-9 && (path.wires - 2.1).abs() < 1e-9, "{path:?}");
        let modules: Vec<(&str, i64)> = path.modules.iter().map(|(name, ns)| (name.as_str(), (ns * 10.0).round() as i64)).collect();
        assert_eq!(modules, [("u_array.u_tail_#", 25), ("u_output", 1)]);
        assert_eq!(path.segments[1].net.as_deref(), Some("u_array.u_tail_3.product[4]"));
        assert!(Routed::parse("{}", "x").expect_err("no report").contains("fmax"));
        let constant = REPORT.replace("\"stream\": {", "\"$PACKER_GND_NET\": {");
        assert!(Routed::parse(&constant, "x").expect_err("paths that are not timed").contains("`$PACKER_GND_NET`"));
    }

    #[test]
    fn a_router_that_is_not_there_is_explained() {
        let said = Router::find(Some("/nowhere/nextpnr".into()), None, Placement::default()).expect_err("none").to_string();
        for part in ["/nowhere/nextpnr cannot be run", "https://github.com/YosysHQ/nextpnr", "prjxray-db", "NEXTPNR_CHIPDB", "--chipdb"] {
            assert!(said.contains(part), "{said} does not say {part}");
        }
        let said =
            Router::find(Some("true".into()), Some("/nowhere/chipdb.bin".into()), Placement::default()).expect_err("none").to_string();
        assert!(said.starts_with("/nowhere/chipdb.bin is no file"), "{said}");
    }

    #[test]
    fn the_options_are_those_of_a_block_alone() {
        let router = Router { program: "nextpnr-himbaechel".into(), chip_database: "/c.bin".into(), placement: Placement::default() };
        let words: Vec<String> =
            router.options("xc7k325tffg900-2", "ember_lane", 200.0).iter().map(|w| w.to_string_lossy().into()).collect();
        assert_eq!(
            words.join(" "),
            "--device xc7k325tffg900-2 --chipdb /c.bin --json netlist.json --top ember_lane --freq 200 --timing-allow-fail --placer heap --seed 0 --router router2 --report report.json"
        );
        assert!(is_device("xc7k325tffg900-2") && !is_device("xcku5p-ffvb676-2-e"));
    }
}
