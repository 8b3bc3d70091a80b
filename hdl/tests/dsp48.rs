//! What Yosys makes of the packed columns and of the lane: exactly one DSP48 where one is meant, with the
//! cell's registers inside. Skipped, with a message, where there is no Yosys.

use hdl::lang::emit::emit;
use hdl::rtl::lane::Lane;
use hdl::rtl::pair_column_e1::PairColumnE1;
use hdl::rtl::pair_column_e2::PairColumnE2;
use rust_hdl_core::prelude::Block;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::process::Command;

/// Cells of `block` by type, after `synth_xilinx` for `family` (with more of its options, if any); `None` without Yosys. `checks` are commands
/// of Yosys that run on the result and fail it.
fn cells<B: Block>(block: &B, family: &str, checks: &str) -> Option<BTreeMap<String, usize>> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let modules = emit(block);
    let mut files = vec![];
    for module in &modules {
        let name = format!("{}.v", module.name);
        std::fs::write(dir.path().join(&name), &module.text).expect("a temporary file");
        files.push(name);
    }
    let top = &modules.last().expect("a block gives a module").name;
    let script = format!(
        "read_verilog {}; synth_xilinx -family {family} -flatten -noiopad -noclkbuf -top {top}; {checks} tee -q -o cells stat",
        files.join(" ")
    );
    let output = match Command::new("yosys").args(["-q", "-p", &script]).current_dir(dir.path()).output() {
        Err(e) if e.kind() == ErrorKind::NotFound => {
            eprintln!("SKIPPED: there is no yosys on the PATH (Debian: apt-get install yosys)");
            return None;
        }
        output => output.expect("yosys runs"),
    };
    assert!(output.status.success(), "{top}, {family}:\n{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(dir.path().join("cells")).expect("yosys writes what it counted");
    // "NAME COUNT" up to 0.2x, "COUNT NAME" later
    let count = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [a, b] = words[..] else { return None };
        b.parse().map(|n| (a.to_string(), n)).or_else(|_| a.parse().map(|n| (b.to_string(), n))).ok()
    };
    let cells: BTreeMap<String, usize> =
        text.lines().filter_map(count).filter(|c| c.0.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())).collect();
    println!("{top}, {family}: {cells:?}");
    Some(cells)
}

fn count(cells: &BTreeMap<String, usize>, name: &str) -> usize {
    cells.get(name).copied().unwrap_or(0)
}

/// A cell's own registers: the pixel's two, the swap bit, the odd weight's lowest bit twice, the odd sum's lowest bit.
const CELL: usize = 16 + 1 + 2 + 1;
/// Weights at the entrance, the odd one's lowest bit once more, and the swap bit on its way to the next pair.
const ENTRANCE: usize = 16 + 1 + 1;
/// The pixels' sum on its way to the next pair.
const PIXEL_SUM: usize = 2 * 12;

/// A1, A2, B, M and P inside, weights and sums through the cascades. Outside are what a cell has beside its DSP48, the carry counters
/// (of the bits that a number of carries can have there), and the foot.
#[test]
fn a_pair_on_dsp48e1_is_sixteen_whole_cells() {
    let inside = "select -assert-count 16 t:DSP48E1 r:AREG=2 %i r:ACASCREG=1 %i r:BREG=1 %i r:MREG=1 %i r:PREG=1 %i; \
                  select -assert-count 15 t:DSP48E1 r:A_INPUT=CASCADE %i;";
    let Some(cells) = cells(&PairColumnE1::default(), "xc7 -abc9", inside) else { return };
    assert_eq!(count(&cells, "DSP48E1"), 16);
    let carries = 1 + (1 + 2) + (2 + 3) + 4 * (3 + 3);
    let foot = (17 + 20) + (20 + 11 + 10) + 20;
    assert_eq!(count(&cells, "FDRE"), 16 * CELL + ENTRANCE + PIXEL_SUM + carries + foot);
}

/// The same, and the offset leaves in the last cell.
#[test]
fn a_pair_on_dsp48e2_is_sixteen_whole_cells() {
    let inside = "select -assert-count 16 t:DSP48E2 r:AREG=2 %i r:ACASCREG=1 %i r:BREG=1 %i r:MREG=1 %i r:PREG=1 %i; \
                  select -assert-count 15 t:DSP48E2 r:A_INPUT=CASCADE %i;";
    let Some(cells) = cells(&PairColumnE2::default(), "xcup -abc9", inside) else { return };
    assert_eq!(count(&cells, "DSP48E2"), 16);
    let foot = (20 + 20) + 20;
    assert_eq!(count(&cells, "FDRE"), 16 * CELL + ENTRANCE + PIXEL_SUM + foot);
}

#[test]
fn a_lane_is_one_dsp48() {
    let Some(cells_7) =
        cells(&Lane::new(1024), "xc7", "select -assert-count 1 t:DSP48E1 r:AREG=1 %i r:BREG=2 %i r:MREG=1'1 %i r:PREG=1'1 %i;")
    else {
        return;
    };
    assert_eq!(count(&cells_7, "DSP48E1"), 1);
    let Some(cells_up) = cells(&Lane::new(1024), "xcup", "") else { return };
    assert_eq!(count(&cells_up, "DSP48E2"), 1);
}
