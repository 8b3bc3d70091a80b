//! The Rust side of `bus.cpp`: its state, its outcomes, and what it calls channels and rules.

use std::ffi::{c_int, c_void};
use std::fmt;

/// The C++ that [`verilated_shim::Design::with_extension`] adds to the engine's shared object.
pub(super) const SOURCE: &str = include_str!("bus.cpp");

pub(super) const CHANNELS: usize = 7;

/// `enum Owed`: what is still owed in an AXI4-Lite transaction.
pub(super) const OWED_WRITE: u32 = 1 | 2 | 4;
/// As [`OWED_WRITE`], for a read.
pub(super) const OWED_READ: u32 = 1 | 4;

/// `struct PacketEnd`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(super) struct PacketEnd {
    pub beats: u64,
    pub cycle: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(super) struct Stall {
    left: u32,
    threshold: u32,
}

/// `struct Bus`, field for field.
#[repr(C)]
pub(super) struct Bus {
    pub send: *const u64,
    pub send_length: u64,
    pub sent: u64,
    pub receive: *mut u64,
    pub receive_capacity: u64,
    pub received: u64,
    pub ends: *mut PacketEnd,
    pub ends_capacity: u64,
    pub ended: u64,
    pub want_sent: u64,
    pub want_ended: u64,
    pub want_lite_idle: u32,
    pub write_owed: u32,
    pub write_address: u32,
    pub write_data: u32,
    pub write_response: u32,
    pub read_owed: u32,
    pub read_address: u32,
    pub read_data: u32,
    pub read_response: u32,
    pub cycle: u64,
    pub last_progress: u64,
    pub frames_taken: u64,
    pub results_sent: u64,
    pub busy_cycles: u64,
    pub random: u64,
    pub stalls: u32,
    pub forgive_output: u32,
    stall: [Stall; CHANNELS],
    m_data: u64,
    m_waiting: u32,
    m_last: u32,
    b_waiting: u32,
    b_payload: u32,
    r_waiting: u32,
    r_payload: u32,
    r_data: u32,
    pub s_valid: u32,
    aw_valid: u32,
    w_valid: u32,
    ar_valid: u32,
    pub broken_rule: u32,
    pub broken_channel: u32,
    unused: u32,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            send: std::ptr::null(),
            send_length: 0,
            sent: 0,
            receive: std::ptr::null_mut(),
            receive_capacity: 0,
            received: 0,
            ends: std::ptr::null_mut(),
            ends_capacity: 0,
            ended: 0,
            want_sent: 0,
            want_ended: 0,
            want_lite_idle: 0,
            write_owed: 0,
            write_address: 0,
            write_data: 0,
            write_response: 0,
            read_owed: 0,
            read_address: 0,
            read_data: 0,
            read_response: 0,
            cycle: 0,
            last_progress: 0,
            frames_taken: 0,
            results_sent: 0,
            busy_cycles: 0,
            random: 0,
            stalls: 0,
            forgive_output: 0,
            stall: [Stall::default(); CHANNELS],
            m_data: 0,
            m_waiting: 0,
            m_last: 0,
            b_waiting: 0,
            b_payload: 0,
            r_waiting: 0,
            r_payload: 0,
            r_data: 0,
            s_valid: 0,
            aw_valid: 0,
            w_valid: 0,
            ar_valid: 0,
            broken_rule: 0,
            broken_channel: 0,
            unused: 0,
        }
    }
}

/// `bus_run` and `bus_reset`: handle, state, cycles.
pub(super) type Run = unsafe extern "C" fn(*mut c_void, *mut Bus, u64) -> c_int;
/// `bus_size`.
pub(super) type Size = unsafe extern "C" fn() -> u64;

/// `enum Outcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The model ended itself.
    Stopped,
    /// Everything wanted has come.
    Reached,
    /// The given number of cycles is over.
    CyclesOver,
    /// Room is needed for more received beats.
    BufferFull,
    /// The engine broke the protocol.
    Violation,
}

impl Outcome {
    pub fn from_code(code: c_int) -> Self {
        match code {
            0 => Self::Reached,
            1 => Self::CyclesOver,
            2 => Self::BufferFull,
            3 => Self::Violation,
            _ => Self::Stopped,
        }
    }
}

/// An AXI channel of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs)] // named as their ports
pub enum Channel {
    SAxis,
    MAxis,
    Aw,
    W,
    B,
    Ar,
    R,
}

impl Channel {
    pub(super) fn from_code(code: u32) -> Self {
        [Self::SAxis, Self::MAxis, Self::Aw, Self::W, Self::B, Self::Ar, Self::R][code as usize % CHANNELS]
    }

    fn valid(self) -> &'static str {
        match self {
            Self::SAxis => "s_axis_tvalid",
            Self::MAxis => "m_axis_tvalid",
            Self::Aw => "s_axil_awvalid",
            Self::W => "s_axil_wvalid",
            Self::B => "s_axil_bvalid",
            Self::Ar => "s_axil_arvalid",
            Self::R => "s_axil_rvalid",
        }
    }

    fn payload(self) -> &'static str {
        match self {
            Self::SAxis => "s_axis_tdata",
            Self::MAxis => "m_axis_tdata or m_axis_tlast",
            Self::Aw => "s_axil_awaddr",
            Self::W => "s_axil_wdata",
            Self::B => "s_axil_bresp",
            Self::Ar => "s_axil_araddr",
            Self::R => "s_axil_rdata or s_axil_rresp",
        }
    }
}

/// A rule of AXI that the engine broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Valid fell before ready had come.
    ValidDropped,
    /// The payload changed before ready had come.
    PayloadChanged,
    /// A response without a transaction, or before its address and data were taken.
    UnaskedResponse,
    /// Valid is high after a reset.
    ValidInReset,
}

/// A broken rule and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The channel.
    pub channel: Channel,
    /// What it did.
    pub rule: Rule,
}

impl Violation {
    pub(super) fn of(bus: &Bus) -> Self {
        let rule = match bus.broken_rule {
            1 => Rule::ValidDropped,
            2 => Rule::PayloadChanged,
            3 => Rule::UnaskedResponse,
            _ => Rule::ValidInReset,
        };
        Self { channel: Channel::from_code(bus.broken_channel), rule }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (valid, payload) = (self.channel.valid(), self.channel.payload());
        match self.rule {
            Rule::ValidDropped => write!(f, "{valid} fell before its ready had come"),
            Rule::PayloadChanged => write!(f, "{payload} changed while {valid} waited for its ready"),
            Rule::UnaskedResponse => write!(f, "{valid} rose without a transaction that was owed a response"),
            Rule::ValidInReset => write!(f, "{valid} is high after a reset"),
        }
    }
}
