//! The crates of `docs/architecture.md` are those of the workspace, with what their manifests say and
//! which others they use. `EMBER_UPDATE=1` writes the page.

use cargo_metadata::DependencyKind;
use repository::{hold, metadata, root};

#[test]
fn the_page_lists_every_crate() {
    let metadata = metadata();
    let mut rows = Vec::new();
    for package in metadata.workspace_packages() {
        let folder = package.manifest_path.parent().expect("a folder").strip_prefix(root()).expect("below the root").to_string();
        let description = package.description.clone().unwrap_or_else(|| panic!("{folder}/Cargo.toml: description is missing"));
        let used = package.dependencies.iter().filter(|used| used.path.is_some() && used.kind == DependencyKind::Normal);
        let mut used: Vec<_> = used.map(|used| format!("`{}`", used.name)).collect();
        used.sort();
        rows.push(format!("| `{folder}` | {description} | {} |\n", used.join(", ")));
    }
    rows.sort();
    assert!(!rows.is_empty());
    hold("docs/architecture.md", "crates", "crates", &format!("| crate | holds | uses |\n|---|---|---|\n{}", rows.concat()));
}
