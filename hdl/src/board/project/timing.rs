//! `constraints/timing.xdc`: the clock crossings of the shell, and what is static while a layer runs.

/// Registers whose value is first used in the second cycle after it changes, or later; paths are below `ember_shell`. `[[static]]` of
/// `hdl/timing.toml` lists them, and nets that hang on them, for `hdl report`; the test `static_fields` shows that
/// nothing looks at them earlier.
pub const STATIC_REGISTERS: [&str; 4] = [
    "u_engine/u_sequencer/descriptor_0",
    "u_engine/u_sequencer/descriptor_1",
    "u_engine/u_sequencer/descriptor_2",
    "u_engine/u_sequencer/descriptor_3",
];

const HEAD: &str = "
# Static registers: what starts at them has two cycles.

# fields of a layer's descriptor: they change two cycles before the layer starts, and hold until its trace is sent
";

/// The text; paths are below `ember_shell`.
pub fn text() -> String {
    let mut text = crate::header::lines("#") + &crate::shell::constraints(&crate::shell::crossings()) + HEAD;
    for register in STATIC_REGISTERS {
        let from = format!("-from [get_cells {{{register}_reg*}}]");
        text += &format!("set_multicycle_path 2 -setup {from}\nset_multicycle_path 1 -hold {from}\n");
    }
    text
}
