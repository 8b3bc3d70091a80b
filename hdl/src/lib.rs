//! The Fire engine in rust-hdl, and the Verilog that it becomes.

pub mod lang;
pub mod rtl;

use net::engine::EngineConfig;

/// The engine as Verilog: (file name, text) of every module, children before parents; the top module is
/// `ember_engine` in the last file. The same configuration gives the same bytes.
pub fn generate(config: &EngineConfig) -> Vec<(String, String)> {
    lang::emit::emit(&rtl::engine::Engine::new(config)).into_iter().map(|m| (format!("{}.v", m.name), m.text)).collect()
}
