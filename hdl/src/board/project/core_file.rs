//! `ember.core`: the engine without our shell, for FuseSoC (CAPI2).

/// The text; `modules` are the engine's Verilog files, children before parents.
pub fn text(modules: &[String]) -> String {
    let files: String = modules.iter().map(|name| format!("      - rtl/{name}\n")).collect();
    let header = crate::header::lines("#");
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "CAPI=2:\n\
         {header}# The engine alone, with AXI4-Stream and AXI4-Lite ports at one clock; docs/interface.md describes them.\n\
         #   fusesoc --cores-root . run --target lint ember:ember:engine\n\
         name: ember:ember:engine:{version}\n\
         description: SqueezeNet in eight-bit integers, AXI4-Stream in and out\n\
         \n\
         filesets:\n\
         \x20 rtl:\n\
         \x20   files:\n\
         {files}\
         \x20   file_type: verilogSource\n\
         \n\
         targets:\n\
         \x20 default: &default\n\
         \x20   filesets: [rtl]\n\
         \x20   toplevel: ember_engine\n\
         \n\
         \x20 lint:\n\
         \x20   <<: *default\n\
         \x20   default_tool: verilator\n\
         \x20   tools:\n\
         \x20     verilator:\n\
         \x20       mode: lint-only\n\
         \x20       verilator_options: [-Wall]\n"
    )
}
