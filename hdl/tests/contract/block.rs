//! A block as its generated Verilog, its ports by their names.

use hdl::lang::emit::emit;
use hdl::lang::prelude::*;
use verilated_shim::cosim::Cosim;

pub struct Module {
    verilog: Cosim,
    /// Name, width, whether it is an output.
    ports: Vec<(String, u32, bool)>,
}

impl Module {
    pub fn new<B: Block>(block: &B) -> Self {
        let modules = emit(block);
        let top = modules.last().expect("a block gives a module").name.clone();
        let ports = crate::module::ports(block);
        let files = modules.into_iter().map(|module| (format!("{}.v", module.name), module.text));
        let listed = ports.iter().map(|port| (port.0.as_str(), port.1, port.2));
        let verilog = Cosim::build(&top, files, listed).unwrap_or_else(|error| panic!("{top}: {error}"));
        let mut module = Self { verilog, ports };
        module.settle();
        module
    }

    /// Bits of a port.
    pub fn width(&self, name: &str) -> u32 {
        self.ports.iter().find(|port| port.0 == name).unwrap_or_else(|| panic!("there is no port {name}")).1
    }

    pub fn set(&mut self, name: &str, value: u64) {
        self.verilog.poke(name, value);
    }

    /// [`Module::set`] of a wide input whose bytes are all `byte`.
    pub fn fill(&mut self, name: &str, byte: u8) {
        let words = vec![u32::from_le_bytes([byte; 4]); self.width(name) as usize / 32];
        self.verilog.poke_words(name, &words);
    }

    pub fn settle(&mut self) {
        self.verilog.eval();
    }

    /// One rising edge.
    pub fn clock(&mut self) {
        self.verilog.clock(1);
    }

    pub fn get(&mut self, name: &str) -> u64 {
        self.verilog.peek(name)
    }

    pub fn high(&mut self, name: &str) -> bool {
        self.get(name) != 0
    }

    /// The lowest byte of a wide output.
    pub fn low_byte(&mut self, name: &str) -> u8 {
        self.verilog.peek_words(name)[0] as u8
    }

    /// A pulse on `reset`.
    pub fn reset(&mut self) {
        self.set("reset", 1);
        self.clock();
        self.set("reset", 0);
        self.settle();
    }
}
