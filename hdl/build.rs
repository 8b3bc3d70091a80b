//! Embeds the boards of `constraints/`, so that the installed program has them without the repository.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let root = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../constraints");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut names: Vec<String> = fs::read_dir(&root)
        .expect("the repository has the folder constraints")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("board.toml").is_file())
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    // (name, board.toml, pins.xdc, README.md)
    let mut text = String::from("&[\n");
    for name in names {
        let file = |file: &str| {
            let path = root.join(&name).join(file);
            println!("cargo::rerun-if-changed={}", path.display());
            if path.is_file() {
                let path = fs::canonicalize(path).expect("a file that is there");
                format!("include_str!({path:?})")
            } else {
                "\"\"".into()
            }
        };
        writeln!(text, "    ({name:?}, {}, {}, {}),", file("board.toml"), file("pins.xdc"), file("README.md")).expect("text");
    }
    text += "]\n";
    fs::write(Path::new(&env::var_os("OUT_DIR").expect("cargo sets it")).join("boards.rs"), text).expect("cargo's folder can be written");
}
