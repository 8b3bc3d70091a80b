//! How signals pass through primitives: which output bit depends on which input bits within a cycle, and where
//! paths start and end.
//!
//! Delays are picoseconds, rounded from the Artix-7 figures (from Project X-Ray's database) in Yosys's
//! `xilinx/cells_sim.v`; those of DSP48 and block RAM are round numbers of the order that data sheets give. There are
//! no open figures for UltraScale: the same are used, so they order paths but close no timing.

use super::netlist::{Cell, Pin};
use super::primitive::Primitive;

/// A net through the fabric.
pub const NET: u32 = 500;
const LUT: u32 = 400;
const MUX: u32 = 250;
const CARRY_ENTER: u32 = 500;
const CARRY_NEXT: u32 = 100;
const CARRY_SUM: u32 = 300;
const RAM_READ: u32 = 650;
const CLOCK_TO_FLIP_FLOP: u32 = 300;
const CLOCK_TO_SHIFT_REGISTER: u32 = 1500;
const CLOCK_TO_BLOCK_RAM: u32 = 2450;
const CLOCK_TO_REGISTERED_BLOCK_RAM: u32 = 880;
const CLOCK_TO_DSP: u32 = 330;
const DSP_ADD: u32 = 1500;
const DSP_MULTIPLY: u32 = 2500;
const SETUP: u32 = 100;
const SETUP_BLOCK_RAM: u32 = 500;

/// What is known of an output bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A path starts here so long after the clock edge.
    Register(u32),
    /// It depends on inputs, see [`arc`].
    Logic,
}

/// Pipeline registers of a DSP48 that decide where paths through it start.
struct DspRegisters {
    output: bool,
    multiplier: bool,
    a: bool,
    b: bool,
    c: bool,
}

impl DspRegisters {
    fn of(cell: &Cell) -> Self {
        let set = |name| cell.parameter(name) > 0;
        Self { output: set("PREG"), multiplier: set("MREG"), a: set("AREG"), b: set("BREG"), c: set("CREG") }
    }
}

/// Where an output bit's value comes from.
pub fn source(cell: &Cell, primitive: Primitive, pin: &Pin) -> Source {
    match primitive {
        Primitive::FlipFlop => Source::Register(CLOCK_TO_FLIP_FLOP),
        Primitive::BlockRam { .. } => {
            let registered =
                cell.parameter(if pin.name.starts_with("DOA") || pin.name.starts_with("DOUTA") { "DOA_REG" } else { "DOB_REG" });
            Source::Register(if registered > 0 { CLOCK_TO_REGISTERED_BLOCK_RAM } else { CLOCK_TO_BLOCK_RAM })
        }
        Primitive::UltraRam => Source::Register(CLOCK_TO_BLOCK_RAM),
        // the address of a shift register is constant in what is generated here
        Primitive::ShiftRegister => Source::Register(CLOCK_TO_SHIFT_REGISTER),
        Primitive::Dsp => {
            let registers = DspRegisters::of(cell);
            if ["ACOUT", "BCOUT"].contains(&pin.name.as_str()) || registers.output {
                Source::Register(CLOCK_TO_DSP)
            } else if registers.multiplier {
                Source::Register(CLOCK_TO_DSP + DSP_ADD)
            } else if registers.a && registers.b {
                Source::Register(CLOCK_TO_DSP + DSP_MULTIPLY + DSP_ADD)
            } else {
                Source::Logic
            }
        }
        Primitive::Lut | Primitive::WideMux | Primitive::Carry | Primitive::Latch | Primitive::LutRam { .. } | Primitive::Free => {
            Source::Logic
        }
    }
}

/// The delay from bit `from` of an input pin to bit `to` of an output pin of [`Source::Logic`], if there is a way;
/// the net in front of the input is counted.
pub fn arc(cell: &Cell, primitive: Primitive, (input, from): (&Pin, usize), (output, to): (&Pin, usize)) -> Option<u32> {
    match primitive {
        Primitive::Lut => Some(NET + LUT),
        Primitive::Free => Some(0),
        // a latch lets its data through while it is open
        Primitive::Latch => Some(NET + LUT),
        // its data come from look-up tables of the same slice
        Primitive::WideMux => Some(if input.name == "S" { NET + MUX } else { MUX }),
        Primitive::Carry => carry(input, from, output, to),
        Primitive::LutRam { .. } => reads(&output.name, &input.name).then_some(NET + RAM_READ),
        Primitive::Dsp => dsp(&DspRegisters::of(cell), &input.name),
        Primitive::FlipFlop | Primitive::BlockRam { .. } | Primitive::UltraRam | Primitive::ShiftRegister => None,
    }
}

fn carry(input: &Pin, from: usize, output: &Pin, to: usize) -> Option<u32> {
    let out = if output.name == "O" { CARRY_SUM } else { CARRY_NEXT };
    match input.name.as_str() {
        // the carry of the cell before comes without a net
        "CI" => Some(out),
        "CYINIT" | "CI_TOP" => Some(NET + CARRY_ENTER),
        "S" if from <= to => Some(NET + CARRY_ENTER),
        // the sum of a bit does not use the bit's own generate input
        "DI" if from < to || from == to && output.name != "O" => Some(NET + CARRY_ENTER),
        _ => None,
    }
}

/// Whether distributed RAM's output `data` follows the address `address`.
fn reads(data: &str, address: &str) -> bool {
    match data {
        "SPO" | "O" => address.starts_with('A') && !address.starts_with("ADDR"),
        "DPO" => address.starts_with("DPRA"),
        _ => data.strip_prefix("DO").is_some_and(|port| address.strip_prefix("ADDR") == Some(port)),
    }
}

fn dsp(registers: &DspRegisters, input: &str) -> Option<u32> {
    match input {
        "A" if !registers.a => Some(NET + DSP_MULTIPLY + DSP_ADD),
        "B" if !registers.b => Some(NET + DSP_MULTIPLY + DSP_ADD),
        "C" if !registers.c => Some(NET + DSP_ADD),
        "PCIN" => Some(DSP_ADD),
        _ => None,
    }
}

/// The time that an input bit must be there before the clock edge, the net in front of it counted, if a path ends there.
pub fn end(cell: &Cell, primitive: Primitive, pin: &Pin) -> Option<u32> {
    let clocks = ["C", "G", "CLK", "WCLK", "CLKARDCLK", "CLKBWRCLK", "RDCLK", "WRCLK"];
    if clocks.contains(&pin.name.as_str()) && !(primitive == Primitive::Dsp && pin.name == "C") {
        return None;
    }
    match primitive {
        Primitive::FlipFlop | Primitive::ShiftRegister => Some(NET + SETUP),
        Primitive::BlockRam { .. } | Primitive::UltraRam => Some(NET + SETUP_BLOCK_RAM),
        Primitive::LutRam { .. } => Some(NET + SETUP),
        Primitive::Dsp => {
            let registers = DspRegisters::of(cell);
            let multiply = if registers.multiplier { DSP_MULTIPLY } else { DSP_MULTIPLY + DSP_ADD };
            match pin.name.as_str() {
                "A" => Some(NET + if registers.a { SETUP } else { multiply }),
                "B" => Some(NET + if registers.b { SETUP } else { multiply }),
                "C" => Some(NET + if registers.c { SETUP } else { DSP_ADD }),
                "PCIN" => Some(DSP_ADD),
                "ACIN" | "BCIN" => Some(SETUP),
                _ => Some(NET + SETUP),
            }
        }
        Primitive::Lut | Primitive::WideMux | Primitive::Carry | Primitive::Latch | Primitive::Free => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(name: &str, output: bool) -> Pin {
        Pin { name: name.into(), output, bits: vec![Some(2); 4] }
    }

    #[test]
    fn a_carry_goes_up_and_never_down() {
        let cell = Cell { name: "c".into(), kind: "CARRY4".into(), pins: vec![], parameters: Default::default() };
        let arc = |input, from, output, to| arc(&cell, Primitive::Carry, (&pin(input, false), from), (&pin(output, true), to));
        assert!(arc("S", 1, "O", 1).is_some() && arc("S", 1, "CO", 3).is_some() && arc("DI", 1, "CO", 1).is_some());
        assert_eq!((arc("S", 2, "O", 1), arc("DI", 1, "O", 1), arc("DI", 3, "CO", 2)), (None, None, None));
        assert!(arc("CI", 0, "CO", 3) < arc("S", 3, "CO", 3));
    }

    #[test]
    fn a_memory_output_follows_its_own_address() {
        assert!(reads("DOB", "ADDRB") && reads("DPO", "DPRA3") && reads("SPO", "A3"));
        assert!(!reads("DOB", "ADDRA") && !reads("DOB", "DIB") && !reads("DPO", "A3") && !reads("SPO", "ADDRA"));
    }

    #[test]
    fn registers_of_a_dsp_start_and_end_paths() {
        let cell = |registers: &[(&str, u64)]| Cell {
            name: "d".into(),
            kind: "DSP48E1".into(),
            pins: vec![],
            parameters: registers.iter().map(|(n, v)| (n.to_string(), *v)).collect(),
        };
        let (p, a) = (pin("P", true), pin("A", false));
        let bare = cell(&[]);
        assert_eq!(source(&bare, Primitive::Dsp, &p), Source::Logic);
        assert!(arc(&bare, Primitive::Dsp, (&a, 0), (&p, 0)).is_some());
        let full = cell(&[("PREG", 1), ("MREG", 1), ("AREG", 1), ("BREG", 1)]);
        assert_eq!(source(&full, Primitive::Dsp, &p), Source::Register(CLOCK_TO_DSP));
        assert!(end(&full, Primitive::Dsp, &a) < end(&bare, Primitive::Dsp, &a));
    }
}
