//! Into a known state: at the start, whose history nobody knows, and after a fault.
//!
//! ```text
//!  open --------------------------------+
//!                                       v
//!  fault --> identity --> wait for --> identity --> reset, settle, reset --> load, check hash --> go on
//!     |         |         both threads    |                  ^                    |
//!     | queued  | all ones                | all ones         +--- not clean ------+   (options.resets times)
//!     v         v                         v
//!  called off  card gone: stop           card gone: stop
//! ```
//!
//! The transfer that failed has closed the gate: the first look is for a card that is gone, on which waiting for the other
//! thread's transfer would be in vain; the second one opens the gate again.

use crate::driver::{EngineDriver, Fault};
use crate::error::BoardError;
use crate::flight::Flight;
use crate::identity;
use crate::threads::Event;
use contract::interface::{register, CONTROL_RESET};
use std::time::{Duration, Instant};

/// Time for a reset to end (32 cycles) and for beats left in the stream's buffers to run into the engine.
const SETTLE: Duration = Duration::from_millis(2);
/// A program that was written is valid within this time.
const COMMIT: Duration = Duration::from_secs(2);
/// Bytes of one write of a program.
const PROGRAM_WRITE: usize = 1 << 20;

type Answer<'a> = &'a mut dyn FnMut(u32, Result<Vec<u32>, BoardError>);

impl EngineDriver {
    /// The first thing on a board. Who had it before may have been killed: the parser may be inside a frame, whose rest
    /// our first frame would be taken for, and results may wait in the stream's buffers. The first is ended by a soft
    /// reset, which forgets the program too; the second are dropped by their numbers when they come.
    pub(crate) fn begin(&mut self) -> Result<(), BoardError> {
        tracing::info!("{}: soft reset, then loading program {:#018x}", self.name, self.program.hash);
        match self.reset_and_load() {
            Ok(()) => Ok(()),
            Err(Fault::Fatal(error)) if !matches!(error, BoardError::NotLoaded { .. }) => Err(error),
            Err(Fault::Transfer(error)) if !error.is_transient() => Err(self.gone_or(error.into())),
            Err(fault) => {
                tracing::warn!("{}: {}; resetting the engine again", self.name, describe(&fault));
                self.restore(&describe(&fault))
            }
        }
    }

    /// Before a run: takes what an earlier one left behind. A read that was owed a lost result may have timed out since.
    pub(crate) fn resume(&mut self) -> Result<(), BoardError> {
        while let Ok(event) = self.events.try_recv() {
            self.count(&event);
        }
        if self.gate.is_open() && self.current == self.age.now() {
            return Ok(());
        }
        self.quiesce(|_, _| ())?;
        self.look()
    }

    /// Brings the board back after `fault` and puts the frames under way in line again. The oldest of them counts a
    /// loss: it is the one whose result was waited for.
    pub(crate) fn mend(&mut self, fault: Fault, flight: &mut Flight, answer: Answer) -> Result<(), BoardError> {
        let why = match fault {
            Fault::Fatal(error) => return Err(error),
            Fault::Transfer(error) if !error.is_transient() => return Err(self.gone_or(error.into())),
            Fault::Program { found } => format!("a result of program {found:#018x} in place of {:#018x}", self.program.hash),
            fault => describe(&fault),
        };
        tracing::info!("{}: {why}; resetting the engine and sending again what has no result", self.name);
        self.quiesce(|board, packet| {
            // good results of frames under way count, wherever they turn up
            let _ = board.receive(packet, flight, answer);
        })?;
        self.restore(&why)?;
        self.damaged = 0;
        let mut jobs = flight.lose_all();
        let rest = jobs.split_off(jobs.len().min(1));
        self.send_again(rest, flight);
        self.lose(jobs, &why, flight, answer);
        Ok(())
    }

    /// Reads the identity. After a transfer that failed no other one begins before this has seen the card.
    pub(crate) fn look(&self) -> Result<(), BoardError> {
        identity::check(&self.name, self.registers.as_ref(), &self.gate)
    }

    /// Calls off all orders that have not begun, and waits for those that have; not on a card that is gone.
    fn quiesce(&mut self, mut packet: impl FnMut(&mut Self, Result<crate::ResultPacket, crate::Damage>)) -> Result<(), BoardError> {
        self.age.end();
        self.look()?;
        while self.writing + self.reading > 0 {
            if let Event::Read(Ok(received)) = self.event()? {
                packet(self, received);
            }
        }
        self.current = self.age.now();
        Ok(())
    }

    /// Resets and loads until the engine holds the program, or gives up.
    fn restore(&mut self, why: &str) -> Result<(), BoardError> {
        let mut last = why.to_string();
        loop {
            if self.resets >= self.options.resets {
                return Err(BoardError::NotRecovered { board: self.name.clone(), times: self.resets, last });
            }
            self.resets += 1;
            self.spent.resets += 1;
            self.quiesce(|_, _| ())?;
            match self.reset_and_load() {
                Ok(()) => return Ok(()),
                Err(Fault::Fatal(error @ BoardError::NotLoaded { .. })) if self.resets >= self.options.resets => return Err(error),
                Err(Fault::Fatal(error @ BoardError::NotLoaded { .. })) => last = error.to_string(),
                Err(Fault::Fatal(error)) => return Err(error),
                Err(Fault::Transfer(error)) if !error.is_transient() => return Err(self.gone_or(error.into())),
                Err(fault) => last = describe(&fault),
            }
        }
    }

    /// From any state of the engine to one with the program in it and nothing else. No transfer is under way.
    fn reset_and_load(&mut self) -> Result<(), Fault> {
        self.look()?;
        match self.reset().map_err(Fault::Transfer)? {
            0 => self.load(),
            errors => Err(Fault::Unclean { errors }),
        }
    }

    /// A soft reset, which also ends traces that were left on: once to stop what runs, and once more when beats left in the stream's buffers have run out into
    /// the parser. Gives the errors that the engine reports afterwards.
    fn reset(&mut self) -> Result<u32, xdma::Error> {
        for _ in 0..2 {
            self.registers.write(register::CONTROL, CONTROL_RESET)?;
            self.engine_clock.cleared(Instant::now());
            std::thread::sleep(SETTLE);
        }
        self.registers.read(register::ERRORS)
    }

    /// Writes the program and waits until it is valid.
    fn load(&mut self) -> Result<(), Fault> {
        let stream = self.program.stream();
        for part in stream.chunks(PROGRAM_WRITE) {
            let mut buffer = self.buffer(part.len())?;
            buffer[..part.len()].copy_from_slice(part);
            self.order(buffer, part.len())?;
            while self.writing > 0 {
                match self.event()? {
                    Event::Written(Err(error)) | Event::Read(Err(error)) => return Err(Fault::Transfer(error)),
                    Event::Cancelled(_) => return Err(Fault::CalledOff),
                    // what a read brings here is of no frame
                    Event::Written(Ok(())) | Event::Read(Ok(_)) => {}
                }
            }
        }
        let begun = Instant::now();
        loop {
            let found = identity::program(self.registers.as_ref()).map_err(Fault::Transfer)?;
            if found == self.program.hash {
                return Ok(());
            }
            let read = |offset| self.registers.read(offset).map_err(Fault::Transfer);
            let errors = read(register::ERRORS)?;
            if errors != 0 || begun.elapsed() > COMMIT {
                self.look()?;
                let status = read(register::STATUS)?;
                let (board, expected) = (self.name.clone(), self.program.hash);
                return Err(BoardError::NotLoaded { board, found, expected, status, errors }.into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// `error`, or that the card is gone where its registers say so.
    fn gone_or(&self, error: BoardError) -> BoardError {
        match self.look() {
            Err(gone @ (BoardError::Gone { .. } | BoardError::Unconfigured { .. })) => gone,
            _ => error,
        }
    }
}

fn describe(fault: &Fault) -> String {
    match fault {
        Fault::Transfer(error) => error.to_string(),
        Fault::Program { found } => format!("the engine holds program {found:#018x}"),
        Fault::Unclean { errors } => format!("the engine was not clean after a reset (ERRORS {errors:#x})"),
        Fault::CalledOff => "a transfer was called off by an earlier fault".into(),
        Fault::Fatal(error) => error.to_string(),
    }
}
