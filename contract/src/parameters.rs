//! The parameters of an engine, each declared once.
//!
//! A new one takes one entry below. From it come the member of [`EngineConfig`] with its name in JSON, board files and
//! program files, its check and its standard value, the identity register by which a host reads it, the option of `hdl
//! generate`, the line in docs/interface.md, the C header and JSON, what `ember` says of an engine that is too small, and a
//! test of the RTL that fails until it is told where the parameter shows (`hdl/tests/contract`). The block that it is for
//! reads it of the [`EngineConfig`].

use crate::engine::{COLUMNS, STANDARD_COLUMNS};
use serde::{Deserialize, Serialize};

/// What a parameter can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// One of these.
    OneOf(&'static [usize]),
    /// From the first to the second.
    Between(usize, usize),
}

/// What a parameter is in the standard engine of so many columns.
#[derive(Clone, Copy, Debug)]
pub enum Standard {
    /// The columns themselves.
    Columns,
    /// The same with any.
    Always(usize),
    /// A function of them, and what it is in words.
    Of(fn(usize) -> usize, &'static str),
}

impl Standard {
    /// With `columns` columns, at least 1.
    pub fn value(&self, columns: usize) -> usize {
        match self {
            Self::Columns => columns,
            Self::Always(value) => *value,
            Self::Of(value, _) => value(columns),
        }
    }

    /// In words.
    pub fn text(&self) -> String {
        match self {
            Self::Columns => STANDARD_COLUMNS.to_string(),
            Self::Always(value) => value.to_string(),
            Self::Of(_, text) => (*text).into(),
        }
    }
}

/// A parameter of an engine.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name: the member of [`EngineConfig`], and with `-` for `_` the option of `hdl generate`.
    pub name: &'static str,
    /// Name of its identity register.
    pub register: &'static str,
    /// Byte offset of its identity register.
    pub offset: u32,
    /// What has the size, as in "the line buffer has 128 pixels".
    pub memory: &'static str,
    /// What is counted; empty where `memory` says it.
    pub unit: &'static str,
    /// What it can be.
    pub values: Values,
    /// What it is unless something else is asked for.
    pub standard: Standard,
    /// What its register says.
    pub description: &'static str,
    /// What its option says.
    pub help: &'static str,
    /// Its value in an engine.
    pub get: fn(&EngineConfig) -> usize,
    /// Its place in an engine.
    pub place: fn(&mut EngineConfig) -> &mut usize,
}

impl Parameter {
    /// The option of `hdl generate`, without dashes before it.
    pub fn option(&self) -> String {
        self.name.replace('_', "-")
    }

    /// What it counts, as in a sentence: `line buffer pixels`.
    pub fn title(&self) -> String {
        format!("{} {}", self.memory, self.unit).trim_end().into()
    }
}

/// Declares the parameters: `offset REGISTER name, "memory" "unit", values, standard, "register's text", "option's text";`.
macro_rules! parameters {
    ($(
        $(#[$attribute:meta])*
        $offset:literal $register:ident $name:ident, $memory:literal $unit:literal, $values:expr, $standard:expr, $description:literal, $help:literal;
    )*) => {
        /// Size of one generated engine.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub struct EngineConfig {
            $(#[doc = concat!($help, ".")] $(#[$attribute])* pub $name: usize,)*
        }

        /// Every parameter.
        pub const PARAMETERS: &[Parameter] = &[$(Parameter {
            name: stringify!($name),
            register: stringify!($register),
            offset: $offset,
            memory: $memory,
            unit: $unit,
            values: $values,
            standard: $standard,
            description: $description,
            help: $help,
            get: |config| config.$name,
            place: |config| &mut config.$name,
        }),*];

        /// Addresses of the identity registers.
        pub(crate) mod address {
            $(#[doc = concat!("Byte address of `", stringify!($register), "`: ", $description, ".")] pub const $register: u32 = $offset;)*
        }

        /// All of them 0: what is filled in next.
        const NONE: EngineConfig = EngineConfig { $($name: 0),* };
    };
}

parameters! {
    0x008 COLUMNS columns, "columns" "", Values::OneOf(&COLUMNS), Standard::Columns,
        "columns of the array: 4, 8, 16 or 32",
        "Output channels of a group: 4, 8, 16 or 32; each column is 160 multipliers";
    0x00C ACTIVATION_ROWS activation_rows, "activation memory" "rows", Values::Between(2, 1 << 16), Standard::Always(3136),
        "activation memory, rows of 128 bytes",
        "Activation memory, rows of 128 bytes";
    // v1.0's fire4: 55 x 55 pixels of 32 channels, in rows of 16 channels (32 with 32 columns)
    0x010 SQUEEZE_ROWS squeeze_rows, "squeeze memory" "rows", Values::Between(2, 1 << 16),
        Standard::Of(|columns| if columns == 32 { 3136 } else { 6144 }, "6144, with 32 columns 3136"),
        "squeeze memory, rows of max(16, columns) bytes",
        "Squeeze memory, rows of max(16, columns) bytes";
    // 1.25 MiB; with 32 columns tiles are emptier, and v1.0 has 264
    0x014 WEIGHT_WORDS weight_words, "weight memory" "words", Values::Between(2, 1 << 20),
        Standard::Of(|columns| (1_310_720 / (2 * columns)).max(21_120), "655360 / columns"),
        "weight memory, words of 2 bytes a column",
        "Weight memory, words of 2 * columns bytes";
    #[serde(default = "all_bits")]
    0x034 WEIGHT_BITS weight_bits, "bits of a weight" "", Values::Between(2, 8), Standard::Always(all_bits()),
        "bits of a weight that the weight memory keeps, 2 to 8; it extends them by their sign",
        "Bits of each weight that the weight memory keeps, 2 to 8, for models of `ember quantize --weight-bits`";
    0x018 TABLE_ENTRIES table_entries, "requantisation table" "entries", Values::Between(2, 1 << 16), Standard::Always(4608),
        "requantisation table, entries",
        "Requantisation table, output channels over all layers";
    0x01C LAYERS layers, "descriptor memory" "layers", Values::Between(2, 64), Standard::Always(64),
        "descriptor memory, layers",
        "Layers";
    0x020 FRAME_WORDS frame_words, "frame memory" "words", Values::Between(2, 1 << 16), Standard::Always(3328),
        "frame memory, words of two pixels in each of eight banks",
        "Frame memory: words of two pixels in each of its eight row banks";
    0x024 ACCUMULATOR_PIXELS accumulator_pixels, "accumulator memory" "pixels", Values::Between(2, 1 << 16), Standard::Always(1024),
        "accumulators of segments 0 and 1, pixels",
        "Accumulators of segments 0 and 1, pixels; fewer make more strips";
    0x028 SEGMENT_ACCUMULATOR_PIXELS segment_accumulator_pixels, "segment accumulator memory" "pixels", Values::Between(2, 1 << 16),
        Standard::Always(256),
        "accumulators of segments 2 to 4, pixels",
        "Accumulators of segments 2 to 4, pixels";
    // two passes of v1.0's fire4, 55 pixels each
    0x02C LINE_PIXELS line_pixels, "line buffer" "pixels", Values::Between(4, 1 << 12), Standard::Always(128),
        "line buffer, pixels",
        "Line buffer: longest row of an expand layer (times its passes, in strips), pixels";
    0x030 POOL_PIXELS pool_pixels, "pool buffer" "pixels", Values::Between(2, 1 << 12), Standard::Always(64),
        "pool buffer, pixels",
        "Pool buffer: longest row after a max-pool, pixels";
}

/// Weights whole, as engines without [`EngineConfig::weight_bits`] have them.
const fn all_bits() -> usize {
    8
}

/// A configuration that cannot be generated.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// A column count without an engine.
    #[error("{found} columns cannot be generated; choose 4, 8, 16 or 32")]
    Columns {
        /// What was asked for.
        found: usize,
    },
    /// A memory depth out of range.
    #[error("{memory} of {found} cannot be generated; choose {least} to {most}")]
    Depth {
        /// What is out of range, [`Parameter::title`].
        memory: String,
        /// What was asked for.
        found: usize,
        /// The least that can be.
        least: usize,
        /// The most.
        most: usize,
    },
}

impl EngineConfig {
    /// The default engine with `columns` columns: it holds v1.0, v1.1 and the article's layout at 227x227
    /// with up to 1024 classes.
    pub fn standard(columns: usize) -> Self {
        let mut config = NONE;
        for parameter in PARAMETERS {
            *(parameter.place)(&mut config) = parameter.standard.value(columns);
        }
        config
    }

    /// The engine whose identity registers `read` reads, by their offsets; not checked.
    ///
    /// # Errors
    /// The first of `read`.
    pub fn read<E>(mut read: impl FnMut(u32) -> Result<u32, E>) -> Result<Self, E> {
        let mut config = NONE;
        for parameter in PARAMETERS {
            *(parameter.place)(&mut config) = read(parameter.offset)? as usize;
        }
        Ok(config)
    }

    /// # Errors
    /// The first parameter that no engine can have.
    pub fn check(&self) -> Result<(), ConfigError> {
        for parameter in PARAMETERS {
            let found = (parameter.get)(self);
            match parameter.values {
                Values::OneOf(values) if !values.contains(&found) => return Err(ConfigError::Columns { found }),
                Values::Between(least, most) if !(least..=most).contains(&found) => {
                    return Err(ConfigError::Depth { memory: parameter.title(), found, least, most });
                }
                Values::OneOf(_) | Values::Between(..) => {}
            }
        }
        Ok(())
    }

    /// The first parameter of which this engine has less than `needed`.
    pub fn short_of(&self, needed: &Self) -> Option<&'static Parameter> {
        PARAMETERS.iter().find(|parameter| (parameter.get)(self) < (parameter.get)(needed))
    }

    /// Every parameter with its value: `16 columns, 3136 activation rows` and so on.
    pub fn describe(&self) -> String {
        let one = |parameter: &Parameter| format!("{} {}", (parameter.get)(self), parameter.name.replace('_', " "));
        PARAMETERS.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_registers_are_apart() {
        for (i, a) in PARAMETERS.iter().enumerate() {
            assert!(PARAMETERS[i + 1..].iter().all(|b| a.name != b.name && a.register != b.register && a.offset != b.offset), "{}", a.name);
            // a second word beside `columns` would need a variant of ConfigError that names it
            assert_eq!(matches!(a.values, Values::OneOf(_)), a.name == "columns");
        }
    }

    /// The sizes that engines have had since their third interface version.
    #[test]
    fn the_standard_engine() {
        let standard = EngineConfig::standard(16);
        assert_eq!((standard.columns, standard.activation_rows, standard.squeeze_rows, standard.weight_words), (16, 3136, 6144, 40_960));
        assert_eq!((standard.weight_bits, standard.table_entries, standard.layers, standard.frame_words), (8, 4608, 64, 3328));
        assert_eq!((standard.accumulator_pixels, standard.segment_accumulator_pixels), (1024, 256));
        assert_eq!((standard.line_pixels, standard.pool_pixels), (128, 64));
        let wide = EngineConfig::standard(32);
        assert_eq!(wide, EngineConfig { columns: 32, squeeze_rows: 3136, weight_words: 21_120, ..standard });
        for columns in COLUMNS {
            assert_eq!(EngineConfig::standard(columns).check(), Ok(()));
        }
    }

    #[test]
    fn every_parameter_is_checked_at_both_ends() {
        let standard = EngineConfig::standard(8);
        for parameter in PARAMETERS {
            let with = |value: usize| {
                let mut config = standard;
                *(parameter.place)(&mut config) = value;
                assert_eq!((parameter.get)(&config), value);
                config.check()
            };
            match parameter.values {
                Values::OneOf(values) => {
                    values.iter().for_each(|value| assert_eq!(with(*value), Ok(())));
                    assert_eq!(with(5).unwrap_err().to_string(), "5 columns cannot be generated; choose 4, 8, 16 or 32");
                }
                Values::Between(least, most) => {
                    assert_eq!((with(least), with(most)), (Ok(()), Ok(())), "{}", parameter.name);
                    for found in [least - 1, most + 1] {
                        let expected = format!("{} of {found} cannot be generated; choose {least} to {most}", parameter.title());
                        assert_eq!(with(found).unwrap_err().to_string(), expected);
                    }
                }
            }
        }
    }

    #[test]
    fn an_engine_is_read_of_its_registers_and_compared() {
        let engine = EngineConfig { weight_bits: 6, line_pixels: 77, ..EngineConfig::standard(8) };
        let registers: Vec<(u32, u32)> = crate::registers::constants(&engine).collect();
        let read = |offset| registers.iter().find(|register| register.0 == offset).map(|register| register.1).ok_or(offset);
        assert_eq!(EngineConfig::read(read), Ok(engine));
        assert_eq!(EngineConfig::read(|offset| if offset == 0x020 { Err("gone") } else { Ok(4) }), Err("gone"));
        let needed = EngineConfig { line_pixels: 78, ..engine };
        assert_eq!(engine.short_of(&needed).map(|parameter| parameter.name), Some("line_pixels"));
        assert!(needed.short_of(&engine).is_none());
        assert!(engine.describe().starts_with("8 columns, 3136 activation rows, 6144 squeeze rows, "), "{}", engine.describe());
    }
}
