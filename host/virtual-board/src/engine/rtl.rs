//! The Verilated engine, on a thread of its own that moves its clock while there is something to do.

use super::{BoardEngine, Wake};
use contract::interface::{register, StreamKind, BEAT_BYTES, CONTROL_RESET, STATUS_BUSY, STATUS_FRAME_WAITING};
use contract::packet::HeaderIn;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{channel, sync_channel, Receiver, Sender, SyncSender, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Cycles between two looks at the streams: some milliseconds of simulation, and longer than a result takes to leave.
const SLICE: u64 = 2_000;
/// Beats that wait for the engine's input; about four slices' worth, as a core's own buffers would hold them.
const QUEUE: usize = 8_192;
/// Packets that wait for the host; then the engine's output stalls the stream.
const WAITING: usize = 8;
/// Slices without work after which the clock stands still.
const IDLE_SLICES: u32 = 3;

enum Command {
    Write(Vec<u64>),
    Read(u32, SyncSender<u32>),
    Set(u32, u32),
}

impl Command {
    /// Beats that it queues.
    fn beats(&self) -> usize {
        match self {
            Self::Write(beats) => beats.len(),
            Self::Read(..) | Self::Set(..) => 0,
        }
    }
}

/// What both threads see.
#[derive(Default)]
struct Shared {
    packets: Mutex<VecDeque<Vec<u8>>>,
    /// Beats that the engine has not taken.
    queued: AtomicUsize,
    cycles: AtomicU64,
    failure: Mutex<Option<String>>,
    wake: Mutex<Option<Wake>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // what is locked here is whole at any time
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A simulated engine.
pub struct Rtl {
    commands: Sender<Command>,
    shared: Arc<Shared>,
    /// Bytes that do not make a beat yet.
    odd: Vec<u8>,
}

impl Rtl {
    /// Starts the thread, on which `make` builds the engine; returns when that is done.
    ///
    /// # Errors
    /// What `make` says, or that there is no thread.
    pub fn start(make: impl FnOnce() -> Result<sim::engine::SimulatedEngine, String> + Send + 'static) -> Result<Self, String> {
        let (commands, orders) = channel();
        let (ready, made) = sync_channel(1);
        let shared = Arc::new(Shared::default());
        let state = shared.clone();
        let thread = std::thread::Builder::new().name("engine".into()).spawn(move || match make() {
            Ok(engine) => {
                let _ = ready.send(Ok(()));
                run(engine, &orders, &state);
            }
            Err(error) => {
                let _ = ready.send(Err(error));
            }
        });
        thread.map_err(|error| error.to_string())?;
        made.recv().unwrap_or_else(|_| Err("the thread of the simulation ended".into()))?;
        Ok(Self { commands, shared, odd: vec![] })
    }
}

impl BoardEngine for Rtl {
    fn write(&mut self, bytes: &[u8]) -> usize {
        let queued = self.shared.queued.load(Ordering::Acquire);
        let room = QUEUE.saturating_sub(queued);
        if room == 0 || lock(&self.shared.packets).len() >= WAITING || self.failure().is_some() {
            return 0;
        }
        let taken = bytes.len().min(room * BEAT_BYTES - self.odd.len());
        self.odd.extend(&bytes[..taken]);
        let whole = self.odd.len() / BEAT_BYTES * BEAT_BYTES;
        let beat = |b: &[u8]| b.iter().rev().fold(0, |beat, &byte| beat << 8 | u64::from(byte));
        let beats: Vec<u64> = self.odd[..whole].chunks_exact(BEAT_BYTES).map(beat).collect();
        self.odd.drain(..whole);
        self.shared.queued.fetch_add(beats.len(), Ordering::AcqRel);
        // without the thread the failure is set, and the next call says so
        let _ = self.commands.send(Command::Write(beats));
        taken
    }

    fn packet(&mut self) -> Option<Vec<u8>> {
        lock(&self.shared.packets).pop_front()
    }

    fn read(&mut self, offset: u32) -> u32 {
        let (reply, value) = sync_channel(1);
        let asked = self.commands.send(Command::Read(offset, reply));
        // an engine that has stopped answers as a card that is gone
        asked.ok().and_then(|()| value.recv().ok()).unwrap_or(u32::MAX)
    }

    fn set(&mut self, offset: u32, value: u32) {
        if offset == register::CONTROL && value & CONTROL_RESET != 0 {
            self.odd.clear();
        }
        let _ = self.commands.send(Command::Set(offset, value));
    }

    fn swap_program(&mut self) {
        // the header of a program invalidates the one that is loaded
        let header = HeaderIn::new(StreamKind::Table, 0, 0).encode().to_vec();
        self.shared.queued.fetch_add(header.len(), Ordering::AcqRel);
        let _ = self.commands.send(Command::Write(header));
    }

    fn wake_with(&mut self, wake: Wake) {
        *lock(&self.shared.wake) = Some(wake);
    }

    fn cycles(&self) -> Option<u64> {
        Some(self.shared.cycles.load(Ordering::Relaxed))
    }

    fn failure(&self) -> Option<String> {
        lock(&self.shared.failure).clone()
    }
}

fn run(mut engine: sim::engine::SimulatedEngine, orders: &Receiver<Command>, shared: &Shared) {
    let mut idle = 0;
    loop {
        let order = if idle < IDLE_SLICES {
            match orders.try_recv() {
                Ok(order) => Some(order),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => return,
            }
        } else {
            match orders.recv() {
                Ok(order) => Some(order),
                Err(_) => return,
            }
        };
        let before = engine.unsent() as usize + order.as_ref().map_or(0, Command::beats);
        let outcome = match order {
            Some(order) => {
                // a read moves the clock only as far as it needs
                if !matches!(order, Command::Read(..)) {
                    idle = 0;
                }
                obey(&mut engine, order)
            }
            None => slice(&mut engine).map(|busy| idle = if busy { 0 } else { idle + 1 }),
        };
        // what was taken, or forgotten in a reset
        shared.queued.fetch_sub(before.saturating_sub(engine.unsent() as usize), Ordering::AcqRel);
        let mut came = vec![];
        while let Some(beats) = engine.try_receive_beats() {
            came.push(beats.iter().flat_map(|beat| beat.to_le_bytes()).collect::<Vec<u8>>());
        }
        lock(&shared.packets).extend(came);
        shared.cycles.store(engine.cycle(), Ordering::Relaxed);
        if let Err(error) = outcome {
            *lock(&shared.failure) = Some(error.to_string());
        }
        if let Some(wake) = lock(&shared.wake).as_ref() {
            wake();
        }
        if lock(&shared.failure).is_some() {
            return;
        }
    }
}

fn obey(engine: &mut sim::engine::SimulatedEngine, order: Command) -> Result<(), sim::engine::Error> {
    match order {
        Command::Write(beats) => engine.queue(&beats),
        Command::Read(offset, reply) => {
            // who asked may have gone
            let _ = reply.send(engine.read(offset)?);
        }
        Command::Set(register::CONTROL, value) if value & CONTROL_RESET != 0 => {
            engine.soft_reset()?;
            engine.write(register::CONTROL, value & !CONTROL_RESET)?;
        }
        Command::Set(offset, value) => engine.write(offset, value)?,
    }
    Ok(())
}

/// Lets a slice pass; says whether the engine has work.
fn slice(engine: &mut sim::engine::SimulatedEngine) -> Result<bool, sim::engine::Error> {
    let taken = engine.unsent();
    engine.advance(SLICE)?;
    if taken > 0 {
        return Ok(true);
    }
    Ok(engine.read(register::STATUS)? & (STATUS_BUSY | STATUS_FRAME_WAITING) != 0)
}
