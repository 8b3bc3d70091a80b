//! Spelled expressions: where parentheses stand, and how a value is widened in Verilog of 2001.

/// How tightly an expression holds together.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Level {
    /// A name, a select, a literal, a call, a concatenation.
    Primary,
    /// `~x`.
    Inverted,
    /// `&x`, `|x`, `^x`.
    Reduced,
    /// `x op y`.
    Binary(&'static str),
}

/// The bit by which a value is extended as signed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sign {
    /// Zero bits stand above the value of this text.
    Zeros(usize, String),
    /// A bit that can be named.
    Bit(String),
    /// None that can be named.
    Unnamed,
}

/// An expression in Verilog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    text: String,
    level: Level,
    sign: Sign,
}

impl Text {
    /// Something that needs no parentheses anywhere, whose sign has no name.
    pub fn primary(text: String) -> Self {
        Self { text, level: Level::Primary, sign: Sign::Unnamed }
    }

    /// A signal of `width` bits.
    pub fn name(name: String, width: usize) -> Self {
        let sign = if width > 1 { format!("{name}[{}]", width - 1) } else { name.clone() };
        Self { sign: Sign::Bit(sign), ..Self::primary(name) }
    }

    /// `base[index]`.
    pub fn bit(base: &str, index: &str) -> Self {
        let text = format!("{base}[{index}]");
        Self { sign: Sign::Bit(text.clone()), ..Self::primary(text) }
    }

    /// `base[high:low]`.
    pub fn part(base: &str, high: usize, low: usize) -> Self {
        Self { sign: Sign::Bit(format!("{base}[{high}]")), ..Self::primary(format!("{base}[{high}:{low}]")) }
    }

    /// Where nothing follows or precedes it: in brackets of any kind, behind `=`.
    pub fn whole(self) -> String {
        self.text
    }

    /// `function(x)` of a system function that changes no bit.
    pub fn call(self, function: &str) -> Self {
        Self { text: format!("{function}({})", self.text), level: Level::Primary, sign: self.sign }
    }

    /// `zeros` zero bits above the value. The operand of a concatenation has its own width, whatever stands around.
    pub fn padded(self, zeros: usize) -> Self {
        if zeros == 0 {
            return self;
        }
        let (zeros, inner) = match self.sign {
            Sign::Zeros(more, inner) => (zeros + more, inner),
            _ => (zeros, self.text),
        };
        let text = format!("{{{}, {inner}}}", spell(0, zeros));
        Self { sign: Sign::Zeros(zeros, inner), ..Self::primary(text) }
    }

    /// `bits` copies of the sign above the value; `None` where the sign has no name.
    pub fn extended(self, bits: usize) -> Option<Self> {
        if bits == 0 {
            return Some(self);
        }
        match &self.sign {
            Sign::Zeros(..) => Some(self.padded(bits)),
            Sign::Bit(sign) if bits == 1 => Some(Self::primary(format!("{{{sign}, {}}}", self.text))),
            Sign::Bit(sign) => Some(Self::primary(format!("{{{{{bits}{{{sign}}}}}, {}}}", self.text))),
            Sign::Unnamed => None,
        }
    }

    /// `~x`.
    pub fn inverted(self) -> Self {
        self.unary('~', Level::Inverted)
    }

    /// `operator` over all bits.
    pub fn reduced(self, operator: char) -> Self {
        self.unary(operator, Level::Reduced)
    }

    // two unary operators in a row would be another operator: `~&`, `^~`
    fn unary(self, operator: char, level: Level) -> Self {
        let text = match self.level {
            Level::Primary => format!("{operator}{}", self.text),
            _ => format!("{operator}({})", self.text),
        };
        Self { text, level, sign: Sign::Unnamed }
    }

    /// `self operator right`. Parentheses go only where the same associative operator follows itself; a tree of
    /// additions keeps its form.
    pub fn binary(self, operator: &'static str, right: Self) -> Self {
        let associative = matches!(operator, "&" | "|" | "^");
        let sums = matches!(operator, "+" | "-") && !matches!(right.level, Level::Binary(_));
        let left = match self.level {
            Level::Binary(inner) if inner == operator && associative => self.text,
            Level::Binary("+" | "-") if sums => self.text,
            _ => self.operand(),
        };
        let right = match right.level {
            Level::Binary(inner) if inner == operator && associative => right.text,
            _ => right.operand(),
        };
        Self { text: format!("{left} {operator} {right}"), level: Level::Binary(operator), sign: Sign::Unnamed }
    }

    fn operand(self) -> String {
        match self.level {
            Level::Primary | Level::Inverted => self.text,
            Level::Reduced | Level::Binary(_) => format!("({})", self.text),
        }
    }
}

/// A sized literal: binary for single bits, decimal for small numbers, hexadecimal above.
pub fn spell(number: u128, width: usize) -> String {
    match (width, number) {
        (1, _) => format!("1'b{number}"),
        (_, 0..=9999) => format!("{width}'d{number}"),
        _ => format!("{width}'h{number:x}"),
    }
}

/// A sized literal of a signed value, whose bits are `number`.
pub fn spell_signed(number: u128, width: usize) -> String {
    spell(number, width).replacen('\'', "'s", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> Text {
        Text::name(name.into(), 4)
    }

    #[test]
    fn parentheses_go_where_precedence_is_certain() {
        let and = || name("a").binary("&", name("b"));
        assert_eq!(and().binary("&", name("c")).whole(), "a & b & c");
        assert_eq!(name("c").binary("&", and()).whole(), "c & a & b");
        assert_eq!(and().binary("|", name("c")).whole(), "(a & b) | c");
        assert_eq!(and().binary("==", name("c")).whole(), "(a & b) == c");
        assert_eq!(and().inverted().whole(), "~(a & b)");
        assert_eq!(name("a").reduced('|').inverted().whole(), "~(|a)");
        assert_eq!(name("a").inverted().reduced('^').whole(), "^(~a)");
        assert_eq!(name("a").binary("|", name("b").reduced('|')).whole(), "a | (|b)");
        let sum = |a, b| name(a).binary("+", name(b));
        assert_eq!(sum("a", "b").binary("-", name("c")).whole(), "a + b - c");
        assert_eq!(name("c").binary("-", sum("a", "b")).whole(), "c - (a + b)");
        assert_eq!(sum("a", "b").binary("+", sum("c", "d")).whole(), "(a + b) + (c + d)");
        assert_eq!(sum("a", "b").binary("<<", name("c")).whole(), "(a + b) << c");
    }

    #[test]
    fn widths_are_made_of_concatenations() {
        assert_eq!(name("a").padded(4).padded(1).whole(), "{5'd0, a}");
        assert_eq!(name("a").binary("+", name("b")).padded(1).whole(), "{1'b0, a + b}");
        let extended = |text: Text, bits| text.extended(bits).map(Text::whole);
        assert_eq!(extended(name("a"), 4).as_deref(), Some("{{4{a[3]}}, a}"));
        assert_eq!(extended(name("a"), 1).as_deref(), Some("{a[3], a}"));
        assert_eq!(extended(name("a"), 0).as_deref(), Some("a"));
        assert_eq!(extended(Text::part("a", 2, 1).call("$signed"), 2).as_deref(), Some("{{2{a[2]}}, $signed(a[2:1])}"));
        assert_eq!(extended(name("a").padded(1).call("$signed"), 2).as_deref(), Some("{3'd0, a}"));
        assert_eq!(extended(name("a").binary("+", name("b")).call("$signed"), 2), None);
    }

    #[test]
    fn literals() {
        assert_eq!([spell(1, 1), spell(9999, 16), spell(10_000, 16)], ["1'b1", "16'd9999", "16'h2710"]);
        assert_eq!(spell_signed(0, 38), "38'sd0");
    }
}
