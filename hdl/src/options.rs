//! Which engine a command is about: the same options mean the same engine to every command that takes them.

use anyhow::{bail, Result};
use clap::Args;
use contract::engine::EngineConfig;
use hdl::board::file::Family;
use hdl::board::find::{self, Board};
use hdl::target::{DspForm, MemoryStyle, MemoryStyles, Target};
use std::path::PathBuf;

/// Columns of an engine that is for no board, unless said otherwise.
const COLUMNS: usize = 16;

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
    pub(crate) board: Option<Board>,
    pub(crate) config: EngineConfig,
    pub(crate) target: Target,
}

/// A depth: the name of its option with `_`, how it is read of an engine, and where it is chosen.
pub(crate) type Depth = (&'static str, fn(&EngineConfig) -> usize, fn(&mut Depths) -> &mut Option<usize>);

macro_rules! depths {
    ($($(#[$doc:meta])* $field:ident),* $(,)?) => {
        /// Memory depths; what is not given holds SqueezeNet v1.0, v1.1 and the article's at 227x227 with 1024 classes.
        #[derive(Args, Clone, Debug, Default)]
        #[command(next_help_heading = "Memory depths")]
        pub(crate) struct Depths {
            $($(#[$doc])* #[arg(long, value_name = "N")] pub(crate) $field: Option<usize>,)*
        }

        impl Depths {
            fn over(&self, standard: EngineConfig) -> EngineConfig {
                EngineConfig { columns: standard.columns, $($field: self.$field.unwrap_or(standard.$field),)* }
            }

            /// Every depth.
            pub(crate) const ALL: &'static [Depth] = &[$((stringify!($field), |config| config.$field, |depths| &mut depths.$field),)*];
        }
    };
}

depths! {
    /// Activation memory, rows of 128 bytes [default: 3136]
    activation_rows,
    /// Squeeze memory, rows of max(16, columns) bytes [default: 6144, with 32 columns 3136]
    squeeze_rows,
    /// Weight memory, words of 2 * columns bytes [default: 655360 / columns]
    weight_words,
    /// Bits of each weight that the weight memory keeps, 2 to 8, for models of `ember quantize --weight-bits` [default: 8]
    weight_bits,
    /// Requantisation table, output channels over all layers [default: 4608]
    table_entries,
    /// Layers [default: 64]
    layers,
    /// Frame memory: words of two pixels in each of its eight row banks [default: 3328]
    frame_words,
    /// Accumulators of segments 0 and 1, pixels; fewer make more strips [default: 1024]
    accumulator_pixels,
    /// Accumulators of segments 2 to 4, pixels [default: 256]
    segment_accumulator_pixels,
    /// Line buffer: longest row of an expand layer (times its passes, in strips), pixels [default: 128]
    line_pixels,
    /// Pool buffer: longest row after a max-pool, pixels [default: 64]
    pool_pixels,
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
                let columns = self.columns.unwrap_or(COLUMNS);
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
    pub(crate) fn engine_on(&self, mut board: Board) -> Result<Chosen> {
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
    Ok((memory.into(), style.map_err(|_| "expected the style auto, block, ultra or distributed")?))
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
