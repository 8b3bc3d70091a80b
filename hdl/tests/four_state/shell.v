// The board's shell between a host on the streams' clock and an engine's clock of its own.
`timescale 1ns / 1ps
`default_nettype none

module bench;
  // Edges of either clock until a reset is everywhere.
  localparam SETTLED = 3;

  reg axi_aclk = 1'b0;
  always #4 axi_aclk = ~axi_aclk;
  reg engine_clk = 1'b0;
  always #2.9 engine_clk = ~engine_clk;

  wire reset_n, locked, watched, in_last, in_valid, in_ready, out_last, out_valid, out_ready;
  wire [127:0] in_data, out_data;
  wire [15:0] in_keep, out_keep;
  wire [31:0] awaddr, wdata, araddr, rdata;
  wire [3:0] wstrb;
  wire [1:0] bresp, rresp;
  wire awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready;
  wire usr_irq_req, busy;

  host #(
    .LANES(2),
    .VALID(1),
    .SETTLED(SETTLED)
  ) host (
    .clock(axi_aclk), .reset_n(reset_n), .locked(locked), .watched(watched),
    .in_data(in_data), .in_keep(in_keep), .in_last(in_last), .in_valid(in_valid), .in_ready(in_ready),
    .out_data(out_data), .out_keep(out_keep), .out_last(out_last), .out_valid(out_valid), .out_ready(out_ready),
    .awaddr(awaddr), .awvalid(awvalid), .awready(awready),
    .wdata(wdata), .wstrb(wstrb), .wvalid(wvalid), .wready(wready),
    .bresp(bresp), .bvalid(bvalid), .bready(bready),
    .araddr(araddr), .arvalid(arvalid), .arready(arready),
    .rdata(rdata), .rresp(rresp), .rvalid(rvalid), .rready(rready),
    .levels({3'd0, usr_irq_req})
  );

  ember_shell shell (
    .axi_aclk(axi_aclk), .axi_aresetn(reset_n),
    .s_axis_h2c_tdata(in_data), .s_axis_h2c_tkeep(in_keep), .s_axis_h2c_tlast(in_last),
    .s_axis_h2c_tvalid(in_valid), .s_axis_h2c_tready(in_ready),
    .m_axis_c2h_tdata(out_data), .m_axis_c2h_tkeep(out_keep), .m_axis_c2h_tlast(out_last),
    .m_axis_c2h_tvalid(out_valid), .m_axis_c2h_tready(out_ready),
    .s_axil_awaddr(awaddr), .s_axil_awprot(3'bx), .s_axil_awvalid(awvalid), .s_axil_awready(awready),
    .s_axil_wdata(wdata), .s_axil_wstrb(wstrb), .s_axil_wvalid(wvalid), .s_axil_wready(wready),
    .s_axil_bresp(bresp), .s_axil_bvalid(bvalid), .s_axil_bready(bready),
    .s_axil_araddr(araddr), .s_axil_arprot(3'bx), .s_axil_arvalid(arvalid), .s_axil_arready(arready),
    .s_axil_rdata(rdata), .s_axil_rresp(rresp), .s_axil_rvalid(rvalid), .s_axil_rready(rready),
    .usr_irq_req(usr_irq_req), .usr_irq_ack(1'b0),
    .engine_clk(engine_clk), .engine_locked(locked), .busy(busy)
  );

  integer edges = 0;
  always @(posedge engine_clk) begin
    if (watched) edges <= edges + 1;
    if (edges >= SETTLED && busy === 1'bx) begin
      $display("X busy at %0t", $time);
      $finish;
    end
  end
endmodule

`default_nettype wire
