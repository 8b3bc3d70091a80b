//! A memory of signed bytes that keeps only as many bits of each as it needs.

use super::leaf::Leaf;
use super::store::Store;
use crate::target::MemoryStyle;
use rust_hdl_core::prelude::*;

/// Words of `8 * beats` bytes, of each of which the low `bits` bits are stored and extended by their sign on
/// reading: one memory of `8 * beats * bits` bits, whatever the byte boundaries. Reading costs two
/// cycles, the second one in an output register (UltraRAM and deep memories want it), and returns the
/// content before a write of the same cycle.
///
/// Ports: `write_enable`, `write_address` (20 bits, below the depth), `write_data[b]`: bytes 8 b to 8 b + 7;
/// `read_address` (20 bits, below the depth), `read_data[b]` of the address two cycles before.
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
    /// The word of `read_address` two cycles before, eight bytes each.
    pub read_data: Vec<Signal<Out, Bits<64>>>,
    _depth: usize,
    _bits: usize,
    _style: MemoryStyle,
    _content: Vec<Vec<u64>>,
    _pending: Vec<u64>,
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
            _pending: vec![0; beats],
            ..Default::default()
        }
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
            for (port, &beat) in self.read_data.iter_mut().zip(&self._pending) {
                port.next = beat.into();
            }
            let read = self.read_address.val().to_u64() as usize;
            self._pending = self._content.get(read).cloned().unwrap_or_else(|| vec![0; self.read_data.len()]);
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
            word: "word".into(),
        };
        let memory = store.verilog();
        let mut text = store.head();
        let stored: Vec<String> =
            (0..8 * beats).rev().map(|i| format!("write_data_{}[{}:{}]", i / 8, i % 8 * 8 + bits - 1, i % 8 * 8)).collect();
        text +=
            &format!("wire [{}:0] stored = {{{}}};\n{}reg [{}:0] pending;\n", width - 1, stored.join(", "), memory.declarations, width - 1);
        text += &memory.assigns;
        for beat in 0..beats {
            let byte = |i: usize| {
                let high = i * bits + bits - 1;
                match bits {
                    8 => format!("pending[{high}:{}]", i * bits),
                    _ => format!("{{{}{{pending[{high}]}}}}, pending[{high}:{}]", 8 - bits, i * bits),
                }
            };
            let bytes: Vec<String> = (8 * beat..8 * beat + 8).rev().map(byte).collect();
            text += &format!("assign read_data_{beat} = {{{}}};\n", bytes.join(", "));
        }
        text += &format!("\nalways @(posedge clock) begin\n{}  pending <= word;\nend\n", memory.clocked);
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
                "Memory of {} words of {} bytes, {bits} bits of each, extended by their sign on reading; one write and one read port, read in two cycles.",
                store.depth_text(),
                8 * beats
            ),
            parameters: store.parameters(),
            widths: vec![],
            body: text,
        };
        leaf.verilog()
    }
}
