//! The Fire engine in rust-hdl, and the Verilog that it becomes.

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod board;
mod header;
pub mod lang;
pub mod memories;
pub mod rtl;
pub mod shell;
pub mod synth;
pub mod target;

use contract::engine::EngineConfig;
pub use memories::{memories, weight_cycles, Memory};
use target::Target;

/// The engine as Verilog: (file name, text) of every module, children before parents; the top module is
/// `ember_engine` in the last file. The same configuration gives the same bytes.
pub fn generate(config: &EngineConfig) -> Vec<(String, String)> {
    generate_for(config, &Target::default())
}

/// [`generate`], in the forms that a part wants: the same bits in the same cycles.
pub fn generate_for(config: &EngineConfig, target: &Target) -> Vec<(String, String)> {
    let modules = lang::stack::with_large_stack(|| lang::emit::emit(&rtl::engine::EngineRtl::new(config, target)));
    modules.into_iter().map(|m| (format!("{}.v", m.name), m.text)).collect()
}

/// The engine and the shell that joins it to Xilinx's XDMA with streams of `stream_bits` bits; the top module is
/// `ember_shell` in the last file. See [`shell::generate`].
///
/// # Errors
/// The XDMA has no streams of that width.
pub fn generate_shell(config: &EngineConfig, target: &Target, stream_bits: usize) -> Result<Vec<(String, String)>, shell::StreamBits> {
    shell::generate(config, target, stream_bits)
}
