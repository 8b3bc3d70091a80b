//! The board's shell: what stands between the engine and Xilinx's XDMA, so that a block design needs nothing else.
//!
//! ```text
//!              axi_aclk                             |            engine_clk
//!   h2c  W bits --> narrower --64 bits--> h2c_fifo =|=> engine.s_axis
//!   c2h  W bits <-- widener  <--64+last-- c2h_fifo <|== engine.m_axis
//!   s_axil     <--> lite.slave <----------------->  | <--> lite.master <--> engine.s_axil
//!   usr_irq    <--- interrupt <------------- fault <|--- engine.fault
//!   axi_aresetn, engine_locked --> resets: stream   | engine
//! ```
//!
//! Streams are narrow where they cross: 64 bits at 125 MHz are 1 GB/s, and an engine of 16 columns at 250 MHz
//! takes a third of that. docs/shell.md has the whole picture.

pub mod async_fifo;
pub mod beat_join;
pub mod constraints;
pub mod crossings;
pub mod dual_clock_ram;
pub mod fifo_read;
pub mod fifo_write;
pub mod interrupt;
pub mod lite_crossing;
pub mod lite_master;
pub mod lite_slave;
pub mod narrower;
pub mod port_reset;
pub mod ports;
pub mod reset_side;
pub mod resets;
pub mod synchroniser;
pub mod top;
pub mod widener;

pub use constraints::constraints;
pub use crossings::{crossings, Crossing, Domain, Kind};
pub use ports::{ports, Port};

use crate::lang::emit::{emit_with, Module};
use crate::lang::stack::with_large_stack;
use crate::target::Target;
use contract::engine::EngineConfig;
use thiserror::Error;
use top::Shell;

/// Widths of the XDMA's AXI4-Stream ports.
pub const STREAM_BITS: [usize; 4] = [64, 128, 256, 512];

/// The generated top module.
pub const TOP: &str = "ember_shell";

/// A width that the XDMA's streams do not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("streams of {0} bits do not exist; the XDMA's have 64, 128, 256 or 512, as the board's lanes and generation say")]
pub struct StreamBits(pub usize);

/// Engine and shell as Verilog, with streams of `stream_bits` bits: (file name, text) of every module, children before
/// parents; the top module is [`TOP`] in the last file. The same arguments give the same bytes.
///
/// # Errors
/// `stream_bits` is none of [`STREAM_BITS`].
pub fn generate(config: &EngineConfig, target: &Target, stream_bits: usize) -> Result<Vec<(String, String)>, StreamBits> {
    let attributes = ports(stream_bits).into_iter().filter_map(|p| Some((p.name, p.attribute?))).collect();
    let modules = with_large_stack(|| match stream_bits {
        64 => Ok(emit_with(&Shell::<64, 8>::new(config, target), &attributes)),
        128 => Ok(emit_with(&Shell::<128, 16>::new(config, target), &attributes)),
        256 => Ok(emit_with(&Shell::<256, 32>::new(config, target), &attributes)),
        512 => Ok(emit_with(&Shell::<512, 64>::new(config, target), &attributes)),
        other => Err(StreamBits(other)),
    })?;
    Ok(modules.into_iter().map(|Module { name, text }| (format!("{name}.v"), text)).collect())
}
