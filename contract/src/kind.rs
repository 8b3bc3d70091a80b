//! Enumerations with a number, a name and a meaning each.

/// A value with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name, as in Rust: `Frame`.
    pub name: &'static str,
    /// Its number.
    pub value: u8,
    /// What it says.
    pub meaning: &'static str,
}

/// Declares an enumeration and the table of its values.
macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident { $($kind:ident = $value:literal, $meaning:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum $name {
            $(#[doc = concat!($meaning, ".")] $kind = $value,)*
        }

        impl $name {
            /// Every value, by number.
            pub const ALL: &'static [$crate::kind::Named] =
                &[$($crate::kind::Named { name: stringify!($kind), value: $value, meaning: $meaning }),*];

            /// The one with this number.
            pub const fn of(number: u64) -> Option<Self> {
                match number {
                    $($value => Some(Self::$kind),)*
                    _ => None,
                }
            }
        }
    };
}
