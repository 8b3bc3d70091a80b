//! How a memory is cut into arrays that fill the part's RAM blocks.
//!
//! Block RAMs come in a few shapes, and a memory that is a little deeper or wider than a whole number
//! of them wastes the rest: 3136 words are 3 x 1024 and 64, 128 bits are 14 x 9 and 2. So a memory in
//! [`MemoryStyle::Block`] is cut into tiles of 512 to 4096 rows, and what remains of rows or bits goes
//! into LUT RAM where that is cheap: at most [`LUTS_PER_BLOCK`] LUTs for each RAM block of 18 kbit saved.
//!
//! UltraRAM is cut into its 4096 rows, so that every word meets its own output register before any logic.

use crate::target::MemoryStyle;

/// The most LUTs that stand in for one RAM block of 18 kbit. A part has 140 (xc7k325t) to 240
/// LUT-RAM LUTs a block beside it, so what is saved is the scarcer of the two.
pub const LUTS_PER_BLOCK: usize = 256;

/// The most rows of a memory with one port of which some bits lie in LUT RAM. More are several LUTs deep, with a decoder before and a
/// choice behind them, in the time in which the other bits are in block RAM; [`Store`](super::store::Store) cuts them into pieces.
const HIGH_ROWS: usize = 64;

/// Rows and bits of a RAM block of 18 kbit (7 series to UltraScale+, simple dual port: UG473 table 1-7,
/// UG573 table 1-8).
const RAM18: [(usize, usize); 6] = [(512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16_384, 1)];
/// Rows and bits of two of them used as one of 36 kbit.
const RAM36: [(usize, usize); 7] = [(512, 72), (1024, 36), (2048, 18), (4096, 9), (8192, 4), (16_384, 2), (32_768, 1)];
/// Rows of an UltraRAM.
const ULTRA_ROWS: usize = 4096;
/// Rows that a memory in [`MemoryStyle::Mixed`] has in block RAM.
const MIXED_ROWS: usize = 1024;
/// Rows of a tile of LUT RAM with one port: two LUTs a bit, whose choice is a multiplexer of the slice.
pub const SINGLE_ROWS: usize = 128;
/// Rows of a tile, and the width of which a block, or a pair of them, wastes no bit.
const TILES: [(usize, usize); 4] = [(4096, 9), (2048, 9), (1024, 18), (512, 36)];

/// What arrays take of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// RAM blocks of 18 kbit.
    pub ram18: usize,
    /// UltraRAM blocks of 288 kbit.
    pub ultra: usize,
    /// LUTs used as memory.
    pub luts: usize,
}

impl std::ops::Add for Cost {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { ram18: self.ram18 + other.ram18, ultra: self.ultra + other.ultra, luts: self.luts + other.luts }
    }
}

impl std::ops::Mul<usize> for Cost {
    type Output = Self;
    fn mul(self, times: usize) -> Self {
        Self { ram18: self.ram18 * times, ultra: self.ultra * times, luts: self.luts * times }
    }
}

/// Some bits of a tile's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Array {
    /// Lowest bit.
    pub low: usize,
    /// Bits.
    pub width: usize,
    /// Where it lies.
    pub style: MemoryStyle,
}

/// Some rows of a memory; the first is a multiple of their number, rounded up to a power of two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// First row.
    pub first: usize,
    /// Rows.
    pub rows: usize,
    /// Its arrays, from bit 0 up.
    pub arrays: Vec<Array>,
}

impl Tile {
    /// What it takes.
    pub fn cost(&self) -> Cost {
        self.arrays.iter().map(|a| cost(a.width, self.rows, a.style)).fold(Cost::default(), |a, b| a + b)
    }

    /// What it takes where reads and writes share one port: a tile of LUT RAM is then one LUT for each 64 bits
    /// (`RAM64X1S`, `RAM128X1S`; 7 series, UG474). What lies in LUT RAM beside block RAM has two ports.
    pub fn single_cost(&self) -> Cost {
        match self.is_distributed() {
            true => Cost { luts: self.arrays.iter().map(|a| a.width).sum::<usize>() * self.rows.div_ceil(64), ..Cost::default() },
            false => self.cost(),
        }
    }

    /// It lies in LUT RAM alone.
    pub fn is_distributed(&self) -> bool {
        self.arrays.iter().all(|a| a.style == MemoryStyle::Distributed)
    }
}

/// What one array of `depth` words of `width` bits takes, with a read port and a write port:
///
/// - block: the fewest blocks of 18 kbit that one shape gives, `ceil(width / w) * ceil(depth / d)`
/// - ultra: 4096 x 72 bits each
/// - distributed: `RAM64M`, 64 x 3 bits in four LUTs, or `RAM32M`, 32 x 6 bits (7 series, UG474; the
///   eight-LUT forms of UltraScale take no more)
/// - auto: the tool decides; counted as LUT RAM up to 64 words, as block RAM above
/// - mixed, whole: no styles of one array; counted as block RAM
pub fn cost(width: usize, depth: usize, style: MemoryStyle) -> Cost {
    match style {
        MemoryStyle::Block | MemoryStyle::Mixed | MemoryStyle::Whole => {
            let blocks = |shapes: &[(usize, usize)], size: usize| {
                shapes.iter().map(|(d, w)| width.div_ceil(*w) * depth.div_ceil(*d) * size).min().unwrap_or(0)
            };
            Cost { ram18: blocks(&RAM18, 1).min(blocks(&RAM36, 2)), ..Cost::default() }
        }
        MemoryStyle::Ultra => Cost { ultra: width.div_ceil(72) * depth.div_ceil(ULTRA_ROWS), ..Cost::default() },
        MemoryStyle::Distributed if depth <= 32 => Cost { luts: 4 * width.div_ceil(6), ..Cost::default() },
        MemoryStyle::Distributed => Cost { luts: 4 * width.div_ceil(3) * depth.div_ceil(64), ..Cost::default() },
        MemoryStyle::Auto if depth <= 64 => cost(width, depth, MemoryStyle::Distributed),
        MemoryStyle::Auto => cost(width, depth, MemoryStyle::Block),
    }
}

/// Cuts a memory of `depth` words of `width` bits into tiles. In the styles auto and distributed it is one array.
pub fn place(width: usize, depth: usize, style: MemoryStyle) -> Vec<Tile> {
    place_with(width, depth, style, usize::MAX)
}

/// [`place`], with bits of a tile in LUT RAM only where it has up to `high_rows` rows.
fn place_with(width: usize, depth: usize, style: MemoryStyle, high_rows: usize) -> Vec<Tile> {
    let tile = |first, rows, style| Tile { first, rows, arrays: vec![Array { low: 0, width, style }] };
    let whole = vec![tile(0, depth, style)];
    match style {
        MemoryStyle::Auto | MemoryStyle::Distributed => whole,
        MemoryStyle::Ultra => {
            (0..depth).step_by(ULTRA_ROWS).map(|first| tile(first, ULTRA_ROWS.min(depth - first), MemoryStyle::Ultra)).collect()
        }
        MemoryStyle::Block => {
            let price = |tiles: &[Tile]| price(tiles, width);
            cut(width, 0, depth, 0, high_rows)
                .into_iter()
                .chain([whole])
                .min_by_key(|tiles| (price(tiles), tiles.len()))
                .unwrap_or_default()
        }
        MemoryStyle::Whole => place_with(width, depth, MemoryStyle::Block, 0),
        MemoryStyle::Mixed => {
            // each tile as long as all before it, so that its rows are a part of the address
            let starts = std::iter::successors(Some(MIXED_ROWS), |first| Some(2 * first)).take_while(|first| *first < depth);
            let rest = starts.map(|first| tile(first, first.min(depth - first), MemoryStyle::Distributed));
            std::iter::once(tile(0, MIXED_ROWS.min(depth), MemoryStyle::Block)).chain(rest).collect()
        }
    }
}

/// Cuts a memory whose reads and writes share one port: as [`place`], and what lies in LUT RAM into tiles of [`SINGLE_ROWS`].
pub fn place_single(width: usize, depth: usize, style: MemoryStyle) -> Vec<Tile> {
    let mut tiles = vec![];
    for tile in place_with(width, depth, style, HIGH_ROWS) {
        if !tile.is_distributed() {
            tiles.push(tile);
            continue;
        }
        let end = tile.first + tile.rows;
        let firsts = (tile.first..end).step_by(SINGLE_ROWS);
        tiles.extend(firsts.map(|first| Tile { first, rows: SINGLE_ROWS.min(end - first), arrays: tile.arrays.clone() }));
    }
    tiles
}

/// LUTs, with blocks in their price; a further tile costs a third of a LUT a bit of the multiplexer behind them.
fn price(tiles: &[Tile], width: usize) -> usize {
    let all = tiles.iter().map(Tile::cost).fold(Cost::default(), |a, b| a + b);
    all.ram18 * LUTS_PER_BLOCK + all.luts + tiles.len().saturating_sub(1) * width.div_ceil(3)
}

/// The cheapest cut of rows `first` to `first + depth` into tiles no larger than `TILES[level]`; `None`
/// where they would lie in LUT RAM alone.
fn cut(width: usize, first: usize, depth: usize, level: usize, high_rows: usize) -> Option<Vec<Tile>> {
    if depth == 0 {
        return Some(vec![]);
    }
    let &(rows, unit) = TILES.get(level)?;
    let mut choices: Vec<Vec<Tile>> = cut(width, first, depth, level + 1, high_rows).into_iter().collect();
    if depth <= rows {
        choices.push(vec![block_tile(width, first, depth, unit, high_rows)]);
    }
    if depth >= rows {
        let count = depth / rows;
        let mut tiles: Vec<Tile> = (0..count).map(|i| block_tile(width, first + i * rows, rows, unit, high_rows)).collect();
        let (first, rest) = (first + count * rows, depth % rows);
        let spare = Tile { first, rows: rest, arrays: vec![Array { low: 0, width, style: MemoryStyle::Distributed }] };
        let after = cut(width, first, rest, level + 1, high_rows).into_iter().chain((rest > 0).then(|| vec![spare]));
        tiles.extend(after.min_by_key(|tiles| price(tiles, width)).unwrap_or_default());
        // what is left is less than a tile of this level; a last one may be the cheapest
        choices.push(tiles);
        if rest > 0 {
            let rows_of = |i| if i < count { rows } else { rest };
            let tiles = (0..=count).map(|i| block_tile(width, i * rows + first - count * rows, rows_of(i), unit, high_rows));
            choices.push(tiles.collect());
        }
    }
    choices.into_iter().min_by_key(|tiles| (price(tiles, width), tiles.len()))
}

/// A tile in block RAM: whole, or the bits above a multiple of `unit` in an array of their own, in LUT RAM only with up to `high_rows`.
fn block_tile(width: usize, first: usize, rows: usize, unit: usize, high_rows: usize) -> Tile {
    let (main, rest) = (width / unit * unit, width % unit);
    let array = |low, width, style| Array { low, width, style };
    let mut choices = vec![vec![array(0, width, MemoryStyle::Block)]];
    if main > 0 && rest > 0 {
        let distributed = (rows <= high_rows).then_some(MemoryStyle::Distributed);
        for style in [MemoryStyle::Block].into_iter().chain(distributed) {
            choices.push(vec![array(0, main, MemoryStyle::Block), array(main, rest, style)]);
        }
    }
    let tiles = choices.into_iter().map(|arrays| Tile { first, rows, arrays });
    let best = tiles.min_by_key(|tile| (price(std::slice::from_ref(tile), width), tile.arrays.len()));
    best.unwrap_or(Tile { first, rows, arrays: vec![] })
}
