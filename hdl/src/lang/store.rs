//! The Verilog of one memory: its arrays, their writes and reads, and the choice between them.

use super::leaf::Parameter;
use super::placement::{place, Array, Tile};
use crate::target::MemoryStyle;

/// Bits of an address below `depth`.
///
/// # Panics
/// On a memory of less than two words, which is what a block holds that was built by `default` where it has a `new`.
pub fn address_bits(depth: usize) -> usize {
    assert!(depth >= 2, "a memory of {depth} words: was its block built by `default` instead of `new`?");
    usize::BITS as usize - (depth - 1).leading_zeros() as usize
}

/// Rows of a piece of LUT RAM beside block RAM: four LUTs a bit, between which one more chooses.
const PIECE_ROWS: usize = 256;

/// The parameter of a memory's depth.
const DEPTH: &str = "DEPTH";

/// The bits of an address below it.
const ADDRESS_BITS: &str = "ADDRESS_BITS";

/// What the name of a memory in `style` ends with.
pub fn suffix(style: MemoryStyle) -> &'static str {
    match style {
        MemoryStyle::Auto => "",
        MemoryStyle::Block => "_block",
        MemoryStyle::Ultra => "_ultra",
        MemoryStyle::Distributed => "_distributed",
        MemoryStyle::Mixed => "_mixed",
        MemoryStyle::Whole => "_whole",
    }
}

/// The attribute of an array in `style`, with the space behind it.
pub fn attribute(style: MemoryStyle) -> &'static str {
    match style {
        MemoryStyle::Auto | MemoryStyle::Mixed | MemoryStyle::Whole => "",
        MemoryStyle::Block => "(* ram_style = \"block\" *) ",
        MemoryStyle::Ultra => "(* ram_style = \"ultra\" *) ",
        MemoryStyle::Distributed => "(* ram_style = \"distributed\" *) ",
    }
}

/// When a word is there. Tiles are chosen between behind the last register of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Read {
    /// A cycle after its address.
    #[default]
    Latched,
    /// Two: each tile's word goes through a register of its own, which the RAM has, before anything else.
    Registered,
    /// Three: behind the choice between the tiles there is one more.
    Chosen,
    /// As many as [`chain_cycles`] says, see [`Store::chain`].
    Chained,
}

impl Read {
    /// Cycles from address to word in one array, or in a chain of one.
    pub fn cycles(self) -> usize {
        match self {
            Read::Latched => 1,
            Read::Registered => 2,
            Read::Chosen => 3,
            Read::Chained => 5,
        }
    }

    /// What the name of a memory has for it, and the cycles in words.
    pub fn texts(self) -> (&'static str, &'static str) {
        match self {
            Read::Latched => ("", "one cycle"),
            Read::Registered => ("_registered", "two cycles"),
            Read::Chosen => ("_chosen", "three cycles"),
            Read::Chained => ("_chain", "a cycle for every stage and four"),
        }
    }
}

/// One memory with a write port and a read port. The expressions are Verilog; addresses are names of
/// signals of 20 bits.
#[derive(Clone)]
pub struct Store {
    /// First part of the names of its arrays.
    pub name: String,
    pub width: usize,
    pub depth: usize,
    pub style: MemoryStyle,
    pub write_enable: String,
    pub write_address: String,
    pub write_data: String,
    pub read_address: String,
    /// When the word is there.
    pub read: Read,
    /// The signal that takes the word.
    pub word: String,
}

/// The parts of its text.
#[derive(Default)]
pub struct Text {
    /// Arrays and registers.
    pub declarations: String,
    /// Statements of an `always @(posedge clock)`.
    pub clocked: String,
    /// Assignment of the word, empty where it is a register.
    pub assigns: String,
}

impl Store {
    /// It is one array, so its text is the same for every depth: [`DEPTH`] and [`ADDRESS_BITS`] stand for the numbers.
    pub fn is_one_array(&self) -> bool {
        self.read != Read::Chained && matches!(&place(self.width, self.depth, self.style)[..], [tile] if tile.arrays.len() == 1)
    }

    /// The parameter of the depth, where it is one; nothing where the arrays depend on it.
    pub fn parameters(&self) -> Vec<Parameter> {
        if self.is_one_array() {
            vec![Parameter::new(DEPTH, self.depth, "Words.")]
        } else {
            vec![]
        }
    }

    /// What the body begins with.
    pub fn head(&self) -> String {
        if self.is_one_array() {
            format!("localparam {ADDRESS_BITS} = $clog2({DEPTH});\n")
        } else {
            String::new()
        }
    }

    /// `x3136` and the style, for the module's name; of a depth that is a parameter only the style.
    pub fn suffix(&self) -> String {
        let depth = if self.is_one_array() { String::new() } else { format!("x{}", self.depth) };
        depth + suffix(self.style)
    }

    /// The depth in words.
    pub fn depth_text(&self) -> String {
        if self.is_one_array() {
            DEPTH.into()
        } else {
            self.depth.to_string()
        }
    }

    /// A wire that takes the bits of `addresses` (of [`super::ram::ADDRESS`] bits) that the depth does not need.
    pub fn unused_address(&self, addresses: &[String]) -> String {
        let bits = address_bits(self.depth);
        let unused = match (self.is_one_array(), bits < super::ram::ADDRESS) {
            // how many bits are left depends on the parameter, and may be none
            (true, _) => addresses.to_vec(),
            (false, true) => addresses.iter().map(|a| format!("{a}[19:{bits}]")).collect(),
            (false, false) => return String::new(),
        };
        format!("\nwire unused_address = &{{1'b0, {}}};\n", unused.join(", "))
    }

    /// A read returns the content before a write of the same cycle, in every style. A memory of several
    /// tiles reads the addressed one only: what the others put out is not looked at.
    pub fn verilog(&self) -> Text {
        let tiles = place(self.width, self.depth, self.style);
        let mut text = Text::default();
        if let [tile] = &tiles[..] {
            let bits = if self.is_one_array() { format!("{ADDRESS_BITS}-1") } else { (address_bits(self.depth) - 1).to_string() };
            let (write, read) = (format!("{}[{bits}:0]", self.write_address), format!("{}[{bits}:0]", self.read_address));
            let ends = [format!("{}_latch", self.name), format!("{}_out", self.name), self.word.clone()];
            let words = &ends[3 - self.read.cycles()..];
            let mut word = self.tile(tile, &self.name, (&self.write_enable, &write), ("", &read), &words[0], &mut text);
            for next in &words[1..] {
                text.declarations += &format!("reg [{}:0] {next};\n", self.width - 1);
                text.clocked += &format!("  {next} <= {word};\n");
                word = next.clone();
            }
            return text;
        }
        let top = address_bits(self.depth) - 1;
        // the last tile is what is left, and not compared
        let lowest = tiles[..tiles.len() - 1].iter().map(|t| address_bits(t.rows.max(2))).min().unwrap_or(0);
        let registers = self.read.cycles().min(2);
        let mut row = format!("{}[{top}:{lowest}]", self.read_address);
        for cycle in 1..=registers {
            let next = format!("{}_row{}", self.name, ["", "_1"][registers - cycle]);
            text.declarations += &format!("reg [{top}:{lowest}] {next};\n");
            text.clocked += &format!("  {next} <= {row};\n");
            row = next;
        }
        let mut chosen = String::new();
        for (i, tile) in tiles.iter().enumerate() {
            let name = format!("{}_{i}", self.name);
            let latch = format!("{name}_word");
            let write = format!("{} && {}", self.write_enable, hit(tile, &self.write_address, top));
            let read = format!("if {} ", hit(tile, &self.read_address, top));
            let row_of = |address: &str| format!("{address}[{}:0]", row_bits(tile) - 1);
            let (write_row, read_row) = (row_of(&self.write_address), row_of(&self.read_address));
            let mut word = self.tile(tile, &name, (&write, &write_row), (&read, &read_row), &latch, &mut text);
            if self.read != Read::Latched {
                let out = format!("{name}_out");
                text.declarations += &format!("reg [{}:0] {out};\n", self.width - 1);
                text.clocked += &format!("  {out} <= {word};\n");
                word = out;
            }
            if i + 1 < tiles.len() {
                chosen += &format!("{} ? {word} :\n  ", hit(tile, &row, top));
            } else {
                chosen += &word;
            }
        }
        let word = &self.word;
        if self.read == Read::Chosen {
            text.declarations += &format!("reg [{}:0] {word};\n", self.width - 1);
            text.clocked += &format!("  {word} <= {chosen};\n");
        } else {
            text.declarations += &format!("wire [{}:0] {word};\n", self.width - 1);
            text.assigns = format!("assign {word} = {chosen};\n");
        }
        text
    }

    /// One tile: `write` is its condition and row, `read` the condition (with its `if`, or empty) and row; `word` is declared here.
    /// Gives the word: `word`, where a register follows perhaps with the choice between pieces of LUT RAM.
    ///
    /// Bits of a deep tile that lie in LUT RAM are pieces of [`PIECE_ROWS`], each with a register of its own, and the choice between
    /// these is in the cycle in which the block RAM's word goes to its output register:
    ///
    /// ```text
    ///  row ---> block RAM -------> word ------------------> output register
    ///       '-> pieces 0, 1, ... > a register each > choice > (bits above)
    /// ```
    fn tile(&self, tile: &Tile, name: &str, write: (&str, &str), read: (&str, &str), word: &str, text: &mut Text) -> String {
        let last = if self.is_one_array() { format!("{DEPTH}-1") } else { (tile.rows - 1).to_string() };
        let pieces = |array: &Array| array.style == MemoryStyle::Distributed && tile.rows > PIECE_ROWS && self.read != Read::Latched;
        let split = tile.arrays.iter().skip(1).any(pieces);
        let mut high = String::new();
        for (i, array) in tile.arrays.iter().enumerate() {
            let attribute = attribute(array.style);
            let content = if i == 0 { name.to_string() } else { format!("{name}_high") };
            let part = |value: &str| match array.width == self.width {
                true => value.to_string(),
                false => format!("{value}[{}:{}]", array.low + array.width - 1, array.low),
            };
            if i > 0 && pieces(array) {
                high = self.pieces(tile, array, &content, write, read, text);
                continue;
            }
            text.declarations += &format!("{attribute}reg [{}:0] {content} [0:{last}];\n", array.width - 1);
            text.clocked += &format!("  if ({}) {content}[{}] <= {};\n", write.0, write.1, part(&self.write_data));
            let whole = if split { word.into() } else { part(word) };
            text.clocked += &format!("  {}{whole} <= {content}[{}];\n", read.0, read.1);
        }
        let lower = if split { tile.arrays[0].width } else { self.width };
        text.declarations += &format!("reg [{}:0] {word};\n", lower - 1);
        if split {
            format!("{{{high}, {word}}}")
        } else {
            word.into()
        }
    }

    /// The pieces of `array`, and the choice between their words.
    fn pieces(&self, tile: &Tile, array: &Array, name: &str, write: (&str, &str), read: (&str, &str), text: &mut Text) -> String {
        let low = address_bits(PIECE_ROWS);
        let top = address_bits(tile.rows) - 1;
        // the rows are the low bits of a signal; which piece it is needs more of them than a piece's own
        let signal = |row: &'_ str| row.split('[').next().unwrap_or(row).to_string();
        let (write_row, read_row) = (signal(write.1), signal(read.1));
        text.declarations += &format!("reg [{top}:{low}] {name}_row;\n");
        text.clocked += &format!("  {name}_row <= {read_row}[{top}:{low}];\n");
        let mut chosen = String::new();
        let count = tile.rows.div_ceil(PIECE_ROWS);
        for i in 0..count {
            let rows = PIECE_ROWS.min(tile.rows - i * PIECE_ROWS);
            let bits = address_bits(rows.max(2)) - 1;
            let (piece, number) = (format!("{name}_{i}"), format!("{}'d{i}", top + 1 - low));
            text.declarations += &format!("{}reg [{}:0] {piece} [0:{}];\n", attribute(array.style), array.width - 1, rows - 1);
            text.declarations += &format!("reg [{}:0] {piece}_word;\n", array.width - 1);
            text.clocked += &format!(
                "  if ({} && {write_row}[{top}:{low}] == {number})\n    {piece}[{write_row}[{bits}:0]] <= {}[{}:{}];\n",
                write.0,
                self.write_data,
                array.low + array.width - 1,
                array.low
            );
            text.clocked += &format!("  {piece}_word <= {piece}[{read_row}[{bits}:0]];\n");
            chosen += &if i + 1 == count { format!("{piece}_word") } else { format!("{name}_row == {number} ? {piece}_word : ") };
        }
        format!("({chosen})")
    }

    /// The same content as a chain of stages of a few tiles: address, enable and write data move from stage to
    /// stage, a register each, and so do the words on their way out, behind which a tile of the stage is chosen or what
    /// came from the stage before. Every tile has registers of its own beside its RAMs, for the stage's reach not all of them in a
    /// cycle. Nothing crosses the chip in a cycle, however many tiles there are.
    ///
    /// ```text
    ///   address --> [0] --> [1] --> [2] -->
    ///                |       |       |
    ///               [ ]     [ ]     [ ]     row, data and enables of each tile
    ///                |       |       |
    ///              tiles   tiles   tiles
    ///                |       |       |
    ///               [0] --> [1] --> [2] --> word
    /// ```
    ///
    /// A tile's registers take only what is for that tile: its RAMs rest while others work, and no two tiles' registers are
    /// the same, of which synthesis would make one.
    ///
    /// The word comes [`chain_cycles`] after its address.
    pub fn chain(&self) -> Text {
        let tiles = place(self.width, self.depth, self.style);
        let mut text = Text::default();
        let (high, top, alone) = (self.width - 1, address_bits(self.depth) - 1, tiles.len() == 1);
        let (mut write, mut write_row, mut data) = (self.write_enable.clone(), self.write_address.clone(), self.write_data.clone());
        let (mut row, mut before) = (self.read_address.clone(), String::new());
        let stages = stages(&tiles);
        for (s, stage) in stages.iter().enumerate() {
            let name = |what: &str| format!("{}_{what}_{s}", self.name);
            let (next_write, next_write_row, next_data, next_row) = (name("write"), name("write_row"), name("data"), name("row"));
            let (select_1, select, chosen) = (name("select_1"), name("select"), name("chosen"));
            // behind the last stage no tile asks whether the row is its own
            let ends = s + 1 == stages.len();
            let deepest = stage.iter().map(|tile| row_bits(tile) - 1).max().unwrap_or(top);
            let row_top = if ends { deepest } else { top };
            if !ends {
                text.declarations += &format!("reg {next_write} = 1'b0;\n");
                text.clocked += &format!("  {next_write} <= {write};\n");
            }
            text.declarations += &format!("reg [{row_top}:0] {next_write_row};\nreg [{high}:0] {next_data};\n");
            text.declarations += &format!("reg [{row_top}:0] {next_row};\nreg [{high}:0] {chosen};\n");
            text.clocked += &format!("  {next_write_row} <= {write_row}[{row_top}:0];\n  {next_data} <= {data};\n");
            text.clocked += &format!("  {next_row} <= {row}[{row_top}:0];\n");
            let (mut numbers, mut words) = (String::new(), String::new());
            for (i, tile) in stage.iter().enumerate() {
                let of = |what: &str| format!("{}_{s}_{i}_{what}", self.name);
                let (latch, out, read) = (of("word"), of("out"), of("read"));
                // whose a row is, is known when the stage has it: nothing stands before the registers of the tile, or its RAMs
                let takes_read = if alone { "1'b1".into() } else { hit(tile, &row, top) };
                let takes_write = if alone { String::new() } else { format!(" && {}", hit(tile, &write_row, top)) };
                text.clocked += &format!("  {} <= {write}{takes_write};\n  {} <= {takes_read};\n", of("takes_write"), of("takes_read"));
                self.tile_registers(tile, &of, [&next_write_row, &next_data, &next_row], &mut text);
                let part = Store { write_data: of("data"), ..self.clone() };
                let name = format!("{}_{s}_{i}", self.name);
                let (writes, reads) = ((of("write"), of("write_row")), (format!("if ({read}) "), of("row")));
                let word = part.tile(tile, &name, (&writes.0, &writes.1), (&reads.0, &reads.1), &latch, &mut text);
                text.declarations += &format!("reg [{high}:0] {out};\n");
                text.clocked += &format!("  {out} <= {word};\n");
                let last = i + 1 == stage.len() && s == 0;
                numbers += &if last { format!("2'd{i}") } else { format!("{read} ? 2'd{i} : ") };
                words += &if last { out } else { format!("{select} == 2'd{i} ? {out} : ") };
            }
            if s > 0 {
                // behind the tiles' own numbers: what came from the stage before
                numbers += "2'd3";
                words += &before;
            }
            if !alone {
                text.declarations += &format!("reg [1:0] {select_1};\nreg [1:0] {select};\n");
                text.clocked += &format!("  {select_1} <= {numbers};\n  {select} <= {select_1};\n");
            }
            text.clocked += &format!("  {chosen} <= {words};\n");
            (write, write_row, data, row, before) = (next_write, next_write_row, next_data, next_row, chosen);
        }
        text.declarations += &format!("wire [{high}:0] {} = {before};\n", self.word);
        text
    }

    /// The registers of `tile` in a chain, named by `of`: what it takes of `stage`, its written row, data and read row, and the enables
    /// of its RAMs.
    fn tile_registers(&self, tile: &Tile, of: &dyn Fn(&str) -> String, stage: [&str; 3], text: &mut Text) {
        let rows = format!("[{}:0]", row_bits(tile) - 1);
        for (enable, takes) in [(of("write"), of("takes_write")), (of("read"), of("takes_read"))] {
            text.declarations += &format!("reg {takes} = 1'b0;\nreg {enable} = 1'b0;\n");
            text.clocked += &format!("  {enable} <= {takes};\n");
        }
        let [write_row, data, row] = stage;
        text.declarations += &format!("reg {rows} {};\nreg [{}:0] {};\n", of("write_row"), self.width - 1, of("data"));
        text.declarations += &format!("reg {rows} {};\n", of("row"));
        text.clocked += &format!("  if ({}) {} <= {write_row}{rows};\n", of("takes_write"), of("write_row"));
        text.clocked += &format!("  if ({}) {} <= {data};\n", of("takes_write"), of("data"));
        text.clocked += &format!("  if ({}) {} <= {row}{rows};\n", of("takes_read"), of("row"));
    }
}

/// Bits of a row's number in `tile`.
fn row_bits(tile: &Tile) -> usize {
    address_bits(tile.rows.max(2))
}

/// The tile holds the row of `address`, of bits `top` to 0 (or of those above all tiles' rows).
pub fn hit(tile: &Tile, address: &str, top: usize) -> String {
    let bits = row_bits(tile);
    format!("({address}[{top}:{bits}] == {}'d{})", top + 1 - bits, tile.first >> bits)
}

/// The tiles of each stage of a chain: four in the first, then three, which with the stage before are four to choose from.
fn stages(tiles: &[Tile]) -> Vec<&[Tile]> {
    let (first, rest) = tiles.split_at(tiles.len().min(4));
    std::iter::once(first).chain(rest.chunks(3)).collect()
}

/// Cycles from an address to its word in a [`Store::chain`]: the registers of the first stage and of its tile, the RAM and its output
/// register, and a choice for every stage.
pub fn chain_cycles(width: usize, depth: usize, style: MemoryStyle) -> usize {
    4 + stages(&place(width, depth, style)).len()
}
