//! Label files and class names.

use anyhow::{anyhow, bail, ensure, Context, Result};
use net::text::shown;
use std::path::{Path, PathBuf};

/// One labelled photograph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// The image file.
    pub path: PathBuf,
    /// Its class, from 0.
    pub class: usize,
}

/// What a label file may be, for messages.
const EXPECTED: &str =
    "expected a CSV file with the columns file and class (a number) in its first line, or lines of a file's name, a space \
                        and its class";

/// Reads the labels of photographs in `dir`; `labels` is looked for as given, then inside `dir`. It is a CSV file whose
/// header has the columns `file` and `class`, others being ignored, or a list without a header, `FILE CLASS` on each line,
/// as the ILSVRC's and Caffe's. UTF-8 with or without its mark, any line ends; empty lines are skipped.
///
/// # Errors
/// A file that cannot be read, is of another form, is empty, or has a class of `classes` or above; the sentence names the
/// line.
pub fn read(dir: &Path, labels: &Path, classes: usize) -> Result<Vec<Labelled>> {
    ensure!(dir.is_dir(), "{}: this is not a folder; expected the folder of the labelled photographs", shown(dir));
    let path = if labels.exists() { labels.to_path_buf() } else { dir.join(labels) };
    let name = shown(&path);
    let text = text(&path, "the label file cannot be read; check the path (it is looked for here, then in DIR)")?;
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let rows = match has_header(first) {
        true => table(&text),
        false => list(&text),
    };
    let rows = rows.map_err(|why| anyhow!("{name}: {why}; {EXPECTED}"))?;
    let label = |Row { line, file, class }: Row| {
        let number = class.parse::<usize>();
        let class = number.map_err(|_| anyhow!("{name}: in line {line} the class is `{}`; {EXPECTED}", shown(&class)))?;
        ensure!(class < classes, "{name}: in line {line} {} has class {class}, but the model has {classes} classes", shown(&file));
        Ok(Labelled { path: dir.join(file), class })
    };
    let all = rows.into_iter().map(label).collect::<Result<Vec<_>>>()?;
    ensure!(!all.is_empty(), "{name}: the label file lists no photographs; {EXPECTED}");
    Ok(all)
}

/// A label as it is written.
struct Row {
    /// From 1.
    line: u64,
    file: String,
    class: String,
}

/// Whether the first line names a column that is wanted, or does not end in a class.
fn has_header(first: &str) -> bool {
    let mut names = first.split(',').map(column);
    names.any(|name| name == "file" || name == "class") || list(first).is_err()
}

/// A column's name: without quotes and spaces, in small letters.
fn column(name: &str) -> String {
    name.trim().trim_matches('"').trim().to_lowercase()
}

/// The rows of a CSV file.
fn table(text: &str) -> Result<Vec<Row>, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    // the text is UTF-8, and rows may have any length
    let header = reader.headers().map_err(|error| net::text::cause(&error))?.clone();
    let find = |wanted: &str| {
        let missing = || format!("the first line, `{}`, has no column {wanted}", shown(&header.iter().collect::<Vec<_>>().join(",")));
        header.iter().position(|name| column(name) == wanted).ok_or_else(missing)
    };
    let (file, class) = (find("file")?, find("class")?);
    let mut rows = Vec::new();
    let mut lines = Lines { rest: text.as_bytes(), passed: 0, line: 1 };
    for record in reader.records() {
        let record = record.map_err(|error| net::text::cause(&error))?;
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        let line = lines.of(record.position().map_or(0, |position| position.byte() as usize));
        let field = |index: usize| record.get(index).ok_or_else(|| format!("line {line} has too few columns"));
        rows.push(Row { line, file: field(file)?.into(), class: field(class)?.trim().into() });
    }
    Ok(rows)
}

/// Counts the lines of a text on the way through it.
struct Lines<'a> {
    rest: &'a [u8],
    /// Bytes before `rest`.
    passed: usize,
    /// Line on which `rest` begins, from 1.
    line: u64,
}

impl Lines<'_> {
    /// Number of the line on which the first text at or behind the byte `start` stands: a record begins, to the reader, with
    /// the empty lines before it. `start` is not before that of the former call.
    fn of(&mut self, start: usize) -> u64 {
        let before = start.saturating_sub(self.passed).min(self.rest.len());
        let empty = self.rest[before..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let (passed, rest) = self.rest.split_at(before + empty);
        self.line += passed.iter().filter(|&&b| b == b'\n').count() as u64;
        self.passed += passed.len();
        self.rest = rest;
        self.line
    }
}

/// The rows of a list: the last word of a line is the class, what stands before it the name.
fn list(text: &str) -> Result<Vec<Row>, String> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let row = |(number, line): (u64, &str)| {
        let words = line.trim().rsplit_once([' ', '\t']).filter(|(_, class)| class.bytes().all(|b| b.is_ascii_digit()));
        let (file, class) = words.ok_or_else(|| format!("line {number} is `{}`", shown(line.trim())))?;
        Ok(Row { line: number, file: file.trim_end().into(), class: class.into() })
    };
    lines.map(row).collect()
}

/// A file of text, without the mark that some editors put in front.
fn text(path: &Path, unreadable: &'static str) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("{}: {unreadable}", shown(path)))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
        anyhow!("{}: line {line} is not UTF-8 text; save the file in UTF-8", shown(path))
    })?;
    Ok(match text.strip_prefix('\u{FEFF}') {
        Some(rest) => rest.into(),
        None => text,
    })
}

/// Class names from a file with one a line, or the defaults for `classes` classes. Spaces round a name and empty lines at
/// the end do not count; there are no comments.
///
/// # Errors
/// A file that cannot be read, has another number of names, or an empty line between them.
pub fn class_names(file: Option<&Path>, classes: usize) -> Result<Vec<String>> {
    let Some(path) = file else {
        let imagenet = net::assets::imagenet_classes();
        return Ok(if classes == imagenet.len() { imagenet } else { (0..classes).map(|c| format!("class {c}")).collect() });
    };
    let text = text(path, "the class names cannot be read; expected a text file with one a line")?;
    let names: Vec<String> = text.trim_end().lines().map(|l| l.trim().to_string()).collect();
    if let Some(empty) = names.iter().position(String::is_empty) {
        bail!("{}: line {} is empty; expected the name of class {empty} there, one a line", shown(path), empty + 1);
    }
    if names.len() != classes {
        bail!("{}: the file has {} class names, but the network has {classes} classes; expected one a line", shown(path), names.len());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(content: &str) -> String {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(dir.path().join("l.csv"), content).expect("written");
        format!("{:#}", read(dir.path(), Path::new("l.csv"), 10).expect_err("refused"))
    }

    #[test]
    fn columns_are_found_by_name_and_quotes_respected() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(dir.path().join("l.csv"), "name,class,file\n\"tench, Tinca\",3,a/b.jpg\n").expect("written");
        let all = read(dir.path(), Path::new("l.csv"), 10).expect("one row");
        assert_eq!(all, [Labelled { path: dir.path().join("a/b.jpg"), class: 3 }]);
    }

    #[test]
    fn bad_label_files_are_refused() {
        assert!(refusal("file,class\na.jpg,10\n").contains("class 10"));
        assert!(refusal("file,class\na.jpg,cat\n").contains("columns file and class"));
        assert!(refusal("path,label\na.jpg,1\n").contains("columns file and class"));
        assert!(refusal("file,class\n").contains("lists no photographs"));
    }

    #[test]
    fn label_files_of_every_editor_and_of_caffe_are_read() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = |name: &str| dir.path().join(name);
        let wanted = [Labelled { path: path("a b.jpg"), class: 3 }, Labelled { path: path("c.jpg"), class: 0 }];
        for text in [
            "file,class\na b.jpg,3\nc.jpg,0\n",
            "\u{FEFF}file,class\r\na b.jpg,3\r\n\r\nc.jpg,0\r\n\r\n",
            "Class, File ,more\n 3 ,a b.jpg,\n\n0,c.jpg,x,y\n  \n",
            "\"file\",\"class\"\n\"a b.jpg\",\"3\"\nc.jpg,0",
            "a b.jpg 3\nc.jpg 0\n",
            "\u{FEFF}\na b.jpg\t3 \r\n\r\n  c.jpg   0\r\n\n",
        ] {
            std::fs::write(path("l"), text).expect("written");
            assert_eq!(read(dir.path(), Path::new("l"), 10).unwrap_or_else(|e| panic!("{text:?}: {e:#}")), wanted, "{text:?}");
        }
        // a list's names may hold commas
        std::fs::write(path("l"), "n01/tench, Tinca.jpg 1\n").expect("written");
        assert_eq!(read(dir.path(), Path::new("l"), 10).expect("a row")[0].path, path("n01/tench, Tinca.jpg"));
    }

    #[test]
    fn refusals_name_the_line_in_plain_words() {
        for (text, expected) in [
            ("file,class\n\na.jpg,cat\n", "in line 3 the class is `cat`"),
            ("file,class\na.jpg\n", "line 2 has too few columns"),
            ("file,class\na.jpg,-1\n", "the class is `-1`"),
            ("file\tclass\na.jpg\t1\n", "has no column file"),
            ("file;class\na.jpg;1\n", "`file;class`, has no column file"),
            ("a.jpg 1\nb.jpg x\n", "line 2 is `b.jpg x`"),
            ("a.jpg 99999999999999999999999\n", "line 1"),
            ("\n\n", "lists no photographs"),
            ("", "lists no photographs"),
        ] {
            let sentence = refusal(text);
            assert!(sentence.contains(expected) && sentence.contains("columns file and class"), "{text:?}: {sentence}");
            assert!(!net::text::is_debug_text(&sentence) && !sentence.contains("CSV deserialize"), "{sentence}");
        }
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(dir.path().join("l"), b"file,class\nx\xff.jpg,1\n").expect("written");
        let sentence = format!("{:#}", read(dir.path(), Path::new("l"), 10).expect_err("refused"));
        assert!(sentence.contains("line 2 is not UTF-8"), "{sentence}");
    }

    #[test]
    fn class_names_of_every_editor_are_read() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("names");
        for text in ["tench\n# shark", "tench\n# shark\n", "\u{FEFF}tench \r\n# shark\t\r\n\r\n", "tench\n  # shark\n\n \n"] {
            std::fs::write(&path, text).expect("written");
            assert_eq!(class_names(Some(&path), 2).unwrap_or_else(|e| panic!("{text:?}: {e:#}")), ["tench", "# shark"], "{text:?}");
        }
        for (text, expected) in [
            (&b"tench\n\nshark\n"[..], "line 2 is empty; expected the name of class 1"),
            (b"tench\n", "1 class names, but the network has 2"),
            (b"", "0 class names"),
            (b"tench\nsh\xe4rk\n", "line 2 is not UTF-8"),
        ] {
            std::fs::write(&path, text).expect("written");
            let sentence = format!("{:#}", class_names(Some(&path), 2).expect_err("refused"));
            assert!(sentence.contains(expected) && sentence.contains("names"), "{sentence}");
        }
    }

    #[test]
    fn class_names_default_to_imagenet_for_a_thousand() {
        assert_eq!(class_names(None, 1000).expect("embedded")[967], "espresso");
        assert_eq!(class_names(None, 2).expect("numbers"), ["class 0", "class 1"]);
    }
}
