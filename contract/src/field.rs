//! A named bit field of a record of beats, read and written.

use crate::kind::Named;
use thiserror::Error;

/// Bits of one beat of a record with a meaning of their own.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name, as in Rust: `passes`.
    pub name: &'static str,
    /// The beat that it lies in, the first is 0.
    pub beat: usize,
    /// Its lowest bit.
    pub low: u32,
    /// Bits.
    pub width: u32,
    /// What is subtracted of a value before it is stored: 1 where the beat holds a value minus one.
    pub offset: u64,
    /// What the stored number always is, of a field that is no choice.
    pub fixed: Option<u64>,
    /// Values with a name of their own; empty where the field is a number.
    pub values: &'static [Named],
    /// What it says.
    pub meaning: &'static str,
}

impl Field {
    /// As many ones as it has bits.
    pub const fn ones(&self) -> u64 {
        u64::MAX >> (64 - self.width)
    }

    /// Its bits in the beat.
    pub const fn mask(&self) -> u64 {
        self.ones() << self.low
    }

    /// The stored number in `beats`; 0 of a beat that is not there.
    pub fn get(&self, beats: &[u64]) -> u64 {
        beats.get(self.beat).map_or(0, |beat| beat >> self.low & self.ones())
    }

    /// Stores `number` in `beats`, cut to the field's bits; a beat that is not there is left out.
    pub fn put(&self, number: u64, beats: &mut [u64]) {
        if let Some(beat) = beats.get_mut(self.beat) {
            *beat = *beat & !self.mask() | (number & self.ones()) << self.low;
        }
    }

    /// The number that is stored for `value`.
    ///
    /// # Errors
    /// The field does not hold it.
    pub fn stored(&self, record: &'static str, value: u64) -> Result<u64, OutOfRange> {
        let number = value.checked_sub(self.offset).filter(|number| *number <= self.ones());
        number.ok_or(OutOfRange { record, field: self.name, value, least: self.offset, most: self.ones().saturating_add(self.offset) })
    }
}

/// A value that its field does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("`{field}` of a {record} is {value}, and its bits hold {least} to {most}")]
pub struct OutOfRange {
    /// The record, as in a sentence.
    pub record: &'static str,
    /// The field's name.
    pub field: &'static str,
    /// What was to be stored.
    pub value: u64,
    /// The least that can be.
    pub least: u64,
    /// The greatest.
    pub most: u64,
}

/// A type that a field's value can have.
pub trait Value: Copy {
    /// As a number; a signed one as its two's complement in as many bits as the type has.
    fn number(self) -> u64;
    /// From a number of no more bits than the field's.
    fn from_number(number: u64) -> Self;
}

impl Value for bool {
    fn number(self) -> u64 {
        self.into()
    }
    fn from_number(number: u64) -> Self {
        number != 0
    }
}

impl Value for i32 {
    fn number(self) -> u64 {
        (self as u32).into()
    }
    fn from_number(number: u64) -> Self {
        number as u32 as i32
    }
}

macro_rules! unsigned {
    ($($type:ty),*) => { $(
        impl Value for $type {
            fn number(self) -> u64 {
                self.into()
            }
            fn from_number(number: u64) -> Self {
                number as $type
            }
        }
    )* };
}
unsigned! { u8, u16, u32, u64 }

/// The fields in the order of beats and bits.
pub(crate) const fn sorted<const N: usize>(mut fields: [Field; N]) -> [Field; N] {
    let mut end = N;
    while end > 1 {
        let mut i = 1;
        while i < end {
            let (a, b) = (fields[i - 1], fields[i]);
            if a.beat > b.beat || (a.beat == b.beat && a.low > b.low) {
                fields[i - 1] = b;
                fields[i] = a;
            }
            i += 1;
        }
        end -= 1;
    }
    fields
}

/// Whether sorted fields lie apart, inside `beats` beats of `bits` bits.
pub(crate) const fn apart(fields: &[Field], beats: usize, bits: u32) -> bool {
    let (mut i, mut beat, mut end) = (0, 0, 0);
    while i < fields.len() {
        let field = &fields[i];
        let from = if field.beat == beat { end } else { 0 };
        if field.width == 0 || field.low < from || field.low + field.width > bits || field.beat >= beats {
            return false;
        }
        beat = field.beat;
        end = field.low + field.width;
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELD: Field =
        Field { name: "it", beat: 1, low: 11, width: 3, offset: 1, fixed: None, values: &[], meaning: "a number from 1 to 8" };

    #[test]
    fn a_field_is_put_alone_and_got_back() {
        for rest in [0, u64::MAX, 0x0123_4567_89AB_CDEF] {
            for number in 0..8 {
                let mut beats = [rest; 3];
                FIELD.put(number, &mut beats);
                assert_eq!(FIELD.get(&beats), number);
                assert_eq!([beats[0], beats[1] & !(7 << 11), beats[2]], [rest, rest & !(7 << 11), rest]);
            }
        }
        assert_eq!(FIELD.get(&[u64::MAX]), 0, "a beat that is not there");
    }

    #[test]
    fn a_value_that_does_not_fit_is_said() {
        assert_eq!((FIELD.stored("record", 1), FIELD.stored("record", 8)), (Ok(0), Ok(7)));
        for value in [0, 9, u64::MAX] {
            let error = FIELD.stored("record", value).unwrap_err().to_string();
            assert_eq!(error, format!("`it` of a record is {value}, and its bits hold 1 to 8"));
        }
        let whole = Field { low: 0, width: 64, ..FIELD };
        assert_eq!((whole.mask(), whole.stored("record", u64::MAX)), (u64::MAX, Ok(u64::MAX - 1)));
    }

    #[test]
    fn fields_on_one_another_are_found() {
        let at = |beat, low, width| Field { beat, low, width, ..FIELD };
        assert!(apart(&sorted([at(1, 8, 8), at(0, 60, 4), at(1, 0, 8)]), 2, 64));
        assert!(!apart(&sorted([at(1, 7, 8), at(0, 60, 4), at(1, 0, 8)]), 2, 64));
        assert!(!apart(&[at(0, 60, 5)], 1, 64) && !apart(&[at(1, 0, 5)], 1, 64) && !apart(&[at(0, 10, 8)], 1, 16));
    }
}
