module lane(input clock, input [7:0] a, b, input [11:0] c, output reg [23:0] sum, output reg [15:0] close);
  // a multiplier with A, B, M, but no P: logic behind it
  reg signed [17:0] a1, b1; reg signed [35:0] product;
  always @(posedge clock) begin
    a1 <= {a, b, a[1:0]}; b1 <= {b, a, b[3:2]};
    product <= a1 * b1;
    close <= (product[35:20] ^ product[19:4]) + {4'b0, c};
    sum <= sum + {c, a, 4'd3};
  end
endmodule
module fixture(input clock, input [7:0] a, b, input [11:0] c, input [63:0] wide, input [5:0] at, input write, input hold,
  output [23:0] sum, output [15:0] close, output reg [17:0] word, output reg [17:0] kept, output reg picked,
  output reg [3:0] small, output reg late, output reg [15:0] full, output reg [7:0] deep,
  output reg wired, output reg [15:0] loose, input restart);
  lane u_lane_3(clock, a, b, c, sum, close);
  // a RAM with logic behind it, and one with a register only
  reg [17:0] memory [0:1023]; reg [17:0] other [0:1023]; reg [9:0] address; reg [17:0] read_word; reg [17:0] other_word;
  reg [17:0] other_register;
  always @(posedge clock) begin
    address <= address + {at, 4'd1};
    if (write) memory[{address[3:0], at}] <= {a, b, c[1:0]};
    read_word <= memory[address];
    word <= read_word & {18{address[0]}} | {18{address[1] & address[2]}};
    if (write) other[{at, address[3:0]}] <= {b, a, c[1:0]};
    other_word <= other[address];
    other_register <= other_word;
    kept <= other_register ^ word;
  end
  // a wide multiplexer
  reg [63:0] held; reg [5:0] select;
  always @(posedge clock) begin held <= wide; select <= at; picked <= held[select]; end
  wire seven_0, seven_1, eight;
  MUXF7 u_seven_0(.O(seven_0), .I0(held[0] ^ select[0]), .I1(held[1] & select[1]), .S(held[2] ^ held[3]));
  MUXF7 u_seven_1(.O(seven_1), .I0(held[4] ^ select[0]), .I1(held[5] & select[1]), .S(select[4]));
  MUXF8 u_eight(.O(eight), .I0(seven_0), .I1(seven_1), .S(select[5]));
  always @(posedge clock) wired <= eight;
  // a multiplier without any register
  reg signed [7:0] p, q; wire signed [15:0] pq = p * q;
  always @(posedge clock or posedge restart) if (restart) begin p <= 0; q <= 0; end else begin p <= a; q <= b; end
  always @(posedge clock) loose <= pq ^ {16{select[2]}};
  // distributed RAM
  (* ram_style = "distributed" *) reg [3:0] little [0:31]; reg [4:0] row;
  always @(posedge clock) begin row <= at[4:0]; if (write) little[row] <= a[3:0]; small <= little[row] ^ b[3:0]; end
  // a delay
  reg [11:0] line;
  always @(posedge clock) begin line <= {line[10:0], write}; late <= line[11] ^ late; end
  // a multiplier with every register
  reg signed [7:0] x, y; reg signed [15:0] m;
  always @(posedge clock) begin x <= a; y <= b; m <= x * y; full <= m; end
  // a reset and an enable behind logic
  always @(posedge clock) if (address[9:4] == 6'd5) deep <= 0; else if (select[3] & select[2] ^ hold) deep <= deep + 8'd1;
endmodule
