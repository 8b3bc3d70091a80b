//! The Verilog of the small modules, as it was last looked at: a change of the emitter or of a module
//! shows here as a difference to read. `cargo insta review` (or INSTA_UPDATE=always) accepts it.

use net::engine::EngineConfig;

const MODULES: [&str; 10] = [
    "ember_column",
    "ember_skew",
    "ember_lane",
    "ember_scanner",
    "ember_window",
    "ember_pool_control",
    "ember_write_control",
    "ember_token_delay",
    "ember_reset_control",
    "ember_sum_control",
];

#[test]
fn small_modules() {
    let files = hdl::generate(&EngineConfig::standard(4));
    for module in MODULES {
        let file = files.iter().find(|f| f.0 == format!("{module}.v"));
        let (_, text) = file.unwrap_or_else(|| panic!("there is no {module}.v among {:?}", files.iter().map(|f| &f.0).collect::<Vec<_>>()));
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(module, text);
        });
    }
}
