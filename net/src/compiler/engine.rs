//! Which engine holds a network.

use super::{plan, CompileError};
use crate::layout::Layout;
use crate::model::{Network, NetworkError};
use contract::engine::EngineConfig;
use contract::parameters::PARAMETERS;

/// The smallest engine with `columns` columns that takes `network`.
///
/// # Errors
/// An unsound network or column count.
pub fn smallest_engine(network: &Network, columns: usize) -> Result<EngineConfig, CompileError> {
    network.check()?;
    smallest(&network.layout, columns)
}

fn smallest(layout: &Layout, columns: usize) -> Result<EngineConfig, CompileError> {
    let config =
        EngineConfig { columns, activation_rows: 1 << 16, segment_accumulator_pixels: 1 << 16, ..EngineConfig::standard(columns.max(1)) };
    config.check()?;
    let plans = plan::plan(&layout.layers().map_err(NetworkError::from)?, &config);
    Ok(plan::smallest(&plans, &config, layout.height, layout.width))
}

/// The standard engine with `columns` columns, those of its memories made larger that networks of `layout` do not fit into.
/// It is the standard engine itself where that holds them.
///
/// # Errors
/// An unsound layout or column count, or a memory that no engine can have so large.
pub fn sufficient_engine(layout: &Layout, columns: usize) -> Result<EngineConfig, CompileError> {
    let standard = EngineConfig::standard(columns.max(1));
    let standard = EngineConfig { columns, ..standard };
    standard.check()?;
    let layers = layout.layers().map_err(NetworkError::from)?;
    let plans = plan::plan(&layers, &standard);
    plan::check_sums(&plans)?;
    // what the plan for the standard engine needs, unless that is more than an engine can have
    let needed = larger(&standard, &plan::smallest(&plans, &standard, layout.height, layout.width));
    let config = match needed.check() {
        Ok(()) => needed,
        Err(_) => larger(&standard, &smallest(layout, columns)?),
    };
    config.check()?;
    // other depths are other strips, so this plan may be another one
    plan::check(&plan::smallest(&plan::plan(&layers, &config), &config, layout.height, layout.width), &config)?;
    Ok(config)
}

/// Each size the larger of two engines'.
fn larger(a: &EngineConfig, b: &EngineConfig) -> EngineConfig {
    let mut config = *a;
    for parameter in PARAMETERS {
        *(parameter.place)(&mut config) = (parameter.get)(a).max((parameter.get)(b));
    }
    config
}

/// The options of `hdl generate` for an engine that has at least the sizes of `config`: what is larger than in the standard
/// engine.
pub fn options(config: &EngineConfig) -> String {
    let standard = EngineConfig::standard(config.columns);
    let larger = PARAMETERS.iter().filter(|p| (p.get)(config) > (p.get)(&standard));
    let options = larger.map(|p| format!(" --{} {}", p.option(), (p.get)(config)));
    format!("--columns {}{}", config.columns, options.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::engine::COLUMNS;

    #[test]
    fn published_networks_need_the_standard_engine_only() {
        for layout in [Layout::v1_0(227, 1000, 1), Layout::v1_1(227, 1024), Layout::article(227, 1000)] {
            for columns in COLUMNS {
                let config = sufficient_engine(&layout, columns).expect("it fits");
                assert_eq!(config, EngineConfig::standard(columns));
                assert_eq!(options(&config), format!("--columns {columns}"));
            }
        }
    }

    #[test]
    fn larger_inputs_need_larger_memories_by_name() {
        for side in [320, 384, 416, 512, 640] {
            for layout in [Layout::v1_1(side, 1000), Layout::v1_0(side, 10, 1)] {
                for columns in COLUMNS {
                    // it says so when no engine can have the memories
                    let Ok(config) = sufficient_engine(&layout, columns) else { continue };
                    assert!(options(&config).contains(" --frame-words "), "{side}: {}", options(&config));
                }
            }
        }
        let config = sufficient_engine(&Layout::v1_1(512, 1000), 16).expect("an engine can be generated");
        assert!(
            options(&config).starts_with("--columns 16 --a") && options(&config).contains(" --frame-words 16384"),
            "{}",
            options(&config)
        );
    }

    #[test]
    fn what_no_engine_can_hold_is_refused() {
        let error = sufficient_engine(&Layout::v1_1(2048, 1000), 16).expect_err("too large").to_string();
        assert!(error.contains("cannot be generated"), "{error}");
        assert!(sufficient_engine(&Layout::v1_1(227, 1000), 5).is_err());
    }
}
