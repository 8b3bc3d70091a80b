//! From what the user names to image files, in a fixed order.

use super::video::{self, Stamp};
use ember::Image;
use net::photo::folder::{Entry, Folder, LeftOut};
use net::text::shown;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The argument that stands for a list on standard input.
pub const STANDARD_INPUT: &str = "-";

/// Something to classify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// As results name it.
    pub path: PathBuf,
    /// Of a video: the frame, which is not to be read from `path`.
    pub frame: Option<video::Frame>,
    /// Why there is no image to be read, when that is known already.
    pub problem: Option<String>,
}

/// What a result says of its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// As in [`Input`].
    pub path: PathBuf,
    /// Of a video: which frame it is.
    pub stamp: Option<Stamp>,
}

impl Input {
    /// A file that is to be read.
    pub fn file(path: PathBuf) -> Self {
        Self { path, frame: None, problem: None }
    }

    /// What is no image, and in one sentence why.
    pub fn problem(path: &Path, why: String) -> Self {
        Self { problem: Some(why), ..Self::file(path.into()) }
    }

    /// The image, and what its result says of it.
    pub fn tagged(self) -> (Tag, Image) {
        let Self { path, frame, problem } = self;
        let stamp = frame.as_ref().map(|frame| frame.stamp);
        let image = match (problem, frame) {
            (Some(problem), _) => Image::unreadable(problem),
            (None, Some(frame)) => frame.image(&path),
            (None, None) => Image::file(path.clone()),
        };
        (Tag { path, stamp }, image)
    }
}

/// What the arguments name: files that are known, and perhaps a list that is still to be read.
pub struct Inputs {
    parts: Vec<Part>,
    left_out: Tally,
}

enum Part {
    Known(Vec<Input>),
    StandardInput,
}

/// What folders hold besides images, counted as they are searched.
#[derive(Clone, Default)]
pub struct Tally(Arc<Mutex<LeftOut>>);

impl Tally {
    fn lock(&self) -> MutexGuard<'_, LeftOut> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was counted until now; counting begins anew.
    pub fn take(&self) -> LeftOut {
        std::mem::take(&mut self.lock())
    }
}

impl Inputs {
    /// Finds the images of `arguments`: files, folders with their subfolders, patterns, `-`.
    ///
    /// What is missing or empty becomes an input with a problem: it is reported in its place, and the rest goes on.
    pub fn find(arguments: &[PathBuf]) -> Self {
        let left_out = Tally::default();
        let part = |argument: &PathBuf| match argument.as_os_str() == STANDARD_INPUT {
            true => Part::StandardInput,
            false => Part::Known(expand(argument, &left_out)),
        };
        Self { parts: arguments.iter().map(part).collect(), left_out }
    }

    /// How many there are; `None` with a list on standard input.
    pub fn count(&self) -> Option<u64> {
        self.parts.iter().map(|part| if let Part::Known(inputs) = part { Some(inputs.len() as u64) } else { None }).sum()
    }

    /// Where what folders hold besides is counted: those of a list as it is read.
    pub fn left_out(&self) -> Tally {
        self.left_out.clone()
    }

    /// Characters of the longest path that is known, as it is shown.
    pub fn longest_path(&self) -> usize {
        let known = self.parts.iter().map(|part| if let Part::Known(inputs) = part { inputs.as_slice() } else { &[] });
        known.flatten().map(|input| shown(&input.path).chars().count()).max().unwrap_or(0)
    }

    /// All inputs, in the order of the arguments; a list is read from `standard_input` as far as it is needed, paths
    /// separated by `separator` (a line end or a zero byte).
    pub fn stream(self, standard_input: impl Read + Send + 'static, separator: u8) -> Box<dyn Iterator<Item = Input> + Send> {
        // `-` is taken once; the command line refuses it twice
        let mut list = Some(standard_input);
        let left_out = self.left_out;
        let parts = self.parts.into_iter().map(move |part| -> Box<dyn Iterator<Item = Input> + Send> {
            let left_out = left_out.clone();
            match part {
                Part::Known(inputs) => Box::new(inputs.into_iter()),
                Part::StandardInput => {
                    Box::new(list.take().into_iter().flat_map(move |list| listed(BufReader::new(list), separator, left_out.clone())))
                }
            }
        });
        Box::new(parts.flatten())
    }
}

/// The inputs that one argument names.
fn expand(argument: &Path, left_out: &Tally) -> Vec<Input> {
    if argument.is_dir() {
        return folder(argument, left_out);
    }
    if !argument.exists() {
        if let Some(pattern) = argument.to_str().filter(|text| text.contains(['*', '?', '['])) {
            return matches(argument, pattern);
        }
    }
    // a file that is missing says so when it is read
    vec![Input::file(argument.into())]
}

fn problem(path: &Path, why: impl std::fmt::Display) -> Input {
    Input::problem(path, format!("{}: {why}", shown(path)))
}

/// All image files below `path`, by name; what else is there is added to `left_out`.
fn folder(path: &Path, left_out: &Tally) -> Vec<Input> {
    let Folder { entries, left_out: besides } = net::photo::folder::search(path);
    let input = |entry| match entry {
        Entry::Image(path) => Input::file(path),
        Entry::Unreadable { path, cause } => {
            problem(&path, format_args!("this part of the folder cannot be read ({cause}); check its permissions, or where the link leads"))
        }
    };
    let mut inputs: Vec<Input> = entries.into_iter().map(input).collect();
    if inputs.is_empty() {
        let expected = "expected files that end in .jpg, .png, .webp, .bmp, .tif, .gif or the like";
        let besides = if besides.is_empty() { String::new() } else { format!(" ({besides})") };
        inputs.push(problem(path, format_args!("the folder holds no images; {expected}{besides}")));
    }
    left_out.lock().add(besides);
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
            Ok(path) => inputs.push(Input::file(path)),
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
fn listed(list: impl BufRead + Send + 'static, separator: u8, left_out: Tally) -> impl Iterator<Item = Input> + Send {
    let mut first = true;
    let line = move |bytes: std::io::Result<Vec<u8>>| match bytes {
        Ok(mut bytes) => {
            if separator == b'\n' {
                // what editors add to text
                if std::mem::take(&mut first) && bytes.starts_with(b"\xEF\xBB\xBF") {
                    bytes.drain(..3);
                }
                if bytes.last() == Some(&b'\r') {
                    bytes.pop();
                }
                if bytes.trim_ascii().is_empty() {
                    bytes.clear();
                }
            }
            if bytes.is_empty() {
                Vec::new()
            } else {
                named(&PathBuf::from(OsString::from_vec(bytes)), &left_out)
            }
        }
        Err(error) => vec![problem(Path::new(STANDARD_INPUT), format_args!("the list on standard input cannot be read ({error})"))],
    };
    list.split(separator).flat_map(line)
}

/// A name in a list: a file, or a folder; patterns are for command lines.
fn named(name: &Path, left_out: &Tally) -> Vec<Input> {
    if name.is_dir() {
        return folder(name, left_out);
    }
    vec![Input::file(name.into())]
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
            names(folder.path(), &["a.png", "-", "a.png"], b"\xEF\xBB\xBFx y.png\r\n\n \t\n*.png\nlast", b'\n'),
            ["a.png", "x y.png", "*.png", "last", "a.png"]
        );
        assert_eq!(names(folder.path(), &["-"], b"one\ntwo.png\0\0three", 0), ["one\ntwo.png", "three"]);
        assert_eq!(Inputs::find(&[PathBuf::from("-")]).count(), None);
    }

    #[test]
    fn what_folders_hold_besides_is_counted_also_in_lists() {
        let folder = tree(&["a/x.png", "a/y.avif", "b/note.txt", "b/z.jpg"]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/up")).expect("linked");
        let inputs = Inputs::find(&[folder.path().join("a"), "-".into()]);
        let left_out = inputs.left_out();
        let list = format!("{}\n", folder.path().join("b").display()).into_bytes();
        let found: Vec<Input> = inputs.stream(std::io::Cursor::new(list), b'\n').collect();
        // the link leads to the folder round `a`, whose other images are found through it
        assert_eq!(found.len(), 3, "{found:?}");
        let text = left_out.take().to_string();
        assert!(text.contains("1 AVIF") && text.contains("2 files that are no images (2 .txt)"), "{text}");
    }
}
