//! Takes every initial value out of Verilog, or puts another in its place, as a part has it that honours none.

/// Every file without its comments and with `instead` in place of a register's initial value (` = ...`, or nothing), and how many
/// registers had one.
///
/// # Panics
/// On what it does not know to remove: an `initial`, two registers in a declaration.
pub fn replaced(files: &[(String, String)], mut instead: impl FnMut() -> String) -> (Vec<(String, String)>, usize) {
    let mut count = 0;
    let mut file = |text: &str| {
        let text = without_comments(text);
        assert!(find_word(&text, "initial").is_none(), "an `initial` is left: {text}");
        let statements = text.split(';').map(|statement| {
            let Some((kept, value)) = initialised(statement) else { return statement.to_string() };
            assert!(!value.contains('='), "two registers in one declaration: {statement}");
            count += 1;
            kept.to_string() + &instead()
        });
        statements.collect::<Vec<_>>().join(";")
    };
    let files = files.iter().map(|(name, text)| (name.clone(), file(text))).collect();
    (files, count)
}

fn without_comments(text: &str) -> String {
    assert!(!text.contains("/*"), "the generated text has comments to the line's end alone");
    text.lines().map(|line| line.split("//").next().unwrap_or_default().trim_end().to_string() + "\n").collect()
}

/// The declaration and the value, where `statement` ends with a register that has one.
fn initialised(statement: &str) -> Option<(&str, &str)> {
    let declared = find_word(statement, "reg")?;
    let at = declared + statement[declared..].find('=')?;
    Some((statement[..at].trim_end(), &statement[at + 1..]))
}

/// Where `word` stands last in `text`, alone.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let apart = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let mut found = text.rmatch_indices(word).map(|(at, _)| at);
    found.find(|at| apart(text[..*at].chars().next_back()) && apart(text[at + word.len()..].chars().next()))
}

#[test]
fn nothing_else_is_removed() {
    let text = "module m (\n  output reg [3:0] y\n);\n  // reg a = 1;\n  reg a;\n  (* keep *) reg [W-1:0] b = {W{1'b1}};\n\
                generate if (W == 1) begin : g\n reg c = 1'b0;\n always @* y = b;\n end endgenerate\n";
    let (files, count) = replaced(&[("m.v".into(), text.into())], String::new);
    let expected = text.replace("  // reg a = 1;\n", "\n").replace(" = {W{1'b1}}", "").replace("reg c = 1'b0", "reg c");
    assert_eq!((files[0].1.as_str(), count), (expected.as_str(), 2));
}

#[test]
#[should_panic(expected = "an `initial` is left")]
fn what_is_not_known_is_not_passed_over() {
    replaced(&[("m.v".into(), "initial a = 1'b0;".into())], String::new);
}
