//! Expressions with their widths: what the Rust of a kernel means, written so that Verilog means the same.
//!
//! The rules are strict on purpose. Wherever Rust and Verilog could disagree on an intermediate
//! width or sign (docs/rust-hdl.md), generation stops and names the module; the
//! remedy is always to give the intermediate a named signal.

use super::spelling::{spell, Text};
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
    Fixed(Text, Shape),
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
                Typed::Fixed(text.call("$signed"), Shape { signed: true, ..shape })
            }
            Unsigned(inner) => {
                let (text, shape) = self.fixed(self.typed(inner));
                Typed::Fixed(text.call("$unsigned"), Shape { signed: false, ..shape })
            }
            Unary(operator, inner) => self.unary(operator, inner),
            Binary(left, operator, right) => self.binary(self.typed(left), operator, self.typed(right)),
            Index(base, index) => {
                let (base, shape) = self.named(base, "a bit select");
                let text = match self.typed(index) {
                    // a wire of one bit has no range
                    Typed::Number(0) if shape.width == 1 => Text::name(base, 1),
                    Typed::Number(n) => Text::bit(&base, &n.to_string()),
                    other => Text::bit(&base, &self.fixed(other).0.whole()),
                };
                Typed::Fixed(text, Shape { width: 1, signed: false })
            }
            Slice(base, width, offset) => {
                let (base, shape) = self.named(base, "a part select");
                let text = match self.typed(offset) {
                    Typed::Number(0) if *width == shape.width && !shape.signed => Text::name(base, shape.width),
                    // get_bits beyond the top is rust-hdl's only widening that works inside loops
                    Typed::Number(0) if *width > shape.width && !shape.signed => Text::name(base, shape.width).padded(width - shape.width),
                    Typed::Number(low) => {
                        let low = low as usize;
                        if low + width > shape.width {
                            self.fail(&format!("`{base}` has no bits {}:{low}", low + width - 1));
                        }
                        Text::part(&base, low + width - 1, low)
                    }
                    other => Text::primary(format!("{base}[{} +: {width}]", self.fixed(other).0.whole())),
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
            return Typed::Fixed(Text::primary(name), Shape { width: *width, signed: false });
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
            Typed::Number(n) => Typed::Fixed(Text::primary(format!("{width}'h{n:x}")), unsigned),
            Typed::Name(name, s) if !s.signed && s.width > width => Typed::Fixed(Text::part(&name, width - 1, 0), unsigned),
            other => {
                let (text, shape) = self.fixed(other);
                if shape.signed {
                    self.fail("bit_cast of a signed value");
                }
                if shape.width > width {
                    self.fail("a narrowing cast of an expression");
                }
                Typed::Fixed(text.padded(width - shape.width), unsigned)
            }
        }
    }

    fn unary(&self, operator: &VerilogOpUnary, inner: &VerilogExpression) -> Typed {
        let (text, shape) = self.fixed(self.typed(inner));
        let bit = Shape { width: 1, signed: false };
        match operator {
            VerilogOpUnary::Not => Typed::Fixed(text.inverted(), Shape { signed: false, ..shape }),
            VerilogOpUnary::Neg => self.fail("negation"),
            VerilogOpUnary::All => Typed::Fixed(text.reduced('&'), bit),
            VerilogOpUnary::Any => Typed::Fixed(text.reduced('|'), bit),
            VerilogOpUnary::Xor => Typed::Fixed(text.reduced('^'), bit),
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
                Typed::Fixed(l.binary(spelling, r), shape)
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
                Typed::Fixed(l.binary(spelling, r), shape)
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
                Typed::Fixed(l.binary(spelling, r), bit)
            }
            Shl | Shr => {
                let spelling = if matches!(operator, Shl) { "<<" } else { ">>" };
                let (l, shape) = self.fixed(left);
                if shape.signed {
                    self.fail("a shift of a signed value");
                }
                let r = match right {
                    Typed::Number(n) => Text::primary(n.to_string()),
                    other => self.fixed(other).0,
                };
                Typed::Fixed(l.binary(spelling, r), shape)
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
    fn same(&self, left: Typed, right: Typed, operator: &str) -> (Text, Text, Shape) {
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
                    self.fail(&format!("`{} {operator} {}` mixes {} and {} bits or signedness", l.whole(), r.whole(), ls.width, rs.width));
                }
                (l, r, ls)
            }
        };
        (l, r, shape)
    }

    fn sized(&self, number: u128, shape: Shape) -> Text {
        if shape.signed {
            self.fail("a number beside a signed value (use a Constant)");
        }
        if shape.width < 128 && number >> shape.width != 0 {
            self.fail(&format!("{number} does not fit {} bits", shape.width));
        }
        Text::primary(spell(number, shape.width))
    }

    /// Text and shape of an expression with a width of its own.
    pub fn fixed(&self, e: Typed) -> (Text, Shape) {
        match e {
            Typed::Name(name, shape) => (Text::name(name, shape.width), shape),
            Typed::Fixed(text, shape) => (text, shape),
            Typed::Number(_) => self.fail("a number without a width"),
            Typed::Ring(..) => self.fail("a sum or product inside another expression"),
        }
    }

    /// A one-bit condition.
    pub fn condition(&self, e: &VerilogExpression) -> String {
        let (text, shape) = self.fixed(self.typed(e));
        if shape.width != 1 {
            self.fail(&format!("the condition `{}` has {} bits", text.whole(), shape.width));
        }
        text.whole()
    }

    /// `e` as the right-hand side of an assignment to `target`.
    pub fn assigned(&self, e: &VerilogExpression, target: &str, shape: Shape) -> String {
        match self.typed(e) {
            Typed::Number(n) if shape.signed && n == 0 => spell(0, shape.width),
            Typed::Number(n) => self.sized(n, shape).whole(),
            // both operands are signed, so Verilog extends them by their signs to the width of the target
            Typed::Ring(left, "*", right) => {
                let (l, _) = self.fixed(*left);
                let (r, _) = self.fixed(*right);
                l.binary("*", r).whole()
            }
            Typed::Ring(left, operator, right) => self.sum(*left, operator, *right, shape).whole(),
            other => {
                let (text, found) = self.fixed(other);
                if found.width != shape.width || found.signed != shape.signed {
                    self.fail(&format!("`{target}` has {} bits and is assigned {} bits (`{}`)", shape.width, found.width, text.whole()));
                }
                text.whole()
            }
        }
    }

    /// A signed sum or difference of operands that all have the width of `shape`.
    fn sum(&self, left: Typed, operator: &'static str, right: Typed, shape: Shape) -> Text {
        self.extended(left, shape).binary(operator, self.extended(right, shape))
    }

    fn extended(&self, e: Typed, shape: Shape) -> Text {
        match e {
            Typed::Ring(left, operator, right) if operator != "*" => self.sum(*left, operator, *right, shape),
            Typed::Ring(..) => self.fail("a product inside a sum"),
            other => {
                let (text, found) = self.fixed(other);
                if found.width > shape.width {
                    self.fail(&format!("`{}` is wider than what it is added into", text.whole()));
                }
                let (whole, bits) = (text.clone().whole(), shape.width - found.width);
                let extended = text.extended(bits);
                let extended = extended.unwrap_or_else(|| self.fail(&format!("`{whole}` has no bit that is its sign and is extended")));
                // the bits are the same without; but so synthesis knows that there are fewer of them, and puts the narrower operand,
                // instead of what is chosen before a sum, into the carry chain itself
                if bits == 0 {
                    extended
                } else {
                    extended.call("$signed")
                }
            }
        }
    }
}
