//! A memory whose rows are written in slices and read whole.

use super::leaf::Leaf;
use super::store::{Read, Store};
use crate::target::MemoryStyle;
use rust_hdl_core::prelude::*;

/// `slices` slices of `quads` times four bytes make a row; each slice has its own write port. Rows are read whole; the
/// address comes in copies, each for as many slices as there are to a copy, because no register reaches them all.
/// Reading costs three cycles and returns the content before a write of the same cycle.
///
/// Ports, slice s: `write_enable[s]`, `write_address[s]` (20 bits), `write_data[s * quads + q]`;
/// `read_address[i]`; `read_word[w]`: bytes 16 w to 16 w + 15 of the row of three cycles before.
#[derive(LogicBlock, Default)]
pub struct SlicedRam {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// One bit a slice: write the slice at the next edge.
    pub write_enable: Vec<Signal<In, Bit>>,
    /// One a slice: row to write, below the depth; with the slice's `write_enable`.
    pub write_address: Vec<Signal<In, Bits<20>>>,
    /// With the slice's `write_enable`: quad q of slice s at `write_data[s * quads + q]`.
    pub write_data: Vec<Signal<In, Bits<32>>>,
    /// Row to read, below the depth; all copies are the same.
    pub read_address: Vec<Signal<In, Bits<20>>>,
    /// The row of `read_address` three cycles before: bytes 16 w to 16 w + 15 at `read_word[w]`.
    pub read_word: Vec<Signal<Out, Bits<128>>>,
    _depth: usize,
    _quads: usize,
    _style: MemoryStyle,
    _content: Vec<Vec<u32>>,
    /// Rows on their way out, the newest first.
    _pending: [Vec<u32>; 2],
}

impl SlicedRam {
    /// `depth` rows of `slices` slices of `quads` quads; a row is a whole number of 16-byte words. The address comes in
    /// at most `copies` copies, one a slice.
    pub fn new(depth: usize, slices: usize, quads: usize, copies: usize) -> Self {
        assert!(depth >= 2 && (slices * quads).is_multiple_of(4), "a memory of {depth} rows of {slices} slices of {quads} quads");
        Self {
            write_enable: super::prelude::many(slices),
            write_address: super::prelude::many(slices),
            write_data: super::prelude::many(slices * quads),
            read_address: super::prelude::many(copies.min(slices)),
            read_word: super::prelude::many(slices * quads / 4),
            _depth: depth,
            _quads: quads,
            _style: MemoryStyle::Auto,
            _content: vec![vec![0; slices * quads]; depth],
            _pending: std::array::from_fn(|_| vec![0; slices * quads]),
            ..Default::default()
        }
    }

    /// The same memory in `style`: the same bits in the same cycles.
    pub fn in_style(mut self, style: MemoryStyle) -> Self {
        self._style = style;
        self
    }

    /// The copy of the address that slice `s` takes.
    fn copy(&self, s: usize) -> usize {
        s * self.read_address.len() / self.write_enable.len()
    }

    fn slice(&self, s: usize) -> Store {
        Store {
            name: format!("slice_{s}"),
            width: 32 * self._quads,
            depth: self._depth,
            style: self._style,
            write_enable: format!("write_enable_{s}"),
            write_address: format!("write_address_{s}"),
            write_data: format!("data_{s}"),
            read_address: format!("read_address_{}", self.copy(s)),
            read: Read::Chosen,
            word: format!("read_{s}"),
        }
    }

    fn slice_of_word(&self, word: usize) -> String {
        let (slices, quads) = (self.write_enable.len(), self._quads);
        if quads >= 4 {
            let low = (4 * word) % quads * 32;
            let part = if quads == 4 { String::new() } else { format!("[{}:{low}]", low + 127) };
            return format!("read_{}{part}", 4 * word / quads);
        }
        let per_word = 4 / quads;
        let names: Vec<String> = (word * per_word..((word + 1) * per_word).min(slices)).rev().map(|s| format!("read_{s}")).collect();
        format!("{{{}}}", names.join(", "))
    }
}

impl Logic for SlicedRam {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let copy = |quad: usize| self.copy(quad / self._quads);
            let read = |quad: usize| self._content.get(self.read_address[copy(quad)].val().to_u64() as usize).map_or(0, |row| row[quad]);
            let row = (0..self.write_data.len()).map(read).collect();
            let [newest, newer] = &mut self._pending;
            let row = std::mem::replace(newer, std::mem::replace(newest, row));
            for (w, word) in self.read_word.iter_mut().enumerate() {
                let mut value = Bits::<128>::default();
                for q in (0..4).rev() {
                    let quad = row[4 * w + q];
                    value = (value << 32) | Bits::<128>::from(u64::from(quad));
                }
                word.next = value;
            }
            for s in 0..self.write_enable.len() {
                if self.write_enable[s].val() {
                    let address = self.write_address[s].val().to_u64() as usize;
                    if let Some(row) = self._content.get_mut(address) {
                        for q in 0..self._quads {
                            row[s * self._quads + q] = self.write_data[s * self._quads + q].val().to_u64() as u32;
                        }
                    }
                }
            }
        }
    }

    fn connect(&mut self) {
        self.read_word.iter_mut().for_each(|w| w.connect());
    }

    fn hdl(&self) -> Verilog {
        let (slices, quads) = (self.write_enable.len(), self._quads);
        let width = 32 * quads;
        let stores: Vec<Store> = (0..slices).map(|s| self.slice(s)).collect();
        // all slices are alike
        let alike = &stores[0];
        let mut text = alike.head();
        let (mut assigns, mut clocked) = (String::new(), String::new());
        for (s, store) in stores.iter().enumerate() {
            let data: Vec<String> = (0..quads).rev().map(|q| format!("write_data_{}", s * quads + q)).collect();
            let memory = store.verilog();
            text += &format!("wire [{}:0] data_{s} = {{{}}};\n{}", width - 1, data.join(", "), memory.declarations);
            assigns += &memory.assigns;
            clocked += &memory.clocked;
        }
        text += &format!("\nalways @(posedge clock) begin\n{clocked}end\n\n{assigns}");
        for w in 0..self.read_word.len() {
            text += &format!("assign read_word_{w} = {};\n", self.slice_of_word(w));
        }
        let writes = stores.iter().map(|s| s.write_address.clone());
        let reads = (0..self.read_address.len()).map(|i| format!("read_address_{i}"));
        text += &alike.unused_address(&reads.chain(writes).collect::<Vec<_>>());
        let leaf = Leaf {
            block: "SlicedRam".into(),
            name: format!("ember_sliced_ram_{slices}x{width}{}", alike.suffix()),
            what: format!(
                "Memory of {} rows of {slices} slices of {width} bits; a write port for each slice, one read port for whole rows, read in three cycles.",
                alike.depth_text()
            ),
            parameters: alike.parameters(),
            widths: vec![],
            body: text,
        };
        leaf.verilog()
    }
}
