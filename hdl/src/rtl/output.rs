//! From the array's bytes to the memories: pool, sums and write ports.

use super::pool_control::PoolControl;
use super::pool_quad::PoolQuad;
use super::read_stage::ADDRESS_COPIES;
use super::scatter::Scatter;
use super::signature::Signature;
use super::signature_fold::SignatureFold;
use super::slice_number::SliceNumber;
use super::sum_control::SumControl;
use super::sum_quad::SumQuad;
use super::write_control::WriteControl;
use crate::lang::prelude::*;
use crate::target::MemoryStyles;

/// Max-pool on the way to memory; the classifier's bytes are also summed.
#[derive(LogicBlock, Default)]
pub struct Output {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: forget the place in the map.
    pub reset: Signal<In, Bit>,
    /// Pulse before a layer's first pixel.
    pub start: Signal<In, Bit>,
    /// Static: a 3x3/2 max-pool follows.
    pub pool: Signal<In, Bit>,
    /// Static: the bytes are also summed over the map.
    pub is_classifier: Signal<In, Bit>,
    /// Static: write the output to memory.
    pub write_output: Signal<In, Bit>,
    /// Static: into the squeeze memory instead of the activation memory.
    pub to_squeeze: Signal<In, Bit>,
    /// Static: five segments of output channels.
    pub segmented: Signal<In, Bit>,
    /// Static: columns of the convolution's output - 1.
    pub last_column: Signal<In, Bits<16>>,
    /// Static: rows of the convolution's output - 1.
    pub last_row: Signal<In, Bits<16>>,
    /// Static: slots (of N output channels) of a block, 1 to 5.
    pub slots: Signal<In, Bits<3>>,
    /// Static: slices of a memory row, 1 to 32.
    pub slices: Signal<In, Bits<6>>,
    /// Static: first row of the output.
    pub base: Signal<In, Bits<20>>,
    /// Static: rows from one pixel to the next.
    pub row_step: Signal<In, Bits<20>>,
    /// Static: classes of the program.
    pub classes: Signal<In, Bits<16>>,
    /// Byte of slot s, column c at `byte[s][c]`; with `token`.
    pub byte: Vec<Vec<Signal<In, Bits<8>>>>,
    /// Token beside the bytes.
    pub token: Signal<In, Bits<16>>,
    /// The pass's weights are in use everywhere: the shadow registers are free again.
    pub tile_taken: Signal<Out, Bit>,
    /// The block's entries are in use everywhere: the shadow registers are free again.
    pub entries_taken: Signal<Out, Bit>,
    /// The layer's output is in memory.
    pub layer_done: Signal<Out, Bit>,
    /// Signature of the layer's output.
    pub signature: Signal<Out, Bits<32>>,
    /// Write `sum_data` as the sum of class `sum_address`.
    pub sum_write: Signal<Out, Bit>,
    /// With `sum_write`: class.
    pub sum_address: Signal<Out, Bits<10>>,
    /// With `sum_write`: its sum over the map.
    pub sum_data: Signal<Out, Bits<24>>,
    /// Sums of a classifier are still being sent.
    pub sums_busy: Signal<Out, Bit>,
    /// Row of the activation memory to read, in as many copies as reach its slices.
    pub activation_address: Vec<Signal<In, Bits<20>>>,
    /// Row of the squeeze memory to read.
    pub squeeze_address: Signal<In, Bits<20>>,
    /// Row of the activation memory of three cycles before, sixteen channels a word.
    pub activation_word: Vec<Signal<Out, Bits<128>>>,
    /// Row of the squeeze memory of three cycles before, sixteen channels a word.
    pub squeeze_word: Vec<Signal<Out, Bits<128>>>,
    pool_control: PoolControl,
    pool_quad: Vec<Vec<PoolQuad>>,
    write_control: WriteControl,
    signing: Signature,
    fold: Vec<SignatureFold>,
    sum_quad: Vec<SumQuad>,
    sum_control: SumControl,
    slice_number: SliceNumber,
    activation_port: Vec<Scatter>,
    squeeze_port: Vec<Scatter>,
    /// Activations of a layer, in place: rows of 128 channels. Depth `activation_rows`: the largest layer's pixels, in rows of 128
    /// channels.
    activation: SlicedRam,
    /// Output of a squeeze layer: rows of 16 channels (32 with 32 columns). Depth `squeeze_rows`: the largest squeeze layer.
    squeeze: SlicedRam,
}

impl Output {
    /// Output stage of the engine that `config` describes.
    pub fn new(config: &contract::engine::EngineConfig, styles: &MemoryStyles) -> Self {
        let columns = config.columns;
        let quads = columns / 4;
        let slices = contract::engine::ROW_CHANNELS / columns;
        let squeeze_slices = (16 / columns).max(1);
        Self {
            byte: (0..5).map(|_| many(columns)).collect(),
            activation_address: many(ADDRESS_COPIES.min(slices)),
            activation_word: many(8),
            squeeze_word: many((columns / 16).max(1)),
            pool_quad: (0..5).map(|_| (0..quads).map(|_| PoolQuad::new(config.pool_pixels, styles.pool)).collect()).collect(),
            fold: many(5 * quads),
            sum_quad: many(5 * quads),
            sum_control: SumControl::new(columns),
            slice_number: SliceNumber::new(slices),
            activation_port: (0..slices).map(|_| Scatter::new(slices, columns)).collect(),
            squeeze_port: (0..squeeze_slices).map(|_| Scatter::new(squeeze_slices, columns)).collect(),
            activation: SlicedRam::new(config.activation_rows, slices, quads, ADDRESS_COPIES).in_style(styles.activations),
            squeeze: SlicedRam::new(config.squeeze_rows, squeeze_slices, quads, 1).in_style(styles.squeeze),
            ..Default::default()
        }
    }
}

impl Logic for Output {
    wiring! { "ember_output: From the array's bytes to the memories: max-pool, classifier sums, and the write ports of the activation and squeeze memories." self => {
        let quads = self.pool_quad[0].len();
        w!(pool_control.clock <= clock);
        w!(pool_control.reset <= reset);
        w!(pool_control.start <= start);
        w!(pool_control.pool <= pool);
        w!(pool_control.last_column <= last_column);
        w!(pool_control.last_row <= last_row);
        w!(pool_control.token <= token);
        w!(tile_taken <= pool_control.tile_taken);
        w!(entries_taken <= pool_control.entries_taken);

        for s in 0..5 {
            for q in 0..quads {
                w!(pool_quad[s][q].clock <= clock);
                w!(pool_quad[s][q].pool <= pool);
                for i in 0..4 {
                    w!(pool_quad[s][q].byte[i] <= byte[s][4 * q + i]);
                }
                w!(pool_quad[s][q].step <= pool_control.step);
                w!(pool_quad[s][q].even <= pool_control.even);
                w!(pool_quad[s][q].column <= pool_control.column);
                w!(pool_quad[s][q].store <= pool_control.store);
                w!(pool_quad[s][q].fresh <= pool_control.fresh);
                w!(pool_quad[s][q].column_1 <= pool_control.column_1);
                w!(pool_quad[s][q].close <= pool_control.close);
            }
        }

        w!(write_control.clock <= clock);
        w!(write_control.start <= start);
        w!(write_control.enable <= write_output);
        w!(write_control.to_squeeze <= to_squeeze);
        w!(write_control.is_classifier <= is_classifier);
        w!(write_control.slots <= slots);
        w!(write_control.slices <= slices);
        w!(write_control.base <= base);
        w!(write_control.row_step <= row_step);
        w!(write_control.valid <= pool_control.valid);
        w!(write_control.map_end <= pool_control.map_end);
        w!(write_control.done <= pool_control.done);
        w!(layer_done <= write_control.layer_done);

        w!(signing.clock <= clock);
        w!(signing.start <= start);
        w!(signing.valid <= pool_control.valid);
        w!(signing.slots <= slots);
        for i in 0..self.fold.len() {
            w!(fold[i].quad <= pool_quad[i / quads][i % quads].quad);
            w!(fold[i].active <= signing.active[i / quads]);
            if i == 0 {
                w!(fold[i].above <= signing.seed);
            } else {
                w!(fold[i].above <= fold[i - 1].folded);
            }
            if i + 1 == self.fold.len() {
                w!(signing.fold <= fold[i].folded);
            }
        }
        w!(signature <= signing.value);

        let sums = self.sum_quad.len();
        for i in 0..sums {
            w!(sum_quad[i].clock <= clock);
            w!(sum_quad[i].clear <= start);
            w!(sum_quad[i].add <= write_control.add);
            w!(sum_quad[i].map_end <= write_control.sums_end);
            w!(sum_quad[i].quad <= pool_quad[i / quads][i % quads].quad);
            w!(sum_quad[i].shift <= sum_control.shift);
            // what enters behind the last class is never sent
            w!(sum_quad[i].following <= sum_quad[(i + 1) % sums].head);
        }
        w!(sum_control.clock <= clock);
        w!(sum_control.clear <= start);
        w!(sum_control.map_end <= write_control.sums_end);
        w!(sum_control.segmented <= segmented);
        w!(sum_control.classes <= classes);
        w!(sum_control.head <= sum_quad[0].head);
        w!(sum_write <= sum_control.sum_write);
        w!(sum_address <= sum_control.sum_address);
        w!(sum_data <= sum_control.sum_data);
        w!(sums_busy <= sum_control.busy);

        w!(activation.clock <= clock);
        for i in 0..self.activation_address.len() {
            w!(activation.read_address[i] <= activation_address[i]);
        }
        for i in 0..self.activation_port.len() {
            w!(activation_port[i].clock <= clock);
            w!(activation_port[i].number <= slice_number.number[i]);
            w!(activation_port[i].write <= write_control.write_activation);
            w!(activation_port[i].row <= write_control.row);
            w!(activation_port[i].slice <= write_control.slice);
            w!(activation_port[i].slots <= slots);
            for q in 0..quads {
                for s in 0..5 {
                    w!(activation_port[i].slot[s][q] <= pool_quad[s][q].quad);
                }
                w!(activation.write_data[i * quads + q] <= activation_port[i].write_data[q]);
            }
            w!(activation.write_enable[i] <= activation_port[i].write_enable);
            w!(activation.write_address[i] <= activation_port[i].write_address);
        }
        for i in 0..8 {
            w!(activation_word[i] <= activation.read_word[i]);
        }

        w!(squeeze.clock <= clock);
        w!(squeeze.read_address[0] <= squeeze_address);
        for i in 0..self.squeeze_port.len() {
            w!(squeeze_port[i].clock <= clock);
            w!(squeeze_port[i].number <= slice_number.number[i]);
            w!(squeeze_port[i].write <= write_control.write_squeeze);
            w!(squeeze_port[i].row <= write_control.row);
            w!(squeeze_port[i].slice <= write_control.slice);
            w!(squeeze_port[i].slots <= slots);
            for q in 0..quads {
                for s in 0..5 {
                    w!(squeeze_port[i].slot[s][q] <= pool_quad[s][q].quad);
                }
                w!(squeeze.write_data[i * quads + q] <= squeeze_port[i].write_data[q]);
            }
            w!(squeeze.write_enable[i] <= squeeze_port[i].write_enable);
            w!(squeeze.write_address[i] <= squeeze_port[i].write_address);
        }
        for i in 0..self.squeeze_word.len() {
            w!(squeeze_word[i] <= squeeze.read_word[i]);
        }
    }}
}
