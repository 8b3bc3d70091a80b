//! What a packed column asks of a DSP48, in both generations: which registers, which operands.

use crate::lang::leaf::Leaf;
use crate::lang::vendor::Instance;

/// How a DSP48 adds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Row {
    /// Row 0: operand from the fabric, sum of its own product.
    First,
    /// A row below: operand and sum from the row above.
    #[default]
    Next,
    /// The last row: as the others, and the port C is added with one (DSP48E2).
    Last,
}

impl Row {
    /// As it stands in a module's name.
    pub fn name(self) -> &'static str {
        match self {
            Row::First => "first",
            Row::Next => "next",
            Row::Last => "last",
        }
    }

    /// Where the A registers are fed from.
    pub fn a_input(self) -> &'static str {
        if self == Row::First {
            "DIRECT"
        } else {
            "CASCADE"
        }
    }
}

fn all(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    pairs.iter().map(|(name, value)| (*name, value.to_string())).collect()
}

/// Parameters that both generations have and a packed column sets alike: two registers of A, of which the first one
/// is handed down; one of B, M and P.
fn parameters(row: Row) -> Vec<(&'static str, String)> {
    let a_input = format!("\"{}\"", row.a_input());
    all(&[
        ("A_INPUT", a_input.as_str()),
        ("AREG", "2"),
        ("ACASCREG", "1"),
        ("B_INPUT", "\"DIRECT\""),
        ("BREG", "1"),
        ("BCASCREG", "1"),
        ("MREG", "1"),
        ("PREG", "1"),
        ("CREG", "1"),
        ("DREG", "1"),
        ("ADREG", "1"),
        ("ALUMODEREG", "0"),
        ("CARRYINREG", "0"),
        ("CARRYINSELREG", "0"),
        ("INMODEREG", "0"),
        ("OPMODEREG", "0"),
        ("USE_MULT", "\"MULTIPLY\""),
        ("USE_SIMD", "\"ONE48\""),
        ("USE_PATTERN_DETECT", "\"NO_PATDET\""),
        ("AUTORESET_PATDET", "\"NO_RESET\""),
        ("SEL_MASK", "\"MASK\""),
        ("SEL_PATTERN", "\"PATTERN\""),
        ("MASK", "48'h3FFFFFFFFFFF"),
        ("PATTERN", "48'h000000000000"),
        ("IS_ALUMODE_INVERTED", "4'b0000"),
        ("IS_CARRYIN_INVERTED", "1'b0"),
        ("IS_CLK_INVERTED", "1'b0"),
        ("IS_INMODE_INVERTED", "5'b00000"),
    ])
}

/// Ports that both generations have; `opmode`, C, its enable and the carry are the row's.
fn ports(row: Row, opmode: &str) -> Vec<(&'static str, String)> {
    let [a, c, cec, carry] =
        if row == Row::Last { ["30'd0", "c", "1'b1", "1'b1"] } else { ["operand", "48'hFFFFFFFFFFFF", "1'b0", "1'b0"] };
    all(&[
        ("CLK", "clock"),
        ("A", a),
        ("ACIN", "operand_in"),
        ("ACOUT", "operand_out"),
        ("CEA1", "load"),
        ("CEA2", "swap"),
        ("B", "{10'd0, pixel}"),
        ("BCIN", "18'd0"),
        ("BCOUT", ""),
        ("CEB1", "1'b0"),
        ("CEB2", "1'b1"),
        ("C", c),
        ("CEC", cec),
        ("CED", "1'b0"),
        ("CEAD", "1'b0"),
        ("CEM", "1'b1"),
        ("CEP", "1'b1"),
        ("P", "p"),
        ("PCIN", "total_in"),
        ("PCOUT", "total_out"),
        ("INMODE", "5'b00000"),
        ("OPMODE", opmode),
        ("ALUMODE", "4'b0000"),
        ("CARRYIN", carry),
        ("CARRYINSEL", "3'b000"),
        ("CARRYCASCIN", "1'b0"),
        ("MULTSIGNIN", "1'b0"),
        ("CEINMODE", "1'b0"),
        ("CECTRL", "1'b0"),
        ("CEALUMODE", "1'b0"),
        ("CECARRYIN", "1'b0"),
        ("RSTA", "1'b0"),
        ("RSTB", "1'b0"),
        ("RSTC", "1'b0"),
        ("RSTD", "1'b0"),
        ("RSTM", "1'b0"),
        ("RSTP", "1'b0"),
        ("RSTCTRL", "1'b0"),
        ("RSTINMODE", "1'b0"),
        ("RSTALUMODE", "1'b0"),
        ("RSTALLCARRYIN", "1'b0"),
        ("CARRYCASCOUT", ""),
        ("CARRYOUT", ""),
        ("MULTSIGNOUT", ""),
        ("OVERFLOW", ""),
        ("UNDERFLOW", ""),
        ("PATTERNDETECT", ""),
        ("PATTERNBDETECT", ""),
    ])
}

/// The DSP48E1 of a row.
///
/// # Panics
/// For [`Row::Last`]: its adder has no fourth input.
pub fn dsp48e1(row: Row) -> Instance {
    assert!(row != Row::Last, "a DSP48E1 adds no C to a product and a cascade");
    // X and Y are the product; Z is zero or the cascade
    let mut ports = ports(row, if row == Row::First { "7'b0000101" } else { "7'b0010101" });
    ports.push(("D", "25'd0".into()));
    let mut parameters = parameters(row);
    parameters.extend(all(&[("USE_DPORT", "\"FALSE\""), ("IS_OPMODE_INVERTED", "7'b0000000")]));
    Instance { cell: "DSP48E1", parameters, ports }
}

/// The DSP48E2 of a row.
pub fn dsp48e2(row: Row) -> Instance {
    // W is zero or C; X and Y are the product; Z is zero or the cascade
    let opmode = match row {
        Row::First => "9'b000000101",
        Row::Next => "9'b000010101",
        Row::Last => "9'b110010101",
    };
    let mut ports = ports(row, opmode);
    ports.extend(all(&[("D", "27'd0"), ("XOROUT", "")]));
    let mut parameters = parameters(row);
    parameters.extend(all(&[
        ("AMULTSEL", "\"A\""),
        ("BMULTSEL", "\"B\""),
        ("PREADDINSEL", "\"A\""),
        ("RND", "48'h000000000000"),
        ("AUTORESET_PRIORITY", "\"RESET\""),
        ("USE_WIDEXOR", "\"FALSE\""),
        ("XORSIMD", "\"XOR24_48_96\""),
        ("IS_OPMODE_INVERTED", "9'b000000000"),
        ("IS_RSTA_INVERTED", "1'b0"),
        ("IS_RSTALLCARRYIN_INVERTED", "1'b0"),
        ("IS_RSTALUMODE_INVERTED", "1'b0"),
        ("IS_RSTB_INVERTED", "1'b0"),
        ("IS_RSTC_INVERTED", "1'b0"),
        ("IS_RSTCTRL_INVERTED", "1'b0"),
        ("IS_RSTD_INVERTED", "1'b0"),
        ("IS_RSTINMODE_INVERTED", "1'b0"),
        ("IS_RSTM_INVERTED", "1'b0"),
        ("IS_RSTP_INVERTED", "1'b0"),
    ]));
    Instance { cell: "DSP48E2", parameters, ports }
}

/// The module of a row: `port` bits of A go to the multiplier, the lower field has `field` bits.
pub fn leaf(block: &str, instance: &Instance, row: Row, guide: &str, port: usize, field: usize) -> Leaf {
    let (top, product) = (field + 19, port + 18 - 1);
    let mut shared = format!("wire [47:0] p;\nassign low = p[{}:0];\nassign upper = p[{top}:{field}];\n", field - 1);
    if row == Row::Last {
        shared += "// 128 times the sum of the pixels, inverted: with the carry, the negative of it\n\
                   wire [47:0] c = {29'h1FFFFFFF, complement, 7'h7F};\n";
    }
    let unread = match row {
        Row::First => ", operand_in, total_in",
        Row::Next => ", operand",
        Row::Last => "",
    };
    shared += &format!("wire unused = &{{1'b0, p[47:{}]{unread}}};\n", top + 1);
    let (a, z) = if row == Row::First { ("operand", "") } else { ("operand_in", " + total_in") };
    let (c_register, c_clocked, c) = match row {
        Row::Last => ("reg [47:0] c1 = 48'd0;\n", "  c1 <= c;\n", " + c1 + 48'd1"),
        _ => ("", "", ""),
    };
    let behaviour = format!(
        "// the registers in use, as in {guide}\n\
         reg [29:0] a1 = 30'd0;\n\
         reg signed [{}:0] a2 = {port}'d0;\n\
         reg signed [17:0] b2 = 18'd0;\n\
         reg signed [{product}:0] m = {}'d0;\n\
         reg [47:0] p1 = 48'd0;\n\
         {c_register}\
         assign operand_out = a1;\n\
         assign p = p1;\n\
         assign total_out = p1;\n\n\
         always @(posedge clock) begin\n\
         \x20 if (load) a1 <= {a};\n\
         \x20 if (swap) a2 <= a1[{}:0];\n\
         \x20 b2 <= {{10'd0, pixel}};\n\
         \x20 m <= a2 * b2;\n\
         {c_clocked}\
         \x20 p1 <= {{{{{}{{m[{product}]}}}}, m}}{z}{c};\n\
         end\n",
        port - 1,
        product + 1,
        port - 1,
        48 - product - 1,
    );
    let what = match row {
        Row::First => "Row 0 of a packed column: operand from the fabric, its product alone.",
        Row::Next => "A row of a packed column: operand and sum come from the row above.",
        Row::Last => "The last row of a packed column: takes the even column's offset out, too.",
    };
    let name = format!("ember_{}_{}", instance.cell.to_lowercase(), row.name());
    Leaf { block: block.into(), name, what: what.into(), body: instance.body("dsp", &shared, &behaviour), ..Default::default() }
}

/// The registers of a DSP48 that are in use, for the simulation in Rust.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registers {
    a1: u64,
    a2: i64,
    b2: i64,
    c1: u64,
    m: i64,
    p: u64,
}

/// A DSP48's inputs in a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inputs {
    /// CEA1.
    pub load: bool,
    /// CEA2.
    pub swap: bool,
    /// A or ACIN, 30 bits.
    pub a: u64,
    /// B, a byte.
    pub b: u64,
    /// C, 48 bits, and the carry that comes with it; `None` where neither is added.
    pub c: Option<u64>,
    /// PCIN, 48 bits, or 0.
    pub z: u64,
}

const P: u64 = (1 << 48) - 1;

impl Registers {
    /// One rising edge; `port` bits of A go to the multiplier.
    pub fn clock(&mut self, inputs: Inputs, port: u32) {
        let old = *self;
        let offset = inputs.c.map_or(0, |_| old.c1 + 1);
        self.p = inputs.z.wrapping_add(old.m as u64).wrapping_add(offset) & P;
        self.m = old.a2 * old.b2;
        self.b2 = inputs.b as i64;
        self.c1 = inputs.c.unwrap_or_default();
        if inputs.swap {
            self.a2 = ((old.a1 << (64 - port)) as i64) >> (64 - port);
        }
        if inputs.load {
            self.a1 = inputs.a;
        }
    }

    /// ACOUT.
    pub fn acout(&self) -> u64 {
        self.a1
    }

    /// P and PCOUT.
    pub fn p(&self) -> u64 {
        self.p
    }
}
