//! `board.toml`: everything that `hdl` knows of a board. `docs/adding-a-board.md` explains every key.

use crate::board::check;
use crate::target::Target;
use contract::engine::EngineConfig;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The contents of a `board.toml`, checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardFile {
    /// The board's name in full, for tables and pages.
    pub title: String,
    /// The FPGA.
    pub part: Part,
    /// The link to the host.
    pub pcie: Pcie,
    /// What the XDMA IP is told beyond what every board tells it.
    pub xdma: Xdma,
    /// Clocks.
    pub clock: Clock,
    /// The configuration memory, if the board has one that this flow writes.
    pub flash: Option<Flash>,
    /// Outputs of the design beside PCI Express.
    #[serde(default)]
    pub outputs: Outputs,
    /// Columns and memory depths, over [`EngineConfig::standard`]. Read it with [`BoardFile::config`].
    pub engine: toml::Table,
    /// Forms of multipliers and memories.
    #[serde(default)]
    pub target: Target,
}

/// The FPGA and what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Vivado's name of the part, with package and speed grade.
    pub name: String,
    /// Its family.
    pub family: Family,
    /// Look-up tables of six inputs.
    pub luts: u64,
    /// Those of [`Part::luts`] that can be memory (in SLICEM).
    pub lutram_luts: u64,
    /// Flip-flops.
    pub ffs: u64,
    /// Block RAMs of 36 Kibit; each is two of 18.
    pub bram36: u64,
    /// UltraRAMs of 288 Kibit.
    #[serde(default)]
    pub uram: u64,
    /// DSP48 slices.
    pub dsps: u64,
}

/// Families of parts that a board may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Family {
    /// Artix-7, Kintex-7, Virtex-7: DSP48E1, PCIe 2 (`pcie_7x`).
    #[serde(rename = "7series")]
    Series7,
    /// Kintex and Virtex UltraScale: DSP48E2, PCIe 3.
    #[serde(rename = "ultrascale")]
    UltraScale,
    /// Kintex and Virtex UltraScale+, Alveo: DSP48E2, UltraRAM, PCIe 3 at 16 lanes.
    #[serde(rename = "ultrascale+")]
    UltraScalePlus,
}

/// The link and the stream behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pcie {
    /// PCI Express generation: 1, 2 or 3.
    pub generation: u32,
    /// Lanes: 1, 2, 4, 8 or 16.
    pub lanes: u32,
    /// Width of the XDMA's AXI4-Stream ports in bits: 64, 128, 256 or 512.
    pub stream_bits: usize,
    /// Frequency of `axi_aclk` in MHz: 62.5, 125 or 250.
    pub stream_mhz: f64,
    /// 7 series, where the board's lanes are not in the IP's order: the transceiver of each lane, lane 0 first.
    #[serde(default)]
    pub lane_sites: Vec<String>,
}

/// Properties of the XDMA IP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Xdma {
    /// PCI device of vendor 10ee, four hexadecimal digits; one that the driver's table has.
    pub device_id: String,
    /// Site of the PCIe block (`CONFIG.pcie_blk_locn`), for example `X1Y2` or `PCIE4C_X1Y0`; without it, the IP's default.
    pub pcie_block: Option<String>,
    /// Transceiver quad of lane 0 (`CONFIG.select_quad`), for example `GTY_Quad_227`; without it, the IP's default.
    pub quad: Option<String>,
    /// What the IP takes of the part.
    pub reserve: Reserve,
}

/// Resources that are not the engine's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserve {
    /// Look-up tables.
    pub luts: u64,
    /// Those of [`Reserve::luts`] that are memory.
    #[serde(default)]
    pub lutram_luts: u64,
    /// Flip-flops.
    pub ffs: u64,
    /// Block RAMs of 36 Kibit.
    pub bram36: u64,
}

/// Clocks of the board's design.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Engine clock in MHz, asked of the clock manager that runs from `axi_aclk`.
    pub engine_mhz: f64,
    /// What [`Clock::engine_mhz`] stands on while nobody has built it: `"estimate"`.
    pub basis: Option<String>,
    /// Instead of it, once somebody has: who built what with which Vivado, and the slack.
    pub measured: Option<String>,
}

impl Clock {
    /// The word that stands beside every figure that follows from the clock: `estimate` or `measured`.
    pub fn word(&self) -> &'static str {
        if self.measured.is_some() {
            "measured"
        } else {
            "estimate"
        }
    }
}

/// The memory that configures the part at power-on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flash {
    /// Vivado's name of the memory part (`get_cfgmem_parts`).
    pub part: String,
    /// `write_cfgmem -interface`.
    pub interface: FlashInterface,
    /// Size in MiB, `write_cfgmem -size`.
    pub mebibytes: u64,
}

/// Ports of the design beside those of PCI Express; `pins.xdc` places them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outputs {
    /// Port that is high while the engine computes a frame, for an LED.
    pub busy: Option<String>,
    /// Ports that the board wants low.
    #[serde(default)]
    pub low: Vec<String>,
}

/// Interfaces that `write_cfgmem` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlashInterface {
    /// One SPI memory, one data line.
    Spix1,
    /// One SPI memory, four data lines.
    Spix4,
    /// Two SPI memories, four data lines each.
    Spix8,
    /// Parallel NOR memory, 16 data lines.
    Bpix16,
}

/// A board file that cannot be used: one sentence that names the file, the key and what was expected.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}: {message}", file.display())]
pub struct BoardError {
    /// The file.
    pub file: PathBuf,
    /// Key, what it is, what was expected.
    pub message: String,
}

impl Family {
    /// The word of `board.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Series7 => "7series",
            Self::UltraScale => "ultrascale",
            Self::UltraScalePlus => "ultrascale+",
        }
    }

    /// `synth_xilinx -family` of Yosys.
    pub fn yosys(self) -> &'static str {
        match self {
            Self::Series7 => "xc7",
            Self::UltraScale => "xcu",
            Self::UltraScalePlus => "xcup",
        }
    }
}

impl FlashInterface {
    /// The word of `board.toml` and of `write_cfgmem`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spix1 => "spix1",
            Self::Spix4 => "spix4",
            Self::Spix8 => "spix8",
            Self::Bpix16 => "bpix16",
        }
    }
}

impl BoardFile {
    /// Reads and checks the text of a `board.toml`; `file` is its name in errors.
    ///
    /// # Errors
    /// Text that is no TOML, a key that is unknown, missing or of the wrong type, and values that do not go together.
    pub fn parse(text: &str, file: &Path) -> Result<Self, BoardError> {
        let error = |message: String| BoardError { file: file.into(), message };
        let document = toml::Deserializer::parse(text).map_err(|e| error(syntax(text, &e)))?;
        let board: Self = serde_path_to_error::deserialize(document).map_err(|e| {
            let (key, inner) = (e.path().to_string(), e.into_inner());
            let line = inner.span().map(|span| format!("line {}, ", line(text, span.start))).unwrap_or_default();
            // a table's own error (a key unknown or missing) has the table as its path; the document's is "."
            let key = if key == "." { "the file".into() } else { format!("`{key}`") };
            error(format!("{line}{key}: {}", inner.message().replace('\n', " ")))
        })?;
        board.check().map_err(error)?;
        Ok(board)
    }

    /// # Errors
    /// One sentence: the first key whose value does not go with the others, and what was expected.
    pub fn check(&self) -> Result<(), String> {
        check::check(self)
    }

    /// The engine that the file asks for.
    ///
    /// # Errors
    /// A sentence that names the key: one that no engine has, or a value that it cannot have.
    pub fn config(&self) -> Result<EngineConfig, String> {
        self.config_with(None)
    }

    /// [`BoardFile::config`], with another number of columns if `columns` is some. The weight memory then holds as many
    /// bytes in words of another width; squeeze rows of another width are those of [`EngineConfig::standard`].
    ///
    /// # Errors
    /// As [`BoardFile::config`].
    pub fn config_with(&self, columns: Option<usize>) -> Result<EngineConfig, String> {
        let own = match self.engine.get("columns") {
            Some(toml::Value::Integer(n)) => {
                usize::try_from(*n).map_err(|_| format!("`engine.columns` is {n}; expected 4, 8, 16 or 32"))?
            }
            Some(other) => return Err(format!("`engine.columns` is {other}; expected 4, 8, 16 or 32")),
            None => return Err("`engine`: `columns` is missing; expected 4, 8, 16 or 32".into()),
        };
        let with = |e: contract::engine::ConfigError| format!("`engine`: {e}");
        let columns = columns.unwrap_or(own);
        // standard() divides by the columns
        EngineConfig { columns, ..EngineConfig::standard(4) }.check().map_err(with)?;
        let standard = serde_json::to_value(EngineConfig::standard(columns)).expect("plain numbers");
        let serde_json::Value::Object(mut fields) = standard else { unreachable!("a structure is an object") };
        for (key, value) in &self.engine {
            let known = fields.keys().cloned().collect::<Vec<_>>().join(", ");
            let field =
                fields.get_mut(key).ok_or_else(|| format!("`engine.{key}` is no parameter of an engine; expected one of {known}"))?;
            let number = value
                .as_integer()
                .and_then(|n| usize::try_from(n).ok())
                .ok_or_else(|| format!("`engine.{key}` is {value}; expected a whole number"))?;
            match key.as_str() {
                "columns" => {}
                // words of 2 * columns bytes
                "weight_words" => *field = (number * own).div_ceil(columns).into(),
                // rows of 16 bytes, with 32 columns of 32
                "squeeze_rows" if (own == 32) != (columns == 32) => {}
                _ => *field = number.into(),
            }
        }
        let config: EngineConfig = serde_json::from_value(fields.into()).map_err(|e| format!("`engine`: {e}"))?;
        config.check().map_err(with)?;
        Ok(config)
    }
}

/// What is wrong with text that is no TOML.
fn syntax(text: &str, error: &toml::de::Error) -> String {
    let place = error.span().map(|span| format!("line {}: ", line(text, span.start))).unwrap_or_default();
    format!("{place}not TOML: {}", error.message().replace('\n', ", "))
}

/// Line of a byte offset, the first is 1.
fn line(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|b| *b == b'\n').count()
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
