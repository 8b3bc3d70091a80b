//! Links and anchors of a page.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::collections::{HashMap, HashSet};

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
}

/// Where the page's links and pictures point to.
pub fn links(text: &str) -> Vec<String> {
    parser(text)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
            _ => None,
        })
        .collect()
}

/// The anchors of the page's headings, as the usual forges make them: small letters, digits, `-` and `_`, blanks as `-`; a second
/// heading of the same text ends in `-1`.
pub fn anchors(text: &str) -> HashSet<String> {
    let (mut all, mut seen) = (HashSet::new(), HashMap::<String, usize>::new());
    let mut heading: Option<String> = None;
    for event in parser(text) {
        match (event, &mut heading) {
            (Event::Start(Tag::Heading { .. }), _) => heading = Some(String::new()),
            (Event::End(TagEnd::Heading(_)), found) => {
                let slug = slug(&found.take().expect("a heading began"));
                let count = seen.entry(slug.clone()).or_default();
                all.insert(if *count == 0 { slug } else { format!("{slug}-{count}") });
                *count += 1;
            }
            (Event::Text(text) | Event::Code(text), Some(heading)) => heading.push_str(&text),
            _ => {}
        }
    }
    all
}

fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_links_as_a_forge_sees_them() {
        let page =
            "# `hdl generate`, again\n\n## Cycles\n[a](b.md#c) `[no](link)`\n\n| t |\n|---|\n| ![p](q.png) |\n\n## Cycles\n\n```\n## none\n```\n";
        assert_eq!(links(page), ["b.md#c", "q.png"]);
        assert_eq!(anchors(page), ["hdl-generate-again", "cycles", "cycles-1"].map(String::from).into());
    }
}
