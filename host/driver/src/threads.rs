//! One thread that writes and one that reads, each asleep in a transfer most of the time.
//!
//! These two calls are all the transfers that there are, and both pass the gate: after a transfer that failed neither
//! thread begins another one before [`crate::identity::check`] has seen that the card is there.

use crate::packet::{Damage, ResultPacket};
use crate::ports::{FromBoard, ToBoard};
use crate::spent::TransferClock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::Arc;
use std::thread::JoinHandle;
use xdma::{DmaBuf, ErrorKind, Gate, Pool, SignalsBlocked, PAGE};

/// What a thread reports; one event for every order.
pub(crate) enum Event {
    /// A write ended. The buffer is back in its pool.
    Written(Result<(), xdma::Error>),
    /// An order of an age that is over, or behind a closed gate: nothing was moved.
    Cancelled(Order),
    /// A read ended: what came.
    Read(Result<Result<ResultPacket, Damage>, xdma::Error>),
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

/// Runs the transfer of an order of age `ordered` through the gate; `None` when it is called off.
fn called_for<T>(
    ordered: u64,
    age: &Age,
    gate: &Gate,
    transfer: impl FnOnce() -> Result<T, xdma::Error>,
) -> Option<Result<T, xdma::Error>> {
    if ordered != age.now() {
        return None;
    }
    // the port's own gate may have closed in between
    gate.pass(transfer).filter(|outcome| !matches!(outcome, Err(error) if matches!(error.kind(), ErrorKind::Suspended)))
}

pub(crate) fn writer(
    mut port: Box<dyn ToBoard>,
    gate: Gate,
    age: Age,
    clock: Arc<TransferClock>,
    orders: Receiver<Batch>,
    events: Sender<Event>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("board-writer".into()).spawn(move || {
        // the driver ends a transfer on any signal
        let _blocked = SignalsBlocked::new();
        for Batch { age: ordered, buffer, bytes } in orders {
            // A stream that broke off inside a packet takes no more: the next bytes would complete it, wrong and unnoticed.
            let written = called_for(ordered, &age, &gate, || clock.time_write(|| port.write(buffer, bytes)).map(drop));
            let event = written.map_or(Event::Cancelled(Order::Write), Event::Written);
            if events.send(event).is_err() {
                return;
            }
        }
    })
}

/// Orders are ages: one read each.
pub(crate) fn reader(
    mut port: Box<dyn FromBoard>,
    gate: Gate,
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
            let packet = match pool.take(PAGE) {
                Ok(page) => called_for(ordered, &age, &gate, || clock.time_read(|| port.read(page))),
                Err(cause) => Some(Err(xdma::Error::transfer("reading", "memory".as_ref(), PAGE, cause))),
            };
            let parse = |(page, length): (DmaBuf, usize)| ResultPacket::parse(&page[..length.min(PAGE)]);
            let event = packet.map_or(Event::Cancelled(Order::Read), |packet| Event::Read(packet.map(parse)));
            if events.send(event).is_err() {
                return;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::sync::mpsc::{channel, sync_channel, SyncSender};
    use xdma::Error;

    /// A port whose every transfer waits to be told how it ends.
    struct Told {
        begun: SyncSender<()>,
        end: Receiver<bool>,
    }

    fn told() -> (Told, Receiver<()>, SyncSender<bool>) {
        let ((begun, begins), (ends, end)) = (sync_channel(0), sync_channel(0));
        (Told { begun, end }, begins, ends)
    }

    impl Told {
        fn transfer(&self) -> Result<(), Error> {
            self.begun.send(()).expect("the test listens");
            let good = self.end.recv().expect("the test tells");
            good.then_some(()).ok_or_else(|| Error::new("moving", Path::new("test"), ErrorKind::TimedOut))
        }
    }

    impl ToBoard for Told {
        fn write(&mut self, buffer: DmaBuf, _: usize) -> Result<DmaBuf, Error> {
            self.transfer().map(|()| buffer)
        }
    }

    impl FromBoard for Told {
        fn read(&mut self, page: DmaBuf) -> Result<(DmaBuf, usize), Error> {
            self.transfer().map(|()| (page, 0))
        }
    }

    /// Both threads with two orders each; the first write is under way, and the first read too.
    #[test]
    fn neither_thread_begins_anything_after_a_failure_of_the_other_or_its_own() {
        for (write_fails, read_fails) in [(true, false), (false, true), (true, true)] {
            let (gate, age, pool, clock) = (Gate::new(), Age::default(), Pool::new(), Arc::new(TransferClock::default()));
            let (write, writes_begin, write_ends) = told();
            let (read, reads_begin, read_ends) = told();
            let ((batches, orders), (reads, ages), (sender, events)) = (channel(), channel(), channel());
            let threads = [
                writer(Box::new(write), gate.clone(), age.clone(), clock.clone(), orders, sender.clone()).expect("it starts"),
                reader(Box::new(read), gate.clone(), age.clone(), clock, pool.clone(), ages, sender).expect("it starts"),
            ];
            for _ in 0..2 {
                batches.send(Batch { age: 0, buffer: pool.take(PAGE).expect("memory"), bytes: 8 }).expect("sent");
                reads.send(0).expect("sent");
            }
            writes_begin.recv().expect("it begins");
            reads_begin.recv().expect("it begins");
            let first = |write: bool| {
                if write { &write_ends } else { &read_ends }.send(if write { !write_fails } else { !read_fails }).expect("it waits");
                events.recv().expect("an event")
            };
            // the one that fails ends first, so that the other one's next order comes after it
            let failed = first(write_fails);
            assert!(matches!(failed, Event::Written(Err(_)) | Event::Read(Err(_))));
            let mut called_off = vec![];
            let mut keep = |event| {
                if let Event::Cancelled(order) = event {
                    called_off.push(order);
                }
            };
            keep(first(!write_fails));
            (0..2).for_each(|_| keep(events.recv().expect("an event")));
            called_off.sort_by_key(|order| *order == Order::Read);
            assert_eq!(called_off, [Order::Write, Order::Read], "nothing began");
            // a look at a card that is gone changes nothing, at one that is there everything
            for (identity, begins) in [(u32::MAX, false), (7, true)] {
                gate.look(|| Ok(identity)).expect("read");
                reads.send(0).expect("sent");
                if begins {
                    reads_begin.recv().expect("it begins");
                    read_ends.send(true).expect("it waits");
                }
                assert_eq!(matches!(events.recv().expect("an event"), Event::Read(Ok(_))), begins);
            }
            drop((batches, reads));
            threads.into_iter().for_each(|thread| thread.join().expect("it ends"));
        }
    }
}
