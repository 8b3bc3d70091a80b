//! The memory of an asynchronous FIFO.

use crate::lang::leaf::Leaf;
use rust_hdl_core::prelude::*;

/// `2^(P - 1)` words of `W` bits, written at one clock and read at another; reading costs one edge of
/// `read_clock`, at which `word` takes what `read_address` holds.
///
/// Whoever reads knows that the word was written some time ago: nothing is promised about a word that is
/// written while it is read. LUT RAM, because these memories are shallow; the way from a cell to `word` crosses the
/// clocks and has a constraint.
#[derive(LogicBlock, Default)]
pub struct DualClockRam<const W: usize, const P: usize> {
    /// Clock of the writes.
    pub write_clock: Signal<In, Clock>,
    /// Write `write_data` at the next edge of `write_clock`.
    pub write_enable: Signal<In, Bit>,
    /// With `write_enable`: the pointer; its top bit is no part of the address.
    pub write_address: Signal<In, Bits<P>>,
    /// With `write_enable`: the word.
    pub write_data: Signal<In, Bits<W>>,
    /// Clock of the reads.
    pub read_clock: Signal<In, Clock>,
    /// Read at the next edge of `read_clock`.
    pub read_enable: Signal<In, Bit>,
    /// With `read_enable`: the pointer; its top bit is no part of the address.
    pub read_address: Signal<In, Bits<P>>,
    /// The word read last; holds while `read_enable` is low.
    pub word: Signal<Out, Bits<W>>,
    /// As far as written; 0 above.
    _content: Vec<Bits<W>>,
}

impl<const W: usize, const P: usize> DualClockRam<W, P> {
    fn index(address: Bits<P>) -> usize {
        address.to_u64() as usize % (1 << (P - 1))
    }
}

impl<const W: usize, const P: usize> Logic for DualClockRam<W, P> {
    fn update(&mut self) {
        if self.read_clock.pos_edge() && self.read_enable.val() {
            self.word.next = self._content.get(Self::index(self.read_address.val())).copied().unwrap_or_default();
        }
        if self.write_clock.pos_edge() && self.write_enable.val() {
            let index = Self::index(self.write_address.val());
            self._content.resize(self._content.len().max(index + 1), Bits::default());
            self._content[index] = self.write_data.val();
        }
    }

    fn connect(&mut self) {
        self.word.connect();
    }

    fn hdl(&self) -> Verilog {
        let depth = 1usize << (P - 1);
        let (top, last, address, spare) = (W - 1, depth - 1, P - 2, P - 1);
        let body = format!(
            "(* ram_style = \"distributed\" *) reg [{top}:0] content [0:{last}];\n\
             reg [{top}:0] read_word = {W}'d0;\n\
             assign word = read_word;\n\n\
             always @(posedge write_clock) if (write_enable) content[write_address[{address}:0]] <= write_data;\n\n\
             always @(posedge read_clock) if (read_enable) read_word <= content[read_address[{address}:0]];\n\n\
             wire unused_address = &{{1'b0, write_address[{spare}], read_address[{spare}]}};\n"
        );
        let name = format!("ember_dual_clock_ram_{W}x{depth}");
        let what = format!("{depth} words of {W} bits, written at one clock and read at another in one cycle.");
        Leaf { block: "DualClockRam".into(), name, what, body, ..Default::default() }.verilog()
    }
}
