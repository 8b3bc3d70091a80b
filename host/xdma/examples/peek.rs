//! Reads one register of a design: `cargo run --example peek -- FOLDER INDEX OFFSET`, for example `/dev 0 0x0`.

use xdma::{Device, Nodes, ReadOnly, Register};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, index, offset] = arguments.as_slice() else { return Err("usage: peek FOLDER INDEX OFFSET".into()) };
    let offset = match offset.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16)?,
        None => offset.parse()?,
    };
    if offset % 4 != 0 {
        return Err("the offset must be a multiple of four".into());
    }
    let device = Device::open(Nodes::within(folder.as_ref(), index.parse()?))?;
    let value = device.registers(offset + 4)?.read(Register::<ReadOnly>::new(offset))?;
    println!("{value:#010x}");
    Ok(())
}
