//! What stands below one column of every group: the adder tree and five lanes.

use super::lane::Lane;
use crate::lang::prelude::*;
use crate::target::MemoryStyles;

/// Sums of ten groups become up to five output channels.
///
/// ```text
/// groups  0 1   2 3   4 5   6 7   8 9          whole array: lane 0 = all ten
///         (+)   (+)   (+)   (+)   (+)          expand:      lane 0 = groups 0..8, lane 1 = group 9
///          |_____|     |_____|     |           segmented:   lane s = groups 2s, 2s + 1
///            (+)_________(+)       |
///                  (+)-------------+-- (+)
/// ```
///
/// Tokens pass from column to column one cycle later, as the pixels do.
#[derive(LogicBlock, Default)]
pub struct Tail {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Static: five segments of two groups.
    pub segmented: Signal<In, Bit>,
    /// Static: group 9 is a filter of its own.
    pub expand: Signal<In, Bit>,
    /// Sums of this column, one a group.
    pub sum: [Signal<In, SInt<20>>; 10],
    /// Two cycles after the sums: they are a pixel's; see [`Lane`].
    pub valid: Signal<In, Bit>,
    /// With `valid`: first pass of the reduction.
    pub first: Signal<In, Bit>,
    /// With `valid`: last pass of the reduction.
    pub last: Signal<In, Bit>,
    /// First pixel of a block of output channels: take the shadow entries.
    pub block: Signal<In, Bit>,
    /// With `valid`: the pixel's number in the pass.
    pub address: Signal<In, Bits<16>>,
    /// `valid` a cycle later, for the next column.
    pub valid_out: Signal<Out, Bit>,
    /// `first` a cycle later.
    pub first_out: Signal<Out, Bit>,
    /// `last` a cycle later.
    pub last_out: Signal<Out, Bit>,
    /// `block` a cycle later.
    pub block_out: Signal<Out, Bit>,
    /// `address` a cycle later.
    pub address_out: Signal<Out, Bits<16>>,
    /// Shift `entry_in` into the shadow entries, one bit a lane.
    pub load: [Signal<In, Bit>; 5],
    /// With `load`: entry for each lane, from the column before.
    pub entry_in: [Signal<In, Bits<54>>; 5],
    /// The shadow entries, for the next column.
    pub entry_out: [Signal<Out, Bits<54>>; 5],
    /// Results, one a lane.
    pub byte: [Signal<Out, Bits<8>>; 5],
    pair: [DFF<SInt<32>>; 5],
    nine: DFF<SInt<32>>,
    pair_late: [DFF<SInt<32>>; 5],
    nine_late: DFF<SInt<32>>,
    low: DFF<SInt<32>>,
    high: DFF<SInt<32>>,
    slot: [DFF<SInt<32>>; 5],
    valid_1: DFF<Bit>,
    first_1: DFF<Bit>,
    last_1: DFF<Bit>,
    block_1: DFF<Bit>,
    address_1: DFF<Bits<16>>,
    none: Signal<Local, SInt<20>>,
    lane: Vec<Lane>,
}

impl Tail {
    /// Lanes 0 and 1 hold `pixels` partial sums, lanes 2 to 4 `segment_pixels`.
    pub fn new(pixels: usize, segment_pixels: usize, styles: &MemoryStyles) -> Self {
        Self {
            lane: (0..5)
                .map(|i| match i < 2 {
                    true => Lane::new(pixels).in_style(styles.accumulators),
                    false => Lane::new(segment_pixels).in_style(styles.segment_accumulators),
                })
                .collect(),
            ..Default::default()
        }
    }
}

impl Logic for Tail {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_tail: Adds one column's sums over the groups (all ten, nine and one, or five pairs) and hands them to five lanes. Tokens go on to the next column a cycle later.");
        dff_setup!(self, clock, nine, nine_late, low, high, valid_1, first_1, last_1, block_1, address_1);
        self.none.next = signed_cast_bits(bits::<20>(0));
        for i in 0..5 {
            self.pair[i].clock.next = self.clock.val();
            self.pair_late[i].clock.next = self.clock.val();
            self.slot[i].clock.next = self.clock.val();
            self.pair[i].d.next = (self.sum[2 * i].val() + self.sum[2 * i + 1].val()).into();
            self.pair_late[i].d.next = self.pair[i].q.val();
            self.slot[i].d.next = self.pair_late[i].q.val();
        }
        if self.expand.val() {
            self.pair[4].d.next = (self.none.val() + self.sum[8].val()).into();
        }
        comment!("group 9 waits beside the adder tree");
        self.nine.d.next = (self.none.val() + self.sum[9].val()).into();
        self.nine_late.d.next = self.nine.q.val();
        comment!("cycle 1: fours of groups; cycle 2: all of them, or the pairs as they are");
        self.low.d.next = (self.pair[0].q.val() + self.pair[1].q.val()).into();
        self.high.d.next = (self.pair[2].q.val() + self.pair[3].q.val()).into();
        if !self.segmented.val() {
            self.slot[0].d.next = (self.low.q.val() + self.high.q.val() + self.pair_late[4].q.val()).into();
            self.slot[1].d.next = self.nine_late.q.val();
        }

        comment!("the token, for the next column a cycle later");
        self.valid_1.d.next = self.valid.val();
        self.first_1.d.next = self.first.val();
        self.last_1.d.next = self.last.val();
        self.block_1.d.next = self.block.val();
        self.address_1.d.next = self.address.val();
        self.valid_out.next = self.valid_1.q.val();
        self.first_out.next = self.first_1.q.val();
        self.last_out.next = self.last_1.q.val();
        self.block_out.next = self.block_1.q.val();
        self.address_out.next = self.address_1.q.val();

        comment!("cycle 3: the lanes");
        for i in 0..5 {
            self.lane[i].clock.next = self.clock.val();
            self.lane[i].valid.next = self.valid.val();
            self.lane[i].first.next = self.first.val();
            self.lane[i].last.next = self.last.val();
            self.lane[i].block.next = self.block.val();
            self.lane[i].address.next = self.address.val();
            self.lane[i].sum_in.next = self.slot[i].q.val();
            self.lane[i].load.next = self.load[i].val();
            self.lane[i].entry_in.next = self.entry_in[i].val();
            self.entry_out[i].next = self.lane[i].entry_out.val();
            self.byte[i].next = self.lane[i].quantised.val();
        }
    }
}
