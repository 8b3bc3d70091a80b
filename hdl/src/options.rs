//! Which engine a command is about: the same options mean the same engine to every command that takes them.

use crate::depths::Depths;
use anyhow::{bail, Result};
use clap::Args;
use contract::engine::{EngineConfig, STANDARD_COLUMNS};
use hdl::board::file::Family;
use hdl::board::find::{self, BoardDescription};
use hdl::target::{DspForm, MemoryStyle, MemoryStyles, Target};
use std::path::PathBuf;

/// Options that describe an engine.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct EngineOptions {
    /// A board of `hdl boards`: its engine in its part, with the shell that joins it to PCI Express
    #[arg(long, value_name = "NAME")]
    pub(crate) board: Option<String>,
    /// Folder of boards [default: `constraints` of the repository, else those built in]
    #[arg(long, value_name = "DIR", requires = "of_boards")]
    pub(crate) boards: Option<PathBuf>,
    /// Output channels of a group: 4, 8, 16 or 32; each column is 160 multipliers [default: 16, or the board's]
    #[arg(long, value_name = "N")]
    pub(crate) columns: Option<usize>,
    /// What becomes of the multipliers; every form gives the same bits in the same cycles [default: single, or the board's]
    #[arg(long, value_name = "FORM", value_enum)]
    pub(crate) dsp: Option<DspForm>,
    /// Where a memory lies: auto, block, ultra or distributed; MEMORY is a key of [target.memory] in a board.toml, such
    /// as weights [default: auto, or the board's]
    #[arg(long, value_name = "MEMORY=STYLE", value_parser = style)]
    pub(crate) memory: Vec<(String, MemoryStyle)>,
    #[command(flatten)]
    pub(crate) depths: Depths,
}

/// The engine that [`EngineOptions`] describe.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    /// The board, with the forms that were asked for instead of its own.
    pub(crate) board: Option<BoardDescription>,
    pub(crate) config: EngineConfig,
    pub(crate) target: Target,
}

impl EngineOptions {
    /// The engine asked for, on the board that is named, if one is.
    ///
    /// # Errors
    /// A board that is not there or cannot be used, and an engine that none can be.
    pub(crate) fn engine(&self) -> Result<Chosen> {
        match &self.board {
            Some(name) => self.engine_on(find::find(name, self.boards.as_deref())?),
            None => {
                let columns = self.columns.unwrap_or(STANDARD_COLUMNS);
                // the standard depths are shares of the columns
                let config = EngineConfig { columns, ..self.depths.over(EngineConfig::standard(columns.max(1))) };
                config.check()?;
                Ok(Chosen { board: None, config, target: self.target(Target::default()) })
            }
        }
    }

    /// The engine asked for, on `board`.
    ///
    /// # Errors
    /// As [`EngineOptions::engine`].
    pub(crate) fn engine_on(&self, mut board: BoardDescription) -> Result<Chosen> {
        board.file.target = self.target(board.file.target);
        let of_board = |why| anyhow::anyhow!("{}: {why}", board.name);
        board.file.check().map_err(of_board)?;
        let config = self.depths.over(board.file.config_with(self.columns).map_err(of_board)?);
        config.check()?;
        let target = board.file.target;
        Ok(Chosen { board: Some(board), config, target })
    }

    /// The forms asked for, over `own`.
    fn target(&self, own: Target) -> Target {
        let memory = self.memory.iter().fold(own.memory, |mut styles, (memory, style)| {
            if let Some(of) = styles.get_mut(memory) {
                *of = *style;
            }
            styles
        });
        Target { dsp: self.dsp.unwrap_or(own.dsp), memory }
    }
}

/// `weights=ultra`.
fn style(text: &str) -> Result<(String, MemoryStyle), String> {
    let (memory, style) = text.split_once('=').ok_or("expected MEMORY=STYLE, such as weights=ultra")?;
    if MemoryStyles::default().get_mut(memory).is_none() {
        return Err(format!("there is no memory {memory:?}; expected one of {}", MemoryStyles::NAMES.join(", ")));
    }
    let style = <MemoryStyle as clap::ValueEnum>::from_str(style, false);
    Ok((memory.into(), style.map_err(|_| "expected the style auto, block, ultra, distributed, mixed or whole")?))
}

/// Whether the parts of `family` have what `target` asks for, where no board says so.
///
/// # Errors
/// One sentence.
pub(crate) fn check_family(target: &Target, family: Family) -> Result<()> {
    let packed = [target.dsp == DspForm::Dsp48e1, target.dsp == DspForm::Dsp48e2];
    match (family, packed) {
        (Family::Series7, [_, true]) => bail!("--dsp dsp48e2 is not for family 7series, which has DSP48E1; choose single or dsp48e1"),
        (Family::UltraScale | Family::UltraScalePlus, [true, _]) => {
            bail!("--dsp dsp48e1 is not for family {}, which has DSP48E2; choose single or dsp48e2", family.name())
        }
        _ => {}
    }
    let mut styles = target.memory;
    let ultra = MemoryStyles::NAMES.iter().find(|name| styles.get_mut(name).is_some_and(|style| *style == MemoryStyle::Ultra));
    match ultra {
        Some(name) if family != Family::UltraScalePlus => {
            bail!("--memory {name}=ultra is not for family {}: only ultrascale+ has UltraRAM; choose block", family.name())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
