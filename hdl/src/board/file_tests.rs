//! Every sentence that a wrong `board.toml` is answered with.

use super::*;

/// A board that no one makes: every key, nothing unusual.
const GOOD: &str = r#"
title = "Test board"
[part]
name = "xcku5p-ffvb676-2-e"
family = "ultrascale+"
luts = 216960
lutram_luts = 99840
ffs = 433920
bram36 = 480
uram = 64
dsps = 1824
[pcie]
generation = 3
lanes = 8
stream_bits = 256
stream_mhz = 250
[xdma]
device_id = "9038"
reserve = { luts = 30000, ffs = 40000, bram36 = 60 }
[clock]
engine_mhz = 250
basis = "estimate"
[flash]
part = "mt25qu256-spi-x1_x2_x4"
interface = "spix4"
mebibytes = 32
[engine]
columns = 16
line_pixels = 64
[target]
dsp = "dsp48e2"
[target.memory]
weights = "ultra"
"#;

fn parse(text: &str) -> Result<BoardFile, String> {
    BoardFile::parse(text, Path::new("constraints/test/board.toml")).map_err(|e| e.to_string())
}

/// The sentence for `GOOD` with `from` replaced.
fn sentence(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    let sentence = parse(&GOOD.replacen(from, to, 1)).expect_err(to);
    assert!(sentence.starts_with("constraints/test/board.toml: ") && sentence.lines().count() == 1, "{sentence}");
    sentence
}

#[test]
fn every_key_is_read() {
    let board = parse(GOOD).expect("a board");
    assert_eq!((board.part.family, board.part.uram, board.pcie.stream_bits), (Family::UltraScalePlus, 64, 256));
    assert_eq!(board.config().expect("an engine"), EngineConfig { line_pixels: 64, ..EngineConfig::standard(16) });
    assert_eq!(board.target.memory.weights, crate::target::MemoryStyle::Ultra);
    assert_eq!(board.flash.expect("a flash").interface.name(), "spix4");
}

#[test]
fn a_wrong_file_is_answered_with_one_sentence_that_names_the_key() {
    for (from, to, expected) in [
        ("title = \"Test board\"", "title = ", "not TOML"),
        ("title = \"Test board\"", "title = \" \"", "`title` is empty"),
        ("title = \"Test board\"", "", "the file: missing field `title`"),
        ("title = \"Test board\"", "title = \"t\"\nmaker = 1", "unknown field `maker`, expected one of"),
        ("luts = 216960", "luts = \"many\"", "line 6, `part.luts`: invalid type: string \"many\", expected u64"),
        ("luts = 216960", "", "`part`: missing field `luts`"),
        ("luts = 216960", "luts = 0", "`part.luts` is 0; expected what the part has"),
        ("lutram_luts = 99840", "lutram_luts = 999999", "`part.lutram_luts` is 999999; expected at most `part.luts`, 216960"),
        ("ffs = 433920", "ffs = 433920\nslices = 1", "`part.slices`: unknown field `slices`, expected one of"),
        ("\"ultrascale+\"", "\"ultrascale\"", "`part.family` is \"ultrascale\", but xcku5p-ffvb676-2-e is of family \"ultrascale+\""),
        ("\"ultrascale+\"", "\"virtex\"", "`part.family`: unknown variant `virtex`, expected one of"),
        ("xcku5p-ffvb676-2-e", "KU5P", "`part.name` is \"KU5P\"; expected Vivado's name"),
        ("xcku5p-ffvb676-2-e", "xc9z-abc-1", "xc9z-abc-1 is no family that is known here"),
        ("generation = 3", "generation = 4", "`pcie.generation` is 4; expected 1, 2 or 3"),
        ("lanes = 8", "lanes = 3", "`pcie.lanes` is 3; expected 1, 2, 4, 8 or 16"),
        ("lanes = 8", "lanes = 4", "generation 3 with 4 lanes wants 128 bits at 250 MHz or 256 bits at 125 MHz"),
        ("stream_bits = 256", "stream_bits = 32", "`pcie.stream_bits` is 32; expected 64, 128, 256 or 512"),
        ("stream_mhz = 250", "stream_mhz = 200", "`pcie.stream_mhz` is 200; expected 62.5, 125 or 250"),
        ("\"9038\"", "\"abcd\"", "`xdma.device_id` is \"abcd\"; expected one that the driver's table has"),
        (
            "device_id = \"9038\"",
            "device_id = \"9038\"\npcie_block = \"1,2\"",
            "`xdma.pcie_block` is \"1,2\"; expected a site such as X0Y1",
        ),
        ("device_id = \"9038\"", "device_id = \"9038\"\nquad = \"227\"", "`xdma.quad` is \"227\"; expected a quad such as GTY_Quad_227"),
        (
            "stream_mhz = 250",
            "stream_mhz = 250\nlane_sites = [\"GTPE2_CHANNEL_X0Y4\"]",
            "`pcie.lane_sites` is for 7 series; expected `xdma.quad`",
        ),
        ("[flash]", "[outputs]\nbusy = \"LED 1\"\n[flash]", "`outputs` has the port \"LED 1\"; expected a name of lower case"),
        ("[flash]", "[outputs]\nbusy = \"led\"\nlow = [\"led\"]\n[flash]", "`outputs` has the port \"led\" twice"),
        ("[flash]", "[outputs]\nlow = [\"pcie_x\"]\n[flash]", "does not begin with pcie"),
        ("bram36 = 60", "bram36 = 481", "`xdma.reserve.bram36` is 481; expected at most the part's 480"),
        ("engine_mhz = 250", "engine_mhz = 2500", "`clock.engine_mhz` is 2500; expected 10 to 800"),
        ("engine_mhz = 250", "engine_mhz = nan", "`clock.engine_mhz` is NaN; expected 10 to 800"),
        (
            "basis = \"estimate\"",
            "basis = \"guess\"",
            "`clock.basis` is \"guess\"; expected \"estimate\", or instead of it `clock.measured`",
        ),
        ("basis = \"estimate\"", "", "`clock` says nothing of what `engine_mhz` stands on; expected `basis = \"estimate\"`"),
        ("basis = \"estimate\"", "measured = \" \"", "`clock.measured` is \" \"; expected what was built"),
        ("basis = \"estimate\"", "measured = true", "`clock.measured`: invalid type: boolean `true`, expected a string"),
        ("basis = \"estimate\"", "basis = \"estimate\"\nmeasured = \"Vivado 2022.1, 0.02 ns\"", "`clock` has both `basis` and `measured`"),
        ("\"spix4\"", "\"spi\"", "`flash.interface`: unknown variant `spi`, expected one of"),
        ("mebibytes = 32", "mebibytes = 33", "`flash.mebibytes` is 33; expected a power of two"),
        ("columns = 16", "columns = 12", "`engine`: 12 columns cannot be generated; choose 4, 8, 16 or 32"),
        ("columns = 16", "columns = -1", "`engine.columns` is -1; expected 4, 8, 16 or 32"),
        ("columns = 16", "columns = \"16\"", "`engine.columns` is \"16\"; expected 4, 8, 16 or 32"),
        ("columns = 16", "", "`engine`: `columns` is missing"),
        ("line_pixels = 64", "line_pixel = 64", "`engine.line_pixel` is no parameter of an engine; expected one of "),
        ("line_pixels = 64", "line_pixels = -4", "`engine.line_pixels` is -4; expected a whole number"),
        ("line_pixels = 64", "line_pixels = 2", "`engine`: line buffer pixels of 2 cannot be generated; choose 4 to 4096"),
        ("\"dsp48e2\"", "\"dsp48e1\"", "`target.dsp` is \"dsp48e1\", but family \"ultrascale+\" has DSP48E2"),
        ("\"dsp48e2\"", "\"dsp58\"", "`target.dsp`: unknown variant `dsp58`, expected one of"),
        ("uram = 64", "uram = 0", "`target.memory.weights` is \"ultra\", but xcku5p-ffvb676-2-e has no UltraRAM"),
        ("weights = \"ultra\"", "wheels = \"ultra\"", "unknown field `wheels`, expected one of"),
    ] {
        let said = sentence(from, to);
        assert!(said.contains(expected), "{to}: {said}");
    }
}

#[test]
fn seven_series_has_its_own_limits() {
    let artix = GOOD
        .replace("xcku5p-ffvb676-2-e", "xc7a200tfbg484-2")
        .replace("ultrascale+", "7series")
        .replace("uram = 64\n", "")
        .replace("generation = 3\nlanes = 8\nstream_bits = 256", "generation = 2\nlanes = 4\nstream_bits = 64")
        .replace("\"9038\"", "\"7024\"")
        .replace("dsp48e2", "dsp48e1")
        .replace("\"ultra\"", "\"block\"");
    parse(&artix).expect("a board");
    for (from, to, expected) in [
        ("generation = 2", "generation = 3", "`pcie.generation` is 3; the PCIe block of family \"7series\" has 1 or 2"),
        ("lanes = 4", "lanes = 16", "at most 8 with family \"7series\""),
        ("dsps = 1824", "dsps = 1824\nuram = 1", "only UltraScale+ has UltraRAM"),
        ("dsp48e1", "dsp48e2", "7 series has DSP48E1"),
        ("lanes = 4", "lanes = 4\nlane_sites = [\"GTPE2_CHANNEL_X0Y4\"]", "`pcie.lane_sites` has 1 sites; expected one a lane, 4"),
        ("lanes = 4", "lanes = 4\nlane_sites = [\"a\", \"b\", \"c\", \"d\"]", "`pcie.lane_sites` has \"a\"; expected a site such as"),
        (
            "lanes = 4",
            "lanes = 4\nlane_sites = [\"GTPE2_CHANNEL_X0Y4\", \"GTPE2_CHANNEL_X0Y5\", \"GTPE2_CHANNEL_X0Y4\", \"GTPE2_CHANNEL_X0Y6\"]",
            "`pcie.lane_sites` has GTPE2_CHANNEL_X0Y4 twice",
        ),
    ] {
        let said = parse(&artix.replacen(from, to, 1)).expect_err(to);
        assert!(said.contains(expected), "{to}: {said}");
    }
}

/// The stream's width and clock of each link in PG195's table that this flow can be asked for.
#[test]
fn streams_follow_the_links_of_the_product_guide() {
    for (generation, lanes, bits, mhz) in [
        (2, 4, 64, 250),
        (2, 4, 128, 125),
        (2, 8, 128, 250),
        (3, 4, 128, 250),
        (3, 8, 256, 250),
        (3, 16, 512, 250),
        (1, 4, 64, 125),
        (1, 1, 64, 62),
        (1, 8, 64, 250),
    ] {
        let mhz = if mhz == 62 { "62.5".into() } else { mhz.to_string() };
        let text = GOOD.replace("generation = 3\nlanes = 8", &format!("generation = {generation}\nlanes = {lanes}"));
        let text = text.replace("stream_bits = 256\nstream_mhz = 250", &format!("stream_bits = {bits}\nstream_mhz = {mhz}"));
        parse(&text).unwrap_or_else(|e| panic!("{generation} x{lanes}: {e}"));
        assert!(
            parse(&text.replace(&format!("stream_bits = {bits}"), "stream_bits = 512")).is_err() || bits == 512,
            "{generation} x{lanes}"
        );
    }
}
