//! `build.tcl`, `program.tcl` and `constraints/lanes.tcl`: a board's variables, then the Tcl that all boards share.

use crate::board::file::{BoardFile, Family};
use crate::board::find::BoardDescription;
use crate::header;
use std::fmt::Write;

const BUILD: &str = include_str!("build.tcl");
const PROGRAM: &str = include_str!("program.tcl");

/// `build.tcl`; `modules` are the Verilog files, children before parents.
/// `cycles` are those of a frame.
pub fn build(board: &BoardDescription, modules: &[&str], cycles: u64) -> String {
    let file = &board.file;
    let mut text = format!(
        "{}# Builds the bitstream of {}; the source is board.toml.\n\
         #   vivado -mode batch -source build.tcl -tclargs nonproject    in memory, without a project to open later\n\
         #   vivado -mode batch -source build.tcl -tclargs project       with a project, build/design/ember_board.xpr\n\
         # With --auto-clock after either, a build that misses its clock is done again at the next lower one, until it is met.\n\
         # The environment variable JOBS says how many jobs a project run starts at once.\n\n",
        header::lines("#"),
        file.title
    );
    let mut set = |name: &str, value: &str| text += &format!("set {name:<15} {value}\n");
    set("part", &file.part.name);
    set("family", file.part.family.name());
    set("stream_mhz", &file.pcie.stream_mhz.to_string());
    set("engine_mhz", &file.clock.engine_mhz.to_string());
    set("frame_cycles", &cycles.to_string());
    set("busy", &quoted(file.outputs.busy.as_deref().unwrap_or_default()));
    set("low", &list(&file.outputs.low));
    set("lane_sites", &list(&file.pcie.lane_sites));
    set("flash_interface", &quoted(file.flash.as_ref().map_or("", |flash| flash.interface.name())));
    set("flash_mebibytes", &quoted(&file.flash.as_ref().map_or(String::new(), |flash| flash.mebibytes.to_string())));
    text += "\n# XDMA (PG195). The link, then what differs from the IP's defaults.\n";
    text += &properties("xdma_link", &link(file));
    text += &properties("xdma_properties", &xdma(file));
    text += "\n# Modules, children before parents.\nset rtl {\n";
    for module in modules {
        writeln!(text, "    {module}").expect("text");
    }
    text + "}\n" + BUILD
}

fn link(file: &BoardFile) -> Vec<(&'static str, String)> {
    let speed = match file.pcie.generation {
        1 => "2.5_GT/s",
        2 => "5.0_GT/s",
        _ => "8.0_GT/s",
    };
    let mut all = vec![("mode_selection", "Advanced".into())];
    if let Some(block) = &file.xdma.pcie_block {
        all.push(("pcie_blk_locn", block.clone()));
    }
    if let Some(quad) = &file.xdma.quad {
        all.push(("en_gt_selection", "true".into()));
        all.push(("select_quad", quad.clone()));
    }
    all.push(("pl_link_cap_max_link_width", format!("X{}", file.pcie.lanes)));
    all.push(("pl_link_cap_max_link_speed", speed.into()));
    all
}

fn xdma(file: &BoardFile) -> Vec<(&'static str, String)> {
    vec![
        ("axi_data_width", format!("{}_bit", file.pcie.stream_bits)),
        ("axisten_freq", file.pcie.stream_mhz.to_string()),
        ("ref_clk_freq", "100_MHz".into()),
        ("xdma_axi_intf_mm", "AXI_Stream".into()),
        ("xdma_rnum_chnl", "1".into()),
        ("xdma_wnum_chnl", "1".into()),
        ("axilite_master_en", "true".into()),
        ("axilite_master_size", "64".into()),
        ("axilite_master_scale", "Kilobytes".into()),
        ("pciebar2axibar_axil_master", "0x00000000".into()),
        ("xdma_axilite_slave", "false".into()),
        ("xdma_num_usr_irq", "1".into()),
        ("cfg_mgmt_if", "false".into()),
        ("pf0_device_id", file.xdma.device_id.to_uppercase()),
    ]
}

fn properties(name: &str, all: &[(&str, String)]) -> String {
    let lines: String = all.iter().map(|(property, value)| format!("    CONFIG.{property} {value}\n")).collect();
    format!("set {name} {{\n{lines}}}\n")
}

/// `program.tcl`.
pub fn program(board: &BoardDescription) -> String {
    let flash = board.file.flash.as_ref();
    format!(
        "{}# Gives the bitstream to {}, over JTAG.\n\
         #   vivado -mode batch -source program.tcl -tclargs jtag     until the power goes\n\
         #   vivado -mode batch -source program.tcl -tclargs flash    for every start\n\n\
         set jtag_name       {}\nset flash_part      {}\nset flash_interface {}\n{PROGRAM}",
        header::lines("#"),
        board.file.title,
        jtag_name(&board.file),
        quoted(flash.map_or("", |flash| &flash.part)),
        quoted(flash.map_or("", |flash| flash.interface.name())),
    )
}

/// How the device begins its name on a JTAG chain: the part without package and grade.
pub fn jtag_name(file: &BoardFile) -> &str {
    let device = file.part.name.split('-').next().unwrap_or_default();
    match (file.part.family, device.find('t')) {
        // xc7a200tfbg484: the package follows without a dash
        (Family::Series7, Some(t)) => &device[..=t],
        _ => device,
    }
}

/// `constraints/lanes.tcl`, for a design that is open after synthesis.
pub fn lanes(board: &BoardDescription) -> String {
    let sites = &board.file.pcie.lane_sites;
    let kind = sites.first().map_or("gtp", |site| if site.starts_with("GTX") { "gtx" } else { "gtp" });
    format!(
        "{}# PCIe lanes of {}: the board has them in another order than the IP places them.\n\
         # Run after synthesis and before placement; the IP's places must go first, for two lanes may change theirs.\n\n\
         set sites {}\n\
         set lanes {{}}\n\
         foreach lane {} {{\n\
         \x20   set cell [get_cells -hierarchical -filter \"NAME =~ */pipe_lane\\[$lane\\].gt_wrapper_i/{kind}_channel.{kind}e2_channel_i\"]\n\
         \x20   if {{[llength $cell] != 1}} {{\n\
         \x20       error \"PCIe lane $lane has no transceiver in the netlist; the XDMA of this Vivado names it otherwise\"\n\
         \x20   }}\n\
         \x20   lappend lanes $cell\n\
         \x20   reset_property LOC $cell\n\
         }}\n\
         foreach cell $lanes site $sites {{\n\
         \x20   set_property LOC $site $cell\n\
         }}\n",
        header::lines("#"),
        board.file.title,
        list(sites),
        list(&(0..sites.len()).map(|lane| lane.to_string()).collect::<Vec<_>>()),
    )
}

/// A Tcl word; an empty one needs quotes.
fn quoted(word: &str) -> String {
    if word.is_empty() {
        "\"\"".into()
    } else {
        word.into()
    }
}

/// A Tcl list of plain words.
fn list(words: &[String]) -> String {
    format!("{{{}}}", words.join(" "))
}
