//! docs/interface.md has the tables of the contract.

use contract::page;
use contract::parameters::PARAMETERS;
use contract::ports::PORTS;
use contract::registers::REGISTERS;
use contract::RECORDS;
use std::path::Path;

#[test]
fn the_page_has_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/interface.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let expected = page::filled(&page).unwrap_or_else(|mark| panic!("docs/interface.md has no line {mark}"));
    if page == expected {
        return;
    }
    if std::env::var_os("EMBER_UPDATE").is_some() {
        std::fs::write(&path, expected).expect("written");
        return;
    }
    panic!("docs/interface.md is not of this contract; run: EMBER_UPDATE=1 cargo test --release -p contract --test page");
}

#[test]
fn every_declaration_has_its_line() {
    let text = page::markdown();
    let of = |name: &str| page::sections().into_iter().find(|section| section.name == name).expect("a section").text;
    for record in RECORDS {
        let table = of(record.name);
        assert_eq!(table.lines().count(), 2 + record.fields.len(), "{}", record.name);
        for (line, field) in table.lines().skip(2).zip(record.fields) {
            let name = if field.offset == 1 { format!("| `{}` - 1 | ", field.name) } else { format!("| `{}` | ", field.name) };
            assert!(line.contains(&name) && line.contains(field.meaning), "{line}");
        }
    }
    assert_eq!(of("parameters").lines().count(), 2 + PARAMETERS.len());
    assert_eq!(of("ports").lines().count(), 2 + PORTS.len());
    let names = PORTS.iter().map(|it| it.name).chain(REGISTERS.iter().map(|it| it.name)).chain(PARAMETERS.iter().map(|it| it.name));
    names.for_each(|name| assert!(text.contains(&format!("`{name}`")), "{name}"));
}

#[test]
fn a_page_without_a_mark_is_said() {
    let page = page::sections().iter().map(|section| format!("{}\nold\n{}\n", section.begin(), section.end())).collect::<String>();
    let filled = page::filled(&page).expect("all marks");
    assert!(!filled.contains("old") && page::filled(&filled).as_ref() == Ok(&filled));
    let mark = page::sections()[3].begin();
    assert_eq!(page::filled(&page.replace(&mark, "")), Err(mark));
}
