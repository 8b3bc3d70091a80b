//! `hdl generate`: every module into a folder, or nothing at all.

use crate::generate_board;
use crate::options::{Chosen, EngineOptions};
use anyhow::{Context, Result};
use clap::{ArgGroup, Args};
use contract::engine::EngineConfig;
use net::text::shown;
use std::fs;
use std::path::{Path, PathBuf};

/// The top module.
const TOP: &str = "ember_engine";

pub const EXAMPLES: &str = "\
Examples:
  # the default engine: 16 columns, memories for SqueezeNet v1.1 at 227x227
  hdl generate --out build/engine

  # a small one for a small part, and its parameters as JSON beside it
  hdl generate --columns 4 --out build/small --json

  # everything for a board: Verilog, constraints, build.tcl, Makefile, pages
  hdl generate --board kcu116 --out build/kcu116

  # a network with 10 classes and 64x64 photographs needs less memory
  hdl generate --columns 8 --weight-words 32768 --table-entries 512 --frame-words 512 --out build/tiny

  # two products in each DSP48E2 of an UltraScale+ part: half the DSP48s, the same bits and cycles
  hdl generate --dsp dsp48e2 --out build/packed

  # lint what was written
  verilator --lint-only -Wall --top-module ember_engine build/engine/*.v

The same options give the same bytes. An engine that is too large for a board's part is refused before anything
is written. What an earlier run left in DIR and this engine does not have
(modules, engine.json) is removed; other files there are left alone.";

/// Options of `hdl generate`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("of_boards").arg("board"))]
pub struct GenerateArgs {
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
    /// Folder to write; it is created if it is not there
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Write the parameters as engine.json beside the Verilog
    #[arg(long)]
    json: bool,
}

/// Writes the engine and says what was written.
///
/// # Errors
/// A size that no engine can have, or a folder that cannot be written.
pub fn run(args: &GenerateArgs) -> Result<()> {
    let Chosen { board, config, target } = args.engine.engine()?;
    if let Some(board) = board {
        return generate_board::run(args, &board, &config);
    }
    // the folder is tried before the work, and written after it
    let staging = staging(&args.out)?;
    let mut files = hdl::generate_for(&config, &target);
    let modules = files.len();
    if args.json {
        files.push(("engine.json".into(), serde_json::to_string_pretty(&config)? + "\n"));
    }
    let stale = stale(&args.out, &files)?;
    write(&args.out, staging.path(), &files, &stale)?;
    let bytes: usize = files.iter().map(|f| f.1.len()).sum();
    stdio::line!("{}: {modules} modules, {bytes} bytes, top module {TOP}", shown(&args.out))?;
    stdio::line!("{} columns, {} multipliers, {} DSP48s", config.columns, 160 * config.columns, target.dsp.dsps(config.columns))?;
    for memory in hdl::memories(&config, &target) {
        stdio::line!("  {:<24} {:>9.1} KiB", memory.name, memory.bits() as f64 / 8192.0)?;
    }
    stdio::line!("Lint it with: verilator --lint-only -Wall --top-module {TOP} {}/*.v", shown(&args.out))?;
    Ok(())
}

/// A folder inside `out` (so that moving a file out of it is a rename), removed when it is dropped.
pub(crate) fn staging(out: &Path) -> Result<tempfile::TempDir> {
    fs::create_dir_all(out).with_context(|| format!("the folder {} cannot be made", out.display()))?;
    let staging = tempfile::Builder::new().prefix(".hdl-").tempdir_in(out);
    staging.with_context(|| format!("the folder {} cannot be written; choose another with --out", out.display()))
}

/// Writes everything aside, then moves it into place in the order given: a full disk leaves the folder as it was. Then
/// removes `stale`.
pub(crate) fn write(out: &Path, staging: &Path, files: &[(String, String)], stale: &[String]) -> Result<()> {
    for (name, text) in files {
        let to = staging.join(name);
        let written = fs::create_dir_all(to.parent().unwrap_or(staging)).and_then(|()| fs::write(&to, text));
        written.with_context(|| format!("{name} cannot be written in {}", out.display()))?;
    }
    for (name, _) in files {
        let to = out.join(name);
        let moved = fs::create_dir_all(to.parent().unwrap_or(out)).and_then(|()| fs::rename(staging.join(name), &to));
        moved.with_context(|| format!("{} cannot be replaced", to.display()))?;
    }
    for name in stale {
        fs::remove_file(out.join(name)).with_context(|| format!("{name} of an earlier engine cannot be removed"))?;
    }
    Ok(())
}

/// Files of an earlier run that are not of this one.
fn stale(out: &Path, files: &[(String, String)]) -> Result<Vec<String>> {
    let entries = fs::read_dir(out).with_context(|| format!("the folder {} cannot be read", out.display()))?.flatten();
    let named = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    Ok(named.filter(|(name, path)| is_stale(path, name, files)).map(|(name, _)| name).collect())
}

/// A module or parameter file that an earlier run wrote and that is not of this engine.
fn is_stale(path: &Path, name: &str, files: &[(String, String)]) -> bool {
    if name == "engine.json" && !files.iter().any(|f| f.0 == name) {
        return fs::read_to_string(path).is_ok_and(|text| serde_json::from_str::<EngineConfig>(&text).is_ok());
    }
    let Some(module) = name.strip_suffix(".v").filter(|m| m.starts_with("ember_")) else { return false };
    let start = format!("`default_nettype none\n\nmodule {module} ");
    !files.iter().any(|f| f.0 == name) && fs::read_to_string(path).is_ok_and(|text| text.contains(&start))
}
