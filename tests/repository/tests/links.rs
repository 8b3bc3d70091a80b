//! Every relative link of every page leads to a file, and to a heading where it names one; so does every page that a text or a
//! comment names.

use repository::{files, markdown, read, root};
use std::path::{Component, Path, PathBuf};

/// `a/../b` without a look at the file system: a link that leaves the repository keeps its `..`.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        if !(part == Component::ParentDir && plain.pop()) {
            plain.push(part);
        }
        plain
    })
}

/// What is wrong with one link of the page at `page`.
fn fault(page: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = if path.is_empty() { page.to_path_buf() } else { plain(&page.parent().expect("a file").join(path)) };
    if target.starts_with("..") || !root().join(&target).exists() {
        return Some(format!("{}: {link} leads to no file", page.display()));
    }
    match anchor {
        Some(anchor) if target.extension().is_some_and(|kind| kind == "md") && !markdown::anchors(&read(&target)).contains(anchor) => {
            Some(format!("{}: {link} leads to no heading of {}", page.display(), target.display()))
        }
        _ => None,
    }
}

#[test]
fn links_lead_somewhere() {
    let pages = files("md");
    let links: Vec<_> = pages.iter().flat_map(|page| markdown::links(&read(page)).into_iter().map(move |link| (page, link))).collect();
    assert!(links.len() > 50, "only {} links found", links.len());
    let faults: Vec<_> = links.iter().filter_map(|(page, link)| fault(page, link)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let page = Path::new("docs/testing.md");
    for wrong in ["no-such-page.md", "../docs/memory.md#no-such-heading", "#no-such-heading", "../../outside.md"] {
        assert!(fault(page, wrong).is_some(), "{wrong}");
    }
    for right in ["memory.md", "memory.md#styles", "#suites", "../README.md", "https://example.org/no-such-page.md"] {
        assert_eq!(fault(page, right), None);
    }
}

/// Pages below `docs`, wherever a text names one.
fn named_pages(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("docs/").filter_map(|(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "/-_.".contains(c))).unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches('.');
        name.ends_with(".md").then_some(name)
    })
}

#[test]
fn pages_that_texts_and_comments_name_are_there() {
    let mut seen = 0;
    let mut faults = Vec::new();
    for file in ["md", "rs", "toml", "tcl"].iter().flat_map(|extension| files(extension)) {
        for page in named_pages(&read(&file)) {
            seen += 1;
            if !root().join(page).exists() {
                faults.push(format!("{} names {page}", file.display()));
            }
        }
    }
    assert!(seen > 50, "only {seen} pages are named");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
