//! What is looked for in a report is found: faults planted one at a time in a small page, each of which the browser must name.

use serde_json::json;
use test_support::browser::Browser;

const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>a page</title>\
    <style>:root { color-scheme: light dark; }</style>\
    <p><span data-figure=\"share.percent\">66.67</span> %, <span data-figure=\"share.right\">2</span>; <span data-figure=\"p\" data-times=\"100\">50</span>\
    <p><img alt=\"\" src=\"data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==\">";

#[test]
fn planted_faults_are_found() {
    let Some(mut browser) = Browser::start() else { return };
    let json = json!({"share": {"percent": 200.0 / 3.0, "right": 2}, "p": 0.5, "options": {"seed": 1}});
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("page.html");
    let mut problems = |page: &str| {
        std::fs::write(&file, page).expect("written");
        browser.report(&file).problems(&json, &["options."])
    };
    assert_eq!(problems(PAGE), Vec::<String>::new());
    for (from, to, found) in [
        ("66.67", "66.66", "share.percent = `66.66`"),
        (">50<", ">51<", "p = `51`"),
        ("data-figure=\"share.right\"", "", "share.right is in the JSON and not on the page"),
        ("share.right", "share.wrong", "share.wrong = `2`, which the JSON has not"),
        ("<p>", "<p style=\"width: 1300px\">", "1280 pixels, light: the page is"),
        ("<p>", "<p style=\"width: 500px\">", "400 pixels, dark: the page is"),
        ("R0lGODlh", "AAAAAAAA", "did not load"),
        ("<p><img", "<script>throw new Error('planted')</script><p><img", "planted"),
        ("<p><img", "<script>console.error('planted')</script><p><img", "on the console"),
        ("<p><img", "<img src=\"other.png\" alt=\"\"><p><img", "it asks for file:///"),
        ("light dark", "light", "the ground is not dark"),
        ("<p>", "<p style=\"color: black\">", "dark: a contrast of 1"),
        ("<p>", "<p style=\"background: #777\">", "a contrast of"),
    ] {
        assert!(PAGE.contains(from), "{from}");
        let problems = problems(&PAGE.replacen(from, to, 1));
        assert!(problems.iter().any(|problem| problem.contains(found)), "{found}: {problems:?}");
    }
}
