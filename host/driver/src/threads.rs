//! One thread that writes and one that reads, each asleep in a transfer most of the time.

use crate::packet::{Damage, ResultPacket};
use crate::ports::{FromBoard, ToBoard};
use crate::spent::TransferClock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;
use xdma::{DmaBuf, Pool, SignalsBlocked, PAGE};

/// What a thread reports; one event for every order.
pub(crate) enum Event {
    /// A write ended. The buffer is back in its pool.
    Written(Result<(), xdma::Error>),
    /// An order of an age that is over: nothing was moved.
    Cancelled(Order),
    /// A read ended.
    Read {
        /// When it began.
        begun: Instant,
        /// What came.
        outcome: Result<Result<ResultPacket, Damage>, xdma::Error>,
    },
}

/// Which kind of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Write,
    Read,
}

/// The age of orders: raised to call off all that have not begun.
#[derive(Clone, Debug, Default)]
pub(crate) struct Age(Arc<AtomicU64>);

impl Age {
    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn end(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

/// An order to write.
pub(crate) struct Batch {
    pub age: u64,
    pub buffer: DmaBuf,
    pub bytes: usize,
}

pub(crate) fn writer(
    mut port: Box<dyn ToBoard>,
    age: Age,
    clock: Arc<TransferClock>,
    orders: Receiver<Batch>,
    events: Sender<Event>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("board-writer".into()).spawn(move || {
        // the driver ends a transfer on any signal
        let _blocked = SignalsBlocked::new();
        for Batch { age: ordered, buffer, bytes } in orders {
            let event = if ordered == age.now() {
                let written = clock.time_write(|| port.write(buffer, bytes)).map(drop);
                if written.is_err() {
                    // The stream broke off inside a packet: more bytes would complete it, wrong and unnoticed.
                    age.end();
                }
                Event::Written(written)
            } else {
                Event::Cancelled(Order::Write)
            };
            if events.send(event).is_err() {
                return;
            }
        }
    })
}

/// Orders are ages: one read each.
pub(crate) fn reader(
    mut port: Box<dyn FromBoard>,
    age: Age,
    clock: Arc<TransferClock>,
    pool: Pool,
    orders: Receiver<u64>,
    events: Sender<Event>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("board-reader".into()).spawn(move || {
        // the driver ends a transfer on any signal
        let _blocked = SignalsBlocked::new();
        for ordered in orders {
            let event = if ordered == age.now() {
                let begun = Instant::now();
                let page = pool.take(PAGE).map_err(|cause| xdma::Error::transfer("reading", "memory".as_ref(), PAGE, cause));
                let packet = page.and_then(|page| clock.time_read(|| port.read(page)));
                Event::Read { begun, outcome: packet.map(|(page, length)| ResultPacket::parse(&page[..length.min(PAGE)])) }
            } else {
                Event::Cancelled(Order::Read)
            };
            if events.send(event).is_err() {
                return;
            }
        }
    })
}
