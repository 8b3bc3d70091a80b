//! Which program has a file open, from `/proc`.

use std::path::Path;

/// Name and number of every process that has `node` open, as `ember (4711)`; only those that this user may look at.
pub fn holders(node: &Path) -> Vec<String> {
    let Ok(node) = node.canonicalize() else { return Vec::new() };
    let number = |name: &std::ffi::OsStr| name.to_str()?.parse::<u32>().ok();
    let mut processes: Vec<u32> =
        std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| number(&entry.file_name())).collect();
    processes.sort_unstable();
    let has_open = |process: &u32| {
        let files = std::fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
        // by its name alone: looking at what is open could hang where a file system does
        files.filter_map(|file| file.path().read_link().ok()).any(|open| open == node)
    };
    let name = |process: u32| {
        let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
        format!("{} ({process})", name.trim())
    };
    processes.into_iter().filter(has_open).map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_found_while_it_has_the_file() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let this = format!("({})", std::process::id());
        assert!(holders(file.path()).iter().any(|holder| holder.ends_with(&this)));
        let path = file.into_temp_path();
        assert!(holders(&path).is_empty());
        assert!(holders(Path::new("/missing")).is_empty());
    }
}
