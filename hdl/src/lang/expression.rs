//! Expressions with their widths: what the Rust of a kernel means, written so that Verilog means the same.
//!
//! The rules are strict on purpose. Wherever Rust and Verilog could disagree on an intermediate
//! width or sign (docs/rust-hdl.md), generation stops and names the module; the
//! remedy is always to give the intermediate a named signal.

use super::walk::{identifier, literal};
use rust_hdl_core::ast::{VerilogExpression, VerilogOp, VerilogOpUnary};
use std::collections::{BTreeMap, BTreeSet};

/// A signal as an expression sees it.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub width: usize,
    pub signed: bool,
}

/// A typed expression tree.
#[derive(Clone, Debug)]
pub enum Typed {
    /// A named signal.
    Name(String, Shape),
    /// An untyped number: takes the width of its context.
    Number(u128),
    /// Anything with a fixed width, already spelled.
    Fixed(String, Shape),
    /// Exact signed sum, difference or product; only assignable.
    Ring(Box<Typed>, &'static str, Box<Typed>),
}

/// Names visible to an expression: signals, and the loop indices around it.
pub struct Scope<'a> {
    pub module: &'a str,
    pub signals: &'a BTreeMap<String, Shape>,
    pub labels: &'a BTreeMap<String, usize>,
    /// Register outputs (`count_q`) and the names they carry in Verilog (`count`).
    pub registers: &'a BTreeMap<String, String>,
    /// The module's own clocks.
    pub clocks: &'a BTreeSet<String>,
    /// Clock inputs of children and registers (`count_clock`).
    pub clock_inputs: &'a BTreeSet<String>,
    pub indices: Vec<(String, usize)>,
}

impl Scope<'_> {
    fn fail(&self, what: &str) -> ! {
        panic!("module {}: {what}; give the intermediate value a named signal of its own", self.module)
    }

    /// `tap[i * 3 + 1]$d$next` with the present indices, as a Verilog identifier.
    pub fn name(&self, path: &str) -> String {
        let mut out = String::new();
        let mut rest = path.trim_end_matches("$next");
        while let Some(open) = rest.find('[') {
            let close = open + rest[open..].find(']').unwrap_or_else(|| self.fail(&format!("`{path}` has no closing bracket")));
            out += &format!("{}_{}", &rest[..open], self.index(&rest[open + 1..close]));
            rest = &rest[close + 1..];
        }
        let name = identifier(&(out + rest));
        self.registers.get(&name).cloned().unwrap_or(name)
    }

    fn index(&self, expression: &str) -> i64 {
        use evalexpr::ContextWithMutableVariables;
        let mut context = evalexpr::HashMapContext::new();
        for (name, value) in &self.indices {
            let value = evalexpr::Value::Int(*value as i64);
            context.set_value(name.clone(), value).unwrap_or_else(|e| self.fail(&format!("index {name}: {e}")));
        }
        evalexpr::eval_int_with_context(expression, &context).unwrap_or_else(|e| self.fail(&format!("index `{expression}`: {e}")))
    }

    /// Shape of a signal by its Verilog name.
    pub fn shape(&self, name: &str) -> Shape {
        match self.signals.get(name) {
            Some(shape) => *shape,
            None => self.fail(&format!("`{name}` is not a signal")),
        }
    }

    /// Types `e`.
    pub fn typed(&self, e: &VerilogExpression) -> Typed {
        use VerilogExpression::*;
        match e {
            Signal(path) => self.signal(path),
            Literal(l) => Typed::Number(literal(l)),
            Paren(inner) => self.typed(inner),
            Cast(inner, width) => self.cast(self.typed(inner), *width),
            Signed(inner) => {
                let (text, shape) = self.fixed(self.typed(inner));
                Typed::Fixed(format!("$signed({text})"), Shape { signed: true, ..shape })
            }
            Unsigned(inner) => {
                let (text, shape) = self.fixed(self.typed(inner));
                Typed::Fixed(format!("$unsigned({text})"), Shape { signed: false, ..shape })
            }
            Unary(operator, inner) => self.unary(operator, inner),
            Binary(left, operator, right) => self.binary(self.typed(left), operator, self.typed(right)),
            Index(base, index) => {
                let (base, _) = self.named(base, "a bit select");
                let index = match self.typed(index) {
                    Typed::Number(n) => n.to_string(),
                    other => self.fixed(other).0,
                };
                Typed::Fixed(format!("{base}[{index}]"), Shape { width: 1, signed: false })
            }
            Slice(base, width, offset) => {
                let (base, shape) = self.named(base, "a part select");
                let text = match self.typed(offset) {
                    Typed::Number(0) if *width == shape.width && !shape.signed => base,
                    // get_bits beyond the top is rust-hdl's only widening that works inside loops
                    Typed::Number(0) if *width > shape.width && !shape.signed => format!("{width}'({base})"),
                    Typed::Number(low) => {
                        let low = low as usize;
                        if low + width > shape.width {
                            self.fail(&format!("`{base}` has no bits {}:{low}", low + width - 1));
                        }
                        format!("{base}[{}:{low}]", low + width - 1)
                    }
                    other => format!("{base}[{} +: {width}]", self.fixed(other).0),
                };
                Typed::Fixed(text, Shape { width: *width, signed: false })
            }
            IndexReplace(..) => self.fail("replace_bit is not supported"),
        }
    }

    fn signal(&self, path: &str) -> Typed {
        if let Some((_, index)) = self.indices.iter().rev().find(|(name, _)| name == path) {
            return Typed::Number(*index as u128);
        }
        let name = self.name(path);
        if let Some(width) = self.labels.get(&name) {
            return Typed::Fixed(name, Shape { width: *width, signed: false });
        }
        let shape = self.shape(&name);
        Typed::Name(name, shape)
    }

    fn named(&self, e: &VerilogExpression, what: &str) -> (String, Shape) {
        match self.typed(e) {
            Typed::Name(name, shape) => (name, shape),
            _ => self.fail(&format!("{what} of an expression")),
        }
    }

    fn cast(&self, inner: Typed, width: usize) -> Typed {
        let unsigned = Shape { width, signed: false };
        match inner {
            Typed::Number(n) => Typed::Fixed(format!("{width}'h{n:x}"), unsigned),
            Typed::Name(name, s) if !s.signed && s.width > width => Typed::Fixed(format!("{name}[{}:0]", width - 1), unsigned),
            other => {
                let (text, shape) = self.fixed(other);
                if shape.signed {
                    self.fail("bit_cast of a signed value");
                }
                if shape.width > width {
                    self.fail("a narrowing cast of an expression");
                }
                if shape.width == width {
                    Typed::Fixed(text, unsigned)
                } else if text.starts_with(['(', '~']) {
                    // some tools carry the width of a cast into the operators below it, none that of a concatenation
                    Typed::Fixed(format!("{{{}, {}}}", spell(0, width - shape.width), unparenthesised(text)), unsigned)
                } else {
                    Typed::Fixed(format!("{width}'({text})"), unsigned)
                }
            }
        }
    }

    fn unary(&self, operator: &VerilogOpUnary, inner: &VerilogExpression) -> Typed {
        let (text, shape) = self.fixed(self.typed(inner));
        let bit = Shape { width: 1, signed: false };
        match operator {
            VerilogOpUnary::Not => Typed::Fixed(format!("~{text}"), Shape { signed: false, ..shape }),
            VerilogOpUnary::Neg => self.fail("negation"),
            VerilogOpUnary::All => Typed::Fixed(format!("&{text}"), bit),
            VerilogOpUnary::Any => Typed::Fixed(format!("|{text}"), bit),
            VerilogOpUnary::Xor => Typed::Fixed(format!("^{text}"), bit),
        }
    }

    fn binary(&self, left: Typed, operator: &VerilogOp, right: Typed) -> Typed {
        use VerilogOp::*;
        let bit = Shape { width: 1, signed: false };
        if let (Typed::Number(l), Typed::Number(r)) = (&left, &right) {
            return self.folded(*l, operator, *r);
        }
        match operator {
            Add | Sub | Mul => {
                let spelling = match operator {
                    Add => "+",
                    Sub => "-",
                    _ => "*",
                };
                if self.is_signed(&left) && self.is_signed(&right) {
                    return Typed::Ring(Box::new(left), spelling, Box::new(right));
                }
                if spelling == "*" {
                    self.fail("an unsigned product (use SInt)");
                }
                let (l, r, shape) = self.same(left, right, spelling);
                Typed::Fixed(format!("({l} {spelling} {r})"), shape)
            }
            LogicalAnd | LogicalOr | BitAnd | BitOr | BitXor => {
                let spelling = match operator {
                    LogicalAnd | BitAnd => "&",
                    LogicalOr | BitOr => "|",
                    _ => "^",
                };
                let (l, r, shape) = self.same(left, right, spelling);
                if matches!(operator, LogicalAnd | LogicalOr) && shape.width != 1 {
                    self.fail("&& or || of more than one bit");
                }
                Typed::Fixed(format!("({l} {spelling} {r})"), shape)
            }
            Eq | Ne | Lt | Le | Gt | Ge => {
                let spelling = match operator {
                    Eq => "==",
                    Ne => "!=",
                    Lt => "<",
                    Le => "<=",
                    Gt => ">",
                    _ => ">=",
                };
                let (l, r, _) = self.same(left, right, spelling);
                Typed::Fixed(format!("({l} {spelling} {r})"), bit)
            }
            Shl | Shr => {
                let spelling = if matches!(operator, Shl) { "<<" } else { ">>" };
                let (l, shape) = self.fixed(left);
                if shape.signed {
                    self.fail("a shift of a signed value");
                }
                let r = match right {
                    Typed::Number(n) => n.to_string(),
                    other => self.fixed(other).0,
                };
                Typed::Fixed(format!("({l} {spelling} {r})"), shape)
            }
        }
    }

    /// Arithmetic on loop indices.
    fn folded(&self, left: u128, operator: &VerilogOp, right: u128) -> Typed {
        match operator {
            VerilogOp::Add => Typed::Number(left + right),
            VerilogOp::Sub => Typed::Number(left - right),
            VerilogOp::Mul => Typed::Number(left * right),
            _ => self.fail("an operation on two numbers"),
        }
    }

    fn is_signed(&self, e: &Typed) -> bool {
        match e {
            Typed::Name(_, s) | Typed::Fixed(_, s) => s.signed,
            Typed::Ring(..) => true,
            Typed::Number(_) => false,
        }
    }

    /// Both operands at one width and signedness; a number takes the other's width.
    fn same(&self, left: Typed, right: Typed, operator: &str) -> (String, String, Shape) {
        let (l, r, shape) = match (left, right) {
            (Typed::Number(_), Typed::Number(_)) => self.fail("an operation on two numbers"),
            (Typed::Number(n), other) => {
                let (text, shape) = self.fixed(other);
                (self.sized(n, shape), text, shape)
            }
            (other, Typed::Number(n)) => {
                let (text, shape) = self.fixed(other);
                let number = self.sized(n, shape);
                (text, number, shape)
            }
            (left, right) => {
                let (l, ls) = self.fixed(left);
                let (r, rs) = self.fixed(right);
                if ls.width != rs.width || ls.signed != rs.signed {
                    self.fail(&format!("`{l} {operator} {r}` mixes {} and {} bits or signedness", ls.width, rs.width));
                }
                (l, r, ls)
            }
        };
        (l, r, shape)
    }

    fn sized(&self, number: u128, shape: Shape) -> String {
        if shape.signed {
            self.fail("a number beside a signed value (use a Constant)");
        }
        if shape.width < 128 && number >> shape.width != 0 {
            self.fail(&format!("{number} does not fit {} bits", shape.width));
        }
        spell(number, shape.width)
    }

    /// Text and shape of an expression with a width of its own.
    pub fn fixed(&self, e: Typed) -> (String, Shape) {
        match e {
            Typed::Name(text, shape) | Typed::Fixed(text, shape) => (text, shape),
            Typed::Number(_) => self.fail("a number without a width"),
            Typed::Ring(..) => self.fail("a sum or product inside another expression"),
        }
    }

    /// A one-bit condition.
    pub fn condition(&self, e: &VerilogExpression) -> String {
        let (text, shape) = self.fixed(self.typed(e));
        if shape.width != 1 {
            self.fail(&format!("the condition `{text}` has {} bits", shape.width));
        }
        unparenthesised(text)
    }

    /// `e` as the right-hand side of an assignment to `target`.
    pub fn assigned(&self, e: &VerilogExpression, target: &str, shape: Shape) -> String {
        match self.typed(e) {
            Typed::Number(n) if shape.signed && n == 0 => spell(0, shape.width),
            Typed::Number(n) => self.sized(n, shape),
            Typed::Ring(left, "*", right) => {
                let (l, _) = self.fixed(*left);
                let (r, _) = self.fixed(*right);
                format!("{l} * {r}")
            }
            Typed::Ring(left, operator, right) => {
                format!("{} {operator} {}", self.extended(*left, shape), self.extended(*right, shape))
            }
            other => {
                let (text, found) = self.fixed(other);
                if found.width != shape.width || found.signed != shape.signed {
                    self.fail(&format!("`{target}` has {} bits and is assigned {} bits (`{text}`)", shape.width, found.width));
                }
                unparenthesised(text)
            }
        }
    }

    fn extended(&self, e: Typed, shape: Shape) -> String {
        match e {
            Typed::Ring(left, operator, right) if operator != "*" => {
                format!("{} {operator} {}", self.extended(*left, shape), self.extended(*right, shape))
            }
            Typed::Ring(..) => self.fail("a product inside a sum"),
            other => {
                let (text, found) = self.fixed(other);
                match found.width.cmp(&shape.width) {
                    std::cmp::Ordering::Less => format!("{}'({text})", shape.width),
                    std::cmp::Ordering::Equal => text,
                    std::cmp::Ordering::Greater => self.fail(&format!("`{text}` is wider than what it is added into")),
                }
            }
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

/// Drops the outermost parentheses where nothing follows them.
fn unparenthesised(text: String) -> String {
    if !text.starts_with('(') {
        return text;
    }
    let mut depth = 0;
    for (i, c) in text.char_indices() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth == 0 && i + 1 < text.len() {
            return text;
        }
    }
    text[1..text.len() - 1].to_string()
}
