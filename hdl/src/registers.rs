//! `hdl registers`: the register map for other languages.

use anyhow::Result;
use clap::{Args, ValueEnum};
use contract::engine::EngineConfig;

pub const EXAMPLES: &str = "\
Examples:
  hdl registers --format c > ember.h        offsets, masks, shifts and packet numbers for C
  hdl registers --format markdown           the tables of docs/interface.md
  hdl registers --format json --columns 8   with the sizes that an engine with 8 columns holds";

/// Options of `hdl registers`.
#[derive(Debug, Args)]
pub struct RegistersArgs {
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    format: Format,
    /// Columns of the engine whose sizes the JSON has: 4, 8, 16 or 32
    #[arg(long, value_name = "N", default_value_t = 16)]
    columns: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A C99 header
    C,
    /// Tables
    Markdown,
    /// An array of registers with their fields
    Json,
}

/// The map in the format asked for.
///
/// # Errors
/// A number of columns that no engine has.
pub fn text(args: &RegistersArgs) -> Result<String> {
    Ok(match args.format {
        Format::C => contract::registers::c_header(),
        Format::Markdown => contract::registers::markdown(),
        Format::Json => {
            let config = EngineConfig::standard(args.columns.max(1));
            EngineConfig { columns: args.columns, ..config }.check()?;
            serde_json::to_string_pretty(&contract::registers::json(&config))? + "\n"
        }
    })
}
