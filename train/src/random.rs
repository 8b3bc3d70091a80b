//! Random numbers that depend on where they are used, not on what was drawn before: so an interrupted training goes on with the same.

use rand::rngs::StdRng;
use rand::SeedableRng;
use sha2::{Digest, Sha256};

/// What random numbers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Which photographs are for validation.
    Split,
    /// First weights.
    Weights,
    /// The order of an epoch.
    Order,
    /// How a photograph is changed.
    Augmentation,
    /// Which activations are dropped.
    Dropout,
}

/// The numbers for one use in the training of `seed`, at places `at` (an epoch and a step or a photograph).
pub fn random(seed: u64, what: Use, at: [usize; 2]) -> StdRng {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update([what as u8]);
    at.iter().for_each(|place| hash.update((*place as u64).to_le_bytes()));
    StdRng::from_seed(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn every_place_has_its_own_numbers() {
        let draw = |seed, what, at| random(seed, what, at).random::<u64>();
        let first = draw(1, Use::Order, [0, 0]);
        assert_eq!(first, draw(1, Use::Order, [0, 0]));
        for other in [draw(2, Use::Order, [0, 0]), draw(1, Use::Dropout, [0, 0]), draw(1, Use::Order, [1, 0]), draw(1, Use::Order, [0, 1])]
        {
            assert_ne!(first, other);
        }
    }
}
