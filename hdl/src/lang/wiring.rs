//! `wiring!`: structural blocks written with ordinary Rust loops.
//!
//! rust-hdl's kernels know one index and no conditionals at elaboration time. Inside
//! `wiring! { self => ... w!(a[i][j].x <= b[i].y); ... }` the body is plain Rust (`self` is
//! readable for sizes), and every `w!` becomes a simulation step, a driver and a Verilog assignment.
//! `w!(a <=> b)` connects two bundles, of which `b` is on the master's side.
//! A leading string literal becomes the module's header comment.
//!
//! An output of a child that nothing reads stops generation, because it may be a forgotten connection. One that is meant
//! is named with its reason: `w!(unused("the last cell passes nothing on") <= cell[15].pixel_out)`. In a kernel a local
//! signal whose name begins with `unused` takes it.

use rust_hdl_core::ast::{VerilogExpression, VerilogStatement};

/// One assignment of the Verilog form.
pub fn assignment(target: String, source: String) -> VerilogStatement {
    VerilogStatement::Assignment(VerilogExpression::Signal(target), VerilogExpression::Signal(source))
}

/// What the target of an [`unused`] begins with; the reason follows.
pub const UNUSED: &str = "unused:";

/// Says that nothing reads `source`, and why.
pub fn unused(reason: &str, source: String) -> VerilogStatement {
    assignment(format!("{UNUSED}{reason}"), source)
}

/// Expands to `update`, `connect` and `hdl` of a structural block; see the module's documentation.
#[macro_export]
macro_rules! wiring { ($header:literal $s:ident => $body:block) => { $crate::wiring_inner!{ ($) $header $s $body } } }

#[doc(hidden)]
#[macro_export]
macro_rules! wiring_inner {
    (($d:tt) $header:literal $s:ident $body:block) => {
        #[allow(clippy::needless_range_loop)] // indices name hardware, and appear on both sides
        fn update(&mut $s) {
            macro_rules! w { ($d($d t:tt)*) => { $crate::wire_op!{ update $s () $d($d t)* } } }
            $body
        }
        #[allow(clippy::needless_range_loop, clippy::if_same_then_else)] // sources do not show here
        fn connect(&mut $s) {
            macro_rules! w { ($d($d t:tt)*) => { $crate::wire_op!{ connect $s () $d($d t)* } } }
            $body
        }
        #[allow(clippy::needless_range_loop)]
        fn hdl(&$s) -> rust_hdl_core::ast::Verilog {
            let mut statements = vec![rust_hdl_core::ast::VerilogStatement::Comment($header.into())];
            macro_rules! w { ($d($d t:tt)*) => { statements.push($crate::wire_op!{ hdl $s () $d($d t)* }) } }
            $body
            rust_hdl_core::ast::Verilog::Combinatorial(statements)
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! wire_op {
    (update $s:ident () unused ($reason:literal) <= $($src:tt)*) => { let _ = &$s.$($src)*; };
    (connect $s:ident () unused ($reason:literal) <= $($src:tt)*) => { let _ = &$s.$($src)*; };
    (hdl $s:ident () unused ($reason:literal) <= $($src:tt)*) => {
        $crate::lang::wiring::unused($reason, $crate::signal_name!($($src)*))
    };
    // bundles
    (update $s:ident ($($dst:tt)*) <= > $($src:tt)*) => { $s.$($dst)*.follow(&mut $s.$($src)*) };
    (connect $s:ident ($($dst:tt)*) <= > $($src:tt)*) => { $s.$($dst)*.claim(&mut $s.$($src)*) };
    (hdl $s:ident ($($dst:tt)*) <= > $($src:tt)*) => {
        rust_hdl_core::ast::VerilogStatement::Macro(
            $s.$($dst)*.assignments(&$s.$($src)*, (&$crate::signal_name!($($dst)*), &$crate::signal_name!($($src)*)))
        )
    };
    (update $s:ident ($($dst:tt)*) <= $($src:tt)*) => { $s.$($dst)*.next = $s.$($src)*.val() };
    (connect $s:ident ($($dst:tt)*) <= $($src:tt)*) => { $s.$($dst)*.connect() };
    (hdl $s:ident ($($dst:tt)*) <= $($src:tt)*) => {
        $crate::lang::wiring::assignment($crate::signal_name!($($dst)*), $crate::signal_name!($($src)*))
    };
    ($m:ident $s:ident ($($dst:tt)*) $t:tt $($rest:tt)*) => { $crate::wire_op!{ $m $s ($($dst)* $t) $($rest)* } };
}

#[doc(hidden)]
#[macro_export]
macro_rules! signal_name {
    ($($t:tt)*) => {{ let mut name = String::new(); $( $crate::signal_token!(name $t); )* name }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! signal_token {
    ($n:ident .) => { $n.push('$') };
    ($n:ident [$e:expr]) => { $n.push_str(&format!("${}", $e)) };
    ($n:ident $i:ident) => { $n.push_str(stringify!($i)) };
}
