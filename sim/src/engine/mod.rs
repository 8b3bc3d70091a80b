//! The Verilated engine, driven through its AXI ports and nothing else.

mod bus;
mod packet;

pub use bus::{Channel, Rule, Violation};
pub use packet::{Packet, PacketKind};

use bus::{Bus, Outcome, PacketEnd};
use contract::interface::{self, register, CONTROL_RESET, PORTS};
use std::fmt;
use std::path::Path;
use thiserror::Error;
use verilated_shim::{Build, Builder, Design, Model, Stage};

/// Cycles without any handshake after which a wait is given up, unless [`SimulatedEngine::set_patience`] says
/// otherwise: more than a whole frame takes with four columns.
pub const PATIENCE: u64 = 4_000_000;

/// Cycles for which reset is held.
const RESET_CYCLES: u64 = 16;

/// Cycles within which a register access is answered, even with random pauses.
const REGISTER_PATIENCE: u64 = 10_000;

/// A simulation that cannot go on.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    /// The model could not be built, loaded or run.
    #[error(transparent)]
    Model(#[from] verilated_shim::Error),
    /// The engine broke a rule of AXI.
    #[error("the engine broke the AXI protocol in cycle {cycle}: {violation}")]
    Protocol { violation: Violation, cycle: u64 },
    /// Nothing moved for too long.
    #[error("nothing moved on any port for {patience} cycles up to cycle {cycle} while waiting for {what}; {state}")]
    Timeout { what: String, patience: u64, cycle: u64, state: State },
    /// A register access was answered with an error.
    #[error("{access} register {address:#05x} was answered with response {response}, expected 0 (OKAY)")]
    Response { access: &'static str, address: u32, response: u32 },
    /// A packet that does not follow the format.
    #[error("the packet received up to cycle {cycle} is malformed: {damage}")]
    Packet { cycle: u64, damage: contract::packet::Damage },
}

/// What the engine's registers said when a wait was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    status: Option<u32>,
    errors: Option<u32>,
    unsent: u64,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = [
            (interface::STATUS_PROGRAM, "program committed"),
            (interface::STATUS_BUSY, "computing a frame"),
            (interface::STATUS_FRAME_WAITING, "a frame waits for the array"),
        ];
        let errors = [
            (interface::ERROR_HEADER, "bad header"),
            (interface::ERROR_FRAME_SIZE, "wrong frame size"),
            (interface::ERROR_NO_PROGRAM, "no program"),
            (interface::ERROR_PROGRAM_SIZE, "program too long"),
        ];
        let mut part = |name: &str, value: Option<u32>, bits: &[(u32, &str)]| match value {
            Some(value) => {
                let set: Vec<_> = bits.iter().filter(|(bit, _)| value & bit != 0).map(|(_, text)| *text).collect();
                let set = if set.is_empty() { "none set".into() } else { set.join(", ") };
                write!(f, "{name} is {value:#x} ({set}), ")
            }
            None => write!(f, "{name} cannot be read, "),
        };
        part("STATUS", self.status, &status)?;
        part("ERRORS", self.errors, &errors)?;
        write!(f, "{} beats are not yet sent", self.unsent)
    }
}

/// What [`design`] builds beside the engine itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Compile waveforms in.
    pub trace: bool,
    /// Compile sooner and run slower.
    pub quick: bool,
}

/// The design to be built of an engine's Verilog (file name, text).
pub fn design(verilog: &[(String, String)], options: Options) -> Design {
    let design = Design::new(TOP, verilog.iter().cloned(), PORTS)
        .with_clock("clock")
        .with_trace(options.trace)
        .with_quick_build(options.quick)
        .with_extension(bus::SOURCE);
    // Ten groups of columns, alike: with a copy of the code for each, an engine of 16 columns takes six times
    // as long to compile and runs at 0.8 of the speed (docs/simulation.md).
    let has = |module: &str| verilog.iter().any(|(name, _)| *name == format!("{module}.v"));
    if has("ember_column") {
        design.with_shared_module("ember_column", &["load", "weight_in", "swap_in", "pixel_in_*"])
    } else if has("ember_pair_column") {
        design.with_shared_module("ember_pair_column", &["load", "even_weight", "odd_weight", "swap_in", "pixel_in_*", "pixel_sum"])
    } else {
        design
    }
}

/// The design to be built of an engine's netlist as simulable Verilog; `shared` modules (with their inputs but the clock)
/// are so many that their code is kept once. Built quickly: it runs few cycles.
pub fn design_of_gates(netlist: String, shared: &[(String, Vec<String>)]) -> Design {
    // it is no text of ours: widths are its tool's, and what looks like a loop in a vector is none in its bits
    let quiet = "/* verilator lint_off UNOPTFLAT */\n/* verilator lint_off WIDTH */\n/* verilator lint_off SELRANGE */\n";
    let design = Design::new(TOP, [("gates.v", format!("{quiet}{netlist}"))], PORTS)
        .with_clock("clock")
        .with_quick_build(true)
        .with_extension(bus::SOURCE);
    shared
        .iter()
        .fold(design, |design, (module, inputs)| design.with_shared_module(module, &inputs.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// The generated top module.
pub const TOP: &str = "ember_engine";

/// A running engine. Everything goes through its AXI ports, and every handshake is held against the protocol.
pub struct SimulatedEngine {
    model: Model,
    run: bus::Run,
    reset: bus::Run,
    bus: Bus,
    /// Beats for `s_axis`; those before `bus.sent` are gone.
    send: Vec<u64>,
    receive: Vec<u64>,
    ends: Vec<PacketEnd>,
    /// Packets of `ends` that were handed out.
    taken: usize,
    patience: u64,
}

impl SimulatedEngine {
    /// Builds an engine's Verilog with the environment's toolchain and cache, loads and resets it.
    ///
    /// # Errors
    /// The build fails, or the engine misbehaves in reset.
    pub fn build(verilog: &[(String, String)], options: Options, progress: &mut dyn FnMut(Stage)) -> Result<Self, Error> {
        let design = design(verilog, options);
        let build = Builder::from_environment()?.build(&design, progress)?;
        Self::load(&design, &build)
    }

    /// Loads what was built of [`design`]'s result, and resets it.
    ///
    /// # Errors
    /// The shared object is damaged, or the engine misbehaves in reset.
    pub fn load(design: &Design, build: &Build) -> Result<Self, Error> {
        let model = Model::load(design, build)?;
        // SAFETY: the types are those of bus.cpp, which is part of this build; the functions are
        // called only by this value, which owns the model.
        let (run, reset, size) = unsafe {
            (model.extension::<bus::Run>("bus_run")?, model.extension::<bus::Run>("bus_reset")?, model.extension::<bus::Size>("bus_size")?)
        };
        // SAFETY: it only returns a constant.
        let size = unsafe { size() };
        assert_eq!(size, size_of::<Bus>() as u64, "bus.rs and bus.cpp disagree about struct Bus");
        let (send, receive, ends) = (Vec::new(), vec![0; 4096], vec![PacketEnd::default(); 64]);
        let mut engine = Self { model, run, reset, bus: Bus::default(), send, receive, ends, taken: 0, patience: PATIENCE };
        engine.reset()?;
        Ok(engine)
    }

    /// Resets the engine with its reset port; everything queued or received is forgotten.
    ///
    /// # Errors
    /// A valid is high after the reset.
    pub fn reset(&mut self) -> Result<(), Error> {
        self.forget_traffic();
        // SAFETY: model and state are alive; the reset touches none of the buffers.
        let code = unsafe { (self.reset)(self.model.handle(), &mut self.bus, RESET_CYCLES) };
        self.outcome(code).map(drop)
    }

    /// Resets everything but the AXI4-Lite port by [`CONTROL_RESET`]; everything queued or received is
    /// forgotten, except the beat on `s_axis` that was already offered (AXI does not allow to withdraw it).
    ///
    /// # Errors
    /// The register access fails.
    pub fn soft_reset(&mut self) -> Result<(), Error> {
        self.bus.forgive_output = 1;
        let offered = (self.bus.s_valid != 0).then(|| self.send[self.bus.sent as usize]);
        let s_valid = self.bus.s_valid;
        self.forget_traffic();
        self.send.extend(offered);
        self.bus.s_valid = s_valid;
        let written = self.write(register::CONTROL, CONTROL_RESET);
        // A few cycles for the reset to reach the last register.
        let settled = written.and_then(|()| self.advance(RESET_CYCLES));
        self.bus.forgive_output = 0;
        self.bus.received = 0;
        self.bus.ended = 0;
        self.taken = 0;
        settled
    }

    fn forget_traffic(&mut self) {
        self.send.clear();
        self.bus.sent = 0;
        self.bus.received = 0;
        self.bus.ended = 0;
        self.taken = 0;
    }

    /// Pauses every port at random from now on, and puts garbage on idle payloads; `None`: no pauses.
    pub fn set_stalls(&mut self, seed: Option<u64>) {
        self.bus.stalls = seed.is_some().into();
        self.bus.random = seed.unwrap_or(0);
    }

    /// Gives a wait up after this many cycles without any handshake.
    pub fn set_patience(&mut self, cycles: u64) {
        self.patience = cycles;
    }

    /// Writes a waveform (FST) of the cycles from `from` up to but without `to`; needs [`Options::trace`].
    ///
    /// # Errors
    /// The engine was built without waveforms.
    pub fn trace(&mut self, path: &Path, from: u64, to: u64) -> Result<(), Error> {
        Ok(self.model.trace(path, from, to)?)
    }

    /// Clock cycles since the simulation began.
    pub fn cycle(&self) -> u64 {
        self.bus.cycle
    }

    /// Cycles in which `busy` was high.
    pub fn busy_cycles(&self) -> u64 {
        self.bus.busy_cycles
    }

    /// Pulses of `frame_taken`.
    pub fn frames_taken(&self) -> u64 {
        self.bus.frames_taken
    }

    /// Pulses of `result_sent`.
    pub fn results_sent(&self) -> u64 {
        self.bus.results_sent
    }

    /// Reads a register while the streams go on.
    ///
    /// # Errors
    /// An error response, a broken protocol, or no answer.
    pub fn read(&mut self, address: u32) -> Result<u32, Error> {
        self.bus.read_address = address;
        self.bus.read_owed = bus::OWED_READ;
        self.lite("reading", address)?;
        match self.bus.read_response {
            0 => Ok(self.bus.read_data),
            response => Err(Error::Response { access: "reading", address, response }),
        }
    }

    /// Writes a register while the streams go on.
    ///
    /// # Errors
    /// As [`SimulatedEngine::read`].
    pub fn write(&mut self, address: u32, value: u32) -> Result<(), Error> {
        self.bus.write_address = address;
        self.bus.write_data = value;
        self.bus.write_owed = bus::OWED_WRITE;
        self.lite("writing", address)?;
        match self.bus.write_response {
            0 => Ok(()),
            response => Err(Error::Response { access: "writing", address, response }),
        }
    }

    fn lite(&mut self, access: &'static str, address: u32) -> Result<(), Error> {
        let goal = Goal { lite_idle: true, ..Goal::default() };
        match self.run_until(goal, REGISTER_PATIENCE)? {
            Outcome::Reached => Ok(()),
            _ => {
                let unsent = self.unsent();
                let state = State { status: None, errors: None, unsent };
                let what = format!("{access} register {address:#05x}");
                Err(Error::Timeout { what, patience: REGISTER_PATIENCE, cycle: self.bus.cycle, state })
            }
        }
    }

    /// Queues beats for `s_axis`; they move whenever cycles pass.
    pub fn queue(&mut self, beats: &[u64]) {
        // What is sent is let go, but never by moving much for little.
        if self.bus.sent as usize > self.send.len() / 2 {
            self.send.drain(..self.bus.sent as usize);
            self.bus.sent = 0;
        }
        self.send.extend_from_slice(beats);
    }

    /// Queues bytes (a multiple of eight) for `s_axis`.
    ///
    /// # Panics
    /// If the length is not a multiple of eight.
    pub fn queue_bytes(&mut self, bytes: &[u8]) {
        assert!(bytes.len().is_multiple_of(8), "{} bytes are not whole beats", bytes.len());
        let beats: Vec<u64> = bytes.chunks_exact(8).map(|b| b.iter().rev().fold(0, |beat, &byte| beat << 8 | u64::from(byte))).collect();
        self.queue(&beats);
    }

    /// Queued beats that the engine has not taken.
    pub fn unsent(&self) -> u64 {
        self.send.len() as u64 - self.bus.sent
    }

    /// Waits until everything queued is taken.
    ///
    /// # Errors
    /// A broken protocol, or nothing moves any more.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.wait(Goal { sent: self.send.len() as u64, ..Goal::default() }, || "the input to be taken".into())
    }

    /// Lets `cycles` cycles pass.
    ///
    /// # Errors
    /// A broken protocol.
    pub fn advance(&mut self, cycles: u64) -> Result<(), Error> {
        // more packets than can ever come: only the cycles end this
        self.run_until(Goal { ended: u64::MAX, ..Goal::default() }, cycles).map(drop)
    }

    /// The next packet, waiting for it if need be.
    ///
    /// # Errors
    /// A broken protocol, a malformed packet, or nothing moves any more.
    pub fn receive(&mut self) -> Result<Packet, Error> {
        let ended = self.taken as u64 + 1;
        self.wait(Goal { ended, ..Goal::default() }, || "a packet".into())?;
        self.take()
    }

    /// The next packet if it has been received already.
    ///
    /// # Errors
    /// A malformed packet.
    pub fn try_receive(&mut self) -> Result<Option<Packet>, Error> {
        if (self.taken as u64) < self.bus.ended {
            self.take().map(Some)
        } else {
            Ok(None)
        }
    }

    /// The beats of the next packet if it has been received already, whatever they hold.
    pub fn try_receive_beats(&mut self) -> Option<Vec<u64>> {
        ((self.taken as u64) < self.bus.ended).then(|| self.take_with(|beats, _| beats.to_vec()))
    }

    fn take(&mut self) -> Result<Packet, Error> {
        self.take_with(Packet::parse)
    }

    /// Hands out the next packet, which has been received, as `read` makes it from its beats and its last cycle.
    fn take_with<T>(&mut self, read: impl FnOnce(&[u64], u64) -> T) -> T {
        let start = if self.taken == 0 { 0 } else { self.ends[self.taken - 1].beats as usize };
        let end = self.ends[self.taken];
        let packet = read(&self.receive[start..end.beats as usize], end.cycle);
        self.taken += 1;
        if self.taken as u64 == self.bus.ended {
            // All is handed out: only a packet that has begun stays.
            let begun = end.beats as usize..self.bus.received as usize;
            self.bus.received = begun.len() as u64;
            self.receive.copy_within(begun, 0);
            self.bus.ended = 0;
            self.taken = 0;
        }
        packet
    }

    /// Runs until `goal`, or until nothing has moved for as long as patience lasts.
    fn wait(&mut self, goal: Goal, what: impl FnOnce() -> String) -> Result<(), Error> {
        self.bus.last_progress = self.bus.cycle;
        loop {
            let left = (self.bus.last_progress + self.patience).saturating_sub(self.bus.cycle);
            if left == 0 {
                let (cycle, unsent) = (self.bus.cycle, self.unsent());
                let (status, errors) = (self.read(register::STATUS).ok(), self.read(register::ERRORS).ok());
                return Err(Error::Timeout { what: what(), patience: self.patience, cycle, state: State { status, errors, unsent } });
            }
            if self.run_until(goal, left)? == Outcome::Reached {
                return Ok(());
            }
        }
    }

    /// Runs until `goal` is reached or `cycles` have passed.
    fn run_until(&mut self, goal: Goal, cycles: u64) -> Result<Outcome, Error> {
        let end = self.bus.cycle.saturating_add(cycles);
        loop {
            self.bus.send = self.send.as_ptr();
            self.bus.send_length = self.send.len() as u64;
            self.bus.receive = self.receive.as_mut_ptr();
            self.bus.receive_capacity = self.receive.len() as u64;
            self.bus.ends = self.ends.as_mut_ptr();
            self.bus.ends_capacity = self.ends.len() as u64;
            self.bus.want_sent = goal.sent;
            self.bus.want_ended = goal.ended;
            self.bus.want_lite_idle = goal.lite_idle.into();
            // SAFETY: the three buffers were just taken from vectors that nothing touches meanwhile, with
            // their lengths; the model is alive.
            let code = unsafe { (self.run)(self.model.handle(), &mut self.bus, end - self.bus.cycle) };
            match self.outcome(code)? {
                Outcome::BufferFull => {
                    self.receive.resize(2 * self.receive.len(), 0);
                    self.ends.resize(2 * self.ends.len(), PacketEnd::default());
                }
                outcome => return Ok(outcome),
            }
        }
    }

    fn outcome(&self, code: i32) -> Result<Outcome, Error> {
        match Outcome::from_code(code) {
            Outcome::Stopped => {
                self.model.check(code)?;
                Ok(Outcome::Stopped) // not reached: `check` refuses every code but 0
            }
            Outcome::Violation => Err(Error::Protocol { violation: Violation::of(&self.bus), cycle: self.bus.cycle.saturating_sub(1) }),
            outcome => Ok(outcome),
        }
    }
}

/// What a run is to reach: all of it.
#[derive(Clone, Copy, Default)]
struct Goal {
    sent: u64,
    ended: u64,
    lite_idle: bool,
}
