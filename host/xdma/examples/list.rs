//! Lists the boards that the driver has found: `cargo run --example list`.

use xdma::{Driver, Sysfs};

fn main() -> std::io::Result<()> {
    let sysfs = Sysfs::system();
    match sysfs.driver() {
        None => println!("driver: not loaded"),
        Some(Driver::Namesake) => println!("driver: the kernel's own module of the same name; unload it and load Xilinx's"),
        Some(Driver::Xilinx { version, h2c_timeout, c2h_timeout }) => {
            println!("driver: {version}, timeouts {h2c_timeout:?} s to the board, {c2h_timeout:?} s from it");
        }
    }
    for board in sysfs.boards()? {
        let (link, address) = (board.link, board.address.unwrap_or_else(|| "unknown address".into()));
        println!("xdma{}: {address}, link {:?} x{:?} of {:?} x{:?}", board.index, link.speed, link.width, link.most_speed, link.most_width);
        println!("  {}", board.nodes.join(" "));
    }
    Ok(())
}
