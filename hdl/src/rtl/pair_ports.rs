//! What the two forms of a pair of columns share.

use crate::lang::prelude::*;
use crate::port_list;

port_list! {
    /// Ports of a pair of columns.
    pub struct PairPorts {
        /// Rising edges count.
        pub clock: Signal<In, Clock>,
        /// A cycle after the weights: hand the next weights down by one row.
        pub load: Signal<In, Bit>,
        /// `load` a cycle later, for the odd weights' lowest bits.
        pub load_late: Signal<In, Bit>,
        /// Weight for row 0, row 15's first: even column.
        pub even_weight: Signal<In, Bits<8>>,
        /// The same of the odd column.
        pub odd_weight: Signal<In, Bits<8>>,
        /// First pixel of a pass is at `pixel_in[0]`: use the next weights.
        pub swap_in: Signal<In, Bit>,
        /// `swap_in` two cycles later, for the next pair.
        pub swap_out: Signal<Out, Bit>,
        /// Unsigned pixel bytes, row r delayed by r cycles.
        pub pixel_in: [Signal<In, Bits<8>>; 16],
        /// `pixel_in` two cycles later, for the next pair.
        pub pixel_out: [Signal<Out, Bits<8>>; 16],
        /// Sum of the sixteen pixels, inverted: 19 cycles after `pixel_in[0]` in DSP48E1, 16 in DSP48E2.
        pub complement: Signal<In, Bits<12>>,
        /// `complement` two cycles later, for the next pair.
        pub complement_out: Signal<Out, Bits<12>>,
        /// Sum of the even column; its latency is the form's.
        pub even: Signal<Out, SInt<20>>,
        /// Sum of the odd column, a cycle after `even`.
        pub odd: Signal<Out, SInt<20>>,
    }
}

/// The fabric beside sixteen DSP48s, and what the first `$dsps` of them, in `dsp`, have in common: inside `wiring!`, with its `w`.
macro_rules! cells {
    ($w:ident, $dsps:literal) => {
        $w!(operand.clock <= ports.clock);
        $w!(operand.even <= ports.even_weight);
        $w!(operand.odd <= ports.odd_weight);
        for r in 0..16 {
            $w!(cell[r].clock <= ports.clock);
            $w!(cell[r].load <= ports.load_late);
            $w!(cell[r].pixel_in <= ports.pixel_in[r]);
            $w!(ports.pixel_out[r] <= cell[r].pixel_out);
            if r == 0 {
                $w!(cell[r].bit_in <= operand.odd_bit);
                $w!(cell[r].swap_in <= ports.swap_in);
                $w!(cell[r].parity_in <= even_parity);
            } else {
                $w!(cell[r].bit_in <= cell[r - 1].bit_out);
                $w!(cell[r].swap_in <= cell[r - 1].swap_out);
                $w!(cell[r].parity_in <= cell[r - 1].parity_out);
            }
        }
        $w!(swap_hop.clock <= ports.clock);
        $w!(swap_hop.value <= cell[0].swap_out);
        $w!(ports.swap_out <= swap_hop.held);
        $w!(unused("the swap wave ends here") <= cell[15].swap_out);
        $w!(unused("the chain of shadow registers ends here") <= cell[15].bit_out);
        for r in 0..$dsps {
            $w!(dsp[r].clock <= ports.clock);
            $w!(dsp[r].load <= ports.load);
            $w!(dsp[r].pixel <= ports.pixel_in[r]);
            if r == 0 {
                $w!(dsp[r].swap <= ports.swap_in);
                $w!(dsp[r].operand <= operand.operand);
                $w!(dsp[r].operand_in <= no_operand);
                $w!(dsp[r].total_in <= no_total);
            } else {
                $w!(dsp[r].swap <= cell[r - 1].swap_out);
                $w!(dsp[r].operand <= no_operand);
                $w!(dsp[r].operand_in <= dsp[r - 1].operand_out);
                $w!(dsp[r].total_in <= dsp[r - 1].total_out);
            }
        }
    };
}
pub(crate) use cells;
