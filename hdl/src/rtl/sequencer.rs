//! Runs the list of layers that a program's descriptors describe.

use crate::lang::prelude::*;
use crate::target::MemoryStyle;

#[derive(LogicState, Clone, Copy, PartialEq, Debug)]
pub enum Step {
    Idle,
    Fetch,
    Wait,
    Start,
    Run,
    Account,
    Trace,
    Sums,
    Result,
    Next,
}

/// ```text
///         program       4 beats      frame or result   pulse        layer's output
///         valid         read         memory free                    in memory
///  Idle ---------> Fetch -----> Wait --------> Start -----> Run ------------> Account
///                    ^                                                          | trace on
///                    |                                                          v
///                  Next <---- Result <---- Sums (last layer: sums sent) <---- Trace
///                    ^__________________________________________________________|
/// ```
///
/// Descriptor, four beats of 64 bits (written by `net::compiler`):
///
/// | beat | bits | field |
/// |---|---|---|
/// | 0 | 1:0 | kind: 0 stem, 1 squeeze, 2 expand, 3 classifier |
/// | 0 | 2, 3, 4, 5, 6, 7 | max-pool, write the output, 7x7 stem, segmented, padded, last layer |
/// | 0 | 10:8, 12:11 | slots of a block, parts of a row - 1 |
/// | 0 | 31:16, 47:32, 63:48 | passes - 1, blocks - 1, stem words before a row's first window |
/// | 1 | 15:0, 31:16, 47:32, 63:48 | tokens a row - 1, rows - 1, columns of the output map - 1, rows of a strip - 1 |
/// | 2 | 19:0, 39:20, 45:40, 61:46 | rows a pixel: source, destination; slices of a destination row; strips - 1 |
/// | 3 | 19:0, 39:20, 44:40 | destination: first row, rows; beats a row |
#[derive(LogicBlock, Default)]
pub struct Sequencer {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Descriptor memory write port, in beats.
    pub write: Signal<In, Bit>,
    pub write_address: Signal<In, Bits<23>>,
    pub write_data: Signal<In, Bits<64>>,
    pub program_valid: Signal<In, Bit>,
    /// A frame waits in the frame memory, with its sequence number; pulse: it has been read.
    pub frame_valid: Signal<In, Bit>,
    pub frame_sequence: Signal<In, Bits<32>>,
    pub frame_release: Signal<Out, Bit>,
    /// Send the output of every layer.
    pub trace: Signal<In, Bit>,
    /// The layer's fields; they hold from `start` to the end of the layer and of its trace.
    pub is_stem: Signal<Out, Bit>,
    pub is_expand: Signal<Out, Bit>,
    pub to_squeeze: Signal<Out, Bit>,
    pub is_classifier: Signal<Out, Bit>,
    pub pool: Signal<Out, Bit>,
    pub write_output: Signal<Out, Bit>,
    pub kernel_7: Signal<Out, Bit>,
    pub segmented: Signal<Out, Bit>,
    pub padded: Signal<Out, Bit>,
    pub slots: Signal<Out, Bits<3>>,
    pub last_part: Signal<Out, Bits<2>>,
    pub last_pass: Signal<Out, Bits<16>>,
    pub last_block: Signal<Out, Bits<16>>,
    pub prefill: Signal<Out, Bits<16>>,
    pub last_column: Signal<Out, Bits<16>>,
    pub last_row: Signal<Out, Bits<16>>,
    pub map_last_column: Signal<Out, Bits<16>>,
    pub last_strip_row: Signal<Out, Bits<16>>,
    pub last_strip: Signal<Out, Bits<16>>,
    pub source_step: Signal<Out, Bits<20>>,
    pub destination_step: Signal<Out, Bits<20>>,
    pub slices: Signal<Out, Bits<6>>,
    pub destination: Signal<Out, Bits<20>>,
    /// Pulse: the layer begins.
    pub start: Signal<Out, Bit>,
    /// The scanner has issued everything; pulse: the layer's output is in memory.
    pub scan_idle: Signal<In, Bit>,
    pub layer_done: Signal<In, Bit>,
    /// For the counters: a pixel enters the array; the scanner waits.
    pub working: Signal<In, Bit>,
    pub stalled: Signal<In, Bit>,
    /// The classifier's sums are still being collected.
    pub sums_busy: Signal<In, Bit>,
    /// Result packet: pulse, busy, and its fields.
    pub result_start: Signal<Out, Bit>,
    pub result_busy: Signal<In, Bit>,
    pub result_sequence: Signal<Out, Bits<32>>,
    pub frame_cycles: Signal<Out, Bits<32>>,
    /// Trace packets: pulse, busy, and their fields.
    pub trace_start: Signal<Out, Bit>,
    pub trace_busy: Signal<In, Bit>,
    pub layer: Signal<Out, Bits<8>>,
    pub trace_rows: Signal<Out, Bits<20>>,
    pub trace_beats: Signal<Out, Bits<5>>,
    /// Counters of a finished layer.
    pub statistics_write: Signal<Out, Bit>,
    pub statistics_layer: Signal<Out, Bits<6>>,
    pub statistics_cycles: Signal<Out, Bits<32>>,
    pub statistics_busy: Signal<Out, Bits<32>>,
    pub statistics_stalled: Signal<Out, Bits<32>>,
    /// Waiting for a frame; for the result to be taken.
    pub stalled_input: Signal<Out, Bit>,
    pub stalled_output: Signal<Out, Bit>,
    /// A frame is being computed.
    pub busy: Signal<Out, Bit>,
    /// Layer descriptors, four beats a layer.
    memory: Ram<64>,
    state: DFF<Step>,
    number: DFF<Bits<8>>,
    beat: DFF<Bits<3>>,
    beat_0: DFF<Bits<64>>,
    beat_1: DFF<Bits<64>>,
    beat_2: DFF<Bits<64>>,
    beat_3: DFF<Bits<64>>,
    done: DFF<Bit>,
    frame_number: DFF<Bits<32>>,
    cycles: DFF<Bits<32>>,
    frame: DFF<Bits<32>>,
    busy_cycles: DFF<Bits<32>>,
    stalled_cycles: DFF<Bits<32>>,
    kind: Signal<Local, Bits<2>>,
    last_layer: Signal<Local, Bit>,
    counting: Signal<Local, Bit>,
    unused_address: Signal<Local, Bits<3>>,
    unused_fields: Signal<Local, Bits<64>>,
}

impl Sequencer {
    /// For programs of up to `layers` layers.
    pub fn new(layers: usize, style: MemoryStyle) -> Self {
        Self { memory: Ram::new(4 * layers).in_style(style), ..Default::default() }
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
            beat,
            beat_0,
            beat_1,
            beat_2,
            beat_3,
            done,
            frame_number,
            cycles,
            frame,
            busy_cycles,
            stalled_cycles
        );
        self.memory.clock.next = self.clock.val();
        self.memory.write_enable.next = self.write.val();
        self.memory.write_address.next = self.write_address.val().get_bits::<20>(0);
        self.unused_address.next = self.write_address.val().get_bits::<3>(20);
        self.memory.write_data.next = self.write_data.val();
        self.memory.read_address.next =
            (bit_cast::<20, 8>(self.number.q.val()) << 2) | bit_cast::<20, 2>(self.beat.q.val().get_bits::<2>(0));

        self.kind.next = self.beat_0.q.val().get_bits::<2>(0);
        self.is_stem.next = self.kind.val() == 0;
        self.to_squeeze.next = self.kind.val() == 1;
        self.is_expand.next = self.kind.val() == 2;
        self.is_classifier.next = self.kind.val() == 3;
        self.pool.next = self.beat_0.q.val().get_bit(2);
        self.write_output.next = self.beat_0.q.val().get_bit(3);
        self.kernel_7.next = self.beat_0.q.val().get_bit(4);
        self.segmented.next = self.beat_0.q.val().get_bit(5);
        self.padded.next = self.beat_0.q.val().get_bit(6);
        self.last_layer.next = self.beat_0.q.val().get_bit(7);
        self.slots.next = self.beat_0.q.val().get_bits::<3>(8);
        self.last_part.next = self.beat_0.q.val().get_bits::<2>(11);
        self.last_pass.next = self.beat_0.q.val().get_bits::<16>(16);
        self.last_block.next = self.beat_0.q.val().get_bits::<16>(32);
        self.prefill.next = self.beat_0.q.val().get_bits::<16>(48);
        self.last_column.next = self.beat_1.q.val().get_bits::<16>(0);
        self.last_row.next = self.beat_1.q.val().get_bits::<16>(16);
        self.map_last_column.next = self.beat_1.q.val().get_bits::<16>(32);
        self.last_strip_row.next = self.beat_1.q.val().get_bits::<16>(48);
        self.source_step.next = self.beat_2.q.val().get_bits::<20>(0);
        self.destination_step.next = self.beat_2.q.val().get_bits::<20>(20);
        self.slices.next = self.beat_2.q.val().get_bits::<6>(40);
        self.last_strip.next = self.beat_2.q.val().get_bits::<16>(46);
        self.destination.next = self.beat_3.q.val().get_bits::<20>(0);
        self.trace_rows.next = self.beat_3.q.val().get_bits::<20>(20);
        self.trace_beats.next = self.beat_3.q.val().get_bits::<5>(40);
        self.unused_fields.next = bit_cast::<64, 3>(self.beat_0.q.val().get_bits::<3>(13))
            | bit_cast::<64, 2>(self.beat_2.q.val().get_bits::<2>(62))
            | bit_cast::<64, 19>(self.beat_3.q.val().get_bits::<19>(45));

        self.frame_release.next = false;
        self.start.next = false;
        self.result_start.next = false;
        self.trace_start.next = false;
        self.statistics_write.next = false;
        self.stalled_input.next = false;
        self.stalled_output.next = false;
        self.counting.next = false;
        self.layer.next = self.number.q.val();
        self.result_sequence.next = self.frame_number.q.val();
        self.frame_cycles.next = self.frame.q.val();
        self.statistics_layer.next = self.number.q.val().get_bits::<6>(0);
        self.statistics_cycles.next = self.cycles.q.val();
        self.statistics_busy.next = self.busy_cycles.q.val();
        self.statistics_stalled.next = self.stalled_cycles.q.val();
        self.busy.next = self.state.q.val() != Step::Idle;
        if self.layer_done.val() {
            self.done.d.next = true;
        }
        if self.working.val() {
            self.busy_cycles.d.next = self.busy_cycles.q.val() + 1;
        }
        if self.stalled.val() {
            self.stalled_cycles.d.next = self.stalled_cycles.q.val() + 1;
        }

        match self.state.q.val() {
            Step::Idle => {
                self.number.d.next = 0.into();
                self.beat.d.next = 0.into();
                if self.program_valid.val() {
                    self.state.d.next = Step::Fetch;
                }
            }
            Step::Fetch => {
                // the beats pass through a queue of four while they arrive, a cycle after their address
                self.counting.next = true;
                self.beat.d.next = self.beat.q.val() + 1;
                self.beat_3.d.next = self.memory.read_data.val();
                self.beat_2.d.next = self.beat_3.q.val();
                self.beat_1.d.next = self.beat_2.q.val();
                self.beat_0.d.next = self.beat_1.q.val();
                if self.beat.q.val() == 4 {
                    self.state.d.next = Step::Wait;
                }
            }
            Step::Wait => {
                if self.is_stem.val() & !self.frame_valid.val() {
                    self.stalled_input.next = true;
                    self.busy.next = false;
                } else if self.is_classifier.val() & self.result_busy.val() {
                    self.stalled_output.next = true;
                } else {
                    self.state.d.next = Step::Start;
                }
                if self.is_stem.val() {
                    self.frame_number.d.next = self.frame_sequence.val();
                    self.frame.d.next = 0.into();
                }
            }
            Step::Start => {
                self.counting.next = true;
                self.start.next = true;
                self.done.d.next = false;
                self.busy_cycles.d.next = 0.into();
                self.stalled_cycles.d.next = 0.into();
                self.state.d.next = Step::Run;
            }
            Step::Run => {
                self.counting.next = true;
                if self.done.q.val() & self.scan_idle.val() {
                    self.state.d.next = Step::Account;
                    self.frame_release.next = self.is_stem.val();
                }
            }
            Step::Account => {
                self.counting.next = true;
                self.statistics_write.next = true;
                self.state.d.next = Step::Next;
                if self.last_layer.val() {
                    self.state.d.next = Step::Sums;
                }
                if self.trace.val() & self.write_output.val() {
                    self.trace_start.next = true;
                    self.state.d.next = Step::Trace;
                }
            }
            Step::Trace => {
                if !self.trace_busy.val() {
                    self.state.d.next = Step::Next;
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
                self.result_start.next = true;
                self.state.d.next = Step::Next;
            }
            Step::Next => {
                self.counting.next = true;
                self.cycles.d.next = 0.into();
                self.beat.d.next = 0.into();
                self.number.d.next = self.number.q.val() + 1;
                if self.last_layer.val() {
                    self.number.d.next = 0.into();
                }
                self.state.d.next = Step::Fetch;
            }
            _ => {
                self.state.d.next = Step::Idle;
            }
        }
        if self.counting.val() {
            self.frame.d.next = self.frame.q.val() + 1;
            if self.state.q.val() != Step::Next {
                self.cycles.d.next = self.cycles.q.val() + 1;
            }
        }
        if self.reset.val() | !self.program_valid.val() {
            self.state.d.next = Step::Idle;
            self.cycles.d.next = 0.into();
        }
    }
}
