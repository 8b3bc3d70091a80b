//! The board's shell: the engine and everything between it and the XDMA.

use super::async_fifo::AsyncFifo;
use super::beat_join::BeatJoin;
use super::interrupt::Interrupt;
use super::lite_crossing::LiteCrossing;
use super::narrower::Narrower;
use super::resets::Resets;
use super::synchroniser::Synchroniser;
use super::widener::Widener;
use crate::lang::axi::{BoardLite, Words};
use crate::lang::prelude::*;
use crate::rtl::engine::EngineRtl;
use crate::target::Target;
use contract::engine::EngineConfig;

/// Bits of the FIFOs' pointers: 32 words each (why: [`AsyncFifo`]).
///
/// A result packet has up to 389 beats and need not fit: the engine holds a result while the next frame is computed, so a
/// host that is late by less than a frame costs nothing, and a deeper FIFO would cost a block RAM for the same.
pub const POINTER: usize = 6;

/// Streams of `W` bits, `K` = `W` / 8; see [`super`] for the picture.
#[derive(LogicBlock, Default)]
pub struct Shell<const W: usize, const K: usize> {
    /// Clock of the XDMA's streams and registers.
    pub axi_aclk: Signal<In, Clock>,
    /// Active low, synchronous to `axi_aclk`.
    pub axi_aresetn: Signal<In, Bit>,
    /// From the host: programs and frames.
    pub s_axis_h2c: Words<Slave, W, K>,
    /// To the host: results and traces.
    pub m_axis_c2h: Words<Master, W, K>,
    /// Registers, for the host.
    pub s_axil: BoardLite<Slave>,
    /// An interrupt is wanted; see [`Interrupt`].
    pub usr_irq_req: Signal<Out, Bit>,
    /// From the XDMA: the interrupt was sent.
    pub usr_irq_ack: Signal<In, Bit>,
    /// Clock of the engine, of any frequency.
    pub engine_clk: Signal<In, Clock>,
    /// `engine_clk` is stable; low resets everything.
    pub engine_locked: Signal<In, Bit>,
    /// A frame is being computed; synchronous to `engine_clk`, for an LED.
    pub busy: Signal<Out, Bit>,
    resets: Resets,
    narrower: Narrower<W, K>,
    /// Beats from the stream's clock to the engine's: 32 deep, see [`POINTER`].
    h2c_fifo: AsyncFifo<64, POINTER>,
    engine: EngineRtl,
    beat_join: BeatJoin,
    /// Beats and their last bits from the engine's clock to the stream's: 32 deep, see [`POINTER`].
    c2h_fifo: AsyncFifo<65, POINTER>,
    widener: Widener<W, K>,
    lite: LiteCrossing,
    fault: Synchroniser<Bit>,
    interrupt: Interrupt,
}

impl<const W: usize, const K: usize> Shell<W, K> {
    /// The shell of the engine that `config` describes, in the forms of `target`.
    pub fn new(config: &EngineConfig, target: &Target) -> Self {
        assert!([64, 128, 256, 512].contains(&W) && K == W / 8, "streams of {W} bits with {K} of tkeep");
        Self { engine: EngineRtl::new(config, target), ..Default::default() }
    }
}

impl<const W: usize, const K: usize> Logic for Shell<W, K> {
    wiring! { "ember_shell: The engine behind the streams, registers and interrupt of Xilinx's XDMA, with a clock of its own." self => {
        w!(resets.axi_aclk <= axi_aclk);
        w!(resets.engine_clk <= engine_clk);
        w!(resets.axi_aresetn <= axi_aresetn);
        w!(resets.engine_locked <= engine_locked);

        w!(narrower.clock <= axi_aclk);
        w!(narrower.reset <= resets.stream_reset);
        w!(narrower.s <=> s_axis_h2c);

        w!(h2c_fifo.write_clock <= axi_aclk);
        w!(h2c_fifo.write_reset <= resets.stream_reset);
        w!(h2c_fifo.write.valid <= narrower.valid);
        w!(narrower.ready <= h2c_fifo.write.ready);
        w!(h2c_fifo.write.data <= narrower.beat);
        w!(h2c_fifo.read_clock <= engine_clk);
        w!(h2c_fifo.read_reset <= resets.engine_reset);

        w!(engine.clock <= engine_clk);
        w!(engine.reset_n <= resets.engine_reset_n);
        w!(engine.s_axis.tdata <= h2c_fifo.read.data);
        w!(engine.s_axis.tvalid <= h2c_fifo.read.valid);
        w!(h2c_fifo.read.ready <= engine.s_axis.tready);
        w!(beat_join.data <= engine.m_axis.tdata);
        w!(beat_join.last <= engine.m_axis.tlast);
        w!(busy <= engine.busy);

        w!(c2h_fifo.write_clock <= engine_clk);
        w!(c2h_fifo.write_reset <= resets.engine_reset);
        w!(c2h_fifo.write.valid <= engine.m_axis.tvalid);
        w!(engine.m_axis.tready <= c2h_fifo.write.ready);
        w!(c2h_fifo.write.data <= beat_join.word);
        w!(c2h_fifo.read_clock <= axi_aclk);
        w!(c2h_fifo.read_reset <= resets.stream_reset);

        w!(widener.clock <= axi_aclk);
        w!(widener.reset <= resets.stream_reset);
        w!(widener.beat <= c2h_fifo.read.data);
        w!(widener.valid <= c2h_fifo.read.valid);
        w!(c2h_fifo.read.ready <= widener.ready);
        w!(m_axis_c2h <=> widener.m);

        w!(lite.axi_aclk <= axi_aclk);
        w!(lite.engine_clk <= engine_clk);
        w!(lite.axi_aresetn <= axi_aresetn);
        w!(lite.stream_reset <= resets.stream_reset);
        w!(lite.engine_reset <= resets.engine_reset);
        w!(lite.s_axil <=> s_axil);
        w!(engine.s_axil <=> lite.m_axil);

        w!(unused("always OKAY; the shell answers the XDMA itself") <= engine.s_axil.bresp);
        w!(unused("always OKAY; the shell answers the XDMA itself") <= engine.s_axil.rresp);
        w!(unused("events for a design without the shell; here the host counts packets") <= engine.frame_taken);
        w!(unused("events for a design without the shell; here the host counts packets") <= engine.result_sent);
        w!(fault.clock <= axi_aclk);
        w!(fault.source <= engine.fault);
        w!(interrupt.clock <= axi_aclk);
        w!(interrupt.reset <= resets.stream_reset);
        w!(interrupt.fault <= fault.value);
        w!(interrupt.usr_irq_ack <= usr_irq_ack);
        w!(usr_irq_req <= interrupt.usr_irq_req);
    }}
}
