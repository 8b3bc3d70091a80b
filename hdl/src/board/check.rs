//! What must go together in a `board.toml`.

use crate::board::file::{BoardFile, Family, Outputs, Part, Pcie, Xdma};
use crate::target::{DspForm, MemoryStyle, MemoryStyles};

/// # Errors
/// One sentence: the first key whose value does not go with the others, and what was expected.
pub fn check(board: &BoardFile) -> Result<(), String> {
    if board.title.trim().is_empty() {
        return Err("`title` is empty; expected the board's name in full".into());
    }
    part(&board.part)?;
    pcie(&board.pcie, board.part.family)?;
    xdma(&board.xdma, &board.part)?;
    let mhz = board.clock.engine_mhz;
    if !(10.0..=800.0).contains(&mhz) {
        return Err(format!("`clock.engine_mhz` is {mhz}; expected 10 to 800"));
    }
    match (&board.clock.basis, &board.clock.measured) {
        (Some(basis), _) if basis != "estimate" => {
            return Err(format!(
                "`clock.basis` is {basis:?}; expected \"estimate\", or instead of it `clock.measured` with what was built, with which Vivado, and the slack"
            ));
        }
        (Some(_), Some(_)) => {
            return Err(
                "`clock` has both `basis` and `measured`; expected `basis = \"estimate\"` until it is built and `measured` from then on"
                    .into(),
            );
        }
        (None, None) => {
            return Err(
                "`clock` says nothing of what `engine_mhz` stands on; expected `basis = \"estimate\"`, or `measured` with what was built"
                    .into(),
            );
        }
        (None, Some(measured)) if measured.trim().len() < 10 => {
            return Err(format!("`clock.measured` is {measured:?}; expected what was built, with which Vivado, and the slack"));
        }
        _ => {}
    }
    if let Some(flash) = &board.flash {
        if !flash.mebibytes.is_power_of_two() || flash.mebibytes > 1024 {
            return Err(format!("`flash.mebibytes` is {}; expected a power of two up to 1024", flash.mebibytes));
        }
    }
    outputs(&board.outputs)?;
    board.config()?;
    dsp(board.target.dsp, board.part.family)?;
    styles(&board.target.memory, &board.part)
}

fn part(part: &Part) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == 'L';
    if !part.name.starts_with("xc") || !part.name.chars().all(plain) || !part.name.contains('-') {
        return Err(format!(
            "`part.name` is {:?}; expected Vivado's name with package and speed grade, such as xcku5p-ffvb676-2-e",
            part.name
        ));
    }
    let named = family(&part.name);
    if named != Some(part.family) {
        let of = named.map_or("no family that is known here".into(), |f| format!("of family {:?}", f.name()));
        return Err(format!("`part.family` is {:?}, but {} is {of}", part.family.name(), part.name));
    }
    for (key, value) in
        [("luts", part.luts), ("lutram_luts", part.lutram_luts), ("ffs", part.ffs), ("bram36", part.bram36), ("dsps", part.dsps)]
    {
        if value == 0 || value > 100_000_000 {
            return Err(format!("`part.{key}` is {value}; expected what the part has"));
        }
    }
    if part.lutram_luts > part.luts {
        return Err(format!("`part.lutram_luts` is {}; expected at most `part.luts`, {}", part.lutram_luts, part.luts));
    }
    if part.uram > 0 && part.family != Family::UltraScalePlus {
        return Err(format!("`part.uram` is {}; only UltraScale+ has UltraRAM", part.uram));
    }
    Ok(())
}

/// The family that a part's name says: xc7a..; xcku040; xcku5p, xcvu9p, xcu250 (Alveo).
fn family(name: &str) -> Option<Family> {
    let device = name.split('-').next()?;
    if device.starts_with("xc7") {
        return Some(Family::Series7);
    }
    let digits = ["xcku", "xcvu", "xcau"].iter().find_map(|prefix| device.strip_prefix(prefix));
    match digits {
        Some(rest) if rest.ends_with('p') => Some(Family::UltraScalePlus),
        Some(_) => Some(Family::UltraScale),
        None if device.starts_with("xcu") => Some(Family::UltraScalePlus),
        None => None,
    }
}

/// Gigabits a second of a lane behind its line code, as PG195 counts them.
fn lane_gbps(generation: u32) -> f64 {
    match generation {
        1 => 2.0,
        2 => 4.0,
        _ => 8.0,
    }
}

fn pcie(pcie: &Pcie, family: Family) -> Result<(), String> {
    let most_lanes = match (family, pcie.generation) {
        // UG949's integrated blocks: PG054 (7 series, x8), PG156 (UltraScale), PG213 (UltraScale+)
        (Family::Series7, 1..=2) => 8,
        (Family::UltraScale, 1..=3) => 8,
        (Family::UltraScalePlus, 1..=3) => 16,
        (Family::Series7, _) => {
            return Err(format!("`pcie.generation` is {}; the PCIe block of family \"7series\" has 1 or 2", pcie.generation))
        }
        _ => return Err(format!("`pcie.generation` is {}; expected 1, 2 or 3", pcie.generation)),
    };
    if ![1, 2, 4, 8, 16].contains(&pcie.lanes) || pcie.lanes > most_lanes {
        return Err(format!(
            "`pcie.lanes` is {}; expected 1, 2, 4, 8 or 16, and at most {most_lanes} with family {:?}",
            pcie.lanes,
            family.name()
        ));
    }
    if ![64, 128, 256, 512].contains(&pcie.stream_bits) {
        return Err(format!("`pcie.stream_bits` is {}; expected 64, 128, 256 or 512", pcie.stream_bits));
    }
    if ![62.5, 125.0, 250.0].contains(&pcie.stream_mhz) {
        return Err(format!("`pcie.stream_mhz` is {}; expected 62.5, 125 or 250", pcie.stream_mhz));
    }
    lane_sites(pcie, family)?;
    // PG195, "AXI clock frequency and data width": the stream is as fast as the link; the narrowest stream is faster than a narrow link
    let link = 1000.0 * lane_gbps(pcie.generation) * f64::from(pcie.lanes);
    let pairs: Vec<(usize, f64)> = [64, 128, 256, 512]
        .iter()
        .flat_map(|bits| [62.5, 125.0, 250.0].map(|mhz| (*bits, mhz)))
        .filter(|(bits, mhz)| {
            let stream = *bits as f64 * mhz;
            (stream == link && *mhz > 62.5) || (*bits == 64 && stream >= link && stream <= link.max(8000.0))
        })
        .collect();
    if !pairs.contains(&(pcie.stream_bits, pcie.stream_mhz)) {
        let pairs: Vec<String> = pairs.iter().map(|(bits, mhz)| format!("{bits} bits at {mhz} MHz")).collect();
        return Err(format!(
            "`pcie.stream_bits` is {} at {} MHz; generation {} with {} lanes wants {}",
            pcie.stream_bits,
            pcie.stream_mhz,
            pcie.generation,
            pcie.lanes,
            pairs.join(" or ")
        ));
    }
    Ok(())
}

fn lane_sites(pcie: &Pcie, family: Family) -> Result<(), String> {
    let sites = &pcie.lane_sites;
    if sites.is_empty() {
        return Ok(());
    }
    if family != Family::Series7 {
        return Err("`pcie.lane_sites` is for 7 series; expected `xdma.quad` with this family".into());
    }
    if sites.len() != pcie.lanes as usize {
        return Err(format!("`pcie.lane_sites` has {} sites; expected one a lane, {}", sites.len(), pcie.lanes));
    }
    let is_site = |site: &str| {
        let kind = ["GTPE2_CHANNEL_X", "GTXE2_CHANNEL_X"].iter().find_map(|kind| site.strip_prefix(kind));
        kind.and_then(|xy| xy.split_once('Y')).is_some_and(|(x, y)| x.parse::<u8>().is_ok() && y.parse::<u8>().is_ok())
    };
    for (lane, site) in sites.iter().enumerate() {
        if !is_site(site) {
            return Err(format!("`pcie.lane_sites` has {site:?}; expected a site such as GTPE2_CHANNEL_X0Y4"));
        }
        if sites[..lane].contains(site) {
            return Err(format!("`pcie.lane_sites` has {site} twice; expected another for each lane"));
        }
    }
    Ok(())
}

fn outputs(outputs: &Outputs) -> Result<(), String> {
    let names: Vec<&String> = outputs.busy.iter().chain(&outputs.low).collect();
    for (i, name) in names.iter().enumerate() {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(plain) || name.starts_with("pcie") {
            return Err(format!(
                "`outputs` has the port {name:?}; expected a name of lower case letters, digits and _ that does not begin with pcie"
            ));
        }
        if names[..i].contains(name) {
            return Err(format!("`outputs` has the port {name:?} twice; expected each once"));
        }
    }
    Ok(())
}

/// Devices of vendor 10ee in the driver's table (dma_ip_drivers, XDMA/linux-kernel/xdma/xdma_mod.c). The last two digits
/// are generation and lanes, f for 16; the first ones the family.
const DEVICE_IDS: [&str; 49] = [
    "9048", "9044", "9042", "9041", "903f", "9038", "9028", "9018", "9034", "9024", "9014", "9032", "9022", "9012", "9031", "9021", "9011",
    "8011", "8012", "8014", "8018", "8021", "8022", "8024", "8028", "8031", "8032", "8034", "8038", "7011", "7012", "7014", "7018", "7021",
    "7022", "7024", "7028", "7031", "7032", "7034", "7038", "6828", "6830", "6928", "6930", "6a28", "6a30", "4808", "4828",
];

fn xdma(xdma: &Xdma, part: &Part) -> Result<(), String> {
    if !DEVICE_IDS.contains(&xdma.device_id.as_str()) {
        return Err(format!(
            "`xdma.device_id` is {:?}; expected one that the driver's table has, in lower case: {}",
            xdma.device_id,
            DEVICE_IDS.join(", ")
        ));
    }
    if let Some(block) = &xdma.pcie_block {
        let site = block.strip_prefix("PCIE4C_").unwrap_or(block).strip_prefix('X').and_then(|xy| xy.split_once('Y'));
        if !site.is_some_and(|(x, y)| x.parse::<u8>().is_ok() && y.parse::<u8>().is_ok()) {
            return Err(format!("`xdma.pcie_block` is {block:?}; expected a site such as X0Y1 or PCIE4C_X1Y0"));
        }
    }
    if let Some(quad) = &xdma.quad {
        if !["GTH_Quad_", "GTY_Quad_", "GTX_Quad_", "GTP_Quad_"]
            .iter()
            .any(|kind| quad.strip_prefix(kind).is_some_and(|n| n.parse::<u16>().is_ok()))
        {
            return Err(format!("`xdma.quad` is {quad:?}; expected a quad such as GTY_Quad_227"));
        }
    }
    let reserve = &xdma.reserve;
    for (key, value, most) in [
        ("luts", reserve.luts, part.luts),
        ("lutram_luts", reserve.lutram_luts, part.lutram_luts),
        ("ffs", reserve.ffs, part.ffs),
        ("bram36", reserve.bram36, part.bram36),
    ] {
        if value > most {
            return Err(format!("`xdma.reserve.{key}` is {value}; expected at most the part's {most}"));
        }
    }
    Ok(())
}

fn dsp(form: DspForm, family: Family) -> Result<(), String> {
    match (form, family) {
        (DspForm::Dsp48e2, Family::Series7) => {
            Err("`target.dsp` is \"dsp48e2\", but 7 series has DSP48E1; expected \"single\" or \"dsp48e1\"".into())
        }
        // its chains are cut after two products
        (DspForm::Dsp48e1, Family::UltraScale | Family::UltraScalePlus) => {
            Err(format!("`target.dsp` is \"dsp48e1\", but family {:?} has DSP48E2; expected \"single\" or \"dsp48e2\"", family.name()))
        }
        _ => Ok(()),
    }
}

fn styles(styles: &MemoryStyles, part: &Part) -> Result<(), String> {
    let serde_json::Value::Object(all) = serde_json::to_value(styles).expect("plain words") else {
        unreachable!("a structure is an object")
    };
    let ultra = serde_json::to_value(MemoryStyle::Ultra).expect("a word");
    match all.iter().find(|(_, style)| **style == ultra) {
        Some((memory, _)) if part.uram == 0 => {
            Err(format!("`target.memory.{memory}` is \"ultra\", but {} has no UltraRAM (`part.uram` is 0)", part.name))
        }
        _ => Ok(()),
    }
}
