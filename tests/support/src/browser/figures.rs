//! Figures of a page against those of a JSON file.

use serde_json::Value;

/// What is at `path` (`classes.0.int8.right`).
fn at<'a>(json: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(json, |value, key| match value {
        Value::Array(list) => list.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}

/// What is wrong with a figure that the page shows as `text`: it has to be the JSON's `times` so much, rounded to the digits that are shown.
pub fn wrong(json: &Value, path: &str, text: &str, times: f64) -> Option<String> {
    let text = text.trim();
    let is_right = match at(json, path) {
        Some(Value::String(expected)) => text == expected,
        Some(Value::Number(expected)) => match (text.parse::<f64>(), expected.as_f64()) {
            (Ok(shown), Some(expected)) => {
                let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len() as i32);
                (shown - expected * times).abs() <= 0.5 * 10f64.powi(-decimals) + 1e-9 * expected.abs()
            }
            (Err(_), Some(expected)) => text.is_empty() && expected == 0.0,
            (_, None) => false,
        },
        Some(_) => false,
        None => return Some(format!("the page has {path} = `{text}`, which the JSON has not")),
    };
    (!is_right).then(|| format!("the page has {path} = `{text}` (times {times}), the JSON {}", at(json, path).unwrap_or(&Value::Null)))
}

/// The paths of all numbers.
pub fn numbers(json: &Value) -> Vec<String> {
    let under = |key: String, value: &Value| {
        numbers(value).into_iter().map(move |path| if path.is_empty() { key.clone() } else { format!("{key}.{path}") }).collect::<Vec<_>>()
    };
    match json {
        Value::Number(_) => vec![String::new()],
        Value::Array(list) => list.iter().enumerate().flat_map(|(i, value)| under(i.to_string(), value)).collect(),
        Value::Object(map) => map.iter().flat_map(|(key, value)| under(key.clone(), value)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_figure_is_right_when_it_is_rounded_as_it_is_shown() {
        let json = json!({"a": [{"b": 12.345}, 3], "c": 0.5, "d": "x", "e": 0});
        for (path, text, times) in
            [("a.0.b", "12.35", 1.0), ("a.0.b", "12", 1.0), ("a.1", "3", 1.0), ("c", "50", 100.0), ("d", "x", 1.0), ("e", "", 1.0)]
        {
            assert_eq!(wrong(&json, path, text, times), None, "{path}");
        }
        for (path, text, times) in [
            ("a.0.b", "12.36", 1.0),
            ("a.0.b", "13", 1.0),
            ("a.1", "", 1.0),
            ("a.2", "3", 1.0),
            ("c", "50", 1.0),
            ("d", "y", 1.0),
            ("a", "", 1.0),
            ("c", "x", 1.0),
        ] {
            assert!(wrong(&json, path, text, times).is_some(), "{path} {text}");
        }
        assert_eq!(numbers(&json), ["a.0.b", "a.1", "c", "e"]);
    }
}
