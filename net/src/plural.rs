//! Numbers of things, in words.

/// `1 image`, `2 images`; `noun` is one of them, with the regular plural.
pub fn count(number: impl TryInto<u64>, noun: &str) -> String {
    // what is more than that is many
    let number: u64 = number.try_into().unwrap_or(u64::MAX);
    let ending = match noun {
        _ if number == 1 => "",
        _ if noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_no_plural() {
        assert_eq!([0, 1, 2].map(|n: u64| count(n, "reset")), ["0 resets", "1 reset", "2 resets"]);
        assert_eq!((count(1u32, "class"), count(5usize, "class")), ("1 class".into(), "5 classes".into()));
    }
}
