//! Memories with a depth chosen when the Verilog is generated.

use super::leaf::Leaf;
use super::store::{Read, Store};
use crate::target::MemoryStyle;
use rust_hdl_core::prelude::*;

/// Address width of every memory port; memories read only the bits that their depth needs.
pub const ADDRESS: usize = 20;

/// One write port and one read port, both clocked; a read returns the content before a write of
/// the same cycle. Reading costs one cycle, two with an output register, or three with a further one behind the
/// choice between the arrays into which the memory is cut.
///
/// Ports: `write_enable`, `write_address` (20 bits, below the depth), `write_data`;
/// `read_address` (20 bits, below the depth), `read_data` (of the address one to three cycles before).
#[derive(LogicBlock, Default)]
pub struct Ram<const W: usize> {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Write `write_data` to `write_address` at the next edge.
    pub write_enable: Signal<In, Bit>,
    /// Word to write, below the depth; with `write_enable`.
    pub write_address: Signal<In, Bits<20>>,
    /// With `write_enable`: the word.
    pub write_data: Signal<In, Bits<W>>,
    /// Word to read, below the depth.
    pub read_address: Signal<In, Bits<20>>,
    /// The word of `read_address` one cycle before, or two or three with registers.
    pub read_data: Signal<Out, Bits<W>>,
    _depth: usize,
    _read: Read,
    _style: MemoryStyle,
    _content: Vec<Bits<W>>,
    /// Words on their way out, the newest first.
    _pending: [Bits<W>; 2],
}

impl<const W: usize> Ram<W> {
    /// A memory of `depth` words, read in one cycle.
    pub fn new(depth: usize) -> Self {
        Self::build(depth, Read::Latched)
    }

    /// A memory of `depth` words with an output register, read in two cycles.
    pub fn registered(depth: usize) -> Self {
        Self::build(depth, Read::Registered)
    }

    /// A memory of `depth` words, read in three cycles: for one that is cut into several arrays.
    pub fn chosen(depth: usize) -> Self {
        Self::build(depth, Read::Chosen)
    }

    /// The same memory in `style`: the same bits in the same cycles.
    pub fn in_style(mut self, style: MemoryStyle) -> Self {
        self._style = style;
        self
    }

    fn build(depth: usize, read: Read) -> Self {
        assert!((2..=1 << ADDRESS).contains(&depth), "a memory of {depth} words");
        Self { _depth: depth, _read: read, _style: MemoryStyle::Auto, _content: vec![Bits::<W>::default(); depth], ..Default::default() }
    }
}

impl<const W: usize> Logic for Ram<W> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let read = self.read_address.val().to_u64() as usize;
            let word = self._content.get(read).copied().unwrap_or_default();
            self.read_data.next = [word, self._pending[0], self._pending[1]][self._read.cycles() - 1];
            self._pending = [word, self._pending[0]];
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
        let (kind, cycles) = self._read.texts();
        let store = Store {
            name: "content".into(),
            width: W,
            depth: self._depth,
            style: self._style,
            write_enable: "write_enable".into(),
            write_address: "write_address".into(),
            write_data: "write_data".into(),
            read_address: "read_address".into(),
            read: self._read,
            word: "word".into(),
        };
        let memory = store.verilog();
        let mut body = store.head() + &memory.declarations;
        body += &format!("{}assign read_data = word;\n\nalways @(posedge clock) begin\n{}end\n", memory.assigns, memory.clocked);
        body += &store.unused_address(&["write_address".into(), "read_address".into()]);
        let leaf = Leaf {
            block: "Ram".into(),
            name: format!("ember_ram_{W}{kind}{}", store.suffix()),
            what: format!("Memory of {} words of {W} bits, one write and one read port, read in {cycles}.", store.depth_text()),
            parameters: store.parameters(),
            widths: vec![],
            body,
        };
        leaf.verilog()
    }
}
