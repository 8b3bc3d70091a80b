//! `ember_signature_fold`: rotate by one and add, quad by quad, if the slot counts.

use crate::pair::stimuli::{number, random};
use crate::pair::{self, Pair};
use hdl::rtl::signature_fold::SignatureFold;
use rand::Rng;

dut!(SignatureFold { in: quad, active; out: folded });

#[test]
fn rotates_and_adds() {
    for columns in [4, 8, 16, 32] {
        let mut rng = random(columns as u64);
        let mut pair = Pair::new(SignatureFold::new(columns));
        for _ in 0..1000 {
            let quads: Vec<u32> = (0..columns / 4).map(|_| number(&mut rng, 32) as u32).collect();
            let active: bool = rng.random();
            (0..).zip(&quads).for_each(|(q, quad)| pair.set(&format!("quad_{q}"), (*quad).into()));
            pair.set("active", u64::from(active));
            pair.settle();
            pair.clock();
            pair.settle();
            let expected = quads.iter().fold(0u32, |fold, quad| fold.rotate_left(1) ^ quad);
            assert_eq!(pair.get("folded"), u64::from(if active { expected } else { 0 }), "{quads:x?} {active}");
        }
    }
}
