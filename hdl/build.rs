//! Embeds the boards of `constraints/`, so that the installed program has them without the repository, and the
//! documentation of the RTL, which the Verilog carries.

#[path = "build/docs.rs"]
mod docs;

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let own = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).to_owned();
    let out = Path::new(&env::var_os("OUT_DIR").expect("cargo sets it")).to_owned();
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    docs::write(&own.join("src"), &["lang", "rtl", "shell"], &out.join("docs.rs"));
    boards(&own.join("../constraints"), &out.join("boards.rs"));
}

fn boards(root: &Path, to: &Path) {
    println!("cargo::rerun-if-changed={}", root.display());
    let mut names: Vec<String> = fs::read_dir(root)
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
    fs::write(to, text).expect("cargo's folder can be written");
}
