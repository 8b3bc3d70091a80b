module plus(input clock, input signed [17:0] a, b, input [71:0] data, input write, input [11:0] at, input hold,
  output reg [71:0] word, output reg [71:0] bare, output reg [31:0] sum, output reg signed [35:0] product, output reg other, output reg signed [15:0] half);
  // a product with all its registers; a1 goes elsewhere too
  reg signed [17:0] a1, b1; reg signed [35:0] m;
  always @(posedge clock) if (!hold) begin a1 <= a; b1 <= b; m <= a1 * b1; product <= m; end
  always @(posedge clock) other <= ^a1;
  // logic behind the product: no register can be drawn in
  reg signed [7:0] c1; reg signed [7:0] d1;
  always @(posedge clock) begin c1 <= a[7:0]; d1 <= b[7:0] ^ a[15:8]; half <= c1 * (d1 ^ {8{hold}}) ^ {16{write}}; end
  // UltraRAM with a register behind it, and with logic
  (* ram_style = "ultra" *) reg [71:0] memory [0:4095]; reg [71:0] read;
  (* ram_style = "ultra" *) reg [71:0] second [0:4095]; reg [71:0] read_second;
  always @(posedge clock) begin
    if (write) memory[at] <= data; else read <= memory[at];
    word <= read;
    if (write) second[at] <= data; else read_second <= second[at];
    bare <= read_second ^ {72{hold}};
  end
  // a carry of 32 bits
  always @(posedge clock) sum <= sum + data[31:0];
endmodule
