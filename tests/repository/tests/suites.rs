//! The tables of `docs/testing.md` are the first paragraphs of the suites, benchmarks, examples and fuzz targets themselves; one
//! without is a failure. `EMBER_UPDATE=1` writes the page.

use cargo_metadata::{Package, Target, TargetKind};
use repository::{hold, metadata};

/// The first paragraph of the `//!` lines at the top of a source.
fn header(text: &str) -> Option<String> {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let words: Vec<_> = lines.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" ").replace('|', "\\|"))
}

/// Package, name and header of every target wanted, in this order.
fn headers(wanted: impl Fn(&Package, &Target) -> bool) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for package in metadata().workspace_packages() {
        for target in package.targets.iter().filter(|target| wanted(package, target)) {
            let text = std::fs::read_to_string(&target.src_path).expect("a readable source");
            let header = header(&text)
                .unwrap_or_else(|| panic!("{}: the first line must say, after //!, what the file proves or shows", target.src_path));
            all.push((package.name.to_string(), target.name.clone(), header));
        }
    }
    assert!(!all.is_empty(), "no target of this kind");
    all.sort();
    all
}

fn table(title: &str, wanted: impl Fn(&Package, &Target) -> bool) -> String {
    let rows = headers(wanted).into_iter().map(|(package, name, header)| format!("| `{package}` | `{name}` | {header} |\n"));
    format!("| package | {title} |\n|---|---|---|\n{}", rows.collect::<String>())
}

#[test]
fn the_page_lists_every_suite() {
    let expected = table("suite | proves", |_, target| target.is_kind(TargetKind::Test));
    hold("docs/testing.md", "suites", "suites", &expected);
}

#[test]
fn the_page_lists_benchmarks_and_examples() {
    let shown = [TargetKind::Bench, TargetKind::Example];
    let expected = table("benchmark, example | shows", |_, target| target.kind.iter().any(|kind| shown.contains(kind)));
    hold("docs/testing.md", "examples", "suites", &expected);
}

#[test]
fn the_page_on_fuzzing_lists_every_target() {
    let targets = headers(|package, target| package.name.as_str() == "fuzz" && target.is_kind(TargetKind::Bin));
    let rows = targets.into_iter().map(|(_, name, header)| format!("| `{name}` | {header} |\n"));
    hold("docs/fuzzing.md", "targets", "suites", &format!("| target | reads |\n|---|---|\n{}", rows.collect::<String>()));
}

#[test]
fn a_header_is_the_first_paragraph() {
    assert_eq!(header("//! One\n//! two.\n//!\n//! Three.\nuse std;\n").as_deref(), Some("One two."));
    for none in ["use std;\n", "//!\nuse std;\n", "// One.\n"] {
        assert_eq!(header(none), None);
    }
}
