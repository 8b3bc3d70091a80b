//! Where boards are: folders with a `board.toml`, in `--boards DIR`, in the repository, or embedded in the program.

use crate::board::file::{BoardError, BoardFile};
use std::fs;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// (name, `board.toml`, `pins.xdc`, `README.md`) of the boards that the repository had when the program was built.
const EMBEDDED: &[(&str, &str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/boards.rs"));

/// The longest file of a board that is read, in bytes: a hand-written page.
const LONGEST: u64 = 1 << 20;

/// A board: its folder's name and files.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardDescription {
    /// Folder name, what `--board` takes.
    pub name: String,
    /// `board.toml`.
    pub file: BoardFile,
    /// `pins.xdc`.
    pub pins: String,
    /// `README.md`: how to flash and run the board; may be empty.
    pub page: String,
}

/// A board that is not there or cannot be used.
#[derive(Debug, Error)]
pub enum FindError {
    /// No board of that name.
    #[error("there is no board {name:?}{}; the boards are {}", hint(.close), .known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The name that is closest to it, if one is close.
        close: Option<String>,
        /// The boards that there are.
        known: Vec<String>,
    },
    /// A folder without boards.
    #[error("{} has no board: expected a folder with a board.toml for each", dir.display())]
    None {
        /// The folder.
        dir: PathBuf,
    },
    /// A file that cannot be read.
    #[error("{} cannot be read: {why}", file.display())]
    Read {
        /// The file or folder.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// A `board.toml` that cannot be used.
    #[error(transparent)]
    Board(#[from] BoardError),
}

fn hint(close: &Option<String>) -> String {
    close.as_ref().map(|name| format!(" (did you mean {name}?)")).unwrap_or_default()
}

/// A place with boards.
enum Place {
    Folder(PathBuf),
    Embedded,
}

impl Place {
    /// `dir`, else the `constraints` folder of the repository that the current folder is in, else what is embedded.
    fn new(dir: Option<&Path>) -> Self {
        match dir {
            Some(dir) => Self::Folder(dir.into()),
            None => repository().map_or(Self::Embedded, Self::Folder),
        }
    }

    fn names(&self) -> Result<Vec<String>, FindError> {
        match self {
            Self::Embedded => Ok(EMBEDDED.iter().map(|board| board.0.into()).collect()),
            Self::Folder(dir) => {
                let read = |e: std::io::Error| FindError::Read { file: dir.clone(), why: e.to_string() };
                let mut names = vec![];
                for entry in fs::read_dir(dir).map_err(read)? {
                    let path = entry.map_err(read)?.path();
                    if path.join("board.toml").is_file() {
                        names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
                    }
                }
                names.sort();
                match names.is_empty() {
                    true => Err(FindError::None { dir: dir.clone() }),
                    false => Ok(names),
                }
            }
        }
    }

    fn board(&self, name: &str) -> Result<BoardDescription, FindError> {
        let name = name.to_owned();
        match self {
            Self::Embedded => {
                let board = EMBEDDED.iter().find(|board| board.0 == name).expect("a name that was listed");
                let file = BoardFile::parse(board.1, &Path::new("constraints").join(&name).join("board.toml"))?;
                Ok(BoardDescription { name, file, pins: board.2.into(), page: board.3.into() })
            }
            Self::Folder(dir) => {
                let folder = dir.join(&name);
                let file = folder.join("board.toml");
                let file = BoardFile::parse(&text(&file)?, &file)?;
                let pins = text(&folder.join("pins.xdc"))?;
                let page = folder.join("README.md");
                let page = if page.exists() { text(&page)? } else { String::new() };
                Ok(BoardDescription { name, file, pins, page })
            }
        }
    }
}

/// Every board of `dir`, else of the repository, else of the program, by name.
///
/// # Errors
/// A folder without boards, and the first file that cannot be read or used.
pub fn all(dir: Option<&Path>) -> Result<Vec<BoardDescription>, FindError> {
    let place = Place::new(dir);
    place.names()?.iter().map(|name| place.board(name)).collect()
}

/// The board `name`; `dir` as in [`all`].
///
/// # Errors
/// A name that is no board's (the error lists them), and a file that cannot be read or used.
pub fn find(name: &str, dir: Option<&Path>) -> Result<BoardDescription, FindError> {
    let place = Place::new(dir);
    let known = place.names()?;
    if known.iter().any(|board| board == name) {
        return place.board(name);
    }
    let wanted = name.to_lowercase();
    let distance = |board: &String| (1000.0 * (1.0 - strsim::jaro_winkler(&wanted, board))) as u32;
    let close = known.iter().min_by_key(|board| distance(board)).filter(|board| distance(board) <= 250).cloned();
    Err(FindError::Unknown { name: name.into(), close, known })
}

/// `constraints` of the repository that the current folder is in.
fn repository() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let root = here.ancestors().find(|dir| dir.join("hdl/src/board").is_dir())?;
    Some(root.join("constraints")).filter(|dir| dir.is_dir())
}

fn text(file: &Path) -> Result<String, FindError> {
    let error = |why: String| FindError::Read { file: file.into(), why };
    let length = fs::metadata(file).map_err(|e| error(e.to_string()))?.len();
    if length > LONGEST {
        return Err(error(format!("it has {length} bytes, more than {LONGEST}")));
    }
    fs::read_to_string(file).map_err(|e| error(e.to_string()))
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
