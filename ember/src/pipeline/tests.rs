//! The pipeline with devices that are slow, fail, forget or panic.

use super::*;
use crate::cancel::Cancel;
use crate::device::{Answer, DeviceError, Frame};
use crate::error::Error;
use crate::image::Image;
use crate::model::Model;
use net::photo::Pixels;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// How a mock device behaves.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// Not at all after this many frames, in mid batch.
    Fails,
    /// As `Fails`, but claims that all is well.
    Forgets,
    /// As `Fails`, by a panic.
    Panics,
}

/// Gives the first pixel of an image as its only sum.
struct Mock {
    depth: usize,
    pause: Duration,
    fault: Option<(u64, Fault)>,
    answered: u64,
    /// Set by the fault, or by another device: this one answers nothing before.
    event: Option<Arc<AtomicBool>>,
}

fn mock(depth: usize) -> Mock {
    Mock { depth, pause: Duration::ZERO, fault: None, answered: 0, event: None }
}

fn wait_until(event: impl Fn() -> bool) {
    while !event() {
        thread::sleep(Duration::from_millis(1));
    }
}

impl Device for Mock {
    fn name(&self) -> String {
        format!("mock {}", self.depth)
    }

    fn depth(&self) -> usize {
        self.depth
    }

    fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(Answer)) -> Result<(), DeviceError> {
        assert!(!frames.is_empty() && frames.len() <= self.depth);
        if let (Some(event), None) = (&self.event, self.fault) {
            wait_until(|| event.load(Ordering::SeqCst));
        }
        // last first: the order of answers is the device's affair
        for Frame { sequence, image } in frames.into_iter().rev() {
            thread::sleep(self.pause);
            match self.fault {
                Some((after, fault)) if self.answered >= after => {
                    self.event.iter().for_each(|event| event.store(true, Ordering::SeqCst));
                    match fault {
                        Fault::Fails => return Err(DeviceError::Died { device: self.name() }),
                        Fault::Forgets => return Ok(()),
                        Fault::Panics => panic!("a panic on purpose"),
                    }
                }
                _ => {}
            }
            self.answered += 1;
            answer(Answer { sequence, sums: Ok(vec![value(&image)]) });
        }
        Ok(())
    }
}

fn value(image: &Pixels) -> u32 {
    image.bytes().iter().fold(0, |value, byte| value << 8 | u32::from(*byte))
}

/// Names are numbers; the image of number n has n in its pixel. `bad` has none, and at `panic` the decoder panics.
fn load(image: &Image) -> Result<Pixels, Error> {
    let text = image.name().to_str().expect("plain names");
    assert!(text != "panic", "a panic on purpose");
    let number: u32 = text.parse().map_err(|_| Error::Unreadable(format!("{text}: no image")))?;
    Ok(Pixels::new(number.to_be_bytes()[1..].to_vec(), 1, 1).expect("three bytes"))
}

fn numbers(count: u64) -> impl Iterator<Item = (u64, Image)> + Send {
    (0..count).map(|i| (i, Image::file(i.to_string())))
}

fn devices(mocks: Vec<Mock>) -> Vec<Box<dyn Device>> {
    mocks.into_iter().map(|device| Box::new(device) as Box<dyn Device>).collect()
}

fn start(devices: Vec<Box<dyn Device>>, options: &Options, load: Load) -> Arc<Pipeline> {
    Arc::new(Pipeline::start(devices, options, load).expect("threads start"))
}

/// A stream of `inputs` with a window of `window`, until `cancel`.
fn stream<T: Send + 'static>(
    pipeline: &Arc<Pipeline>,
    inputs: impl Iterator<Item = (T, Image)> + Send + 'static,
    cancel: &Cancel,
    window: usize,
) -> Tagged<T> {
    Tagged::begin(inputs, pipeline.clone(), Model::embedded(), cancel, window).expect("a thread starts")
}

/// Result by result: a number, or what is wrong.
type Found<T> = Vec<(T, Result<u32, String>)>;

struct Run<T> {
    found: Found<T>,
    complete: bool,
    shares: Vec<Share>,
    lost: Vec<String>,
}

fn options(lost: &Arc<Mutex<Vec<String>>>) -> Options {
    let lost = lost.clone();
    let listener: crate::options::Listener = Arc::new(move |event| {
        if let Event::Lost(share) = event {
            lock(&lost).push(share.name.clone());
        }
    });
    Options { threads: 3, listener: Some(listener), ..Options::default() }
}

fn run_all<T: Send + 'static>(inputs: impl Iterator<Item = (T, Image)> + Send + 'static, mocks: Vec<Mock>) -> Run<T> {
    let lost = Arc::default();
    let pipeline = start(devices(mocks), &options(&lost), Arc::new(load));
    let mut stream = stream(&pipeline, inputs, &Cancel::new(), 4096);
    let one = |(tag, result): (T, Result<crate::Classification, Error>)| {
        (tag, result.map(|result| result.sums()[0]).map_err(|error| error.to_string()))
    };
    let found = stream.by_ref().map(one).collect();
    pipeline.close();
    let lost = lock(&lost).clone();
    Run { found, complete: stream.is_complete(), shares: pipeline.shares(), lost }
}

/// Every result is there, in order and right.
fn check(found: &Found<u64>, count: u64) {
    assert_eq!(found.len() as u64, count);
    for (position, (tag, sums)) in (0..).zip(found) {
        assert_eq!((*tag, sums), (position, &Ok(position as u32)));
    }
}

#[test]
fn results_leave_in_the_order_of_inputs_whatever_devices_do() {
    let slow = Mock { pause: Duration::from_micros(300), ..mock(5) };
    let run = run_all(numbers(3000), vec![mock(7), slow, mock(1)]);
    check(&run.found, 3000);
    assert!(run.complete && run.lost.is_empty());
    assert_eq!(run.shares.iter().map(|share| share.frames).sum::<u64>(), 3000);
    assert!(run.shares[1].frames < run.shares[0].frames, "the faster device does more: {:?}", run.shares);
    assert_eq!(run.shares[1].name, "mock 5");
}

/// A stream alone holds its `Cancel`, once feeder and jobs have let theirs go: that is no request.
#[test]
fn a_stream_that_nobody_else_can_cancel_is_complete() {
    for _ in 0..32 {
        let pipeline = start(devices(vec![mock(4)]), &Options::default(), Arc::new(load));
        let ended = Arc::new(());
        let held = ended.clone();
        let inputs = numbers(3).inspect(move |_| drop(held.clone()));
        let mut stream = stream(&pipeline, inputs, &Cancel::new(), 4096);
        wait_until(|| Arc::strong_count(&ended) == 1 && pipeline.shares()[0].frames == 3);
        pipeline.close();
        assert_eq!(stream.by_ref().count(), 3);
        assert!(stream.is_complete());
    }
}

#[test]
fn frames_of_a_device_that_fails_go_to_the_others() {
    for fault in [Fault::Fails, Fault::Forgets, Fault::Panics] {
        for after in [0, 1, 40] {
            let event = Some(Arc::new(AtomicBool::new(false)));
            let faulty = Mock { fault: Some((after, fault)), event: event.clone(), ..mock(8) };
            let steady = Mock { event, ..mock(4) };
            let run = run_all(numbers(500), vec![faulty, steady]);
            check(&run.found, 500);
            assert!(run.complete);
            assert_eq!((run.shares[0].frames, run.lost.as_slice()), (after, &["mock 8".to_string()][..]));
            assert!(run.shares[0].failure.is_some() && run.shares[1].failure.is_none());
        }
    }
}

#[test]
fn without_a_device_left_what_was_computed_still_leaves_and_an_endless_stream_ends() {
    let faulty = |depth, after| Mock { fault: Some((after, Fault::Fails)), ..mock(depth) };
    let run = run_all(numbers(u64::MAX), vec![faulty(8, 100), faulty(4, 50)]);
    assert!(!run.complete);
    assert_eq!(run.lost.len(), 2);
    let right = run.found.iter().filter(|(tag, sums)| sums == &Ok(*tag as u32)).count();
    let refused = run.found.iter().filter(|(_, sums)| sums.as_ref().is_err_and(|error| error.contains("no device is left"))).count();
    assert_eq!((right, right + refused), (150, run.found.len()));
    assert!(refused > 0 && run.found.iter().zip(0..).all(|((tag, _), index)| *tag == index), "one result an input, in order");
}

#[test]
fn images_without_pixels_fail_in_their_place() {
    let names = ["0", "bad", "2", "panic", "4", "missing", "6"];
    let image = |name: &str| if name == "missing" { Image::unreadable("missing") } else { Image::file(name) };
    let inputs: Vec<(&str, Image)> = names.iter().map(|name| (*name, image(name))).collect();
    let run = run_all(inputs.into_iter(), vec![mock(2)]);
    assert!(run.complete);
    let found: Vec<_> = run.found.into_iter().map(|(_, sums)| sums).collect();
    assert_eq!((&found[0], &found[2], &found[4], &found[6]), (&Ok(0), &Ok(2), &Ok(4), &Ok(6)));
    assert_eq!(found[1], Err("bad: no image".into()));
    assert!(found[3].as_ref().is_err_and(|error| error.contains("panic: the image decoder failed")));
    assert!(found[5].is_err());
}

#[test]
fn nothing_to_do_is_complete() {
    let run = run_all(numbers(0), vec![mock(2)]);
    assert!(run.complete && run.found.is_empty());
}

#[test]
fn a_request_to_stop_ends_a_stream_with_all_results_so_far() {
    let pipeline = start(devices(vec![Mock { pause: Duration::from_millis(1), ..mock(2) }]), &options(&Arc::default()), Arc::new(load));
    // an input that never ends, as standard input may be
    let inputs = numbers(100).chain(std::iter::from_fn(|| loop {
        thread::park()
    }));
    let cancel = Cancel::new();
    let (mut computed, mut vain) = (0, 0);
    let mut stream = stream(&pipeline, inputs, &cancel, 4096);
    for (position, (tag, result)) in (0..).zip(&mut stream) {
        assert_eq!(tag, position);
        match result {
            Ok(result) => {
                assert_eq!(result.sums(), [tag as u32]);
                computed += 1;
            }
            Err(error) => {
                assert!(matches!(error, Error::Cancelled), "{error}");
                vain += 1;
            }
        }
        if tag == 50 {
            cancel.cancel();
        }
    }
    assert!((51..100).contains(&computed) && vain > 0 && !stream.is_complete(), "{computed} {vain}");
    pipeline.close();
    assert_eq!(pipeline.shares()[0].frames, computed, "nothing computed is lost");
}

/// Keeps its first frame until so many images were loaded.
struct Holder {
    loaded: Arc<AtomicU64>,
    until: u64,
    holds: Arc<AtomicBool>,
}

impl Device for Holder {
    fn name(&self) -> String {
        "holder".into()
    }

    fn depth(&self) -> usize {
        1
    }

    fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(Answer)) -> Result<(), DeviceError> {
        self.holds.store(true, Ordering::SeqCst);
        wait_until(|| self.loaded.load(Ordering::SeqCst) >= self.until);
        let number = |frame: &Frame| Answer { sequence: frame.sequence, sums: Ok(vec![value(&frame.image)]) };
        frames.iter().map(number).for_each(answer);
        Ok(())
    }
}

#[test]
fn a_slow_device_or_consumer_stops_the_inputs_at_the_window() {
    const WINDOW: u64 = 300;
    let loaded = Arc::new(AtomicU64::new(0));
    let count = loaded.clone();
    let counting = move |image: &Image| {
        count.fetch_add(1, Ordering::SeqCst);
        load(image)
    };
    let holds = Arc::new(AtomicBool::new(false));
    let other = Mock { event: Some(holds.clone()), ..mock(16) };
    let holder = Holder { loaded: loaded.clone(), until: WINDOW, holds };
    let pipeline = start(vec![Box::new(holder), Box::new(other)], &options(&Arc::default()), Arc::new(counting));
    let pulled = Arc::new(AtomicU64::new(0));
    let counter = pulled.clone();
    let endless = numbers(u64::MAX).inspect(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let (mut most, mut left) = (0, 0);
    for (tag, result) in stream(&pipeline, endless, &Cancel::new(), WINDOW as usize).take(5000) {
        assert_eq!((tag, result.expect("a result").sums()), (left, &[left as u32][..]));
        most = most.max(pulled.load(Ordering::SeqCst) - left);
        left += 1;
    }
    // the permit of the one that has just left may be used already
    assert!((WINDOW..=WINDOW + 1).contains(&most), "{most} were taken ahead");
}

#[test]
fn a_batch_of_the_callers_size_is_respected() {
    struct Sizes(Arc<Mutex<Vec<usize>>>);
    impl Device for Sizes {
        fn name(&self) -> String {
            "sizes".into()
        }

        fn depth(&self) -> usize {
            100
        }

        fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(Answer)) -> Result<(), DeviceError> {
            lock(&self.0).push(frames.len());
            thread::sleep(Duration::from_millis(1));
            frames.iter().for_each(|frame| answer(Answer { sequence: frame.sequence, sums: Ok(vec![value(&frame.image)]) }));
            Ok(())
        }
    }
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let options = Options { batch: Some(3), ..options(&Arc::default()) };
    let pipeline = start(vec![Box::new(Sizes(sizes.clone()))], &options, Arc::new(load));
    assert_eq!(stream(&pipeline, numbers(300), &Cancel::new(), 4096).count(), 300);
    let sizes = lock(&sizes);
    assert!(sizes.iter().all(|&size| size <= 3) && sizes.contains(&3), "{sizes:?}");
}

#[test]
fn a_closed_pipeline_answers_everything() {
    let event = Arc::new(AtomicBool::new(false));
    let pipeline = start(devices(vec![Mock { event: Some(event.clone()), ..mock(2) }]), &options(&Arc::default()), Arc::new(load));
    let stream = stream(&pipeline, numbers(u64::MAX), &Cancel::new(), 10);
    let closing = pipeline.clone();
    let closer = thread::spawn(move || closing.close());
    event.store(true, Ordering::SeqCst);
    closer.join().expect("closed");
    let (right, closed): (Vec<_>, Vec<_>) = stream.map(|(_, result)| result).partition(Result::is_ok);
    assert!(right.len() <= 10 && !closed.is_empty());
    assert!(closed.iter().all(|result| matches!(result, Err(Error::Closed))));
}

#[test]
fn a_panic_of_the_inputs_is_the_consumers() {
    let pipeline = start(devices(vec![mock(2)]), &options(&Arc::default()), Arc::new(load));
    let inputs = numbers(5).chain(std::iter::from_fn(|| panic!("a panic on purpose")));
    let stream = stream(&pipeline, inputs, &Cancel::new(), 10);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| stream.count())).is_err());
}

#[test]
fn what_was_handed_to_devices_is_answered_when_the_pipeline_is_closed() {
    let event = Arc::new(AtomicBool::new(false));
    let pipeline = start(devices(vec![Mock { event: Some(event.clone()), ..mock(1) }]), &Options::default(), Arc::new(load));
    let (reader, (sender, answers)) = (Arc::new(()), unbounded());
    let hand_over = || {
        let (_, image) = numbers(1).next().expect("one");
        let (pixels, sender) = (load(&image).expect("pixels"), sender.clone());
        let ticket = Ticket::new(move |sums| drop(sender.send(sums)));
        let job = Job { image, interest: Interest::new(&Cancel::new(), &reader), ticket };
        // one that is refused has no answer
        pipeline.try_ready(job, pixels).map_err(|job| job.ticket.answer(Err(Error::Cancelled))).is_ok()
    };
    // one with the device, which waits, and one before it
    wait_until(hand_over);
    wait_until(hand_over);
    assert!(!hand_over());
    let closes = pipeline.clone();
    let closer = thread::spawn(move || closes.close());
    thread::sleep(Duration::from_millis(50));
    event.store(true, Ordering::SeqCst);
    closer.join().expect("closed");
    assert!(hand_over(), "a closed pipeline takes a job and answers it");
    let answers: Vec<_> = answers.try_iter().filter(|answer| !matches!(answer, Err(Error::Cancelled))).collect();
    assert!(answers.len() == 3 && answers[0].is_ok(), "{answers:?}");
    assert!(answers[1..].iter().all(|answer| matches!(answer, Err(Error::Closed))), "{answers:?}");
}
