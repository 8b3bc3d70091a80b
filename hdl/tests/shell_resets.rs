//! The shell's resets in Rust and in Verilog in step: both sides are reset by whatever happens, and overlap.
//!
//! By a pulse of any length, and also while a clock stands still.

mod pair;

use hdl::shell::reset_side::ResetSide;
use hdl::shell::resets::Resets;
use pair::clocks::TwoClocks;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

dut_clocks!(Resets {
    clocks: axi_aclk, engine_clk;
    in: axi_aresetn, engine_locked;
    out: stream_reset, engine_reset, engine_reset_n
});

/// Follows both sides: how long each has been in reset, and whether a pulse still has to be answered.
#[derive(Default)]
struct Watch {
    edges: [u32; 2],
    owed: [bool; 2],
}

impl Watch {
    fn pulse(&mut self) {
        self.edges = [0; 2];
        self.owed = [true; 2];
    }

    fn look(&mut self, two: &TwoClocks<Resets>, rising: [bool; 2]) {
        let resets = [two.high("stream_reset"), two.high("engine_reset")];
        assert_eq!(two.high("engine_reset_n"), !resets[1]);
        for side in [0, 1] {
            if rising[side] && resets[side] {
                self.edges[side] += 1;
                self.owed[side] = false;
            }
            if !resets[side] && !self.owed[side] {
                let least = u32::from(ResetSide::HOLD);
                assert!(self.edges.iter().all(|&e| e >= least), "side {side} runs after {:?} edges in reset", self.edges);
            }
        }
    }
}

fn advance(two: &mut TwoClocks<Resets>, watch: &mut Watch, edges: u32) {
    for _ in 0..edges {
        let rising = two.rising();
        two.edge();
        watch.look(two, rising);
    }
}

#[test]
fn a_pulse_of_either_pin_resets_both_sides_whatever_the_clocks_do() {
    for seed in 0..12 {
        let mut rng = StdRng::seed_from_u64(seed);
        let halves = [0, 1].map(|_| rng.random_range(1000..9000));
        println!("seed {seed}, half periods {halves:?}");
        let mut two = TwoClocks::new(Resets::default(), halves, [rng.random_range(1..2000), rng.random_range(1..2000)]);
        let mut watch = Watch::default();
        watch.pulse();
        two.set("axi_aresetn", 1);
        two.set("engine_locked", 1);
        for _ in 0..30 {
            advance(&mut two, &mut watch, 600);
            assert!(!two.high("stream_reset") && !two.high("engine_reset"), "time {}: it does not end", two.time);
            assert_eq!(watch.owed, [false; 2], "time {}: a side was not reset", two.time);
            let pin = ["axi_aresetn", "engine_locked"][rng.random_range(0..2)];
            let stopped = [None, Some(0), Some(1)][rng.random_range(0..3)];
            if let Some(side) = stopped {
                let mut running = halves.map(Some);
                running[side] = None;
                two.set_halves(running);
            }
            watch.pulse();
            two.set(pin, 0);
            two.settle();
            // often shorter than any period
            let edges = [0, 0, 1, 2, 40][rng.random_range(0..5)];
            advance(&mut two, &mut watch, edges);
            two.set(pin, 1);
            two.settle();
            if let Some(side) = stopped {
                advance(&mut two, &mut watch, 300);
                let running = ["engine_reset", "stream_reset"][side];
                assert!(two.high(running), "time {}: a side runs while the other's clock stands still", two.time);
                two.set_halves(halves.map(Some));
            }
        }
    }
}
