//! The cells of Xilinx parts that `synth_xilinx` uses, by what they take and how signals pass through them.

/// What a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Primitive {
    /// Look-up table or inverter (which needs one where it cannot be drawn into its neighbour).
    Lut,
    /// `MUXF7`, `MUXF8`, `MUXF9`.
    WideMux,
    /// `CARRY4`, `CARRY8`.
    Carry,
    /// Edge-triggered flip-flop.
    FlipFlop,
    /// Level-sensitive latch: never wanted.
    Latch,
    /// Shift register in a look-up table.
    ShiftRegister,
    /// Distributed RAM of so many look-up tables.
    LutRam {
        /// Look-up tables.
        luts: u64,
    },
    /// Block RAM, in halves of 18 Kibit.
    BlockRam {
        /// Halves of 18 Kibit.
        halves: u64,
    },
    /// UltraRAM of 288 Kibit.
    UltraRam,
    /// `DSP48E1`, `DSP48E2`.
    Dsp,
    /// Buffers and constants, which take nothing that is counted.
    Free,
}

impl Primitive {
    /// The primitive of a cell's type; `None` for what `synth_xilinx` should not have left.
    pub fn of(cell: &str) -> Option<Self> {
        Some(match cell {
            "LUT1" | "LUT2" | "LUT3" | "LUT4" | "LUT5" | "LUT6" | "LUT6_2" | "INV" => Self::Lut,
            "MUXF7" | "MUXF8" | "MUXF9" => Self::WideMux,
            "CARRY4" | "CARRY8" => Self::Carry,
            "FDRE" | "FDSE" | "FDCE" | "FDPE" | "FDRE_1" | "FDSE_1" | "FDCE_1" | "FDPE_1" => Self::FlipFlop,
            "LDCE" | "LDPE" => Self::Latch,
            "SRL16E" | "SRLC16E" | "SRLC32E" => Self::ShiftRegister,
            "RAM32X1S" | "RAM64X1S" => Self::LutRam { luts: 1 },
            "RAM32X1D" | "RAM64X1D" | "RAM128X1S" => Self::LutRam { luts: 2 },
            "RAM32M" | "RAM64M" | "RAM128X1D" | "RAM256X1S" => Self::LutRam { luts: 4 },
            "RAM32M16" | "RAM64M8" | "RAM256X1D" | "RAM512X1S" => Self::LutRam { luts: 8 },
            "RAMB18E1" | "RAMB18E2" => Self::BlockRam { halves: 1 },
            "RAMB36E1" | "RAMB36E2" => Self::BlockRam { halves: 2 },
            "URAM288" | "URAM288_BASE" => Self::UltraRam,
            "DSP48E1" | "DSP48E2" => Self::Dsp,
            "GND" | "VCC" | "BUFG" | "IBUF" | "OBUF" => Self::Free,
            _ => return None,
        })
    }
}

/// Value of a register's parameter in a cell that does not give it, as the vendor's library has it: the registers of a
/// DSP48 are on, those of a block RAM on from UltraScale on, those of an UltraRAM off.
pub fn default_register(cell: &str, parameter: &str) -> u64 {
    match cell {
        _ if cell.starts_with("DSP48") => 1,
        "RAMB18E2" | "RAMB36E2" => u64::from(parameter.starts_with("DO")),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_the_part_is_unknown() {
        assert_eq!(Primitive::of("LUT6"), Some(Primitive::Lut));
        assert_eq!(Primitive::of("RAMB36E2"), Some(Primitive::BlockRam { halves: 2 }));
        for cell in ["$_DLATCH_P_", "$mul", "secret_core", "LUT7"] {
            assert_eq!(Primitive::of(cell), None, "{cell}");
        }
    }
}
