//! The rules by which an activation scale can be chosen from a histogram.

use std::fmt;
use std::str::FromStr;

/// Percentile that `percentile` alone means.
pub const DEFAULT_PERCENTILE: f64 = 99.99;

/// How a layer's activation scale is chosen. The text forms are `mse`, `max`, `percentile` and `percentile:P`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// The least mean squared error of rounding and clipping to 0..255 steps.
    Mse,
    /// The largest activation seen is 255 steps: nothing is clipped.
    Max,
    /// This percentage of all activations, zeros among them, are at most 255 steps: above 0, at most 100.
    Percentile(f64),
}

impl Method {
    /// The method measured best for a set of `images` photographs.
    pub fn for_images(images: usize) -> Self {
        if images < super::REPRESENTATIVE {
            Self::Max
        } else {
            Self::Mse
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mse => f.write_str("mse"),
            Self::Max => f.write_str("max"),
            Self::Percentile(p) => write!(f, "percentile:{p}"),
        }
    }
}

impl FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "mse" => Ok(Self::Mse),
            None if text == "max" => Ok(Self::Max),
            None if text == "percentile" => Ok(Self::Percentile(DEFAULT_PERCENTILE)),
            Some(("percentile", p)) => match p.parse() {
                Ok(p) if p > 0.0 && p <= 100.0 => Ok(Self::Percentile(p)),
                _ => Err(format!("percentile {p}: expected a number above 0, at most 100, as in percentile:99.99")),
            },
            _ => Err("expected mse, max, percentile or percentile:P".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_read_back() {
        for method in [Method::Mse, Method::Max, Method::Percentile(99.99), Method::Percentile(100.0), Method::Percentile(0.5)] {
            assert_eq!(method.to_string().parse(), Ok(method));
        }
        assert_eq!("percentile".parse(), Ok(Method::Percentile(DEFAULT_PERCENTILE)));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "MSE", "mse:2", "max:1", "percentile:", "percentile:0", "percentile:-1", "percentile:100.1", "percentile:NaN", "kl"]
        {
            text.parse::<Method>().expect_err(text);
        }
    }
}
