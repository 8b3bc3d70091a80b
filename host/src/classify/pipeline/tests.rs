//! The pipeline with devices that are slow, fail, forget or panic.

use super::*;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Mutex;

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

fn value(image: &Array3<u8>) -> u32 {
    (0..3).fold(0, |value, c| value << 8 | u32::from(image[[0, 0, c]]))
}

/// Paths are numbers; the image of number n has n in its first pixel. `bad` has none, and at `panic` the decoder panics.
fn load(input: &Input) -> Result<Array3<u8>, String> {
    let text = input.path.to_str().expect("plain names");
    assert!(text != "panic", "a panic on purpose");
    let number: u32 = text.parse().map_err(|_| format!("{text}: no image"))?;
    Ok(Array3::from_shape_vec((1, 1, 3), number.to_be_bytes()[1..].to_vec()).expect("three bytes"))
}

#[derive(Default)]
struct Collected {
    done: Vec<Done>,
    lost: Vec<String>,
    /// Results after which the sink takes no more.
    full: Option<usize>,
}

impl Sink for Collected {
    fn result(&mut self, done: Done) -> std::io::Result<()> {
        if self.full == Some(self.done.len()) {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        self.done.push(done);
        Ok(())
    }

    fn lost(&mut self, share: &Share) {
        self.lost.push(share.name.clone());
    }
}

fn numbers(count: u64) -> Box<dyn Iterator<Item = Input> + Send> {
    Box::new((0..count).map(|i| Input::file(i.to_string().into())))
}

fn options(interrupt: Receiver<()>) -> Options {
    Options { threads: 3, batch: None, load: Arc::new(load), interrupt }
}

fn run_all(inputs: Box<dyn Iterator<Item = Input> + Send>, devices: Vec<Mock>, sink: &mut Collected) -> Outcome {
    let devices = devices.into_iter().map(|device| Box::new(device) as Box<dyn Device>).collect();
    run(inputs, devices, options(never()), sink).expect("threads start")
}

/// Every result is right; in order without gaps when `whole`, else in order.
fn check(done: &[Done], whole: bool) {
    for (position, Done { index, path, sums, .. }) in done.iter().enumerate() {
        assert!(!whole || *index == position as u64, "{position}: {index}");
        assert!(position == 0 || done[position - 1].index < *index, "order: {index} at {position}");
        assert_eq!((path.to_str(), sums), (Some(index.to_string().as_str()), &Ok(vec![*index as u32])));
    }
}

#[test]
fn results_leave_in_the_order_of_inputs_whatever_devices_do() {
    let mut sink = Collected::default();
    let slow = Mock { pause: Duration::from_micros(300), ..mock(5) };
    let outcome = run_all(numbers(3000), vec![mock(7), slow, mock(1)], &mut sink);
    check(&sink.done, true);
    assert!(matches!(outcome.end, End::Complete) && sink.done.len() == 3000 && outcome.unfinished == 0, "{outcome:?}");
    assert_eq!(outcome.shares.iter().map(|share| share.frames).sum::<u64>(), 3000);
    assert!(outcome.shares[1].frames < outcome.shares[0].frames, "the faster device does more: {outcome:?}");
    assert_eq!(outcome.shares[1].name, "mock 5");
}

#[test]
fn frames_of_a_device_that_fails_go_to_the_others() {
    for fault in [Fault::Fails, Fault::Forgets, Fault::Panics] {
        for after in [0, 1, 40] {
            let mut sink = Collected::default();
            let event = Some(Arc::new(AtomicBool::new(false)));
            let faulty = Mock { fault: Some((after, fault)), event: event.clone(), ..mock(8) };
            let steady = Mock { event, ..mock(4) };
            let outcome = run_all(numbers(500), vec![faulty, steady], &mut sink);
            check(&sink.done, true);
            assert!(matches!(outcome.end, End::Complete) && sink.done.len() == 500, "{outcome:?}");
            assert_eq!((outcome.shares[0].frames, sink.lost.as_slice()), (after, &["mock 8".to_string()][..]));
            assert!(outcome.shares[0].failure.is_some() && outcome.shares[1].failure.is_none());
        }
    }
}

#[test]
fn without_a_device_left_what_was_computed_still_leaves() {
    let mut sink = Collected::default();
    let faulty = |depth, after| Mock { fault: Some((after, Fault::Fails)), ..mock(depth) };
    let outcome = run_all(numbers(100_000), vec![faulty(8, 100), faulty(4, 50)], &mut sink);
    check(&sink.done, false);
    assert!(matches!(outcome.end, End::NoDevice), "{outcome:?}");
    assert_eq!((sink.done.len(), sink.lost.len()), (150, 2));
    assert!(outcome.unfinished > 0);
}

#[test]
fn images_without_pixels_fail_in_their_place() {
    let names = ["0", "bad", "2", "panic", "4", "missing", "6"];
    let input = |name: &str| Input { problem: (name == "missing").then(|| "missing: a problem".into()), ..Input::file(name.into()) };
    let inputs: Vec<Input> = names.iter().map(|name| input(name)).collect();
    let mut sink = Collected::default();
    let outcome = run_all(Box::new(inputs.into_iter()), vec![mock(2)], &mut sink);
    assert!(matches!(outcome.end, End::Complete), "{outcome:?}");
    let found: Vec<_> = sink.done.iter().map(|done| done.sums.as_ref().map_err(String::as_str).cloned()).collect();
    assert_eq!(found[0], Ok(vec![0]));
    assert_eq!(found[1], Err("bad: no image"));
    assert!(found[3].clone().is_err_and(|error| error.contains("panic: the image decoder failed")));
    assert_eq!(found[5], Err("missing: a problem"));
    assert_eq!(found[6], Ok(vec![6]));
}

#[test]
fn nothing_to_do_is_complete() {
    let mut sink = Collected::default();
    assert!(matches!(run_all(numbers(0), vec![mock(2)], &mut sink).end, End::Complete));
    let only_problems = (0..10).map(|i| Input::problem(Path::new(&i.to_string()), "p".into()));
    assert!(matches!(run_all(Box::new(only_problems), vec![mock(2)], &mut sink).end, End::Complete));
    assert_eq!(sink.done.len(), 10);
}

#[test]
fn a_sink_that_is_full_ends_the_run() {
    let mut sink = Collected { full: Some(20), ..Collected::default() };
    let outcome = run_all(numbers(100_000), vec![mock(4), mock(3)], &mut sink);
    check(&sink.done, true);
    assert!(matches!(&outcome.end, End::Sink(error) if error.kind() == std::io::ErrorKind::BrokenPipe));
    assert_eq!(sink.done.len(), 20);
}

/// Interrupts the run after some results.
struct Interrupter {
    collected: Collected,
    interrupt: Option<Sender<()>>,
}

impl Sink for Interrupter {
    fn result(&mut self, done: Done) -> std::io::Result<()> {
        if done.index == 50 {
            self.interrupt = None;
        }
        self.collected.result(done)
    }

    fn lost(&mut self, share: &Share) {
        self.collected.lost(share);
    }
}

#[test]
fn an_interrupt_ends_the_run_with_all_results_so_far() {
    let (sender, interrupt) = bounded(0);
    let mut sink = Interrupter { collected: Collected::default(), interrupt: Some(sender) };
    // an input that never ends, as standard input may be
    let inputs = numbers(100).chain(std::iter::from_fn(|| loop {
        thread::park()
    }));
    let outcome = run(Box::new(inputs), vec![Box::new(Mock { pause: Duration::from_millis(1), ..mock(2) })], options(interrupt), &mut sink)
        .expect("threads start");
    check(&sink.collected.done, false);
    assert!(matches!(outcome.end, End::Interrupted) && outcome.shares[0].failure.is_none(), "{outcome:?}");
    assert!((51..100).contains(&sink.collected.done.len()), "{}", sink.collected.done.len());
    assert_eq!(outcome.shares[0].frames, sink.collected.done.len() as u64, "nothing computed is lost");
}

/// Keeps its first frame until the window is full.
struct Holder {
    loaded: Arc<AtomicU64>,
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
        wait_until(|| self.loaded.load(Ordering::SeqCst) >= WINDOW as u64);
        let number = |frame: &Frame| Answer { sequence: frame.sequence, sums: Ok(vec![value(&frame.image)]) };
        frames.iter().map(number).for_each(answer);
        Ok(())
    }
}

/// Holds the number of images that were read against that of results that left.
struct Ahead {
    collected: Collected,
    loaded: Arc<AtomicU64>,
    most: u64,
}

impl Sink for Ahead {
    fn result(&mut self, done: Done) -> std::io::Result<()> {
        let left = self.collected.done.len() as u64;
        self.most = self.most.max(self.loaded.load(Ordering::SeqCst) - left);
        self.collected.result(done)
    }

    fn lost(&mut self, _: &Share) {}
}

#[test]
fn a_slow_device_or_output_stops_the_decoders_at_the_window() {
    let loaded = Arc::new(AtomicU64::new(0));
    let count = loaded.clone();
    let counting = move |input: &Input| {
        count.fetch_add(1, Ordering::SeqCst);
        load(input)
    };
    let mut sink = Ahead { collected: Collected::default(), loaded: loaded.clone(), most: 0 };
    let options = Options { load: Arc::new(counting), ..options(never()) };
    let holds = Arc::new(AtomicBool::new(false));
    let other = Mock { event: Some(holds.clone()), ..mock(16) };
    let outcome =
        run(numbers(20_000), vec![Box::new(Holder { loaded, holds }), Box::new(other)], options, &mut sink).expect("threads start");
    check(&sink.collected.done, true);
    assert!(matches!(outcome.end, End::Complete) && sink.collected.done.len() == 20_000);
    assert_eq!(sink.most, WINDOW as u64, "images that were read ahead");
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
            self.0.lock().expect("no panic").push(frames.len());
            thread::sleep(Duration::from_millis(1));
            frames.iter().for_each(|frame| answer(Answer { sequence: frame.sequence, sums: Ok(vec![value(&frame.image)]) }));
            Ok(())
        }
    }
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let mut sink = Collected::default();
    let options = Options { batch: Some(3), ..options(never()) };
    run(numbers(300), vec![Box::new(Sizes(sizes.clone()))], options, &mut sink).expect("threads start");
    check(&sink.done, true);
    let sizes = sizes.lock().expect("no panic");
    assert!(sizes.iter().all(|&size| size <= 3) && sizes.contains(&3), "{sizes:?}");
}
