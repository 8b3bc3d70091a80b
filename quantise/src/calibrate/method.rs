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

/// How the integers are chosen as a whole. The text forms are `equalise` and those of [`Method`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Recipe {
    /// A step a channel, and weights fitted layer by layer ([`crate::fit`]).
    Equalise,
    /// A step a layer by this method, every weight rounded to the nearest.
    Layer(Method),
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equalise => f.write_str("equalise"),
            Self::Layer(method) => method.fmt(f),
        }
    }
}

impl FromStr for Recipe {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "equalise" | "equalize" => Ok(Self::Equalise),
            // what is no method has to hear of all
            _ if !text.starts_with("percentile:") && text.parse::<Method>().is_err() => {
                Err("expected equalise, mse, max, percentile or percentile:P".into())
            }
            _ => text.parse().map(Self::Layer),
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
    fn recipes_read_back_and_name_each_other() {
        for recipe in [Recipe::Equalise, Recipe::Layer(Method::Max), Recipe::Layer(Method::Percentile(99.5))] {
            assert_eq!(recipe.to_string().parse(), Ok(recipe));
        }
        assert_eq!("equalize".parse(), Ok(Recipe::Equalise));
        assert!("kl".parse::<Recipe>().is_err_and(|e| e.contains("equalise, mse")));
        assert!("percentile:200".parse::<Recipe>().is_err_and(|e| e.contains("at most 100")));
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
