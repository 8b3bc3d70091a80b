// The other end of the buses: a script of operations, random pauses, X on whatever is not valid, and a report of every X that
// comes back. A test writes the script (script.rs) and reads the report.
//
// Inputs change behind the rising edge, outputs are looked at before it. Until the first reset every input but the resets is X.
`timescale 1ns / 1ps
`default_nettype none

module host #(
  // 64-bit lanes of a word of the streams.
  parameter LANES = 1,
  // Edges from the first in reset until m_axis_tvalid may not be X,
  parameter VALID = 0,
  // and until s_axis_tready and levels may not; the register port at once.
  parameter SETTLED = 0
) (
  input  wire clock,
  // The resets, low for as long as the script says.
  output reg  reset_n,
  output reg  locked,
  // A reset was seen: from now on no port may be X.
  output reg  watched,
  output reg  [64*LANES-1:0] in_data,
  output reg  [8*LANES-1:0] in_keep,
  output reg  in_last,
  output reg  in_valid,
  input  wire in_ready,
  input  wire [64*LANES-1:0] out_data,
  input  wire [8*LANES-1:0] out_keep,
  input  wire out_last,
  input  wire out_valid,
  output reg  out_ready,
  output reg  [31:0] awaddr,
  output reg  awvalid,
  input  wire awready,
  output reg  [31:0] wdata,
  output reg  [3:0] wstrb,
  output reg  wvalid,
  input  wire wready,
  input  wire [1:0] bresp,
  input  wire bvalid,
  output reg  bready,
  output reg  [31:0] araddr,
  output reg  arvalid,
  input  wire arready,
  input  wire [31:0] rdata,
  input  wire [1:0] rresp,
  input  wire rvalid,
  output reg  rready,
  // Other outputs of the design, never X.
  input  wire [3:0] levels
);
  localparam MOST = 1 << 18;
  localparam PATIENCE = 10000;

  reg [63:0] script [0:1023];
  reg [63:0] beats [0:MOST-1];
  reg [8*256-1:0] file;
  integer seed, operations, count, reports;

  // the script's wishes, changed at falling edges and seen to at rising ones
  integer at, left, pauses, sent, queued, packets, patience, i;
  reg resetting, unlocking, started;
  reg aw_wanted, w_wanted, b_wanted, ar_wanted, r_wanted;
  reg [31:0] address, value;

  integer lanes, edges;
  reg [31:0] araddr_taken;
  reg aw_offered, w_offered, ar_offered;

  function pause;
    input integer tenths;
    pause = ($unsigned($random(seed)) % 10) < tenths;
  endfunction

  task report;
    input [8*20-1:0] what;
    begin
      $display("%0s at %0t", what, $time);
      reports = reports + 1;
      if (reports == 20) $finish;
    end
  endtask

  // gives up when nothing comes for far too long
  task await_edge;
    begin
      @(negedge clock);
      patience = patience + 1;
      if (patience > PATIENCE) begin
        $display("stuck in operation %0d: %0d of %0d beats sent, %0d packets", at, sent, queued, packets);
        $finish;
      end
    end
  endtask

  initial begin
    if (!$value$plusargs("seed=%d", seed)) seed = 1;
    if (!$value$plusargs("operations=%d", operations)) operations = 0;
    if (!$value$plusargs("beats=%d", count)) count = 0;
    if ($value$plusargs("script=%s", file)) $readmemh(file, script, 0, operations - 1);
    if ($value$plusargs("stream=%s", file)) $readmemh(file, beats, 0, count - 1);
    reports = 0;
    {pauses, sent, queued, packets, lanes, edges} = 0;
    {resetting, unlocking, started, aw_wanted, w_wanted, b_wanted, ar_wanted, r_wanted, watched} = 0;
    {reset_n, locked} = 2'b11;
    for (at = 0; at < operations; at = at + 1) begin
      patience = 0;
      address = script[at][55:32];
      value = script[at][31:0];
      case (script[at][63:56])
        8'h01: begin
          resetting = address[0];
          unlocking = address[1];
          started = 1'b1;
          $display("reset");
          repeat (value) @(negedge clock);
          resetting = 1'b0;
          unlocking = 1'b0;
        end
        8'h02: queued = queued + value;
        8'h03: repeat (value) @(negedge clock);
        8'h04: begin
          ar_wanted = 1'b1;
          r_wanted = 1'b1;
          while (r_wanted) await_edge;
        end
        8'h05: begin
          aw_wanted = 1'b1;
          w_wanted = 1'b1;
          b_wanted = 1'b1;
          while (b_wanted) await_edge;
        end
        8'h06: while (sent < queued) await_edge;
        8'h07: while (packets < value) await_edge;
        8'h08: pauses = value;
        default: $display("no operation %h", script[at]);
      endcase
    end
    $display("end");
    $finish;
  end

  // what the design shows before the edge
  task look;
    begin
      if (edges >= VALID && ^out_valid === 1'bx) report("X m_axis_tvalid");
      if (^bvalid === 1'bx) report("X s_axil_bvalid");
      if (^rvalid === 1'bx) report("X s_axil_rvalid");
      if (^{awready, wready, arready} === 1'bx) report("X s_axil_ready");
      if (edges >= SETTLED) begin
        if (^in_ready === 1'bx) report("X s_axis_tready");
        if (^levels === 1'bx) report("X levels");
      end
      edges = edges + 1;
      if (out_valid === 1'b1 && ^{out_data, out_keep, out_last} === 1'bx) report("X m_axis");
      if (bvalid === 1'b1 && bresp !== 2'd0) report("X s_axil_bresp");
      if (rvalid === 1'b1 && rresp !== 2'd0) report("X s_axil_rresp");
      if (rvalid === 1'b1 && ^rdata === 1'bx) report("X s_axil_rdata");
      if (bvalid === 1'b1 && !b_wanted) report("unasked s_axil_b");
      if (rvalid === 1'b1 && !r_wanted) report("unasked s_axil_r");
    end
  endtask

  task take;
    begin
      if (in_valid && in_ready) begin
        sent = sent + lanes;
        lanes = 0;
      end
      if (out_valid && out_ready) begin
        for (i = 0; i < LANES; i = i + 1) begin
          if (out_keep[8*i]) $display("beat %h %h", out_last && (i == LANES - 1 || !out_keep[8*i+8]), out_data[64*i +: 64]);
        end
        if (out_last) packets = packets + 1;
      end
      if (awvalid && awready) aw_wanted = 1'b0;
      if (wvalid && wready) w_wanted = 1'b0;
      if (arvalid && arready) ar_wanted = 1'b0;
      if (bvalid && bready) b_wanted = 1'b0;
      if (rvalid && rready) begin
        r_wanted = 1'b0;
        $display("read %h %h", araddr_taken, rdata);
      end
    end
  endtask

  task forget;
    begin
      sent = queued;
      lanes = 0;
      packets = 0;
      {aw_wanted, w_wanted, b_wanted, ar_wanted, r_wanted} = 5'd0;
      in_valid <= 1'b0;
      {awvalid, wvalid, arvalid} <= 3'd0;
      in_data <= {64*LANES{1'bx}};
      in_keep <= {8*LANES{1'bx}};
      in_last <= 1'bx;
      awaddr <= 32'hx;
      wdata <= 32'hx;
      wstrb <= 4'hx;
      araddr <= 32'hx;
      out_ready <= pause(5);
      bready <= pause(5);
      rready <= pause(5);
    end
  endtask

  task drive;
    begin
      if (lanes == 0 && sent < queued && !pause(pauses)) begin
        lanes = 1 + $unsigned($random(seed)) % LANES;
        if (lanes > queued - sent) lanes = queued - sent;
        in_last <= $random(seed);
        in_valid <= 1'b1;
        for (i = 0; i < LANES; i = i + 1) begin
          in_data[64*i +: 64] <= i < lanes ? beats[sent + i] : 64'hx;
          in_keep[8*i +: 8] <= {8{i < lanes}};
        end
      end else if (lanes == 0) begin
        in_valid <= 1'b0;
        in_data <= {64*LANES{1'bx}};
        in_keep <= {8*LANES{1'bx}};
        in_last <= 1'bx;
      end
      out_ready <= !pause(pauses);
      aw_offered = aw_wanted && (awvalid || !pause(pauses));
      w_offered = w_wanted && (wvalid || !pause(pauses));
      ar_offered = ar_wanted && (arvalid || !pause(pauses));
      {awvalid, wvalid, arvalid} <= {aw_offered, w_offered, ar_offered};
      awaddr <= aw_offered ? address : 32'hx;
      wdata <= w_offered ? value : 32'hx;
      wstrb <= w_offered ? 4'hf : 4'hx;
      araddr <= ar_offered ? address : 32'hx;
      if (ar_wanted) araddr_taken = address;
      bready <= !pause(pauses);
      rready <= !pause(pauses);
    end
  endtask

  always @(posedge clock) begin
    if (watched) look;
    if (started) begin
      if (reset_n) take;
      // the design sees the reset at this edge
      if (!reset_n) watched <= 1'b1;
      reset_n <= !resetting;
      locked <= !unlocking;
      if (resetting) forget;
      else drive;
    end
  end
endmodule

`default_nettype wire
