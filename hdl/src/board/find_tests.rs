//! Finding boards, and the boards that are shipped.

use super::*;

const SHIPPED: [&str; 9] = ["acorn-cle215", "kc705", "kcu105", "kcu116", "nitefury2", "u200", "u250", "u50", "vcu118"];

#[test]
fn every_shipped_board_is_sound_and_embedded() {
    let boards = all(Some(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../constraints")))).expect("boards");
    assert_eq!(boards.iter().map(|b| b.name.as_str()).collect::<Vec<_>>(), SHIPPED);
    let embedded: Vec<BoardDescription> = EMBEDDED.iter().map(|b| Place::Embedded.board(b.0).expect("a board")).collect();
    assert_eq!(boards, embedded);
    for board in boards {
        assert!(board.page.contains(&format!("generate --board {} ", board.name)), "{}: the page says how to build", board.name);
    }
}

#[test]
fn a_wrong_name_lists_the_right_ones() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for name in ["kc705", "kcu116"] {
        let folder = dir.path().join(name);
        fs::create_dir(&folder).expect("a folder");
        let shipped = EMBEDDED.iter().find(|b| b.0 == name).expect("a board");
        fs::write(folder.join("board.toml"), shipped.1).expect("a file");
        fs::write(folder.join("pins.xdc"), shipped.2).expect("a file");
    }
    fs::create_dir(dir.path().join("no-board")).expect("a folder");
    let dir = dir.path();
    assert_eq!(find("kcu116", Some(dir)).expect("a board").name, "kcu116");
    let said = |name: &str| find(name, Some(dir)).expect_err(name).to_string();
    assert_eq!(said("KCU-116"), "there is no board \"KCU-116\" (did you mean kcu116?); the boards are kc705, kcu116");
    assert_eq!(said("zzz"), "there is no board \"zzz\"; the boards are kc705, kcu116");
    // a name is never a path
    assert!(said("../kc705").contains("there is no board"));

    fs::remove_file(dir.join("kc705/pins.xdc")).expect("a file");
    assert!(said("kc705").contains("kc705/pins.xdc cannot be read"), "{}", said("kc705"));
    fs::write(dir.join("kc705/board.toml"), "title = 1").expect("a file");
    assert!(said("kc705").contains("kc705/board.toml: line 1, `title`: invalid type"), "{}", said("kc705"));
    let empty = dir.join("no-board");
    assert!(all(Some(&empty))
        .expect_err("empty")
        .to_string()
        .ends_with("no-board has no board: expected a folder with a board.toml for each"));
    assert!(all(Some(&dir.join("missing"))).expect_err("missing").to_string().contains("missing cannot be read"));
}
