//! Requantisation table, and the loader that keeps the next block's entries in the lanes.

use crate::lang::prelude::*;
use crate::target::MemoryStyle;

/// Where the next block's entries are.
///
/// ```text
///          program valid                        marked entry          block starts
///  Empty ---------------> Read ----> Shift -----------------> Ready ---------------> Taken
///                          ^ '---<----'                                                |
///                          '----------- all lanes have taken the entries --------------'
/// ```
#[derive(LogicState, Clone, Copy, PartialEq, Debug)]
pub enum EntryLoad {
    /// No program.
    Empty,
    /// The table reads an entry.
    Read,
    /// The entry goes into its lane's chain.
    Shift,
    /// All are in the shadow registers.
    Ready,
    /// A block began: they are being taken.
    Taken,
}

/// Entries lie in the order in which the blocks of a frame use them; the last one of a block is
/// marked, so the loader needs no counts. Two cycles an entry.
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
    /// The shadow registers hold the next block's entries.
    pub ready: Signal<Out, Bit>,
    /// Shift enable, one bit a lane.
    pub load: [Signal<Out, Bit>; 5],
    /// With `load`: the entry's low bits: bias, multiplier, shift.
    pub entry: Signal<Out, Bits<54>>,
    /// The program's requantisation entries. Depth `table_entries`: those of all layers.
    memory: Ram<58>,
    state: DFF<EntryLoad>,
    address: DFF<Bits<20>>,
    /// The entry that is read: its lane, and whether it is its block's last.
    lane: Signal<Local, Bits<3>>,
    last: Signal<Local, Bit>,
    unused_bits: Signal<Local, Bits<6>>,
    unused_address: Signal<Local, Bits<3>>,
    unused_entries: Signal<Local, Bits<12>>,
}

impl TableLoader {
    /// For `entries` entries.
    pub fn new(entries: usize, style: MemoryStyle) -> Self {
        Self { memory: Ram::new(entries).in_style(style), ..Default::default() }
    }
}

impl Logic for TableLoader {
    #[hdl_gen]
    fn update(&mut self) {
        comment!(
            "ember_table_loader: Requantisation table, and the loader that keeps the next block's entries in the lanes' shadow registers."
        );
        dff_setup!(self, clock, state, address);
        comment!("the table, and what its word says");
        self.memory.clock.next = self.clock.val();
        self.memory.write_enable.next = self.write.val();
        self.memory.write_address.next = self.write_address.val().get_bits::<20>(0);
        self.unused_address.next = self.write_address.val().get_bits::<3>(20);
        self.unused_entries.next = self.entries.val().get_bits::<12>(20);
        self.memory.write_data.next = self.write_data.val().get_bits::<58>(0);
        self.memory.read_address.next = self.address.q.val();
        self.entry.next = self.memory.read_data.val().get_bits::<54>(0);
        self.lane.next = self.memory.read_data.val().get_bits::<3>(54);
        self.last.next = self.memory.read_data.val().get_bit(57);
        self.unused_bits.next = self.write_data.val().get_bits::<6>(58);
        self.ready.next = self.state.q.val() == EntryLoad::Ready;
        for i in 0..5 {
            self.load[i].next = (self.state.q.val() == EntryLoad::Shift) & (self.lane.val() == i.to_bits::<3>());
        }
        match self.state.q.val() {
            EntryLoad::Empty => {
                self.address.d.next = 0.into();
                if self.program_valid.val() {
                    self.state.d.next = EntryLoad::Read;
                }
            }
            EntryLoad::Read => {
                self.address.d.next = self.address.q.val() + 1;
                if (self.address.q.val() + 1) == self.entries.val().get_bits::<20>(0) {
                    self.address.d.next = 0.into();
                }
                self.state.d.next = EntryLoad::Shift;
            }
            EntryLoad::Shift => {
                self.state.d.next = EntryLoad::Read;
                if self.last.val() {
                    self.state.d.next = EntryLoad::Ready;
                }
            }
            EntryLoad::Ready => {
                if self.take.val() {
                    self.state.d.next = EntryLoad::Taken;
                }
            }
            EntryLoad::Taken => {
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
        }
    }
}
