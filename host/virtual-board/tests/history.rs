//! A board that somebody had before: killed in the middle of a frame, in the middle of the program, while results were on
//! their way. The next run must be as on a new board: right at once, without a transfer that waits for its timeout.

mod common;

use common::{direct, frames, network, run_checked, stub, Tally, TestRig};
use driver::EngineDriver;
use net::model::Network;
use virtual_board::{Fault, Faults};
use xdma::PAGE;

/// A board on which a program of this network ran, and then was killed after `after`, which gets a frame's bytes.
fn board_after(network: &Network, faults: Faults, after: impl FnOnce(&TestRig, &EngineDriver)) -> TestRig {
    let rig = stub(faults);
    let mut board = direct(&rig, network).expect("it opens");
    run_checked(&mut board, frames(network, 0, 5, 1)).expect("it runs");
    after(&rig, &board);
    drop(board);
    rig
}

/// One frame and then several on a board with a history.
fn check(what: &str, network: &Network, rig: &TestRig) {
    for count in [1, 40] {
        let before = rig.figures();
        let mut board = direct(rig, network).unwrap_or_else(|error| panic!("{what}: {error}"));
        let tally = run_checked(&mut board, frames(network, 100, count, 2)).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(tally, Tally { right: count as usize, lost: 0 }, "{what}");
        let figures = rig.figures();
        assert_eq!(figures.timed_out, before.timed_out, "{what}: nothing waits for a timeout");
        assert_eq!(figures.resets - before.resets, 2, "{what}: the resets of opening it are enough");
    }
}

fn frame(network: &Network, board: &EngineDriver) -> Vec<u8> {
    board.program().frame(frames(network, 50, 1, 3)[0].image.view(), 77)
}

#[test]
fn a_frame_that_was_cut_anywhere() {
    let network = network();
    let length = frame(&network, &direct(&stub(Faults::none()), &network).expect("it opens")).len();
    // in the first and the second beat of the header, behind it, in the payload, before its last byte and at its end
    for cut in [1, 8, 12, 16, 17, 24, length / 2, length - 8, length - 1, length] {
        let rig = board_after(&network, Faults::none(), |rig, board| {
            assert_eq!(rig.write(&frame(&network, board)[..cut]), Ok(cut));
        });
        check(&format!("cut after {cut} of {length} bytes"), &network, &rig);
    }
}

#[test]
fn a_program_that_was_cut_anywhere() {
    let network = network();
    let length = direct(&stub(Faults::none()), &network).expect("it opens").program().stream().len();
    for cut in [4, 16, 100, length / 2, length - 1] {
        let rig = board_after(&network, Faults::none(), |rig, board| {
            assert_eq!(rig.write(&board.program().stream()[..cut]), Ok(cut));
        });
        check(&format!("cut after {cut} of {length} bytes"), &network, &rig);
    }
}

#[test]
fn results_that_wait() {
    let network = network();
    for waiting in [1, 2, 7] {
        let rig = board_after(&network, Faults::none(), |rig, board| {
            let packet = frame(&network, board);
            (0..waiting).for_each(|_| assert_eq!(rig.write(&packet), Ok(packet.len())));
        });
        check(&format!("{waiting} results wait"), &network, &rig);
    }
}

#[test]
fn a_result_of_which_half_was_read() {
    let network = network();
    // the sixth read is broken off by the signal that ended its program; two more results wait behind it
    for behind in [0, 2] {
        let rig = board_after(&network, Faults::at(Fault::CutRead, 6), |rig, board| {
            let packet = frame(&network, board);
            (0..=behind).for_each(|_| assert_eq!(rig.write(&packet), Ok(packet.len())));
            assert!(rig.read(PAGE).is_err(), "it is broken off");
        });
        check(&format!("half a result, {behind} behind it"), &network, &rig);
    }
}

#[test]
fn another_program_and_a_cut_frame_of_it() {
    let (network, mut other) = (network(), network());
    other.classifier.bias[0] += 1;
    let rig = board_after(&other, Faults::none(), |rig, board| {
        let packet = frame(&other, board);
        assert_eq!(rig.write(&packet), Ok(packet.len()));
        assert_eq!(rig.write(&packet[..100]), Ok(100));
    });
    check("another program", &network, &rig);
}
