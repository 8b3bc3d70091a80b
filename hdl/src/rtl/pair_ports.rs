//! What the two forms of a pair of columns share.

use crate::lang::prelude::*;
use crate::port_list;

port_list! {
    /// Ports of a pair of columns. Cascades have `CHAIN` rows: eight in DSP48E2, two in DSP48E1.
    pub struct PairPorts {
        /// Rising edges count.
        pub clock: Signal<In, Clock>,
        /// Shift the shadow registers down by one row.
        pub load: Signal<In, Bit>,
        /// Weight for row 0's shadow, row 15's first: even column, plus 128.
        pub even_weight: Signal<In, Bits<8>>,
        /// The same of the odd column, signed.
        pub odd_weight: Signal<In, Bits<8>>,
        /// First pixel of a pass is at every cascade's first `pixel_in`: take the shadow weights.
        pub swap_in: Signal<In, Bit>,
        /// `swap_in` two cycles later, for the next pair.
        pub swap_out: Signal<Out, Bit>,
        /// Unsigned pixel bytes, row r delayed by r mod `CHAIN` cycles.
        pub pixel_in: [Signal<In, Bits<8>>; 16],
        /// `pixel_in` two cycles later, for the next pair.
        pub pixel_out: [Signal<Out, Bits<8>>; 16],
        /// Sum of the sixteen pixels, the cycle before `even` is due: ten (DSP48E2) or six cycles after `pixel_in[0]`.
        pub pixel_sum: Signal<In, Bits<12>>,
        /// `pixel_sum` two cycles later, for the next pair.
        pub pixel_sum_out: Signal<Out, Bits<12>>,
        /// Sum of the even column; its latency is the form's.
        pub even: Signal<Out, SInt<32>>,
        /// Sum of the odd column, a cycle after `even`.
        pub odd: Signal<Out, SInt<32>>,
    }
}

/// Sixteen cells in cascades of `$chain`, and the swap bit for the next pair: inside `wiring!`, with its `w`.
macro_rules! cells {
    ($w:ident, $chain:literal) => {
        for r in 0..16 {
            $w!(cell[r].clock <= ports.clock);
            $w!(cell[r].load <= ports.load);
            $w!(cell[r].pixel_in <= ports.pixel_in[r]);
            $w!(ports.pixel_out[r] <= cell[r].pixel_out);
            if r == 0 {
                $w!(cell[r].even_in <= ports.even_weight);
                $w!(cell[r].odd_in <= ports.odd_weight);
            } else {
                $w!(cell[r].even_in <= cell[r - 1].even_out);
                $w!(cell[r].odd_in <= cell[r - 1].odd_out);
            }
            if r % $chain == 0 {
                $w!(cell[r].swap_in <= ports.swap_in);
                $w!(cell[r].total_in <= none);
            } else {
                $w!(cell[r].swap_in <= cell[r - 1].swap_out);
                $w!(cell[r].total_in <= cell[r - 1].total_out);
            }
        }
        $w!(second_swap.clock <= ports.clock);
        $w!(second_swap.d <= cell[0].swap_out);
        $w!(ports.swap_out <= second_swap.q);
        for r in ($chain - 1..16).step_by($chain) {
            $w!(unused("a cascade ends here, and the next one has a swap bit of its own") <= cell[r].swap_out);
        }
        $w!(unused("the chain of shadow registers ends here") <= cell[15].even_out);
        $w!(unused("the chain of shadow registers ends here") <= cell[15].odd_out);
    };
}
pub(crate) use cells;

/// The foot's inputs and outputs that are the pair's own: inside `wiring!`, with its `w`.
macro_rules! foot {
    ($w:ident) => {
        $w!(foot.clock <= ports.clock);
        $w!(foot.pixel_sum <= ports.pixel_sum);
        $w!(ports.pixel_sum_out <= foot.pixel_sum_out);
        $w!(ports.even <= foot.even);
        $w!(ports.odd <= foot.odd);
    };
}
pub(crate) use foot;
