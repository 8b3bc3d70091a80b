//! Weight memory, and the loader that keeps the next tile in the shadow registers.

use crate::lang::prelude::*;
use crate::rtl::delay::Delay;
use crate::target::MemoryStyle;

/// Where the next pass's tile is.
///
/// ```text
///          program valid           80 rows read          the last is at the array      pass starts: mark, or go back
///  Empty ---------------> Load ------------------> Land --------------------------> Ready -----------------------> Taken
///                          ^                                                                                        |
///                          '--------------------------- the swap wave has left the array ---------------------------'
/// ```
#[derive(LogicState, Clone, Copy, PartialEq, Debug)]
pub enum TileLoad {
    /// No program.
    Empty,
    /// A row a cycle is read.
    Load,
    /// All rows are on their way to the array.
    Land,
    /// All rows are in the shadow registers, or will be when a pass can want them.
    Ready,
    /// A pass began: they are being taken.
    Taken,
}

/// Tiles lie in the memory in the order in which the blocks of a frame use them, so the loader
/// needs no addresses: it runs round and round. For every strip but the first it goes back to its
/// block's first tile, which it has marked.
///
/// ```text
///  block of two passes, three strips:   tile 7  8  7  8  7  8  9 ...
///                                       mark ^     ^     ^     ^ mark
///                                            goes back to the mark
/// ```
///
/// Beats are collected into words before they are written, the last beat of a word writes it; the parser
/// lets only packets of whole words through, so a word is never made of two packets. Reading
/// goes on while a program is written, but what it gives is not used: without a valid program no
/// pass takes a tile, and the first tile of the next one is read after its commit.
///
/// The memory is a chain (see [`ByteRam`]) and takes as many cycles to read as it has stages: a row's number
/// travels beside it. A tile is read while the one before is in use, so the way costs nothing as long as it, the 80 rows and the
/// swap wave are shorter than a pass. Sums and comparisons of counters are made a cycle ahead: a tile lasts for 80.
///
/// A tile is 80 words: for each pair of groups sixteen rows, row 15 first; a word holds N bytes
/// for the even group, then N for the odd one.
#[derive(LogicBlock, Default)]
pub struct WeightLoader {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: drop what was loaded.
    pub reset: Signal<In, Bit>,
    /// Write `write_data` to the weight memory, in beats of 64 bits.
    pub write: Signal<In, Bit>,
    /// With `write`: beat, N / 4 a word.
    pub write_address: Signal<In, Bits<23>>,
    /// With `write`: eight weights.
    pub write_data: Signal<In, Bits<64>>,
    /// The memory holds a program's tiles.
    pub program_valid: Signal<In, Bit>,
    /// While `program_valid`: tiles of a frame.
    pub tiles: Signal<In, Bits<32>>,
    /// Pulse: a pass begins and takes the shadow weights.
    pub take: Signal<In, Bit>,
    /// Pulse: all cells have taken them.
    pub taken: Signal<In, Bit>,
    /// With `take`: the pass is the first of a block.
    pub mark: Signal<In, Bit>,
    /// With `take`: the pass after it uses the block's first tile again (a block with strips has at least two passes, so never with
    /// `mark`).
    pub rewind: Signal<In, Bit>,
    /// A pass may start: the next tile's last row has been at `word`, and a pass that starts now swaps more than four cycles
    /// later. From a register; falls in the cycle after `take`.
    pub ready: Signal<Out, Bit>,
    /// Shift enable, one bit a pair of groups.
    pub load: [Signal<Out, Bit>; 5],
    /// Row of weights for the even groups, then for the odd ones: N / 4 words of eight bytes.
    pub word: Vec<Signal<Out, Bits<64>>>,
    /// The program's weights, 2 N bytes a word. Depth `weight_words`: 80 for each tile of a frame.
    memory: ByteRam,
    /// Beats of the word that is being collected.
    held: Vec<DFF<Bits<64>>>,
    complete: DFF<Bit>,
    complete_address: DFF<Bits<20>>,
    state: DFF<TileLoad>,
    address: DFF<Bits<20>>,
    tile: DFF<Bits<32>>,
    /// The tile in the shadow registers; the block's first.
    loaded_address: DFF<Bits<20>>,
    loaded_tile: DFF<Bits<32>>,
    marked_address: DFF<Bits<20>>,
    marked_tile: DFF<Bits<32>>,
    row: DFF<Bits<4>>,
    pair: DFF<Bits<3>>,
    /// While rows are read: the first is here, the last.
    first_row: DFF<Bit>,
    last_row: DFF<Bit>,
    /// Beside a row on its way: it is one, its pair of groups, it is the tile's last.
    flight: Delay<5>,
    loading: [DFF<Bit>; 5],
    landed: DFF<Bit>,
    is_ready: DFF<Bit>,
    /// The tile after this one, and whether that is the first one again.
    following: DFF<Bits<32>>,
    at_last: DFF<Bit>,
    shift: Number<Bits<3>>,
    mask: Number<Bits<23>>,
    word_address: Signal<Local, Bits<23>>,
    bank_number: Signal<Local, Bits<23>>,
    arriving: Signal<Local, Bits<5>>,
    unused_address: Signal<Local, Bits<3>>,
}

impl WeightLoader {
    /// For `columns` columns and `words` words of 2 * `columns` bytes, of each of which `bits` bits are kept.
    pub fn new(columns: usize, words: usize, bits: usize, style: MemoryStyle) -> Self {
        let banks = columns / 4;
        let memory = ByteRam::new(words, banks, bits, style);
        Self {
            word: many(banks),
            // up to the cycle before the word's, when the shift enables are decoded
            flight: Delay::new(memory.cycles() - 1),
            memory,
            held: many(banks),
            shift: Number::new(u64::from(banks.trailing_zeros()).into()),
            mask: Number::new((banks as u64 - 1).into()),
            ..Default::default()
        }
    }
}

impl Logic for WeightLoader {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_weight_loader: Weight memory, and the loader that keeps the next tile of weights in the array's shadow registers.");
        dff_setup!(
            self,
            clock,
            state,
            address,
            tile,
            loaded_address,
            loaded_tile,
            marked_address,
            marked_tile,
            row,
            pair,
            first_row,
            last_row,
            complete,
            complete_address,
            landed,
            is_ready,
            following,
            at_last
        );
        comment!("beats into words: the last one of a word writes it, a cycle later");
        self.word_address.next = self.write_address.val() >> self.shift.val();
        self.unused_address.next = self.word_address.val().get_bits::<3>(20);
        self.bank_number.next = self.write_address.val() & self.mask.val();
        self.memory.clock.next = self.clock.val();
        self.memory.write_enable.next = self.complete.q.val();
        self.memory.write_address.next = self.complete_address.q.val();
        self.memory.read_address.next = self.address.q.val();
        self.complete.d.next = self.write.val() & (self.bank_number.val() == self.mask.val());
        self.complete_address.d.next = self.word_address.val().get_bits::<20>(0);
        for i in 0..self.held.len() {
            self.held[i].clock.next = self.clock.val();
            self.held[i].d.next = self.held[i].q.val();
            if self.write.val() & (self.bank_number.val() == i.to_bits::<23>()) {
                self.held[i].d.next = self.write_data.val();
            }
            self.memory.write_data[i].next = self.held[i].q.val();
            self.word[i].next = self.memory.read_data[i].val();
        }
        comment!("a tile's first row is the cycle after reading begins, its last is known a row ahead");
        self.first_row.d.next = false;
        self.last_row.d.next = false;
        comment!("a row's way, beside its word: address, memory, shadow registers");
        self.flight.clock.next = self.clock.val();
        self.flight.value.next = bit_cast::<5, 1>((self.state.q.val() == TileLoad::Load).into())
            | (bit_cast::<5, 3>(self.pair.q.val()) << 1)
            | (bit_cast::<5, 1>(self.last_row.q.val().into()) << 4);
        self.arriving.next = self.flight.delayed.val();
        for i in 0..5 {
            self.loading[i].clock.next = self.clock.val();
            self.loading[i].d.next = self.arriving.val().get_bit(0) & (self.arriving.val().get_bits::<3>(1) == i.to_bits::<3>());
            self.load[i].next = self.loading[i].q.val();
        }
        self.landed.d.next = self.arriving.val().get_bit(0) & self.arriving.val().get_bit(4);
        self.ready.next = self.is_ready.q.val();
        self.following.d.next = self.tile.q.val() + 1;
        self.at_last.d.next = self.following.q.val() == self.tiles.val();
        match self.state.q.val() {
            TileLoad::Empty => {
                self.address.d.next = 0.into();
                self.tile.d.next = 0.into();
                self.row.d.next = 0.into();
                self.pair.d.next = 0.into();
                if self.program_valid.val() {
                    self.first_row.d.next = true;
                    self.state.d.next = TileLoad::Load;
                }
            }
            TileLoad::Load => {
                self.last_row.d.next = (self.row.q.val() == 14) & (self.pair.q.val() == 4);
                if self.first_row.q.val() {
                    self.loaded_address.d.next = self.address.q.val();
                    self.loaded_tile.d.next = self.tile.q.val();
                }
                self.address.d.next = self.address.q.val() + 1;
                self.row.d.next = self.row.q.val() + 1;
                if self.row.q.val() == 15 {
                    self.pair.d.next = self.pair.q.val() + 1;
                }
                if self.last_row.q.val() {
                    self.pair.d.next = 0.into();
                    self.tile.d.next = self.following.q.val();
                    if self.at_last.q.val() {
                        self.tile.d.next = 0.into();
                        self.address.d.next = 0.into();
                    }
                    self.state.d.next = TileLoad::Land;
                }
            }
            TileLoad::Land => {
                if self.landed.q.val() {
                    self.is_ready.d.next = true;
                    self.state.d.next = TileLoad::Ready;
                }
            }
            TileLoad::Ready => {
                if self.take.val() {
                    self.is_ready.d.next = false;
                    self.state.d.next = TileLoad::Taken;
                    if self.mark.val() {
                        self.marked_address.d.next = self.loaded_address.q.val();
                        self.marked_tile.d.next = self.loaded_tile.q.val();
                    }
                    if self.rewind.val() {
                        self.address.d.next = self.marked_address.q.val();
                        self.tile.d.next = self.marked_tile.q.val();
                    }
                }
            }
            TileLoad::Taken => {
                if self.taken.val() {
                    self.first_row.d.next = true;
                    self.state.d.next = TileLoad::Load;
                }
            }
            _ => {
                self.state.d.next = TileLoad::Empty;
            }
        }
        if self.reset.val() | !self.program_valid.val() {
            self.state.d.next = TileLoad::Empty;
            self.is_ready.d.next = false;
        }
    }
}
