//! Records: a fixed number of beats with fields at fixed bits, each declared once as data.
//!
//! A new field takes one line in its record; from it come the member of the Rust structure with its place in `encode` and
//! `decode`, the line in docs/interface.md, the C macros and the JSON, and a test at the ports of the RTL that fails until
//! it is told which port shows the field (`hdl/tests/contract`).

use crate::field::Field;

/// A record as data.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// Its name in JSON and, in capitals, in C.
    pub name: &'static str,
    /// What it is, as in a sentence.
    pub title: &'static str,
    /// Beats that it has.
    pub beats: usize,
    /// Bits of a beat.
    pub bits: u32,
    /// Where it is declared, from the root of the repository.
    pub source: &'static str,
    /// All bits with a meaning, in the order of beats and bits.
    pub fields: &'static [Field],
}

/// Every record of the contract.
pub const RECORDS: &[Record] = &[
    crate::packet::HeaderIn::RECORD,
    crate::packet::PixelPair::RECORD,
    crate::packet::Commit::RECORD,
    crate::table_entry::TableEntry::RECORD,
    crate::descriptor::Descriptor::RECORD,
    crate::packet::HeaderOut::RECORD,
    crate::packet::Trailer::RECORD,
    crate::token::Token::RECORD,
];

/// Declares a record:
///
/// ```text
/// Name "name" "a title", 2 beats of 64 bits;
/// fixed { magic = 0 [15:0] 0xE3B5, "meaning"; }
/// fields { kind: u8 = 0 [23:16], "meaning"; passes: u32 = 1 [15:0] - 1, "stored minus one"; }
/// ```
///
/// Values with names follow a meaning in parentheses: `"the kind" (StreamKind::ALL)`.
macro_rules! record {
    (
        $(#[$doc:meta])*
        $name:ident $short:literal $title:literal, $beats:literal beats of $bits:literal bits;
        fixed { $($fixed:ident = $fixed_beat:literal [$fixed_high:literal : $fixed_low:literal] $number:expr, $fixed_meaning:literal;)* }
        fields { $(
            $field:ident : $type:ty = $beat:literal [$high:literal $(: $low:literal)?] $(- $offset:literal)?, $meaning:literal $(($values:expr))?;
        )* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name {
            $(#[doc = concat!("Beat ", $beat, ": ", $meaning, ".")] pub $field: $type,)*
        }

        impl $name {
            /// The fields, in the order of beats and bits.
            pub const FIELDS: &'static [$crate::field::Field] = {
                const FIELDS: &[$crate::field::Field] = &$crate::field::sorted([
                    $($crate::field::Field {
                        name: stringify!($fixed), beat: $fixed_beat, low: $fixed_low, width: $fixed_high - $fixed_low + 1, offset: 0,
                        fixed: Some($number as u64), values: &[], meaning: $fixed_meaning,
                    },)*
                    $($name::$field(),)*
                ]);
                assert!($crate::field::apart(FIELDS, $beats, $bits), "fields lie on one another or outside the record");
                FIELDS
            };

            /// The record as data.
            pub const RECORD: $crate::Record =
                $crate::Record { name: $short, title: $title, beats: $beats, bits: $bits, source: file!(), fields: Self::FIELDS };

            $(
                #[doc = concat!("Where `", stringify!($field), "` lies: ", $meaning, ".")]
                pub const fn $field() -> $crate::field::Field {
                    $crate::field::Field {
                        name: stringify!($field), beat: $beat, low: record!(@low $high $($low)?), width: $high - record!(@low $high $($low)?) + 1,
                        offset: record!(@or 0 $($offset)?), fixed: None, values: record!(@or (&[]) $(($values))?), meaning: $meaning,
                    }
                }
            )*

            /// Whether the fields hold the values.
            ///
            /// # Errors
            /// The first that does not.
            pub fn check(&self) -> Result<(), $crate::field::OutOfRange> {
                use $crate::field::Value;
                $(Self::$field().stored($title, self.$field.number())?;)*
                Ok(())
            }

            /// As beats. A value that its field does not hold ([`Self::check`]) is cut to the field's bits.
            pub fn encode(&self) -> [u64; $beats] {
                use $crate::field::Value;
                debug_assert_eq!(self.check(), Ok(()));
                let mut beats = [0; $beats];
                for field in Self::FIELDS {
                    field.put(field.fixed.unwrap_or(0), &mut beats);
                }
                $(Self::$field().put(self.$field.number().wrapping_sub(Self::$field().offset), &mut beats);)*
                beats
            }

            /// From beats, whatever the fixed fields are: [`Self::wrong`] says.
            pub fn decode(beats: &[u64; $beats]) -> Self {
                use $crate::field::Value;
                Self { $($field: <$type>::from_number(Self::$field().get(beats) + Self::$field().offset),)* }
            }

            /// The first field of `beats`, which may be fewer than the record has, that has not the number it always has.
            pub fn wrong(beats: &[u64]) -> Option<&'static $crate::field::Field> {
                let there = Self::FIELDS.iter().filter(|field| field.beat < beats.len());
                there.into_iter().find(|field| field.fixed.is_some_and(|fixed| field.get(beats) != fixed))
            }
        }
    };
    (@low $high:literal) => { $high };
    (@low $high:literal $low:literal) => { $low };
    (@or $default:tt) => { $default };
    (@or $default:tt $given:tt) => { $given };
}
