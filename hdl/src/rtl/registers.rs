//! Registers behind the AXI4-Lite port.

use crate::lang::axi::EngineLite;
use crate::lang::prelude::*;
use contract::engine::EngineConfig;
use contract::interface::{
    register, CONTROL_RESET, CONTROL_TRACE, ERROR_FRAME_SIZE, ERROR_HEADER, ERROR_NO_PROGRAM, ERROR_PROGRAM_SIZE, STATUS_BUSY,
    STATUS_FRAME_WAITING, STATUS_PROGRAM,
};
use contract::registers;

/// A read.
///
/// ```text
/// Idle --arvalid--> Fetch --> Gather --> Select --> Respond --rready--> Idle
///             (decoded,    (four and  (rdata)
///          memories read)  four values)
/// ```
#[derive(LogicState, Clone, Copy, PartialEq, Debug)]
enum Read {
    /// Takes an address.
    Idle,
    /// The statistics memories read, the address is decoded.
    Fetch,
    /// The value is among four.
    Gather,
    /// The value is chosen.
    Select,
    /// The value is offered.
    Respond,
}

/// Number of the lowest bit of a field.
const fn bit(mask: u32) -> u64 {
    mask.trailing_zeros() as u64
}

/// Registers that hold generation-time numbers.
const IDENTITY: usize = registers::CONSTANTS;
/// Registers that change.
const LIVE: usize = registers::LIVE;
/// Of which four are looked at together.
const PARTS: usize = LIVE / 4;
const _: () = assert!(LIVE == 4 * PARTS && PARTS == 3);
// the decoder of statistics looks at two bits of the address
const _: () = assert!(register::LAYER_STATISTICS == 0x400);

/// AXI4-Lite slave with the register map of [`contract::registers`]: addresses, their order and constant values are from there.
///
/// ```text
///   write:  [address] [data] taken in any order --both--> done, bvalid --bready--> free again
/// ```
///
/// One read and one write are under way at most; every response is OKAY. The low two address bits
/// are ignored. A register without a meaning reads 0, and writing it does nothing. All bits that can
/// be written lie in byte 0, so a write without `wstrb[0]` changes nothing; the other strobes
/// do not matter.
///
/// A write of [`contract::interface::CONTROL_RESET`] holds `soft_reset` for [`Registers::RESET_CYCLES`]
/// cycles. It clears errors, counters and frame counts, and leaves this port and the trace bit
/// alone (the same write sets the trace bit as any write to CONTROL does). `hard_reset` clears these, and
/// holds `soft_reset` as long, counted from its own end.
///
/// Layer statistics lie in four memories of 64 words, one word a layer (the most layers that an
/// engine can have); they hold what was written last, whatever was reset since.
#[derive(LogicBlock, Default)]
pub struct Registers {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous, from a register: reset the port too. Its ready and valid are low at once.
    pub hard_reset: Signal<In, Bit>,
    /// The port; the engine is its only slave, every response is OKAY.
    pub s_axil: EngineLite<Slave>,
    /// Reset everything but this port; from a register.
    pub soft_reset: Signal<Out, Bit>,
    /// Send every layer's output.
    pub trace: Signal<Out, Bit>,
    /// An ERRORS bit is set; from a register.
    pub fault: Signal<Out, Bit>,
    /// A program was committed.
    pub program_valid: Signal<In, Bit>,
    /// A frame is being computed.
    pub busy: Signal<In, Bit>,
    /// A received frame waits.
    pub frame_valid: Signal<In, Bit>,
    /// Hash of the program; read as 0 unless `program_valid`.
    pub program_hash: Signal<In, Bits<64>>,
    /// Pulse: set `ERROR_HEADER` in ERRORS.
    pub error_header: Signal<In, Bit>,
    /// Pulse: set `ERROR_FRAME_SIZE` in ERRORS.
    pub error_frame_size: Signal<In, Bit>,
    /// Pulse: set `ERROR_NO_PROGRAM` in ERRORS.
    pub error_no_program: Signal<In, Bit>,
    /// Pulse: set `ERROR_PROGRAM_SIZE` in ERRORS.
    pub error_program_size: Signal<In, Bit>,
    /// Pulse: count a dropped frame.
    pub frame_dropped: Signal<In, Bit>,
    /// Pulse: count a finished frame.
    pub frame_done: Signal<In, Bit>,
    /// A pixel enters the array in this cycle.
    pub count_busy: Signal<In, Bit>,
    /// This cycle is spent waiting for a frame.
    pub count_stalled_input: Signal<In, Bit>,
    /// This cycle is spent waiting for a result to be taken.
    pub count_stalled_output: Signal<In, Bit>,
    /// This cycle is spent waiting for weights or table entries.
    pub count_stalled_weights: Signal<In, Bit>,
    /// Pulse: take the four statistics of layer `statistics_layer`.
    pub statistics_write: Signal<In, Bit>,
    /// With `statistics_write`: layer, from 0.
    pub statistics_layer: Signal<In, Bits<6>>,
    /// With `statistics_write`: cycles that the layer took.
    pub statistics_cycles: Signal<In, Bits<32>>,
    /// With `statistics_write`: cycles in which a pixel entered the array.
    pub statistics_busy: Signal<In, Bits<32>>,
    /// With `statistics_write`: cycles that waited for weights or entries.
    pub statistics_stalled: Signal<In, Bits<32>>,
    /// With `statistics_write`: signature of its output.
    pub statistics_signature: Signal<In, Bits<32>>,
    read: DFF<Read>,
    read_address: DFF<Bits<12>>,
    read_data: DFF<Bits<32>>,
    constant: DFF<Bits<32>>,
    chosen: [DFF<Bit>; LIVE],
    part: [DFF<Bits<32>>; PARTS],
    statistic_value: DFF<Bits<32>>,
    address_held: DFF<Bit>,
    /// A write's address is here: it is CONTROL's, or that of ERRORS.
    to_control: DFF<Bit>,
    to_errors: DFF<Bit>,
    data_held: DFF<Bit>,
    write_low: DFF<Bits<4>>,
    write_enabled: DFF<Bit>,
    responding: DFF<Bit>,
    reset_left: DFF<Bits<5>>,
    resetting: DFF<Bit>,
    trace_on: DFF<Bit>,
    errors: DFF<Bits<4>>,
    any_error: DFF<Bit>,
    dropped: DFF<Bits<32>>,
    done: DFF<Bits<32>>,
    cycles: DFF<Bits<32>>,
    cycles_busy: DFF<Bits<32>>,
    cycles_stalled_input: DFF<Bits<32>>,
    cycles_stalled_output: DFF<Bits<32>>,
    cycles_stalled_weights: DFF<Bits<32>>,
    /// Statistics of each layer: cycles, busy, stalled, signature. Depth 64: the most layers that an engine can have.
    statistics: [Ram<32>; 4],
    statistic: [Signal<Local, Bits<32>>; 4],
    raised: Signal<Local, Bits<4>>,
    cleared: Signal<Local, Bits<4>>,
    value: Signal<Local, Bits<32>>,
    masked: [Signal<Local, Bits<32>>; LIVE],
    layer: Signal<Local, Bits<20>>,
    is_statistic: Signal<Local, Bit>,
    statistic_word: Signal<Local, Bits<2>>,
    writing: Signal<Local, Bit>,
    aligned: Signal<Local, Bits<12>>,
    identity: [Number<Bits<32>>; IDENTITY],
    /// A read's address is that of such a constant.
    identified: [DFF<Bit>; IDENTITY],
    told: [Signal<Local, Bits<32>>; IDENTITY],
    joined: [Signal<Local, Bits<32>>; IDENTITY],
    identity_address: [Number<Bits<12>>; IDENTITY],
    live: [Signal<Local, Bits<32>>; LIVE],
    live_address: [Number<Bits<12>>; LIVE],
    control_address: Number<Bits<12>>,
    errors_address: Number<Bits<12>>,
    unused: Signal<Local, Bit>,
    /// An address without its low two bits, which do not matter.
    word_mask: Named<12, 0xFFC>,
    /// Bits 11:10 of the addresses of LAYER_STATISTICS.
    statistics_page: Named<2, { register::LAYER_STATISTICS as u64 >> 10 }>,
    /// Cycles of a soft reset - 1.
    last_reset_cycle: Named<5, { Registers::RESET_CYCLES as u64 - 1 }>,
    /// Bits of CONTROL.
    reset_bit: Named<2, { bit(CONTROL_RESET) }>,
    trace_bit: Named<2, { bit(CONTROL_TRACE) }>,
    /// Bits of STATUS.
    program_bit: Named<2, { bit(STATUS_PROGRAM) }>,
    busy_bit: Named<2, { bit(STATUS_BUSY) }>,
    waiting_bit: Named<2, { bit(STATUS_FRAME_WAITING) }>,
    /// Bits of ERRORS.
    header_bit: Named<2, { bit(ERROR_HEADER) }>,
    frame_size_bit: Named<2, { bit(ERROR_FRAME_SIZE) }>,
    no_program_bit: Named<2, { bit(ERROR_NO_PROGRAM) }>,
    program_size_bit: Named<2, { bit(ERROR_PROGRAM_SIZE) }>,
}

impl Registers {
    /// Cycles for which a write of `CONTROL_RESET` holds `soft_reset`.
    pub const RESET_CYCLES: u32 = 32;

    /// The registers of an engine of size `config`.
    pub fn new(config: &EngineConfig) -> Self {
        let identity: Vec<(u32, u32)> = registers::constants(config).collect();
        // in the order in which the kernel fills `live`
        let live: Vec<u32> = registers::live().map(|register| register.offset).collect();
        let address = |register: u32| Number::new(u64::from(register).into());
        Self {
            statistics: std::array::from_fn(|_| Ram::new(64)),
            identity: std::array::from_fn(|i| Number::new(u64::from(identity[i].1).into())),
            identity_address: std::array::from_fn(|i| address(identity[i].0)),
            live_address: std::array::from_fn(|i| address(live[i])),
            control_address: address(register::CONTROL),
            errors_address: address(register::ERRORS),
            ..Default::default()
        }
    }
}

impl Logic for Registers {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_registers: Registers behind the AXI4-Lite port: identity, control, status, counters, statistics of each layer.");
        dff_setup!(self, clock, read, read_address, read_data, address_held, to_control, to_errors, data_held, write_low, write_enabled);
        dff_setup!(self, clock, responding, reset_left, resetting, trace_on, errors, dropped, done, cycles, cycles_busy);
        dff_setup!(self, clock, cycles_stalled_input, cycles_stalled_output, cycles_stalled_weights, any_error);
        dff_setup!(self, clock, constant, statistic_value);
        for i in 0..LIVE {
            self.chosen[i].clock.next = self.clock.val();
        }
        for i in 0..PARTS {
            self.part[i].clock.next = self.clock.val();
        }

        self.soft_reset.next = self.resetting.q.val();
        self.trace.next = self.trace_on.q.val();
        self.any_error.d.next = self.errors.q.val() != 0;
        self.fault.next = self.any_error.q.val();

        for i in 0..4 {
            self.statistics[i].clock.next = self.clock.val();
            self.statistics[i].write_enable.next = self.statistics_write.val();
            self.statistics[i].write_address.next = self.statistics_layer.val().get_bits::<20>(0);
            self.statistics[i].read_address.next = self.layer.val();
            self.statistic[i].next = self.statistics[i].read_data.val();
        }
        comment!("statistics: the layer is in bits 9:4 of the address, which of the four in bits 3:2");
        self.layer.next = bit_cast::<20, 6>(self.read_address.q.val().get_bits::<6>(4));
        self.statistics[0].write_data.next = self.statistics_cycles.val();
        self.statistics[1].write_data.next = self.statistics_busy.val();
        self.statistics[2].write_data.next = self.statistics_stalled.val();
        self.statistics[3].write_data.next = self.statistics_signature.val();

        comment!("ERRORS: what is set in this cycle");
        self.raised.next = (bit_cast::<4, 1>(self.error_header.val().into()) << self.header_bit.val())
            | (bit_cast::<4, 1>(self.error_frame_size.val().into()) << self.frame_size_bit.val())
            | (bit_cast::<4, 1>(self.error_no_program.val().into()) << self.no_program_bit.val())
            | (bit_cast::<4, 1>(self.error_program_size.val().into()) << self.program_size_bit.val());

        comment!("the registers that change, in the order of the map");
        self.live[0].next = bit_cast::<32, 1>(self.trace_on.q.val().into()) << self.trace_bit.val();
        self.live[1].next = (bit_cast::<32, 1>(self.program_valid.val().into()) << self.program_bit.val())
            | (bit_cast::<32, 1>(self.busy.val().into()) << self.busy_bit.val())
            | (bit_cast::<32, 1>(self.frame_valid.val().into()) << self.waiting_bit.val());
        self.live[2].next = bit_cast::<32, 4>(self.errors.q.val());
        self.live[3].next = self.dropped.q.val();
        self.live[4].next = 0.into();
        self.live[5].next = 0.into();
        if self.program_valid.val() {
            self.live[4].next = self.program_hash.val().get_bits::<32>(0);
            self.live[5].next = self.program_hash.val().get_bits::<32>(32);
        }
        self.live[6].next = self.done.q.val();
        self.live[7].next = self.cycles.q.val();
        self.live[8].next = self.cycles_busy.q.val();
        self.live[9].next = self.cycles_stalled_input.q.val();
        self.live[10].next = self.cycles_stalled_output.q.val();
        self.live[11].next = self.cycles_stalled_weights.q.val();

        comment!("a read, cycle 1: the memories read, constants and the registers that change are decoded");
        self.aligned.next = self.read_address.q.val() & self.word_mask.val();
        self.is_statistic.next = self.read_address.q.val().get_bits::<2>(10) == self.statistics_page.val();
        self.statistic_word.next = self.read_address.q.val().get_bits::<2>(2);
        for i in 0..self.identity.len() {
            self.identified[i].clock.next = self.clock.val();
            self.identified[i].d.next = self.aligned.val() == self.identity_address[i].val();
        }
        for i in 0..LIVE {
            self.chosen[i].d.next = self.aligned.val() == self.live_address[i].val();
        }
        comment!("cycle 2: a constant, one of four memories, of four registers");
        for i in 0..self.identity.len() {
            self.told[i].next = 0.into();
            if self.identified[i].q.val() {
                self.told[i].next = self.identity[i].val();
            }
        }
        self.joined[0].next = self.told[0].val();
        for i in 1..self.identity.len() {
            self.joined[i].next = self.joined[i - 1].val() | self.told[i].val();
        }
        for i in 0..self.identity.len() {
            self.constant.d.next = self.joined[i].val();
        }
        self.statistic_value.d.next = self.statistic[3].val();
        if self.statistic_word.val() == 0 {
            self.statistic_value.d.next = self.statistic[0].val();
        } else if self.statistic_word.val() == 1 {
            self.statistic_value.d.next = self.statistic[1].val();
        } else if self.statistic_word.val() == 2 {
            self.statistic_value.d.next = self.statistic[2].val();
        }
        for i in 0..LIVE {
            self.masked[i].next = 0.into();
            if self.chosen[i].q.val() {
                self.masked[i].next = self.live[i].val();
            }
        }
        for i in 0..PARTS {
            self.part[i].d.next =
                self.masked[4 * i].val() | self.masked[4 * i + 1].val() | self.masked[4 * i + 2].val() | self.masked[4 * i + 3].val();
        }
        comment!("cycle 3: the value");
        self.value.next = self.constant.q.val() | self.part[0].q.val() | self.part[1].q.val() | self.part[2].q.val();
        if self.is_statistic.val() {
            self.value.next = self.statistic_value.q.val();
        }

        comment!("the port's reads");
        self.s_axil.arready.next = false;
        self.s_axil.rvalid.next = false;
        self.s_axil.rdata.next = self.read_data.q.val();
        self.s_axil.rresp.next = 0.into();
        match self.read.q.val() {
            Read::Idle => {
                self.s_axil.arready.next = !self.hard_reset.val();
                self.read_address.d.next = self.s_axil.araddr.val();
                if self.s_axil.arvalid.val() {
                    self.read.d.next = Read::Fetch;
                }
            }
            Read::Fetch => {
                self.read.d.next = Read::Gather;
            }
            Read::Gather => {
                self.read.d.next = Read::Select;
            }
            Read::Select => {
                self.read_data.d.next = self.value.val();
                self.read.d.next = Read::Respond;
            }
            Read::Respond => {
                self.s_axil.rvalid.next = !self.hard_reset.val();
                if self.s_axil.rready.val() {
                    self.read.d.next = Read::Idle;
                }
            }
            _ => {
                self.read.d.next = Read::Idle;
            }
        }

        self.s_axil.awready.next = !self.address_held.q.val() & !self.hard_reset.val();
        self.s_axil.wready.next = !self.data_held.q.val() & !self.hard_reset.val();
        self.s_axil.bvalid.next = self.responding.q.val() & !self.hard_reset.val();
        self.s_axil.bresp.next = 0.into();
        if !self.address_held.q.val() {
            self.to_control.d.next = (self.s_axil.awaddr.val() & self.word_mask.val()) == self.control_address.val();
            self.to_errors.d.next = (self.s_axil.awaddr.val() & self.word_mask.val()) == self.errors_address.val();
            self.address_held.d.next = self.s_axil.awvalid.val();
        }
        if !self.data_held.q.val() {
            self.write_low.d.next = self.s_axil.wdata.val().get_bits::<4>(0);
            self.write_enabled.d.next = self.s_axil.wstrb.val().get_bit(0);
            self.data_held.d.next = self.s_axil.wvalid.val();
        }
        self.unused.next = self.s_axil.wdata.val().any() | self.s_axil.wstrb.val().any();
        comment!("a write is done when both halves are here");
        self.writing.next = self.address_held.q.val() & self.data_held.q.val() & !self.responding.q.val();
        self.cleared.next = 0.into();
        self.reset_left.d.next = self.reset_left.q.val() - 1;
        if self.reset_left.q.val() == 0 {
            self.reset_left.d.next = 0.into();
        }
        self.resetting.d.next = self.reset_left.q.val() != 0;
        if self.writing.val() {
            self.responding.d.next = true;
            if self.write_enabled.q.val() {
                if self.to_control.q.val() {
                    self.trace_on.d.next = self.write_low.q.val().get_bit(self.trace_bit.val().index());
                    if self.write_low.q.val().get_bit(self.reset_bit.val().index()) {
                        self.reset_left.d.next = self.last_reset_cycle.val();
                        self.resetting.d.next = true;
                    }
                }
                if self.to_errors.q.val() {
                    self.cleared.next = self.write_low.q.val();
                }
            }
        }
        if self.responding.q.val() & self.s_axil.bready.val() {
            self.responding.d.next = false;
            self.address_held.d.next = false;
            self.data_held.d.next = false;
        }

        comment!("errors and counters");
        self.errors.d.next = (self.errors.q.val() & !self.cleared.val()) | self.raised.val();
        self.cycles.d.next = self.cycles.q.val() + 1;
        if self.frame_dropped.val() {
            self.dropped.d.next = self.dropped.q.val() + 1;
        }
        if self.frame_done.val() {
            self.done.d.next = self.done.q.val() + 1;
        }
        if self.count_busy.val() {
            self.cycles_busy.d.next = self.cycles_busy.q.val() + 1;
        }
        if self.count_stalled_input.val() {
            self.cycles_stalled_input.d.next = self.cycles_stalled_input.q.val() + 1;
        }
        if self.count_stalled_output.val() {
            self.cycles_stalled_output.d.next = self.cycles_stalled_output.q.val() + 1;
        }
        if self.count_stalled_weights.val() {
            self.cycles_stalled_weights.d.next = self.cycles_stalled_weights.q.val() + 1;
        }
        if self.resetting.q.val() | self.hard_reset.val() {
            self.errors.d.next = 0.into();
            self.cycles.d.next = 0.into();
            self.dropped.d.next = 0.into();
            self.done.d.next = 0.into();
            self.cycles_busy.d.next = 0.into();
            self.cycles_stalled_input.d.next = 0.into();
            self.cycles_stalled_output.d.next = 0.into();
            self.cycles_stalled_weights.d.next = 0.into();
        }
        if self.hard_reset.val() {
            self.read.d.next = Read::Idle;
            self.address_held.d.next = false;
            self.data_held.d.next = false;
            self.responding.d.next = false;
            self.trace_on.d.next = false;
            self.reset_left.d.next = self.last_reset_cycle.val();
            self.resetting.d.next = true;
        }
    }
}
