//! Memories with a depth chosen when the Verilog is generated.

use rust_hdl_core::prelude::*;

/// Address width of every memory port; memories read only the bits that their depth needs.
pub const ADDRESS: usize = 20;

/// One write port and one read port, both clocked; a read returns the content before a write of
/// the same cycle. Reading costs one cycle, or two with an output register.
///
/// Ports: `write_enable`, `write_address` (20 bits, below the depth), `write_data`;
/// `read_address` (20 bits, below the depth), `read_data` (of the address one or two cycles before).
#[derive(LogicBlock)]
pub struct Ram<const W: usize> {
    pub clock: Signal<In, Clock>,
    pub write_enable: Signal<In, Bit>,
    pub write_address: Signal<In, Bits<20>>,
    pub write_data: Signal<In, Bits<W>>,
    pub read_address: Signal<In, Bits<20>>,
    pub read_data: Signal<Out, Bits<W>>,
    _depth: usize,
    _output_register: bool,
    _content: Vec<Bits<W>>,
    _pending: Bits<W>,
}

impl<const W: usize> Ram<W> {
    /// A memory of `depth` words, read in one cycle.
    pub fn new(depth: usize) -> Self {
        Self::build(depth, false)
    }

    /// A memory of `depth` words with an output register, read in two cycles.
    pub fn registered(depth: usize) -> Self {
        Self::build(depth, true)
    }

    fn build(depth: usize, output_register: bool) -> Self {
        assert!((2..=1 << ADDRESS).contains(&depth), "a memory of {depth} words");
        Self {
            clock: Default::default(),
            write_enable: Default::default(),
            write_address: Default::default(),
            write_data: Default::default(),
            read_address: Default::default(),
            read_data: Default::default(),
            _depth: depth,
            _output_register: output_register,
            _content: vec![Bits::<W>::default(); depth],
            _pending: Bits::<W>::default(),
        }
    }
}

impl<const W: usize> Default for Ram<W> {
    fn default() -> Self {
        Self::new(2)
    }
}

impl<const W: usize> Logic for Ram<W> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let read = self.read_address.val().to_u64() as usize;
            let word = self._content.get(read).copied().unwrap_or_default();
            self.read_data.next = if self._output_register { self._pending } else { word };
            self._pending = word;
            if self.write_enable.val() {
                let write = self.write_address.val().to_u64() as usize;
                if let Some(slot) = self._content.get_mut(write) {
                    *slot = self.write_data.val();
                }
            }
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        let depth = self._depth;
        let bits = usize::BITS as usize - (depth - 1).leading_zeros() as usize;
        let register = if self._output_register { "_registered" } else { "" };
        let cycles = if self._output_register { "two cycles" } else { "one cycle" };
        let mut text = format!(
            "// ember_ram_{W}x{depth}{register}: memory of {depth} words of {W} bits, one write and one read port, read in {cycles}.\n\
             reg [{}:0] content [0:{}];\n",
            W - 1,
            depth - 1
        );
        let output = if self._output_register { "pending" } else { "word" };
        text += &format!("reg [{}:0] word;\n", W - 1);
        if self._output_register {
            text += &format!("reg [{}:0] pending;\n", W - 1);
        }
        text += &format!("assign read_data = {output};\n\nalways @(posedge clock) begin\n");
        text += &format!("  if (write_enable) content[write_address[{}:0]] <= write_data;\n", bits - 1);
        text += &format!("  word <= content[read_address[{}:0]];\n", bits - 1);
        if self._output_register {
            text += "  pending <= word;\n";
        }
        text += "end\n";
        if bits < ADDRESS {
            text += &format!("\nwire unused_address = &{{1'b0, write_address[19:{bits}], read_address[19:{bits}]}};\n");
        }
        Verilog::Custom(text)
    }
}
