//! The shortest way from Verilog text to a test: poke inputs by name, clock, peek outputs.
//!
//! ```no_run
//! use verilated_shim::{cosim::Cosim, Port};
//! # fn main() -> Result<(), verilated_shim::Error> {
//! let text = "module counter(input clock, input [7:0] step, output reg [7:0] value);
//!             initial value = 0; always @(posedge clock) value <= value + step; endmodule";
//! let ports = [Port::input("clock", 1), Port::input("step", 8), Port::output("value", 8)];
//! let mut counter = Cosim::build("counter", [("counter.v", text)], ports)?;
//! counter.poke("step", 3);
//! counter.clock(2);
//! assert_eq!(counter.peek("value"), 6);
//! # Ok(())
//! # }
//! ```

use crate::design::{Design, Port};
use crate::error::Error;
use crate::model::{Model, PortId};

/// A small module under test. Mistakes of the test (an unknown port, a value too wide) panic, as does
/// a model that stops itself.
pub struct Cosim {
    model: Model,
}

impl Cosim {
    /// Builds `top` from `files` (name, text) with all of its `ports`, quickly rather than to run fast.
    /// A one-bit input called `clock` or `clk` becomes the clock.
    ///
    /// # Errors
    /// No Verilator, no compiler, the Verilog is refused, or `ports` are not all that `top` has.
    pub fn build(
        top: &str,
        files: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
        ports: impl IntoIterator<Item = impl Into<Port>>,
    ) -> Result<Self, Error> {
        let mut design = Design::new(top, files, ports).with_quick_build(true);
        let clock = ["clock", "clk"].into_iter().find(|name| design.ports.contains(&Port::input(*name, 1)));
        if let Some(clock) = clock {
            design = design.with_clock(clock);
        }
        Ok(Self { model: Model::build(&design, &mut |_| {})? })
    }

    /// Wraps a model that was built otherwise.
    pub fn new(model: Model) -> Self {
        Self { model }
    }

    /// Sets input `name`; it takes effect with the next [`Cosim::eval`] or [`Cosim::clock`].
    ///
    /// # Panics
    /// If there is no such input, or the value does not fit it.
    pub fn poke(&mut self, name: &str, value: u64) {
        self.poke_words(name, &[value as u32, (value >> 32) as u32]);
    }

    /// Sets input `name` of any width, least significant word first; missing words are 0.
    ///
    /// # Panics
    /// As [`Cosim::poke`].
    pub fn poke_words(&mut self, name: &str, words: &[u32]) {
        let port = self.port(name);
        self.model.set(port, words);
    }

    /// The value of port `name`.
    ///
    /// # Panics
    /// If there is no such port, or it is wider than 64 bits.
    pub fn peek(&self, name: &str) -> u64 {
        match *self.peek_words(name) {
            [low] => low.into(),
            [low, high] => u64::from(high) << 32 | u64::from(low),
            _ => panic!("port {name} is wider than 64 bits; use peek_words"),
        }
    }

    /// The value of port `name`, as a signed number of `width` bits.
    ///
    /// # Panics
    /// As [`Cosim::peek`].
    pub fn peek_signed(&self, name: &str) -> i64 {
        let unused = 64 - self.port(name).width();
        (self.peek(name) << unused) as i64 >> unused
    }

    /// Sets input `name` to a signed number, cut to the port's width.
    ///
    /// # Panics
    /// If there is no such input, it is wider than 64 bits, or the value does not fit it.
    pub fn poke_signed(&mut self, name: &str, value: i64) {
        let width = self.port(name).width();
        assert!(width <= 64, "port {name} is wider than 64 bits; use poke_words");
        let unused = 64 - width;
        assert_eq!(value << unused >> unused, value, "{value} does not fit the {width} bits of port {name}");
        self.poke(name, (value as u64) << unused >> unused);
    }

    /// The value of port `name`, least significant word first.
    ///
    /// # Panics
    /// If there is no such port.
    pub fn peek_words(&self, name: &str) -> &[u32] {
        self.model.get(self.port(name))
    }

    /// Settles combinational logic on the inputs.
    ///
    /// # Panics
    /// If the model stops itself.
    pub fn eval(&mut self) {
        self.model.eval().unwrap_or_else(|e| panic!("{e}"));
    }

    /// Runs `cycles` clock cycles with the inputs held; outputs are those after the last rising edge.
    ///
    /// # Panics
    /// If the model stops itself, or has no clock.
    pub fn clock(&mut self, cycles: u64) {
        self.model.clock(cycles).unwrap_or_else(|e| panic!("{e}"));
    }

    /// The model beneath.
    pub fn model(&mut self) -> &mut Model {
        &mut self.model
    }

    fn port(&self, name: &str) -> PortId {
        self.model.port(name).unwrap_or_else(|| {
            let names: Vec<_> = self.model.ports().map(|p| p.name.as_str()).collect();
            panic!("there is no port {name}; the ports are {}", names.join(", "))
        })
    }
}
