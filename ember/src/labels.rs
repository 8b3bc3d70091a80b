//! Label files and class names.

use net::text::shown;
use quantise::calibrate::{self, CalibrationError};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Why there are no labels.
#[derive(Debug, thiserror::Error)]
pub enum LabelsError {
    /// They are missing or not understood: a sentence that names the file and the line.
    #[error("{0}")]
    Labels(String),
    /// A folder of photographs cannot be read, or holds none.
    #[error(transparent)]
    Images(#[from] CalibrationError),
}

fn wrong(sentence: String) -> LabelsError {
    LabelsError::Labels(sentence)
}

type Result<T, E = LabelsError> = std::result::Result<T, E>;

/// One labelled photograph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// The image file.
    pub path: PathBuf,
    /// Its class, from 0.
    pub class: usize,
}

/// What a label file may be, for messages.
const EXPECTED: &str = "expected a CSV file with the columns file and class (a number or a class's name) in its first line, or lines of a \
                        file's name, a space and its class";

/// Names that a file's column has.
const FILES: [&str; 14] = [
    "file",
    "filename",
    "file_name",
    "file name",
    "filepath",
    "path",
    "image",
    "img",
    "image_path",
    "imagepath",
    "image_id",
    "imageid",
    "id",
    "name",
];
/// Names that a class's column has; the first that is there counts.
const CLASSES: [&str; 16] = [
    "class",
    "class_id",
    "classid",
    "class_index",
    "class_idx",
    "label_id",
    "label_index",
    "label_idx",
    "label",
    "labels",
    "target",
    "category",
    "category_id",
    "class_name",
    "classname",
    "label_name",
];

/// Labelled photographs, and how they were understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// In the file's order.
    pub images: Vec<Labelled>,
    /// In words.
    pub understood: String,
}

/// Reads the labels of photographs in `dir`, whose classes are called `names`; `labels` is looked for as given, then inside
/// `dir`. It is a table whose first line names its columns, with commas, semicolons or tabs, or a list without such a line,
/// `FILE CLASS` on each, as the ILSVRC's and Caffe's. UTF-8 with or without its mark, any line ends; empty lines are skipped.
/// A class is a number from 0 or a name. Without a file every folder in `dir` is a class.
///
/// # Errors
/// A file that cannot be read, is of another form, is empty, or has a class that the model does not have; the sentence names
/// the line.
pub fn read(dir: &Path, labels: Option<&Path>, names: &[String]) -> Result<Labels> {
    if !dir.is_dir() {
        return Err(wrong(format!("{}: this is not a folder; expected the folder of the labelled photographs", shown(dir))));
    }
    let Some(labels) = labels else { return folders(dir, names) };
    let (path, Rows { rows, form }) = file_rows(dir, labels)?;
    let name = shown(&path);
    let classes = Classes::new(names);
    let mut named = 0;
    let label = |Row { line, file, class }: Row| {
        if let Ok(class) = class.parse::<usize>() {
            let count = names.len();
            if class >= count {
                return Err(wrong(format!("{name}: in line {line} {} has class {class}, but the model has {count} classes", shown(&file))));
            }
            return Ok(Labelled { path: dir.join(file), class });
        }
        named += 1;
        let found = classes
            .find(&class)
            .map_err(|why| wrong(format!("{name}: in line {line} the class is `{}`, {why}; {EXPECTED}", shown(&class))))?;
        Ok(Labelled { path: dir.join(file), class: found })
    };
    let images = rows.into_iter().map(label).collect::<Result<Vec<_>>>()?;
    let by = match named {
        0 => "numbers from 0",
        n if n == images.len() => "names",
        _ => "numbers from 0 and names",
    };
    Ok(Labels { images, understood: format!("{name}: {form}, classes as {by}") })
}

/// Where the label file is, and its rows, of which there are some.
fn file_rows(dir: &Path, labels: &Path) -> Result<(PathBuf, Rows)> {
    let path = if labels.exists() { labels.to_path_buf() } else { dir.join(labels) };
    let text = text(&path, "the label file cannot be read; check the path (it is looked for here, then in DIR)")?;
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let rows = match has_header(first) {
        true => table(&text, first),
        false => list(&text).map(|rows| Rows { rows, form: "a list of files and classes".into() }),
    };
    let rows = rows.map_err(|why| wrong(format!("{}: {why}; {EXPECTED}", shown(&path))))?;
    if rows.rows.is_empty() {
        return Err(wrong(format!("{}: the label file lists no photographs; {EXPECTED}", shown(&path))));
    }
    Ok((path, rows))
}

/// Labelled photographs whose classes are not known beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The classes, in the order of their numbers.
    pub names: Vec<String>,
    /// In the file's order, or in that of the classes.
    pub images: Vec<Labelled>,
    /// In words.
    pub understood: String,
}

/// As [`read`], for a network that has no classes yet: they are the folders of `dir` in the order of their names, or what `labels` names. Where
/// that has numbers only, the classes are those from 0 to the largest.
///
/// # Errors
/// As [`read`].
pub fn open(dir: &Path, labels: Option<&Path>) -> Result<Open> {
    if !dir.is_dir() {
        return Err(wrong(format!("{}: this is not a folder; expected the folder of the labelled photographs", shown(dir))));
    }
    let Some(labels) = labels else {
        let folders = class_folders(dir)?;
        let names: Vec<String> = folders.iter().map(|path| folder_name(path)).collect();
        let mut images = Vec::new();
        for (class, folder) in folders.iter().enumerate() {
            images.extend(calibrate::image_files(folder)?.images.into_iter().map(|path| Labelled { path, class }));
        }
        return Ok(Open { names, images, understood: format!("{}: a folder for each class", shown(dir)) });
    };
    let (path, Rows { rows, form }) = file_rows(dir, labels)?;
    let numbers: Option<Vec<usize>> = rows.iter().map(|row| row.class.parse().ok()).collect();
    let (names, classes) = match numbers {
        Some(numbers) => {
            let most = numbers.iter().max().copied().unwrap_or(0);
            // a number like a year would otherwise make as many classes
            if most >= 1_000_000 {
                return Err(wrong(format!("{}: a class is {most}; expected numbers from 0 without gaps, or names", shown(&path))));
            }
            ((0..=most).map(|class| format!("class {class}")).collect(), numbers)
        }
        None => {
            let mut names: Vec<String> = rows.iter().map(|row| row.class.clone()).collect();
            names.sort();
            names.dedup();
            let number = |row: &Row| names.binary_search(&row.class).unwrap_or_default();
            let classes = rows.iter().map(number).collect();
            (names, classes)
        }
    };
    let images = rows.into_iter().zip(classes).map(|(row, class)| Labelled { path: dir.join(row.file), class }).collect();
    Ok(Open { names, images, understood: format!("{}: {form}", shown(&path)) })
}

/// The last part of a folder's path.
fn folder_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The folders in `dir` that stand for classes: those that are not hidden, in the order of their names.
fn class_folders(dir: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |cause| wrong(format!("{}: the folder cannot be read; check its permissions: {cause}", shown(dir)));
    let entries = std::fs::read_dir(dir).map_err(unreadable)?;
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.retain(|path| !folder_name(path).starts_with('.'));
    folders.sort();
    if folders.is_empty() {
        return Err(wrong(format!("{}: no labels; give a file with --labels, or a folder for each class in it", shown(dir))));
    }
    Ok(folders)
}

/// Every folder in `dir` as a class: by its name or number, or where none is one and there are as many as classes, in the order
/// of their names, as torchvision's ImageFolder and the ILSVRC's folders have them.
fn folders(dir: &Path, names: &[String]) -> Result<Labels> {
    let folders = class_folders(dir)?;
    let classes = Classes::new(names);
    let number = |name: &str| name.parse::<usize>().ok().filter(|&n| n < names.len());
    let found: Vec<Result<usize, &str>> =
        folders.iter().map(|path| folder_name(path)).map(|name| number(&name).map_or_else(|| classes.find(&name), Ok)).collect();
    let sorted = found.iter().all(Result::is_err) && folders.len() == names.len();
    let mut images = Vec::new();
    for (place, (folder, class)) in folders.iter().zip(&found).enumerate() {
        let class = match class {
            _ if sorted => place,
            Ok(class) => *class,
            Err(why) => {
                return Err(wrong(format!(
                    "{}: the folder's name, {why}; expected a class's name or number, or as many folders as the model has classes ({})",
                    shown(folder),
                    names.len()
                )))
            }
        };
        let inside = calibrate::image_files(folder)?.images;
        images.extend(inside.into_iter().map(|path| Labelled { path, class }));
    }
    let by = if sorted { "in the order of their names" } else { "by their names or numbers" };
    Ok(Labels { images, understood: format!("{}: a folder for each class, {by}", shown(dir)) })
}

/// The class among `names` that each of `wanted` means: a number from 0, or a name.
///
/// # Errors
/// The first that is none, with the reason.
pub fn classes_of(wanted: &[String], names: &[String]) -> Result<Vec<usize>, (usize, &'static str)> {
    let classes = Classes::new(names);
    let class = |(place, name): (usize, &String)| match name.parse::<usize>() {
        Ok(number) if number < names.len() => Ok(number),
        _ => classes.find(name).map_err(|why| (place, why)),
    };
    wanted.iter().enumerate().map(class).collect()
}

/// The classes by their names.
struct Classes<'a> {
    names: &'a [String],
    /// `None` where two classes have it.
    by_name: HashMap<String, Option<usize>>,
}

impl<'a> Classes<'a> {
    fn new(names: &'a [String]) -> Self {
        let mut by_name: HashMap<String, Option<usize>> = HashMap::new();
        let mut put = |name: String, class: usize| {
            by_name.entry(name).and_modify(|known| *known = known.filter(|&known| known == class)).or_insert(Some(class));
        };
        for (class, name) in names.iter().enumerate() {
            // ImageNet's names are synonyms with commas
            name.split(',').for_each(|part| put(plain(part), class));
        }
        // a whole name counts before another class's synonym
        for (class, name) in names.iter().enumerate() {
            let whole = plain(name);
            let same = names.iter().filter(|other| plain(other) == whole).count() == 1;
            by_name.insert(whole, same.then_some(class));
        }
        Self { names, by_name }
    }

    fn find(&self, name: &str) -> Result<usize, &'static str> {
        match self.by_name.get(&plain(name)) {
            Some(Some(class)) => Ok(*class),
            Some(None) => Err("which is the name of two classes (give their numbers)"),
            None if self.names.iter().enumerate().all(|(i, name)| *name == format!("class {i}")) => {
                Err("but the model has no class names (make it with --class-names)")
            }
            None => Err("which is no class of the model"),
        }
    }
}

/// A class's name without what people write in different ways.
fn plain(name: &str) -> String {
    let spaced = name.replace(['_', '-'], " ").to_lowercase();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A label as it is written.
struct Row {
    /// From 1.
    line: u64,
    file: String,
    class: String,
}

struct Rows {
    rows: Vec<Row>,
    /// What was understood.
    form: String,
}

/// The character between columns: that of which the first line has most.
fn separator(first: &str) -> u8 {
    let count = |separator: &u8| first.bytes().filter(|byte| byte == separator).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// Whether the first line names columns that are wanted, or does not end in a class.
fn has_header(first: &str) -> bool {
    let names: Vec<String> = first.split(char::from(separator(first))).map(column).collect();
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
    names.iter().any(|name| name == "file" || name == "class") || (has(&FILES) && has(&CLASSES)) || list(first).is_err()
}

/// A column's name: without quotes and spaces, in small letters.
fn column(name: &str) -> String {
    name.trim().trim_matches('"').trim().to_lowercase()
}

/// The rows of a CSV file.
fn table(text: &str, first: &str) -> Result<Rows, String> {
    let separator = separator(first);
    let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(separator).from_reader(text.as_bytes());
    // the text is UTF-8, and rows may have any length
    let header = reader.headers().map_err(|error| net::text::cause(&error))?.clone();
    let find = |wanted: &[&str]| {
        let missing = || format!("the first line, `{}`, has no column {}", shown(first.trim()), wanted[0]);
        let place = |name: &&str| header.iter().position(|found| column(found) == *name);
        wanted.iter().find_map(place).ok_or_else(missing)
    };
    let (file, class) = (find(&FILES)?, find(&CLASSES)?);
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
    let name = |index: usize| shown(&column(header.get(index).unwrap_or_default())).to_string();
    Ok(Rows { rows, form: format!("a table, files from column {}, classes from column {}", name(file), name(class)) })
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
    let bytes = std::fs::read(path).map_err(|cause| wrong(format!("{}: {unreadable}: {cause}", shown(path))))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
        wrong(format!("{}: line {line} is not UTF-8 text; save the file in UTF-8", shown(path)))
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
    let names = names_of(path)?;
    if names.len() != classes {
        return Err(wrong(format!(
            "{}: the file has {} class names, but the network has {classes} classes; expected one a line",
            shown(path),
            names.len()
        )));
    }
    Ok(names)
}

/// The class names in a file with one a line.
///
/// # Errors
/// A file that cannot be read, or has an empty line between names.
pub fn names_of(path: &Path) -> Result<Vec<String>> {
    let text = text(path, "the class names cannot be read; expected a text file with one a line")?;
    let names: Vec<String> = text.trim_end().lines().map(|l| l.trim().to_string()).collect();
    if let Some(empty) = names.iter().position(String::is_empty) {
        return Err(wrong(format!("{}: line {} is empty; expected the name of class {empty} there, one a line", shown(path), empty + 1)));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ten() -> Vec<String> {
        (0..10).map(|class| format!("class {class}")).collect()
    }

    fn refusal(content: &str) -> String {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(dir.path().join("l.csv"), content).expect("written");
        format!("{:#}", read(dir.path(), Some(Path::new("l.csv")), &ten()).map(|l| l.images).expect_err("refused"))
    }

    #[test]
    fn columns_are_found_by_name_and_quotes_respected() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(dir.path().join("l.csv"), "name,class,file\n\"tench, Tinca\",3,a/b.jpg\n").expect("written");
        let all = read(dir.path(), Some(Path::new("l.csv")), &ten()).map(|l| l.images).expect("one row");
        assert_eq!(all, [Labelled { path: dir.path().join("a/b.jpg"), class: 3 }]);
    }

    #[test]
    fn bad_label_files_are_refused() {
        assert!(refusal("file,class\na.jpg,10\n").contains("class 10"));
        assert!(refusal("file,class\na.jpg,cat\n").contains("columns file and class"));
        assert!(refusal("where,label\na.jpg,1\n").contains("columns file and class"));
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
            "file\tclass\na b.jpg\t3\nc.jpg\t0\n",
            "Filename;Label\na b.jpg;3\nc.jpg;0\n",
            "image_path,extra,target\na b.jpg,x,3\nc.jpg,y,0\n",
            "id,label_name,class_id\na b.jpg,cat,3\nc.jpg,dog,0\n",
            "\"file\",\"class\"\n\"a b.jpg\",\"3\"\nc.jpg,0",
            "a b.jpg 3\nc.jpg 0\n",
            "\u{FEFF}\na b.jpg\t3 \r\n\r\n  c.jpg   0\r\n\n",
        ] {
            std::fs::write(path("l"), text).expect("written");
            assert_eq!(
                read(dir.path(), Some(Path::new("l")), &ten()).map(|l| l.images).unwrap_or_else(|e| panic!("{text:?}: {e:#}")),
                wanted,
                "{text:?}"
            );
        }
        // a list's names may hold commas
        std::fs::write(path("l"), "n01/tench, Tinca.jpg 1\n").expect("written");
        assert_eq!(read(dir.path(), Some(Path::new("l")), &ten()).map(|l| l.images).expect("a row")[0].path, path("n01/tench, Tinca.jpg"));
    }

    #[test]
    fn refusals_name_the_line_in_plain_words() {
        for (text, expected) in [
            ("file,class\n\na.jpg,cat\n", "in line 3 the class is `cat`"),
            ("file,class\na.jpg\n", "line 2 has too few columns"),
            ("file,class\na.jpg,-1\n", "the class is `-1`"),
            ("picture\tclass\na.jpg\t1\n", "has no column file"),
            ("picture;class\na.jpg;1\n", "`picture;class`, has no column file"),
            ("file,class\na.jpg,dog\n", "no class names"),
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
        let sentence = format!("{:#}", read(dir.path(), Some(Path::new("l")), &ten()).map(|l| l.images).expect_err("refused"));
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

    #[test]
    fn classes_may_have_names() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let names = ["tench, Tinca tinca", "crane", "crane, bird", "Egyptian cat"].map(String::from);
        let read = |text: &str| {
            std::fs::write(dir.path().join("l"), text).expect("written");
            read(dir.path(), Some(Path::new("l")), &names)
        };
        let found = read("path,label\na.jpg,Tinca_tinca\nb.jpg,egyptian cat\nc.jpg,crane\nd.jpg,1\n").expect("names");
        assert_eq!(found.images.iter().map(|l| l.class).collect::<Vec<_>>(), [0, 3, 1, 1]);
        assert!(found.understood.contains("column path") && found.understood.contains("numbers from 0 and names"), "{}", found.understood);
        let sentence = format!("{:#}", read("path,label\na.jpg,dog\n").expect_err("no dog"));
        assert!(sentence.contains("line 2") && sentence.contains("no class of the model"), "{sentence}");
    }

    #[test]
    fn folders_may_be_classes() {
        let make = |folders: &[&str]| {
            let dir = tempfile::tempdir().expect("a temporary folder");
            for folder in folders {
                std::fs::create_dir(dir.path().join(folder)).expect("created");
                std::fs::write(dir.path().join(folder).join("a.jpg"), "x").expect("written");
            }
            dir
        };
        let names = ["tench", "shark", "cock"].map(String::from);
        let classes = |dir: &Path| read(dir, None, &names).map(|l| l.images.iter().map(|l| l.class).collect::<Vec<_>>());
        assert_eq!(classes(make(&["Shark", "tench"]).path()).expect("names"), [1, 0]);
        assert_eq!(classes(make(&["0", "2"]).path()).expect("numbers"), [0, 2]);
        // WordNet's numbers stand in the order of the classes
        assert_eq!(classes(make(&["n01440764", "n01484850", "n01514668"]).path()).expect("sorted"), [0, 1, 2]);
        for folders in [&["n01440764", "n01484850"][..], &["tench", "dog"], &[]] {
            let sentence = format!("{:#}", classes(make(folders).path()).expect_err("no classes"));
            assert!(sentence.contains("class"), "{sentence}");
        }
    }
}
