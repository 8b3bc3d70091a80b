//! Words from outside in messages: names that people may see, and what other crates say of an error.

use std::ffi::OsStr;
use std::fmt::{Display, Write};

/// A name (of a file, a node, a class) as a terminal may see it: control characters, and those that change the direction
/// of writing, are spelled out (`\n`, `\x1b`, `\u{202e}`), bytes that are no UTF-8 as `\xff`. For people; programs get
/// the name itself.
pub fn shown<N: AsRef<OsStr> + ?Sized>(name: &N) -> String {
    let mut text = String::new();
    for chunk in name.as_ref().as_encoded_bytes().utf8_chunks() {
        chunk.valid().chars().for_each(|c| push(c, &mut text));
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}"); // the text is a String
        }
    }
    text
}

/// A whole message as a terminal may see it: as [`shown`], but line ends and tabs stay.
pub fn shown_lines(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for c in message.chars() {
        if matches!(c, '\n' | '\t') {
            text.push(c);
        } else {
            push(c, &mut text);
        }
    }
    text
}

fn push(c: char, text: &mut String) {
    match c {
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        c if c.is_ascii_control() => {
            let _ = write!(text, "\\x{:02x}", u32::from(c)); // the text is a String
        }
        c if c.is_control() || is_direction(c) => {
            let _ = write!(text, "\\u{{{:04x}}}", u32::from(c));
        }
        c => text.push(c),
    }
}

/// Marks that reorder what stands round them, and line ends that are no control characters.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// What another crate says of an error, as a part of one sentence: a single line. Some crates print their own data
/// structures instead of words; that helps nobody, and becomes "its structure is wrong".
pub fn cause(error: &dyn Display) -> String {
    let text = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ").replace('"', "");
    if text.is_empty() || is_debug_text(&text) {
        return "its structure is wrong".into();
    }
    shown(&text)
}

/// Whether `text` holds a data structure as Rust prints it for programmers.
pub fn is_debug_text(text: &str) -> bool {
    ["Some(", "None", "Ok(", "Err(", "Error(", "::", " { ", "{ "].iter().any(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_spelled_out() {
        for (name, expected) in [
            ("a b.png", "a b.png"),
            ("é 猫 \\.png", "é 猫 \\.png"),
            ("a\nb\r\t\u{1b}[2Jc\u{7f}\0", "a\\nb\\r\\t\\x1b[2Jc\\x7f\\x00"),
            ("gpj.\u{202e}exe\u{2066}\u{200f}\u{85}", "gpj.\\u{202e}exe\\u{2066}\\u{200f}\\u{0085}"),
        ] {
            assert_eq!(shown(name), expected);
        }
        assert_eq!(shown_lines("a\n\tb\u{1b}\r"), "a\n\tb\\x1b\\r");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_shown_as_numbers() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(shown(OsStr::from_bytes(b"a\xff\xfeb\xc3")), "a\\xff\\xfeb\\xc3");
    }

    #[test]
    fn words_of_other_crates_become_part_of_a_sentence() {
        assert_eq!(cause(&"unexpected\n  end \"of\" file"), "unexpected end of file");
        for text in ["UnexpectedEof { at: 3 }", "Some(3)", "kind: Kind::Other", "", "found None"] {
            assert_eq!(cause(&text), "its structure is wrong", "{text}");
        }
    }
}
