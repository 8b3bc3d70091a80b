//! The stand-in for the engine.

use sim::engine::{Error, Options, SimulatedEngine};

/// Builds the stand-in, breaking rule `fault` of its source (0: none).
pub fn try_engine(fault: u32) -> Result<SimulatedEngine, Error> {
    let text = include_str!("../fake/ember_engine.v").replace("FAULT = 0", &format!("FAULT = {fault}"));
    SimulatedEngine::build(&[("ember_engine.v".into(), text)], Options { quick: true, trace: false }, &mut |_| {})
}

/// Builds the stand-in.
pub fn engine(fault: u32) -> SimulatedEngine {
    try_engine(fault).expect("the stand-in is built")
}
