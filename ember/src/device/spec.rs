//! Names of devices, as `--device` takes them and reports print them.

use std::fmt;
use std::str::FromStr;

/// One device, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceSpec {
    /// `software`: the fast path on this computer's CPU.
    Software,
    /// `sim` or `sim:COLUMNS`: the engine's RTL under Verilator.
    Sim {
        /// Columns of the array; without them, `--columns` says.
        columns: Option<usize>,
    },
    /// `xdma`, `xdma:N` or `xdma:BDF`: a board behind the XDMA driver.
    Xdma(BoardName),
}

/// Which board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoardName {
    /// The first one found.
    First,
    /// The one whose nodes are called `xdmaN_*`.
    Number(u32),
    /// The one at this PCIe address, `domain:bus:device.function`.
    Address(String),
}

/// A name that no device has.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{name:?} is no device; expected software, sim, sim:COLUMNS ({}), xdma, xdma:N or xdma:BUS:DEVICE.FUNCTION", columns())]
pub struct SpecError {
    name: String,
}

fn columns() -> String {
    contract::engine::COLUMNS.map(|c| c.to_string()).join(", ")
}

impl FromStr for DeviceSpec {
    type Err = SpecError;

    fn from_str(name: &str) -> Result<Self, SpecError> {
        let (kind, rest) = name.split_once(':').map_or((name, None), |(kind, rest)| (kind, Some(rest)));
        let spec = match (kind, rest) {
            ("software", None) => Some(Self::Software),
            ("sim", None) => Some(Self::Sim { columns: None }),
            ("sim", Some(text)) => {
                let columns = text.parse().ok().filter(|c| contract::engine::COLUMNS.contains(c));
                columns.map(|c| Self::Sim { columns: Some(c) })
            }
            ("xdma", None) => Some(Self::Xdma(BoardName::First)),
            ("xdma", Some(text)) => board(text).map(Self::Xdma),
            _ => None,
        };
        spec.ok_or_else(|| SpecError { name: name.into() })
    }
}

/// A board's number, or its PCIe address with or without the domain.
fn board(text: &str) -> Option<BoardName> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(BoardName::Number);
    }
    let hex = |text: &str, digits: usize| text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit());
    let (front, function) = text.split_once('.')?;
    let parts: Vec<&str> = front.split(':').collect();
    let (domain, bus, device) = match parts.as_slice() {
        [bus, device] => ("0000", *bus, *device),
        [domain, bus, device] => (*domain, *bus, *device),
        _ => return None,
    };
    let valid = hex(domain, 4) && hex(bus, 2) && hex(device, 2) && matches!(function.as_bytes(), [b'0'..=b'7']);
    valid.then(|| BoardName::Address(format!("{domain}:{bus}:{device}.{function}").to_ascii_lowercase()))
}

impl fmt::Display for DeviceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Software => f.write_str("software"),
            Self::Sim { columns: None } => f.write_str("sim"),
            Self::Sim { columns: Some(columns) } => write!(f, "sim:{columns}"),
            Self::Xdma(BoardName::First) => f.write_str("xdma"),
            Self::Xdma(BoardName::Number(number)) => write!(f, "xdma:{number}"),
            Self::Xdma(BoardName::Address(address)) => write!(f, "xdma:{address}"),
        }
    }
}

/// The first device of `specs` that is named twice.
pub fn repeated(specs: &[DeviceSpec]) -> Option<&DeviceSpec> {
    specs.iter().enumerate().find(|(i, spec)| specs[..*i].contains(spec)).map(|(_, spec)| spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_printed_alike() {
        for name in ["software", "sim", "sim:4", "sim:32", "xdma", "xdma:0", "xdma:17", "xdma:0000:03:00.0"] {
            assert_eq!(name.parse::<DeviceSpec>().expect(name).to_string(), name);
        }
        let short: DeviceSpec = "xdma:0A:1f.7".parse().expect("an address without its domain");
        assert_eq!(short, DeviceSpec::Xdma(BoardName::Address("0000:0a:1f.7".into())));
    }

    #[test]
    fn other_names_are_refused_with_a_list() {
        for name in [
            "",
            "gpu",
            "software:2",
            "sim:",
            "sim:5",
            "sim:x",
            "xdma:",
            "xdma:-1",
            "xdma:03:00",
            "xdma:03:00.8",
            "xdma:3:0.0",
            "Sim",
            "xdma:99999999999",
        ] {
            let error = name.parse::<DeviceSpec>().expect_err(name).to_string();
            assert!(error.contains(&format!("{name:?}")) && error.contains("4, 8, 16, 32"), "{error}");
        }
    }
}
