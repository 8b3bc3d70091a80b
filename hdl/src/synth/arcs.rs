//! How signals pass through primitives: which output bit depends on which input bits within a cycle, how long that takes,
//! and where paths start and end.
//!
//! Delays are picoseconds of cells alone, without wires: those of a Kintex-7 of speed grade -2 as Vivado's reports and
//! Project X-Ray's database give them. There is no open table for UltraScale and UltraScale+: the same figures are used,
//! so there they rank paths (its cells are about 1.7 times as fast) and close no timing. What a wire takes is
//! the net model of [`super::timing`].

use super::graph::Node;
use super::netlist::{Cell, Pin};
use super::primitive::{default_register, Primitive};

const LUT: u16 = 43;
/// `MUXF7`, `MUXF8`, `MUXF9`.
const WIDE_MUX: [u16; 3] = [120, 90, 90];
const LUT_RAM: u16 = 100;
const CARRY_IN_FROM_FABRIC: u16 = 250;
const CARRY_NEXT: u16 = 50;
const CARRY_NEXT_SUM: u16 = 150;
const CARRY_OWN_SUM: u16 = 100;
const CARRY_ENTER: u16 = 235;
/// Without M and P register, from a register of A or B, or from the pin.
const DSP_MULTIPLY: u16 = 2900;
const DSP_MULTIPLY_FROM_PIN: u16 = 3000;
const DSP_ADD: u16 = 1250;

/// Clock to output of a flip-flop.
pub const CLOCK_TO_FLIP_FLOP: u16 = 223;
const CLOCK_TO_SHIFT_REGISTER: u16 = 1000;
const CLOCK_TO_BLOCK_RAM: u16 = 1800;
const CLOCK_TO_ULTRA_RAM: u16 = 1400;
/// Clock to output of a block or UltraRAM through its own output register.
pub const CLOCK_TO_RAM_REGISTER: u16 = 622;
/// Clock to output of a DSP48 through its P register.
pub const CLOCK_TO_P: u16 = 334;
const CLOCK_TO_M: u16 = 1450;

const SETUP: u16 = 20;
const SETUP_ENABLE: u16 = 160;
const SETUP_RESET: u16 = 300;
const SETUP_SHIFT_REGISTER: u16 = 250;
const SETUP_LUT_RAM: u16 = 450;
const SETUP_RAM_ADDRESS: u16 = 416;
const SETUP_RAM_DATA: u16 = 450;
/// Setup of a DSP48's A, B or D register.
pub const SETUP_DSP: u16 = 260;
const SETUP_DSP_M: u16 = 1900;
const SETUP_DSP_P: u16 = 3000;
const SETUP_DSP_C: u16 = 150;
const SETUP_DSP_C_TO_P: u16 = 1150;
const SETUP_PCIN: u16 = 1110;
const SETUP_DSP_CONTROL: u16 = 500;

/// A register at which a path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// From the clock edge to the output.
    pub picoseconds: u16,
    /// It is the inside of a RAM or DSP: there is no register at the output.
    pub unregistered: bool,
}

/// A pin at which a path ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// How long before the clock edge the value must be there.
    pub picoseconds: u16,
    /// Whether a wire leads to it; the cascades of DSPs have none.
    pub net: bool,
    /// It is an operand of a DSP without a register of its own.
    pub unregistered: bool,
}

/// What a signal passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// Nothing that counts: buffers, inverters (drawn into a look-up table).
    Free,
    /// A look-up table, distributed RAM that is read, or a latch that is open.
    Lut,
    /// `MUXF7` to `MUXF9`.
    Mux,
    /// Carry chain.
    Carry {
        /// Groups of four bits.
        quads: u8,
        /// The signal enters the chain here.
        enters: bool,
        /// It is a `CARRY8`.
        eight: bool,
    },
    /// A DSP without registers.
    Dsp,
}

/// A way through a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Delay.
    pub picoseconds: u16,
    /// Whether a wire leads to the input.
    pub net: bool,
    /// What is passed.
    pub through: Through,
}

/// Whether a register of a cell is in use.
pub fn register(cell: &Cell, parameter: &str) -> bool {
    cell.given(parameter).unwrap_or_else(|| default_register(&cell.kind, parameter)) > 0
}

/// A port of a block or UltraRAM: `A` or `B`, of an output pin.
pub fn ram_side(pin: &str) -> Option<char> {
    let rest = ["DOUTP", "DOUT_", "DOUT", "DOP", "DO"].iter().find_map(|start| pin.strip_prefix(start))?;
    rest.chars().next().filter(|side| ['A', 'B'].contains(side))
}

/// The parameter of the output register of a RAM's port.
pub fn output_register(primitive: Primitive, side: char) -> &'static str {
    match (primitive, side) {
        (Primitive::UltraRam, 'A') => "OREG_A",
        (Primitive::UltraRam, _) => "OREG_B",
        (_, 'A') => "DOA_REG",
        _ => "DOB_REG",
    }
}

/// The register that an output bit comes from, if it comes from one.
pub fn start(node: &Node, pin: &Pin) -> Option<Start> {
    let registered = |picoseconds| Some(Start { picoseconds, unregistered: false });
    let bare = |picoseconds| Some(Start { picoseconds, unregistered: true });
    let cell = node.cell;
    match node.primitive? {
        Primitive::FlipFlop => registered(CLOCK_TO_FLIP_FLOP),
        Primitive::ShiftRegister => registered(CLOCK_TO_SHIFT_REGISTER),
        primitive @ (Primitive::BlockRam { .. } | Primitive::UltraRam) => match ram_side(&pin.name) {
            Some(side) if register(cell, output_register(primitive, side)) => registered(CLOCK_TO_RAM_REGISTER),
            Some(_) => bare(if primitive == Primitive::UltraRam { CLOCK_TO_ULTRA_RAM } else { CLOCK_TO_BLOCK_RAM }),
            None => None,
        },
        Primitive::Dsp => {
            let has = |parameter| register(cell, parameter);
            match &*pin.name {
                "ACOUT" => has("AREG").then(|| registered(CLOCK_TO_P)).flatten(),
                "BCOUT" => has("BREG").then(|| registered(CLOCK_TO_P)).flatten(),
                _ if has("PREG") => registered(CLOCK_TO_P),
                _ if has("MREG") => bare(CLOCK_TO_M),
                _ if has("AREG") || has("BREG") => bare(DSP_MULTIPLY),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The way from bit `from` of an input pin to bit `to` of an output pin, if there is one within a cycle. `chained`: the input
/// comes from another carry cell.
pub fn way(node: &Node, (input, from): (&Pin, usize), (output, to): (&Pin, usize), chained: bool) -> Option<Way> {
    let wired = |picoseconds, through| Some(Way { picoseconds, net: true, through });
    let cell = node.cell;
    match node.primitive? {
        Primitive::Lut if &*cell.kind == "INV" => Some(Way { picoseconds: 0, net: false, through: Through::Free }),
        Primitive::Free => Some(Way { picoseconds: 0, net: false, through: Through::Free }),
        // a latch lets its data through while it is open
        Primitive::Lut | Primitive::Latch => wired(LUT, Through::Lut),
        // its data come from look-up tables of the same slice
        Primitive::WideMux => {
            let size = cell.kind.bytes().last().map_or(0, |digit| usize::from(digit.clamp(b'7', b'9') - b'7'));
            Some(Way { picoseconds: WIDE_MUX[size], net: &*input.name == "S", through: Through::Mux })
        }
        Primitive::Carry => carry(&cell.kind, (&input.name, from), (&output.name, to), chained),
        Primitive::LutRam { .. } => reads(&output.name, &input.name).then(|| wired(LUT_RAM, Through::Lut)).flatten(),
        // where the length of a delay changes
        Primitive::ShiftRegister => (&*output.name == "Q" && input.name.starts_with('A')).then(|| wired(LUT_RAM, Through::Lut)).flatten(),
        Primitive::Dsp => dsp(cell, &input.name, &output.name),
        Primitive::FlipFlop | Primitive::BlockRam { .. } | Primitive::UltraRam => None,
    }
}

fn carry(kind: &str, (input, from): (&str, usize), (output, to): (&str, usize), chained: bool) -> Option<Way> {
    let (sum, eight) = (output == "O", kind == "CARRY8");
    // bits 4 to 7 of a CARRY8 are a second group of four
    let (quad, crossed) = ((to / 4) as u8, (to / 4 - (from / 4).min(to / 4)) as u8);
    let way = |picoseconds, net, quads, enters| Some(Way { picoseconds, net, through: Through::Carry { quads, enters, eight } });
    match input {
        "CI" | "CI_TOP" if chained => way(if sum { CARRY_NEXT_SUM } else { CARRY_NEXT }, false, 1 + quad, false),
        "CI" | "CI_TOP" | "CYINIT" => way(CARRY_IN_FROM_FABRIC, true, 1 + quad, true),
        "S" if from == to && sum => way(CARRY_OWN_SUM, false, 1, true),
        "S" if from <= to => way(CARRY_ENTER, false, 1 + crossed, true),
        // the sum of a bit does not use the bit's own generate input
        "DI" if from < to || from == to && !sum => way(CARRY_ENTER, false, 1 + crossed, true),
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

fn dsp(cell: &Cell, input: &str, output: &str) -> Option<Way> {
    let has = |parameter| register(cell, parameter);
    let way = |picoseconds, net| Some(Way { picoseconds, net, through: Through::Dsp });
    let operand = if input.starts_with('A') { "AREG" } else { "BREG" };
    if output == "ACOUT" || output == "BCOUT" {
        let own = input.chars().next() == output.chars().next() && ["A", "B", "ACIN", "BCIN"].contains(&input);
        return (own && !has(operand)).then(|| way(0, !input.ends_with("CIN"))).flatten();
    }
    if has("PREG") {
        return None;
    }
    match input {
        "A" | "B" | "ACIN" | "BCIN" if !has(operand) && !has("MREG") => way(DSP_MULTIPLY_FROM_PIN, !input.ends_with("CIN")),
        "D" if !has("DREG") && !has("ADREG") && !has("MREG") => way(DSP_MULTIPLY_FROM_PIN, true),
        "C" if !has("CREG") => way(DSP_ADD, true),
        "PCIN" => way(DSP_ADD, false),
        _ => None,
    }
}

/// Whether a pin of a primitive is a clock.
pub fn is_clock(node: &Node, pin: &str) -> bool {
    // C is an operand of a DSP and the clock of a flip-flop
    match node.primitive {
        Some(Primitive::FlipFlop) => pin == "C",
        Some(Primitive::Latch) => pin == "G",
        Some(Primitive::Dsp) => pin == "CLK",
        _ => ["CLK", "WCLK", "CLKARDCLK", "CLKBWRCLK", "RDCLK", "WRCLK"].contains(&pin),
    }
}

/// Whether a pin of a flip-flop sets or resets it.
pub fn is_reset(pin: &str) -> bool {
    ["R", "S", "CLR", "PRE"].contains(&pin)
}

/// When the value at an input pin must be there, if a path ends at the pin.
pub fn end(node: &Node, pin: &Pin) -> Option<End> {
    let name = &*pin.name;
    if pin.output || is_clock(node, name) {
        return None;
    }
    let wired = |picoseconds| Some(End { picoseconds, net: true, unregistered: false });
    match node.primitive? {
        Primitive::FlipFlop => match name {
            "CE" => wired(SETUP_ENABLE),
            _ if is_reset(name) => wired(SETUP_RESET),
            _ => wired(SETUP),
        },
        Primitive::ShiftRegister => match name {
            "D" => wired(SETUP_SHIFT_REGISTER),
            "CE" => wired(SETUP_LUT_RAM),
            _ => None,
        },
        Primitive::LutRam { .. } => writes(&node.cell.kind, name).then(|| wired(SETUP_LUT_RAM)).flatten(),
        Primitive::BlockRam { .. } => wired(if name.starts_with("DI") { SETUP_RAM_DATA } else { SETUP_RAM_ADDRESS }),
        Primitive::UltraRam => wired(SETUP_RAM_ADDRESS),
        Primitive::Dsp => {
            let has = |parameter| register(node.cell, parameter);
            let operand = |registered: bool, picoseconds: u16| {
                let end = |picoseconds: u16| Some(End { picoseconds, net: !name.ends_with("CIN"), unregistered: !registered });
                match (registered, has("MREG"), has("PREG")) {
                    (true, ..) => end(picoseconds),
                    (_, true, _) => end(SETUP_DSP_M),
                    (.., true) => end(SETUP_DSP_P),
                    // through to the output: a path goes on
                    _ => None,
                }
            };
            match name {
                "A" | "ACIN" => operand(has("AREG"), SETUP_DSP),
                "B" | "BCIN" => operand(has("BREG"), SETUP_DSP),
                "D" => operand(has("DREG") || has("ADREG"), SETUP_DSP),
                "C" if has("CREG") => wired(SETUP_DSP_C),
                "C" if has("PREG") => Some(End { picoseconds: SETUP_DSP_C_TO_P, net: true, unregistered: true }),
                "PCIN" if has("PREG") => Some(End { picoseconds: SETUP_PCIN, net: false, unregistered: false }),
                "C" | "PCIN" => None,
                _ => wired(SETUP_DSP_CONTROL),
            }
        }
        Primitive::Lut | Primitive::WideMux | Primitive::Carry | Primitive::Latch | Primitive::Free => None,
    }
}

/// Whether distributed RAM of type `kind` takes `pin` with a write.
fn writes(kind: &str, pin: &str) -> bool {
    let address = match kind {
        "RAM32M" | "RAM64M" => "ADDRD",
        "RAM32M16" | "RAM64M8" => "ADDRH",
        _ => "A",
    };
    let number = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
    pin.starts_with("WE") || pin.starts_with('D') && !pin.starts_with("DPRA") || pin.strip_prefix(address).is_some_and(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(name: &str, output: bool) -> Pin {
        Pin { name: name.into(), output, bits: vec![Some(2); 8] }
    }

    fn cell(kind: &str, parameters: &[(&str, u64)]) -> Cell {
        let parameters = parameters.iter().map(|(name, value)| ((*name).into(), *value)).collect();
        Cell { name: "c".into(), kind: kind.into(), pins: vec![], parameters }
    }

    #[test]
    fn a_carry_goes_up_and_never_down() {
        let way = |input, from, output, to| carry("CARRY4", (input, from), (output, to), false);
        assert!(way("S", 1, "O", 1).is_some() && way("S", 1, "CO", 3).is_some() && way("DI", 1, "CO", 1).is_some());
        assert_eq!((way("S", 2, "O", 1), way("DI", 1, "O", 1), way("DI", 3, "CO", 2)), (None, None, None));
        let chained = carry("CARRY4", ("CI", 0), ("CO", 3), true).expect("a way");
        assert!(chained.picoseconds < way("S", 3, "CO", 3).expect("a way").picoseconds && !chained.net);
    }

    #[test]
    fn a_carry8_is_two_groups_of_four() {
        let quads = |input, from, to, chained| match carry("CARRY8", (input, from), ("CO", to), chained).expect("a way").through {
            Through::Carry { quads, .. } => quads,
            other => panic!("{other:?}"),
        };
        assert_eq!([quads("CI", 0, 7, true), quads("CI", 0, 3, true), quads("S", 1, 3, false), quads("S", 3, 4, false)], [2, 1, 1, 2]);
        assert_eq!(quads("S", 5, 7, false), 1);
    }

    #[test]
    fn a_memory_output_follows_its_own_address() {
        assert!(reads("DOB", "ADDRB") && reads("DPO", "DPRA3") && reads("SPO", "A3"));
        assert!(!reads("DOB", "ADDRA") && !reads("DOB", "DIB") && !reads("DPO", "A3") && !reads("SPO", "ADDRA"));
        assert!(writes("RAM64M", "ADDRD") && writes("RAM32X1D", "A3") && writes("RAM64M", "DIC") && writes("RAM128X1D", "WE"));
        assert!(!writes("RAM64M", "ADDRA") && !writes("RAM32X1D", "DPRA3"));
    }

    #[test]
    fn the_sides_of_a_ram_are_read_off_its_pins() {
        let sides = ["DOADO", "DOPBDOP", "DOUTADOUT", "DOUTPBDOUTP", "DOUT_B", "RDACCESS_A", "CASDOUTA"].map(ram_side);
        assert_eq!(sides, [Some('A'), Some('B'), Some('A'), Some('B'), Some('B'), None, None]);
    }

    #[test]
    fn registers_of_a_dsp_start_and_end_paths() {
        let none = [("PREG", 0), ("MREG", 0), ("AREG", 0), ("BREG", 0), ("CREG", 0)];
        let bare = cell("DSP48E1", &none);
        let node = |cell| Node::new(cell);
        let (p, a) = (pin("P", true), pin("A", false));
        assert_eq!(start(&node(&bare), &p), None);
        assert!(way(&node(&bare), (&a, 0), (&p, 0), false).is_some());
        assert_eq!(end(&node(&bare), &a), None);
        // a DSP that says nothing has all its registers
        let full = cell("DSP48E1", &[]);
        assert_eq!(start(&node(&full), &p), Some(Start { picoseconds: CLOCK_TO_P, unregistered: false }));
        assert_eq!(end(&node(&full), &a), Some(End { picoseconds: SETUP_DSP, net: true, unregistered: false }));
        assert_eq!(way(&node(&full), (&a, 0), (&p, 0), false), None);
        let product = cell("DSP48E1", &[("PREG", 0), ("AREG", 0)]);
        assert_eq!(start(&node(&product), &p), Some(Start { picoseconds: CLOCK_TO_M, unregistered: true }));
        assert_eq!(end(&node(&product), &a), Some(End { picoseconds: SETUP_DSP_M, net: true, unregistered: true }));
        // the cascade has no wire
        assert!(!end(&node(&full), &pin("ACIN", false)).expect("an end").net);
        assert!(start(&node(&full), &pin("BCOUT", true)).is_some());
    }

    #[test]
    fn an_output_register_that_is_not_said_is_off_in_7_series_and_on_later() {
        let data = pin("DOADO", true);
        let (old, new) = (cell("RAMB36E1", &[]), cell("RAMB36E2", &[]));
        assert!(start(&Node::new(&old), &data).expect("a start").unregistered);
        assert!(!start(&Node::new(&new), &pin("DOUTADOUT", true)).expect("a start").unregistered);
    }
}
