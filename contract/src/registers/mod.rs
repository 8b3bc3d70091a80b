//! The register map, declared once. From it come the constants of [`crate::interface`], the decoder of the RTL
//! (`hdl/src/rtl/registers.rs`), the page docs/interface.md ([`markdown`]), the C header ([`crate::c_header`]) and JSON
//! ([`json`]).
//!
//! A register has 32 bits at a byte offset of the AXI4-Lite port. A new one takes one entry below; the RTL then asks for
//! its value, and every test of the map covers it. The identity registers of an engine's size are those of
//! [`crate::parameters`].

mod json;
mod markdown;

pub use json::json;
pub use markdown::markdown;

use crate::engine::EngineConfig;
use crate::parameters::PARAMETERS;
use serde::Serialize;

/// What software may do with a register or a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Access {
    /// Read; writes change nothing.
    #[serde(rename = "R")]
    Read,
    /// Read and write.
    #[serde(rename = "RW")]
    ReadWrite,
    /// Read; a 1 that is written clears the bit, a 0 leaves it.
    #[serde(rename = "W1C")]
    ClearByOne,
    /// A 1 that is written has an effect; reads 0.
    #[serde(rename = "W1")]
    Trigger,
}

/// What a register holds after a soft reset.
#[derive(Clone, Copy, Debug)]
pub enum Reset {
    /// This value, and it never changes.
    Fixed(u32),
    /// A size of the engine, which never changes.
    Size(fn(&EngineConfig) -> usize),
    /// This value; it changes with what the engine does.
    Value(u32),
    /// What it held before.
    Kept,
}

/// Bits of a register with a meaning of their own.
#[derive(Clone, Copy, Debug)]
pub struct RegisterField {
    /// The constant in [`crate::interface`], for example `CONTROL_RESET`.
    pub name: &'static str,
    /// Its lowest bit.
    pub low: u32,
    /// Bits.
    pub width: u32,
    /// What software may do.
    pub access: Access,
    /// What it says, or does when it is written.
    pub description: &'static str,
}

impl RegisterField {
    /// Its bits in the register.
    pub const fn mask(&self) -> u32 {
        u32::MAX >> (32 - self.width) << self.low
    }
}

/// A register, or an array of them.
#[derive(Clone, Copy, Debug)]
pub struct Register {
    /// The constant in [`crate::interface::register`].
    pub name: &'static str,
    /// Byte offset, a multiple of four.
    pub offset: u32,
    /// 32-bit words: 1, or more for an array.
    pub words: u32,
    /// What software may do.
    pub access: Access,
    /// After a soft reset.
    pub reset: Reset,
    /// What it says.
    pub description: &'static str,
    /// All bits that have a meaning, lowest first; empty when the register is one number.
    pub fields: &'static [RegisterField],
}

impl Register {
    /// Bits that do not always read 0.
    pub fn readable(&self) -> u32 {
        if self.fields.is_empty() {
            return u32::MAX;
        }
        self.fields.iter().filter(|field| field.access != Access::Trigger).fold(0, |mask, field| mask | field.mask())
    }

    /// Bits of fields with this access; of a register that is one number, all or none.
    pub fn bits(&self, access: Access) -> u32 {
        match self.fields {
            [] if self.access == access => u32::MAX,
            fields => fields.iter().filter(|field| field.access == access).fold(0, |mask, field| mask | field.mask()),
        }
    }

    /// What an engine of size `config` holds here for ever; nothing of a register that changes.
    pub fn constant(&self, config: &EngineConfig) -> Option<u32> {
        match self.reset {
            Reset::Fixed(value) => Some(value),
            // at most 2^20, see `EngineConfig::check`
            Reset::Size(size) => Some(size(config) as u32),
            Reset::Value(_) | Reset::Kept => None,
        }
    }

    /// Whether it never changes.
    pub const fn is_constant(&self) -> bool {
        matches!(self.reset, Reset::Fixed(_) | Reset::Size(_))
    }
}

/// Declares registers and fields, each once: `offset NAME [words] access reset "description" { fields }`.
macro_rules! registers {
    ($(
        $offset:literal $name:ident $([$words:literal])? $access:ident $reset:expr, $description:literal
        $({ $($low:literal $(+: $width:literal)? $field:ident $field_access:ident $field_description:literal;)* })?;
    )*) => {
        /// AXI4-Lite register addresses in bytes; all registers are 32 bits.
        pub mod address {
            pub use crate::parameters::address::*;
            $(#[doc = concat!("Byte address of `", stringify!($name), "`: ", $description, ".")] pub const $name: u32 = $offset;)*
        }

        /// Masks of the fields.
        pub mod mask {
            $($($(
                #[doc = concat!("[`super::address::", stringify!($name), "`]: ", $field_description, ".")]
                pub const $field: u32 = registers!(@mask $low $($width)?);
            )*)?)*
        }

        /// The registers that do not show a parameter.
        const OTHERS: &[Register] = &[$(Register {
            name: stringify!($name),
            offset: $offset,
            words: registers!(@or 1 $($words)?),
            access: Access::$access,
            reset: $reset,
            description: $description,
            fields: &[$($(RegisterField {
                name: stringify!($field),
                low: $low,
                width: registers!(@or 1 $($width)?),
                access: Access::$field_access,
                description: $field_description,
            }),*)?],
        }),*];
    };
    (@or $default:literal) => { $default };
    (@or $default:literal $given:literal) => { $given };
    (@mask $low:literal) => { 1 << $low };
    (@mask $low:literal $width:literal) => { u32::MAX >> (32 - $width) << $low };
}

/// Value of [`address::MAGIC`]: `EMBR`.
pub const MAGIC: u32 = 0x454D_4252;
/// Value of [`address::VERSION`]; changes when anything in docs/interface.md does.
pub const VERSION: u32 = 4;

registers! {
    0x000 MAGIC Read Reset::Fixed(MAGIC), "says that this is an Ember engine: `EMBR`";
    0x004 VERSION Read Reset::Fixed(VERSION), "version of this interface";
    0x040 CONTROL ReadWrite Reset::Kept, "what the engine is asked to do" {
        0 CONTROL_RESET Trigger "soft reset of everything but this port";
        1 CONTROL_TRACE ReadWrite "send every layer's output as trace packets; a hard reset clears it";
    };
    0x044 STATUS Read Reset::Value(0), "what the engine does" {
        0 STATUS_PROGRAM Read "a program is valid";
        1 STATUS_BUSY Read "a frame is being computed";
        2 STATUS_FRAME_WAITING Read "a received frame waits for the array";
    };
    0x048 ERRORS ClearByOne Reset::Value(0), "what went wrong; sticky" {
        0 ERROR_HEADER ClearByOne "a beat between packets was neither zero nor a header, or a commit had other than 3 beats";
        1 ERROR_FRAME_SIZE ClearByOne "a frame of another byte count than the program's was dropped";
        2 ERROR_NO_PROGRAM ClearByOne "a frame without a valid program was dropped";
        3 ERROR_PROGRAM_SIZE ClearByOne "program data ran past the end of its memory and was dropped, weights began or ended inside a word, or a commit's frame is empty or larger than the frame memory";
    };
    0x04C FRAMES_DROPPED Read Reset::Value(0), "frames dropped since reset";
    0x050 PROGRAM_HASH_LOW Read Reset::Value(0), "program hash, low half; 0 without a valid program";
    0x054 PROGRAM_HASH_HIGH Read Reset::Value(0), "program hash, high half; 0 without a valid program";
    0x058 FRAMES_DONE Read Reset::Value(0), "frames whose result was handed to the sender, since reset";
    0x060 CYCLES Read Reset::Value(0), "clock cycles since reset; this and the next four wrap";
    0x064 CYCLES_BUSY Read Reset::Value(0), "cycles in which a pixel entered the array";
    0x068 CYCLES_STALLED_INPUT Read Reset::Value(0), "cycles in which conv1 waited for a frame";
    0x06C CYCLES_STALLED_OUTPUT Read Reset::Value(0), "cycles in which the classifier waited for the former result to be taken";
    0x070 CYCLES_STALLED_WEIGHTS Read Reset::Value(0), "cycles in which a pass waited for weights, or a block for table entries";
    0x400 LAYER_STATISTICS [256] Read Reset::Kept, "four words a layer, 0 to 63, of its latest run: cycles, busy cycles, cycles stalled on weights, signature";
}

/// The whole map, in the order of addresses.
pub const REGISTERS: &[Register] = &joined();

/// [`OTHERS`] and those of [`PARAMETERS`].
const fn joined() -> [Register; OTHERS.len() + PARAMETERS.len()] {
    let mut all = [OTHERS[0]; OTHERS.len() + PARAMETERS.len()];
    let mut count = 0;
    while count < all.len() {
        let next = if count < OTHERS.len() { OTHERS[count] } else { identity(&PARAMETERS[count - OTHERS.len()]) };
        let mut at = count;
        while at > 0 && all[at - 1].offset > next.offset {
            all[at] = all[at - 1];
            at -= 1;
        }
        all[at] = next;
        count += 1;
    }
    all
}

/// The register that shows a parameter.
const fn identity(parameter: &crate::parameters::Parameter) -> Register {
    Register {
        name: parameter.register,
        offset: parameter.offset,
        words: 1,
        access: Access::Read,
        reset: Reset::Size(parameter.get),
        description: parameter.description,
        fields: &[],
    }
}

/// Registers that never change.
pub const CONSTANTS: usize = count(true);
/// Single registers that the engine or software changes, in the order of addresses.
pub const LIVE: usize = count(false);

const fn count(constant: bool) -> usize {
    let (mut i, mut found) = (0, 0);
    while i < REGISTERS.len() {
        let register = &REGISTERS[i];
        if register.words == 1 && register.is_constant() == constant {
            found += 1;
        }
        i += 1;
    }
    found
}

/// The single registers that change.
pub fn live() -> impl Iterator<Item = &'static Register> {
    REGISTERS.iter().filter(|register| register.words == 1 && !register.is_constant())
}

/// Address and value of the registers that never change, of an engine of size `config`.
pub fn constants(config: &EngineConfig) -> impl Iterator<Item = (u32, u32)> + '_ {
    REGISTERS.iter().filter_map(|register| Some((register.offset, register.constant(config)?)))
}

/// The register whose words hold `offset`, whatever its two lowest bits are.
pub fn at(offset: u32) -> Option<&'static Register> {
    REGISTERS.iter().find(|register| (register.offset..register.offset + 4 * register.words).contains(&(offset & !3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_are_apart_and_in_order_and_so_are_fields() {
        let mut end = 0;
        for register in REGISTERS {
            assert!(register.offset >= end && register.offset.is_multiple_of(4), "{}", register.name);
            end = register.offset + 4 * register.words;
            let mut bit = 0;
            for field in register.fields {
                assert!(field.width > 0 && field.low >= bit, "{}", field.name);
                bit = field.low + field.width;
                // what only reads has no field that takes writes
                assert!(register.access != Access::Read || field.access == Access::Read, "{}", field.name);
            }
            assert!(bit <= 32, "{}", register.name);
            assert_eq!(at(register.offset + 3).map(|it| it.name), Some(register.name));
        }
        assert!(end <= 0x1000, "12 bits of address");
        assert!(at(0x7C).is_none() && at(end).is_none());
        assert_eq!((CONSTANTS, LIVE), (constants(&EngineConfig::standard(4)).count(), live().count()));
    }

    #[test]
    fn constants_and_table_agree() {
        use crate::interface::{register, CONTROL_TRACE, ERROR_PROGRAM_SIZE, STATUS_FRAME_WAITING};
        let named = |name: &str| REGISTERS.iter().find(|register| register.name == name).expect("in the table");
        assert_eq!(named("POOL_PIXELS").offset, register::POOL_PIXELS);
        let field = |name: &str| REGISTERS.iter().flat_map(|it| it.fields).find(|field| field.name == name).expect("in the table").mask();
        assert_eq!(
            ["CONTROL_TRACE", "ERROR_PROGRAM_SIZE", "STATUS_FRAME_WAITING"].map(field),
            [CONTROL_TRACE, ERROR_PROGRAM_SIZE, STATUS_FRAME_WAITING]
        );
        assert_eq!(named("ERRORS").bits(Access::ClearByOne), 0xF);
        assert_eq!((named("CONTROL").readable(), named("CYCLES").readable()), (CONTROL_TRACE, u32::MAX));
        let sizes: Vec<_> = constants(&EngineConfig::standard(8)).collect();
        assert_eq!(&sizes[..3], [(0x000, MAGIC), (0x004, VERSION), (0x008, 8)]);
    }
}
