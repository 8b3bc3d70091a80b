//! `ember_signature_fold`: rotate by one, and add the quad if it counts.

use crate::pair::stimuli::{number, random};
use crate::pair::{self, Pair};
use hdl::rtl::signature_fold::SignatureFold;
use rand::Rng;

dut!(SignatureFold { combinational; in: above, quad, active; out: folded });

#[test]
fn rotates_and_adds() {
    let mut rng = random(1);
    let mut pair = Pair::new(SignatureFold::default());
    for _ in 0..4000 {
        let (above, quad, active) = (number(&mut rng, 32) as u32, number(&mut rng, 32) as u32, rng.random());
        pair.set("above", above.into());
        pair.set("quad", quad.into());
        pair.set("active", u64::from(active));
        pair.settle();
        let expected = above.rotate_left(1) ^ if active { quad } else { 0 };
        assert_eq!(pair.get("folded"), u64::from(expected), "{above:#x} {quad:#x} {active}");
    }
}
