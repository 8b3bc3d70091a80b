//! `ember_signature`, with the slots' folds before it, against the formula of docs/interface.md.

use crate::pair::stimuli::{driven, lockstep, number, random, Drive};
use crate::pair::{self, Pair};
use hdl::rtl::signature::Signature;
use hdl::rtl::signature_fold::SignatureFold;
use rand::Rng;

dut!(Signature { in: start, valid, slots, fold; out: active, seed, value });

/// `s = (s << 1) ^ (s[31] ? 0x04C11DB7 : 0) ^ fold`, where `fold` is the XOR of all quads that count, quad i rotated left by
/// its distance from the last one.
pub fn step(signature: u32, quads: &[u32], slots: usize) -> u32 {
    let counted = quads.len() / 5 * slots;
    let fold = quads[..counted].iter().enumerate().fold(0, |fold, (i, quad)| fold ^ quad.rotate_left((quads.len() - 1 - i) as u32 % 32));
    signature << 1 ^ if signature >> 31 == 1 { 0x04C1_1DB7 } else { 0 } ^ fold
}

#[test]
fn in_step() {
    lockstep(&mut Pair::new(Signature::new(8)), &[], 4000, 1);
    driven(&mut Pair::new(Signature::new(16)), &[("start", Drive::Seldom(300)), ("slots", Drive::Held(6))], 4000, 2);
}

/// Cycles from a pixel to the signature with it.
const LATENCY: usize = 3;

#[test]
fn layers_of_every_width_have_the_documents_signature() {
    for columns in [4, 8, 16, 32] {
        let mut rng = random(columns as u64);
        let mut register = Pair::new(Signature::new(columns));
        let mut link = Pair::new(SignatureFold::default());
        for slots in [1, 5, 2, 3, 4, 0] {
            register.set("slots", slots as u64);
            register.set("start", 1);
            register.set("valid", rng.random_range(0..2));
            register.settle();
            register.clock();
            register.set("start", 0);
            // after each cycle, from that of the start on
            let mut expected = vec![0];
            for pixel in 0..150 {
                let quads: Vec<u32> = (0..5 * columns / 4).map(|_| number(&mut rng, 32) as u32).collect();
                let valid = rng.random_ratio(2, 3);
                // the slots' chains, link by link
                for (s, quads) in quads.chunks(columns / 4).enumerate() {
                    let mut fold = register.get("seed");
                    for quad in quads {
                        link.set("above", fold);
                        link.set("quad", (*quad).into());
                        link.set("active", register.get(&format!("active_{s}")));
                        link.settle();
                        fold = link.get("folded");
                    }
                    register.set(&format!("fold_{s}"), fold);
                }
                register.set("valid", valid.into());
                register.settle();
                if let Some(then) = (expected.len()).checked_sub(LATENCY) {
                    let value = u64::from(expected[then]);
                    assert_eq!(register.get("value"), value, "{columns} columns, {slots} slots, pixel {pixel}");
                }
                let last = expected[expected.len() - 1];
                expected.push(if valid { step(last, &quads, slots) } else { last });
                register.clock();
            }
        }
    }
}
