//! A card that is lost, wherever the driver is at that moment: one clear sentence, soon, and no transfer on a
//! stream after the one that failed there. Every board here panics at its end when it has seen one (`common::TestRig`).

mod common;

use common::{direct, frames, network, run_checked, stub, TIMEOUT};
use driver::{BoardError, EngineDriver, Options};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use virtual_board::{Card, Fault, Faults};

/// One timeout, the transfer that was under way, and a busy computer; two timeouts after each other would be 120 ms more.
const BOUND: Duration = Duration::from_secs(5);

/// What the sentence says of each way to be lost.
fn sentence(card: Card) -> &'static str {
    match card {
        Card::Present => unreachable!("it is lost"),
        Card::Gone | Card::Removed => "the card has left the bus",
        Card::Blank => "the card has lost its configuration",
    }
}

const LOST: [Card; 3] = [Card::Gone, Card::Removed, Card::Blank];

fn check(what: &str, card: Card, error: &BoardError) {
    let text = error.to_string();
    assert!(matches!(error, BoardError::Gone { .. } | BoardError::Unconfigured { .. }), "{what}, {card:?}: {text}");
    assert!(text.contains(sentence(card)) && text.contains("; "), "{what}, {card:?}: {text}");
}

#[test]
fn before_and_during_writes_and_reads() {
    let network = network();
    for (name, fault) in Fault::NAMES.into_iter().filter(|(_, fault)| fault.card().is_some()) {
        // the program is the first write
        for at in [1, 2, 3, 4, 7] {
            println!("{name}@{at}");
            let (begun, rig) = (Instant::now(), stub(Faults::at(fault, at)));
            let opened = direct(&rig, &network);
            let error = opened.and_then(|mut board| run_checked(&mut board, frames(&network, 0, 200, 1))).expect_err("the card is lost");
            check(&format!("{name}@{at}"), fault.card().expect("chosen so"), &error);
            assert!(begun.elapsed() < BOUND, "{name}@{at} took {:?}", begun.elapsed());
        }
    }
}

#[test]
fn while_a_write_and_a_read_are_under_way() {
    let network = network();
    for card in LOST {
        // after some results, at whatever the threads do then
        for results in [0, 1, 7, 30] {
            let rig = stub(Faults::none());
            let mut board = direct(&rig, &network).expect("it opens");
            let mut came = 0;
            if results == 0 {
                rig.set_card(card);
            }
            let error = board
                .run(frames(&network, 0, 200, 1), &mut |_, sums| {
                    sums.expect("whole results");
                    came += 1;
                    if came == results {
                        rig.set_card(card);
                    }
                })
                .expect_err("the card is lost");
            check(&format!("after {results} results"), card, &error);
            let figures = rig.figures();
            assert!(figures.timed_out <= 2, "a write and a read at most: {figures:?}");
            // and it stays so, without another transfer
            let again = run_checked(&mut board, frames(&network, 0, 5, 1)).expect_err("the card is lost");
            check("run again", card, &again);
        }
    }
}

#[test]
fn between_two_runs() {
    let network = network();
    for card in LOST {
        let rig = stub(Faults::none());
        let mut board = direct(&rig, &network).expect("it opens");
        run_checked(&mut board, frames(&network, 0, 20, 1)).expect("it runs");
        rig.set_card(card);
        let error = run_checked(&mut board, frames(&network, 0, 20, 1)).expect_err("the card is lost");
        check("between two runs", card, &error);
    }
}

/// Waits for `event`, then loses the card.
fn lose_when(rig: &virtual_board::Rig, card: Card, event: impl Fn(&virtual_board::Rig) -> bool, over: &AtomicBool) {
    while !event(rig) {
        if over.load(Ordering::SeqCst) {
            return;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    rig.set_card(card);
}

#[test]
fn while_the_program_is_loaded_and_while_a_fault_is_mended() {
    let network = network();
    for card in LOST {
        // a write that is stuck begins recovery; the card is lost while it waits for both threads, resets, or loads
        for (fault, resets) in [(Fault::StuckWrite, 2), (Fault::StuckWrite, 3), (Fault::StuckWrite, 4), (Fault::StuckRead, 3)] {
            let (rig, over) = (stub(Faults::at(fault, 2)), AtomicBool::new(false));
            let error = std::thread::scope(|scope| {
                scope.spawn(|| {
                    let struck = |rig: &virtual_board::Rig| rig.figures().faults > 0 && rig.figures().resets >= resets;
                    lose_when(&rig, card, struck, &over);
                });
                let opened = direct(&rig, &network);
                let outcome = opened.and_then(|mut board| run_checked(&mut board, frames(&network, 0, 4000, 1)));
                over.store(true, Ordering::SeqCst);
                outcome.expect_err("the card is lost")
            });
            check(&format!("{fault:?}, {resets} resets"), card, &error);
        }
    }
}

#[test]
fn a_read_that_nobody_owes_does_not_end_the_next_run() {
    let network = network();
    // every result of the first run is lost without a sign: reads stay behind that time out later
    let mut faults = Faults::random(1.0, 1);
    faults.kinds = vec![Fault::Lose];
    let rig = stub(faults);
    let options = Options { losses: 1, resets: 100, ..common::options() };
    let mut board = EngineDriver::with_ports("test".into(), rig.ports(), &network, options).expect("it opens");
    let lost = run_checked(&mut board, frames(&network, 0, 3, 1)).expect("each has its error").lost;
    assert_eq!(lost, 3);
    rig.clear_faults();
    // with and without the time for a read that was left to fail
    for pause in [Duration::ZERO, 2 * TIMEOUT] {
        std::thread::sleep(pause);
        assert_eq!(run_checked(&mut board, frames(&network, 10, 40, 1)).expect("it runs").right, 40);
    }
}
