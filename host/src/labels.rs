//! Label files and class names.

use anyhow::{bail, ensure, Context, Result};
use std::path::{Path, PathBuf};

/// One labelled photograph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// The image file.
    pub path: PathBuf,
    /// Its class, from 0.
    pub class: usize,
}

#[derive(serde::Deserialize)]
struct Row {
    file: String,
    class: usize,
}

/// Reads a CSV of photographs in `dir`; `labels` is looked for as given, then inside `dir`. Other
/// columns than `file` and `class` are ignored.
///
/// # Errors
/// A file that cannot be read, lacks a column, is empty, or has a class of `classes` or above.
pub fn read(dir: &Path, labels: &Path, classes: usize) -> Result<Vec<Labelled>> {
    ensure!(dir.is_dir(), "{}: this is not a folder; expected the folder of the labelled photographs", dir.display());
    let path = if labels.exists() { labels.to_path_buf() } else { dir.join(labels) };
    let mut reader = csv::Reader::from_path(&path).with_context(|| {
        format!("{}: the label file cannot be read; check the path (it is looked for here, then in DIR)", path.display())
    })?;
    let mut all = Vec::new();
    for row in reader.deserialize() {
        let Row { file, class } =
            row.with_context(|| format!("{}: expected a CSV file with the columns file and class (a number)", path.display()))?;
        ensure!(class < classes, "{}: {file} has class {class}, but the model has {classes} classes", path.display());
        all.push(Labelled { path: dir.join(file), class });
    }
    ensure!(!all.is_empty(), "{}: the label file lists no photographs; expected one a line after the header", path.display());
    Ok(all)
}

/// Class names from a file with one a line, or the defaults for `classes` classes.
///
/// # Errors
/// A file that cannot be read or has another number of names.
pub fn class_names(file: Option<&Path>, classes: usize) -> Result<Vec<String>> {
    let Some(path) = file else {
        let imagenet = net::assets::imagenet_classes();
        return Ok(if classes == imagenet.len() { imagenet } else { (0..classes).map(|c| format!("class {c}")).collect() });
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{}: the class names cannot be read; expected a text file with one a line", path.display()))?;
    let names: Vec<String> = text.lines().map(|l| l.trim().to_string()).collect();
    if names.len() != classes {
        bail!("{}: the file has {} class names, but the network has {classes} classes; expected one a line", path.display(), names.len());
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
    fn class_names_default_to_imagenet_for_a_thousand() {
        assert_eq!(class_names(None, 1000).expect("embedded")[967], "espresso");
        assert_eq!(class_names(None, 2).expect("numbers"), ["class 0", "class 1"]);
    }
}
