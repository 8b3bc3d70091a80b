// The engine between a host and nothing.
`timescale 1ns / 1ps
`default_nettype none

module bench;
  reg clock = 1'b0;
  always #5 clock = ~clock;

  wire reset_n, in_valid, in_ready, out_last, out_valid, out_ready;
  wire [63:0] in_data, out_data;
  wire [31:0] awaddr, wdata, araddr, rdata;
  wire [3:0] wstrb;
  wire [1:0] bresp, rresp;
  wire awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready;
  wire frame_taken, result_sent, busy, fault;

  host #(
    .LANES(1),
    .VALID(0),
    .SETTLED(2)
  ) host (
    .clock(clock), .reset_n(reset_n), .locked(), .watched(),
    .in_data(in_data), .in_keep(), .in_last(), .in_valid(in_valid), .in_ready(in_ready),
    .out_data(out_data), .out_keep(8'hff), .out_last(out_last), .out_valid(out_valid), .out_ready(out_ready),
    .awaddr(awaddr), .awvalid(awvalid), .awready(awready),
    .wdata(wdata), .wstrb(wstrb), .wvalid(wvalid), .wready(wready),
    .bresp(bresp), .bvalid(bvalid), .bready(bready),
    .araddr(araddr), .arvalid(arvalid), .arready(arready),
    .rdata(rdata), .rresp(rresp), .rvalid(rvalid), .rready(rready),
    .levels({frame_taken, result_sent, busy, fault})
  );

  ember_engine engine (
    .clock(clock), .reset_n(reset_n),
    .s_axis_tdata(in_data), .s_axis_tvalid(in_valid), .s_axis_tready(in_ready),
    .m_axis_tdata(out_data), .m_axis_tvalid(out_valid), .m_axis_tlast(out_last), .m_axis_tready(out_ready),
    .s_axil_awaddr(awaddr[11:0]), .s_axil_awvalid(awvalid), .s_axil_awready(awready),
    .s_axil_wdata(wdata), .s_axil_wstrb(wstrb), .s_axil_wvalid(wvalid), .s_axil_wready(wready),
    .s_axil_bresp(bresp), .s_axil_bvalid(bvalid), .s_axil_bready(bready),
    .s_axil_araddr(araddr[11:0]), .s_axil_arvalid(arvalid), .s_axil_arready(arready),
    .s_axil_rdata(rdata), .s_axil_rresp(rresp), .s_axil_rvalid(rvalid), .s_axil_rready(rready),
    .frame_taken(frame_taken), .result_sent(result_sent), .busy(busy), .fault(fault)
  );
endmodule

`default_nettype wire
