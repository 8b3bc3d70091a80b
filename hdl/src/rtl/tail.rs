//! What stands below one column of every group: the adder tree and five lanes.

use super::lane::Lane;
use crate::lang::copies::Copies;
use crate::lang::prelude::*;
use crate::target::MemoryStyles;

/// Sums of ten groups become up to five output channels.
///
/// ```text
/// groups  0 1   2 3   4 5   6 7   8 9          whole array: lane 0 = all ten
///         (+)   (+)   (+)   (+)   (+)          expand:      lane 0 = groups 0..8, lane 1 = group 9
///          |_____|     |_____|     |           segmented:   lane s = groups 2s, 2s + 1
///            (+)_________(+)       |
///                  (+)             |           each level a register; sums grow by a bit a level
///                   |  late        |  early
///                   '---- lane 0 --'
/// ```
///
/// What is not added in a mode is 0 there, so no adder has a multiplexer before it; where groups 8 and 9 are one sum or two, both are made. A lane takes a sum in two parts, one of them a
/// cycle earlier: nothing waits for the last addition.
///
/// Tokens pass from column to column one cycle later, as the pixels do; so do the static fields.
#[derive(LogicBlock, Default)]
pub struct Tail {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Static: five segments of two groups.
    pub segmented: Signal<In, Bit>,
    /// Static: group 9 is a filter of its own.
    pub expand: Signal<In, Bit>,
    /// `segmented`, for the next column.
    pub segmented_out: Signal<Out, Bit>,
    /// `expand`, for the next column.
    pub expand_out: Signal<Out, Bit>,
    /// Sums of this column, one a group.
    pub sum: [Signal<In, SInt<20>>; 10],
    /// A cycle before the sums: they are a pixel's; see [`Lane`].
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
    /// Results, one a lane; twelve cycles after their token.
    pub byte: [Signal<Out, Bits<8>>; 5],
    segmented_1: DFF<Bit>,
    expand_1: DFF<Bit>,
    pair: [DFF<SInt<21>>; 5],
    eight: DFF<SInt<20>>,
    nine: DFF<SInt<20>>,
    /// Pairs on the way to their lanes; to lane 1 also group 9.
    wait: [DFF<SInt<21>>; 4],
    /// Groups 8 and 9 for lane 0, or 8 alone, or its own pair.
    rest: DFF<SInt<21>>,
    low: DFF<SInt<22>>,
    high: DFF<SInt<22>>,
    late: DFF<SInt<23>>,
    valid_1: DFF<Bit>,
    first_1: DFF<Bit>,
    last_1: DFF<Bit>,
    block_1: DFF<Bit>,
    address_1: DFF<Bits<16>>,
    /// For lanes 0 to 2, and for 3 and 4: a memory in LUT RAM has the address at 130 LUTs.
    addresses: Copies<16>,
    nothing: Signal<Local, SInt<21>>,
    nothing_late: Signal<Local, SInt<23>>,
    zero: Signal<Local, Bits<23>>,
    no_four: Signal<Local, SInt<22>>,
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
        dff_setup!(self, clock, segmented_1, expand_1, eight, nine, rest, low, high, late, valid_1, first_1, last_1, block_1, address_1);
        for i in 0..4 {
            self.wait[i].clock.next = self.clock.val();
            self.wait[i].d.next = self.pair[i + 1].q.val();
        }
        for i in 0..5 {
            self.pair[i].clock.next = self.clock.val();
        }
        self.zero.next = 0.into();
        self.nothing.next = signed_cast_bits(self.zero.val().get_bits::<21>(0));
        self.no_four.next = signed_cast_bits(self.zero.val().get_bits::<22>(0));
        self.nothing_late.next = signed_cast_bits(self.zero.val());
        self.segmented_1.d.next = self.segmented.val();
        self.expand_1.d.next = self.expand.val();
        self.segmented_out.next = self.segmented_1.q.val();
        self.expand_out.next = self.expand_1.q.val();

        comment!("cycle 1: pairs of groups");
        for i in 0..5 {
            self.pair[i].d.next = (self.sum[2 * i].val() + self.sum[2 * i + 1].val()).into();
        }
        self.eight.d.next = self.sum[8].val();
        self.nine.d.next = self.sum[9].val();

        comment!("cycle 2: fours of groups; groups 8 and 9, and what other lanes take, wait beside the adders");
        self.low.d.next = (self.pair[0].q.val() + self.pair[1].q.val()).into();
        self.high.d.next = (self.pair[2].q.val() + self.pair[3].q.val()).into();
        self.rest.d.next = self.pair[4].q.val();
        if self.expand_1.q.val() {
            self.rest.d.next = (self.eight.q.val() + self.nothing.val()).into();
        }
        if self.segmented_1.q.val() {
            self.low.d.next = self.no_four.val();
            self.high.d.next = self.no_four.val();
            self.rest.d.next = self.pair[0].q.val();
        } else {
            self.wait[0].d.next = (self.nine.q.val() + self.nothing.val()).into();
        }

        comment!("cycle 3: eight of them");
        self.late.d.next = (self.low.q.val() + self.high.q.val()).into();

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

        comment!("from cycle 1 on: the lanes");
        self.addresses.clock.next = self.clock.val();
        self.addresses.value.next = self.address.val();
        for i in 0..5 {
            self.lane[i].clock.next = self.clock.val();
            self.lane[i].valid.next = self.valid_1.q.val();
            self.lane[i].first.next = self.first_1.q.val();
            self.lane[i].last.next = self.last_1.q.val();
            self.lane[i].block.next = self.block_1.q.val();
            self.lane[i].load.next = self.load[i].val();
            self.lane[i].entry_in.next = self.entry_in[i].val();
            self.entry_out[i].next = self.lane[i].entry_out.val();
            self.byte[i].next = self.lane[i].quantised.val();
        }
        for i in 0..3 {
            self.lane[i].address.next = self.addresses.copy[0].val();
        }
        for i in 3..5 {
            self.lane[i].address.next = self.addresses.copy[1].val();
        }
        self.lane[0].early.next = self.rest.q.val();
        self.lane[0].late.next = self.late.q.val();
        for i in 1..5 {
            self.lane[i].early.next = self.wait[i - 1].q.val();
            self.lane[i].late.next = self.nothing_late.val();
        }
    }
}
