//! The board itself: what the driver's nodes do, without the files.

use crate::engine::BoardEngine;
use crate::faults::{Card, Fault, Faults};
use crate::watch::{Stream, Watch};
use contract::interface::{register, CONTROL_RESET};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use xdma::PAGE;

pub use nix::errno::Errno;

/// Bytes that the engine is handed under one lock, so that registers and reads get their turn.
const SLICE: usize = 1 << 16;
/// Longest sleep between two looks; wakes come earlier.
const NAP: Duration = Duration::from_millis(20);
/// Interrupts of a board.
pub(crate) const EVENTS: usize = 16;
/// What a hole between packets in a long read holds: whatever was there before.
const HOLE: u8 = 0xA5;

/// When transfers are given up, as the driver's module parameters say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Of a write.
    pub h2c: Duration,
    /// Of a read.
    pub c2h: Duration,
}

impl Timeouts {
    /// The driver's defaults: ten seconds each.
    pub const DRIVER: Self = Self::both(Duration::from_secs(10));

    /// The same for both directions.
    pub const fn both(timeout: Duration) -> Self {
        Self { h2c: timeout, c2h: timeout }
    }
}

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Packets that were read.
    pub packets: u64,
    /// Bytes that were written.
    pub bytes: u64,
    /// Faults that struck.
    pub faults: u64,
    /// Soft resets.
    pub resets: u64,
    /// Transfers that were given up after their time.
    pub timed_out: u64,
    /// Transfers that should not have been issued, see [`Rig::write`].
    pub trespasses: u64,
    /// Clock cycles, of an engine that has a clock.
    pub cycles: Option<u64>,
}

struct State {
    engine: Box<dyn BoardEngine>,
    faults: Faults,
    card: Card,
    watch: Watch,
    /// What a read that was broken off left of its packet.
    rest: Option<Vec<u8>>,
    events: [bool; EVENTS],
    figures: Figures,
}

struct Inner {
    state: Mutex<State>,
    changed: Condvar,
    closed: AtomicBool,
    timeouts: Timeouts,
    /// Called after an interrupt, for whoever polls.
    on_event: Mutex<Option<Box<dyn Fn() + Send>>>,
}

/// A board that is not there. A copy is the same board.
#[derive(Clone)]
pub struct Rig(Arc<Inner>);

impl Rig {
    /// A board with `engine` on it.
    pub fn new(engine: Box<dyn BoardEngine>, timeouts: Timeouts, faults: Faults) -> Self {
        let (card, watch, rest, figures) = (Card::Present, Watch::default(), None, Figures::default());
        let state = State { engine, faults, card, watch, rest, events: [false; EVENTS], figures };
        let (state, changed, closed, on_event) = (Mutex::new(state), Condvar::new(), AtomicBool::new(false), Mutex::new(None));
        let rig = Self(Arc::new(Inner { state, changed, closed, timeouts, on_event }));
        let inner = Arc::downgrade(&rig.0);
        rig.state().engine.wake_with(Arc::new(move || {
            if let Some(inner) = inner.upgrade() {
                inner.changed.notify_all();
            }
        }));
        rig
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // every change of the state is whole before the lock is given back
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every wait; what comes after fails.
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        self.0.changed.notify_all();
    }

    fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }

    /// What has happened so far.
    pub fn figures(&self) -> Figures {
        let state = self.state();
        Figures { cycles: state.engine.cycles(), ..state.figures }
    }

    /// Why the engine has stopped for good, if it has.
    pub fn failure(&self) -> Option<String> {
        self.state().engine.failure()
    }

    /// The card as the bus sees it.
    pub fn card(&self) -> Card {
        self.state().card
    }

    /// From now on nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.state().faults = Faults::none();
    }

    /// Changes what the bus sees, whatever is under way.
    pub fn set_card(&self, card: Card) {
        self.state().card = card;
        self.0.changed.notify_all();
    }

    /// Sleeps until something changes or `deadline`; `None` at the deadline or when the board is closed.
    fn nap<'a>(&self, state: MutexGuard<'a, State>, deadline: Instant) -> Option<MutexGuard<'a, State>> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || self.is_closed() {
            return None;
        }
        Some(self.0.changed.wait_timeout(state, left.min(NAP)).unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Waits for `time`, or until the board is closed.
    fn sleep(&self, time: Duration) {
        let deadline = Instant::now() + time;
        let mut state = self.state();
        while let Some(next) = self.nap(state, deadline) {
            state = next;
        }
    }

    /// Runs `transfer` on `stream`, unless it is one that the driver must not be asked for.
    fn transfer<T>(&self, stream: Stream, transfer: impl FnOnce() -> Result<T, Errno>, whole: impl FnOnce(&T) -> bool) -> Result<T, Errno> {
        let mut state = self.state();
        let card = state.card;
        if !state.watch.allows(stream) {
            state.figures.trespasses += 1;
            tracing::error!("a transfer on {stream:?} after one that failed, and nobody has read the identity register since");
            return Err(Errno::ENOTRECOVERABLE);
        }
        drop(state);
        let outcome = if card == Card::Removed { Err(Errno::EINVAL) } else { transfer() };
        let mut state = self.state();
        state.figures.timed_out += u64::from(matches!(outcome, Err(Errno::ETIMEDOUT)));
        if !outcome.as_ref().is_ok_and(whole) {
            state.watch.failed(stream);
        }
        outcome
    }

    /// A write to stream 0.
    ///
    /// The kernel's driver frees a transfer that failed without taking it off its list when the card is gone, and the next
    /// one on that channel writes to freed memory. So this refuses, and counts, the transfer on a stream after one that
    /// failed there, until the engine's identity register or those of the XDMA core have been read, and not as ones.
    ///
    /// # Errors
    /// What the driver would say; ENOTRECOVERABLE for a transfer that must not be issued.
    pub fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        self.transfer(Stream::ToBoard, || self.write_bytes(bytes), |done| *done == bytes.len())
    }

    fn write_bytes(&self, bytes: &[u8]) -> Result<usize, Errno> {
        let deadline = Instant::now() + self.0.timeouts.h2c;
        let mut state = self.state();
        let fault = state.faults.write();
        state.figures.faults += u64::from(fault.is_some());
        let (part, pause) = (state.faults.below(bytes.len()), state.faults.pause());
        if let Some(card) = fault.and_then(Fault::card) {
            state.card = card;
        }
        if fault == Some(Fault::Swap) {
            state.engine.swap_program();
        }
        drop(state);
        match fault {
            Some(Fault::DelayWrite) => self.sleep(pause),
            Some(Fault::StuckWrite) => {
                self.deliver(&bytes[..part], deadline)?;
                self.sleep(deadline.saturating_duration_since(Instant::now()));
                return Err(Errno::ETIMEDOUT);
            }
            Some(Fault::ShortWrite) if part > 0 => {
                self.deliver(&bytes[..part], deadline)?;
                return Ok(part);
            }
            Some(Fault::ErrorWrite) => {
                self.deliver(&bytes[..part], deadline)?;
                return Err(Errno::EIO);
            }
            Some(Fault::Reset) => {
                self.deliver(&bytes[..part], deadline)?;
                self.state().engine.set(register::CONTROL, CONTROL_RESET);
                self.deliver(&bytes[part..], deadline)?;
                return Ok(bytes.len());
            }
            _ => {}
        }
        self.deliver(bytes, deadline)?;
        Ok(bytes.len())
    }

    fn deliver(&self, mut bytes: &[u8], deadline: Instant) -> Result<(), Errno> {
        let mut state = self.state();
        while !bytes.is_empty() {
            // a card that is not there takes nothing
            let taken = if state.card == Card::Present { state.engine.write(&bytes[..bytes.len().min(SLICE)]) } else { 0 };
            bytes = &bytes[taken..];
            state.figures.bytes += taken as u64;
            if taken == 0 {
                state = self.nap(state, deadline).ok_or(Errno::ETIMEDOUT)?;
            } else {
                self.0.changed.notify_all();
                // a reader that waits for the lock gets it
                drop(state);
                state = self.state();
            }
        }
        Ok(())
    }

    /// A read of `size` bytes from stream 0: a packet a page.
    ///
    /// # Errors
    /// Those of [`Rig::write`].
    pub fn read(&self, size: usize) -> Result<Vec<u8>, Errno> {
        self.transfer(Stream::FromBoard, || self.read_bytes(size), |_| true)
    }

    fn read_bytes(&self, size: usize) -> Result<Vec<u8>, Errno> {
        let deadline = Instant::now() + self.0.timeouts.c2h;
        // Hardware wants multiples of 64 bytes, and a packet that does not fit what is left of its page is lost: the
        // transfer ends in a timeout.
        let fits = size >= PAGE && size.is_multiple_of(64);
        let mut filled = vec![];
        let mut counted = 0;
        for _ in 0..(size / PAGE).max(1) {
            // the first packet is waited for; more are taken when they are there
            let wait = if filled.is_empty() { deadline } else { Instant::now() };
            let packet = match self.packet(wait) {
                Ok(packet) => packet,
                Err(_) if !filled.is_empty() => break,
                Err(error) => return Err(error),
            };
            if !fits {
                self.sleep(deadline.saturating_duration_since(Instant::now()));
                return Err(Errno::ETIMEDOUT);
            }
            filled.resize(filled.len().next_multiple_of(PAGE), HOLE);
            filled.extend(&packet);
            counted += packet.len();
        }
        // the count is that of the data, though it lies apart
        filled.truncate(counted);
        Ok(filled)
    }

    fn packet(&self, deadline: Instant) -> Result<Vec<u8>, Errno> {
        let mut state = self.state();
        loop {
            let present = state.card == Card::Present;
            let rest = state.rest.take().filter(|_| present);
            if let Some(mut packet) = rest.or_else(|| present.then(|| state.engine.packet()).flatten()) {
                let fault = state.faults.read();
                state.figures.faults += u64::from(fault.is_some());
                if let Some(card) = fault.and_then(Fault::card) {
                    state.card = card;
                    continue;
                }
                state.figures.packets += 1;
                state.events[0] = true;
                let (place, pause) = (state.faults.below(8 * packet.len()), state.faults.pause());
                if fault == Some(Fault::CutRead) {
                    state.rest = Some(packet.split_off(place / 8));
                }
                drop(state);
                self.0.changed.notify_all();
                self.interrupt();
                match fault {
                    Some(Fault::DelayRead) => self.sleep(pause),
                    Some(Fault::StuckRead) => {
                        self.sleep(deadline.saturating_duration_since(Instant::now()));
                        return Err(Errno::ETIMEDOUT);
                    }
                    Some(Fault::ErrorRead) => return Err(Errno::EIO),
                    Some(Fault::CutRead) => return Err(Errno::ETIMEDOUT),
                    Some(Fault::ShortRead) => packet.truncate(place / 8),
                    Some(Fault::Corrupt) => packet[place / 8] ^= 1 << (place % 8),
                    Some(Fault::Lose) => {
                        state = self.state();
                        continue;
                    }
                    _ => {}
                }
                return Ok(packet);
            }
            state = self.nap(state, deadline).ok_or(Errno::ETIMEDOUT)?;
        }
    }

    fn interrupt(&self) {
        if let Some(call) = self.0.on_event.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            call();
        }
    }

    pub(crate) fn on_event(&self, call: Box<dyn Fn() + Send>) {
        *self.0.on_event.lock().unwrap_or_else(PoisonError::into_inner) = Some(call);
    }

    /// Reads a register of the design. The engine decodes 12 bits of the address.
    ///
    /// # Errors
    /// A misaligned address, or a device that was removed.
    pub fn user(&self, offset: u64) -> Result<u32, Errno> {
        let offset = aligned(offset)? & 0xFFF;
        let mut state = self.state();
        let value = match state.card {
            Card::Present => state.engine.read(offset),
            other => without_a_card(other)?,
        };
        if offset == register::MAGIC {
            state.watch.looked(value);
        }
        Ok(value)
    }

    /// Writes a register of the design.
    ///
    /// # Errors
    /// A misaligned address, or a device that was removed.
    pub fn set_user(&self, offset: u64, value: u32) -> Result<(), Errno> {
        let offset = aligned(offset)? & 0xFFF;
        let mut state = self.state();
        match state.card {
            Card::Present => {
                state.figures.resets += u64::from(offset == register::CONTROL && value & CONTROL_RESET != 0);
                state.engine.set(offset, value);
            }
            other => without_a_card(other).map(drop)?,
        }
        drop(state);
        self.0.changed.notify_all();
        Ok(())
    }

    /// Reads a register of the XDMA core: the identities of both channels, streams.
    ///
    /// # Errors
    /// A misaligned address, or a device that was removed.
    pub fn control(&self, offset: u64) -> Result<u32, Errno> {
        let offset = aligned(offset)?;
        let mut state = self.state();
        let value = match (state.card, offset) {
            (Card::Present, 0x0000) => 0x1fc0_8006,
            (Card::Present, 0x1000) => 0x1fc1_8006,
            (Card::Present, _) => 0,
            (other, _) => without_a_card(other)?,
        };
        if matches!(offset, 0x0000 | 0x1000) {
            state.watch.looked(value);
        }
        Ok(value)
    }

    /// Waits for interrupt `number` and takes it. Interrupt 0 says that a result was sent; the others are not wired.
    ///
    /// # Errors
    /// The board is closed meanwhile.
    pub fn event(&self, number: usize) -> Result<(), Errno> {
        // as the driver does, without a limit
        let forever = Instant::now() + Duration::from_secs(365 * 24 * 3600);
        let mut state = self.state();
        while !std::mem::take(&mut state.events[number % EVENTS]) {
            state = self.nap(state, forever).ok_or(Errno::EINTR)?;
        }
        Ok(())
    }

    /// Whether interrupt `number` waits to be taken.
    pub fn has_event(&self, number: usize) -> bool {
        self.state().events[number % EVENTS]
    }
}

/// What every register reads as, when the card is not there.
fn without_a_card(card: Card) -> Result<u32, Errno> {
    match card {
        Card::Gone => Ok(u32::MAX),
        Card::Removed => Err(Errno::EINVAL),
        Card::Present | Card::Blank => Ok(0),
    }
}

fn aligned(offset: u64) -> Result<u32, Errno> {
    u32::try_from(offset).ok().filter(|offset| offset.is_multiple_of(4)).ok_or(Errno::EPROTO)
}
