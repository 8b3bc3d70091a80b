//! The drivers and the protocol checker, against a stand-in for the engine whose answers are known.
//!
//! The stand-in (`sim/tests/fake`) can break each rule on purpose.

mod common;

use common::{engine, try_engine};
use contract::interface::{register, CONTROL_TRACE, MAGIC, STREAM_IN_MAGIC};
use sim::engine::{Channel, Error, Packet, Rule};

fn frame(sequence: u32, payload: &[u64]) -> Vec<u64> {
    let mut beats = vec![u64::from(sequence) << 32 | 1 << 16 | u64::from(STREAM_IN_MAGIC), 8 * payload.len() as u64];
    beats.extend_from_slice(payload);
    beats
}

fn check_answer(packet: &Packet, sequence: u32, payload: &[u64]) {
    let sum = payload.iter().sum::<u64>() as u32 & 0xFF_FFFF;
    assert_eq!((packet.sequence, packet.sums().expect("a result")), (sequence, vec![sum, payload.len() as u32]));
    assert_eq!(packet.program_hash, 0x0123_4567_89AB_CDEF);
}

#[test]
fn registers_and_frames_pass_with_and_without_pauses() {
    for seed in [None, Some(1), Some(2), Some(3)] {
        let mut engine = engine(0);
        engine.set_stalls(seed);
        assert_eq!(engine.read(register::MAGIC).unwrap(), MAGIC);
        engine.write(register::CONTROL, CONTROL_TRACE).unwrap();
        assert_eq!(engine.read(register::CONTROL).unwrap(), CONTROL_TRACE);
        engine.write(register::CONTROL, 0).unwrap();
        let frames: Vec<Vec<u64>> = (0..40u64).map(|n| (0..=n * 7).map(|i| i * 0x0101 + n).collect()).collect();
        for (frame_data, n) in frames.iter().zip(0..) {
            engine.queue(&frame(n, frame_data));
            engine.queue(&[0, 0]); // padding
        }
        // a register access in the middle of the traffic
        assert_eq!(engine.read(0x123).unwrap(), 0x123);
        for (frame_data, n) in frames.iter().zip(0..) {
            check_answer(&engine.receive().unwrap(), n, frame_data);
        }
        engine.flush().unwrap();
        assert!(engine.try_receive().unwrap().is_none());
        assert_eq!((engine.frames_taken(), engine.results_sent()), (40, 40));
        assert_eq!(engine.read(register::ERRORS).unwrap(), 0, "garbage on idle strobes was taken");
    }
}

#[test]
fn without_pauses_the_input_takes_a_beat_a_cycle() {
    let mut engine = engine(0);
    let payload: Vec<u64> = (0..1000).collect();
    let start = engine.cycle();
    engine.queue(&frame(5, &payload));
    check_answer(&engine.receive().unwrap(), 5, &payload);
    assert_eq!(engine.cycle() - start, 1000 + 2 + 8);
}

#[test]
fn an_error_response_is_named() {
    let error = engine(0).write(0x800, 1).unwrap_err();
    assert_eq!(error.to_string(), "writing register 0x800 was answered with response 2, expected 0 (OKAY)");
}

#[test]
fn a_soft_reset_brings_a_stuck_stream_back() {
    for seed in [None, Some(4)] {
        let mut engine = engine(0);
        engine.set_stalls(seed);
        let mut cut = frame(1, &[1; 100]);
        cut.truncate(40);
        engine.queue(&cut);
        engine.flush().unwrap();
        engine.soft_reset().unwrap();
        engine.queue(&frame(2, &[7, 8]));
        check_answer(&engine.receive().unwrap(), 2, &[7, 8]);
    }
}

#[test]
fn silence_is_reported_with_the_registers() {
    let mut engine = engine(4);
    engine.set_patience(500);
    engine.queue(&frame(1, &[1, 2, 3]));
    engine.queue(&frame(2, &[1, 2, 3]));
    let text = engine.receive().unwrap_err().to_string();
    assert!(text.contains("500 cycles") && text.contains("waiting for a packet"), "{text}");
    assert!(text.contains("STATUS is 0x7 (program committed, computing a frame, a frame waits"), "{text}");
    assert!(text.contains("ERRORS is 0x0 (none set), 5 beats are not yet sent"), "{text}");
}

#[test]
fn broken_rules_are_found_on_their_channel() {
    let mut found = Vec::new();
    for fault in [1, 2] {
        let mut engine = engine(fault);
        engine.set_stalls(Some(9));
        for n in 0..50 {
            engine.queue(&frame(n, &[1, 2, 3]));
        }
        let error = (0..50).find_map(|_| engine.receive().err()).expect("the broken rule must be found");
        let Error::Protocol { violation, cycle } = error else { panic!("{error}") };
        assert!(cycle > 0 && cycle < engine.cycle());
        found.push((violation.channel, violation.rule));
    }
    assert_eq!(found, [(Channel::MAxis, Rule::ValidDropped), (Channel::MAxis, Rule::PayloadChanged)]);

    let error = engine(3).advance(200).unwrap_err().to_string();
    assert!(error.ends_with("s_axil_bvalid rose without a transaction that was owed a response"), "{error}");
    let error = try_engine(5).err().expect("a valid in reset must be found").to_string();
    assert!(error.ends_with("m_axis_tvalid is high after a reset"), "{error}");
}
