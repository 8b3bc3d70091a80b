//! The header is that of the sources. `EMBER_UPDATE=1` writes it.

use std::path::Path;

#[test]
fn the_header_is_made_of_the_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("its settings");
    let mut builder = cbindgen::Builder::new().with_config(config);
    let sources = std::fs::read_dir(root.join("src")).expect("the sources");
    let mut sources: Vec<_> = sources.map(|entry| entry.expect("a source").path()).collect();
    sources.sort();
    for source in sources {
        builder = builder.with_src(source);
    }
    let mut made = vec![];
    builder.generate().expect("the sources are read").write(&mut made);
    let made = String::from_utf8(made).expect("UTF-8");
    let header = root.join("include/ember.h");
    if std::env::var_os("EMBER_UPDATE").is_some() {
        std::fs::write(&header, &made).expect("written");
    }
    let written = std::fs::read_to_string(&header).unwrap_or_default();
    assert!(
        written == made,
        "capi/include/ember.h is not that of the sources; EMBER_UPDATE=1 cargo test --release -p ember-c --test header writes it"
    );
}
