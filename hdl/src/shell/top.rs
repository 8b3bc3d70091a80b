//! The board's shell: the engine and everything between it and the XDMA.

use super::async_fifo::AsyncFifo;
use super::beat_join::BeatJoin;
use super::interrupt::Interrupt;
use super::lite_crossing::LiteCrossing;
use super::narrower::Narrower;
use super::resets::Resets;
use super::synchroniser::Synchroniser;
use super::widener::Widener;
use crate::lang::prelude::*;
use crate::rtl::engine::Engine;
use crate::target::Target;
use net::engine::EngineConfig;

/// Bits of the FIFOs' pointers: 32 words each (why: [`AsyncFifo`]).
///
/// A result packet has up to 389 beats and need not fit: the engine holds a result while the next frame is computed, so a
/// host that is late by less than a frame costs nothing, and a deeper FIFO would cost a block RAM for the same.
pub const POINTER: usize = 6;

/// Streams of `W` bits, `K` = `W` / 8; see [`super`] for the picture.
#[derive(LogicBlock)]
pub struct Shell<const W: usize, const K: usize> {
    /// Clock of the XDMA's streams and registers.
    pub axi_aclk: Signal<In, Clock>,
    /// Active low, synchronous to `axi_aclk`.
    pub axi_aresetn: Signal<In, Bit>,
    pub s_axis_h2c_tdata: Signal<In, Bits<W>>,
    pub s_axis_h2c_tkeep: Signal<In, Bits<K>>,
    pub s_axis_h2c_tlast: Signal<In, Bit>,
    pub s_axis_h2c_tvalid: Signal<In, Bit>,
    pub s_axis_h2c_tready: Signal<Out, Bit>,
    pub m_axis_c2h_tdata: Signal<Out, Bits<W>>,
    pub m_axis_c2h_tkeep: Signal<Out, Bits<K>>,
    pub m_axis_c2h_tlast: Signal<Out, Bit>,
    pub m_axis_c2h_tvalid: Signal<Out, Bit>,
    pub m_axis_c2h_tready: Signal<In, Bit>,
    pub s_axil_awaddr: Signal<In, Bits<32>>,
    pub s_axil_awprot: Signal<In, Bits<3>>,
    pub s_axil_awvalid: Signal<In, Bit>,
    pub s_axil_awready: Signal<Out, Bit>,
    pub s_axil_wdata: Signal<In, Bits<32>>,
    pub s_axil_wstrb: Signal<In, Bits<4>>,
    pub s_axil_wvalid: Signal<In, Bit>,
    pub s_axil_wready: Signal<Out, Bit>,
    pub s_axil_bresp: Signal<Out, Bits<2>>,
    pub s_axil_bvalid: Signal<Out, Bit>,
    pub s_axil_bready: Signal<In, Bit>,
    pub s_axil_araddr: Signal<In, Bits<32>>,
    pub s_axil_arprot: Signal<In, Bits<3>>,
    pub s_axil_arvalid: Signal<In, Bit>,
    pub s_axil_arready: Signal<Out, Bit>,
    pub s_axil_rdata: Signal<Out, Bits<32>>,
    pub s_axil_rresp: Signal<Out, Bits<2>>,
    pub s_axil_rvalid: Signal<Out, Bit>,
    pub s_axil_rready: Signal<In, Bit>,
    /// An interrupt is wanted; see [`Interrupt`].
    pub usr_irq_req: Signal<Out, Bit>,
    pub usr_irq_ack: Signal<In, Bit>,
    /// Clock of the engine, of any frequency.
    pub engine_clk: Signal<In, Clock>,
    /// `engine_clk` is stable; low resets everything.
    pub engine_locked: Signal<In, Bit>,
    /// A frame is being computed; synchronous to `engine_clk`, for an LED.
    pub busy: Signal<Out, Bit>,
    resets: Resets,
    narrower: Narrower<W, K>,
    h2c_fifo: AsyncFifo<64, POINTER>,
    engine: Engine,
    beat_join: BeatJoin,
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
        Self {
            axi_aclk: Default::default(),
            axi_aresetn: Default::default(),
            s_axis_h2c_tdata: Default::default(),
            s_axis_h2c_tkeep: Default::default(),
            s_axis_h2c_tlast: Default::default(),
            s_axis_h2c_tvalid: Default::default(),
            s_axis_h2c_tready: Default::default(),
            m_axis_c2h_tdata: Default::default(),
            m_axis_c2h_tkeep: Default::default(),
            m_axis_c2h_tlast: Default::default(),
            m_axis_c2h_tvalid: Default::default(),
            m_axis_c2h_tready: Default::default(),
            s_axil_awaddr: Default::default(),
            s_axil_awprot: Default::default(),
            s_axil_awvalid: Default::default(),
            s_axil_awready: Default::default(),
            s_axil_wdata: Default::default(),
            s_axil_wstrb: Default::default(),
            s_axil_wvalid: Default::default(),
            s_axil_wready: Default::default(),
            s_axil_bresp: Default::default(),
            s_axil_bvalid: Default::default(),
            s_axil_bready: Default::default(),
            s_axil_araddr: Default::default(),
            s_axil_arprot: Default::default(),
            s_axil_arvalid: Default::default(),
            s_axil_arready: Default::default(),
            s_axil_rdata: Default::default(),
            s_axil_rresp: Default::default(),
            s_axil_rvalid: Default::default(),
            s_axil_rready: Default::default(),
            usr_irq_req: Default::default(),
            usr_irq_ack: Default::default(),
            engine_clk: Default::default(),
            engine_locked: Default::default(),
            busy: Default::default(),
            resets: Default::default(),
            narrower: Default::default(),
            h2c_fifo: Default::default(),
            engine: Engine::new(config, target),
            beat_join: Default::default(),
            c2h_fifo: Default::default(),
            widener: Default::default(),
            lite: Default::default(),
            fault: Default::default(),
            interrupt: Default::default(),
        }
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
        w!(narrower.s_tdata <= s_axis_h2c_tdata);
        w!(narrower.s_tkeep <= s_axis_h2c_tkeep);
        w!(narrower.s_tlast <= s_axis_h2c_tlast);
        w!(narrower.s_tvalid <= s_axis_h2c_tvalid);
        w!(s_axis_h2c_tready <= narrower.s_tready);

        w!(h2c_fifo.write_clock <= axi_aclk);
        w!(h2c_fifo.write_reset <= resets.stream_reset);
        w!(h2c_fifo.write_valid <= narrower.valid);
        w!(narrower.ready <= h2c_fifo.write_ready);
        w!(h2c_fifo.write_data <= narrower.beat);
        w!(h2c_fifo.read_clock <= engine_clk);
        w!(h2c_fifo.read_reset <= resets.engine_reset);

        w!(engine.clock <= engine_clk);
        w!(engine.reset_n <= resets.engine_reset_n);
        w!(engine.s_axis_tdata <= h2c_fifo.read_data);
        w!(engine.s_axis_tvalid <= h2c_fifo.read_valid);
        w!(h2c_fifo.read_ready <= engine.s_axis_tready);
        w!(beat_join.data <= engine.m_axis_tdata);
        w!(beat_join.last <= engine.m_axis_tlast);
        w!(busy <= engine.busy);

        w!(c2h_fifo.write_clock <= engine_clk);
        w!(c2h_fifo.write_reset <= resets.engine_reset);
        w!(c2h_fifo.write_valid <= engine.m_axis_tvalid);
        w!(engine.m_axis_tready <= c2h_fifo.write_ready);
        w!(c2h_fifo.write_data <= beat_join.word);
        w!(c2h_fifo.read_clock <= axi_aclk);
        w!(c2h_fifo.read_reset <= resets.stream_reset);

        w!(widener.clock <= axi_aclk);
        w!(widener.reset <= resets.stream_reset);
        w!(widener.beat <= c2h_fifo.read_data);
        w!(widener.valid <= c2h_fifo.read_valid);
        w!(c2h_fifo.read_ready <= widener.ready);
        w!(m_axis_c2h_tdata <= widener.m_tdata);
        w!(m_axis_c2h_tkeep <= widener.m_tkeep);
        w!(m_axis_c2h_tlast <= widener.m_tlast);
        w!(m_axis_c2h_tvalid <= widener.m_tvalid);
        w!(widener.m_tready <= m_axis_c2h_tready);

        w!(lite.axi_aclk <= axi_aclk);
        w!(lite.engine_clk <= engine_clk);
        w!(lite.axi_aresetn <= axi_aresetn);
        w!(lite.stream_reset <= resets.stream_reset);
        w!(lite.engine_reset <= resets.engine_reset);
        w!(lite.s_axil_awaddr <= s_axil_awaddr);
        w!(lite.s_axil_awprot <= s_axil_awprot);
        w!(lite.s_axil_awvalid <= s_axil_awvalid);
        w!(s_axil_awready <= lite.s_axil_awready);
        w!(lite.s_axil_wdata <= s_axil_wdata);
        w!(lite.s_axil_wstrb <= s_axil_wstrb);
        w!(lite.s_axil_wvalid <= s_axil_wvalid);
        w!(s_axil_wready <= lite.s_axil_wready);
        w!(s_axil_bresp <= lite.s_axil_bresp);
        w!(s_axil_bvalid <= lite.s_axil_bvalid);
        w!(lite.s_axil_bready <= s_axil_bready);
        w!(lite.s_axil_araddr <= s_axil_araddr);
        w!(lite.s_axil_arprot <= s_axil_arprot);
        w!(lite.s_axil_arvalid <= s_axil_arvalid);
        w!(s_axil_arready <= lite.s_axil_arready);
        w!(s_axil_rdata <= lite.s_axil_rdata);
        w!(s_axil_rresp <= lite.s_axil_rresp);
        w!(s_axil_rvalid <= lite.s_axil_rvalid);
        w!(lite.s_axil_rready <= s_axil_rready);
        w!(engine.s_axil_awaddr <= lite.m_axil_awaddr);
        w!(engine.s_axil_awvalid <= lite.m_axil_awvalid);
        w!(lite.m_axil_awready <= engine.s_axil_awready);
        w!(engine.s_axil_wdata <= lite.m_axil_wdata);
        w!(engine.s_axil_wstrb <= lite.m_axil_wstrb);
        w!(engine.s_axil_wvalid <= lite.m_axil_wvalid);
        w!(lite.m_axil_wready <= engine.s_axil_wready);
        w!(lite.m_axil_bvalid <= engine.s_axil_bvalid);
        w!(engine.s_axil_bready <= lite.m_axil_bready);
        w!(engine.s_axil_araddr <= lite.m_axil_araddr);
        w!(engine.s_axil_arvalid <= lite.m_axil_arvalid);
        w!(lite.m_axil_arready <= engine.s_axil_arready);
        w!(lite.m_axil_rdata <= engine.s_axil_rdata);
        w!(lite.m_axil_rvalid <= engine.s_axil_rvalid);
        w!(engine.s_axil_rready <= lite.m_axil_rready);

        w!(unused("always OKAY; the shell's own responses are made beside the bus") <= engine.s_axil_bresp);
        w!(unused("always OKAY; the shell's own responses are made beside the bus") <= engine.s_axil_rresp);
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
