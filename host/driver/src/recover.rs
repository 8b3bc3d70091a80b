//! After a fault: call off what is queued, reset the engine, load the program, send again what has no result.
//!
//! ```text
//!  fault --> wait for both threads --> identity --> reset, settle, reset --> load, check hash --> go on
//!               (driver's timeout)        |                  ^                    |
//!                                         | all ones         +--- not clean ------+   (options.resets times)
//!                                         v
//!                                   card gone: stop
//! ```

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
    /// Brings the board back after `fault` and puts the frames under way in line again. The oldest of them counts a
    /// loss: it is the one whose result was waited for.
    pub(crate) fn mend(&mut self, fault: Fault, flight: &mut Flight, answer: Answer) -> Result<(), BoardError> {
        let why = match fault {
            Fault::Fatal(error) => return Err(error),
            Fault::Transfer(error) if !error.is_transient() => return Err(self.gone_or(error.into())),
            Fault::Transfer(error) => error.to_string(),
            Fault::Program { found } => format!("a result of program {found:#018x} in place of {:#018x}", self.program.hash),
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

    /// Loads the program; when that fails in a way that a reset may mend, resets and tries again.
    pub(crate) fn load_or_restore(&mut self) -> Result<(), BoardError> {
        match self.load() {
            Ok(()) => Ok(()),
            Err(Fault::Fatal(error)) if !matches!(error, BoardError::NotLoaded { .. }) => Err(error),
            Err(fault) => self.restore(&describe(&fault)),
        }
    }

    /// Calls off all orders that have not begun, and waits for those that have.
    fn quiesce(&mut self, mut packet: impl FnMut(&mut Self, Result<crate::ResultPacket, crate::Damage>)) -> Result<(), BoardError> {
        self.age.end();
        while self.writing + self.reading > 0 {
            if let Event::Read { outcome: Ok(received), .. } = self.event()? {
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
            self.quiesce(|_, _| ())?;
            identity::check(&self.name, self.registers.as_ref())?;
            match self.reset().map_err(Fault::Transfer).and_then(|clean| if clean { self.load() } else { Ok(()) }) {
                Ok(()) if identity::program(self.registers.as_ref())? == self.program.hash => return Ok(()),
                Ok(()) => last = "the engine was not clean after a reset".into(),
                Err(Fault::Fatal(error @ BoardError::NotLoaded { .. })) if self.resets >= self.options.resets => return Err(error),
                Err(Fault::Fatal(error @ BoardError::NotLoaded { .. })) => last = error.to_string(),
                Err(Fault::Fatal(error)) => return Err(error),
                Err(Fault::Transfer(error)) if !error.is_transient() => return Err(self.gone_or(error.into())),
                Err(fault) => last = describe(&fault),
            }
        }
    }

    /// A soft reset: once to stop what runs, and once more when beats left in the stream's buffers have run out into
    /// the parser. Says whether the engine reports no errors afterwards.
    fn reset(&mut self) -> Result<bool, xdma::Error> {
        for _ in 0..2 {
            self.registers.write(register::CONTROL, CONTROL_RESET)?;
            self.engine_clock.cleared(Instant::now());
            std::thread::sleep(SETTLE);
        }
        Ok(self.registers.read(register::ERRORS)? == 0)
    }

    /// Writes the program and waits until it is valid.
    fn load(&mut self) -> Result<(), Fault> {
        let stream = self.program.stream();
        for part in stream.chunks(PROGRAM_WRITE) {
            let mut buffer = self.buffer(part.len())?;
            buffer[..part.len()].copy_from_slice(part);
            self.order(buffer, part.len())?;
            while self.writing > 0 {
                // reads may end meanwhile: what they bring is of no frame
                if let Event::Written(Err(error)) = self.event()? {
                    return Err(Fault::Transfer(error));
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
                identity::check(&self.name, self.registers.as_ref())?;
                let status = read(register::STATUS)?;
                let (board, expected) = (self.name.clone(), self.program.hash);
                return Err(BoardError::NotLoaded { board, found, expected, status, errors }.into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// `error`, or that the card is gone where its registers say so.
    fn gone_or(&self, error: BoardError) -> BoardError {
        match identity::check(&self.name, self.registers.as_ref()) {
            Err(gone @ BoardError::Gone { .. }) => gone,
            _ => error,
        }
    }
}

fn describe(fault: &Fault) -> String {
    match fault {
        Fault::Transfer(error) => error.to_string(),
        Fault::Program { found } => format!("the engine holds program {found:#018x}"),
        Fault::Fatal(error) => error.to_string(),
    }
}
