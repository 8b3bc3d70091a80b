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
    assert_eq!(rig.figures().resets, 2, "those of opening it");
    assert_eq!(board.counters().expect("readable").frames, FRAMES);
}

#[test]
fn opening_costs_a_reset_and_a_program() {
    let (network, rig) = (network(), stub(Faults::none()));
    for opened in 1..=3 {
        let board = direct(&rig, &network).expect("it opens");
        let (figures, program) = (rig.figures(), board.program().stream().len() as u64);
        assert_eq!((figures.bytes, figures.resets, figures.packets), (opened * program, 2 * opened, 0));
    }
}

#[test]
fn every_fault_at_every_early_transfer_is_mended() {
    let network = network();
    for (name, fault) in Fault::passing() {
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
    for (name, fault) in Fault::passing().filter(|(_, fault)| !fault.strikes_write()) {
        for at in FRAMES - 1..=FRAMES {
            let rig = stub(Faults::at(fault, at.into()));
            let mut board = direct(&rig, &network).expect("it opens");
            let tally = run_checked(&mut board, frames(&network, 0, FRAMES, 5)).unwrap_or_else(|error| panic!("{name}@{at}: {error}"));
            assert_eq!(tally, Tally { right: FRAMES as usize, lost: 0 }, "{name}@{at}");
        }
    }
}

#[test]
fn a_board_that_never_answers_is_given_up_with_the_last_fault() {
    let network = network();
    for kind in [Fault::StuckRead, Fault::ErrorRead, Fault::Lose] {
        let mut faults = Faults::random(1.0, 1);
        faults.kinds = vec![kind];
        let begun = Instant::now();
        let rig = stub(faults);
        let mut board = direct(&rig, &network).expect("it opens");
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
    let rig = stub(faults);
    let mut board = direct(&rig, &network).expect("it opens");
    let tally = run_checked(&mut board, frames(&network, 0, 20, 1)).expect("each frame has its error");
    assert_eq!(tally, Tally { right: 0, lost: 20 });
}

#[test]
fn a_program_that_does_not_stay_is_one_clear_sentence() {
    let mut faults = Faults::random(1.0, 3);
    faults.kinds = vec![Fault::Swap];
    let network = network();
    let rig = stub(faults);
    let error = match direct(&rig, &network) {
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
    let rig = stub(Faults::none());
    let mut board = direct(&rig, &network).expect("it opens");
    let mut all = frames(&network, 0, 3, 1);
    all[1].image = ndarray::Array3::zeros((19, 16, 3)).try_into().expect("pixels");
    let mut answers = vec![];
    board.run(all, &mut |sequence, sums| answers.push((sequence, sums.map_err(|e| e.to_string())))).expect("it runs");
    answers.sort_by_key(|(sequence, _)| *sequence);
    assert!(answers[0].1.is_ok() && answers[2].1.is_ok());
    assert!(answers[1].1.as_ref().is_err_and(|error| error.contains("has 16x19 pixels, the model takes 15x19 pixels")));
}
