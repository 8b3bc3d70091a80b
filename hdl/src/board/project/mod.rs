//! Everything that is written for a board: Verilog, constraints, scripts, maps and pages.

mod core_file;
mod makefile;
mod manifest;
mod memory_map;
mod readme;
mod scripts;
mod timing;

pub use manifest::{hash, Manifest, MANIFEST};
pub use scripts::jtag_name;
pub use timing::STATIC_REGISTERS;

use crate::board::estimate::estimate;
use crate::board::find::BoardDescription;
use crate::header;
use crate::target::Target;
use contract::engine::EngineConfig;
use thiserror::Error;

/// (path below the output folder, text) of a file.
pub type File = (String, String);

/// A project that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProjectError {
    /// The engine is larger than the part.
    #[error("{columns} columns with these memories do not fit {part}: {short}")]
    TooLarge {
        /// Columns of the engine.
        columns: usize,
        /// The part.
        part: String,
        /// Which resource, and by how much.
        short: String,
    },
    /// A stream that the shell has not.
    #[error("the board {board}: {why}")]
    Shell {
        /// Folder name.
        board: String,
        /// The shell's sentence.
        why: String,
    },
}

/// The files of the engine `config` on `board`, in the order of their writing; the last one is the manifest, with
/// the hashes of all others. The same arguments give the same bytes.
///
/// # Errors
/// An engine that is too large for the part.
pub fn files(board: &BoardDescription, config: &EngineConfig, target: &Target) -> Result<Vec<File>, ProjectError> {
    let estimate = estimate(&board.file, config, target);
    if let Some(short) = estimate.short() {
        return Err(ProjectError::TooLarge { columns: config.columns, part: board.file.part.name.clone(), short });
    }
    let shell = crate::generate_shell(config, target, board.file.pcie.stream_bits)
        .map_err(|e| ProjectError::Shell { board: board.name.clone(), why: e.to_string() })?;
    let rtl: Vec<File> = shell.into_iter().map(|(name, text)| (format!("rtl/{name}"), text)).collect();
    let modules: Vec<&str> = rtl.iter().map(|file| file.0.as_str()).collect();
    let engine: Vec<String> = crate::generate_for(config, target).into_iter().map(|file| file.0).collect();

    let mut files = vec![
        ("constraints/pins.xdc".to_owned(), header::lines("#") + &board.pins),
        ("constraints/timing.xdc".to_owned(), timing::text()),
        ("build.tcl".to_owned(), scripts::build(board, &modules, estimate.cycles)),
        ("program.tcl".to_owned(), scripts::program(board)),
        ("Makefile".to_owned(), makefile::text(board)),
        ("README.md".to_owned(), readme::text(board, config, &estimate)),
        ("memories.md".to_owned(), header::markdown() + &memory_map::markdown(config, target)),
        ("memories.json".to_owned(), memory_map::json(config, target)),
        ("engine.json".to_owned(), pretty(config)),
        ("ember.core".to_owned(), core_file::text(&engine)),
    ];
    if !board.file.pcie.lane_sites.is_empty() {
        files.push(("constraints/lanes.tcl".into(), scripts::lanes(board)));
    }
    files.extend(register_map());
    files.extend(rtl);
    files.sort();
    let manifest = Manifest::new(board, config, target, &estimate, &files);
    files.push((MANIFEST.into(), pretty(&manifest)));
    Ok(files)
}

/// The register map as a C header and as a page.
fn register_map() -> Vec<File> {
    vec![
        ("ember.h".into(), header::c() + &contract::c_header()),
        ("registers.md".into(), header::markdown() + &contract::registers::markdown()),
    ]
}

/// JSON as people read it, with a last line end.
fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("plain structures") + "\n"
}
