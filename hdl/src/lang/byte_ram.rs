//! A memory of signed bytes that keeps only as many bits of each as it needs.

use super::leaf::Leaf;
use super::store::{chain_cycles, Read, Store};
use crate::target::MemoryStyle;
use rust_hdl_core::prelude::*;
use std::collections::VecDeque;

/// Words of `8 * beats` bytes, of each of which the low `bits` bits are stored and extended by their sign on
/// reading: one memory of `8 * beats * bits` bits, whatever the byte boundaries. It is a chain of arrays, each with registers of
/// its own for address, data and word (`Store::chain`), and costs [`ByteRam::cycles`] to read; a read returns the content
/// before a write of the same cycle.
///
/// Ports: `write_enable`, `write_address` (20 bits, below the depth), `write_data[b]`: bytes 8 b to 8 b + 7;
/// `read_address` (20 bits, below the depth), `read_data[b]` of the address so many cycles before.
#[derive(LogicBlock, Default)]
pub struct ByteRam {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Write `write_data` to `write_address` at the next edge.
    pub write_enable: Signal<In, Bit>,
    /// Word to write, below the depth; with `write_enable`.
    pub write_address: Signal<In, Bits<20>>,
    /// With `write_enable`: bytes 8 b to 8 b + 7 of the word at `write_data[b]`; the low bits of each byte are kept.
    pub write_data: Vec<Signal<In, Bits<64>>>,
    /// Word to read, below the depth.
    pub read_address: Signal<In, Bits<20>>,
    /// The word of `read_address` as many cycles before as the memory takes, eight bytes each.
    pub read_data: Vec<Signal<Out, Bits<64>>>,
    _depth: usize,
    _bits: usize,
    _style: MemoryStyle,
    _content: Vec<Vec<u64>>,
    /// Words on their way out, the newest first.
    _pending: VecDeque<Vec<u64>>,
}

impl ByteRam {
    /// `depth` words of `8 * beats` bytes of `bits` (2 to 8) bits each.
    pub fn new(depth: usize, beats: usize, bits: usize, style: MemoryStyle) -> Self {
        assert!(depth >= 2 && (2..=8).contains(&bits), "a memory of {depth} words of bytes of {bits} bits");
        Self {
            write_data: super::prelude::many(beats),
            read_data: super::prelude::many(beats),
            _depth: depth,
            _bits: bits,
            _style: style,
            _content: vec![vec![0; beats]; depth],
            _pending: vec![vec![0; beats]; chain_cycles(8 * beats * bits, depth, style)].into(),
            ..Default::default()
        }
    }

    /// Cycles from an address to its word.
    pub fn cycles(&self) -> usize {
        self._pending.len()
    }

    /// What comes back of a beat.
    fn kept(&self, beat: u64) -> u64 {
        let unused = 8 - self._bits as u32;
        u64::from_le_bytes(beat.to_le_bytes().map(|byte| (((byte << unused) as i8) >> unused) as u8))
    }
}

impl Logic for ByteRam {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let read = self.read_address.val().to_u64() as usize;
            self._pending.push_front(self._content.get(read).cloned().unwrap_or_else(|| vec![0; self.read_data.len()]));
            self._pending.pop_back();
            for (port, &beat) in self.read_data.iter_mut().zip(self._pending.back().into_iter().flatten()) {
                port.next = beat.into();
            }
            if self.write_enable.val() {
                let word = self.write_data.iter().map(|beat| self.kept(beat.val().to_u64())).collect();
                if let Some(slot) = self._content.get_mut(self.write_address.val().to_u64() as usize) {
                    *slot = word;
                }
            }
        }
    }

    fn connect(&mut self) {
        self.read_data.iter_mut().for_each(|word| word.connect());
    }

    fn hdl(&self) -> Verilog {
        let (depth, bits, beats) = (self._depth, self._bits, self.write_data.len());
        let width = 8 * beats * bits;
        let store = Store {
            name: "content".into(),
            width,
            depth,
            style: self._style,
            write_enable: "write_enable".into(),
            write_address: "write_address".into(),
            write_data: "stored".into(),
            read_address: "read_address".into(),
            read: Read::Chained,
            word: "word".into(),
        };
        let memory = store.chain();
        let mut text = String::new();
        let stored: Vec<String> =
            (0..8 * beats).rev().map(|i| format!("write_data_{}[{}:{}]", i / 8, i % 8 * 8 + bits - 1, i % 8 * 8)).collect();
        text += &format!("wire [{}:0] stored = {{{}}};\n{}", width - 1, stored.join(", "), memory.declarations);
        for beat in 0..beats {
            let byte = |i: usize| {
                let high = i * bits + bits - 1;
                match bits {
                    8 => format!("word[{high}:{}]", i * bits),
                    _ => format!("{{{}{{word[{high}]}}}}, word[{high}:{}]", 8 - bits, i * bits),
                }
            };
            let bytes: Vec<String> = (8 * beat..8 * beat + 8).rev().map(byte).collect();
            text += &format!("assign read_data_{beat} = {{{}}};\n", bytes.join(", "));
        }
        text += &format!("\nalways @(posedge clock) begin\n{}end\n", memory.clocked);
        text += &store.unused_address(&["write_address".into(), "read_address".into()]);
        if bits < 8 {
            let unused: Vec<String> =
                (0..8 * beats).map(|i| format!("write_data_{}[{}:{}]", i / 8, i % 8 * 8 + 7, i % 8 * 8 + bits)).collect();
            text += &format!("\nwire unused_bits = &{{1'b0, {}}};\n", unused.join(", "));
        }
        let leaf = Leaf {
            block: "ByteRam".into(),
            name: format!("ember_byte_ram_{}x{bits}{}", 8 * beats, store.suffix()),
            what: format!(
                "Memory of {} words of {} bytes, {bits} bits of each, extended by their sign on reading; one write and one read port, read in {} cycles.",
                store.depth_text(),
                8 * beats,
                self.cycles()
            ),
            parameters: store.parameters(),
            widths: vec![],
            body: text,
        };
        leaf.verilog()
    }
}
