//! A FIFO between two clocks.

use super::dual_clock_ram::DualClockRam;
use super::fifo_read::FifoRead;
use super::fifo_write::FifoWrite;
use super::synchroniser::Synchroniser;
use crate::lang::axi::Handshake;
use crate::lang::prelude::*;

/// `2^(P - 1)` words of `W` bits between two clocks of any ratio and phase, a word a cycle of the slower one.
///
/// ```text
///   valid, data --> write_side --enable, address--> memory <--enable, address-- read_side --> valid
///                    |     ^                          |                          |    ^        data
///                    |     +------ read_code <--------|------- gray <------------+    |
///                    +-----------------------> gray --|-----> write_code -------------+
///   write_clock                                       |                          read_clock
/// ```
///
/// Depth: a word is seen by the reader at most five of its edges after it was written (three in the synchroniser if it is
/// caught late, the register of `some`, the fetch), and its place by the writer at most four of its edges later: at the
/// slower clock's rate ten words are under way, whatever the ratio. 16 places are enough (`hdl/tests/shell_fifo.rs`
/// measures it), and LUT RAM has 32 for the same price.
#[derive(LogicBlock, Default)]
pub struct AsyncFifo<const W: usize, const P: usize> {
    /// Clock of `write`.
    pub write_clock: Signal<In, Clock>,
    /// Synchronous to `write_clock`: empty; both resets overlap (see [`super::resets`]).
    pub write_reset: Signal<In, Bit>,
    /// Words in, at `write_clock`.
    pub write: Handshake<Slave, W>,
    /// Clock of `read`.
    pub read_clock: Signal<In, Clock>,
    /// Synchronous to `read_clock`: empty.
    pub read_reset: Signal<In, Bit>,
    /// Words out, at `read_clock`; the data are from a register.
    pub read: Handshake<Master, W>,
    write_side: FifoWrite<P>,
    read_side: FifoRead<P>,
    write_code: Synchroniser<Bits<P>>,
    read_code: Synchroniser<Bits<P>>,
    /// The words: `2^(P - 1)` deep, in LUT RAM; why so many is above.
    memory: DualClockRam<W, P>,
}

impl<const W: usize, const P: usize> Logic for AsyncFifo<W, P> {
    wiring! { "ember_async_fifo: A FIFO between two clocks." self => {
        w!(write_side.clock <= write_clock);
        w!(write_side.reset <= write_reset);
        w!(write_side.valid <= write.valid);
        w!(write.ready <= write_side.ready);
        w!(write_side.read_gray <= read_code.value);

        w!(read_side.clock <= read_clock);
        w!(read_side.reset <= read_reset);
        w!(read.valid <= read_side.valid);
        w!(read_side.ready <= read.ready);
        w!(read_side.write_gray <= write_code.value);

        w!(write_code.clock <= read_clock);
        w!(write_code.source <= write_side.gray);
        w!(read_code.clock <= write_clock);
        w!(read_code.source <= read_side.gray);

        w!(memory.write_clock <= write_clock);
        w!(memory.write_enable <= write_side.write_enable);
        w!(memory.write_address <= write_side.write_address);
        w!(memory.write_data <= write.data);
        w!(memory.read_clock <= read_clock);
        w!(memory.read_enable <= read_side.read_enable);
        w!(memory.read_address <= read_side.read_address);
        w!(read.data <= memory.word);
    }}
}
