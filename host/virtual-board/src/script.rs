//! Faults in words, for an option or a file.

use crate::error::RigError;
use crate::faults::{Fault, Faults};
use std::time::Duration;

/// Reads a description: parts separated by commas or lines, `#` begins a comment.
///
/// `rate=0.01` chance of a fault in each transfer, `seed=7`, `kinds=corrupt+stuck-read` which ones are drawn (all that
/// pass without it), `delay=50` longest delay in milliseconds, and `KIND@N`: that fault at the N-th write or read.
///
/// # Errors
/// The first part that means nothing.
pub fn parse(text: &str) -> Result<Faults, RigError> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let parts: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|part| !part.is_empty()).collect();
    let mut seed = 0;
    for part in &parts {
        if let Some(value) = part.strip_prefix("seed=") {
            seed = value.parse().map_err(|_| refuse(part, "expected seed=NUMBER"))?;
        }
    }
    let mut faults = Faults::random(0.0, seed);
    for part in parts {
        match part.split_once('=') {
            Some(("seed", _)) => {}
            Some(("rate", value)) => {
                let rate = value.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
                faults.rate = rate.ok_or_else(|| refuse(part, "expected rate= and a number from 0 to 1"))?;
            }
            Some(("delay", value)) => {
                let milliseconds = value.parse().map_err(|_| refuse(part, "expected delay=MILLISECONDS"))?;
                faults.delay = Duration::from_millis(milliseconds);
            }
            Some(("kinds", value)) => faults.kinds = value.split('+').map(fault).collect::<Result<_, _>>()?,
            Some(_) => return Err(refuse(part, "expected rate=, seed=, kinds=, delay= or KIND@N")),
            None => {
                let (kind, at) = part.split_once('@').ok_or_else(|| refuse(part, "expected KIND@N, or rate=, seed=, kinds=, delay="))?;
                let at = at.parse().ok().filter(|at| *at > 0);
                faults.script.push((fault(kind)?, at.ok_or_else(|| refuse(part, "expected a number from 1 after @"))?));
            }
        }
    }
    Ok(faults)
}

fn fault(name: &str) -> Result<Fault, RigError> {
    let known = || Fault::NAMES.map(|(name, _)| name).join(", ");
    let found = Fault::NAMES.iter().find(|(known, _)| *known == name.trim());
    found.map(|(_, fault)| *fault).ok_or_else(|| RigError::Faults { part: name.into(), expected: format!("known are {}", known()) })
}

fn refuse(part: &str, expected: &str) -> RigError {
    RigError::Faults { part: part.into(), expected: expected.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_read() {
        let faults = parse("rate=0.01, seed=9 # often\nkinds=corrupt+stuck-read\ncorrupt@5,gone@2,delay=50").expect("valid");
        assert_eq!((faults.rate, faults.delay), (0.01, Duration::from_millis(50)));
        assert_eq!(faults.kinds, [Fault::Corrupt, Fault::StuckRead]);
        assert_eq!(faults.script, [(Fault::Corrupt, 5), (Fault::Gone, 2)]);
        assert!(parse("").expect("valid").script.is_empty());
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for (text, part) in
            [("rate=2", "rate=2"), ("corupt@5", "corupt"), ("gone@0", "gone@0"), ("x", "x"), ("seed=a", "seed=a"), ("a=1", "a=1")]
        {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(&format!("`{part}`")), "{error}");
        }
        assert!(parse("corupt@5").expect_err("misspelt").to_string().contains("corrupt"), "it says what is known");
    }
}
