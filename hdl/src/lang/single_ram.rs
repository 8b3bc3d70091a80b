//! A memory with one port for reads and writes.

use super::leaf::Leaf;
use super::placement::{place_single, Array, Tile, SINGLE_ROWS};
use super::ram::ADDRESS;
use super::store::{address_bits, attribute, hit, suffix};
use crate::target::MemoryStyle;
use rust_hdl_core::prelude::*;

/// Copies of the address of a [`SingleRam`].
pub const LANES: usize = 4;

/// Tiles of LUT RAM of which one register takes the chosen word: a LUT behind the RAM.
const QUARTER: usize = 4;
/// Tiles of the quarters of which the next register takes one.
const GROUP: usize = 4 * QUARTER;

/// One port: a cycle writes or reads. LUT RAM of one port takes three quarters of what two ports take. What a cycle with
/// `write` reads is the content before.
///
/// LUT RAM has a load of the address in every LUT, more than one register reaches; so the address comes in four copies,
/// each for a quarter of the word's bits (block RAM takes the first). Reading costs three cycles:
///
/// ```text
///   address --> LUT RAM, four tiles to one --> [quarter] -- four to one --> [group] --.
///          '--> block RAM [word] ---------------------------------------> [out] ---- one of them --> [read_data]
/// ```
#[derive(LogicBlock, Default)]
pub struct SingleRam<const W: usize> {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Write `write_data` to `address` at the next edge.
    pub write: Signal<In, Bit>,
    /// Word to write or to read, below the depth; all copies are the same.
    pub address: [Signal<In, Bits<20>>; LANES],
    /// With `write`: the word.
    pub write_data: Signal<In, Bits<W>>,
    /// The word of `address` three cycles before.
    pub read_data: Signal<Out, Bits<W>>,
    _depth: usize,
    _style: MemoryStyle,
    _content: Vec<Bits<W>>,
    /// Words on their way out, the newest first.
    _pending: [Bits<W>; 2],
}

impl<const W: usize> SingleRam<W> {
    /// A memory of `depth` words in `style`; every style has the same bits in the same cycles.
    pub fn new(depth: usize, style: MemoryStyle) -> Self {
        assert!((2..=1 << ADDRESS).contains(&depth) && W.is_multiple_of(LANES), "a memory of {depth} words of {W} bits");
        Self { _depth: depth, _style: style, _content: vec![Bits::default(); depth], ..Default::default() }
    }
}

impl<const W: usize> Logic for SingleRam<W> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            let address = self.address[0].val().to_u64() as usize;
            let word = self._content.get(address).copied().unwrap_or_default();
            self.read_data.next = self._pending[1];
            self._pending = [word, self._pending[0]];
            if self.write.val() {
                if let Some(slot) = self._content.get_mut(address) {
                    *slot = self.write_data.val();
                }
            }
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        let leaf = Leaf {
            block: "SingleRam".into(),
            name: format!("ember_single_ram_{W}x{}{}", self._depth, suffix(self._style)),
            what: format!("Memory of {} words of {W} bits, one port for reads and writes, read in three cycles.", self._depth),
            parameters: vec![],
            widths: vec![],
            body: Text::new(W, self._depth, self._style).body(),
        };
        leaf.verilog()
    }
}

/// The Verilog of a memory, while it is put together.
struct Text {
    width: usize,
    /// Highest bit of an address.
    top: usize,
    tiles: Vec<Tile>,
    /// Highest bit of `address_1` that a tile of block RAM needs for bits that lie in LUT RAM.
    second_top: Option<usize>,
    /// Words to choose from, with the condition under which each is the one of `address_0`.
    words: Vec<(String, String)>,
    declarations: String,
    clocked: String,
}

/// Lowest bit of an address that tells tiles of LUT RAM apart, the lowest that tells quarters apart, and groups.
const TILE_BIT: usize = SINGLE_ROWS.trailing_zeros() as usize;
const QUARTER_BIT: usize = TILE_BIT + QUARTER.trailing_zeros() as usize;
const GROUP_BIT: usize = TILE_BIT + GROUP.trailing_zeros() as usize;

impl Text {
    fn new(width: usize, depth: usize, style: MemoryStyle) -> Self {
        let top = address_bits(depth) - 1;
        let tiles = place_single(width, depth, style);
        Self { width, top, tiles, second_top: None, words: vec![], declarations: String::new(), clocked: String::new() }
    }

    fn body(mut self) -> String {
        let (lut, block): (Vec<Tile>, Vec<Tile>) = self.tiles.clone().into_iter().partition(Tile::is_distributed);
        for (i, tile) in block.iter().enumerate() {
            self.block_tile(i, tile);
        }
        let lanes = if lut.is_empty() { String::new() } else { self.lanes(&lut) };
        self.choose();
        let unused = self.unused(!lut.is_empty());
        format!("{}\nalways @(posedge clock) begin\n{}end\n{lanes}{unused}", self.declarations, self.clocked)
    }

    /// A tile of other than LUT RAM: its arrays, the word's latch, and the register behind it.
    fn block_tile(&mut self, i: usize, tile: &Tile) {
        let high = self.width - 1;
        let bits = address_bits(tile.rows.max(2)) - 1;
        let row = format!("address_0[{bits}:0]");
        let hit = hit(tile, "address_0", self.top);
        let also = if self.tiles.len() == 1 { String::new() } else { format!(" && {hit}") };
        for (n, Array { low, width, style }) in tile.arrays.iter().enumerate() {
            let name = format!("block_{i}{}", ["", "_high"][n.min(1)]);
            let part = if *width == self.width { String::new() } else { format!("[{}:{low}]", low + width - 1) };
            self.declarations += &format!("{}reg [{}:0] {name} [0:{}];\n", attribute(*style), width - 1, tile.rows - 1);
            // read by another copy of the address: one address at both ports of a block RAM, or of LUT RAM as deep as that, makes cells
            // that Debian's Yosys cannot map by delay, or not at all; a block RAM has two ports in any case
            self.second_top = Some(self.second_top.unwrap_or(0).max(bits));
            let read = format!("address_1[{bits}:0]");
            self.clocked += &format!("  if (write{also}) {name}[{row}] <= write_data{part};\n  word_{i}{part} <= {name}[{read}];\n");
        }
        self.declarations += &format!("reg [{high}:0] word_{i};\nreg [{high}:0] out_{i};\n");
        self.clocked += &format!("  out_{i} <= word_{i};\n");
        self.words.push((format!("out_{i}"), hit));
    }

    /// The highest bit of an address that a lane looks at.
    fn lane_top(&self) -> usize {
        self.top.min(GROUP_BIT - 1)
    }

    /// The tiles of LUT RAM: their enables, and a lane for each copy of the address.
    fn lanes(&mut self, tiles: &[Tile]) -> String {
        let (top, high, bits, lane_top) = (self.top, self.width - 1, self.width / LANES, self.lane_top());
        let enables: Vec<String> = tiles
            .iter()
            .rev()
            .map(|tile| match top < TILE_BIT {
                true => "write".into(),
                false => format!("write && address_0[{top}:{TILE_BIT}] == {}'d{}", top + 1 - TILE_BIT, tile.first / SINGLE_ROWS),
            })
            .collect();
        self.declarations += &format!("wire [{}:0] enable = {{\n  {}}};\n", tiles.len() - 1, enables.join(",\n  "));
        let copies: Vec<String> = (0..LANES).rev().map(|lane| format!("address_{lane}[{lane_top}:0]")).collect();
        self.declarations += &format!("wire [{}:0] rows = {{{}}};\n", LANES * (lane_top + 1) - 1, copies.join(", "));
        let (mut arrays, mut clocked) = (String::new(), String::new());
        let row = |tile: &Tile| format!("row[{}:0]", address_bits(tile.rows.max(2)) - 1);
        for (i, tile) in tiles.iter().enumerate() {
            arrays += &format!("    {}reg [{}:0] tile_{i} [0:{}];\n", attribute(MemoryStyle::Distributed), bits - 1, tile.rows - 1);
            clocked += &format!("      if (enable[{i}]) tile_{i}[{}] <= write_data[{bits} * lane +: {bits}];\n", row(tile));
        }
        let numbered: Vec<(usize, String)> =
            tiles.iter().enumerate().map(|(i, tile)| (tile.first / SINGLE_ROWS, format!("tile_{i}[{}]", row(tile)))).collect();
        let mut second = String::new();
        for (g, group) in numbered.chunk_by(|a, b| a.0 / GROUP == b.0 / GROUP).enumerate() {
            let mut quarters = vec![];
            for quarter in group.chunk_by(|a, b| a.0 / QUARTER == b.0 / QUARTER) {
                let number = quarter[0].0 / QUARTER;
                let name = format!("quarter_{g}_{}", number % (GROUP / QUARTER));
                arrays += &format!("    reg [{}:0] {name};\n", bits - 1);
                clocked += &format!("      {name} <= {};\n", choice(quarter, QUARTER / 2, "row", TILE_BIT));
                quarters.push((number, name));
            }
            self.declarations += &format!("reg [{high}:0] group_{g};\n");
            let word = choice(&quarters, GROUP / QUARTER / 2, "row_1", QUARTER_BIT);
            second += &format!("      group_{g}[{bits} * lane +: {bits}] <= {word};\n");
            // what lies below the group's first tile has been asked for before it
            let hit = match top < GROUP_BIT {
                true => "1'b1".into(),
                false => format!("(address_0[{top}:{GROUP_BIT}] == {}'d{})", top + 1 - GROUP_BIT, group[0].0 / GROUP),
            };
            self.words.push((format!("group_{g}"), hit));
        }
        let mut idle: Vec<String> = (TILE_BIT..=lane_top).map(|bit| format!("row[{bit}]")).filter(|bit| !clocked.contains(bit)).collect();
        if second.contains("row_1[") {
            arrays += &format!("    reg [{lane_top}:{QUARTER_BIT}] row_1;\n");
            clocked += &format!("      row_1 <= row[{lane_top}:{QUARTER_BIT}];\n");
            idle.retain(|bit| (QUARTER_BIT..=lane_top).all(|high| *bit != format!("row[{high}]")));
            idle.extend((QUARTER_BIT..=lane_top).map(|bit| format!("row_1[{bit}]")).filter(|bit| !second.contains(bit)));
        }
        clocked += &second;
        let idle = match idle.is_empty() {
            true => String::new(),
            false => format!("    wire unused_row = &{{1'b0, {}}};\n", idle.join(", ")),
        };
        format!(
            "\ngenvar lane;\ngenerate\n  for (lane = 0; lane < {LANES}; lane = lane + 1) begin : lanes\n{arrays}    \
             wire [{lane_top}:0] row = rows[{} * lane +: {}];\n{idle}    always @(posedge clock) begin\n{clocked}    end\n  end\nendgenerate\n",
            lane_top + 1,
            lane_top + 1
        )
    }

    /// The register behind the choice between the words.
    fn choose(&mut self) {
        let high = self.width - 1;
        self.declarations += &format!("reg [{high}:0] chosen;\nassign read_data = chosen;\n");
        if let [(word, _)] = &self.words[..] {
            self.clocked += &format!("  chosen <= {word};\n");
            return;
        }
        let bits = address_bits(self.words.len());
        self.declarations += &format!("reg [{0}:0] number;\nreg [{0}:0] number_1;\n", bits - 1);
        let (mut numbers, mut words) = (String::new(), String::new());
        for (n, (word, hit)) in self.words.iter().enumerate() {
            if n + 1 == self.words.len() {
                numbers += &format!("{bits}'d{n}");
                words += word;
            } else {
                numbers += &format!("{hit} ? {bits}'d{n} : ");
                words += &format!("number_1 == {bits}'d{n} ? {word} : ");
            }
        }
        self.clocked += &format!("  number <= {numbers};\n  number_1 <= number;\n  chosen <= {words};\n");
    }

    /// A wire that takes what the arrays do not need of the addresses.
    fn unused(&self, lanes: bool) -> String {
        let from = |lane: usize| match (lane, lanes) {
            (0, _) => self.top + 1,
            (_, true) => self.lane_top() + 1,
            (1, false) => self.second_top.map_or(0, |top| top + 1),
            (_, false) => 0,
        };
        let lanes = (0..LANES).filter(|&lane| from(lane) < ADDRESS);
        let unused: Vec<String> = lanes.map(|lane| format!("address_{lane}[{}:{}]", ADDRESS - 1, from(lane))).collect();
        match unused[..] {
            [] => String::new(),
            _ => format!("\nwire unused_address = &{{1'b0, {}}};\n", unused.join(", ")),
        }
    }
}

/// One of `words` (with their numbers, which differ below twice `half`), as the bits of `row` from `low` on say: a tree of choices by a
/// bit each.
fn choice(words: &[(usize, String)], half: usize, row: &str, low: usize) -> String {
    if let [(_, word)] = words {
        return word.clone();
    }
    // they are in order
    let (below, above) = words.split_at(words.partition_point(|(number, _)| number % (2 * half) < half));
    match (below.is_empty(), above.is_empty()) {
        (true, _) => choice(above, half / 2, row, low),
        (_, true) => choice(below, half / 2, row, low),
        _ => {
            let bit = low + half.trailing_zeros() as usize;
            format!("({row}[{bit}] ? {} : {})", choice(above, half / 2, row, low), choice(below, half / 2, row, low))
        }
    }
}
