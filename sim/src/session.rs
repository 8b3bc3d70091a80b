//! A programmed engine: identity checked, program loaded, frames in, sums and layers out.

use crate::engine::{self, Packet, PacketKind, SimulatedEngine};
use crate::program::{Program, ProgramLayer};
use contract::interface::{self, register};
use ndarray::ArrayView3;
use std::collections::BTreeMap;
use thiserror::Error;

/// A session that cannot go on.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    /// The simulation itself.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// The engine is not the one that the program was compiled for.
    #[error("the engine's {what} is {found:#x}, but the program was compiled for {expected:#x}; generate the engine and compile the program with one configuration")]
    Identity { what: String, found: u32, expected: u32 },
    /// The engine does not run the program after it was loaded.
    #[error("the engine refuses the program: it holds program {found:#018x} instead of {expected:#018x}, STATUS is {status:#x}, ERRORS is {errors:#x}")]
    NotLoaded { found: u64, expected: u64, status: u32, errors: u32 },
    /// Error bits after frames that were in order.
    #[error("the engine reports ERRORS {errors:#x} and {dropped} dropped frames, though every frame was in order")]
    Reported { errors: u32, dropped: u32 },
    /// A packet that is well-formed, but not what was owed.
    #[error("in cycle {cycle}: {problem}")]
    Unexpected { cycle: u64, problem: String },
}

/// Statistics registers of one layer, of the latest frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerStatistics {
    /// Cycles from the layer's start to the next layer's.
    pub cycles: u32,
    /// Cycles in which a pixel entered the array.
    pub busy: u32,
    /// Cycles spent waiting for weights or table entries.
    pub stalled_on_weights: u32,
    /// Signature of the layer's output (see docs/interface.md).
    pub signature: u32,
}

/// One frame's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameResult {
    /// Sum a class.
    pub sums: Vec<u32>,
    /// Cycles from the start of the frame's first layer to its result.
    pub cycles: u32,
    /// Cycle in which the last beat of the result was received.
    pub received_in: u64,
}

/// One frame with everything that its layers wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedFrame {
    /// The result.
    pub result: FrameResult,
    /// The memory rows that each layer wrote, one after the other; layers that wrote none are missing.
    pub rows: BTreeMap<usize, Vec<u8>>,
    /// Trace packets that are not where they should be: findings, which do not end the run.
    pub problems: Vec<String>,
}

/// An engine with a program in it.
pub struct Session<'p, P> {
    engine: SimulatedEngine,
    program: &'p P,
    layers: Vec<ProgramLayer>,
    sequence: u32,
}

impl<'p, P: Program> Session<'p, P> {
    /// Checks that `engine` is the one that `program` was compiled for, and loads it.
    ///
    /// # Errors
    /// Another engine, a program that the engine refuses, or a failing simulation.
    pub fn load(mut engine: SimulatedEngine, program: &'p P) -> Result<Self, Error> {
        let layers = program.layers();
        // a frame without any handshake, in a memory-bound engine, several times over
        engine.set_patience(100_000 + 8 * layers.iter().map(|layer| layer.ideal_cycles).sum::<u64>());
        for (what, address, expected) in program.identity() {
            let found = engine.read(address)?;
            if found != expected {
                return Err(Error::Identity { what, found, expected });
            }
        }
        engine.queue_bytes(&program.stream());
        engine.flush()?;
        let mut session = Self { engine, program, layers, sequence: 0 };
        session.check_loaded()?;
        Ok(session)
    }

    fn check_loaded(&mut self) -> Result<(), Error> {
        // the last beat may still be on its way through the engine's input
        self.engine.advance(64)?;
        let low = self.engine.read(register::PROGRAM_HASH_LOW)?;
        let high = self.engine.read(register::PROGRAM_HASH_HIGH)?;
        let (status, errors) = (self.engine.read(register::STATUS)?, self.engine.read(register::ERRORS)?);
        let (found, expected) = (u64::from(high) << 32 | u64::from(low), self.program.hash());
        if found != expected || status & interface::STATUS_PROGRAM == 0 || errors != 0 {
            return Err(Error::NotLoaded { found, expected, status, errors });
        }
        Ok(())
    }

    /// Gives the engine back, for another program.
    pub fn into_engine(self) -> SimulatedEngine {
        self.engine
    }

    /// The engine beneath.
    pub fn engine(&mut self) -> &mut SimulatedEngine {
        &mut self.engine
    }

    /// Runs one frame with every layer's output sent as trace packets.
    ///
    /// # Errors
    /// The simulation fails, or a packet is not what is owed.
    pub fn run_traced(&mut self, image: ArrayView3<u8>) -> Result<TracedFrame, Error> {
        self.engine.write(register::CONTROL, interface::CONTROL_TRACE)?;
        let sequence = self.queue(image);
        let mut rows: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        let mut problems = Vec::new();
        let result = loop {
            let packet = self.engine.receive()?;
            match packet.kind {
                PacketKind::Result { .. } => break self.result(&packet, sequence)?,
                PacketKind::Trace { layer, first_row } => {
                    self.check_origin(&packet, sequence)?;
                    let layer = usize::from(layer);
                    let Some(described) = self.layers.get(layer) else {
                        problems.push(format!(
                            "cycle {}: a trace packet of layer {layer}, which the program does not have",
                            packet.received_in
                        ));
                        continue;
                    };
                    let written = rows.entry(layer).or_default();
                    let row = written.len() / described.trace_row_bytes;
                    if first_row as usize != row {
                        let name = &described.name;
                        problems
                            .push(format!("cycle {}: a trace packet of {name} from row {first_row}, expected {row}", packet.received_in));
                    }
                    written.extend_from_slice(&packet.payload);
                }
            }
        };
        self.engine.write(register::CONTROL, 0)?;
        self.check_errors()?;
        Ok(TracedFrame { result, rows, problems })
    }

    /// Runs `images` back to back: all are queued before the first result is awaited.
    ///
    /// # Errors
    /// The simulation fails, or a packet is not what is owed.
    pub fn run(&mut self, images: &[ArrayView3<u8>]) -> Result<Vec<FrameResult>, Error> {
        let mut results = Vec::with_capacity(images.len());
        self.run_each(images, &mut |_, result| results.push(result))?;
        Ok(results)
    }

    /// As [`Session::run`], but hands over each result with the number of its image as soon as it is there.
    ///
    /// # Errors
    /// As [`Session::run`]; results that were handed over before are right.
    pub fn run_each(&mut self, images: &[ArrayView3<u8>], each: &mut dyn FnMut(usize, FrameResult)) -> Result<(), Error> {
        let sequences: Vec<u32> = images.iter().map(|image| self.queue(image.reborrow())).collect();
        for (i, sequence) in sequences.into_iter().enumerate() {
            let packet = self.engine.receive()?;
            each(i, self.result(&packet, sequence)?);
        }
        self.check_errors()
    }

    /// Statistics of every layer, of the latest frame.
    ///
    /// # Errors
    /// A register cannot be read.
    pub fn statistics(&mut self) -> Result<Vec<LayerStatistics>, Error> {
        (0..self.layers.len() as u32)
            .map(|layer| {
                let mut read = |n: u32| self.engine.read(register::LAYER_STATISTICS + 16 * layer + 4 * n);
                Ok(LayerStatistics { cycles: read(0)?, busy: read(1)?, stalled_on_weights: read(2)?, signature: read(3)? })
            })
            .collect()
    }

    fn queue(&mut self, image: ArrayView3<u8>) -> u32 {
        self.sequence = self.sequence.wrapping_add(1);
        self.engine.queue_bytes(&self.program.frame(image, self.sequence));
        self.sequence
    }

    fn check_origin(&self, packet: &Packet, sequence: u32) -> Result<(), Error> {
        if packet.sequence != sequence {
            return Err(unexpected(packet, format!("a packet of frame {}, expected frame {sequence}", packet.sequence)));
        }
        let (found, expected) = (packet.program_hash, self.program.hash());
        if found != expected {
            return Err(unexpected(packet, format!("a packet of program {found:#018x}, expected {expected:#018x}")));
        }
        Ok(())
    }

    fn result(&self, packet: &Packet, sequence: u32) -> Result<FrameResult, Error> {
        self.check_origin(packet, sequence)?;
        let classes = self.program.classes();
        match (packet.sums(), packet.payload.len()) {
            (Some(sums), bytes) if sums.len() == classes && bytes == classes.div_ceil(8) * 24 => {
                Ok(FrameResult { sums, cycles: packet.frame_cycles, received_in: packet.received_in })
            }
            (sums, bytes) => {
                let found = sums.map_or("no".into(), |sums| sums.len().to_string());
                Err(unexpected(packet, format!("a packet with {found} sums in {bytes} bytes, expected a result with {classes} sums")))
            }
        }
    }

    fn check_errors(&mut self) -> Result<(), Error> {
        let (errors, dropped) = (self.engine.read(register::ERRORS)?, self.engine.read(register::FRAMES_DROPPED)?);
        if errors != 0 || dropped != 0 {
            return Err(Error::Reported { errors, dropped });
        }
        Ok(())
    }
}

fn unexpected(packet: &Packet, problem: String) -> Error {
    Error::Unexpected { cycle: packet.received_in, problem }
}
