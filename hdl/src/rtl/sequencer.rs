//! Runs the list of layers that a program's descriptors describe.

use super::layer_counters::LayerCounters;
use crate::lang::prelude::*;
use crate::target::MemoryStyle;
use contract::interface::DESCRIPTOR_BEATS;

/// Where a layer is.
///
/// ```text
///         program       descriptor    frame or result                 layer's output
///         valid         read          memory free                     in memory
///  Idle ---------> Fetch ------> Wait -----------> Start -----> Run -----------> Account
///                    ^                                                             | trace on
///                    |                                                             v
///                    |<------- Result <------- Sums (last layer: sums sent) <---- Trace
///                    |_____________________________________________________________|
/// ```
///
/// The next layer's descriptor is read while a layer runs, so that Fetch takes a cycle. Pulses leave a register, a cycle after the
/// state that they are drawn at.
#[derive(LogicState, Clone, Copy, PartialEq, Debug)]
pub enum Step {
    /// No program.
    Idle,
    /// Until the layer's descriptor is read: its fields go to their outputs.
    Fetch,
    /// The stem waits for a frame, the classifier until the former result is sent.
    Wait,
    /// Everybody begins with the layer in the cycle after it.
    Start,
    /// Until the output is in memory.
    Run,
    /// The layer's counters go to the registers.
    Account,
    /// Until the layer's output is sent.
    Trace,
    /// Until the last sums are in the result memory.
    Sums,
    /// Asks for the result packet.
    Result,
}

/// Reads descriptors one after the other, and starts the layer that each describes; [`Step`] has the picture.
///
/// A descriptor's fields are those of [`contract::descriptor::Descriptor`] (docs/interface.md); `hdl/tests/contract` holds this block
/// to them.
#[derive(LogicBlock, Default)]
pub struct Sequencer {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: stop, and begin again with layer 0.
    pub reset: Signal<In, Bit>,
    /// Write `write_data` to the descriptor memory.
    pub write: Signal<In, Bit>,
    /// With `write`: beat of the descriptor memory, four a layer.
    pub write_address: Signal<In, Bits<23>>,
    /// With `write`: the beat.
    pub write_data: Signal<In, Bits<64>>,
    /// A program was committed; while low nothing runs.
    pub program_valid: Signal<In, Bit>,
    /// A frame waits in the frame memory.
    pub frame_valid: Signal<In, Bit>,
    /// With `frame_valid`: its sequence number.
    pub frame_sequence: Signal<In, Bits<32>>,
    /// Pulse: the frame has been read, the next may overwrite it.
    pub frame_release: Signal<Out, Bit>,
    /// Send the output of every layer.
    pub trace: Signal<In, Bit>,
    /// The layer is the stem. This and the fields below hold from `start` to the end of the layer and of its trace.
    pub is_stem: Signal<Out, Bit>,
    /// The layer is an expand: 3x3 and 1x1 together.
    pub is_expand: Signal<Out, Bit>,
    /// The layer is a squeeze: its output goes into the squeeze memory.
    pub to_squeeze: Signal<Out, Bit>,
    /// The layer is the classifier.
    pub is_classifier: Signal<Out, Bit>,
    /// A 3x3/2 max-pool follows the layer.
    pub pool: Signal<Out, Bit>,
    /// It is in floor mode.
    pub floor: Signal<Out, Bit>,
    /// The layer's output is written to memory.
    pub write_output: Signal<Out, Bit>,
    /// The stem has 7x7 windows instead of 3x3.
    pub kernel_7: Signal<Out, Bit>,
    /// The layer runs in five segments.
    pub segmented: Signal<Out, Bit>,
    /// A border of zeros lies round the map (classifier).
    pub padded: Signal<Out, Bit>,
    /// Slots of a block of output channels, 1 to 5.
    pub slots: Signal<Out, Bits<3>>,
    /// Parts of a memory row - 1: 3 for quarters, 1 for halves, 0 for whole rows.
    pub last_part: Signal<Out, Bits<2>>,
    /// Passes of the reduction - 1.
    pub last_pass: Signal<Out, Bits<16>>,
    /// Blocks of output channels - 1.
    pub last_block: Signal<Out, Bits<16>>,
    /// Stem words before a row's first window is complete: 1 for 3x3, 3 for 7x7.
    pub prefill: Signal<Out, Bits<16>>,
    /// Tokens a row - 1.
    pub last_column: Signal<Out, Bits<16>>,
    /// Rows - 1.
    pub last_row: Signal<Out, Bits<16>>,
    /// Columns of the convolution's output - 1.
    pub map_last_column: Signal<Out, Bits<16>>,
    /// Rows of a strip - 1.
    pub last_strip_row: Signal<Out, Bits<16>>,
    /// Strips - 1.
    pub last_strip: Signal<Out, Bits<16>>,
    /// Memory rows from one pixel to the next where the layer reads.
    pub source_step: Signal<Out, Bits<20>>,
    /// Memory rows from one pixel to the next where it writes.
    pub destination_step: Signal<Out, Bits<20>>,
    /// Slices of a memory row where it writes.
    pub slices: Signal<Out, Bits<6>>,
    /// First memory row of its output.
    pub destination: Signal<Out, Bits<20>>,
    /// Pulse: the layer begins.
    pub start: Signal<Out, Bit>,
    /// The scanner has issued everything.
    pub scan_idle: Signal<In, Bit>,
    /// Pulse: the layer's output is in memory.
    pub layer_done: Signal<In, Bit>,
    /// A pixel enters the array in this cycle.
    pub working: Signal<In, Bit>,
    /// The scanner waits for weights or entries in this cycle.
    pub stalled: Signal<In, Bit>,
    /// The classifier's sums are still being collected.
    pub sums_busy: Signal<In, Bit>,
    /// Pulse: send the frame's result; the fields below hold.
    pub result_start: Signal<Out, Bit>,
    /// A result is being sent.
    pub result_busy: Signal<In, Bit>,
    /// With `result_start` and `trace_start`: sequence number of the frame.
    pub result_sequence: Signal<Out, Bits<32>>,
    /// With `result_start` and `trace_start`: cycles of the frame so far.
    pub frame_cycles: Signal<Out, Bits<32>>,
    /// Pulse: send the layer's output; the fields below hold.
    pub trace_start: Signal<Out, Bit>,
    /// A trace is being sent.
    pub trace_busy: Signal<In, Bit>,
    /// The layer that runs, from 0.
    pub layer: Signal<Out, Bits<8>>,
    /// With `trace_start`: memory rows of the output.
    pub trace_rows: Signal<Out, Bits<20>>,
    /// With `trace_start`: beats a row.
    pub trace_beats: Signal<Out, Bits<5>>,
    /// Pulse: the counters of the finished layer, in the four outputs below.
    pub statistics_write: Signal<Out, Bit>,
    /// With `statistics_write`: layer, from 0.
    pub statistics_layer: Signal<Out, Bits<6>>,
    /// With `statistics_write`: cycles that it took.
    pub statistics_cycles: Signal<Out, Bits<32>>,
    /// With `statistics_write`: cycles in which a pixel entered the array.
    pub statistics_busy: Signal<Out, Bits<32>>,
    /// With `statistics_write`: cycles that waited for weights or entries.
    pub statistics_stalled: Signal<Out, Bits<32>>,
    /// This cycle waits for a frame.
    pub stalled_input: Signal<Out, Bit>,
    /// This cycle waits for a result to be taken.
    pub stalled_output: Signal<Out, Bit>,
    /// A frame is being computed.
    pub busy: Signal<Out, Bit>,
    /// Layer descriptors, four beats a layer. Depth 4 `layers`.
    memory: Ram<64>,
    state: DFF<Step>,
    /// The layer that runs.
    number: DFF<Bits<8>>,
    /// The layer whose descriptor is read, its beat, and the descriptor, complete with `fetched`.
    next_number: DFF<Bits<8>>,
    beat: DFF<Bits<3>>,
    queue: [DFF<Bits<64>>; 4],
    fetched: DFF<Bit>,
    /// The descriptor of the layer that runs, and its kind.
    descriptor: [DFF<Bits<64>>; 4],
    stem: DFF<Bit>,
    squeeze: DFF<Bit>,
    expand: DFF<Bit>,
    classifier: DFF<Bit>,
    done: DFF<Bit>,
    frame_number: DFF<Bits<32>>,
    frame: DFF<Bits<32>>,
    count_1: DFF<Bit>,
    clear_1: DFF<Bit>,
    start_1: DFF<Bit>,
    release_1: DFF<Bit>,
    result_start_1: DFF<Bit>,
    trace_start_1: DFF<Bit>,
    stalled_input_1: DFF<Bit>,
    stalled_output_1: DFF<Bit>,
    busy_1: DFF<Bit>,
    counters: LayerCounters,
    kind: Signal<Local, Bits<2>>,
    next_is_last: Signal<Local, Bit>,
    last_layer: Signal<Local, Bit>,
    counting: Signal<Local, Bit>,
    halt: Signal<Local, Bit>,
    unused_address: Signal<Local, Bits<3>>,
    unused_fields: Signal<Local, Bits<64>>,
    /// Kinds of layers, bits 1:0 of a descriptor.
    kind_stem: Named<2, 0>,
    kind_squeeze: Named<2, 1>,
    kind_expand: Named<2, 2>,
    kind_classifier: Named<2, 3>,
    /// Beats of a descriptor.
    descriptor_beats: Named<3, { DESCRIPTOR_BEATS as u64 }>,
}

// the kernel shifts a layer's number by two to the address of its descriptor
const _: () = assert!(DESCRIPTOR_BEATS == 4);

impl Sequencer {
    /// For programs of up to `layers` layers.
    pub fn new(layers: usize, style: MemoryStyle) -> Self {
        Self { memory: Ram::new(DESCRIPTOR_BEATS * layers).in_style(style), ..Default::default() }
    }
}

impl Logic for Sequencer {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_sequencer: Reads the layer descriptors one after the other, waits for a frame, starts the scanner, and sends results and traces.");
        dff_setup!(
            self,
            clock,
            state,
            number,
            next_number,
            beat,
            fetched,
            stem,
            squeeze,
            expand,
            classifier,
            done,
            frame_number,
            frame,
            count_1,
            clear_1,
            start_1,
            release_1,
            result_start_1,
            trace_start_1,
            stalled_input_1,
            stalled_output_1,
            busy_1
        );
        for i in 0..4 {
            self.queue[i].clock.next = self.clock.val();
            self.queue[i].d.next = self.queue[i].q.val();
            self.descriptor[i].clock.next = self.clock.val();
            self.descriptor[i].d.next = self.descriptor[i].q.val();
        }
        self.halt.next = self.reset.val() | !self.program_valid.val();
        self.memory.clock.next = self.clock.val();
        self.memory.write_enable.next = self.write.val();
        self.memory.write_address.next = self.write_address.val().get_bits::<20>(0);
        self.unused_address.next = self.write_address.val().get_bits::<3>(20);
        self.memory.write_data.next = self.write_data.val();
        self.memory.read_address.next =
            (bit_cast::<20, 8>(self.next_number.q.val()) << 2) | bit_cast::<20, 2>(self.beat.q.val().get_bits::<2>(0));

        comment!("the next descriptor: its beats pass through a queue of four while they arrive, a cycle after their address");
        self.next_is_last.next = self.queue[0].q.val().get_bit(7);
        if !self.fetched.q.val() {
            self.beat.d.next = self.beat.q.val() + 1;
            self.queue[3].d.next = self.memory.read_data.val();
            self.queue[2].d.next = self.queue[3].q.val();
            self.queue[1].d.next = self.queue[2].q.val();
            self.queue[0].d.next = self.queue[1].q.val();
            self.fetched.d.next = self.beat.q.val() == self.descriptor_beats.val();
        }

        comment!("the descriptor's fields");
        self.kind.next = self.queue[0].q.val().get_bits::<2>(0);
        self.is_stem.next = self.stem.q.val();
        self.to_squeeze.next = self.squeeze.q.val();
        self.is_expand.next = self.expand.q.val();
        self.is_classifier.next = self.classifier.q.val();
        self.pool.next = self.descriptor[0].q.val().get_bit(2);
        self.floor.next = self.descriptor[3].q.val().get_bit(45);
        self.write_output.next = self.descriptor[0].q.val().get_bit(3);
        self.kernel_7.next = self.descriptor[0].q.val().get_bit(4);
        self.segmented.next = self.descriptor[0].q.val().get_bit(5);
        self.padded.next = self.descriptor[0].q.val().get_bit(6);
        self.last_layer.next = self.descriptor[0].q.val().get_bit(7);
        self.slots.next = self.descriptor[0].q.val().get_bits::<3>(8);
        self.last_part.next = self.descriptor[0].q.val().get_bits::<2>(11);
        self.last_pass.next = self.descriptor[0].q.val().get_bits::<16>(16);
        self.last_block.next = self.descriptor[0].q.val().get_bits::<16>(32);
        self.prefill.next = self.descriptor[0].q.val().get_bits::<16>(48);
        self.last_column.next = self.descriptor[1].q.val().get_bits::<16>(0);
        self.last_row.next = self.descriptor[1].q.val().get_bits::<16>(16);
        self.map_last_column.next = self.descriptor[1].q.val().get_bits::<16>(32);
        self.last_strip_row.next = self.descriptor[1].q.val().get_bits::<16>(48);
        self.source_step.next = self.descriptor[2].q.val().get_bits::<20>(0);
        self.destination_step.next = self.descriptor[2].q.val().get_bits::<20>(20);
        self.slices.next = self.descriptor[2].q.val().get_bits::<6>(40);
        self.last_strip.next = self.descriptor[2].q.val().get_bits::<16>(46);
        self.destination.next = self.descriptor[3].q.val().get_bits::<20>(0);
        self.trace_rows.next = self.descriptor[3].q.val().get_bits::<20>(20);
        self.trace_beats.next = self.descriptor[3].q.val().get_bits::<5>(40);
        self.unused_fields.next = bit_cast::<64, 2>(self.descriptor[0].q.val().get_bits::<2>(0))
            | bit_cast::<64, 3>(self.descriptor[0].q.val().get_bits::<3>(13))
            | bit_cast::<64, 2>(self.descriptor[2].q.val().get_bits::<2>(62))
            | bit_cast::<64, 18>(self.descriptor[3].q.val().get_bits::<18>(46));

        comment!("the layer's counters");
        self.counters.clock.next = self.clock.val();
        self.counters.clear.next = self.clear_1.q.val();
        self.counters.start.next = self.start_1.q.val();
        self.counters.count.next = self.count_1.q.val();
        self.counters.account.next = self.state.q.val() == Step::Account;
        self.counters.layer.next = self.number.q.val().get_bits::<6>(0);
        self.counters.working.next = self.working.val();
        self.counters.stalled.next = self.stalled.val();
        self.statistics_write.next = self.counters.write.val();
        self.statistics_layer.next = self.counters.written_layer.val();
        self.statistics_cycles.next = self.counters.cycles.val();
        self.statistics_busy.next = self.counters.busy_cycles.val();
        self.statistics_stalled.next = self.counters.stalled_cycles.val();

        comment!("what the states below do not say");
        self.start_1.d.next = false;
        self.release_1.d.next = false;
        self.result_start_1.d.next = false;
        self.trace_start_1.d.next = false;
        self.stalled_input_1.d.next = false;
        self.stalled_output_1.d.next = false;
        self.busy_1.d.next = self.state.q.val() != Step::Idle;
        self.counting.next = false;
        if self.layer_done.val() {
            self.done.d.next = true;
        }

        match self.state.q.val() {
            Step::Idle => {
                self.next_number.d.next = 0.into();
                self.beat.d.next = 0.into();
                self.fetched.d.next = false;
                if self.program_valid.val() {
                    self.state.d.next = Step::Fetch;
                }
            }
            Step::Fetch => {
                self.counting.next = true;
                if self.fetched.q.val() {
                    self.state.d.next = Step::Wait;
                    for i in 0..4 {
                        self.descriptor[i].d.next = self.queue[i].q.val();
                    }
                    self.stem.d.next = self.kind.val() == self.kind_stem.val();
                    self.squeeze.d.next = self.kind.val() == self.kind_squeeze.val();
                    self.expand.d.next = self.kind.val() == self.kind_expand.val();
                    self.classifier.d.next = self.kind.val() == self.kind_classifier.val();
                    self.number.d.next = self.next_number.q.val();
                    self.next_number.d.next = self.next_number.q.val() + 1;
                    if self.next_is_last.val() {
                        self.next_number.d.next = 0.into();
                    }
                    self.beat.d.next = 0.into();
                    self.fetched.d.next = false;
                }
            }
            Step::Wait => {
                if self.stem.q.val() & !self.frame_valid.val() {
                    self.stalled_input_1.d.next = true;
                    self.busy_1.d.next = false;
                } else if self.classifier.q.val() & self.result_busy.val() {
                    self.stalled_output_1.d.next = true;
                } else {
                    self.state.d.next = Step::Start;
                }
                if self.stem.q.val() {
                    self.frame_number.d.next = self.frame_sequence.val();
                }
            }
            Step::Start => {
                self.counting.next = true;
                self.start_1.d.next = true;
                self.done.d.next = false;
                self.state.d.next = Step::Run;
            }
            Step::Run => {
                self.counting.next = true;
                if self.done.q.val() & self.scan_idle.val() {
                    self.state.d.next = Step::Account;
                    self.release_1.d.next = self.stem.q.val();
                }
            }
            Step::Account => {
                self.counting.next = true;
                self.state.d.next = Step::Fetch;
                if self.last_layer.val() {
                    self.state.d.next = Step::Sums;
                }
                if self.trace.val() & self.write_output.val() {
                    self.trace_start_1.d.next = true;
                    self.state.d.next = Step::Trace;
                }
            }
            Step::Trace => {
                comment!("`trace_busy` rises a cycle after `trace_start`");
                if !self.trace_busy.val() & !self.trace_start_1.q.val() {
                    self.state.d.next = Step::Fetch;
                    if self.last_layer.val() {
                        self.state.d.next = Step::Sums;
                    }
                }
            }
            Step::Sums => {
                if !self.sums_busy.val() {
                    self.state.d.next = Step::Result;
                }
            }
            Step::Result => {
                self.result_start_1.d.next = true;
                self.state.d.next = Step::Fetch;
            }
            _ => {
                self.state.d.next = Step::Idle;
            }
        }

        comment!("the frame's cycles, a cycle late: they begin when the stem has its frame");
        self.count_1.d.next = self.counting.val() & !self.halt.val();
        self.clear_1.d.next = self.halt.val();
        if self.count_1.q.val() {
            self.frame.d.next = self.frame.q.val() + 1;
        }
        if self.start_1.q.val() & self.stem.q.val() {
            self.frame.d.next = 1.into();
        }
        if self.halt.val() {
            self.state.d.next = Step::Idle;
            self.start_1.d.next = false;
            self.release_1.d.next = false;
            self.result_start_1.d.next = false;
            self.trace_start_1.d.next = false;
        }

        comment!("what leaves, from registers");
        self.start.next = self.start_1.q.val();
        self.frame_release.next = self.release_1.q.val();
        self.result_start.next = self.result_start_1.q.val();
        self.trace_start.next = self.trace_start_1.q.val();
        self.stalled_input.next = self.stalled_input_1.q.val();
        self.stalled_output.next = self.stalled_output_1.q.val();
        self.busy.next = self.busy_1.q.val();
        self.layer.next = self.number.q.val();
        self.result_sequence.next = self.frame_number.q.val();
        self.frame_cycles.next = self.frame.q.val();
    }
}
