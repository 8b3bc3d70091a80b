//! What is synthesised: Verilog for a family, in one of two forms.

use super::short_ports;
use super::tool::Yosys;
use crate::board::file::Family;

/// Picoseconds of a wire in mapping by delay. Wires of routed worst paths are 0.3 to 0.9 ns long (docs/clock.md); with less, a block
/// RAM without output register, which Yosys takes every one for, leaves room for a level more everywhere else.
const WIRE: u32 = 700;

/// How a design is synthesised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Modules apart, each once: minutes for a board. What each takes is exact; paths end at their borders.
    #[default]
    Modules,
    /// Flattened and mapped by delay (abc9): tens of minutes for a board.
    Flat,
}

/// Verilog and what it is to become.
#[derive(Clone, Debug)]
pub struct Design {
    /// File names and texts.
    pub files: Vec<(String, String)>,
    /// Top module.
    pub top: String,
    /// Family of the part.
    pub family: Family,
    /// Whether memories may become UltraRAM (parts that have it).
    pub ultra_ram: bool,
}

impl Design {
    /// The commands that Yosys runs on `FILES...` in its own folder; they leave the outputs of [`super::run`] there.
    ///
    /// Pads and clock buffers are left out: the top is not the chip's. The first `check` sees the design as it was
    /// written, where two drivers of a net are still two.
    pub fn script(&self, form: Form, yosys: &Yosys) -> String {
        // the vendor's primitives that we instantiate, as black boxes: what is elaborated is checked before mapping reads them
        let mut script = String::from("read_verilog -lib +/xilinx/cells_sim.v +/xilinx/cells_xtra.v\n");
        for (name, _) in &self.files {
            script += &format!("read_verilog {name}\n");
        }
        let (top, family) = (&self.top, self.family.yosys());
        let uram = if self.ultra_ram { " -uram" } else { "" };
        let form = if form == Form::Flat { " -flatten -abc9" } else { "" };
        let synth = format!("synth_xilinx -family {family} -top {top} -noiopad -noclkbuf{uram}{form}");
        let synth = match !form.is_empty() && yosys.has_short_ports() {
            true => format!("{synth} -run begin:map_luts\n{}{synth} -run map_luts:", short_ports::script()),
            false => synth,
        };
        // a stated wire between look-up tables: with the 0.3 ns of its own, abc9 finds long ways short beside the clock to output of a
        // shift register, and leaves levels that it could spare
        let wire = if form.is_empty() { String::new() } else { format!("scratchpad -set synth_xilinx.abc9.W {WIRE}\n") };
        script += &format!(
            "hierarchy -check -top {top}\n\
             proc\n\
             tee -q -o elaborated.txt check\n\
             {wire}{synth}\n\
             tee -q -o mapped.txt check\n\
             tee -q attrmap -remove src\n\
             tee -q attrmap -modattr -remove src\n\
             write_json netlist.json\n"
        );
        script
    }
}
