//! Ports of the generated top module `ember_engine`. One clock, all signals synchronous to its rising edge.

/// A port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: &'static str,
    /// Bits.
    pub width: u32,
    /// Whether the engine drives it.
    pub output: bool,
    /// What it says.
    pub description: &'static str,
}

/// Declares the ports, in the order of the module.
macro_rules! ports {
    ($($direction:ident $name:ident [$width:literal] $description:literal;)*) => {
        /// Every port, in the order of the module.
        pub const PORTS: &[Port] = &[$(Port {
            name: stringify!($name),
            width: $width,
            output: ports!(@$direction),
            description: $description,
        }),*];
    };
    (@input) => { false };
    (@output) => { true };
}

ports! {
    input clock [1] "all signals are synchronous to its rising edge";
    input reset_n [1] "reset, synchronous and active low";
    input s_axis_tdata [64] "programs and frames in, see Packets into the engine; there is no `tlast`";
    input s_axis_tvalid [1] "a beat is offered";
    output s_axis_tready [1] "the beat is taken";
    output m_axis_tdata [64] "results and traces out, see Packets out of the engine; driven from a register";
    output m_axis_tvalid [1] "a beat is offered; driven from a register";
    output m_axis_tlast [1] "it is the packet's last; driven from a register";
    input m_axis_tready [1] "the beat is taken";
    input s_axil_awaddr [12] "AXI4-Lite registers, without `prot`: write address in bytes";
    input s_axil_awvalid [1] "a write address is offered";
    output s_axil_awready [1] "the write address is taken";
    input s_axil_wdata [32] "write data";
    input s_axil_wstrb [4] "bytes that are written";
    input s_axil_wvalid [1] "write data is offered";
    output s_axil_wready [1] "the write data is taken";
    output s_axil_bresp [2] "write response, always OKAY";
    output s_axil_bvalid [1] "a write response is offered";
    input s_axil_bready [1] "the write response is taken";
    input s_axil_araddr [12] "read address in bytes";
    input s_axil_arvalid [1] "a read address is offered";
    output s_axil_arready [1] "the read address is taken";
    output s_axil_rdata [32] "read data";
    output s_axil_rresp [2] "read response, always OKAY";
    output s_axil_rvalid [1] "read data is offered";
    input s_axil_rready [1] "the read data is taken";
    output frame_taken [1] "pulse: conv1 has read the frame, the next one may follow into the frame memory";
    output result_sent [1] "pulse: the last beat of a result was accepted";
    output busy [1] "as `STATUS` bit 1";
    output fault [1] "level from a register: a bit of `ERRORS` is set; the board's shell makes an interrupt of it (`docs/shell.md`)";
}

/// Name, width in bits and whether it is an output, of [`PORTS`].
pub const LIST: [(&str, u32, bool); PORTS.len()] = {
    let (mut list, mut i) = ([("", 0, false); PORTS.len()], 0);
    while i < PORTS.len() {
        list[i] = (PORTS[i].name, PORTS[i].width, PORTS[i].output);
        i += 1;
    }
    list
};
