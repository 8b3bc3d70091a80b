//! `hdl interface` and `hdl registers`: what the engine and its host agree on, for other languages.

use anyhow::Result;
use clap::{Args, ValueEnum};
use contract::engine::{EngineConfig, STANDARD_COLUMNS};

pub const EXAMPLES: &str = "\
Examples:
  hdl interface --format c > ember.h        registers, packets, descriptors and limits as macros for C
  hdl interface --format markdown           the tables of docs/interface.md
  hdl interface --format json --columns 8   with the sizes that an engine with 8 columns holds";

pub const REGISTERS_EXAMPLES: &str = "\
Examples:
  hdl registers --format c > ember.h        offsets, masks, shifts and packet numbers for C
  hdl registers --format markdown           the tables of docs/interface.md
  hdl registers --format json --columns 8   with the sizes that an engine with 8 columns holds

The header is that of hdl interface, which has everything.";

/// Options of both.
#[derive(Debug, Args)]
pub struct InterfaceArgs {
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    format: Format,
    /// Columns of the engine whose sizes the JSON has: 4, 8, 16 or 32
    #[arg(long, value_name = "N", default_value_t = STANDARD_COLUMNS)]
    columns: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A C99 header
    C,
    /// Tables
    Markdown,
    /// JSON: an object, or of the registers alone an array of them with their fields
    Json,
}

/// Everything in the format asked for.
///
/// # Errors
/// A number of columns that no engine has.
pub fn text(args: &InterfaceArgs) -> Result<String> {
    args.text(contract::page::markdown, contract::json)
}

/// The register map in the format asked for; the C header has everything.
///
/// # Errors
/// As [`text`].
pub fn registers(args: &InterfaceArgs) -> Result<String> {
    args.text(contract::registers::markdown, contract::registers::json)
}

impl InterfaceArgs {
    fn text(&self, markdown: fn() -> String, json: fn(&EngineConfig) -> serde_json::Value) -> Result<String> {
        Ok(match self.format {
            Format::C => contract::c_header(),
            Format::Markdown => markdown(),
            Format::Json => {
                let config = EngineConfig::standard(self.columns.max(1));
                let config = EngineConfig { columns: self.columns, ..config };
                config.check()?;
                serde_json::to_string_pretty(&json(&config))? + "\n"
            }
        })
    }
}
