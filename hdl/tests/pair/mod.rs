//! One block in two worlds: rust-hdl's simulation and Verilator run the same stimuli in step, and
//! every output is compared in every cycle.

use hdl::lang::emit::emit;
use hdl::lang::prelude::*;
use verilated_shim::cosim::Cosim;

/// Rounds of evaluation after which rust-hdl's simulation must have settled.
const ROUNDS: usize = 20;

/// A port's type as a number.
pub trait Value: Synth {
    fn from_number(number: u64) -> Self;
    fn number(self) -> u64;
}

impl Value for bool {
    fn from_number(number: u64) -> Self {
        number != 0
    }
    fn number(self) -> u64 {
        self.into()
    }
}

impl<const N: usize> Value for Bits<N> {
    fn from_number(number: u64) -> Self {
        number.into()
    }
    fn number(self) -> u64 {
        self.to_u64()
    }
}

/// Bits of a port.
pub fn width<D: Direction, T: Synth>(_: &Signal<D, T>) -> u32 {
    T::BITS as u32
}

/// A block whose ports can be reached by name; [`dut`] implements it.
pub trait Dut: Block {
    /// Name, width, whether it is an output; without the clock.
    fn ports(&self) -> Vec<(&'static str, u32, bool)>;
    fn poke(&mut self, port: &str, value: u64);
    fn peek(&self, port: &str) -> u64;
    fn set_clock(&mut self, high: bool);
}

/// Implements [`Dut`] from the names of a block's ports.
#[macro_export]
macro_rules! dut {
    ($block:ty { in: $($input:ident),* $(,)?; out: $($output:ident),* $(,)? }) => {
        impl pair::Dut for $block {
            fn ports(&self) -> Vec<(&'static str, u32, bool)> {
                vec![
                    $((stringify!($input), pair::width(&self.$input), false),)*
                    $((stringify!($output), pair::width(&self.$output), true),)*
                ]
            }
            fn poke(&mut self, port: &str, value: u64) {
                match port {
                    $(stringify!($input) => self.$input.next = pair::Value::from_number(value),)*
                    _ => panic!("there is no input {port}"),
                }
            }
            fn peek(&self, port: &str) -> u64 {
                match port {
                    $(stringify!($output) => pair::Value::number(self.$output.val()),)*
                    _ => panic!("there is no output {port}"),
                }
            }
            fn set_clock(&mut self, high: bool) {
                self.clock.next = hdl::lang::prelude::Clock { clk: high };
            }
        }
    };
}

/// The block in both worlds. A cycle is: [`Pair::set`] inputs, [`Pair::settle`], [`Pair::get`]
/// outputs, [`Pair::clock`].
pub struct Pair<B: Dut> {
    block: B,
    verilog: Cosim,
    outputs: Vec<&'static str>,
    pub cycle: u64,
}

impl<B: Dut> Pair<B> {
    pub fn new(mut block: B) -> Self {
        let modules = emit(&block);
        let top = modules.last().expect("a block gives a module").name.clone();
        let files = modules.into_iter().map(|m| (format!("{}.v", m.name), m.text));
        let mut ports = vec![("clock", 1, false)];
        ports.extend(block.ports());
        let outputs = ports.iter().filter(|p| p.2).map(|p| p.0).collect();
        let verilog = Cosim::build(&top, files, ports).unwrap_or_else(|e| panic!("{top}: {e}"));
        block.connect_all();
        let mut pair = Self { block, verilog, outputs, cycle: 0 };
        pair.settle();
        pair
    }

    pub fn set(&mut self, input: &str, value: u64) {
        self.block.poke(input, value);
        self.verilog.poke(input, value);
    }

    /// Settles the logic on the inputs and compares the two worlds.
    pub fn settle(&mut self) {
        assert!(simulate(&mut self.block, ROUNDS), "cycle {}: rust-hdl does not settle", self.cycle);
        self.verilog.eval();
        for output in &self.outputs {
            let (rust, verilog) = (self.block.peek(output), self.verilog.peek(output));
            assert_eq!(rust, verilog, "cycle {}: {output} in Rust (left) and Verilog (right)", self.cycle);
        }
    }

    /// An output as of the latest [`Pair::settle`].
    pub fn get(&self, output: &str) -> u64 {
        self.block.peek(output)
    }

    /// [`Pair::get`] of a single bit.
    pub fn high(&self, output: &str) -> bool {
        self.get(output) != 0
    }

    /// One rising edge.
    pub fn clock(&mut self) {
        for high in [true, false] {
            self.block.set_clock(high);
            assert!(simulate(&mut self.block, ROUNDS), "cycle {}: rust-hdl does not settle", self.cycle);
        }
        self.verilog.clock(1);
        self.cycle += 1;
    }
}
