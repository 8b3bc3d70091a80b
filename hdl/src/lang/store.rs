//! The Verilog of one memory: its arrays, their writes and reads, and the choice between them.

use super::placement::{place, Tile};
use crate::target::MemoryStyle;

/// Bits of an address below `depth`.
///
/// # Panics
/// On a memory of less than two words, which is what a block holds that was built by `default` where it has a `new`.
pub fn address_bits(depth: usize) -> usize {
    assert!(depth >= 2, "a memory of {depth} words: was its block built by `default` instead of `new`?");
    usize::BITS as usize - (depth - 1).leading_zeros() as usize
}

/// What a memory's name ends with.
pub fn suffix(style: MemoryStyle) -> &'static str {
    match style {
        MemoryStyle::Auto => "",
        MemoryStyle::Block => "_block",
        MemoryStyle::Ultra => "_ultra",
        MemoryStyle::Distributed => "_distributed",
    }
}

/// One memory with a write port and a read port. The expressions are Verilog; addresses are names of
/// signals of 20 bits.
pub struct Store<'a> {
    /// First part of the names of its arrays.
    pub name: &'a str,
    pub width: usize,
    pub depth: usize,
    pub style: MemoryStyle,
    pub write_enable: &'a str,
    pub write_address: &'a str,
    pub write_data: &'a str,
    pub read_address: &'a str,
    /// The signal that takes the word, a cycle after its address.
    pub word: &'a str,
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

impl Store<'_> {
    /// A read returns the content before a write of the same cycle, in every style. A memory of several
    /// tiles reads the addressed one only: what the others put out is not looked at.
    pub fn verilog(&self) -> Text {
        let tiles = place(self.width, self.depth, self.style);
        let mut text = Text::default();
        if let [tile] = &tiles[..] {
            let bits = address_bits(self.depth) - 1;
            let (write, read) = (format!("{}[{bits}:0]", self.write_address), format!("{}[{bits}:0]", self.read_address));
            self.tile(tile, self.name, (self.write_enable, &write), ("", &read), self.word, &mut text);
            return text;
        }
        let top = address_bits(self.depth) - 1;
        text.declarations += &format!("reg [{top}:0] {}_row;\n", self.name);
        text.clocked += &format!("  {}_row <= {}[{top}:0];\n", self.name, self.read_address);
        let mut chosen = String::new();
        for (i, tile) in tiles.iter().enumerate() {
            let bits = address_bits(tile.rows.max(2));
            let hit = |address: &str| {
                let high = top + 1 - bits;
                format!("({address}[{top}:{bits}] == {high}'d{})", tile.first >> bits)
            };
            let name = format!("{}_{i}", self.name);
            let write = format!("{} && {}", self.write_enable, hit(self.write_address));
            let read = format!("if {} ", hit(self.read_address));
            let (write_row, read_row) =
                (format!("{}[{}:0]", self.write_address, bits - 1), format!("{}[{}:0]", self.read_address, bits - 1));
            self.tile(tile, &name, (&write, &write_row), (&read, &read_row), &format!("{name}_word"), &mut text);
            if i + 1 < tiles.len() {
                chosen += &format!("{} ? {name}_word :\n  ", hit(&format!("{}_row", self.name)));
            } else {
                chosen += &format!("{name}_word");
            }
        }
        text.declarations += &format!("wire [{}:0] {};\n", self.width - 1, self.word);
        text.assigns = format!("assign {} = {chosen};\n", self.word);
        // the last tile is what is left, and not compared
        let lowest = tiles[..tiles.len() - 1].iter().map(|t| address_bits(t.rows.max(2))).min().unwrap_or(0);
        if lowest > 0 {
            text.assigns += &format!("wire {0}_unused = &{{1'b0, {0}_row[{1}:0]}};\n", self.name, lowest - 1);
        }
        text
    }

    /// One tile: `write` is its condition and row, `read` the condition (with its `if`, or empty) and row.
    fn tile(&self, tile: &Tile, name: &str, write: (&str, &str), read: (&str, &str), word: &str, text: &mut Text) {
        for (i, array) in tile.arrays.iter().enumerate() {
            let attribute = match array.style {
                MemoryStyle::Auto => "",
                MemoryStyle::Block => "(* ram_style = \"block\" *) ",
                MemoryStyle::Ultra => "(* ram_style = \"ultra\" *) ",
                MemoryStyle::Distributed => "(* ram_style = \"distributed\" *) ",
            };
            let content = if i == 0 { name.to_string() } else { format!("{name}_high") };
            let part = |value: &str| match array.width == self.width {
                true => value.to_string(),
                false => format!("{value}[{}:{}]", array.low + array.width - 1, array.low),
            };
            text.declarations += &format!("{attribute}reg [{}:0] {content} [0:{}];\n", array.width - 1, tile.rows - 1);
            text.clocked += &format!("  if ({}) {content}[{}] <= {};\n", write.0, write.1, part(self.write_data));
            text.clocked += &format!("  {}{} <= {content}[{}];\n", read.0, part(word), read.1);
        }
        text.declarations += &format!("reg [{}:0] {word};\n", self.width - 1);
    }
}
