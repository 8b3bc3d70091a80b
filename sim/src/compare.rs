//! Tensors from the engine against the reference, byte for byte.

use ndarray::{ArrayView3, Zip};
use std::fmt;

/// Mismatches that are kept one by one; the rest is only counted.
pub const KEPT: usize = 8;

/// One byte that differs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Mismatch {
    /// The layer.
    pub layer: String,
    /// Output channel, from 0.
    pub channel: usize,
    /// Row, from 0.
    pub row: usize,
    /// Column, from 0.
    pub column: usize,
    /// What the reference has.
    pub expected: u8,
    /// What the engine wrote.
    pub got: u8,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layer, channel, row, column, expected, got } = self;
        write!(f, "{layer}: channel {channel}, row {row}, column {column}: expected {expected}, got {got}")
    }
}

/// How one layer came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Bytes that were compared.
    pub bytes: u64,
    /// How many of them differ.
    pub mismatches: u64,
    /// The first [`KEPT`] of these.
    pub first: Vec<Mismatch>,
}

/// Compares CHW tensors of one layer. A `got` of another shape counts as wholly different.
pub fn compare(layer: &str, expected: ArrayView3<u8>, got: Option<ArrayView3<u8>>) -> Comparison {
    let bytes = expected.len() as u64;
    let mut comparison = Comparison { bytes, ..Comparison::default() };
    let Some(got) = got.filter(|got| got.dim() == expected.dim()) else {
        comparison.mismatches = bytes;
        return comparison;
    };
    Zip::indexed(expected).and(got).for_each(|(channel, row, column), &expected, &got| {
        if expected != got {
            comparison.mismatches += 1;
            if comparison.first.len() < KEPT {
                comparison.first.push(Mismatch { layer: layer.into(), channel, row, column, expected, got });
            }
        }
    });
    comparison
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    #[test]
    fn a_difference_is_named_and_many_are_counted() {
        let expected = Array3::from_shape_fn((3, 4, 5), |(c, y, x)| (20 * c + 5 * y + x) as u8);
        assert_eq!(compare("l", expected.view(), Some(expected.view())), Comparison { bytes: 60, ..Comparison::default() });

        let mut got = expected.clone();
        got[[2, 1, 3]] ^= 0x80;
        let found = compare("fire2.expand", expected.view(), Some(got.view()));
        assert_eq!(found.mismatches, 1);
        assert_eq!(found.first[0].to_string(), "fire2.expand: channel 2, row 1, column 3: expected 48, got 176");

        let found = compare("l", expected.view(), Some(expected.mapv(|v| v + 1).view()));
        assert_eq!((found.mismatches, found.first.len()), (60, KEPT));
        assert_eq!(compare("l", expected.view(), None).mismatches, 60);
        assert_eq!(compare("l", expected.view(), Some(Array3::zeros((3, 5, 4)).view())).mismatches, 60);
    }
}
