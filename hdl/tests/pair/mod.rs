//! One block in two worlds: rust-hdl's simulation and Verilator run the same stimuli in step, and
//! every output is compared in every cycle.

#![allow(dead_code)] // each test uses a part of it

#[macro_use]
pub mod clocks;
pub mod module;
pub mod stimuli;

use hdl::lang::emit::emit;
use hdl::lang::prelude::*;
use verilated_shim::cosim::Cosim;

/// Rounds of evaluation after which rust-hdl's simulation must have settled: more than the longest chain of blocks has links, the
/// forty folds of a signature over 32 columns.
const ROUNDS: usize = 100;

/// A port's type as a number of up to 128 bits.
pub trait Value: Synth {
    fn from_number(number: u128) -> Self;
    fn number(self) -> u128;
}

impl Value for bool {
    fn from_number(number: u128) -> Self {
        number != 0
    }
    fn number(self) -> u128 {
        self.into()
    }
}

impl<const N: usize> Value for Bits<N> {
    fn from_number(number: u128) -> Self {
        if N <= 64 {
            return (number as u64).into();
        }
        (Self::from((number >> 64) as u64) << 64) | Self::from(number as u64)
    }
    fn number(self) -> u128 {
        if N <= 64 {
            return self.to_u64().into();
        }
        u128::from(self.get_bits::<64>(64).to_u64()) << 64 | u128::from(self.get_bits::<64>(0).to_u64())
    }
}

/// As raw bits.
impl<const N: usize> Value for SInt<N> {
    fn from_number(number: u128) -> Self {
        SInt::new(number as i64)
    }
    fn number(self) -> u128 {
        (self.get() as u64 & u64::MAX >> (64 - N)).into()
    }
}

/// A port, or ports in an array; `rest` is what follows the field's name in the port's: nothing, or `_3`.
pub trait Ports {
    fn list(&self, name: &str, output: bool, ports: &mut Vec<(String, u32, bool)>);
    fn poke(&mut self, rest: &str, value: u128) -> bool;
    fn peek(&self, rest: &str) -> Option<u128>;
}

macro_rules! single {
    ($($direction:ty),*) => { $(
        impl<T: Value> Ports for Signal<$direction, T> {
            fn list(&self, name: &str, output: bool, ports: &mut Vec<(String, u32, bool)>) {
                ports.push((name.into(), T::BITS as u32, output));
            }
            fn poke(&mut self, rest: &str, value: u128) -> bool {
                if rest.is_empty() {
                    self.next = T::from_number(value);
                }
                rest.is_empty()
            }
            fn peek(&self, rest: &str) -> Option<u128> {
                rest.is_empty().then(|| self.val().number())
            }
        }
    )* }
}
single! { In, Out }

/// `_3` and what follows it.
fn numbered(rest: &str) -> Option<(usize, &str)> {
    let rest = rest.strip_prefix('_')?;
    let (number, rest) = rest.split_at(rest.find('_').unwrap_or(rest.len()));
    Some((number.parse().ok()?, rest))
}

impl<P: Ports> Ports for [P] {
    fn list(&self, name: &str, output: bool, ports: &mut Vec<(String, u32, bool)>) {
        for (i, port) in self.iter().enumerate() {
            port.list(&format!("{name}_{i}"), output, ports);
        }
    }
    fn poke(&mut self, rest: &str, value: u128) -> bool {
        numbered(rest).and_then(|(i, rest)| Some((self.get_mut(i)?, rest))).is_some_and(|(port, rest)| port.poke(rest, value))
    }
    fn peek(&self, rest: &str) -> Option<u128> {
        let (i, rest) = numbered(rest)?;
        self.get(i)?.peek(rest)
    }
}

macro_rules! as_slice {
    ($([$($generic:tt)*] $many:ty;)*) => { $(
        impl<P: Ports, $($generic)*> Ports for $many {
            fn list(&self, name: &str, output: bool, ports: &mut Vec<(String, u32, bool)>) {
                self[..].list(name, output, ports);
            }
            fn poke(&mut self, rest: &str, value: u128) -> bool {
                self[..].poke(rest, value)
            }
            fn peek(&self, rest: &str) -> Option<u128> {
                self[..].peek(rest)
            }
        }
    )* }
}
as_slice! { [const N: usize] [P; N]; [] Vec<P>; }

/// A block whose ports can be reached by name; [`dut`] and [`dut_clocks`] implement it.
pub trait Dut: Block {
    /// Its clocks, which are no part of [`Dut::ports`].
    const CLOCKS: &'static [&'static str];
    /// Name, width, whether it is an output.
    fn ports(&self) -> Vec<(String, u32, bool)>;
    fn poke(&mut self, port: &str, value: u128);
    fn peek(&self, port: &str) -> u128;
    /// All of [`Dut::CLOCKS`] at once.
    fn set_clocks(&mut self, high: &[bool]);
}

/// A port's name from the path of its field: `s_axis.tdata` is `s_axis_tdata`, and a list of `ports` adds nothing.
pub fn spelled(path: &str) -> String {
    path.split('.').map(str::trim).filter(|part| *part != "ports").collect::<Vec<_>>().join("_")
}

/// Implements [`Dut`] from the paths of a block's ports; a port in an array has its number in its
/// name (`pixel_3`). The clock is `clock`, or named before the others; a block without one says `combinational;` there.
/// A list that is not all of the module's ports fails when the block is built.
#[macro_export]
macro_rules! dut {
    ($block:ty { in: $($ports:tt)* }) => { $crate::dut! { $block { clock: clock; in: $($ports)* } } };
    ($block:ty { combinational; $($ports:tt)* }) => {
        impl pair::Dut for $block {
            const CLOCKS: &'static [&'static str] = &[];
            $crate::dut_ports! { $($ports)* }
            fn set_clocks(&mut self, _: &[bool]) {}
        }
    };
    ($block:ty { clock: $($clock:ident).+; $($ports:tt)* }) => {
        impl pair::Dut for $block {
            const CLOCKS: &'static [&'static str] = &["clock"];
            $crate::dut_ports! { $($ports)* }
            fn set_clocks(&mut self, high: &[bool]) {
                self.$($clock).+.next = hdl::lang::prelude::Clock { clk: high[0] };
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! dut_ports {
    (in: $($($input:ident).+),* $(,)?; out: $($($output:ident).+),* $(,)?) => {
        fn ports(&self) -> Vec<(String, u32, bool)> {
            let mut ports = vec![];
            $(pair::Ports::list(&self.$($input).+, &pair::spelled(stringify!($($input).+)), false, &mut ports);)*
            $(pair::Ports::list(&self.$($output).+, &pair::spelled(stringify!($($output).+)), true, &mut ports);)*
            ports
        }
        fn poke(&mut self, port: &str, value: u128) {
            $(if let Some(rest) = port.strip_prefix(&pair::spelled(stringify!($($input).+))) {
                if pair::Ports::poke(&mut self.$($input).+, rest, value) {
                    return;
                }
            })*
            let _ = value; // some have no inputs
            panic!("there is no input {port}")
        }
        fn peek(&self, port: &str) -> u128 {
            $(if let Some(value) = port.strip_prefix(&pair::spelled(stringify!($($output).+))).and_then(|r| pair::Ports::peek(&self.$($output).+, r)) {
                return value;
            })*
            panic!("there is no output {port}")
        }
    };
}

/// The block in both worlds. A cycle is: [`Pair::set`] inputs, [`Pair::settle`], [`Pair::get`]
/// outputs, [`Pair::clock`].
pub struct Pair<B: Dut> {
    block: B,
    verilog: Cosim,
    inputs: Vec<(String, u32)>,
    outputs: Vec<String>,
    pub cycle: u64,
}

impl<B: Dut> Pair<B> {
    pub fn new(mut block: B) -> Self {
        let ports = block.ports();
        let inputs = ports.iter().filter(|p| !p.2).map(|p| (p.0.clone(), p.1)).collect();
        let outputs = ports.iter().filter(|p| p.2).map(|p| p.0.clone()).collect();
        let verilog = verilog(&block);
        block.connect_all();
        let mut pair = Self { block, verilog, inputs, outputs, cycle: 0 };
        pair.settle();
        pair
    }

    /// Name and width of every input.
    pub fn inputs(&self) -> Vec<(String, u32)> {
        self.inputs.clone()
    }

    pub fn set(&mut self, input: &str, value: u64) {
        self.set_wide(input, value.into());
    }

    /// [`Pair::set`] for ports of up to 128 bits.
    pub fn set_wide(&mut self, input: &str, value: u128) {
        self.block.poke(input, value);
        self.verilog.poke_words(input, &[0, 32, 64, 96].map(|low| (value >> low) as u32));
    }

    /// Settles the logic on the inputs and compares the two worlds.
    pub fn settle(&mut self) {
        assert!(simulate(&mut self.block, ROUNDS), "cycle {}: rust-hdl does not settle", self.cycle);
        self.verilog.eval();
        for output in &self.outputs {
            let (rust, verilog) = (self.block.peek(output), words(self.verilog.peek_words(output)));
            assert_eq!(rust, verilog, "cycle {}: {output} in Rust (left) and Verilog (right)", self.cycle);
        }
    }

    /// An output as of the latest [`Pair::settle`].
    pub fn get(&self, output: &str) -> u64 {
        u64::try_from(self.get_wide(output)).unwrap_or_else(|_| panic!("{output} has more than 64 bits"))
    }

    /// [`Pair::get`] for ports of up to 128 bits.
    pub fn get_wide(&self, output: &str) -> u128 {
        self.block.peek(output)
    }

    /// [`Pair::get`] of a single bit.
    pub fn high(&self, output: &str) -> bool {
        self.get(output) != 0
    }

    /// One rising edge; of a block without a clock, nothing but the next cycle's number.
    pub fn clock(&mut self) {
        self.cycle += 1;
        if B::CLOCKS.is_empty() {
            return;
        }
        for high in [true, false] {
            self.block.set_clocks(&[high]);
            assert!(simulate(&mut self.block, ROUNDS), "cycle {}: rust-hdl does not settle", self.cycle);
        }
        self.verilog.clock(1);
    }
}

/// The block's Verilog alone.
///
/// # Panics
/// If the test's list of ports is not the module's.
pub fn verilog<B: Dut>(block: &B) -> Cosim {
    let modules = emit(block);
    let top = modules.last().expect("a block gives a module").name.clone();
    let mut ports = block.ports();
    ports.extend(B::CLOCKS.iter().map(|clock| (clock.to_string(), 1, false)));
    let differences = module::differences(&ports, &module::ports(block));
    assert!(differences.is_empty(), "{top}: {}", differences.join("; "));
    let files = modules.into_iter().map(|m| (format!("{}.v", m.name), m.text));
    let ports = ports.iter().map(|p| (p.0.as_str(), p.1, p.2));
    // which holds the list against the module's Verilog once more
    Cosim::build(&top, files, ports).unwrap_or_else(|e| panic!("{top}: {e}"))
}

fn words(words: &[u32]) -> u128 {
    words.iter().rev().fold(0, |value, word| value << 32 | u128::from(*word))
}
