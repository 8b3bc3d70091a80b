//! Protobuf's text format, as `.prototxt` files have it, without a schema: a tree of names and values.
//!
//! No maintained crate reads it without the complete schema, and a schema would refuse the private fields of
//! Caffe's many forks, which say nothing about the network's shape.

/// Deepest nesting that is read; Caffe's own files need three.
const DEEPEST: usize = 32;

/// A message: its fields in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    fields: Vec<(String, Value)>,
}

/// A field's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number, an enum's name or a string without its quotes.
    Scalar(String),
    /// A message.
    Message(Message),
}

impl Message {
    /// Every scalar called `name`.
    pub fn scalars<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |(n, _)| n == name)
            .filter_map(|(_, v)| if let Value::Scalar(s) = v { Some(s.as_str()) } else { None })
    }

    /// The last scalar called `name`, which is the one that counts.
    pub fn scalar(&self, name: &str) -> Option<&str> {
        self.fields.iter().rev().find_map(|(n, v)| match v {
            Value::Scalar(text) if n == name => Some(text.as_str()),
            _ => None,
        })
    }

    /// Every message called `name`.
    pub fn messages<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Message> {
        self.fields.iter().filter(move |(n, _)| n == name).filter_map(|(_, v)| if let Value::Message(m) = v { Some(m) } else { None })
    }
}

/// Parses a whole file.
///
/// # Errors
/// What is wrong, with the number of the line.
pub fn parse(text: &str) -> Result<Message, String> {
    let mut parser = Parser { rest: text, line: 1 };
    parser.message(None, 0).map_err(|reason| format!("line {}: {reason}", parser.line))
}

struct Parser<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Parser<'a> {
    /// Fields up to `end` (`}`, `>`), or to the end of the file.
    fn message(&mut self, end: Option<char>, depth: usize) -> Result<Message, String> {
        if depth > DEEPEST {
            return Err(format!("messages are nested deeper than {DEEPEST}"));
        }
        let mut message = Message::default();
        loop {
            self.skip_blank();
            match self.rest.chars().next() {
                None if end.is_none() => return Ok(message),
                None => return Err(format!("the file ends inside a message, expected `{}`", end.unwrap_or('}'))),
                Some(c) if Some(c) == end => {
                    self.advance(c.len_utf8());
                    return Ok(message);
                }
                Some(',' | ';') => self.advance(1),
                Some(_) => {
                    let name = self.word()?.to_string();
                    self.field(name, &mut message, depth)?;
                }
            }
        }
    }

    fn field(&mut self, name: String, message: &mut Message, depth: usize) -> Result<(), String> {
        self.skip_blank();
        let colon = self.accept(':');
        self.skip_blank();
        if self.accept('[') {
            loop {
                self.skip_blank();
                if self.accept(']') {
                    return Ok(());
                }
                if !self.accept(',') {
                    let value = self.value(&name, true, depth)?;
                    message.fields.push((name.clone(), value));
                }
            }
        }
        let value = self.value(&name, colon, depth)?;
        message.fields.push((name, value));
        Ok(())
    }

    fn value(&mut self, name: &str, colon: bool, depth: usize) -> Result<Value, String> {
        match self.rest.chars().next() {
            Some('{') => {
                self.advance(1);
                self.message(Some('}'), depth + 1).map(Value::Message)
            }
            Some('<') => {
                self.advance(1);
                self.message(Some('>'), depth + 1).map(Value::Message)
            }
            Some('"' | '\'') if colon => {
                let mut text = String::new();
                // strings that follow each other are one
                while let Some(quote @ ('"' | '\'')) = self.rest.chars().next() {
                    self.advance(1);
                    self.string(quote, &mut text)?;
                    self.skip_blank();
                }
                Ok(Value::Scalar(text))
            }
            Some(_) if colon => Ok(Value::Scalar(self.word()?.to_string())),
            _ => Err(format!("`{name}` has no value, expected `:` or `{{`")),
        }
    }

    fn string(&mut self, quote: char, text: &mut String) -> Result<(), String> {
        loop {
            let Some(c) = self.rest.chars().next().filter(|&c| c != '\n') else { return Err("a string is not closed".into()) };
            self.advance(c.len_utf8());
            match c {
                _ if c == quote => return Ok(()),
                '\\' => {
                    let Some(escaped) = self.rest.chars().next() else { return Err("a string is not closed".into()) };
                    self.advance(escaped.len_utf8());
                    text.push(match escaped {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        other => other,
                    });
                }
                _ => text.push(c),
            }
        }
    }

    /// A name, number or enum value.
    fn word(&mut self) -> Result<&'a str, String> {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-' | '/');
        let length = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        if length == 0 {
            return Err(format!("`{}` stands where a name or value should be", self.rest.chars().next().unwrap_or(' ')));
        }
        let word = &self.rest[..length];
        self.rest = &self.rest[length..];
        Ok(word)
    }

    fn accept(&mut self, wanted: char) -> bool {
        let found = self.rest.starts_with(wanted);
        if found {
            self.advance(wanted.len_utf8());
        }
        found
    }

    fn skip_blank(&mut self) {
        loop {
            match self.rest.chars().next() {
                Some(c) if c.is_whitespace() || c == '\u{feff}' => self.advance(c.len_utf8()),
                Some('#') => self.rest = &self.rest[self.rest.find('\n').unwrap_or(self.rest.len())..],
                _ => return,
            }
        }
    }

    fn advance(&mut self, bytes: usize) {
        self.line += self.rest[..bytes].matches('\n').count();
        self.rest = &self.rest[bytes..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_field_is_read() {
        let text = "a: 1 # comment\nb: \"x\\\"y\" 'z'\n c { d: MAX, d: 2; } c: < d: -1.5e3 > e: [1, 2] f { }";
        let message = parse(text).expect("well formed");
        assert_eq!(message.scalar("a"), Some("1"));
        assert_eq!(message.scalar("b"), Some("x\"yz"));
        let inner: Vec<Vec<&str>> = message.messages("c").map(|m| m.scalars("d").collect()).collect();
        assert_eq!(inner, [vec!["MAX", "2"], vec!["-1.5e3"]]);
        assert_eq!(message.scalars("e").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(message.messages("f").count(), 1);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, part) in [
            ("a: 1\nb {", "line 2: the file ends inside a message"),
            ("a\n}", "line 2: `a` has no value"),
            ("a: \"x\n", "line 1: a string is not closed"),
            ("\n\n= 3", "line 3: `=` stands where"),
            ("a: [1", "`a` has no value"),
        ] {
            let sentence = parse(text).expect_err(text);
            assert!(sentence.contains(part), "{text}: {sentence}");
        }
        assert!(parse(&"a {".repeat(100_000)).expect_err("deep").contains("nested deeper"));
    }
}
