//! From what the user names to image files, in a fixed order.

use super::pipeline::Input;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// The argument that stands for a list on standard input.
pub const STANDARD_INPUT: &str = "-";

/// What the arguments name: files that are known, and perhaps a list that is still to be read.
pub struct Inputs {
    parts: Vec<Part>,
}

enum Part {
    Known(Vec<Input>),
    StandardInput,
}

impl Inputs {
    /// Finds the images of `arguments`: files, folders with their subfolders, patterns, `-`.
    ///
    /// What is missing or empty becomes an input with a problem: it is reported in its place, and the rest goes on.
    pub fn find(arguments: &[PathBuf]) -> Self {
        let part = |argument: &PathBuf| match argument.as_os_str() == STANDARD_INPUT {
            true => Part::StandardInput,
            false => Part::Known(expand(argument)),
        };
        Self { parts: arguments.iter().map(part).collect() }
    }

    /// How many there are; `None` with a list on standard input.
    pub fn count(&self) -> Option<u64> {
        self.parts.iter().map(|part| if let Part::Known(inputs) = part { Some(inputs.len() as u64) } else { None }).sum()
    }

    /// Characters of the longest path that is known.
    pub fn longest_path(&self) -> usize {
        let known = self.parts.iter().map(|part| if let Part::Known(inputs) = part { inputs.as_slice() } else { &[] });
        known.flatten().map(|input| input.path.to_string_lossy().chars().count()).max().unwrap_or(0)
    }

    /// All inputs, in the order of the arguments; a list is read from `standard_input` as far as it is needed, paths
    /// separated by `separator` (a line end or a zero byte).
    pub fn stream(self, standard_input: impl Read + Send + 'static, separator: u8) -> Box<dyn Iterator<Item = Input> + Send> {
        // `-` is taken once; the command line refuses it twice
        let mut list = Some(standard_input);
        let parts = self.parts.into_iter().map(move |part| -> Box<dyn Iterator<Item = Input> + Send> {
            match part {
                Part::Known(inputs) => Box::new(inputs.into_iter()),
                Part::StandardInput => Box::new(list.take().into_iter().flat_map(move |list| listed(BufReader::new(list), separator))),
            }
        });
        Box::new(parts.flatten())
    }
}

/// The inputs that one argument, or one line of a list, names.
fn expand(argument: &Path) -> Vec<Input> {
    if argument.is_dir() {
        return folder(argument);
    }
    if !argument.exists() {
        if let Some(pattern) = argument.to_str().filter(|text| text.contains(['*', '?', '['])) {
            return matches(argument, pattern);
        }
    }
    // a file that is missing says so when it is read
    vec![Input { path: argument.into(), problem: None }]
}

fn problem(path: &Path, why: impl std::fmt::Display) -> Input {
    Input { path: path.into(), problem: Some(format!("{}: {why}", path.display())) }
}

/// All image files below `path`, by name; hidden files and folders are left out.
fn folder(path: &Path) -> Vec<Input> {
    let hidden = |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
    let walk = walkdir::WalkDir::new(path).follow_links(true).sort_by_file_name();
    let mut inputs = Vec::new();
    for entry in walk.into_iter().filter_entry(|entry| !hidden(entry)) {
        match entry {
            Ok(entry) if entry.file_type().is_file() && net::photo::is_image_name(entry.path()) => {
                inputs.push(Input { path: entry.into_path(), problem: None });
            }
            Ok(_) => {}
            Err(error) if error.loop_ancestor().is_some() => {} // its images are found without the link
            Err(error) => {
                let place = error.path().unwrap_or(path).to_path_buf();
                inputs.push(problem(&place, format_args!("this part of the folder cannot be read ({error}); check its permissions")));
            }
        }
    }
    if inputs.is_empty() {
        let expected = "expected files that end in .jpg, .png, .webp, .bmp, .tif, .gif or the like";
        inputs.push(problem(path, format_args!("the folder holds no images; {expected}")));
    }
    inputs
}

/// All files that match `pattern`, by name.
fn matches(argument: &Path, pattern: &str) -> Vec<Input> {
    let paths = match glob::glob(pattern) {
        Ok(paths) => paths,
        Err(error) => return vec![problem(argument, format_args!("there is no such file, and as a pattern it is wrong ({error})"))],
    };
    let mut inputs = Vec::new();
    for path in paths {
        match path {
            Ok(path) if path.is_dir() => {}
            Ok(path) => inputs.push(Input { path, problem: None }),
            Err(error) => {
                inputs.push(problem(error.path(), format_args!("this place cannot be searched ({}); check its permissions", error.error())))
            }
        }
    }
    if inputs.is_empty() {
        inputs.push(problem(argument, "no file matches the pattern; check it, and quote it for the shell"));
    }
    inputs
}

/// The inputs that a list names; a part that cannot be read ends it with a problem.
fn listed(list: impl BufRead + Send + 'static, separator: u8) -> impl Iterator<Item = Input> + Send {
    let line = move |bytes: std::io::Result<Vec<u8>>| match bytes {
        Ok(mut bytes) => {
            if separator == b'\n' && bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
            if bytes.is_empty() {
                Vec::new()
            } else {
                named(&PathBuf::from(OsString::from_vec(bytes)))
            }
        }
        Err(error) => vec![problem(Path::new(STANDARD_INPUT), format_args!("the list on standard input cannot be read ({error})"))],
    };
    list.split(separator).flat_map(line)
}

/// A name in a list: a file, or a folder; patterns are for command lines.
fn named(name: &Path) -> Vec<Input> {
    if name.is_dir() {
        return folder(name);
    }
    vec![Input { path: name.into(), problem: None }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().expect("inside the folder")).expect("created");
            std::fs::write(path, "").expect("written");
        }
        folder
    }

    fn names(root: &Path, arguments: &[&str], list: &'static [u8], separator: u8) -> Vec<String> {
        let path = |a: &&str| if *a == STANDARD_INPUT { PathBuf::from(a) } else { root.join(a) };
        let inputs = Inputs::find(&arguments.iter().map(path).collect::<Vec<_>>());
        let name = |input: Input| {
            let path = input.path.strip_prefix(root).unwrap_or(&input.path).display().to_string();
            if input.problem.is_some() {
                format!("!{path}")
            } else {
                path
            }
        };
        inputs.stream(list, separator).map(name).collect()
    }

    #[test]
    fn folders_are_searched_in_the_order_of_names() {
        let folder = tree(&["b.png", "a/z.JPG", "a/b/c.webp", "c.txt", ".hidden/x.png", "._b.png", "Z.bmp"]);
        assert_eq!(names(folder.path(), &[""], b"", b'\n'), ["Z.bmp", "a/b/c.webp", "a/z.JPG", "b.png"]);
    }

    #[test]
    fn arguments_keep_their_order_and_may_repeat() {
        let folder = tree(&["b.png", "a/z.jpg", "note.txt"]);
        assert_eq!(names(folder.path(), &["b.png", "a", "b.png", "note.txt"], b"", b'\n'), ["b.png", "a/z.jpg", "b.png", "note.txt"]);
    }

    #[test]
    fn patterns_match_files_only() {
        let folder = tree(&["p1.png", "p2.png", "p3/x.png", "q.png", "odd[1].png"]);
        assert_eq!(names(folder.path(), &["p*"], b"", b'\n'), ["p1.png", "p2.png"]);
        assert_eq!(names(folder.path(), &["**/*.png"], b"", b'\n'), ["odd[1].png", "p1.png", "p2.png", "p3/x.png", "q.png"]);
        assert_eq!(names(folder.path(), &["odd[1].png"], b"", b'\n'), ["odd[1].png"], "a file of that very name");
        assert_eq!(names(folder.path(), &["r*", "a[.png"], b"", b'\n'), ["!r*", "!a[.png"]);
    }

    #[test]
    fn what_is_empty_is_a_problem_in_its_place() {
        let folder = tree(&["b.png", "empty/note.txt"]);
        assert_eq!(names(folder.path(), &["b.png", "empty", "b.png"], b"", b'\n'), ["b.png", "!empty", "b.png"]);
        assert_eq!(Inputs::find(&[folder.path().join("empty")]).count(), Some(1));
    }

    #[test]
    fn lists_are_read_by_line_or_by_zero() {
        let folder = tree(&["a.png"]);
        assert_eq!(
            names(folder.path(), &["a.png", "-", "a.png"], b"x y.png\r\n\n*.png\nlast", b'\n'),
            ["a.png", "x y.png", "*.png", "last", "a.png"]
        );
        assert_eq!(names(folder.path(), &["-"], b"one\ntwo.png\0\0three", 0), ["one\ntwo.png", "three"]);
        assert_eq!(Inputs::find(&[PathBuf::from("-")]).count(), None);
    }

    #[test]
    fn a_link_that_leads_back_ends_the_search() {
        let folder = tree(&["a/x.png"]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/up")).expect("linked");
        assert_eq!(names(folder.path(), &[""], b"", b'\n'), ["a/x.png"]);
    }
}
