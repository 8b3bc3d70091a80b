//! The photographs of a training, with their classes: read, put together in groups, and refused where they are none to learn from.

use super::groups;
use crate::cli::train::{TrainArgs, Validation};
use anyhow::{bail, ensure, Result};
use ember::labels::{self, Labelled};
use net::plural::count;
use net::text::shown;
use std::collections::HashMap;
use std::path::PathBuf;
use train::photographs::Photograph;
use train::split::{stratified, Split};

/// Most classes that the engine has.
const MOST_CLASSES: usize = 1024;
/// Fewer photographs of a class than this are said to be few.
pub const FEW: usize = 10;
/// Photographs with a shorter side than this show hardly anything, pixels.
pub const TINY: u32 = 16;

/// Photographs to be read.
pub struct Listed {
    /// Names of the classes.
    pub names: Vec<String>,
    /// Files with their classes; those for validation, where they are given, behind the others.
    pub files: Vec<(PathBuf, usize)>,
    /// How many are not from the folder of validation photographs.
    pub first_validation: usize,
    /// How labels were understood.
    pub understood: String,
}

/// Finds the photographs that `args` name, before any is read.
///
/// # Errors
/// A folder or file that cannot be read; classes that no network can be trained for.
pub fn list(args: &TrainArgs) -> Result<Listed> {
    let open = match (&args.groups, &args.class_names, &args.labels) {
        (Some(groups), ..) => {
            let names = names_before_groups(args)?;
            let read = labels::read(&args.dir, args.labels.as_deref(), &names)?;
            groups::apply(groups, &names, read)?
        }
        (None, Some(_), Some(_)) => {
            let names = names_before_groups(args)?;
            let labels::Labels { images, understood } = labels::read(&args.dir, args.labels.as_deref(), &names)?;
            labels::Open { names, images, understood }
        }
        (None, Some(file), None) => {
            bail!("{}: class names belong to the numbers of a label file; without --labels the folders are the classes", shown(file))
        }
        (None, None, _) => labels::open(&args.dir, args.labels.as_deref())?,
    };
    check_names(&open.names)?;
    check_counts(&open.names, open.images.iter().map(|l| l.class))?;
    let mut files: Vec<(PathBuf, usize)> = open.images.into_iter().map(|Labelled { path, class }| (path, class)).collect();
    let first_validation = files.len();
    if let Validation::Folder(folder) = &args.validation {
        let given = labels::read(folder, None, &open.names)?;
        files.extend(given.images.into_iter().map(|Labelled { path, class }| (path, class)));
        let repeated = repeated(&files);
        ensure!(
            repeated.is_none(),
            "{}: the photograph is named for training and for validation; expected others in {}",
            shown(&repeated.unwrap_or_default()),
            shown(folder)
        );
    } else if let Some(twice) = repeated(&files) {
        bail!("{}: the photograph is named twice; name each once", shown(&twice));
    }
    Ok(Listed { names: open.names, files, first_validation, understood: open.understood })
}

fn names_before_groups(args: &TrainArgs) -> Result<Vec<String>> {
    match &args.class_names {
        Some(file) => Ok(labels::names_of(file)?),
        None => Ok(net::assets::imagenet_classes()),
    }
}

fn repeated(files: &[(PathBuf, usize)]) -> Option<PathBuf> {
    let mut seen = HashMap::new();
    files.iter().find(|(path, _)| seen.insert(path, ()).is_some()).map(|(path, _)| path.clone())
}

/// Refuses what is no list of classes.
fn check_names(names: &[String]) -> Result<()> {
    ensure!(
        names.len() >= 2,
        "there is only one class, `{}`; expected at least two to tell apart",
        shown(&names.first().cloned().unwrap_or_default())
    );
    ensure!(
        names.len() <= MOST_CLASSES,
        "there are {} classes, but the engine tells at most {MOST_CLASSES} apart; put some together with --groups",
        names.len()
    );
    let mut by_plain: HashMap<String, &String> = HashMap::new();
    for name in names {
        if let Some(other) = by_plain.insert(name.to_lowercase(), name) {
            bail!("the classes `{}` and `{}` differ in capital letters only; give one of them another name, or put their photographs together", shown(other), shown(name));
        }
    }
    Ok(())
}

/// Refuses classes without photographs.
fn check_counts(names: &[String], classes: impl Iterator<Item = usize>) -> Result<()> {
    let counts = counts(names.len(), classes);
    let empty: Vec<String> =
        names.iter().zip(&counts).filter(|(_, &count)| count == 0).map(|(name, _)| format!("`{}`", shown(name))).collect();
    match empty.as_slice() {
        [] => Ok(()),
        [one] => bail!("the class {one} has no photographs that can be read; add some, or leave the class out"),
        [first, others @ ..] => bail!(
            "the class {first} and {} have no photographs that can be read; add some, or leave the classes out",
            count(others.len(), "other")
        ),
    }
}

/// Photographs of each class.
pub fn counts(classes: usize, of: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut counts = vec![0; classes];
    of.for_each(|class| counts[class] += 1);
    counts
}

/// Divides what could be read into photographs to learn from and to measure on.
///
/// # Errors
/// A class of which too few are left.
pub fn divide(args: &TrainArgs, listed: &Listed, photographs: &[Photograph]) -> Result<Split> {
    let classes: Vec<usize> = photographs.iter().map(|p| p.class).collect();
    let split = match &args.validation {
        Validation::Share(share) => stratified(&classes, listed.names.len(), *share, args.seed),
        Validation::Folder(_) => {
            let given: std::collections::HashSet<&PathBuf> = listed.files[listed.first_validation..].iter().map(|(path, _)| path).collect();
            let (validation, training) = (0..photographs.len()).partition(|&i| given.contains(&photographs[i].path));
            Split { training, validation }
        }
    };
    check_counts(&listed.names, split.training.iter().map(|&i| classes[i]))?;
    ensure!(
        !split.validation.is_empty(),
        "no photograph is left to measure on; every class has only one: add photographs, or give others with --validation DIR"
    );
    Ok(split)
}
