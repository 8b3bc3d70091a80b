//! Which engines hold a network: said before the long work, not by the device behind it.

use contract::engine::{EngineConfig, COLUMNS};
use net::compiler::{options, sufficient_engine};
use net::layout::Layout;
use serde::Serialize;
use std::fmt;

/// One number of columns.
#[derive(Debug, Serialize)]
pub struct Fit {
    /// Columns of the array.
    pub columns: usize,
    /// Whether the standard engine, which `--device sim` builds, holds the network.
    pub standard: bool,
    /// Options of `hdl generate` for an engine that does; null when none can be generated.
    pub options: Option<String>,
    /// Why none can be generated.
    pub reason: Option<String>,
}

/// The engines for a network, one a number of columns.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Fits(Vec<Fit>);

impl Fits {
    /// Of networks of `layout`.
    pub fn of(layout: &Layout) -> Self {
        Self(COLUMNS.iter().map(|&columns| fit(layout, columns)).collect())
    }

    /// Whether no standard engine holds the network.
    pub fn nowhere(&self) -> bool {
        !self.0.iter().any(|fit| fit.standard)
    }

    /// A warning in one sentence when no standard engine holds the network: `pixels` is its input.
    pub fn warning(&self, layout: &Layout) -> Option<String> {
        if !self.nowhere() {
            return None;
        }
        let (height, width) = (layout.height, layout.width);
        let start = format!("no standard engine holds a network of {height}x{width} pixels, though --device software runs it");
        let engine =
            self.0.iter().find(|fit| fit.columns == 16 && fit.options.is_some()).or(self.0.iter().find(|fit| fit.options.is_some()));
        Some(match engine.and_then(|fit| fit.options.as_deref().map(|options| (fit.columns, options))) {
            Some((columns, options)) => {
                format!(
                    "{start}; one that does: `hdl generate {options} --out DIR`, simulated: `sim --fit --columns {columns} --model FILE`"
                )
            }
            None => format!("{start}, and none can be generated; use a smaller input"),
        })
    }
}

fn fit(layout: &Layout, columns: usize) -> Fit {
    match sufficient_engine(layout, columns) {
        Ok(engine) => Fit { columns, standard: engine == EngineConfig::standard(columns), options: Some(options(&engine)), reason: None },
        Err(error) => Fit { columns, standard: false, options: None, reason: Some(error.to_string()) },
    }
}

impl fmt::Display for Fits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let standard: Vec<String> = self.0.iter().filter(|fit| fit.standard).map(|fit| fit.columns.to_string()).collect();
        match standard.as_slice() {
            [] => write!(f, "engines: no standard engine holds it; --device software runs it")?,
            all => write!(f, "engines: the standard engine holds it with {} columns", all.join(", "))?,
        }
        for fit in self.0.iter().filter(|fit| !fit.standard) {
            let columns = fit.columns;
            match (&fit.options, &fit.reason) {
                (Some(options), _) => {
                    write!(f, "\n  {columns:>2} columns: hdl generate {options}; simulated: sim --fit --columns {columns} --model FILE")?
                }
                (None, reason) => write!(f, "\n  {columns:>2} columns: none ({})", reason.as_deref().unwrap_or_default())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_networks_fit_the_standard_engine() {
        let layout = Layout::v1_1(227, 1000);
        let fits = Fits::of(&layout);
        assert_eq!(fits.to_string(), "engines: the standard engine holds it with 4, 8, 16, 32 columns");
        assert_eq!((fits.warning(&layout), fits.nowhere()), (None, false));
    }

    #[test]
    fn larger_inputs_get_the_options_that_help() {
        let layout = Layout::v1_1(512, 1000);
        let fits = Fits::of(&layout);
        let text = fits.to_string();
        assert!(text.starts_with("engines: no standard engine holds it") && text.contains("--frame-words 16384"), "{text}");
        let warning = fits.warning(&layout).expect("it fits nowhere");
        assert!(warning.contains("512x512") && warning.contains("hdl generate --columns") && warning.contains("sim --fit"), "{warning}");
        let huge = Layout::v1_1(3000, 1000);
        assert!(Fits::of(&huge).warning(&huge).is_some_and(|w| w.contains("use a smaller input")));
    }
}
