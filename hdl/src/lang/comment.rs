//! Documentation in Markdown as comments in Verilog.

use super::docs::module_of;

/// Columns of a line.
const COLUMNS: usize = 98;

/// Words by which tools know a comment that is meant for them.
const DIRECTIVES: [&str; 5] = ["verilator", "synthesis", "synopsys", "pragma", "translate"];

/// `markdown` as comment lines behind `indent` blanks; the empty text for none. Paragraphs are filled, drawings and lists
/// keep their lines; the names in links stand alone, those of blocks as names of modules.
///
/// # Panics
/// On a character outside ASCII, and on a line that begins like a directive of a tool.
pub fn comment(markdown: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut out = String::new();
    for line in lines(&ascii(markdown), COLUMNS.saturating_sub(indent + 3)) {
        let first = line.split_whitespace().next().unwrap_or_default();
        assert!(line.is_ascii(), "the comment `{line}` has a character outside ASCII");
        assert!(!DIRECTIVES.contains(&first), "the comment `{line}` begins like a directive; put another word first");
        out += format!("{pad}// {line}").trim_end();
        out.push('\n');
    }
    out
}

/// The lines and corners of drawings as Verilog's sources may have them.
fn ascii(markdown: &str) -> String {
    let plain = |c| match c {
        '─' => '-',
        '│' => '|',
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' => '+',
        other => other,
    };
    markdown.chars().map(plain).collect()
}

fn lines(markdown: &str, width: usize) -> Vec<String> {
    let mut out = vec![];
    let mut paragraph = String::new();
    let mut drawing = false;
    for line in markdown.lines() {
        let start = line.trim_start();
        if start.starts_with("```") {
            fill(&mut paragraph, width, &mut out);
            drawing = !drawing;
        } else if drawing || start.starts_with('|') {
            fill(&mut paragraph, width, &mut out);
            out.push(line.trim_end().into());
        } else if start.is_empty() {
            fill(&mut paragraph, width, &mut out);
            out.push(String::new());
        } else if start.starts_with("- ") || start.starts_with('#') {
            fill(&mut paragraph, width, &mut out);
            paragraph = start.trim_start_matches("# ").into();
        } else {
            paragraph += &format!("{}{start}", if paragraph.is_empty() { "" } else { " " });
        }
    }
    fill(&mut paragraph, width, &mut out);
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out
}

/// Moves `paragraph` to `out`, in lines of `width` columns; what follows the first line of a list's item hangs.
fn fill(paragraph: &mut String, width: usize, out: &mut Vec<String>) {
    let text = plain(&std::mem::take(paragraph));
    let hang = if text.starts_with("- ") { "  " } else { "" };
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.trim().is_empty() && line.len() + 1 + word.len() > width {
            let mut next = format!("{hang}{word}");
            // no line begins like a directive: the word before goes along
            if let Some((above, last)) = line.rsplit_once(' ').filter(|_| DIRECTIVES.contains(&word)) {
                next = format!("{hang}{last} {word}");
                line = above.into();
            }
            out.push(std::mem::replace(&mut line, next));
        } else {
            line += &format!("{}{word}", if line.is_empty() { "" } else { " " });
        }
    }
    if !line.is_empty() {
        out.push(line);
    }
}

/// Text without the marks of Markdown.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '[', '*']) {
        out += &rest[..at];
        rest = &rest[at..];
        if let Some((code, after)) = rest.strip_prefix('`').and_then(|r| r.split_once('`')) {
            out += code;
            rest = after;
        } else if let Some((name, after)) = link(rest) {
            out += &name;
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**") {
            rest = after;
        } else {
            out += &rest[..1];
            rest = &rest[1..];
        }
    }
    out + rest
}

/// The text of a link at the start, and what follows it.
fn link(text: &str) -> Option<(String, &str)> {
    let (inside, after) = text.strip_prefix('[')?.split_once(']')?;
    let target = after.strip_prefix('(').and_then(|a| a.split_once(')'));
    let code = inside.strip_prefix('`').and_then(|i| i.strip_suffix('`'));
    let name = match (code, target) {
        (Some(code), _) => {
            let last = code.rsplit("::").next().unwrap_or(code);
            module_of(last).map_or_else(|| code.trim_start_matches("super::").trim_start_matches("crate::").into(), Into::into)
        }
        (None, Some(_)) => plain(inside),
        (None, None) => return None,
    };
    Some((name, target.map_or(after, |t| t.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_names() {
        for (markdown, text) in [
            ("see [`super::resets`] and [`Lane`].", "see resets and ember_lane."),
            ("bit `x[3]` of [the map](docs/interface.md), [`net::interface`](x)", "bit x[3] of the map, net::interface"),
            ("**Two shifts.** a * b, [3:0]", "Two shifts. a * b, [3:0]"),
        ] {
            assert_eq!(plain(markdown), text);
        }
    }

    #[test]
    fn paragraphs_are_filled_and_drawings_stay() {
        let markdown = "one two\nthree four\n\n```text\n  a --> b\n```\n- five six\n  seven eight\n";
        assert_eq!(lines(markdown, 9), ["one two", "three", "four", "", "  a --> b", "- five", "  six", "  seven", "  eight"]);
        assert_eq!(comment("one\n\ntwo", 2), "  // one\n  //\n  // two\n");
        assert_eq!(comment("", 2), "");
        assert_eq!(lines("a b synthesis", 4), ["a", "b synthesis"]);
    }

    #[test]
    #[should_panic(expected = "begins like a directive")]
    fn no_comment_speaks_to_a_tool() {
        comment("verilator lint_off", 0);
    }
}
