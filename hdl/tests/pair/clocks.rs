//! A block with two clocks in both worlds, at any ratio and phase.

use super::{words, Dut, ROUNDS};
use hdl::lang::prelude::*;
use verilated_shim::cosim::Cosim;

/// A block with two clocks; [`dut_clocks`] implements it.
pub trait Clocked: Dut {}

/// Implements [`Dut`] and [`Clocked`] from the names of a block's clocks and ports.
#[macro_export]
macro_rules! dut_clocks {
    ($block:ty { clocks: $a:ident, $b:ident; $($ports:tt)* }) => {
        impl pair::Dut for $block {
            const CLOCKS: &'static [&'static str] = &[stringify!($a), stringify!($b)];
            $crate::dut_ports! { $($ports)* }
            fn set_clocks(&mut self, high: &[bool]) {
                self.$a.next = hdl::lang::prelude::Clock { clk: high[0] };
                self.$b.next = hdl::lang::prelude::Clock { clk: high[1] };
            }
        }
        impl pair::clocks::Clocked for $block {}
    };
}

#[derive(Clone, Copy)]
struct Timing {
    half: u64,
    next: u64,
    high: bool,
}

/// A step is: [`TwoClocks::rising`], look at the outputs, [`TwoClocks::edge`], set inputs, [`TwoClocks::settle`].
pub struct TwoClocks<B: Clocked> {
    block: B,
    verilog: Cosim,
    outputs: Vec<String>,
    clocks: [Timing; 2],
    /// Picoseconds, if the half periods are.
    pub time: u64,
}

impl<B: Clocked> TwoClocks<B> {
    /// Clocks of these half periods, first edges at these times.
    pub fn new(mut block: B, halves: [u64; 2], phases: [u64; 2]) -> Self {
        let outputs = block.ports().into_iter().filter(|p| p.2).map(|p| p.0).collect();
        let verilog = super::verilog(&block);
        block.connect_all();
        let clocks = [0, 1].map(|i| Timing { half: halves[i], next: phases[i], high: false });
        let mut two = Self { block, verilog, outputs, clocks, time: 0 };
        two.settle();
        two
    }

    /// Other half periods from now on; `None` lets a clock stand still.
    pub fn set_halves(&mut self, halves: [Option<u64>; 2]) {
        for (clock, half) in self.clocks.iter_mut().zip(halves) {
            clock.half = half.unwrap_or(0);
            clock.next = if half.is_some() { self.time + 1 } else { u64::MAX };
        }
    }

    pub fn set(&mut self, input: &str, value: u128) {
        self.block.poke(input, value);
        self.verilog.poke_words(input, &[0, 32, 64, 96].map(|low| (value >> low) as u32));
    }

    pub fn get(&self, output: &str) -> u128 {
        self.block.peek(output)
    }

    pub fn high(&self, output: &str) -> bool {
        self.get(output) != 0
    }

    fn due(&self) -> u64 {
        self.clocks[0].next.min(self.clocks[1].next)
    }

    /// Which clocks rise at the next edge.
    pub fn rising(&self) -> [bool; 2] {
        let due = self.due();
        self.clocks.map(|clock| clock.next == due && !clock.high)
    }

    /// The next edge, of one clock or of both.
    pub fn edge(&mut self) {
        self.time = self.due();
        for clock in &mut self.clocks {
            if clock.next == self.time {
                clock.high = !clock.high;
                clock.next += clock.half;
            }
        }
        self.block.set_clocks(&self.clocks.map(|clock| clock.high));
        for (name, clock) in B::CLOCKS.iter().zip(self.clocks) {
            self.verilog.poke(name, clock.high.into());
        }
        self.settle();
    }

    /// Settles the logic on the inputs and compares the two worlds.
    pub fn settle(&mut self) {
        assert!(simulate(&mut self.block, ROUNDS), "time {}: rust-hdl does not settle", self.time);
        self.verilog.eval();
        for output in &self.outputs {
            let (rust, verilog) = (self.block.peek(output), words(self.verilog.peek_words(output)));
            assert_eq!(rust, verilog, "time {}: {output} in Rust (left) and Verilog (right)", self.time);
        }
    }
}
