//! Timing constraints of the crossings, as XDC.

use super::crossings::{Crossing, Domain, Kind};
use std::collections::BTreeSet;

const HEAD: &str = "\
# Clock crossings of ember_shell. Paths are below the module: read this file with SCOPED_TO_REF ember_shell, and for
# implementation only, when both clocks are known:
#   set_property SCOPED_TO_REF ember_shell [get_files timing.xdc]
#   set_property USED_IN {implementation} [get_files timing.xdc]
#
# -datapath_only takes the clocks' phases out, which have no meaning here, and leaves a bound on the delay:
#   Gray codes   one period of the source: two changes, of different bits, cannot overtake each other
#   levels       one period of the destination
#   held         one period of the destination: what is beside a level is looked at two of its edges later or more
#   memories     one period of the reader: a word is read two of its edges after it was written or more
# They start at the other clock, not at a register, so that a register that was merged or copied is still meant.
";

/// The constraints of `crossings`, a text for `timing.xdc`.
pub fn constraints(crossings: &[Crossing]) -> String {
    let mut text = String::from(HEAD);
    text += "\n";
    for domain in [Domain::Stream, Domain::Engine] {
        if let Some(clock) = domain.clock() {
            text += &format!("set {clock}_clock [get_clocks -of_objects [get_ports {clock}]]\n");
            text += &format!("set {clock}_period [get_property -min PERIOD ${clock}_clock]\n");
        }
    }
    let mut resets = BTreeSet::new();
    for crossing in crossings {
        let destination = &crossing.destination;
        let (Some(from), Some(to)) = (crossing.from.clock(), crossing.to.clock()) else {
            // one line for both pins: what reaches the reset pins of these registers has no time to keep
            if resets.insert(destination) {
                text += &format!("\n# {}\n", comment(crossing));
                text += &format!("set_false_path -to [get_pins {{{}/CLR}}]\n", cells(destination));
            }
            continue;
        };
        text += &format!("\n# {}\n", comment(crossing));
        let between = format!("-from ${from}_clock -to [get_cells {{{}}}]", cells(destination));
        match crossing.kind {
            Kind::Gray => {
                text += &format!("set_max_delay -datapath_only {between} ${from}_period\nset_bus_skew {between} ${from}_period\n");
            }
            _ => text += &format!("set_max_delay -datapath_only {between} ${to}_period\n"),
        }
    }
    text
}

fn comment(crossing: &Crossing) -> String {
    let kind = match crossing.kind {
        Kind::Gray => "Gray code",
        Kind::Level => "level",
        Kind::Held => "held",
        Kind::Memory => "memory",
        Kind::Reset => "reset",
    };
    match crossing.from.clock() {
        Some(from) => format!("{kind}, {from} to {}: {}", crossing.to.clock().unwrap_or_default(), crossing.source),
        None => format!("{kind}, begins without a clock"),
    }
}

/// The cells that Vivado makes of a register: `name_reg`, with an index where it has several bits.
fn cells(register: &str) -> String {
    format!("{register}_reg*")
}
