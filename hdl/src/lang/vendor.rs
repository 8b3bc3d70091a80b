//! Instances of vendors' primitives in leaves: one text for simulation and for synthesis.
//!
//! Synthesis (Yosys and Vivado define `SYNTHESIS`) sees the primitive, everything else a description of the registers that
//! are in use, written from the vendor's guide. `hdl/tests/dsp48_models.rs` holds one against the other.

/// A primitive with all of its parameters and ports.
#[derive(Clone, Debug, Default)]
pub struct Instance {
    /// Its module.
    pub cell: &'static str,
    /// Name and value in Verilog, all that the primitive has.
    pub parameters: Vec<(&'static str, String)>,
    /// Name and what is connected; an empty text leaves an output open.
    pub ports: Vec<(&'static str, String)>,
}

impl Instance {
    /// The instance `name`.
    pub fn verilog(&self, name: &str) -> String {
        let list = |pairs: &[(&str, String)]| pairs.iter().map(|(key, value)| format!("  .{key}({value})")).collect::<Vec<_>>().join(",\n");
        format!("{} #(\n{}\n) {name} (\n{}\n);\n", self.cell, list(&self.parameters), list(&self.ports))
    }

    /// A leaf's body: `shared` stands before both forms, `behaviour` is what is simulated.
    pub fn body(&self, name: &str, shared: &str, behaviour: &str) -> String {
        format!("{shared}\n`ifdef SYNTHESIS\n{}`else\n{behaviour}`endif\n", self.verilog(name))
    }
}
