//! The frames of one run: waiting, under way, or lost and to be sent again.

use crate::driver::Frame;
use std::collections::VecDeque;

/// A frame and how often it was lost.
#[derive(Debug)]
pub(crate) struct Job {
    pub frame: Frame,
    pub losses: u32,
}

/// A frame under way.
#[derive(Debug)]
struct Sent {
    /// Number on the wire: another for each time that it is sent, so that a late result is known as stale.
    wire: u32,
    job: Job,
}

/// What a result means for the frames under way.
#[derive(Debug)]
pub(crate) enum Landing {
    /// It is this frame's. The ones before it have lost theirs: the engine answers in order.
    Frame { job: Job, lost: Vec<Job> },
    /// It is of no frame under way: left over from before a reset, or of another run.
    Stale,
}

/// Frames in the order in which they are to be answered by the engine.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    waiting: VecDeque<Job>,
    sent: VecDeque<Sent>,
}

impl Flight {
    pub(crate) fn new(frames: Vec<Frame>) -> Self {
        Self { waiting: frames.into_iter().map(|frame| Job { frame, losses: 0 }).collect(), sent: VecDeque::new() }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.sent.is_empty()
    }

    pub(crate) fn under_way(&self) -> usize {
        self.sent.len()
    }

    /// The next frame to send.
    pub(crate) fn next(&mut self) -> Option<Job> {
        self.waiting.pop_front()
    }

    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(crate) fn depart(&mut self, wire: u32, job: Job) {
        self.sent.push_back(Sent { wire, job });
    }

    /// A result with number `wire` came.
    pub(crate) fn land(&mut self, wire: u32) -> Landing {
        let Some(position) = self.sent.iter().position(|sent| sent.wire == wire) else { return Landing::Stale };
        let mut jobs: Vec<Job> = self.sent.drain(..=position).map(|sent| sent.job).collect();
        match jobs.pop() {
            Some(job) => Landing::Frame { job, lost: jobs },
            None => Landing::Stale,
        }
    }

    /// All frames under way, none of which will get its result.
    pub(crate) fn lose_all(&mut self) -> Vec<Job> {
        self.sent.drain(..).map(|sent| sent.job).collect()
    }

    /// Sends `jobs` again, before anything else and in their order.
    pub(crate) fn again(&mut self, jobs: Vec<Job>) {
        jobs.into_iter().rev().for_each(|job| self.waiting.push_front(job));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use net::photo::Pixels;

    fn flight(frames: u32) -> Flight {
        let frame = |sequence| Frame { sequence, image: Pixels::new([0; 3], 1, 1).expect("a pixel") };
        let mut flight = Flight::new((0..frames).map(frame).collect());
        for wire in 100..100 + frames {
            let job = flight.next().expect("it waits");
            flight.depart(wire, job);
        }
        flight
    }

    fn numbers(jobs: &[Job]) -> Vec<u32> {
        jobs.iter().map(|job| job.frame.sequence).collect()
    }

    #[test]
    fn a_gap_in_the_results_is_a_loss() {
        let mut flight = flight(4);
        let Landing::Frame { job, lost } = flight.land(102) else { panic!("it is under way") };
        assert_eq!((job.frame.sequence, numbers(&lost)), (2, vec![0, 1]));
        assert!(matches!(flight.land(102), Landing::Stale), "nothing is answered twice");
        flight.again(lost);
        assert_eq!(flight.next().map(|job| job.frame.sequence), Some(0), "lost frames come first, in their order");
        assert_eq!(flight.under_way(), 1);
        assert_eq!(numbers(&flight.lose_all()), [3]);
        assert!(!flight.is_over() && flight.is_waiting());
    }
}
