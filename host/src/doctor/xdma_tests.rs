use super::*;
use std::fs;
use std::os::unix::fs::{symlink, PermissionsExt};

/// A computer made of files.
struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    fn new() -> Self {
        let this = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        fs::create_dir_all(this.folder.path().join("dev")).expect("created");
        this
    }

    fn with(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("inside the folder")).expect("created");
        fs::write(&path, content).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o660)).expect("ours");
        self
    }

    fn with_driver(self) -> Self {
        self.with("sys/module/xdma/version", "2020.2.2\n").with("sys/module/xdma/parameters/h2c_timeout", "10\n")
    }

    fn with_card(self, width: &str, speed: &str, driver: Option<&str>) -> Self {
        let card = "sys/bus/pci/devices/0000:03:00.0";
        let this = self
            .with(&format!("{card}/vendor"), "0x10ee\n")
            .with(&format!("{card}/current_link_width"), width)
            .with(&format!("{card}/max_link_width"), "8\n")
            .with(&format!("{card}/current_link_speed"), speed)
            .with(&format!("{card}/max_link_speed"), "8.0 GT/s PCIe\n")
            .with("sys/bus/pci/devices/0000:00:1f.0/vendor", "0x8086\n");
        if let Some(driver) = driver {
            symlink(format!("../../../bus/pci/drivers/{driver}"), this.folder.path().join(card).join("driver")).expect("linked");
        }
        this
    }

    /// Nodes with `control` at 0 and 0x1000 of the control node, and the engine's first registers.
    fn with_nodes(self, control: [u32; 2], engine: [u32; 3]) -> Self {
        let mut bytes = vec![0; 0x1004];
        bytes[..4].copy_from_slice(&control[0].to_le_bytes());
        bytes[0x1000..].copy_from_slice(&control[1].to_le_bytes());
        let registers: Vec<u8> = engine.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.with("dev/xdma0_control", bytes).with("dev/xdma0_user", registers).with("dev/xdma0_h2c_0", "").with("dev/xdma0_c2h_0", "")
    }

    fn checks(&self, user: &User) -> Vec<Check> {
        let root = self.folder.path();
        checks(&Place::new(root, None), Status::Warn, user)
    }
}

const STREAMS: [u32; 2] = [0x1FC0_8006, 0x1FC1_8006];
const ENGINE: [u32; 3] = [MAGIC, VERSION, 16];

fn root() -> User {
    User { uid: 0, groups: vec![] }
}

fn found<'a>(all: &'a [Check], name: &str) -> &'a Check {
    all.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("no check {name:?} in {all:#?}"))
}

fn whole() -> Tree {
    Tree::new().with_driver().with_card("8\n", "8.0 GT/s PCIe\n", Some("xdma")).with_nodes(STREAMS, ENGINE)
}

#[test]
fn a_board_in_order_is_ok_in_every_line() {
    let all = whole().checks(&root());
    assert!(all.iter().all(|check| check.status == Status::Ok && check.remedy.is_none()), "{all:#?}");
    assert!(found(&all, "XDMA driver").found.contains("2020.2.2"));
    assert!(found(&all, "xdma0 engine").found.contains("16 columns"));
    assert_eq!(all.len(), 6);
}

#[test]
fn a_computer_without_a_board_is_warned_not_condemned() {
    let all = Tree::new().checks(&root());
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|check| check.status == Status::Warn && check.remedy.is_some()), "{all:#?}");
}

#[test]
fn a_card_without_a_driver_is_red() {
    let all = Tree::new().with_card("8", "8.0 GT/s PCIe", None).checks(&root());
    assert_eq!(found(&all, "XDMA driver").status, Status::Red);
    assert_eq!(found(&all, "PCIe card 0000:03:00.0").status, Status::Red);
    assert_eq!(found(&all, "device nodes").status, Status::Red);
    let all = Tree::new().with_card("8", "8.0 GT/s PCIe", Some("vfio-pci")).checks(&root());
    assert!(found(&all, "PCIe card 0000:03:00.0").remedy.as_ref().is_some_and(|remedy| remedy.contains("vfio-pci/unbind")));
}

#[test]
fn the_kernels_module_of_the_same_name_is_recognised() {
    let all = Tree::new().with("sys/module/xdma/refcnt", "0").with("sys/bus/platform/drivers/xdma/bind", "").checks(&root());
    let driver = found(&all, "XDMA driver");
    assert!(driver.status == Status::Red && driver.found.contains("another driver"), "{driver:?}");
    let all = Tree::new().with("sys/module/xdma/parameters/h2c_timeout", "10").checks(&root());
    assert_eq!(found(&all, "XDMA driver").status, Status::Ok, "theirs, built without a version");
}

#[test]
fn a_link_below_what_it_could_be_is_a_warning() {
    for (width, speed) in [("4", "8.0 GT/s PCIe"), ("8", "2.5 GT/s PCIe"), ("8", "Unknown")] {
        let all = Tree::new().with_driver().with_card(width, speed, Some("xdma")).with_nodes(STREAMS, ENGINE).checks(&root());
        let link = found(&all, "PCIe link 0000:03:00.0");
        assert!(link.status == Status::Warn && link.found.contains(&format!("x{width} at {speed}")), "{link:?}");
    }
}

#[test]
fn permissions_come_with_the_rule_to_add() {
    let tree = whole();
    let stranger = User { uid: u32::MAX - 1, groups: vec![] };
    let all = tree.checks(&stranger);
    let permissions = found(&all, "xdma0 permissions");
    assert_eq!(permissions.status, Status::Red);
    assert!(permissions.remedy.as_ref().is_some_and(|r| r.contains(r#"SUBSYSTEM=="xdma", GROUP="fpga", MODE="0660""#)), "{permissions:?}");
    fs::set_permissions(tree.folder.path().join("dev/xdma0_h2c_0"), fs::Permissions::from_mode(0o666)).expect("ours");
    assert_eq!(found(&tree.checks(&root()), "xdma0 permissions").status, Status::Warn);
}

#[test]
fn memory_mode_foreign_bitstreams_and_lost_cards_are_told_apart() {
    let message = |control, engine, name: &str| {
        let all = Tree::new().with_driver().with_nodes(control, engine).checks(&root());
        let check = found(&all, name);
        assert!(check.status == Status::Red && check.remedy.is_some(), "{check:?}");
        check.found.clone()
    };
    assert!(message([0x1FC0_0006, 0x1FC1_8006], ENGINE, "xdma0 stream mode").contains("h2c is in memory mode"));
    assert!(message([0x1FC0_8006, 0x1FC1_0006], ENGINE, "xdma0 stream mode").contains("c2h is in memory mode"));
    assert!(message([u32::MAX; 2], ENGINE, "xdma0 stream mode").contains("left the bus"));
    assert!(message([1, 1], ENGINE, "xdma0 stream mode").contains("expected 0x1fc0"));
    assert!(message([0, 0], ENGINE, "xdma0 stream mode").contains("lost its configuration"));
    assert!(message(STREAMS, [0; 3], "xdma0 engine").contains("lost its configuration"));
    assert!(message(STREAMS, [u32::MAX; 3], "xdma0 engine").contains("left the bus"));
    assert!(message(STREAMS, [MAGIC, VERSION + 1, 16], "xdma0 engine").contains(&format!("version {}", VERSION + 1)));
    assert!(message(STREAMS, [1, 2, 3], "xdma0 engine").contains("identity 0x00000001"));
}

#[test]
fn missing_and_short_nodes_are_named() {
    let all = Tree::new().with_driver().with("dev/xdma3_user", [1, 2]).with("dev/xdma3_c2h_0", "").checks(&root());
    assert!(found(&all, "xdma3 nodes").found.contains("h2c_0"));
    assert!(found(&all, "xdma3 engine").found.contains("2 bytes instead of 4"));
}

#[test]
fn a_folder_that_was_named_is_where_its_name_says_and_has_a_board() {
    let root = Path::new("/");
    for named in ["vb", "./vb", "../vb", "/tmp/vb", "dev"] {
        assert_eq!(Place::new(root, Some(Path::new(named))).dev, Path::new(named));
    }
    assert_eq!(Place::new(root, None).dev, Path::new("/dev"));
    assert!(!Place::new(root, Some(Path::new("/dev"))).named, "that is the driver's");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let all = checks(&Place::new(folder.path(), Some(&folder.path().join("empty"))), Status::Warn, &User { uid: 0, groups: vec![] });
    let nodes = found(&all, "device nodes");
    assert!(nodes.status == Status::Red && nodes.found.contains("empty") && nodes.remedy.is_some(), "{all:#?}");
}
