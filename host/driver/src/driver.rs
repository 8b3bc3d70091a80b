//! A programmed board: batches of frames out, results in.

use crate::error::BoardError;
use crate::flight::{Flight, Job, Landing};
use crate::identity;
use crate::options::Options;
use crate::packet::{Damage, ResultPacket};
use crate::ports::{Ports, RegisterPort};
use crate::spent::{EngineClock, Spent, TransferClock};
use crate::statistics::{Counters, LayerStatistics};
use crate::threads::{self, Age, Batch, Event, Order};
use net::compiler::{self, Program};
use net::model::Network;
use net::photo::Pixels;
use std::sync::mpsc::{channel, Receiver, RecvTimeoutError, Sender};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use xdma::{Device, Gate, Nodes, Pool};

/// Bytes of the engine's registers.
const REGISTER_BYTES: u32 = 0x1000;
/// Batches being written or queued for it: one on its way and one ready behind it.
const WRITES: usize = 2;
/// Batches whose frames are under way, counted until their results are here.
const BATCHES: usize = 4;

/// One frame to classify: HWC bytes, red green blue, of the model's input size, with a caller's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The caller's number, which comes back with the result.
    pub sequence: u32,
    /// The pixels, which whoever gave them may hold as well.
    pub image: Pixels,
}

/// A board with a program in its engine. Two threads belong to it; dropped, it ends them.
pub struct EngineDriver {
    pub(crate) name: String,
    pub(crate) program: Program,
    pub(crate) options: Options,
    pub(crate) registers: Box<dyn RegisterPort>,
    pub(crate) pool: Pool,
    /// Closed by a transfer that failed, opened by [`EngineDriver::look`].
    pub(crate) gate: Gate,
    pub(crate) age: Age,
    /// The age that orders belong to.
    pub(crate) current: u64,
    writes: Sender<Batch>,
    reads: Sender<u64>,
    pub(crate) events: Receiver<Event>,
    threads: Vec<JoinHandle<()>>,
    /// Orders that have not come back.
    pub(crate) writing: usize,
    pub(crate) reading: usize,
    /// Packets since the last good result that nothing could be made of: each is the result of some frame under way.
    pub(crate) damaged: usize,
    /// The next frame's number on the wire.
    wire: u32,
    /// Resets since the last result.
    pub(crate) resets: u32,
    transfers: Arc<TransferClock>,
    pub(crate) engine_clock: EngineClock,
    /// What this thread counts of it: results, their cycles, packing.
    pub(crate) spent: Spent,
}

impl EngineDriver {
    /// Opens board `nodes`, checks the engine behind it, compiles `network` for it, resets it and loads the program: a
    /// program that was killed may have left half a frame in it, which shows in no register.
    ///
    /// # Errors
    /// The nodes cannot be opened, there is no engine of this version, or the network does not fit it.
    pub fn open(nodes: Nodes, network: &Network, options: Options) -> Result<Self, BoardError> {
        let device = Device::open(nodes)?;
        let name = format!("xdma:{}", device.nodes().index());
        let ports = Ports {
            to_board: Box::new(device.h2c(0)?),
            from_board: Box::new(device.c2h(0)?),
            registers: Box::new(device.registers(REGISTER_BYTES)?),
            gate: device.gate().clone(),
            pool: device.pool().clone(),
        };
        Self::with_ports(name, ports, network, options)
    }

    /// [`EngineDriver::open`] on any ports; errors call the board `name`.
    ///
    /// # Errors
    /// Those of [`EngineDriver::open`].
    pub fn with_ports(name: String, ports: Ports, network: &Network, options: Options) -> Result<Self, BoardError> {
        let Ports { to_board, from_board, registers, gate, pool } = ports;
        identity::check(&name, registers.as_ref(), &gate)?;
        let config = identity::config(&name, registers.as_ref())?;
        let program =
            compiler::compile(network, &config).map_err(|cause| BoardError::Model { board: name.clone(), cause: Box::new(cause) })?;
        let (age, (writes, batches), (reads, ages), (sender, events)) = (Age::default(), channel(), channel(), channel());
        let memory = |cause| BoardError::Memory { board: name.clone(), cause };
        let transfers = Arc::new(TransferClock::default());
        let writer = threads::writer(to_board, gate.clone(), age.clone(), transfers.clone(), batches, sender.clone()).map_err(memory)?;
        let reader =
            threads::reader(from_board, gate.clone(), age.clone(), transfers.clone(), pool.clone(), ages, sender).map_err(memory)?;
        // numbers that differ from those of a run before this one, whose results may still come
        let wire = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_micros() as u32);
        let current = age.now();
        let (writing, reading, damaged, resets) = (0, 0, 0, 0);
        let engine_clock = EngineClock::new(Counters::read(registers.as_ref())?, Instant::now());
        let mut board = Self {
            name,
            program,
            options,
            registers,
            pool,
            gate,
            age,
            current,
            writes,
            reads,
            events,
            threads: vec![writer, reader],
            writing,
            reading,
            damaged,
            wire,
            resets,
            transfers,
            engine_clock,
            spent: Spent::default(),
        };
        board.begin()?;
        Ok(board)
    }

    /// What errors and reports call it, for example `xdma:0`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The program that the engine runs.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Frames that are under way at a time; runs of several times as many keep the board busy.
    pub fn depth(&self) -> usize {
        BATCHES * self.frames_a_batch()
    }

    /// Frames sent again so far, after faults.
    pub fn resent(&self) -> u64 {
        self.spent.resent
    }

    /// What was spent since it was opened. Looks at the engine's counters, which have 32 bits: cycles are right when calls
    /// are less than 2^32 of them apart (17 s at 250 MHz). What they held since the last call is lost in a reset.
    ///
    /// # Errors
    /// A register cannot be read.
    pub fn spent(&mut self) -> Result<Spent, BoardError> {
        let counters = self.counters()?;
        let mut spent = Spent { engine: self.engine_clock.look(counters, Instant::now()), ..self.spent };
        self.transfers.add_to(&mut spent);
        Ok(spent)
    }

    /// The engine's counters.
    ///
    /// # Errors
    /// A register cannot be read.
    pub fn counters(&self) -> Result<Counters, BoardError> {
        Ok(Counters::read(self.registers.as_ref())?)
    }

    /// Cycles and signature of every layer, of the latest frame.
    ///
    /// # Errors
    /// A register cannot be read.
    pub fn layers(&self) -> Result<Vec<LayerStatistics>, BoardError> {
        let layers = self.program.layers.iter().enumerate();
        Ok(layers.map(|(n, plan)| LayerStatistics::read(self.registers.as_ref(), n, &plan.layer.name)).collect::<Result<_, _>>()?)
    }

    fn frames_a_batch(&self) -> usize {
        (self.options.batch_bytes.min(xdma::MAX_TRANSFER) / self.program.frame_bytes()).max(1)
    }

    /// Runs `frames` and calls `answer` once for each, with the frame's number and its sums (one a class) or why there
    /// are none, as results come.
    ///
    /// # Errors
    /// The board cannot be used any more; frames without an answer have none.
    pub fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(u32, Result<Vec<u32>, BoardError>)) -> Result<(), BoardError> {
        self.resume()?;
        let mut flight = Flight::new(self.refuse_wrong_sizes(frames, answer));
        while !flight.is_over() {
            if let Err(fault) = self.keep_busy(&mut flight).and_then(|()| self.step(&mut flight, answer)) {
                self.mend(fault, &mut flight, answer)?;
            }
        }
        Ok(())
    }

    fn refuse_wrong_sizes(&self, frames: Vec<Frame>, answer: &mut dyn FnMut(u32, Result<Vec<u32>, BoardError>)) -> Vec<Frame> {
        let expected = [self.program.height, self.program.width, 3];
        let (right, wrong): (Vec<_>, Vec<_>) = frames.into_iter().partition(|frame| frame.image.shape() == expected);
        for frame in wrong {
            let (board, found) = (self.name.clone(), frame.image.shape().to_vec());
            answer(frame.sequence, Err(BoardError::Image { board, found, expected: expected.to_vec() }));
        }
        right
    }

    /// Sends batches while there is room, and asks for as many results as are owed.
    fn keep_busy(&mut self, flight: &mut Flight) -> Result<(), Fault> {
        let (frames, bytes) = (self.frames_a_batch(), self.program.frame_bytes());
        while flight.is_waiting() && self.writing < WRITES && flight.under_way() + frames <= self.depth() {
            let mut buffer = self.buffer(frames * bytes)?;
            let begun = Instant::now();
            let mut sent = 0;
            for packet in buffer.chunks_exact_mut(bytes).take(frames) {
                let Some(job) = flight.next() else { break };
                self.program.frame_into(job.frame.image.view(), self.wire, packet);
                flight.depart(self.wire, job);
                self.wire = self.wire.wrapping_add(1);
                sent += 1;
            }
            self.spent.packing += begun.elapsed();
            // the engine does not go on when nobody takes its results: ask for them before the batch is written
            self.ask_for_owed(flight)?;
            self.order(buffer, sent * bytes)?;
        }
        self.ask_for_owed(flight)
    }

    fn ask_for_owed(&mut self, flight: &Flight) -> Result<(), Fault> {
        while self.reading + self.damaged < flight.under_way() {
            self.reads.send(self.current).map_err(|_| self.threads_ended())?;
            self.reading += 1;
        }
        Ok(())
    }

    pub(crate) fn buffer(&self, bytes: usize) -> Result<xdma::DmaBuf, BoardError> {
        self.pool.take(bytes).map_err(|cause| BoardError::Memory { board: self.name.clone(), cause })
    }

    /// Has the first `bytes` bytes of `buffer` written.
    pub(crate) fn order(&mut self, buffer: xdma::DmaBuf, bytes: usize) -> Result<(), BoardError> {
        self.writes.send(Batch { age: self.current, buffer, bytes }).map_err(|_| self.threads_ended())?;
        self.writing += 1;
        Ok(())
    }

    fn threads_ended(&self) -> BoardError {
        BoardError::Threads { board: self.name.clone() }
    }

    /// Waits for the next thing that a thread reports, and says when that takes long.
    pub(crate) fn event(&mut self) -> Result<Event, BoardError> {
        let limit = self.options.limit();
        let notice = limit.min(self.options.notice);
        let event = self.events.recv_timeout(notice).or_else(|error| match error {
            RecvTimeoutError::Timeout if notice < limit => {
                let seconds = notice.as_secs_f64();
                tracing::warn!("{}: no transfer has ended for {seconds:.1} s; {}", self.name, self.options.bound());
                self.events.recv_timeout(limit - notice)
            }
            error => Err(error),
        });
        match event {
            Ok(event) => {
                self.count(&event);
                Ok(event)
            }
            Err(RecvTimeoutError::Timeout) => {
                let (board, seconds, timeouts) = (self.name.clone(), limit.as_secs(), self.options.timeouts);
                Err(BoardError::Silent { board, seconds, timeouts })
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.threads_ended()),
        }
    }

    /// One order less that has not come back.
    pub(crate) fn count(&mut self, event: &Event) {
        match event {
            Event::Written(_) | Event::Cancelled(Order::Write) => self.writing = self.writing.saturating_sub(1),
            Event::Read(_) | Event::Cancelled(Order::Read) => self.reading = self.reading.saturating_sub(1),
        }
    }

    fn step(&mut self, flight: &mut Flight, answer: &mut dyn FnMut(u32, Result<Vec<u32>, BoardError>)) -> Result<(), Fault> {
        match self.event()? {
            Event::Written(outcome) => outcome.map_err(Fault::Transfer),
            // behind the failure that called it off, which is reported itself
            Event::Cancelled(_) => Ok(()),
            Event::Read(outcome) => self.receive(outcome.map_err(Fault::Transfer)?, flight, answer),
        }
    }

    /// A packet came: answers its frame, and sends those before it again, whose results are lost.
    pub(crate) fn receive(
        &mut self,
        packet: Result<ResultPacket, Damage>,
        flight: &mut Flight,
        answer: &mut dyn FnMut(u32, Result<Vec<u32>, BoardError>),
    ) -> Result<(), Fault> {
        let result = match packet {
            Ok(result) => result,
            Err(damage) => {
                tracing::debug!("{}: {damage}", self.name);
                self.damaged += 1;
                // which frame's it was shows when the next result comes; after the last one none does
                if self.reading == 0 {
                    self.damaged = 0;
                    self.lose(flight.lose_all(), &damage.to_string(), flight, answer);
                }
                return Ok(());
            }
        };
        if result.program_hash != self.program.hash || result.sums.len() != self.program.classes {
            return Err(Fault::Program { found: result.program_hash });
        }
        if let Landing::Frame { job, lost } = flight.land(result.sequence) {
            (self.resets, self.damaged) = (0, 0);
            self.spent.results += 1;
            self.spent.result_cycles += u64::from(result.cycles);
            answer(job.frame.sequence, Ok(result.sums));
            self.lose(lost, "its result was damaged or left out", flight, answer);
        }
        Ok(())
    }

    /// Counts a loss against `jobs` and sends them again, or gives them up.
    pub(crate) fn lose(
        &mut self,
        jobs: Vec<Job>,
        why: &str,
        flight: &mut Flight,
        answer: &mut dyn FnMut(u32, Result<Vec<u32>, BoardError>),
    ) {
        let mut again = Vec::with_capacity(jobs.len());
        for mut job in jobs {
            job.losses += 1;
            if job.losses < self.options.losses {
                again.push(job);
            } else {
                let (board, times, last) = (self.name.clone(), job.losses, why.to_string());
                answer(job.frame.sequence, Err(BoardError::FrameLost { board, times, last }));
            }
        }
        self.send_again(again, flight);
    }

    pub(crate) fn send_again(&mut self, jobs: Vec<Job>, flight: &mut Flight) {
        self.spent.resent += jobs.len() as u64;
        flight.again(jobs);
    }
}

impl Drop for EngineDriver {
    fn drop(&mut self) {
        self.age.end();
        // without a sender a thread ends after what it is doing
        (self.writes, self.reads) = (channel().0, channel().0);
        // one inside a transfer takes as long as the driver's timeout: it ends by itself, and its files with it
        if self.writing + self.reading == 0 {
            for thread in self.threads.drain(..) {
                // a panic there has been reported
                let _ = thread.join();
            }
        }
    }
}

/// What interrupts a run.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A transfer failed.
    Transfer(xdma::Error),
    /// A result of another program.
    Program { found: u64 },
    /// The engine reports errors after a reset.
    Unclean { errors: u32 },
    /// A transfer was called off by a fault that nobody waits for any more.
    CalledOff,
    /// Nothing mends this.
    Fatal(BoardError),
}

impl From<BoardError> for Fault {
    fn from(error: BoardError) -> Self {
        Self::Fatal(error)
    }
}
