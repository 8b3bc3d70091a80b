//! What the integer reference computes for every layout, as hashes: any change of a number is seen. The
//! fast path gives the same. `cargo insta review` shows and accepts differences.

use ember_tests::layouts::{short_hash, Case};
use net::reference::Trace;
use net::{fast, reference};

fn text(trace: &Trace) -> String {
    let mut text = String::new();
    for layer in &trace.layers {
        let output = layer.output();
        let (channels, height, width) = output.dim();
        let shape = format!("{channels}x{height}x{width}");
        text += &format!("{:<15} {shape:<12} {}\n", layer.name, short_hash(output.iter().copied()));
    }
    text + &format!("{:<15} {:<12} {}\n", "sums", trace.sums.len(), short_hash(trace.sums.iter().flat_map(|s| s.to_le_bytes())))
}

#[test]
fn every_layout_gives_the_numbers_that_it_gave() {
    for case in Case::all(None) {
        let image = case.photograph();
        let expected = reference::run(&case.network, image.view()).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        let found =
            fast::FastNetwork::new(&case.network).and_then(|f| f.trace(image.view())).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        assert_eq!(text(&found), text(&expected), "{}: the fast path", case.name);
        for layer in &expected.layers {
            let values: std::collections::BTreeSet<u8> = layer.output().iter().copied().collect();
            assert!(values.len() > 16, "{}: {} has only {} values: too dull a photograph or weights", case.name, layer.name, values.len());
        }
        let name = case.name.replace([',', ' '], "_").replace("__", "_");
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, description => case.weights.clone() }, {
            insta::assert_snapshot!(name, text(&expected));
        });
    }
}
