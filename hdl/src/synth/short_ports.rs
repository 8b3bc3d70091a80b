//! A block RAM's write enables in their full width, for Yosys before 0.40: it leaves them short, and its mapping by delay (abc9),
//! which looks for a delay at each bit of a port, falls over the missing ones.

/// The file that [`script`] reads.
pub(super) const FILE: &str = "ramb36.v";

/// The commands between the mapping to cells and the mapping by delay; `FILE` holds [`map`].
pub(super) fn script() -> String {
    format!("chtype -set short_RAMB36E1 t:RAMB36E1\ntechmap -map {FILE}\n")
}

/// A RAMB36E1 with ports as short as Yosys leaves them; `techmap` fills up with zeros what is connected to less than a port.
pub(super) fn map() -> String {
    let numbers = |count: usize, prefix: &'static str| (0..count).map(move |i| (format!("{prefix}_{i:02X}"), "256'bx"));
    let set = [
        ("WRITE_MODE_A", "\"WRITE_FIRST\""),
        ("WRITE_MODE_B", "\"WRITE_FIRST\""),
        ("READ_WIDTH_A", "0"),
        ("READ_WIDTH_B", "0"),
        ("WRITE_WIDTH_A", "0"),
        ("WRITE_WIDTH_B", "0"),
        ("DOA_REG", "0"),
        ("DOB_REG", "0"),
        ("INIT_A", "36'bx"),
        ("INIT_B", "36'bx"),
        ("SRVAL_A", "36'bx"),
        ("SRVAL_B", "36'bx"),
        ("RAM_MODE", "\"TDP\""),
        ("RAM_EXTENSION_A", "\"NONE\""),
        ("RAM_EXTENSION_B", "\"NONE\""),
    ];
    let set = set.map(|(name, value)| (name.to_string(), value));
    let parameters: Vec<(String, &str)> = set.into_iter().chain(numbers(128, "INIT")).chain(numbers(16, "INITP")).collect();
    let outputs = [("CASCADEOUTA", 1), ("CASCADEOUTB", 1), ("DOADO", 32), ("DOBDO", 32), ("DOPADOP", 4), ("DOPBDOP", 4)];
    let inputs = [
        ("CLKARDCLK", 1),
        ("CLKBWRCLK", 1),
        ("ENARDEN", 1),
        ("ENBWREN", 1),
        ("REGCEAREGCE", 1),
        ("REGCEB", 1),
        ("RSTRAMARSTRAM", 1),
        ("RSTRAMB", 1),
        ("RSTREGARSTREG", 1),
        ("RSTREGB", 1),
        ("CASCADEINA", 1),
        ("CASCADEINB", 1),
        ("ADDRARDADDR", 16),
        ("ADDRBWRADDR", 16),
        ("DIADI", 32),
        ("DIBDI", 32),
        ("DIPADIP", 4),
        ("DIPBDIP", 4),
        ("WEA", 4),
        ("WEBWE", 8),
    ];
    let port = |direction: &str, (name, width): (&str, usize)| format!("  {direction} [{}:0] {name}", width - 1);
    let ports: Vec<String> = outputs.map(|p| port("output", p)).into_iter().chain(inputs.map(|p| port("input", p))).collect();
    let given: Vec<String> = parameters.iter().map(|(name, _)| format!("    .{name}({name})")).collect();
    // what nothing is connected to would be a wire without a driver
    let instance = |cascaded: bool| {
        let name = |name: &str| if name.starts_with("CASCADEIN") && !cascaded { "1'b0".into() } else { name.to_string() };
        let names: Vec<String> = outputs.iter().chain(&inputs).map(|(port, _)| format!("    .{port}({})", name(port))).collect();
        format!("  RAMB36E1 #(\n{}\n  ) _TECHMAP_REPLACE_ (\n{}\n  );\n", given.join(",\n"), names.join(",\n"))
    };
    let declared: Vec<String> = parameters.iter().map(|(name, value)| format!("  parameter {name} = {value};\n")).collect();
    format!(
        "module short_RAMB36E1 (\n{}\n);\n{}generate if (RAM_EXTENSION_A == \"UPPER\") begin\n{}end else begin\n{}end endgenerate\nendmodule\n",
        ports.join(",\n"),
        declared.concat(),
        instance(true),
        instance(false)
    )
}
