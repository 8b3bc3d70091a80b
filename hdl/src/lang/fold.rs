//! Long lines of code in several.

/// Columns of a line.
const COLUMNS: usize = 98;

/// `text` with lines of code that fit a page: a long one goes on where its outermost operator or comma stands, four
/// columns in. Comments, and lines with strings, stay.
pub fn fold(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let mut rest = line.to_string();
        let mut first = true;
        while rest.len() > COLUMNS && !rest.contains("//") && !rest.contains('"') {
            let Some(at) = place(&rest, first) else { break };
            out += rest[..at].trim_end();
            out.push('\n');
            rest = format!("{}{}", " ".repeat(indent + 4), rest[at..].trim_start());
            first = false;
        }
        out += &rest;
        out.push('\n');
    }
    out
}

/// Where to break: at the last of the least nested places that fit; `first` if `line` has the assignment's `=`.
fn place(line: &str, first: bool) -> Option<usize> {
    let from = line.len() - line.trim_start().len() + 1;
    let from = if first { line.find(" = ").or_else(|| line.find(" <= ")).map_or(from, |at| at + 4) } else { from };
    let (mut depth, mut best) = (0, None::<(i32, usize)>);
    for (at, c) in line.char_indices() {
        match c {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth -= 1,
            ' ' if at >= from && at <= COLUMNS => {
                let operator = line[at + 1..].starts_with(['|', '&', '^', '+', '-', '=', '!', '<', '>', '?', ':']);
                // a reduction is no binary operator
                let binary =
                    operator && line[at + 1..].split(' ').next().is_some_and(|word| word.chars().all(|c| !c.is_alphanumeric() && c != '('));
                if (binary || line[..at].ends_with(',')) && best.is_none_or(|(least, _)| depth <= least) {
                    best = Some((depth, at));
                }
            }
            _ => {}
        }
    }
    best.map(|(_, at)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_go_on_at_an_operator() {
        let term = "({15'd0, first_pass} << 1)";
        let folded = fold(&format!("  assign a = {term} | {term} | {term} | {term};\n  // {}\n", "long ".repeat(30)));
        let lines: Vec<&str> = folded.lines().collect();
        assert_eq!(lines[0], format!("  assign a = {term} | {term} | {term}"));
        assert_eq!(lines[1], format!("      | {term};"));
        assert!(lines[2].starts_with("  // long") && lines.len() == 3);
        let list = ["column_15_pixel_out"; 8].join(", ");
        let folded = fold(&format!("wire [1:0] x = {{{list}}};"));
        assert!(folded.lines().all(|l| l.len() <= COLUMNS) && folded.replace("\n    ", " ").contains(&list), "{folded}");
    }
}
