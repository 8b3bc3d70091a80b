//! What a module is, read from the block itself: its name and all of its ports.

use hdl::lang::prelude::*;
use rust_hdl_core::atom::Atom;
use rust_hdl_core::prelude::Probe;

/// Name, width, whether it is an output.
pub type Port = (String, u32, bool);

/// Every port of `block`, clocks included.
pub fn ports<B: Block>(block: &B) -> Vec<Port> {
    let mut top = Top::default();
    block.accept("top", &mut top);
    top.ports
}

#[derive(Default)]
struct Top {
    depth: usize,
    bundles: Vec<String>,
    ports: Vec<Port>,
}

/// Verilog has neither arrays of ports nor bundles: all are parts of a name.
fn flat(name: &str) -> String {
    name.replace("::", "_").replace('$', "_")
}

impl Probe for Top {
    fn visit_start_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth += 1;
    }
    fn visit_end_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth -= 1;
    }
    fn visit_start_namespace(&mut self, name: &str, _: &dyn Block) {
        self.bundles.push(name.into());
    }
    fn visit_end_namespace(&mut self, _: &str, _: &dyn Block) {
        self.bundles.pop();
    }
    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        if self.depth != 1 || !atom.kind().is_parameter() {
            return;
        }
        let path: Vec<&str> = self.bundles.iter().map(String::as_str).chain([name]).collect();
        let output = atom.kind() == AtomKind::OutputParameter;
        self.ports.push((flat(&path.join("_")), atom.bits() as u32, output));
    }
}

/// Where a test's list is not the module's, one phrase a difference.
pub fn differences(listed: &[Port], module: &[Port]) -> Vec<String> {
    let text = |(name, width, output): &Port| format!("{} {name} ({width} bits)", if *output { "output" } else { "input" });
    let forgotten = module.iter().filter(|port| !listed.contains(port)).map(|p| format!("the test does not list its {}", text(p)));
    let invented = listed.iter().filter(|port| !module.contains(port)).map(|p| format!("the test lists {}, which it has not", text(p)));
    forgotten.chain(invented).collect()
}
