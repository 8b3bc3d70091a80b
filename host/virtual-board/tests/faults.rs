//! Every fault, one at a time and many at random: no result is lost, none comes twice, none is wrong, and what cannot
//! be mended ends in one clear sentence within a bounded time. On the stub engine, whose sums depend on every byte of
//! the frame, without files; `tests/files.rs` and `tests/soak.rs` go through FUSE.

mod common;

use common::{direct, frames, network, run_checked, stub, Tally};
use driver::BoardError;
use std::time::{Duration, Instant};
use virtual_board::{Fault, Faults};

const FRAMES: u32 = 40;

#[test]
fn without_faults_nothing_is_sent_twice() {
    let (network, rig) = (network(), stub(Faults::none()));
    let mut board = direct(&rig, &network).expect("it opens");
    let tally = run_checked(&mut board, frames(&network, 0, FRAMES, 1)).expect("it runs");
    assert_eq!((tally, board.resent()), (Tally { right: FRAMES as usize, lost: 0 }, 0));
    assert_eq!(rig.figures().resets, 0);
    assert_eq!(board.counters().expect("readable").frames, FRAMES);
}

#[test]
fn the_program_is_loaded_only_when_another_is_there() {
    let (network, rig) = (network(), stub(Faults::none()));
    drop(direct(&rig, &network).expect("it opens"));
    let loaded = rig.figures().bytes;
    assert!(loaded > 0);
    drop(direct(&rig, &network).expect("it opens again"));
    assert_eq!(rig.figures().bytes, loaded, "the same program is not loaded twice");
    let mut other = network.clone();
    other.classifier.bias[0] += 1;
    drop(direct(&rig, &other).expect("it opens with another"));
    assert!(rig.figures().bytes > loaded);
}

#[test]
fn every_fault_at_every_early_transfer_is_mended() {
    let network = network();
    for (name, fault) in Fault::NAMES.into_iter().filter(|(_, fault)| *fault != Fault::Gone) {
        // loading the program is the first write
        for at in [1, 2, 3, 5] {
            println!("{name}@{at}");
            let begun = Instant::now();
            let rig = stub(Faults::at(fault, at));
            let mut board = direct(&rig, &network).unwrap_or_else(|error| panic!("{name}@{at}: {error}"));
            let tally = run_checked(&mut board, frames(&network, 0, FRAMES, at)).unwrap_or_else(|error| panic!("{name}@{at}: {error}"));
            assert_eq!(tally, Tally { right: FRAMES as usize, lost: 0 }, "{name}@{at}");
            assert_eq!(rig.figures().faults, 1, "{name}@{at} struck");
            assert!(begun.elapsed() < Duration::from_secs(10), "{name}@{at} took {:?}", begun.elapsed());
            // and the board works as before
            let again = run_checked(&mut board, frames(&network, 100, FRAMES, at)).expect("it runs");
            assert_eq!(again, Tally { right: FRAMES as usize, lost: 0 }, "{name}@{at}, after it");
        }
    }
}

#[test]
fn faults_of_the_last_results_are_mended_too() {
    let network = network();
    for (name, fault) in Fault::NAMES.into_iter().filter(|(_, fault)| !fault.strikes_write()) {
        for at in FRAMES - 1..=FRAMES {
            let mut board = direct(&stub(Faults::at(fault, at.into())), &network).expect("it opens");
            let tally = run_checked(&mut board, frames(&network, 0, FRAMES, 5)).unwrap_or_else(|error| panic!("{name}@{at}: {error}"));
            assert_eq!(tally, Tally { right: FRAMES as usize, lost: 0 }, "{name}@{at}");
        }
    }
}

#[test]
fn a_card_that_leaves_the_bus_is_one_clear_sentence() {
    let network = network();
    for at in [1, 2, 4] {
        let begun = Instant::now();
        let error = match direct(&stub(Faults::at(Fault::Gone, at)), &network) {
            Ok(mut board) => run_checked(&mut board, frames(&network, 0, 200, 1)).expect_err("the card is gone"),
            Err(error) => error,
        };
        assert!(matches!(error, BoardError::Gone { .. }) && error.to_string().contains("left the bus"), "gone@{at}: {error}");
        assert!(begun.elapsed() < Duration::from_secs(5), "within the timeouts");
    }
}

#[test]
fn a_board_that_never_answers_is_given_up_with_the_last_fault() {
    let network = network();
    for kind in [Fault::StuckRead, Fault::ErrorRead, Fault::Lose] {
        let mut faults = Faults::random(1.0, 1);
        faults.kinds = vec![kind];
        let begun = Instant::now();
        let mut board = direct(&stub(faults), &network).expect("it opens");
        let error = run_checked(&mut board, frames(&network, 0, 20, 1)).expect_err("nothing comes");
        assert!(matches!(error, BoardError::NotRecovered { .. }), "{kind:?}: {error}");
        assert!(error.to_string().contains("timed out") || error.to_string().contains("error"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn results_that_are_always_damaged_are_lost_by_name() {
    let network = network();
    let mut faults = Faults::random(1.0, 2);
    faults.kinds = vec![Fault::ShortRead];
    let mut board = direct(&stub(faults), &network).expect("it opens");
    let tally = run_checked(&mut board, frames(&network, 0, 20, 1)).expect("each frame has its error");
    assert_eq!(tally, Tally { right: 0, lost: 20 });
}

#[test]
fn a_program_that_does_not_stay_is_one_clear_sentence() {
    let mut faults = Faults::random(1.0, 3);
    faults.kinds = vec![Fault::Swap];
    let network = network();
    let error = match direct(&stub(faults), &network) {
        Ok(mut board) => run_checked(&mut board, frames(&network, 0, 20, 1)).expect_err("every write swaps it"),
        Err(error) => error,
    };
    assert!(error.to_string().contains("program"), "{error}");
}

#[test]
fn a_thousand_frames_with_random_faults() {
    let network = network();
    for seed in 0..3 {
        println!("seed {seed}");
        let rig = stub(Faults::random(0.01, seed));
        let mut board = direct(&rig, &network).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let mut right = 0;
        for chunk in 0..25 {
            let tally =
                run_checked(&mut board, frames(&network, 40 * chunk, 40, seed)).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            right += tally.right;
        }
        assert_eq!(right, 1000, "seed {seed}: a frame is lost only after six faults of its own");
        assert!(rig.figures().faults > 0, "seed {seed}");
    }
}

#[test]
fn images_of_another_size_are_refused_by_name_and_the_others_run() {
    let network = network();
    let mut board = direct(&stub(Faults::none()), &network).expect("it opens");
    let mut all = frames(&network, 0, 3, 1);
    all[1].image = ndarray::Array3::zeros((19, 16, 3));
    let mut answers = vec![];
    board.run(all, &mut |sequence, sums| answers.push((sequence, sums.map_err(|e| e.to_string())))).expect("it runs");
    answers.sort_by_key(|(sequence, _)| *sequence);
    assert!(answers[0].1.is_ok() && answers[2].1.is_ok());
    assert!(answers[1].1.as_ref().is_err_and(|error| error.contains("[19, 16, 3]") && error.contains("[19, 15, 3]")));
}
