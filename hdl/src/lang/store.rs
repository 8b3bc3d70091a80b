//! The Verilog of one memory: its arrays, their writes and reads, and the choice between them.

use super::leaf::Parameter;
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

/// The parameter of a memory's depth.
const DEPTH: &str = "DEPTH";

/// The bits of an address below it.
const ADDRESS_BITS: &str = "ADDRESS_BITS";

/// What the name of a memory in `style` ends with.
fn suffix(style: MemoryStyle) -> &'static str {
    match style {
        MemoryStyle::Auto => "",
        MemoryStyle::Block => "_block",
        MemoryStyle::Ultra => "_ultra",
        MemoryStyle::Distributed => "_distributed",
    }
}

/// One memory with a write port and a read port. The expressions are Verilog; addresses are names of
/// signals of 20 bits.
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
    /// The signal that takes the word, a cycle after its address.
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
        matches!(&place(self.width, self.depth, self.style)[..], [tile] if tile.arrays.len() == 1)
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
            self.tile(tile, &self.name, (&self.write_enable, &write), ("", &read), &self.word, &mut text);
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
            let write = format!("{} && {}", self.write_enable, hit(&self.write_address));
            let read = format!("if {} ", hit(&self.read_address));
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
            let last = if self.is_one_array() { format!("{DEPTH}-1") } else { (tile.rows - 1).to_string() };
            let content = if i == 0 { name.to_string() } else { format!("{name}_high") };
            let part = |value: &str| match array.width == self.width {
                true => value.to_string(),
                false => format!("{value}[{}:{}]", array.low + array.width - 1, array.low),
            };
            text.declarations += &format!("{attribute}reg [{}:0] {content} [0:{last}];\n", array.width - 1);
            text.clocked += &format!("  if ({}) {content}[{}] <= {};\n", write.0, write.1, part(&self.write_data));
            text.clocked += &format!("  {}{} <= {content}[{}];\n", read.0, part(word), read.1);
        }
        text.declarations += &format!("reg [{}:0] {word};\n", self.width - 1);
    }
}
