//! Sections of pages that are made of the sources.

use super::root;

/// Holds the lines between `<!-- name: ... -->` and `<!-- /name -->` of a page (its path relative to the root) to `expected`, or writes
/// them where `EMBER_UPDATE` is set. Panics with the command that writes them.
pub fn hold(page: &str, name: &str, suite: &str, expected: &str) {
    let path = root().join(page);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{page}: {error}"));
    let (begin, end) = (format!("<!-- {name}: "), format!("<!-- /{name} -->"));
    let from = text.find(&begin).and_then(|at| Some(at + text[at..].find("-->\n")? + 4));
    let from = from.unwrap_or_else(|| panic!("{page} has no line {begin}... -->"));
    let to = from + text[from..].find(&end).unwrap_or_else(|| panic!("{page} has no line {end}"));
    if text[from..to] == *expected {
        return;
    }
    if std::env::var_os("EMBER_UPDATE").is_some() {
        std::fs::write(&path, format!("{}{expected}{}", &text[..from], &text[to..])).expect("written");
        return;
    }
    panic!("{page}, section {name}, is not what the sources say; run: EMBER_UPDATE=1 cargo test --release -p repository --test {suite}");
}
