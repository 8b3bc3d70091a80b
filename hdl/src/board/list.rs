//! `hdl boards` and `ember boards`: the boards with what an engine takes of them, as a table or as JSON.

use crate::board::estimate::{estimate, Estimate, Resource};
use crate::board::file::BoardError;
use crate::board::find::{self, BoardDescription, FindError};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::PathBuf;

/// After the help of the command.
pub const HELP: &str = "\
Frames a second are those of SqueezeNet v1.1 at 227x227: the engine clock of board.toml over the engine's
cycles of a frame, which the compiler knows exactly. The column `clock` says what they stand on: `estimate`
until somebody has built the board's engine at that clock, then `measured`. DSPs and memories are counted from the structure, with what the XDMA is
expected to take; LUTs and flip-flops need a synthesis: `hdl report`.

A board is a folder with a board.toml: those in DIR, else in the repository's folder `constraints`, else those
that the program was built with. docs/adding-a-board.md explains the file; no Rust is needed.";

/// Options of `boards`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Folder of boards [default: `constraints` of the repository, else those built in]
    #[arg(long, value_name = "DIR")]
    pub boards: Option<PathBuf>,
    /// A table, or JSON with everything
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Table)]
    pub format: Format,
}

/// Forms of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// For programs
    Json,
}

/// A board in the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What `--board` takes.
    pub name: String,
    /// In full.
    pub title: String,
    /// The part.
    pub part: String,
    /// Columns of the engine.
    pub columns: usize,
    /// Engine clock, MHz.
    pub engine_mhz: f64,
    /// What clock and frames a second stand on: `estimate` or `measured`.
    pub basis: &'static str,
    /// Who built what, if it is measured.
    pub measured: Option<String>,
    /// Engine and model fit.
    pub fits: bool,
    /// Which resources are short, and by how much.
    pub short: Option<String>,
    /// Resources and speed.
    #[serde(flatten)]
    pub estimate: Estimate,
}

impl Row {
    fn new(board: BoardDescription) -> Result<Self, FindError> {
        let file = board.file;
        let path = PathBuf::from(&board.name).join("board.toml");
        let config = file.config().map_err(|message| BoardError { file: path, message })?;
        let estimate = estimate(&file, &config, &file.target);
        Ok(Self {
            name: board.name,
            title: file.title,
            part: file.part.name,
            columns: config.columns,
            engine_mhz: file.clock.engine_mhz,
            basis: file.clock.word(),
            measured: file.clock.measured,
            fits: estimate.fits(),
            short: estimate.short(),
            estimate,
        })
    }
}

/// How fast a board would run a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Speed {
    /// What `--board` takes.
    pub board: String,
    /// Columns of its engine.
    pub columns: usize,
    /// Engine clock, MHz.
    pub engine_mhz: f64,
    /// What the clock stands on: `estimate` or `measured`.
    pub basis: &'static str,
    /// Bits of a weight that its engine keeps: a network of more must be quantised again.
    pub weight_bits: usize,
    /// The clock over the engine's cycles of a frame; null when the board's engine does not hold the network.
    pub frames_per_second: Option<f64>,
    /// Why there is none.
    pub reason: Option<String>,
}

/// The speed of `network` on every board that the program was built with, or that the repository's folder has.
///
/// # Errors
/// A board that cannot be used.
pub fn speeds(network: &net::model::Network) -> Result<Vec<Speed>, FindError> {
    let speed = |board: BoardDescription| {
        let file = board.file;
        let path = PathBuf::from(&board.name).join("board.toml");
        let config = file.config().map_err(|message| BoardError { file: path, message })?;
        let cycles = crate::board::estimate::cycles(network, &config, &file.target);
        Ok(Speed {
            board: board.name,
            columns: config.columns,
            engine_mhz: file.clock.engine_mhz,
            basis: file.clock.word(),
            weight_bits: config.weight_bits,
            frames_per_second: cycles.as_ref().ok().map(|&cycles| file.clock.engine_mhz * 1e6 / cycles.max(1) as f64),
            reason: cycles.err().map(|error| error.to_string()),
        })
    };
    find::all(None)?.into_iter().map(speed).collect()
}

/// The list as text, with a last line end.
///
/// # Errors
/// A folder without boards, or a board that cannot be used.
pub fn text(args: &ListArgs) -> Result<String, FindError> {
    let rows: Vec<Row> = find::all(args.boards.as_deref())?.into_iter().map(Row::new).collect::<Result<_, _>>()?;
    Ok(match args.format {
        Format::Json => serde_json::to_string_pretty(&rows).expect("plain structures") + "\n",
        Format::Table => table(&rows),
    })
}

fn table(rows: &[Row]) -> String {
    let heads = ["board", "part", "columns", "MHz", "frames/s", "clock", "DSP48", "BRAM36", "URAM", "LUTRAM", "fits"].map(String::from);
    let mut lines = vec![heads.to_vec()];
    for row in rows {
        let mut line = vec![row.name.clone(), row.part.clone(), row.columns.to_string(), row.engine_mhz.to_string()];
        line.push(format!("{:.0}", row.estimate.frames_per_second));
        line.push(row.basis.into());
        line.extend(row.estimate.resources.iter().map(share));
        line.push(if row.fits { "yes" } else { "no" }.into());
        lines.push(line);
    }
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths).enumerate().map(|(i, (cell, width))| match i {
            0 | 1 | 5 | 10 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text += "\n";
    }
    for row in rows {
        for why in [row.short.clone(), row.estimate.model.clone(), row.estimate.wants()].into_iter().flatten() {
            text += &format!("{}: {why}\n", row.name);
        }
    }
    for row in rows {
        if let Some(measured) = &row.measured {
            text += &format!("{}: {measured}\n", row.name);
        }
    }
    text += "Used, with the XDMA, of what the part has.";
    if rows.iter().all(|row| row.measured.is_none()) {
        text += " No board was placed and routed or tried yet: clocks and frames a second are an estimate.";
    }
    text + "\n"
}

fn share(r: &Resource) -> String {
    match r.capacity {
        0 => "-".into(),
        capacity => format!("{}/{capacity}", r.engine + r.reserve),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_board_has_a_line_and_json_has_its_figures() {
        let boards = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/../constraints").into());
        let table = text(&ListArgs { boards: boards.clone(), format: Format::Table }).expect("a table");
        let json = text(&ListArgs { boards, format: Format::Json }).expect("JSON");
        let rows: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let rows = rows.as_array().expect("a list");
        assert_eq!(rows.len(), 9);
        for row in rows {
            let name = row["name"].as_str().expect("a name");
            let line =
                table.lines().find(|l| l.split_whitespace().next() == Some(name)).unwrap_or_else(|| panic!("{name} is not in\n{table}"));
            let frames = format!("{:.0}", row["frames_per_second"].as_f64().expect("a number"));
            assert!(line.contains(&format!("{frames}  {}", row["basis"].as_str().expect("a word"))), "{line}");
            assert!(line.ends_with(if row["fits"] == true { "yes" } else { "no" }), "{line}");
            assert_eq!(row["resources"].as_array().expect("a list").len(), 4);
        }
    }
}
