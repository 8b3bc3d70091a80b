//! Classes put together: a file that says which group each class belongs to.

use anyhow::{anyhow, ensure, Result};
use ember::labels::{self, Labelled, Labels, Open};
use net::text::shown;
use std::path::Path;

const EXPECTED: &str = "expected a CSV file with the columns class (a number or a name) and group";

/// `labels` with groups for classes; photographs of classes without a group are left out.
///
/// # Errors
/// A file that cannot be read or has other columns, a class that is none, or no group.
pub fn apply(file: &Path, names: &[String], labels: Labels) -> Result<Open> {
    let of_class = read(file, names)?;
    let mut groups: Vec<String> = of_class.iter().flatten().cloned().collect();
    groups.sort();
    groups.dedup();
    let before = labels.images.len();
    let images: Vec<Labelled> = labels
        .images
        .into_iter()
        .filter_map(|Labelled { path, class }| {
            let class = groups.binary_search(of_class[class].as_ref()?).ok()?;
            Some(Labelled { path, class })
        })
        .collect();
    let understood =
        format!("{}; {} groups by {}, {} of {before} photographs have one", labels.understood, groups.len(), shown(file), images.len());
    Ok(Open { names: groups, images, understood })
}

/// The group of every class, where it has one.
fn read(file: &Path, names: &[String]) -> Result<Vec<Option<String>>> {
    let name = shown(file);
    let refuse = |why: String| anyhow!("{name}: {why}; {EXPECTED}");
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(file)
        .map_err(|e| refuse(format!("the groups cannot be read ({})", net::text::cause(&e))))?;
    let header = reader.headers().map_err(|e| refuse(net::text::cause(&e)))?.clone();
    let column = |wanted: &str| {
        let plain = |text: &str| text.trim_start_matches('\u{FEFF}').trim().to_lowercase();
        header.iter().position(|found| plain(found) == wanted).ok_or_else(|| refuse(format!("the first line has no column {wanted}")))
    };
    let (class, group) = (column("class")?, column("group")?);
    let (mut wanted, mut groups, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|e| refuse(net::text::cause(&e)))?;
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        wanted.push(record.get(class).unwrap_or_default().trim().to_string());
        groups.push(record.get(group).unwrap_or_default().trim().to_string());
        lines.push(record.position().map_or(0, csv::Position::line));
    }
    let numbers = labels::classes_of(&wanted, names)
        .map_err(|(place, why)| refuse(format!("in line {} the class is `{}`, {why}", lines[place], shown(&wanted[place]))))?;
    let mut of_class: Vec<Option<String>> = vec![None; names.len()];
    for ((number, group), line) in numbers.into_iter().zip(groups).zip(lines) {
        let group = Some(group).filter(|group| !group.is_empty());
        ensure!(
            of_class[number].is_none() || of_class[number] == group,
            "{name}: in line {line} the class `{}` has a second group; give each class one",
            shown(&names[number])
        );
        of_class[number] = group;
    }
    ensure!(of_class.iter().any(Option::is_some), "{name}: no class has a group; {EXPECTED}");
    Ok(of_class)
}
