//! The ports of `ember_shell`, and what a block design makes of them.

/// A port of the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// As in the Verilog.
    pub name: String,
    /// Bits.
    pub width: u32,
    /// Out of the shell.
    pub output: bool,
    /// Verilog attribute by which Vivado's block design sees the port's bus; `None` for a plain pin.
    pub attribute: Option<String>,
}

/// Bits of a port.
enum Width {
    Bits(u32),
    Stream,
    Keep,
}
use Width::{Bits, Keep, Stream};

const CLOCK: &str = "X_INTERFACE_INFO = \"xilinx.com:signal:clock:1.0 axi_aclk CLK\", \
     X_INTERFACE_PARAMETER = \"ASSOCIATED_BUSIF s_axis_h2c:m_axis_c2h:s_axil, ASSOCIATED_RESET axi_aresetn\"";
const RESET: &str = "X_INTERFACE_INFO = \"xilinx.com:signal:reset:1.0 axi_aresetn RST\", X_INTERFACE_PARAMETER = \"POLARITY ACTIVE_LOW\"";
const ENGINE_CLOCK: &str = "X_INTERFACE_INFO = \"xilinx.com:signal:clock:1.0 engine_clk CLK\"";

const TABLE: [(&str, Width, bool); 36] = [
    ("axi_aclk", Bits(1), false),
    ("axi_aresetn", Bits(1), false),
    ("s_axis_h2c_tdata", Stream, false),
    ("s_axis_h2c_tkeep", Keep, false),
    ("s_axis_h2c_tlast", Bits(1), false),
    ("s_axis_h2c_tvalid", Bits(1), false),
    ("s_axis_h2c_tready", Bits(1), true),
    ("m_axis_c2h_tdata", Stream, true),
    ("m_axis_c2h_tkeep", Keep, true),
    ("m_axis_c2h_tlast", Bits(1), true),
    ("m_axis_c2h_tvalid", Bits(1), true),
    ("m_axis_c2h_tready", Bits(1), false),
    ("s_axil_awaddr", Bits(32), false),
    ("s_axil_awprot", Bits(3), false),
    ("s_axil_awvalid", Bits(1), false),
    ("s_axil_awready", Bits(1), true),
    ("s_axil_wdata", Bits(32), false),
    ("s_axil_wstrb", Bits(4), false),
    ("s_axil_wvalid", Bits(1), false),
    ("s_axil_wready", Bits(1), true),
    ("s_axil_bresp", Bits(2), true),
    ("s_axil_bvalid", Bits(1), true),
    ("s_axil_bready", Bits(1), false),
    ("s_axil_araddr", Bits(32), false),
    ("s_axil_arprot", Bits(3), false),
    ("s_axil_arvalid", Bits(1), false),
    ("s_axil_arready", Bits(1), true),
    ("s_axil_rdata", Bits(32), true),
    ("s_axil_rresp", Bits(2), true),
    ("s_axil_rvalid", Bits(1), true),
    ("s_axil_rready", Bits(1), false),
    ("usr_irq_req", Bits(1), true),
    ("usr_irq_ack", Bits(1), false),
    ("engine_clk", Bits(1), false),
    ("engine_locked", Bits(1), false),
    ("busy", Bits(1), true),
];

/// Every port of the shell with streams of `stream_bits` bits, in the order of the Verilog.
///
/// Buses: `s_axis_h2c` and `m_axis_c2h` (`axis`), `s_axil` (`aximm`, AXI4-Lite), all at `axi_aclk`; a block design shows
/// each as one pin of that name. FREQ_HZ is left to the clock that is connected.
pub fn ports(stream_bits: usize) -> Vec<Port> {
    let stream = stream_bits as u32;
    let port = |(name, width, output): &(&str, Width, bool)| {
        let width = match width {
            Bits(width) => *width,
            Stream => stream,
            Keep => stream / 8,
        };
        Port { name: (*name).into(), width, output: *output, attribute: attribute(name) }
    };
    TABLE.iter().map(port).collect()
}

fn attribute(name: &str) -> Option<String> {
    match name {
        "axi_aclk" => return Some(CLOCK.into()),
        "axi_aresetn" => return Some(RESET.into()),
        "engine_clk" => return Some(ENGINE_CLOCK.into()),
        _ => {}
    }
    let (bus, signal) = name.rsplit_once('_')?;
    let interface = match bus {
        "s_axis_h2c" | "m_axis_c2h" => "axis",
        "s_axil" => "aximm",
        _ => return None,
    };
    Some(format!("X_INTERFACE_INFO = \"xilinx.com:interface:{interface}:1.0 {bus} {}\"", signal.to_uppercase()))
}
