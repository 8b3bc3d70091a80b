//! The engine: AXI at its edges, the Fire array inside.

use super::array::Array;
use super::feed::Feed;
use super::output::Output;
use super::read_stage::ReadStage;
use super::registers::Registers;
use super::reset_control::ResetControl;
use super::scanner::Scanner;
use super::sender::Sender;
use super::sequencer::Sequencer;
use super::stem::Stem;
use super::stream_in::StreamIn;
use super::table_loader::TableLoader;
use super::trace_reader::{TraceReader, TRACE_LATENCY};
use super::weight_loader::WeightLoader;
use super::window::Window;
use crate::lang::axi::{Beats, EngineLite, Packets};
use crate::lang::prelude::*;
use crate::target::Target;
use contract::engine::EngineConfig;

/// Top module; ports as in [`contract::ports::PORTS`].
#[derive(LogicBlock, Default)]
pub struct EngineRtl {
    /// Clock of the whole engine; rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous reset, active low.
    pub reset_n: Signal<In, Bit>,
    /// Programs and frames, see `contract::interface`.
    pub s_axis: Beats<Slave>,
    /// Results and traces, see `contract::interface`.
    pub m_axis: Packets<Master>,
    /// Registers, see `contract::registers`.
    pub s_axil: EngineLite<Slave>,
    /// Pulse: a frame has been read out of the frame memory.
    pub frame_taken: Signal<Out, Bit>,
    /// Pulse: a result packet has left.
    pub result_sent: Signal<Out, Bit>,
    /// A frame is being computed.
    pub busy: Signal<Out, Bit>,
    /// An ERRORS bit is set; from a register, so that it may cross to another clock.
    pub fault: Signal<Out, Bit>,
    reset_control: ResetControl,
    registers: Registers,
    stream_in: StreamIn,
    sequencer: Sequencer,
    scanner: Scanner,
    stem: Stem,
    read_stage: ReadStage,
    window: Window,
    feed: Feed,
    weight_loader: WeightLoader,
    table_loader: TableLoader,
    array: Array,
    output: Output,
    trace_reader: TraceReader,
    sender: Sender,
}

impl EngineRtl {
    /// The engine that `config` describes (see [`EngineConfig::check`]), in the forms of `target`.
    pub fn new(config: &EngineConfig, target: &Target) -> Self {
        let styles = &target.memory;
        let squeeze_words = (config.columns / 16).max(1);
        Self {
            registers: Registers::new(config),
            stream_in: StreamIn::new(config),
            sequencer: Sequencer::new(config.layers, styles.descriptors),
            stem: Stem::new(config.frame_words, styles.frame),
            read_stage: ReadStage::new(squeeze_words, contract::engine::ROW_CHANNELS / config.columns),
            feed: Feed::new(),
            window: Window::new(config.line_pixels, styles.lines),
            weight_loader: WeightLoader::new(config.columns, config.weight_words, config.weight_bits, styles.weights),
            table_loader: TableLoader::new(config.table_entries, styles.table),
            array: Array::new(config, target),
            output: Output::new(config, styles),
            trace_reader: TraceReader::new(squeeze_words),
            sender: Sender::new(TRACE_LATENCY).in_style(styles.sums),
            ..Default::default()
        }
    }
}

impl Logic for EngineRtl {
    wiring! { "ember_engine: SqueezeNet on chip. Programs and frames enter through s_axis, results leave through m_axis, registers are on s_axil." self => {
        w!(reset_control.clock <= clock);
        w!(reset_control.reset_n <= reset_n);
        w!(reset_control.soft_reset <= registers.soft_reset);

        w!(registers.clock <= clock);
        w!(registers.hard_reset <= reset_control.hard);
        w!(registers.s_axil <=> s_axil);
        w!(registers.program_valid <= stream_in.program_valid);
        w!(registers.program_hash <= stream_in.program_hash);
        w!(registers.frame_valid <= stream_in.frame_valid);
        w!(registers.error_header <= stream_in.error_header);
        w!(registers.error_frame_size <= stream_in.error_frame_size);
        w!(registers.error_no_program <= stream_in.error_no_program);
        w!(registers.error_program_size <= stream_in.error_program_size);
        w!(registers.frame_dropped <= stream_in.frame_dropped);
        w!(registers.frame_done <= sequencer.result_start);
        w!(registers.busy <= sequencer.busy);
        w!(registers.count_busy <= feed.working);
        w!(registers.count_stalled_input <= sequencer.stalled_input);
        w!(registers.count_stalled_output <= sequencer.stalled_output);
        w!(registers.count_stalled_weights <= scanner.stalled);
        w!(registers.statistics_write <= sequencer.statistics_write);
        w!(registers.statistics_layer <= sequencer.statistics_layer);
        w!(registers.statistics_cycles <= sequencer.statistics_cycles);
        w!(registers.statistics_busy <= sequencer.statistics_busy);
        w!(registers.statistics_stalled <= sequencer.statistics_stalled);
        w!(registers.statistics_signature <= output.signature);

        w!(stream_in.clock <= clock);
        w!(stream_in.reset <= reset_control.reset);
        w!(stream_in.s_axis <=> s_axis);
        w!(stream_in.frame_release <= sequencer.frame_release);

        w!(sequencer.clock <= clock);
        w!(sequencer.reset <= reset_control.reset);
        w!(sequencer.write <= stream_in.write_descriptors);
        w!(sequencer.write_address <= stream_in.memory_address);
        w!(sequencer.write_data <= stream_in.memory_data);
        w!(sequencer.program_valid <= stream_in.program_valid);
        w!(sequencer.frame_valid <= stream_in.frame_valid);
        w!(sequencer.frame_sequence <= stream_in.frame_sequence);
        w!(sequencer.trace <= registers.trace);
        w!(sequencer.scan_idle <= scanner.idle);
        w!(sequencer.layer_done <= output.layer_done);
        w!(sequencer.working <= feed.working);
        w!(sequencer.stalled <= scanner.stalled);
        w!(sequencer.sums_busy <= output.sums_busy);
        w!(sequencer.result_busy <= sender.result_busy);
        w!(sequencer.trace_busy <= sender.trace_busy);

        w!(scanner.clock <= clock);
        w!(scanner.reset <= reset_control.reset);
        w!(scanner.start <= sequencer.start);
        w!(scanner.is_stem <= sequencer.is_stem);
        w!(scanner.is_expand <= sequencer.is_expand);
        w!(scanner.padded <= sequencer.padded);
        w!(scanner.last_column <= sequencer.last_column);
        w!(scanner.last_row <= sequencer.last_row);
        w!(scanner.last_strip_row <= sequencer.last_strip_row);
        w!(scanner.last_strip <= sequencer.last_strip);
        w!(scanner.last_pass <= sequencer.last_pass);
        w!(scanner.last_block <= sequencer.last_block);
        w!(scanner.last_part <= sequencer.last_part);
        w!(scanner.row_step <= sequencer.source_step);
        w!(scanner.prefill <= sequencer.prefill);
        w!(scanner.pairs <= stream_in.frame_pairs);
        w!(scanner.tile_ready <= weight_loader.ready);
        w!(scanner.entries_ready <= table_loader.ready);

        w!(stem.clock <= clock);
        w!(stem.write <= stream_in.frame_write);
        w!(stem.write_bank <= stream_in.frame_bank);
        w!(stem.write_address <= stream_in.frame_address);
        w!(stem.write_data <= stream_in.frame_data);
        w!(stem.is_stem <= sequencer.is_stem);
        w!(stem.kernel_7 <= sequencer.kernel_7);
        w!(stem.pairs <= stream_in.frame_pairs);
        w!(stem.issue <= scanner.issue);
        w!(stem.token_in <= scanner.token);
        w!(stem.address <= scanner.address);
        w!(stem.phase <= scanner.phase);

        w!(read_stage.clock <= clock);
        w!(read_stage.issue <= scanner.issue);
        w!(read_stage.token <= scanner.token);
        w!(read_stage.push <= scanner.push);
        w!(read_stage.line <= scanner.line);
        w!(read_stage.scan_address <= scanner.address);
        w!(read_stage.trace_busy <= sender.trace_busy);
        w!(read_stage.trace_row <= sender.trace_row);
        for i in 0..self.read_stage.row.len() {
            w!(read_stage.row[i] <= output.squeeze_word[i]);
        }

        w!(window.clock <= clock);
        w!(window.is_expand <= sequencer.is_expand);
        w!(window.start <= sequencer.start);
        w!(window.arrive <= read_stage.issue_4);
        w!(window.push <= read_stage.push_4);
        w!(window.line <= read_stage.line_4);
        w!(window.token_in <= read_stage.token_4);
        w!(window.word <= read_stage.word);

        w!(feed.clock <= clock);
        w!(feed.is_stem <= sequencer.is_stem);
        w!(feed.is_expand <= sequencer.is_expand);
        w!(feed.segmented <= sequencer.segmented);
        w!(feed.stem_token <= stem.token);
        w!(feed.window_token <= window.token);
        w!(feed.row_token <= scanner.token);
        for i in 0..10 {
            w!(feed.stem_word[i] <= stem.word[i]);
            w!(array.word[i] <= feed.word[i]);
        }
        for i in 0..9 {
            w!(feed.tap[i] <= window.tap[i]);
        }
        for i in 0..8 {
            w!(feed.row_word[i] <= output.activation_word[i]);
            w!(trace_reader.activation[i] <= output.activation_word[i]);
        }

        w!(weight_loader.clock <= clock);
        w!(weight_loader.reset <= reset_control.reset);
        w!(weight_loader.write <= stream_in.write_weights);
        w!(weight_loader.write_address <= stream_in.memory_address);
        w!(weight_loader.write_data <= stream_in.memory_data);
        w!(weight_loader.program_valid <= stream_in.program_valid);
        w!(weight_loader.tiles <= stream_in.tiles);
        w!(weight_loader.take <= scanner.take_tile);
        w!(weight_loader.mark <= scanner.take_entries);
        w!(weight_loader.rewind <= scanner.rewind);
        w!(weight_loader.taken <= output.tile_taken);

        w!(table_loader.clock <= clock);
        w!(table_loader.reset <= reset_control.reset);
        w!(table_loader.write <= stream_in.write_table);
        w!(table_loader.write_address <= stream_in.memory_address);
        w!(table_loader.write_data <= stream_in.memory_data);
        w!(table_loader.program_valid <= stream_in.program_valid);
        w!(table_loader.entries <= stream_in.entries);
        w!(table_loader.take <= scanner.take_entries);
        w!(table_loader.taken <= output.entries_taken);

        w!(array.clock <= clock);
        w!(array.segmented <= sequencer.segmented);
        w!(array.expand <= sequencer.is_expand);
        w!(array.token <= feed.token);
        w!(array.swap <= feed.swap);
        w!(array.entry <= table_loader.entry);
        for i in 0..5 {
            w!(array.load[i] <= weight_loader.load[i]);
            w!(array.load_entry[i] <= table_loader.load[i]);
        }
        for i in 0..self.weight_loader.word.len() {
            w!(array.weight[i] <= weight_loader.word[i]);
        }

        w!(output.clock <= clock);
        w!(output.reset <= reset_control.reset);
        w!(output.start <= sequencer.start);
        w!(output.pool <= sequencer.pool);
        w!(output.floor <= sequencer.floor);
        w!(output.is_classifier <= sequencer.is_classifier);
        w!(output.write_output <= sequencer.write_output);
        w!(output.segmented <= sequencer.segmented);
        w!(output.to_squeeze <= sequencer.to_squeeze);
        w!(output.last_column <= sequencer.map_last_column);
        w!(output.last_row <= sequencer.last_row);
        w!(output.slots <= sequencer.slots);
        w!(output.slices <= sequencer.slices);
        w!(output.base <= sequencer.destination);
        w!(output.row_step <= sequencer.destination_step);
        w!(output.classes <= stream_in.classes);
        w!(output.token <= array.token_out);
        for i in 0..self.read_stage.address.len() {
            w!(output.activation_address[i] <= read_stage.address[i]);
        }
        for i in 0..self.output.squeeze_address.len() {
            w!(output.squeeze_address[i] <= read_stage.squeeze_address[i]);
        }
        for s in 0..5 {
            for c in 0..self.array.byte[s].len() {
                w!(output.byte[s][c] <= array.byte[s][c]);
            }
        }

        w!(trace_reader.clock <= clock);
        w!(trace_reader.from_squeeze <= sequencer.to_squeeze);
        w!(trace_reader.beat <= sender.trace_beat);
        for i in 0..self.trace_reader.squeeze.len() {
            w!(trace_reader.squeeze[i] <= output.squeeze_word[i]);
        }

        w!(sender.clock <= clock);
        w!(sender.reset <= reset_control.reset);
        w!(sender.hard_reset <= reset_control.hard);
        w!(m_axis <=> sender.m_axis);
        w!(sender.sum_write <= output.sum_write);
        w!(sender.sum_address <= output.sum_address);
        w!(sender.sum_data <= output.sum_data);
        w!(sender.result_start <= sequencer.result_start);
        w!(sender.frame_sequence <= sequencer.result_sequence);
        w!(sender.frame_cycles <= sequencer.frame_cycles);
        w!(sender.classes <= stream_in.classes);
        w!(sender.program_hash <= stream_in.program_hash);
        w!(sender.trace_start <= sequencer.trace_start);
        w!(sender.trace_layer <= sequencer.layer);
        w!(sender.trace_first <= sequencer.destination);
        w!(sender.trace_rows <= sequencer.trace_rows);
        w!(sender.trace_beats <= sequencer.trace_beats);
        w!(sender.trace_data <= trace_reader.data);

        w!(frame_taken <= sequencer.frame_release);
        w!(result_sent <= sender.result_sent);
        w!(busy <= sequencer.busy);
        w!(fault <= registers.fault);
    }}
}
