//! `hdl generate --board`: a board's whole project into a folder, or nothing at all.

use crate::advice;
use crate::generate::{staging, write, GenerateArgs};
use anyhow::{anyhow, Result};
use contract::engine::EngineConfig;
use hdl::board::estimate::estimate;
use hdl::board::find::BoardDescription;
use hdl::board::project::ProjectError::TooLarge;
use hdl::board::project::{self, hash, Manifest, MANIFEST};
use net::text::shown;
use std::fs;
use std::path::{Component, Path};

/// Writes the project and says what was written.
///
/// # Errors
/// An engine that is too large for the part, with what would help, and a folder that cannot be written.
pub fn run(args: &GenerateArgs, board: &BoardDescription, config: &EngineConfig) -> Result<()> {
    let target = &board.file.target;
    let files = project::files(board, config, target).map_err(|error| match error {
        TooLarge { .. } => anyhow!("{error}; {}", advice::advice(&args.engine)),
        other => other.into(),
    })?;
    let staging = staging(&args.out)?;
    // the manifest is the last file: where it stands, the rest is whole
    write(&args.out, staging.path(), &files, &stale(&args.out, &files))?;

    let estimate = estimate(&board.file, config, target);
    let bytes: usize = files.iter().map(|f| f.1.len()).sum();
    stdio::line!("{}: {} files, {bytes} bytes, for the {}", shown(&args.out), files.len(), board.file.title)?;
    stdio::line!(
        "{} columns at {} MHz: {:.0} frames a second of SqueezeNet v1.1 ({})",
        config.columns,
        board.file.clock.engine_mhz,
        estimate.frames_per_second,
        board.file.clock.word()
    )?;
    for r in &estimate.resources {
        stdio::line!("  {:<8} {:>6} of {:>6}", r.name, r.engine + r.reserve, r.capacity)?;
    }
    if let Some(why) = &estimate.model {
        stdio::line!("SqueezeNet v1.1 does not run on this engine: {why}")?;
    }
    if let Some(what) = estimate.wants() {
        stdio::line!("Note: {what}")?;
    }
    stdio::line!("Build it with: make -C {} bitstream", shown(&args.out))?;
    Ok(())
}

/// Files that the earlier manifest lists, this one does not, and nobody changed.
fn stale(out: &Path, files: &[project::File]) -> Vec<String> {
    let Some(earlier) = fs::read_to_string(out.join(MANIFEST)).ok().and_then(|text| serde_json::from_str::<Manifest>(&text).ok()) else {
        return vec![];
    };
    let own = |name: &str| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let untouched = |name: &str, sum: &str| fs::read(out.join(name)).is_ok_and(|bytes| hash(&bytes) == sum);
    let all = earlier.files.into_iter().filter(|(name, sum)| own(name) && !files.iter().any(|f| f.0 == *name) && untouched(name, sum));
    all.map(|(name, _)| name).collect()
}
