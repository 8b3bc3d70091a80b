//! `memories.md` and `memories.json`: every memory of the engine, and where a program's sections go.

use crate::target::Target;
use crate::{memories, Memory};
use contract::engine::EngineConfig;
use contract::interface::DESCRIPTOR_BEATS;
use serde::Serialize;

/// A memory, as it is written.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    width: usize,
    depth: usize,
    copies: usize,
    style: crate::target::MemoryStyle,
    bram18: usize,
    uram: usize,
    lutram_luts: usize,
    reason: &'static str,
}

/// A memory that the host loads.
#[derive(Serialize)]
struct Section {
    /// `kind` of the packet's header.
    kind: &'static str,
    /// First address, in beats of 64 bits.
    first: usize,
    /// Addresses, in beats.
    beats: usize,
    /// What an entry is.
    entry: &'static str,
    /// Beats of an entry.
    beats_per_entry: usize,
}

#[derive(Serialize)]
struct Map {
    memories: Vec<Row>,
    sections: Vec<Section>,
}

fn map(config: &EngineConfig, target: &Target) -> Map {
    let row = |m: &Memory| {
        let cost = m.cost();
        let (name, width, depth, copies, style, reason) = (m.name, m.width, m.depth, m.copies, m.style, m.reason);
        Row { name, width, depth, copies, style, bram18: cost.ram18, uram: cost.ultra, lutram_luts: cost.luts, reason }
    };
    let section = |kind, entry, entries: usize, beats_per_entry: usize| Section {
        kind,
        first: 0,
        beats: entries * beats_per_entry,
        entry,
        beats_per_entry,
    };
    Map {
        memories: memories(config, target).iter().map(row).collect(),
        sections: vec![
            section("descriptors", "layer", config.layers, DESCRIPTOR_BEATS),
            // 2 * columns bytes a word
            section("weights", "weight word", config.weight_words, config.columns / 4),
            section("table", "output channel", config.table_entries, 1),
        ],
    }
}

/// The map as JSON.
pub fn json(config: &EngineConfig, target: &Target) -> String {
    super::pretty(&map(config, target))
}

/// The map as a page.
pub fn markdown(config: &EngineConfig, target: &Target) -> String {
    let map = map(config, target);
    let mut text = String::from(
        "# Memories of the engine\n\n\
         RAM blocks are counted by the rules of `hdl::memories`, not by a synthesis.\n\n\
         | memory | bits a word | words | copies | style | BRAM18 | URAM | LUTs as memory | why this size |\n\
         |---|---:|---:|---:|---|---:|---:|---:|---|\n",
    );
    for m in &map.memories {
        let style = format!("{:?}", m.style).to_lowercase();
        text += &format!(
            "| {} | {} | {} | {} | {style} | {} | {} | {} | {} |\n",
            m.name, m.width, m.depth, m.copies, m.bram18, m.uram, m.lutram_luts, m.reason
        );
    }
    let (bram, uram, luts) = map.memories.iter().fold((0, 0, 0), |s, m| (s.0 + m.bram18, s.1 + m.uram, s.2 + m.lutram_luts));
    text += &format!("| **all** | | | | | **{bram}** | **{uram}** | **{luts}** | |\n");
    text += "\n## Program sections\n\n\
             Addresses that a program packet's header may carry, in beats of 64 bits (`docs/interface.md`).\n\n\
             | section | first beat | beats | entry | beats an entry |\n|---|---:|---:|---|---:|\n";
    for s in &map.sections {
        text += &format!("| {} | {} | {} | {} | {} |\n", s.kind, s.first, s.beats, s.entry, s.beats_per_entry);
    }
    text
}
