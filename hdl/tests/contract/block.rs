//! A block as its generated Verilog, its ports by their names.

use hdl::lang::emit::emit;
use hdl::lang::prelude::*;
use rust_hdl_core::atom::{Atom, AtomKind};
use rust_hdl_core::prelude::Probe;
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
        let ports = Self::ports_of(block);
        let files = modules.into_iter().map(|module| (format!("{}.v", module.name), module.text));
        let listed = ports.iter().map(|port| (port.0.as_str(), port.1, port.2));
        let verilog = Cosim::build(&top, files, listed).unwrap_or_else(|error| panic!("{top}: {error}"));
        let mut module = Self { verilog, ports };
        module.settle();
        module
    }

    /// Every port of a block: name, width, whether it is an output.
    pub fn ports_of<B: Block>(block: &B) -> Vec<(String, u32, bool)> {
        let mut ports = Ports::default();
        block.accept("top", &mut ports);
        ports.found
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

/// Reads the ports of a block itself.
#[derive(Default)]
struct Ports {
    depth: usize,
    bundles: Vec<String>,
    found: Vec<(String, u32, bool)>,
}

impl Probe for Ports {
    fn visit_start_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth += 1;
    }
    fn visit_end_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth -= 1;
    }
    fn visit_start_namespace(&mut self, name: &str, _: &dyn Block) {
        self.bundles.push(name.into());
    }
    fn visit_end_namespace(&mut self, _: &str, _: &dyn Block) {
        self.bundles.pop();
    }
    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        if self.depth == 1 && atom.kind().is_parameter() {
            let path: Vec<&str> = self.bundles.iter().map(String::as_str).chain([name]).collect();
            // Verilog has neither arrays of ports nor bundles: all are parts of a name
            let name = path.join("_").replace("::", "_").replace('$', "_");
            self.found.push((name, atom.bits() as u32, atom.kind() == AtomKind::OutputParameter));
        }
    }
}
