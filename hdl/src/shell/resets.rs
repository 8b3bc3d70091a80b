//! The resets of both sides of the shell, tied together.

use super::reset_side::ResetSide;
use super::synchroniser::Synchroniser;
use crate::lang::prelude::*;

/// Whatever begins a reset, both sides are reset, and neither runs before the other has been.
///
/// ```text
///   axi_aresetn ──┬────────────┐         a PCIe reset, or the engine's clock out of lock
///   engine_locked ┼──────────┐ │
///               stream     engine
///               cleared ──> stream_seen    (engine_clk)
///   engine_seen <────────── cleared        (axi_aclk)
///               reset      reset
/// ```
///
/// Why it leaves the FIFOs empty: a side's pointer is 0 from its second edge in reset, at least twelve edges before its
/// `cleared` rises. The other side waits for that `cleared` through a synchroniser like those of the pointers, so by
/// then it has seen the zero. A side that leaves first may write at once: its pointer is right from then on.
#[derive(LogicBlock, Default)]
pub struct Resets {
    /// Clock of the stream's side.
    pub axi_aclk: Signal<In, Clock>,
    /// Clock of the engine's side.
    pub engine_clk: Signal<In, Clock>,
    /// Active low, any phase.
    pub axi_aresetn: Signal<In, Bit>,
    /// Active low, any phase.
    pub engine_locked: Signal<In, Bit>,
    /// Active high, synchronous to `axi_aclk`.
    pub stream_reset: Signal<Out, Bit>,
    /// Active high, synchronous to `engine_clk`.
    pub engine_reset: Signal<Out, Bit>,
    /// Active low, synchronous to `engine_clk`.
    pub engine_reset_n: Signal<Out, Bit>,
    stream_side: ResetSide,
    engine_side: ResetSide,
    stream_seen: Synchroniser<Bit>,
    engine_seen: Synchroniser<Bit>,
}

impl Logic for Resets {
    wiring! { "ember_resets: The resets of both sides of the shell: neither runs before the other has been reset." self => {
        w!(stream_side.clock <= axi_aclk);
        w!(stream_side.axi_aresetn <= axi_aresetn);
        w!(stream_side.engine_locked <= engine_locked);
        w!(stream_side.other_cleared <= engine_seen.value);
        w!(stream_reset <= stream_side.reset);
        w!(unused("the blocks of the stream side take the reset that is high") <= stream_side.reset_n);

        w!(engine_side.clock <= engine_clk);
        w!(engine_side.axi_aresetn <= axi_aresetn);
        w!(engine_side.engine_locked <= engine_locked);
        w!(engine_side.other_cleared <= stream_seen.value);
        w!(engine_reset <= engine_side.reset);
        w!(engine_reset_n <= engine_side.reset_n);

        w!(stream_seen.clock <= engine_clk);
        w!(stream_seen.source <= stream_side.cleared);
        w!(engine_seen.clock <= axi_aclk);
        w!(engine_seen.source <= engine_side.cleared);
    }}
}
