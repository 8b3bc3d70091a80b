//! Requantisation table, and the loader that keeps the next block's entries in the lanes.

use crate::lang::prelude::*;
use crate::target::MemoryStyle;

/// Where the next block's entries are.
///
/// ```text
///          program valid              marked entry               block starts
///  Empty ---------------> Read ----------------------> Ready ---------------> Taken
///                          ^                                                    |
///                          '--------- all lanes have taken the entries ---------'
/// ```
#[derive(LogicState, Clone, Copy, PartialEq, Debug)]
pub enum EntryLoad {
    /// No program.
    Empty,
    /// The table reads an entry every other cycle; each goes into its lane's chain when it has come out.
    Read,
    /// All are in the shadow registers.
    Ready,
    /// A block began: they are being taken.
    Taken,
}

/// Entries lie in the order in which the blocks of a frame use them; the last one of a block is
/// marked, so the loader needs no counts. Two cycles an entry.
///
/// The table is read ahead. What has been read when the marked entry comes out is dropped, and reading goes on behind that
/// entry for the next block:
///
/// ```text
///  address   4 . 5 . 6 . 7 . 8 . | the next block's begin 6 . 7 .
///  word              4 . 5*. (6 is dropped)                       6 .
/// ```
///
/// An entry's fields are those of [`contract::table_entry::TableEntry`] (docs/interface.md). For each lane the last column's entry comes first.
#[derive(LogicBlock, Default)]
pub struct TableLoader {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: drop what was loaded.
    pub reset: Signal<In, Bit>,
    /// Write `write_data` to the table.
    pub write: Signal<In, Bit>,
    /// With `write`: entry.
    pub write_address: Signal<In, Bits<23>>,
    /// With `write`: the entry, fields as above.
    pub write_data: Signal<In, Bits<64>>,
    /// The table holds a program's entries.
    pub program_valid: Signal<In, Bit>,
    /// While `program_valid`: entries of a frame.
    pub entries: Signal<In, Bits<32>>,
    /// Pulse: a block begins and takes the shadow entries.
    pub take: Signal<In, Bit>,
    /// Pulse: all lanes have taken them.
    pub taken: Signal<In, Bit>,
    /// The shadow registers hold the next block's entries. From a register; falls in the cycle after `take`.
    pub ready: Signal<Out, Bit>,
    /// Shift enable, one bit a lane.
    pub load: [Signal<Out, Bit>; 5],
    /// With `load`: the entry's low bits: bias, multiplier, shift.
    pub entry: Signal<Out, Bits<54>>,
    /// The program's requantisation entries. Depth `table_entries`: those of all layers.
    memory: Ram<58>,
    state: DFF<EntryLoad>,
    /// An entry is asked for in this cycle, not in the next.
    turn: DFF<Bit>,
    address: DFF<Bits<20>>,
    /// The entry that comes out next.
    coming: DFF<Bits<20>>,
    /// The last entry of a frame; whether `address` and `coming` are it. They hold for two cycles at least.
    final_entry: DFF<Bits<20>>,
    address_final: DFF<Bit>,
    coming_final: DFF<Bit>,
    /// Beside what is read: it was asked for, one to three cycles before.
    asked: [DFF<Bit>; 3],
    entry_1: DFF<Bits<54>>,
    loading: [DFF<Bit>; 5],
    is_ready: DFF<Bit>,
    /// The entry that is here: its lane, and whether it is its block's last.
    lane: Signal<Local, Bits<3>>,
    last: Signal<Local, Bit>,
    reading: Signal<Local, Bit>,
    asking: Signal<Local, Bit>,
    counts: Signal<Local, Bit>,
    unused_bits: Signal<Local, Bits<6>>,
    unused_address: Signal<Local, Bits<3>>,
    unused_entries: Signal<Local, Bits<12>>,
}

impl TableLoader {
    /// For `entries` entries.
    pub fn new(entries: usize, style: MemoryStyle) -> Self {
        Self { memory: Ram::chosen(entries).in_style(style), ..Default::default() }
    }
}

impl Logic for TableLoader {
    #[hdl_gen]
    fn update(&mut self) {
        comment!(
            "ember_table_loader: Requantisation table, and the loader that keeps the next block's entries in the lanes' shadow registers."
        );
        dff_setup!(self, clock, state, turn, address, coming, final_entry, address_final, coming_final, entry_1, is_ready);
        comment!("the table; its word comes from a register");
        self.memory.clock.next = self.clock.val();
        self.memory.write_enable.next = self.write.val();
        self.memory.write_address.next = self.write_address.val().get_bits::<20>(0);
        self.unused_address.next = self.write_address.val().get_bits::<3>(20);
        self.unused_entries.next = self.entries.val().get_bits::<12>(20);
        self.memory.write_data.next = self.write_data.val().get_bits::<58>(0);
        self.memory.read_address.next = self.address.q.val();
        self.lane.next = self.memory.read_data.val().get_bits::<3>(54);
        self.last.next = self.memory.read_data.val().get_bit(57);
        self.unused_bits.next = self.write_data.val().get_bits::<6>(58);

        comment!("what is asked for in a cycle comes three later; what is on the way when reading ends does not count");
        self.reading.next = self.state.q.val() == EntryLoad::Read;
        self.turn.d.next = self.reading.val() & !self.turn.q.val();
        self.asking.next = self.reading.val() & self.turn.q.val();
        for i in 0..3 {
            self.asked[i].clock.next = self.clock.val();
        }
        self.asked[0].d.next = self.asking.val();
        self.asked[1].d.next = self.asked[0].q.val() & self.reading.val();
        self.asked[2].d.next = self.asked[1].q.val() & self.reading.val();
        self.counts.next = self.asked[2].q.val() & self.reading.val();

        comment!("an entry, to its lane; its register has an enable, so that it and the memory's become no shift register");
        if self.counts.val() {
            self.entry_1.d.next = self.memory.read_data.val().get_bits::<54>(0);
        }
        self.entry.next = self.entry_1.q.val();
        for i in 0..5 {
            self.loading[i].clock.next = self.clock.val();
            self.loading[i].d.next = self.counts.val() & (self.lane.val() == i.to_bits::<3>());
            self.load[i].next = self.loading[i].q.val();
        }
        self.ready.next = self.is_ready.q.val();

        comment!("round the table");
        self.final_entry.d.next = self.entries.val().get_bits::<20>(0) - 1;
        self.address_final.d.next = self.address.q.val() == self.final_entry.q.val();
        self.coming_final.d.next = self.coming.q.val() == self.final_entry.q.val();
        if self.asking.val() {
            self.address.d.next = self.address.q.val() + 1;
            if self.address_final.q.val() {
                self.address.d.next = 0.into();
            }
        }
        if self.counts.val() {
            self.coming.d.next = self.coming.q.val() + 1;
            if self.coming_final.q.val() {
                self.coming.d.next = 0.into();
            }
        }
        match self.state.q.val() {
            EntryLoad::Empty => {
                self.address.d.next = 0.into();
                self.coming.d.next = 0.into();
                if self.program_valid.val() {
                    self.state.d.next = EntryLoad::Read;
                }
            }
            EntryLoad::Read => {
                if self.counts.val() & self.last.val() {
                    self.is_ready.d.next = true;
                    self.state.d.next = EntryLoad::Ready;
                }
            }
            EntryLoad::Ready => {
                self.address.d.next = self.coming.q.val();
                if self.take.val() {
                    self.is_ready.d.next = false;
                    self.state.d.next = EntryLoad::Taken;
                }
            }
            EntryLoad::Taken => {
                self.address.d.next = self.coming.q.val();
                if self.taken.val() {
                    self.state.d.next = EntryLoad::Read;
                }
            }
            _ => {
                self.state.d.next = EntryLoad::Empty;
            }
        }
        if self.reset.val() | !self.program_valid.val() {
            self.state.d.next = EntryLoad::Empty;
            self.is_ready.d.next = false;
        }
    }
}
