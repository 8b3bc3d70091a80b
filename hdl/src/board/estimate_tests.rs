//! Estimates against the counts that the issue asks for, and every shipped board.

use super::*;
use crate::board::find;
use std::path::Path;

fn boards() -> Vec<find::BoardDescription> {
    find::all(Some(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../constraints")))).expect("the shipped boards")
}

/// The bars: 16 columns on UltraScale+ in at most 1400 DSPs; v1.1 whole on the chip of every board.
#[test]
fn every_shipped_board_fits() {
    for board in boards() {
        let config = board.file.config().expect("an engine");
        let estimate = estimate(&board.file, &config, &board.file.target);
        println!("{}: {:.0} frames/s, {:?}", board.name, estimate.frames_per_second, estimate.resources);
        assert_eq!(estimate.short(), None, "{}", board.name);
        assert_eq!(estimate.model, None, "{}", board.name);
        assert!(estimate.fits());
        if config.columns == 16 {
            assert!(estimate.resource("DSP48").expect("a row").engine <= 1400, "{}", board.name);
            assert_eq!(estimate.cycles, 163_873, "as the engine in simulation takes (`all_layouts`)");
        }
    }
}

#[test]
fn what_is_short_is_named_with_its_excess() {
    let artix = boards().into_iter().find(|b| b.name == "nitefury2").expect("a board").file;
    let config = EngineConfig::standard(32);
    let estimate = estimate(&artix, &config, &artix.target);
    let short = estimate.short().expect("too large");
    assert!(short.starts_with("DSP48: the engine takes 2720 of 740, 1980 too many; BRAM36: the engine takes "), "{short}");
    assert!(!estimate.fits());
    // a frame memory of a word: the model is what does not fit
    let small = EngineConfig { frame_words: 2, ..artix.config().expect("an engine") };
    let estimate = super::estimate(&artix, &small, &artix.target);
    assert!(estimate.model.as_ref().is_some_and(|why| why.contains("frame memory")), "{:?}", estimate.model);
    assert!(!estimate.fits());
}
