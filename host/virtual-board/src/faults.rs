//! What goes wrong on a virtual board, drawn at random from a seed or told in advance.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use std::time::Duration;

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// A write takes its time, and succeeds.
    DelayWrite,
    /// A part of a write arrives; it then times out.
    StuckWrite,
    /// A part of a write arrives, and its length is returned.
    ShortWrite,
    /// A part of a write arrives; it then fails with EIO.
    ErrorWrite,
    /// The engine is reset in the middle of a write, which goes on.
    Reset,
    /// Before a write another host loads its program.
    Swap,
    /// A read takes its time, and succeeds.
    DelayRead,
    /// A read times out, and its packet is lost.
    StuckRead,
    /// A read fails with EIO, and its packet is lost.
    ErrorRead,
    /// A packet is cut short.
    ShortRead,
    /// A bit of a packet is flipped.
    Corrupt,
    /// A packet is lost without a sign.
    Lose,
    /// A read is broken off, as by a signal: it fails at once with ETIMEDOUT, and the rest of its packet is the next
    /// read's.
    CutRead,
    /// The card leaves the bus before a write, for good. This and what follows is never drawn unless it is asked for.
    Gone,
    /// The card leaves the bus before a read, for good.
    GoneRead,
    /// The PCI device is removed before a write: the driver refuses whatever begins from then on.
    Removed,
    /// The card loses its configuration before a write: registers read zeros, transfers time out.
    Blank,
}

/// The card as the bus sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Card {
    /// In order.
    #[default]
    Present,
    /// Off the bus: registers read ones, transfers time out.
    Gone,
    /// Its PCI device was removed: EINVAL for registers and transfers; what was under way times out.
    Removed,
    /// Without its configuration: registers read zeros, transfers time out.
    Blank,
}

impl Fault {
    /// All of them, with the names that descriptions use.
    pub const NAMES: [(&'static str, Self); 17] = [
        ("delay-write", Self::DelayWrite),
        ("stuck-write", Self::StuckWrite),
        ("short-write", Self::ShortWrite),
        ("eio-write", Self::ErrorWrite),
        ("reset", Self::Reset),
        ("swap", Self::Swap),
        ("delay-read", Self::DelayRead),
        ("stuck-read", Self::StuckRead),
        ("eio-read", Self::ErrorRead),
        ("short-read", Self::ShortRead),
        ("corrupt", Self::Corrupt),
        ("lose", Self::Lose),
        ("cut-read", Self::CutRead),
        ("gone", Self::Gone),
        ("gone-read", Self::GoneRead),
        ("removed", Self::Removed),
        ("blank", Self::Blank),
    ];

    /// Whether it strikes a write, else a read.
    pub fn strikes_write(self) -> bool {
        use Fault::*;
        matches!(self, DelayWrite | StuckWrite | ShortWrite | ErrorWrite | Reset | Swap | Gone | Removed | Blank)
    }
}

impl Fault {
    /// What becomes of the card for good; `None` for a fault that passes.
    pub fn card(self) -> Option<Card> {
        match self {
            Self::Gone | Self::GoneRead => Some(Card::Gone),
            Self::Removed => Some(Card::Removed),
            Self::Blank => Some(Card::Blank),
            _ => None,
        }
    }

    /// Those that pass, with their names.
    pub fn passing() -> impl Iterator<Item = (&'static str, Self)> {
        Self::NAMES.into_iter().filter(|(_, fault)| fault.card().is_none())
    }
}

/// When which fault strikes. The same seed and the same order of transfers give the same faults.
#[derive(Clone, Debug)]
pub struct Faults {
    /// Chance of a fault in each transfer.
    pub rate: f64,
    /// Which faults are drawn.
    pub kinds: Vec<Fault>,
    /// Faults at the n-th write or read, counted from 1.
    pub script: Vec<(Fault, u64)>,
    /// Longest delay of a delayed transfer.
    pub delay: Duration,
    rng: StdRng,
    writes: u64,
    reads: u64,
}

impl Faults {
    /// No faults.
    pub fn none() -> Self {
        Self::random(0.0, 0)
    }

    /// Every fault that passes, with chance `rate`.
    pub fn random(rate: f64, seed: u64) -> Self {
        let kinds = Fault::passing().map(|(_, fault)| fault).collect();
        let (delay, rng) = (Duration::from_millis(20), StdRng::seed_from_u64(seed));
        Self { rate, kinds, script: vec![], delay, rng, writes: 0, reads: 0 }
    }

    /// `fault` at its `n`-th transfer, and nothing else.
    pub fn at(fault: Fault, n: u64) -> Self {
        Self { script: vec![(fault, n)], ..Self::none() }
    }

    /// The fault of the next write.
    pub(crate) fn write(&mut self) -> Option<Fault> {
        self.writes += 1;
        self.draw(self.writes, true)
    }

    /// The fault of the next read.
    pub(crate) fn read(&mut self) -> Option<Fault> {
        self.reads += 1;
        self.draw(self.reads, false)
    }

    fn draw(&mut self, number: u64, write: bool) -> Option<Fault> {
        let told = self.script.iter().find(|(fault, at)| fault.strikes_write() == write && *at == number);
        if let Some((fault, _)) = told {
            return Some(*fault);
        }
        if self.rate == 0.0 || !self.rng.random_bool(self.rate) {
            return None;
        }
        let kinds: Vec<Fault> = self.kinds.iter().copied().filter(|fault| fault.strikes_write() == write).collect();
        kinds.choose(&mut self.rng).copied()
    }

    /// How long a delayed transfer takes.
    pub(crate) fn pause(&mut self) -> Duration {
        self.delay.mul_f64(self.rng.random())
    }

    /// A number below `end`, which is at least 1.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end.max(1))
    }
}
