// A DSP48E2 as the "UltraScale Architecture DSP Slice" guide (UG579, chapter 2) describes it, for tests: registers, multiplexers
// and adder, without pre-adder, pattern detector, SIMD and wide XOR. What is set otherwise than it can do stops the simulation.
// Texts of two lengths are compared.
/* verilator lint_off WIDTH */
module DSP48E2 #(
  parameter integer ACASCREG = 1, ADREG = 1, ALUMODEREG = 1, AREG = 1, BCASCREG = 1, BREG = 1, CARRYINREG = 1, CARRYINSELREG = 1,
  parameter integer CREG = 1, DREG = 1, INMODEREG = 1, MREG = 1, OPMODEREG = 1, PREG = 1,
  parameter AMULTSEL = "A", BMULTSEL = "B", A_INPUT = "DIRECT", B_INPUT = "DIRECT", PREADDINSEL = "A",
  parameter AUTORESET_PATDET = "NO_RESET", AUTORESET_PRIORITY = "RESET", SEL_MASK = "MASK", SEL_PATTERN = "PATTERN",
  parameter USE_MULT = "MULTIPLY", USE_PATTERN_DETECT = "NO_PATDET", USE_SIMD = "ONE48", USE_WIDEXOR = "FALSE",
  parameter XORSIMD = "XOR24_48_96",
  parameter [47:0] MASK = 48'h3FFFFFFFFFFF, PATTERN = 48'h0, RND = 48'h0,
  parameter [3:0] IS_ALUMODE_INVERTED = 4'b0,
  parameter [0:0] IS_CARRYIN_INVERTED = 1'b0, IS_CLK_INVERTED = 1'b0,
  parameter [4:0] IS_INMODE_INVERTED = 5'b0,
  parameter [8:0] IS_OPMODE_INVERTED = 9'b0,
  parameter [0:0] IS_RSTALLCARRYIN_INVERTED = 1'b0, IS_RSTALUMODE_INVERTED = 1'b0, IS_RSTA_INVERTED = 1'b0, IS_RSTB_INVERTED = 1'b0,
  parameter [0:0] IS_RSTCTRL_INVERTED = 1'b0, IS_RSTC_INVERTED = 1'b0, IS_RSTD_INVERTED = 1'b0, IS_RSTINMODE_INVERTED = 1'b0,
  parameter [0:0] IS_RSTM_INVERTED = 1'b0, IS_RSTP_INVERTED = 1'b0
) (
  output [29:0] ACOUT, output [17:0] BCOUT, output CARRYCASCOUT, output [3:0] CARRYOUT, output MULTSIGNOUT, output OVERFLOW,
  output [47:0] P, output PATTERNBDETECT, output PATTERNDETECT, output [47:0] PCOUT, output UNDERFLOW, output [7:0] XOROUT,
  input [29:0] A, input [29:0] ACIN, input [3:0] ALUMODE, input [17:0] B, input [17:0] BCIN, input [47:0] C, input CARRYCASCIN,
  input CARRYIN, input [2:0] CARRYINSEL, input CEA1, input CEA2, input CEAD, input CEALUMODE, input CEB1, input CEB2, input CEC,
  input CECARRYIN, input CECTRL, input CED, input CEINMODE, input CEM, input CEP, input CLK, input [26:0] D, input [4:0] INMODE,
  input MULTSIGNIN, input [8:0] OPMODE, input [47:0] PCIN, input RSTA, input RSTALLCARRYIN, input RSTALUMODE, input RSTB,
  input RSTC, input RSTCTRL, input RSTD, input RSTINMODE, input RSTM, input RSTP
);
  // What of the primitive this model has.
  initial begin
    if (AMULTSEL != "A" || BMULTSEL != "B" || USE_MULT != "MULTIPLY") $fatal(1, "the multiplier's inputs are A and B");
    if (USE_SIMD != "ONE48" || USE_PATTERN_DETECT != "NO_PATDET" || USE_WIDEXOR != "FALSE") $fatal(1, "one adder of 48 bits");
    if ({IS_ALUMODE_INVERTED, IS_CARRYIN_INVERTED, IS_CLK_INVERTED, IS_INMODE_INVERTED, IS_OPMODE_INVERTED} != 0) $fatal(1, "inverted");
    if ({IS_RSTA_INVERTED, IS_RSTB_INVERTED, IS_RSTC_INVERTED, IS_RSTM_INVERTED, IS_RSTP_INVERTED} != 0) $fatal(1, "inverted");
    if (ALUMODEREG + CARRYINREG + CARRYINSELREG + INMODEREG + OPMODEREG != 0) $fatal(1, "control without registers");
  end

  // A (figure 2-7): AREG = 2 is A1, then A2; AREG = 1 is A2 alone. ACOUT is behind ACASCREG of them.
  wire [29:0] a_in = A_INPUT == "CASCADE" ? ACIN : A;
  reg [29:0] a1 = 0, a2 = 0;
  wire [29:0] a1_out = AREG == 2 ? a1 : a_in;
  wire [29:0] a2_out = AREG == 0 ? a_in : a2;
  always @(posedge CLK) begin
    if (RSTA) begin a1 <= 0; a2 <= 0; end
    else begin
      if (CEA1) a1 <= a_in;
      if (CEA2) a2 <= a1_out;
    end
  end
  assign ACOUT = ACASCREG == AREG ? a2_out : a1_out;

  // B (figure 2-8), the same.
  wire [17:0] b_in = B_INPUT == "CASCADE" ? BCIN : B;
  reg [17:0] b1 = 0, b2 = 0;
  wire [17:0] b1_out = BREG == 2 ? b1 : b_in;
  wire [17:0] b2_out = BREG == 0 ? b_in : b2;
  always @(posedge CLK) begin
    if (RSTB) begin b1 <= 0; b2 <= 0; end
    else begin
      if (CEB1) b1 <= b_in;
      if (CEB2) b2 <= b1_out;
    end
  end
  assign BCOUT = BCASCREG == BREG ? b2_out : b1_out;

  reg [47:0] c1 = 0;
  always @(posedge CLK) if (RSTC) c1 <= 0; else if (CEC) c1 <= C;
  wire [47:0] c_out = CREG == 1 ? c1 : C;

  // INMODE (table 2-2): bit 0 takes A1, bit 1 takes none, bit 4 takes B1.
  wire [29:0] a_taken = INMODE[1] ? 30'd0 : INMODE[0] ? a1_out : a2_out;
  wire signed [26:0] a_mult = a_taken[26:0];
  wire signed [17:0] b_mult = INMODE[4] ? b1_out : b2_out;
  wire signed [44:0] product = a_mult * b_mult;
  reg signed [44:0] m = 0;
  always @(posedge CLK) if (RSTM) m <= 0; else if (CEM) m <= product;
  wire signed [44:0] m_out = MREG == 1 ? m : product;

  // X, Y, Z, W (tables 2-5 to 2-8). The product is X and Y together.
  reg [47:0] x, y, z, w;
  reg known;
  always @* begin
    known = ALUMODE == 4'b0000 && CARRYINSEL == 3'b000 && (OPMODE[1:0] == 2'b01) == (OPMODE[3:2] == 2'b01);
    case (OPMODE[1:0])
      2'b00: x = 48'd0;
      2'b01: x = {{3{m_out[44]}}, m_out};
      2'b10: x = P;
      2'b11: x = {a2_out, b2_out};
    endcase
    case (OPMODE[3:2])
      2'b00, 2'b01: y = 48'd0;
      2'b10: y = 48'hFFFFFFFFFFFF;
      2'b11: y = c_out;
    endcase
    case (OPMODE[6:4])
      3'b000: z = 48'd0;
      3'b001: z = PCIN;
      3'b010: z = P;
      3'b011: z = c_out;
      3'b101: z = {{17{PCIN[47]}}, PCIN[47:17]};
      3'b110: z = {{17{P[47]}}, P[47:17]};
      default: begin z = 48'd0; known = 1'b0; end
    endcase
    case (OPMODE[8:7])
      2'b00: w = 48'd0;
      2'b01: w = P;
      2'b10: w = RND;
      2'b11: w = c_out;
    endcase
  end

  // ALUMODE 0000: Z + W + X + Y + CIN.
  wire [47:0] sum = z + w + x + y + {47'd0, CARRYIN};
  reg [47:0] p1 = 0;
  always @(posedge CLK) begin
    if (!known) $fatal(1, "an operation that this model does not have");
    if (RSTP) p1 <= 0; else if (CEP) p1 <= sum;
  end
  assign P = PREG == 1 ? p1 : sum;
  assign PCOUT = P;

  assign {CARRYCASCOUT, CARRYOUT, MULTSIGNOUT, OVERFLOW, PATTERNBDETECT, PATTERNDETECT, UNDERFLOW, XOROUT} = 0;
endmodule
