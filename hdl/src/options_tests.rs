//! Same options, same engine: what `hdl report` synthesises is what `hdl generate` writes, and every refusal's advice
//! is possible.

use super::*;
use crate::advice::advice;
use crate::{Cli, Command};
use clap::Parser;
use contract::engine::COLUMNS;
use hdl::board::estimate::{estimate, resources};
use hdl::board::project;

const BOARDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../constraints");

fn options(command: &str, words: &[&str]) -> EngineOptions {
    let out: &[&str] = if command == "generate" { &["--out", "nowhere"] } else { &[] };
    match Cli::try_parse_from([&["hdl", command], words, out].concat()).unwrap_or_else(|e| panic!("{words:?}: {e}")).command {
        Command::Generate(args) => args.engine,
        Command::Report(args) => args.engine,
        other => panic!("{other:?}"),
    }
}

fn chosen(command: &str, words: &[&str]) -> Result<Chosen, String> {
    options(command, words).engine().map_err(|e| e.to_string())
}

fn boards() -> Vec<String> {
    find::all(Some(BOARDS.as_ref())).expect("the shipped boards").into_iter().map(|board| board.name).collect()
}

/// Boards and none, by columns, forms, depths, weight bits and styles: both commands come to one engine, or to one refusal.
#[test]
fn report_and_generate_mean_the_same_engine() {
    let boards = boards();
    let mut of: Vec<Vec<&str>> = boards.iter().map(|name| vec!["--board", name, "--boards", BOARDS]).collect();
    of.push(vec![]);
    let columns = [&[][..], &["--columns", "4"], &["--columns", "8"], &["--columns", "16"], &["--columns", "32"], &["--columns", "5"]];
    let forms = [&[][..], &["--dsp", "single"], &["--dsp", "dsp48e1"], &["--dsp", "dsp48e2"]];
    let others = [
        &[][..],
        &["--weight-bits", "6", "--line-pixels", "64"],
        &["--weight-words", "4096", "--frame-words", "64", "--layers", "8"],
        &["--memory", "weights=block", "--memory", "pool=auto"],
        &["--memory", "weights=ultra"],
        &["--pool-pixels", "1"],
    ];
    let (mut same, mut refused) = (0, 0);
    for of in &of {
        for columns in columns {
            for form in forms {
                for other in others {
                    let words = [of, columns, form, other].concat();
                    let (generated, reported) = (chosen("generate", &words), chosen("report", &words));
                    match (generated, reported) {
                        (Ok(a), Ok(b)) => {
                            assert_eq!((a.config, a.target, a.board.as_ref()), (b.config, b.target, b.board.as_ref()), "{words:?}");
                            if let Some(board) = a.board {
                                assert_eq!(a.target, board.file.target, "{words:?}");
                            }
                            same += 1;
                        }
                        (Err(a), Err(b)) => {
                            assert_eq!(a, b, "{words:?}");
                            refused += 1;
                        }
                        (a, b) => panic!("{words:?}: {a:?}, {b:?}"),
                    }
                }
            }
        }
    }
    assert!(same > 500 && refused > 300, "{same} and {refused}");
}

#[test]
fn what_is_given_is_taken_over_the_boards_own() {
    let on = |words: &[&str]| chosen("report", &[&["--board", "nitefury2", "--boards", BOARDS], words].concat()).expect("an engine");
    let own = on(&[]);
    assert_eq!((own.config.columns, own.config.weight_bits, own.target.dsp), (8, 6, DspForm::Dsp48e1));
    // the board's other depths stay; as many bytes of weights in words half as wide
    let four = on(&["--columns", "4", "--line-pixels", "32"]);
    let expected = EngineConfig { columns: 4, weight_words: 2 * own.config.weight_words, line_pixels: 32, ..own.config };
    assert_eq!((four.config, four.target), (expected, own.target));
    // rows of 32 bytes from 32 columns on
    assert_eq!(on(&["--columns", "32"]).config.squeeze_rows, EngineConfig::standard(32).squeeze_rows);
    let styled = on(&["--memory", "frame=block", "--dsp", "single"]);
    assert_eq!((styled.target.memory.frame, styled.target.dsp), (MemoryStyle::Block, DspForm::Single));
    assert_eq!(styled.target.memory.weights, own.target.memory.weights);
}

#[test]
fn forms_that_a_part_has_not_are_refused() {
    let said = |words: &[&str]| chosen("generate", words).expect_err("refused");
    let on = |board, words: &[&str]| said(&[&["--board", board, "--boards", BOARDS], words].concat());
    assert!(on("nitefury2", &["--dsp", "dsp48e2"]).contains("nitefury2: `target.dsp` is \"dsp48e2\", but 7 series has DSP48E1"));
    assert!(on("kc705", &["--memory", "frame=ultra"]).contains("`target.memory.frame` is \"ultra\", but"));
    let target = |words: &[&str]| chosen("report", words).expect("an engine").target;
    let family = |words: &[&str], family| check_family(&target(words), family).map_err(|e| e.to_string());
    assert_eq!(family(&["--dsp", "dsp48e1"], Family::Series7), Ok(()));
    assert!(family(&["--dsp", "dsp48e2"], Family::Series7).expect_err("refused").contains("choose single or dsp48e1"));
    assert!(family(&["--dsp", "dsp48e1"], Family::UltraScalePlus).expect_err("refused").contains("choose single or dsp48e2"));
    assert_eq!(family(&["--memory", "sums=ultra"], Family::UltraScalePlus), Ok(()));
    assert!(family(&["--memory", "sums=ultra"], Family::UltraScale).expect_err("refused").contains("--memory sums=ultra is not for"));
    for words in ["frames=block", "frame", "frame=fast"] {
        assert!(Cli::try_parse_from(["hdl", "generate", "--out", "nowhere", "--memory", words]).is_err(), "{words}");
    }
}

/// All boards by all numbers of columns, with standard and with large depths: whatever is refused is refused with advice
/// that fits when it is followed to the letter.
#[test]
fn every_advice_can_be_followed() {
    let boards = boards();
    let mut refused = 0;
    for board in &boards {
        for columns in COLUMNS.map(|n| n.to_string()) {
            for more in [&[][..], &["--dsp", "single"], &["--weight-words", "400000"], &["--weight-bits", "8", "--frame-words", "8000"]] {
                let words = [&["--board", board, "--boards", BOARDS, "--columns", &columns], more].concat();
                let options = options("generate", &words);
                let first = options.engine().unwrap_or_else(|e| panic!("{words:?}: {e}"));
                let file = |chosen: &Chosen| chosen.board.as_ref().expect("a board").file.clone();
                if resources(&file(&first), &first.config, &first.target).iter().all(|r| r.missing() == 0) {
                    continue;
                }
                refused += 1;
                let said = advice(&options);
                let ways = said.strip_prefix("it fits with ").unwrap_or_else(|| panic!("{words:?}: {said}"));
                let ways = ways.split("; make the model").next().expect("a part");
                for way in ways.split(", or with ") {
                    let mut followed: Vec<&str> = words.clone();
                    let mut given = way.split(' ');
                    while let (Some(option), Some(value)) = (given.next(), given.next()) {
                        match followed.iter().position(|word| *word == option) {
                            Some(at) => followed[at + 1] = value,
                            None => followed.extend([option, value]),
                        }
                    }
                    let engine = chosen("generate", &followed).unwrap_or_else(|e| panic!("{followed:?}: {e}"));
                    let estimate = estimate(&file(&engine), &engine.config, &engine.target);
                    assert_eq!((estimate.short(), estimate.model), (None, None), "{words:?}, {way}");
                }
                println!("{}: {said}", words[4..].join(" "));
            }
        }
    }
    assert!(refused > 10, "{refused}");
}

/// The refusal that users met: it said "choose fewer columns", and there are none.
#[test]
fn four_columns_on_the_smallest_board() {
    let engine = chosen("generate", &["--board", "nitefury2", "--boards", BOARDS, "--columns", "4"]).expect("an engine");
    let board = engine.board.expect("a board");
    let files = project::files(&board, &engine.config, &engine.target);
    assert!(files.is_ok(), "{:?}", files.err());
}
