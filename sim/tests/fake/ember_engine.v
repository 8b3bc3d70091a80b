// An engine in ports and packets only: it answers each frame packet with two "classes", the sum of the
// payload beats and their number (24 bits each). While tracing, a trace packet of layer 0 comes first, whose
// one row of eight bytes is the sum. FAULT makes it break one rule of AXI, to try the checker.
`default_nettype none
module ember_engine #(parameter FAULT = 0) (
  input  wire        clock,
  input  wire        reset_n,
  input  wire [63:0] s_axis_tdata,
  input  wire        s_axis_tvalid,
  output wire        s_axis_tready,
  output wire [63:0] m_axis_tdata,
  output wire        m_axis_tvalid,
  output wire        m_axis_tlast,
  input  wire        m_axis_tready,
  input  wire [11:0] s_axil_awaddr,
  input  wire        s_axil_awvalid,
  output wire        s_axil_awready,
  input  wire [31:0] s_axil_wdata,
  input  wire [3:0]  s_axil_wstrb,
  input  wire        s_axil_wvalid,
  output wire        s_axil_wready,
  output wire [1:0]  s_axil_bresp,
  output wire        s_axil_bvalid,
  input  wire        s_axil_bready,
  input  wire [11:0] s_axil_araddr,
  input  wire        s_axil_arvalid,
  output wire        s_axil_arready,
  output wire [31:0] s_axil_rdata,
  output wire [1:0]  s_axil_rresp,
  output wire        s_axil_rvalid,
  input  wire        s_axil_rready,
  output wire        frame_taken,
  output wire        result_sent,
  output wire        busy,
  output wire        fault
);
  // ---- stream in: header, second header beat, payload; then the answer ----
  localparam HEADER = 0, COUNT = 1, PAYLOAD = 2, ANSWER = 3;
  reg [1:0]  state;
  reg [7:0]  kind;
  reg [31:0] sequence_number, left, beats;
  reg [23:0] sum;
  reg [2:0]  answered;
  reg        tracing; // the answer under way is the trace packet
  reg [31:0] cycles, errors, control;
  assign fault = errors != 0;
  reg        soft_reset;
  reg        faulted;
  reg        waited;
  wire       going = reset_n & ~soft_reset;

  assign s_axis_tready = going & (state != ANSWER);
  wire taken = s_axis_tvalid & s_axis_tready;
  assign frame_taken = taken & (state == PAYLOAD) & (left == 8) & (kind == 1);
  assign busy = state == ANSWER;

  always @(posedge clock) begin
    if (!going) begin
      state <= HEADER; kind <= 0; sequence_number <= 0; left <= 0; beats <= 0; sum <= 0; answered <= 0;
      faulted <= 0; waited <= 0; tracing <= 0;
    end else begin
      waited <= m_axis_tvalid & ~m_axis_tready;
      if (m_axis_tvalid & ~m_axis_tready & waited) faulted <= 1;
      case (state)
        HEADER: if (taken && s_axis_tdata[15:0] == 16'hE3B5) begin
          kind <= s_axis_tdata[23:16]; sequence_number <= s_axis_tdata[63:32]; state <= COUNT;
        end
        COUNT: if (taken) begin
          left <= s_axis_tdata[31:0]; sum <= 0; beats <= 0;
          state <= s_axis_tdata[31:0] == 0 ? HEADER : PAYLOAD;
        end
        PAYLOAD: if (taken) begin
          sum <= sum + s_axis_tdata[23:0]; beats <= beats + 1; left <= left - 8;
          if (left == 8) begin state <= kind == 1 ? ANSWER : HEADER; tracing <= control[1]; end
        end
        default: if (m_axis_tvalid & m_axis_tready) begin
          answered <= m_axis_tlast ? 0 : answered + 1;
          if (m_axis_tlast) begin tracing <= 0; if (!tracing) state <= HEADER; end
        end
      endcase
    end
  end

  // ---- stream out ----
  // CRC-32 as in zlib, of 24 bytes
  function [31:0] crc(input [191:0] payload);
    integer i;
    begin
      crc = 32'hFFFFFFFF;
      for (i = 0; i < 192; i = i + 1) crc = (crc >> 1) ^ ((crc[0] ^ payload[i]) ? 32'hEDB88320 : 32'd0);
      crc = ~crc;
    end
  endfunction
  reg [63:0] answer;
  always @* case (answered)
    0: answer = {sequence_number, 8'd0, tracing ? 8'd2 : 8'd1, 16'hE3B6};
    1: answer = tracing ? {32'd0, 32'd8} : {32'd2, 32'd24};
    2: answer = {32'd0, cycles};
    3: answer = 64'h0123456789ABCDEF;
    7: answer = {sequence_number, crc({128'd0, 16'd0, beats[23:0], sum})};
    4: answer = tracing ? {40'd0, sum} : {16'd0, beats[23:0], sum};
    default: answer = 0;
  endcase
  // beat 2 carries a counter: it must not run on while it waits
  reg [63:0] held; reg holding;
  always @(posedge clock)
    if (!going) holding <= 0;
    else begin
      holding <= m_axis_tvalid & ~m_axis_tready;
      if (!holding) held <= answer;
    end
  wire offering = going & (state == ANSWER) & (FAULT != 4);
  assign m_axis_tvalid = (offering & ~(FAULT == 1 & waited & ~faulted)) | (FAULT == 5 & ~reset_n);
  assign m_axis_tdata = (holding & FAULT != 2) ? held : answer;
  assign m_axis_tlast = answered == (tracing ? 4 : 7);
  assign result_sent = m_axis_tvalid & m_axis_tready & m_axis_tlast;

  // ---- registers ----
  reg aw_full, w_full, b_full, r_full;
  reg [11:0] aw; reg [31:0] w; reg [31:0] r;
  assign s_axil_awready = reset_n & ~aw_full;
  assign s_axil_wready = reset_n & ~w_full;
  assign s_axil_bvalid = b_full | (FAULT == 3 & reset_n & cycles == 100);
  assign s_axil_bresp = (aw[11]) ? 2'd2 : 2'd0;
  assign s_axil_arready = reset_n & ~r_full;
  assign s_axil_rvalid = r_full;
  assign s_axil_rdata = r;
  assign s_axil_rresp = 0;
  always @(posedge clock) begin
    if (!reset_n) begin
      aw_full <= 0; w_full <= 0; b_full <= 0; r_full <= 0; aw <= 0; w <= 0; r <= 0;
      cycles <= 0; errors <= 0; control <= 0; soft_reset <= 0;
    end else begin
      cycles <= cycles + 1;
      soft_reset <= 0;
      if (s_axil_awvalid & s_axil_awready) begin aw <= s_axil_awaddr; aw_full <= 1; end
      if (s_axil_wvalid & s_axil_wready) begin w <= s_axil_wdata; w_full <= 1; if (s_axil_wstrb != 15) errors <= 1; end
      if (aw_full & w_full & ~b_full) begin
        b_full <= 1;
        if (aw == 12'h040) begin control <= w & ~32'd1; soft_reset <= w[0]; end
      end
      if (b_full & s_axil_bready) begin b_full <= 0; aw_full <= 0; w_full <= 0; end
      if (s_axil_arvalid & s_axil_arready) begin
        r_full <= 1;
        case (s_axil_araddr)
          12'h000: r <= 32'h454D4252;
          12'h004: r <= 4;
          12'h040: r <= control;
          12'h044: r <= {29'd0, state != HEADER, busy, 1'b1};
          12'h048: r <= errors;
          12'h04C: r <= 0;
          12'h050: r <= 32'h89ABCDEF;
          12'h054: r <= 32'h01234567;
          default: r <= {20'd0, s_axil_araddr};
        endcase
      end
      if (r_full & s_axil_rready) r_full <= 0;
    end
  end
endmodule
`default_nettype wire
