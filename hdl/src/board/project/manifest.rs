//! `manifest.json`: what a folder was made from, so that a bitstream can be traced to it.
//!
//! ```text
//! format         number     of this schema: 1
//! generator      {name, version}                      the program; no time and no machine, for equal bytes
//! board          {name, title, part, family, engine_mhz, basis, stream_bits, stream_mhz, device_id}
//! engine         EngineConfig, as engine.json
//! target         Target, the [target] of board.toml
//! interface      {version, parameters, ports, records}, as `hdl interface --format json` prints them
//! estimate       resources, cycles of a frame, frames a second; docs/boards.md has those of a synthesis
//! registers      the register map, as `hdl registers --format json` prints it
//! files          {path: SHA-256 in hexadecimal} of every other file
//! ```

use super::File;
use crate::board::estimate::Estimate;
use crate::board::find::BoardDescription;
use crate::target::Target;
use contract::engine::EngineConfig;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Name of the manifest.
pub const MANIFEST: &str = "manifest.json";

/// The manifest; the module's page has the schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this schema.
    pub format: u32,
    /// The program that wrote the folder.
    pub generator: serde_json::Value,
    /// The board.
    pub board: serde_json::Value,
    /// The engine's parameters.
    pub engine: serde_json::Value,
    /// Forms of multipliers and memories.
    pub target: serde_json::Value,
    /// The interface between host and engine.
    pub interface: serde_json::Value,
    /// What it takes of the part.
    pub estimate: serde_json::Value,
    /// The register map.
    pub registers: serde_json::Value,
    /// SHA-256 of every file, by path.
    pub files: BTreeMap<String, String>,
}

/// SHA-256 of a file's bytes, in hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    net::model_file::hex(&Sha256::digest(bytes))
}

/// The contract, but for the registers, which have a place of their own.
fn interface(config: &EngineConfig) -> serde_json::Value {
    let mut json = contract::json(config);
    json.as_object_mut().map(|parts| parts.remove("registers"));
    json
}

impl Manifest {
    /// The manifest of `files`.
    pub fn new(board: &BoardDescription, config: &EngineConfig, target: &Target, estimate: &Estimate, files: &[File]) -> Self {
        let file = &board.file;
        let json = |value: serde_json::Result<serde_json::Value>| value.expect("plain structures");
        Self {
            format: 1,
            generator: serde_json::json!({ "name": "hdl", "version": env!("CARGO_PKG_VERSION") }),
            board: serde_json::json!({
                "name": board.name,
                "title": file.title,
                "part": file.part.name,
                "family": file.part.family,
                "engine_mhz": file.clock.engine_mhz,
                "basis": file.clock.word(),
                "stream_bits": file.pcie.stream_bits,
                "stream_mhz": file.pcie.stream_mhz,
                "device_id": file.xdma.device_id,
            }),
            engine: json(serde_json::to_value(config)),
            target: json(serde_json::to_value(target)),
            interface: interface(config),
            estimate: json(serde_json::to_value(estimate)),
            registers: contract::registers::json(config),
            files: files.iter().map(|(path, text)| (path.clone(), hash(text.as_bytes()))).collect(),
        }
    }
}
