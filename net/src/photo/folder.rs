//! The images of a folder: the one way in which all commands search folders.
//!
//! Names that end as images do are images; files without an ending, and those that end as pictures of a format that is not
//! decoded, are looked into, because the content decides. What is left out is counted, so that it can be said.

use super::{is_image_name, Foreign};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes of a file that are looked at to tell its format.
const HEAD: u64 = 4096;
/// Endings and links that the sentence names; the counts are of all.
const NAMED: usize = 4;

/// What was found in a folder.
#[derive(Debug, Default)]
pub struct Folder {
    /// Images and places that cannot be read, in the order of names.
    pub entries: Vec<Entry>,
    /// What is no image.
    pub left_out: LeftOut,
}

/// An image, or a hole where there may be some.
#[derive(Debug)]
pub enum Entry {
    /// An image file; it is not decoded yet.
    Image(PathBuf),
    /// A folder that cannot be read, or a link that leads nowhere.
    Unreadable {
        /// Where.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

impl Entry {
    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Image(path) | Self::Unreadable { path, .. } => path,
        }
    }
}

/// Counts of what a search for images passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Pictures and videos that are not decoded, by their format.
    pub not_supported: BTreeMap<Foreign, u64>,
    /// Files that are no images, by the ending of their names (`.txt`; empty without one).
    pub no_images: BTreeMap<String, u64>,
    /// Hidden files and folders.
    pub hidden: u64,
    /// Links to what the folder has already, and links to nothing.
    pub links: Vec<PathBuf>,
}

impl LeftOut {
    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what another search left out.
    pub fn add(&mut self, other: Self) {
        other.not_supported.into_iter().for_each(|(format, count)| *self.not_supported.entry(format).or_default() += count);
        other.no_images.into_iter().for_each(|(ending, count)| *self.no_images.entry(ending).or_default() += count);
        self.hidden += other.hidden;
        self.links.extend(other.links);
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        for (format, count) in &self.not_supported {
            parts.push(format!("{count} {} (not supported; {})", format.name(), format.remedy()));
        }
        let files: u64 = self.no_images.values().sum();
        if files > 0 {
            let mut endings: Vec<_> = self.no_images.iter().collect();
            endings.sort_by_key(|(_, &count)| std::cmp::Reverse(count));
            let named = endings.iter().map(|(ending, count)| match ending.as_str() {
                "" => format!("{count} without an ending"),
                ending => format!("{count} {}", crate::text::shown(ending)),
            });
            parts.push(format!("{} ({})", plural(files, "file that is no image", "files that are no images"), some(named)));
        }
        if self.hidden > 0 {
            parts.push(format!("{} hidden", self.hidden));
        }
        if !self.links.is_empty() {
            let named = some(self.links.iter().map(crate::text::shown));
            let count = self.links.len() as u64;
            parts.push(format!("{} to what is there already or to nothing ({named})", plural(count, "link", "links")));
        }
        write!(f, "left out: {}", parts.join("; "))
    }
}

fn plural(count: u64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// The first of `all`, and how many more there are.
fn some(mut all: impl ExactSizeIterator<Item = String>) -> String {
    let mut named: Vec<String> = all.by_ref().take(NAMED).collect();
    if all.len() > 0 {
        named.push(format!("{} more", all.len()));
    }
    named.join(", ")
}

/// Searches `folder` with its subfolders. Each file is found once, also where links lead to it again, and by its own
/// name rather than by a link; hidden files and folders are left out.
pub fn search(folder: &Path) -> Folder {
    let mut search = Search::default();
    search.folder(folder);
    // links wait until everything that is there itself is known
    while let Some(link) = search.folder_links.pop_first() {
        search.follow(&link);
    }
    while let Some(link) = search.file_links.pop_first() {
        search.follow_to_file(link);
    }
    let mut found = search.found;
    found.entries.sort_by(|a, b| a.path().cmp(b.path()));
    found.left_out.links.sort();
    found
}

#[derive(Default)]
struct Search {
    found: Folder,
    /// Folders that were searched, by their real paths.
    folders: HashSet<PathBuf>,
    /// Real paths of files that links led to.
    linked: HashSet<PathBuf>,
    folder_links: BTreeSet<PathBuf>,
    file_links: BTreeSet<PathBuf>,
}

impl Search {
    /// Searches `folder`, whose links are kept for later.
    fn folder(&mut self, folder: &Path) {
        let mut waiting = vec![folder.to_path_buf()];
        while let Some(next) = waiting.pop() {
            if let Err(cause) = self.list(&next, &mut waiting) {
                self.found.entries.push(Entry::Unreadable { path: next, cause });
            }
        }
    }

    fn list(&mut self, folder: &Path, waiting: &mut Vec<PathBuf>) -> io::Result<()> {
        if !self.folders.insert(fs::canonicalize(folder)?) {
            return Ok(());
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if is_hidden(&path) {
                self.found.left_out.hidden += 1;
            } else if kind.is_dir() {
                waiting.push(path);
            } else if kind.is_symlink() {
                match fs::metadata(&path) {
                    Ok(target) if target.is_dir() => self.folder_links.insert(path),
                    _ => self.file_links.insert(path),
                };
            } else {
                self.file(path, kind.is_file());
            }
        }
        Ok(())
    }

    fn follow(&mut self, link: &Path) {
        match fs::canonicalize(link) {
            Ok(real) if self.folders.contains(&real) => self.found.left_out.links.push(link.into()),
            _ => self.folder(link),
        }
    }

    fn follow_to_file(&mut self, link: PathBuf) {
        let target = fs::canonicalize(&link).and_then(|real| fs::metadata(&real).map(|data| (real, data)));
        match target {
            Ok((real, data)) => {
                let listed = !is_hidden(&real) && real.parent().is_some_and(|parent| self.folders.contains(parent));
                if listed || !self.linked.insert(real) {
                    self.found.left_out.links.push(link);
                } else {
                    self.file(link, data.is_file());
                }
            }
            Err(cause) if is_image_name(&link) => self.found.entries.push(Entry::Unreadable { path: link, cause }),
            Err(_) => self.found.left_out.links.push(link),
        }
    }

    /// Takes a file, or counts it as left out. Pipes and the like (`ordinary` is false) are not opened.
    fn file(&mut self, path: PathBuf, ordinary: bool) {
        let ending = super::ending(&path);
        let left_out = &mut self.found.left_out;
        if ordinary && is_image_name(&path) {
            self.found.entries.push(Entry::Image(path));
            return;
        }
        let named = Foreign::by_name(&path);
        if ordinary && (ending.is_empty() || named.is_some()) {
            let head = head(&path).unwrap_or_default();
            // cameras' raw files are TIFF files with a small preview
            if is_readable(&head) && named != Some(Foreign::Raw) {
                self.found.entries.push(Entry::Image(path));
                return;
            }
            if let Some(format) = Foreign::by_content(&head).or(named) {
                *left_out.not_supported.entry(format).or_default() += 1;
                return;
            }
        }
        let ending = if ending.is_empty() { ending } else { format!(".{ending}") };
        *left_out.no_images.entry(ending).or_default() += 1;
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether `head` begins as a format that is decoded does; only signatures that no other file has by chance.
fn is_readable(head: &[u8]) -> bool {
    let starts = |magic: &[u8]| head.starts_with(magic);
    starts(b"\xFF\xD8\xFF")
        || starts(b"\x89PNG\r\n\x1A\n")
        || starts(b"GIF87a")
        || starts(b"GIF89a")
        || (starts(b"RIFF") && head.get(8..12) == Some(b"WEBP"))
        || (matches!(head.get(..4), Some(b"II*\0" | b"MM\0*")) && Foreign::by_content(head).is_none())
        // a bitmap says how long its own header is
        || (starts(b"BM") && matches!(head.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0])))
        || matches!(head, [b'P', b'1'..=b'7', b' ' | b'\n' | b'\r' | b'\t', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (file, content) in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("inside the folder")).expect("created");
            fs::write(path, content).expect("written");
        }
        folder
    }

    /// Names of what was found below `root`; holes begin with `!`.
    fn names(root: &Path, found: &Folder) -> Vec<String> {
        let name = |entry: &Entry| {
            let hole = if matches!(entry, Entry::Image(_)) { "" } else { "!" };
            format!("{hole}{}", entry.path().strip_prefix(root).expect("inside").display())
        };
        found.entries.iter().map(name).collect()
    }

    const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0";

    #[test]
    fn images_come_in_the_order_of_names() {
        let names_of: Vec<(&str, &[u8])> =
            ["b.png", "a/z.JPG", "a/b/c.webp", "Z.bmp", "a/k.jfif", "a/l.jpe", "a/m.JFI", "a.b/n.jpeg"].map(|n| (n, &b""[..])).into();
        let folder = tree(&names_of);
        let found = search(folder.path());
        assert_eq!(
            names(folder.path(), &found),
            ["Z.bmp", "a/b/c.webp", "a/k.jfif", "a/l.jpe", "a/m.JFI", "a/z.JPG", "a.b/n.jpeg", "b.png"]
        );
        assert!(found.left_out.is_empty());
    }

    #[test]
    fn what_is_left_out_is_counted_by_kind() {
        let avif = b"\0\0\0\x20ftypavif\0\0\0\0";
        let folder = tree(&[
            ("a.avif", avif),
            ("b.AVIF", avif),
            ("c.heic", b"\0\0\0\x18ftypheic\0\0\0\0"),
            ("renamed.heic", JPEG),
            ("no ending", JPEG),
            ("unknown", b"text"),
            ("e.dng", b"II*\0\x08\0\0\0"),
            ("labels.csv", b""),
            ("x.TXT", b""),
            ("y.txt", JPEG), // an image by its content only: a copy that was put aside, a thumbnail
            ("z.jp2", b"?"),
            ("m.mov", b""),
            (".hidden/x.png", b""),
            ("._b.png", b""),
        ]);
        let found = search(folder.path());
        assert_eq!(names(folder.path(), &found), ["no ending", "renamed.heic"]);
        let LeftOut { not_supported, no_images, hidden, links } = &found.left_out;
        let expected = [(Foreign::Avif, 2), (Foreign::Heic, 1), (Foreign::Jpeg2000, 1), (Foreign::Raw, 1), (Foreign::Video, 1)];
        assert_eq!(*not_supported, BTreeMap::from(expected));
        assert_eq!(*no_images, BTreeMap::from([(String::new(), 1), (".csv".into(), 1), (".txt".into(), 2)]));
        assert_eq!((*hidden, links.len()), (2, 0));
        let text = found.left_out.to_string();
        for part in [
            "left out: 2 AVIF (not supported; convert it to PNG or JPEG); 1 HEIC (",
            "4 files that are no images (2 .txt, 1 without an ending, 1 .csv); 2 hidden",
        ] {
            assert!(text.contains(part), "{text}");
        }
        let json = serde_json::to_value(&found.left_out).expect("JSON");
        assert_eq!((&json["not_supported"]["AVIF"], &json["no_images"][".txt"]), (&2.into(), &2.into()));
    }

    #[cfg(unix)]
    #[test]
    fn every_file_is_found_once_however_links_lead() {
        use std::os::unix::fs::symlink;
        let folder = tree(&[("a/x.png", b""), ("b/y.png", b""), ("b/note", b"")]);
        let outside = tree(&[("z.png", b""), ("more/w.png", b"")]);
        let at = |name: &str| folder.path().join(name);
        symlink(folder.path(), at("a/up")).expect("linked");
        symlink("../b", at("a/b")).expect("linked"); // comes before b itself
        symlink("../a", at("b/a")).expect("linked");
        symlink("x.png", at("a/latest.png")).expect("linked");
        symlink("self", at("self")).expect("linked");
        symlink("gone.png", at("gone.png.jpg")).expect("linked");
        symlink("gone", at("gone")).expect("linked");
        symlink(outside.path(), at("out1")).expect("linked");
        symlink(outside.path(), at("out2")).expect("linked");
        symlink(outside.path().join("z.png"), at("a/z.png")).expect("linked");
        let found = search(folder.path());
        assert_eq!(names(folder.path(), &found), ["a/x.png", "b/y.png", "!gone.png.jpg", "out1/more/w.png", "out1/z.png"]);
        let links: Vec<_> = found.left_out.links.iter().map(|l| l.strip_prefix(folder.path()).expect("inside").to_owned()).collect();
        let expected = ["a/b", "a/latest.png", "a/up", "a/z.png", "b/a", "gone", "out2", "self"];
        assert_eq!(links, expected.map(PathBuf::from));
        assert!(found.left_out.to_string().contains("8 links to what is there already or to nothing ("), "{}", found.left_out);
    }

    #[cfg(unix)]
    #[test]
    fn pipes_are_not_opened() {
        let folder = tree(&[]);
        let made = std::process::Command::new("mkfifo").arg(folder.path().join("x.png")).status();
        if !made.is_ok_and(|status| status.success()) {
            eprintln!("SKIPPED: mkfifo is not there");
            return;
        }
        let found = search(folder.path());
        assert!(found.entries.is_empty() && found.left_out.no_images.get(".png") == Some(&1), "{found:?}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_a_hole() {
        let folder = tree(&[]);
        let found = search(&folder.path().join("missing"));
        assert_eq!(names(folder.path(), &found), ["!missing"]);
    }
}
