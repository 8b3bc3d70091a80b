//! What is synthesised: Verilog for a family.

use crate::board::file::Family;

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
    pub fn script(&self) -> String {
        let mut script = String::new();
        for (name, _) in &self.files {
            script += &format!("read_verilog {name}\n");
        }
        let (top, family) = (&self.top, self.family.yosys());
        let uram = if self.ultra_ram { " -uram" } else { "" };
        script += &format!(
            "hierarchy -check -top {top}\n\
             proc\n\
             tee -q -o elaborated.txt check\n\
             synth_xilinx -family {family} -top {top} -noiopad -noclkbuf{uram}\n\
             tee -q -o mapped.txt check\n\
             attrmap -remove src\n\
             attrmap -modattr -remove src\n\
             write_json netlist.json\n"
        );
        script
    }
}
