//! Statements of a kernel with loops unrolled, and their split into wiring, combinational and
//! clocked parts.

use super::comment::comment;
use super::expression::{Scope, Typed};
use super::wiring::UNUSED;
use rust_hdl_core::ast::{VerilogBlockOrConditional, VerilogExpression, VerilogStatement};
use std::collections::BTreeSet;

/// One statement, already spelled.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `target = text`; `alias` when the right-hand side is just a signal.
    Assign {
        target: String,
        text: String,
        alias: bool,
    },
    If {
        condition: String,
        then: Vec<Statement>,
        otherwise: Vec<Statement>,
    },
    Case {
        test: String,
        arms: Vec<(String, Vec<Statement>)>,
    },
    /// Heads the statements behind it, up to the next comment of its block; an empty one heads nothing.
    Comment(String),
    /// An output of a child that nothing reads, and why.
    Unused {
        name: String,
        reason: String,
    },
}

/// The kernel's header, and the statements behind it: [`flatten`] without the first comment.
pub fn header_and_body(scope: &mut Scope, block: &[VerilogStatement]) -> (String, Vec<Statement>) {
    match block.split_first() {
        Some((VerilogStatement::Comment(text), rest)) => (comment_text(text).to_string(), flatten(scope, rest)),
        _ => panic!("block {}: the kernel does not begin with a header comment", scope.module),
    }
}

/// Spells `block`, unrolling loops. Clock assignments of registers disappear: every register of a module is
/// clocked by its port `clock`. Children may have any of the module's clocks.
pub fn flatten(scope: &mut Scope, block: &[VerilogStatement]) -> Vec<Statement> {
    let mut out = vec![];
    for statement in block {
        one(scope, statement, &mut out);
    }
    out
}

/// The text of a comment; rust-hdl hands over the whole macro call, `comment ! ("...")`.
pub fn comment_text(text: &str) -> &str {
    let inner = if text.starts_with("comment") { text.split_once('"').map_or(text, |t| t.1) } else { text };
    inner.trim_end().trim_end_matches("\")").trim_end_matches('"')
}

fn one(scope: &mut Scope, statement: &VerilogStatement, out: &mut Vec<Statement>) {
    match statement {
        VerilogStatement::Assignment(VerilogExpression::Signal(target), VerilogExpression::Signal(source))
            if target.starts_with(UNUSED) =>
        {
            out.push(Statement::Unused { name: scope.name(source), reason: target[UNUSED.len()..].into() });
        }
        VerilogStatement::Assignment(VerilogExpression::Signal(path), right) => {
            let target = scope.name(path);
            if scope.clock_inputs.contains(&target) {
                let source = match right {
                    VerilogExpression::Signal(s) if scope.clocks.contains(&scope.name(s)) => scope.name(s),
                    _ => panic!("module {}: {target} is not driven by a clock of the module", scope.module),
                };
                if !scope.signals.contains_key(&target) {
                    assert_eq!(source, "clock", "module {}: the register of {target} is not driven by the port `clock`", scope.module);
                    return;
                }
            }
            let shape = scope.shape(&target);
            let text = scope.assigned(right, &target, shape);
            let alias = matches!(scope.typed(right), Typed::Name(..));
            out.push(Statement::Assign { target, text, alias });
        }
        VerilogStatement::Loop(l) => {
            for value in l.from.as_usize()..l.to.as_usize() {
                scope.indices.push((l.index.clone(), value));
                out.extend(flatten(scope, &l.block));
                scope.indices.pop();
            }
        }
        VerilogStatement::Macro(block) => out.extend(flatten(scope, block)),
        VerilogStatement::Comment(text) => {
            let text = comment_text(text);
            match out.last_mut() {
                Some(Statement::Comment(above)) => *above += &format!("\n{text}"),
                _ => out.push(Statement::Comment(text.to_string())),
            }
        }
        VerilogStatement::If(c) => {
            let condition = scope.condition(&c.test);
            let then = flatten(scope, &c.then);
            let otherwise = match &c.otherwise {
                VerilogBlockOrConditional::Block(block) => flatten(scope, block),
                VerilogBlockOrConditional::Conditional(next) => flatten(scope, std::slice::from_ref(next)),
                VerilogBlockOrConditional::None => vec![],
            };
            out.push(Statement::If { condition, then, otherwise });
        }
        VerilogStatement::Match(m) => {
            let test = scope.fixed(scope.typed(&m.test)).0.whole();
            let arms = m.cases.iter().map(|c| (scope.name(&c.condition), flatten(scope, &c.block))).collect();
            out.push(Statement::Case { test, arms });
        }
        VerilogStatement::Assignment(..) | VerilogStatement::SliceAssignment { .. } | VerilogStatement::Link(_) => {
            panic!("module {}: part-select assignments and links are not supported; name the parts", scope.module)
        }
    }
}

/// Adds every assigned name to `names`.
pub fn targets(statements: &[Statement], names: &mut BTreeSet<String>) {
    visit(statements, &mut |target| {
        names.insert(target.to_string());
    });
}

/// Calls `f` with the target of every assignment.
pub fn visit(statements: &[Statement], f: &mut dyn FnMut(&str)) {
    for statement in statements {
        match statement {
            Statement::Assign { target, .. } => f(target),
            Statement::If { then, otherwise, .. } => {
                visit(then, f);
                visit(otherwise, f);
            }
            Statement::Case { arms, .. } => arms.iter().for_each(|(_, block)| visit(block, f)),
            Statement::Comment(_) | Statement::Unused { .. } => {}
        }
    }
}

/// The statements that assign names for which `keep` holds, inside the same conditions, under the comments that head them.
pub fn only(statements: &[Statement], keep: &dyn Fn(&str) -> bool) -> Vec<Statement> {
    let mut out = vec![];
    let mut heading = None;
    for statement in statements {
        let kept = match statement {
            Statement::Comment(_) => {
                heading = Some(statement.clone());
                continue;
            }
            Statement::Unused { .. } => continue,
            Statement::Assign { target, .. } => keep(target).then(|| statement.clone()),
            Statement::If { condition, then, otherwise } => {
                let (then, otherwise) = (only(then, keep), only(otherwise, keep));
                let some = !then.is_empty() || !otherwise.is_empty();
                some.then(|| Statement::If { condition: condition.clone(), then, otherwise })
            }
            Statement::Case { test, arms } => {
                let arms: Vec<_> = arms.iter().map(|(label, block)| (label.clone(), only(block, keep))).collect();
                arms.iter().any(|(_, block)| !block.is_empty()).then(|| Statement::Case { test: test.clone(), arms })
            }
        };
        if let Some(kept) = kept {
            out.extend(heading.take());
            out.push(kept);
        }
    }
    out
}

/// Writes statements with `operator` (`=` or `<=`), indented by `level` steps of two spaces.
pub fn write(statements: &[Statement], operator: &str, level: usize, out: &mut String) {
    let pad = "  ".repeat(level);
    for (i, statement) in statements.iter().enumerate() {
        match statement {
            Statement::Assign { target, text, .. } => *out += &format!("{pad}{target} {operator} {text};\n"),
            Statement::Comment(text) => {
                if i > 0 {
                    out.push('\n');
                }
                *out += &comment(text, pad.len());
            }
            Statement::Unused { .. } => {}
            Statement::If { .. } => write_if(statement, operator, level, out),
            Statement::Case { test, arms } => {
                *out += &format!("{pad}case ({test})\n");
                for (label, block) in arms {
                    *out += &format!("{pad}  {label}: begin\n");
                    write(block, operator, level + 2, out);
                    *out += &format!("{pad}  end\n");
                }
                *out += &format!("{pad}endcase\n");
            }
        }
    }
}

fn write_if(statement: &Statement, operator: &str, level: usize, out: &mut String) {
    let pad = "  ".repeat(level);
    let Statement::If { condition, then, otherwise } = statement else { return };
    *out += &format!("{pad}if ({condition}) begin\n");
    write(then, operator, level + 1, out);
    let mut rest = otherwise;
    // an `else` that holds just one `if` reads as a chain
    while let [Statement::If { condition, then, otherwise }] = rest.as_slice() {
        *out += &format!("{pad}end else if ({condition}) begin\n");
        write(then, operator, level + 1, out);
        rest = otherwise;
    }
    if !rest.is_empty() {
        *out += &format!("{pad}end else begin\n");
        write(rest, operator, level + 1, out);
    }
    *out += &format!("{pad}end\n");
}
