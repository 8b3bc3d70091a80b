//! Blocks whose Verilog is written by hand: memories, delay lines, flip-flops with attributes.

use rust_hdl_core::ast::Verilog;
use serde::{Deserialize, Serialize};

/// A module's text with its parameters, in the place where rust-hdl carries one string.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Leaf {
    /// The struct, for its documentation.
    pub block: String,
    /// The module.
    pub name: String,
    /// One sentence that holds for every value of the parameters.
    pub what: String,
    /// In the order of the text.
    pub parameters: Vec<Parameter>,
    /// Ports whose width is a parameter: (port, parameter).
    pub widths: Vec<(String, String)>,
    /// What stands between the ports and `endmodule`, not indented.
    pub body: String,
}

/// A number that instances may choose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// In capitals.
    pub name: String,
    /// What this instance has.
    pub value: usize,
    /// What it is, with its unit.
    pub doc: String,
}

impl Parameter {
    /// A parameter.
    pub fn new(name: &str, value: usize, doc: &str) -> Self {
        Self { name: name.into(), value, doc: doc.into() }
    }
}

impl Leaf {
    /// For the block's `hdl`.
    ///
    /// # Panics
    /// Never: text and numbers become JSON.
    pub fn verilog(&self) -> Verilog {
        Verilog::Custom(serde_json::to_string(self).expect("text and numbers become JSON"))
    }

    /// What [`Leaf::verilog`] wrote; `None` for another text (the stock flip-flop's).
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}
