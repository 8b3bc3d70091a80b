//! The Verilog of the small modules, as it was last looked at: a change of the emitter or of a module
//! shows here as a difference to read. `cargo insta review` (or INSTA_UPDATE=always) accepts it.

use contract::engine::EngineConfig;
use hdl::target::{DspForm, Target};

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

/// Of the packed forms.
const PACKED: [&str; 6] =
    ["ember_pair_operand", "ember_pair_cell", "ember_pair_column", "ember_pair_foot", "ember_pixel_sum", "ember_pixel_complement"];

/// The DSP48s of the packed forms, as far as each has them, and what counts carries.
const CELLS: [(&str, &[&str]); 2] = [
    ("dsp48e1", &["ember_dsp48e1_first", "ember_dsp48e1_next", "ember_pair_carry"]),
    ("dsp48e2", &["ember_dsp48e2_first", "ember_dsp48e2_next", "ember_dsp48e2_last"]),
];

/// Of the board's shell.
const SHELL: [&str; 8] = [
    "ember_synchroniser_6",
    "ember_dual_clock_ram_65x32",
    "ember_fifo_write",
    "ember_fifo_read",
    "ember_async_fifo",
    "ember_reset_side",
    "ember_narrower",
    "ember_widener",
];

fn snapshot(files: &[(String, String)], module: &str, name: &str) {
    let file = files.iter().find(|f| f.0 == format!("{module}.v"));
    let (_, text) = file.unwrap_or_else(|| panic!("there is no {module}.v among {:?}", files.iter().map(|f| &f.0).collect::<Vec<_>>()));
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn small_modules() {
    let files = hdl::generate(&EngineConfig::standard(4));
    for module in MODULES {
        snapshot(&files, module, module);
    }
}

#[test]
fn packed_modules() {
    for (dsp, form) in [(DspForm::Dsp48e1, "dsp48e1"), (DspForm::Dsp48e2, "dsp48e2")] {
        let files = hdl::generate_for(&EngineConfig::standard(4), &Target { dsp, ..Target::default() });
        let cells = CELLS.iter().find(|c| c.0 == form).expect("both forms are there").1;
        for module in PACKED.iter().chain(cells) {
            snapshot(&files, module, &format!("{form}_{module}"));
        }
    }
}

#[test]
fn shell_modules() {
    let files = hdl::generate_shell(&EngineConfig::standard(4), &Target::default(), 128).expect("a width of the XDMA");
    for module in SHELL {
        snapshot(&files, module, module);
    }
}

#[test]
fn shell_constraints() {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("timing.xdc", hdl::shell::constraints(&hdl::shell::crossings()));
    });
}
