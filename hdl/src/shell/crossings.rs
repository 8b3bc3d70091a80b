//! Every place where the shell's two clocks meet.

/// One of the shell's clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Domain {
    /// `axi_aclk`.
    Stream,
    /// `engine_clk`.
    Engine,
    /// A pin without a phase to either clock.
    Pin,
}

impl Domain {
    /// The port that is its clock; `None` for a pin.
    pub fn clock(self) -> Option<&'static str> {
        match self {
            Self::Stream => Some("axi_aclk"),
            Self::Engine => Some("engine_clk"),
            Self::Pin => None,
        }
    }
}

/// Why a crossing is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A Gray code: one bit changes at a time, and it is synchronised bit by bit.
    Gray,
    /// A single bit, synchronised.
    Level,
    /// Beside a level: still from before the level turns until it has been answered.
    Held,
    /// A memory's word, written before the pointer that tells of it crossed.
    Memory,
    /// An asynchronous reset pin of a reset synchroniser.
    Reset,
}

/// One crossing, from registers to registers. Paths are those of the generated hierarchy below `ember_shell`:
/// `u_instance/u_instance/register`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Crossing {
    /// Why it is safe.
    pub kind: Kind,
    /// Clock of the source.
    pub from: Domain,
    /// Clock of the destination.
    pub to: Domain,
    /// Register, memory, or port of the shell.
    pub source: String,
    /// Register.
    pub destination: String,
}

/// All crossings of the shell, whatever its width and engine. `hdl/tests/crossings.rs` finds them in the Verilog by
/// itself and demands this list.
pub fn crossings() -> Vec<Crossing> {
    use Domain::{Engine, Pin, Stream};
    let mut list = vec![];
    let mut add = |kind, from, to, source: &str, destination: &str| {
        list.push(Crossing { kind, from, to, source: source.into(), destination: destination.into() });
    };
    for (fifo, writer, reader) in [("u_h2c_fifo", Stream, Engine), ("u_c2h_fifo", Engine, Stream)] {
        add(Kind::Gray, writer, reader, &format!("{fifo}/u_write_side/code"), &format!("{fifo}/u_write_code/first"));
        add(Kind::Gray, reader, writer, &format!("{fifo}/u_read_side/code"), &format!("{fifo}/u_read_code/first"));
        add(Kind::Memory, writer, reader, &format!("{fifo}/u_memory/content"), &format!("{fifo}/u_memory/read_word"));
    }
    add(Kind::Level, Stream, Engine, "u_lite/u_slave/write_turn", "u_lite/u_write_request/first");
    add(Kind::Held, Stream, Engine, "u_lite/u_slave/held_address", "u_lite/u_master/taken_address");
    add(Kind::Held, Stream, Engine, "u_lite/u_slave/held_data", "u_lite/u_master/taken_data");
    add(Kind::Held, Stream, Engine, "u_lite/u_slave/held_strobe", "u_lite/u_master/taken_strobe");
    add(Kind::Level, Engine, Stream, "u_lite/u_master/write_turn", "u_lite/u_write_done/first");
    add(Kind::Level, Stream, Engine, "u_lite/u_slave/read_turn", "u_lite/u_read_request/first");
    add(Kind::Held, Stream, Engine, "u_lite/u_slave/held_read_address", "u_lite/u_master/taken_read_address");
    add(Kind::Level, Engine, Stream, "u_lite/u_master/read_turn", "u_lite/u_read_done/first");
    add(Kind::Held, Engine, Stream, "u_lite/u_master/value", "u_lite/u_slave/read_data");
    add(Kind::Level, Engine, Stream, "u_engine/u_registers/any_error", "u_fault/first");
    add(Kind::Level, Stream, Engine, "u_resets/u_stream_side/has_cleared", "u_resets/u_stream_seen/first");
    add(Kind::Level, Engine, Stream, "u_resets/u_engine_side/has_cleared", "u_resets/u_engine_seen/first");
    for (side, domain) in [("u_stream_side", Stream), ("u_engine_side", Engine)] {
        for pin in ["axi_aresetn", "engine_locked"] {
            add(Kind::Reset, Pin, domain, pin, &format!("u_resets/{side}/releasing"));
            add(Kind::Reset, Pin, domain, pin, &format!("u_resets/{side}/released"));
        }
    }
    for register in ["releasing", "released"] {
        add(Kind::Reset, Pin, Stream, "axi_aresetn", &format!("u_lite/u_port_reset/{register}"));
    }
    list
}
