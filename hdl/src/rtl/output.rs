//! From the array's bytes to the memories: pool, sums and write ports.

use super::pool_control::PoolControl;
use super::pool_quad::PoolQuad;
use super::pool_steer::PoolSteer;
use super::read_stage::{squeeze_copies, ADDRESS_COPIES};
use super::scatter::Scatter;
use super::signature::Signature;
use super::signature_fold::SignatureFold;
use super::sum_control::SumControl;
use super::sum_quad::SumQuad;
use super::sum_steer::SumSteer;
use super::write_control::WriteControl;
use super::write_ports::WritePorts;
use crate::lang::copies::{levels, Copies};
use crate::lang::prelude::*;
use crate::target::MemoryStyles;

/// Max-pool on the way to memory; the classifier's bytes are also summed.
///
/// ```text
///  cycle   -4      -3        0       1 to 3  4        5       6 to 8     7            1
///          token   place     bytes,          pixel    first   written    signature    layer_done
///                  in map    pool            in quads half    (a RAM     complete
///                                            of scatter       may take
///                                                             two more)
/// ```
///
/// `layer_done` leads: it says that the output is in memory [`DONE_LEAD`] cycles later, when the next layer reads at the earliest. What
/// is static may change from [`HOLD`] cycles after it, `start` may come two cycles after that.
#[derive(LogicBlock, Default)]
pub struct Output {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Synchronous: forget the place in the map.
    pub reset: Signal<In, Bit>,
    /// Pulse before a layer's first pixel. What is static holds from two cycles before.
    pub start: Signal<In, Bit>,
    /// Static: a 3x3/2 max-pool follows.
    pub pool: Signal<In, Bit>,
    /// Static: it is in floor mode.
    pub floor: Signal<In, Bit>,
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
    /// Byte of slot s, column c at `byte[s][c]`.
    pub byte: Vec<Vec<Signal<In, Bits<8>>>>,
    /// Token of the bytes that come [`TOKEN_LEAD`](super::pool_control::TOKEN_LEAD) cycles later.
    pub token: Signal<In, Bits<16>>,
    /// The pass's weights are in use everywhere: the shadow registers are free again.
    pub tile_taken: Signal<Out, Bit>,
    /// The block's entries are in use everywhere: the shadow registers are free again.
    pub entries_taken: Signal<Out, Bit>,
    /// Pulse: the layer's output will be in memory.
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
    pub squeeze_address: Vec<Signal<In, Bits<20>>>,
    /// Row of the activation memory of three cycles before, sixteen channels a word.
    pub activation_word: Vec<Signal<Out, Bits<128>>>,
    /// Row of the squeeze memory of three cycles before, sixteen channels a word.
    pub squeeze_word: Vec<Signal<Out, Bits<128>>>,
    pool_control: PoolControl,
    pool_steer: PoolSteer,
    pool_quad: Vec<Vec<PoolQuad>>,
    write_control: WriteControl,
    signing: Signature,
    fold: Vec<Vec<SignatureFold>>,
    sum_steer: SumSteer,
    sum_quad: Vec<SumQuad>,
    sum_control: SumControl,
    places: Copies<3>,
    scatter: Vec<Scatter>,
    activation_ports: WritePorts,
    squeeze_ports: WritePorts,
    /// Activations of a layer, in place: rows of 128 channels. Depth `activation_rows`: the largest layer's pixels, in rows of 128
    /// channels.
    activation: SlicedRam,
    /// Output of a squeeze layer: rows of 16 channels (32 with 32 columns). Depth `squeeze_rows`: the largest squeeze layer.
    squeeze: SlicedRam,
}

/// Cycles after `layer_done` from which on the layer's output can be read.
pub const DONE_LEAD: usize = 8;
/// Cycles after `layer_done` until which the layer's fields hold.
pub const HOLD: usize = 4;

/// Quads that one copy of what steers the sums serves.
const SUMS_A_COPY: usize = 3;

/// Copies of what steers so many of the pool's quads.
fn steers(quads: usize) -> usize {
    quads.min(8)
}

/// The one that this quad takes.
fn steer(quad: usize, quads: usize) -> usize {
    quad * steers(quads) / quads
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
            squeeze_address: many(squeeze_copies(slices)),
            activation_word: many(8),
            squeeze_word: many((columns / 16).max(1)),
            pool_control: PoolControl::new(),
            pool_steer: PoolSteer::new(steers(5 * quads)),
            pool_quad: (0..5).map(|_| (0..quads).map(|_| PoolQuad::new(config.pool_pixels, styles.pool)).collect()).collect(),
            signing: Signature::new(columns),
            fold: (0..5).map(|_| many(quads)).collect(),
            sum_steer: SumSteer::new((5 * quads).div_ceil(SUMS_A_COPY)),
            sum_quad: many(5 * quads),
            sum_control: SumControl::new(columns),
            write_control: WriteControl::new(levels(quads)),
            places: Copies::new(quads),
            scatter: (0..quads).map(|_| Scatter::new(slices, squeeze_slices)).collect(),
            activation_ports: WritePorts::new(slices),
            squeeze_ports: WritePorts::new(squeeze_slices),
            activation: SlicedRam::new(config.activation_rows, slices, quads, ADDRESS_COPIES).in_style(styles.activations),
            squeeze: SlicedRam::new(config.squeeze_rows, squeeze_slices, quads, squeeze_copies(slices)).in_style(styles.squeeze),
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
        w!(pool_control.floor <= floor);
        w!(pool_control.last_column <= last_column);
        w!(pool_control.last_row <= last_row);
        w!(pool_control.token <= token);
        w!(tile_taken <= pool_control.tile_taken);
        w!(entries_taken <= pool_control.entries_taken);
        w!(layer_done <= pool_control.done);

        w!(pool_steer.clock <= clock);
        w!(pool_steer.pool <= pool);
        w!(pool_steer.step <= pool_control.step);
        w!(pool_steer.three <= pool_control.three);
        w!(pool_steer.column <= pool_control.column);
        w!(pool_steer.store <= pool_control.store);
        w!(pool_steer.fresh <= pool_control.fresh);
        w!(pool_steer.late_column <= pool_control.late_column);
        w!(pool_steer.close <= pool_control.close);
        for s in 0..5 {
            for q in 0..quads {
                w!(pool_quad[s][q].clock <= clock);
                w!(pool_quad[s][q].pool <= pool_steer.pools[steer(s * quads + q, 5 * quads)]);
                for i in 0..4 {
                    w!(pool_quad[s][q].byte[i] <= byte[s][4 * q + i]);
                }
                w!(pool_quad[s][q].step <= pool_steer.steps[steer(s * quads + q, 5 * quads)]);
                w!(pool_quad[s][q].three <= pool_steer.threes[steer(s * quads + q, 5 * quads)]);
                w!(pool_quad[s][q].column <= pool_steer.columns[steer(s * quads + q, 5 * quads)]);
                w!(pool_quad[s][q].store <= pool_steer.stores[steer(s * quads + q, 5 * quads)]);
                w!(pool_quad[s][q].fresh <= pool_steer.freshes[steer(s * quads + q, 5 * quads)]);
                w!(pool_quad[s][q].late_column <= pool_steer.late_columns[steer(s * quads + q, 5 * quads)]);
                w!(pool_quad[s][q].close <= pool_steer.closes[steer(s * quads + q, 5 * quads)]);
            }
        }

        w!(write_control.clock <= clock);
        w!(write_control.start <= start);
        w!(write_control.enable <= write_output);
        w!(write_control.to_squeeze <= to_squeeze);
        w!(write_control.slots <= slots);
        w!(write_control.slices <= slices);
        w!(write_control.base <= base);
        w!(write_control.row_step <= row_step);
        w!(write_control.valid <= pool_control.valid);
        w!(write_control.early_end <= pool_control.early_end);

        w!(signing.clock <= clock);
        w!(signing.start <= start);
        w!(signing.valid <= pool_control.valid);
        w!(signing.slots <= slots);
        for s in 0..5 {
            for q in 0..quads {
                w!(fold[s][q].quad <= pool_quad[s][q].quad);
                w!(fold[s][q].active <= signing.active[s]);
                if q == 0 {
                    w!(fold[s][q].above <= signing.seed);
                } else {
                    w!(fold[s][q].above <= fold[s][q - 1].folded);
                }
                if q + 1 == quads {
                    w!(signing.fold[s] <= fold[s][q].folded);
                }
            }
        }
        w!(signature <= signing.value);

        w!(sum_steer.clock <= clock);
        w!(sum_steer.is_classifier <= is_classifier);
        w!(sum_steer.start <= start);
        w!(sum_steer.close <= pool_control.early_close);
        w!(sum_steer.close_end <= pool_control.early_end);
        for i in 0..self.sum_quad.len() {
            w!(sum_quad[i].clock <= clock);
            w!(sum_quad[i].clear <= sum_steer.clear[i / SUMS_A_COPY]);
            w!(sum_quad[i].add <= sum_steer.add[i / SUMS_A_COPY]);
            w!(sum_quad[i].map_end <= sum_steer.map_end[i / SUMS_A_COPY]);
            w!(sum_quad[i].quad <= pool_quad[i / quads][i % quads].quad);
            w!(sum_quad[i].send <= sum_control.send[i]);
            if i == 0 {
                w!(sum_quad[i].others <= sum_control.none);
            } else {
                w!(sum_quad[i].others <= sum_quad[i - 1].head);
            }
            if i + 1 == self.sum_quad.len() {
                w!(sum_control.head <= sum_quad[i].head);
            }
        }
        w!(sum_control.clock <= clock);
        w!(sum_control.clear <= start);
        w!(sum_control.is_classifier <= is_classifier);
        w!(sum_control.map_end <= pool_control.map_end);
        w!(sum_control.last <= pool_control.done);
        w!(sum_control.segmented <= segmented);
        w!(sum_control.classes <= classes);
        w!(sum_write <= sum_control.sum_write);
        w!(sum_address <= sum_control.sum_address);
        w!(sum_data <= sum_control.sum_data);
        w!(sums_busy <= sum_control.busy);

        // the slots at their slices, two cycles after the pixel, with the ports' enables and rows
        w!(places.clock <= clock);
        w!(places.value <= write_control.place);
        w!(activation_ports.clock <= clock);
        w!(activation_ports.write <= write_control.write_activation);
        w!(activation_ports.row <= write_control.row);
        w!(activation_ports.next_row <= write_control.next_row);
        w!(activation_ports.slice <= write_control.slice);
        w!(activation_ports.slots <= slots);
        w!(squeeze_ports.clock <= clock);
        w!(squeeze_ports.write <= write_control.write_squeeze);
        w!(squeeze_ports.row <= write_control.row);
        w!(squeeze_ports.next_row <= write_control.next_row);
        w!(squeeze_ports.slice <= write_control.slice);
        w!(squeeze_ports.slots <= slots);
        w!(activation.clock <= clock);
        for i in 0..self.activation_address.len() {
            w!(activation.read_address[i] <= activation_address[i]);
        }
        w!(squeeze.clock <= clock);
        for i in 0..self.squeeze_address.len() {
            w!(squeeze.read_address[i] <= squeeze_address[i]);
        }
        for q in 0..quads {
            w!(scatter[q].clock <= clock);
            w!(scatter[q].slice <= places.copy[q]);
            for s in 0..5 {
                w!(scatter[q].slot[s] <= pool_quad[s][q].quad);
            }
            for i in 0..self.activation_ports.write_enable.len() {
                w!(activation.write_data[i * quads + q] <= scatter[q].activation[i % 8]);
            }
            for i in 0..self.squeeze_ports.write_enable.len() {
                w!(squeeze.write_data[i * quads + q] <= scatter[q].squeeze[i]);
            }
        }
        for i in 0..self.activation_ports.write_enable.len() {
            w!(activation.write_enable[i] <= activation_ports.write_enable[i]);
            w!(activation.write_address[i] <= activation_ports.write_address[i]);
        }
        for i in 0..self.squeeze_ports.write_enable.len() {
            w!(squeeze.write_enable[i] <= squeeze_ports.write_enable[i]);
            w!(squeeze.write_address[i] <= squeeze_ports.write_address[i]);
        }
        for i in 0..8 {
            w!(activation_word[i] <= activation.read_word[i]);
        }
        for i in 0..self.squeeze_word.len() {
            w!(squeeze_word[i] <= squeeze.read_word[i]);
        }
    }}
}
