//! Lists the boards that the driver has found: `cargo run --example list`.

use xdma::{Driver, Sysfs};

fn main() -> std::io::Result<()> {
    let sysfs = Sysfs::system();
    match sysfs.driver() {
        None => println!("driver: not loaded"),
        Some(Driver::Namesake) => println!("driver: the kernel's own module of the same name; unload it and load Xilinx's"),
        Some(Driver::Xilinx { version, h2c_timeout, c2h_timeout }) => {
            let [h2c, c2h] = [h2c_timeout, c2h_timeout].map(or_unknown);
            println!("driver: {version}, timeouts {h2c} s to the board, {c2h} s from it");
        }
    }
    for board in sysfs.boards()? {
        let (link, address) = (board.link, board.address.unwrap_or_else(|| "unknown address".into()));
        let [speed, most_speed] = [link.speed, link.most_speed].map(or_unknown);
        let [width, most_width] = [link.width, link.most_width].map(or_unknown);
        println!("xdma{}: {address}, link {speed} x{width} of {most_speed} x{most_width}", board.index);
        println!("  {}", board.nodes.join(" "));
    }
    Ok(())
}

fn or_unknown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "unknown".into(), |value| value.to_string())
}
