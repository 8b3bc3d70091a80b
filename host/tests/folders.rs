//! What folders of photographs hold besides: every command searches them in one way, and says what it leaves out.

mod common;

use common::{ember, json, succeed, text, write_network, write_photographs, FACTS};
use std::path::{Path, PathBuf};
use std::process::Output;

/// Photographs under names of all kinds, and what is none: pictures of other formats, notes, hidden files, links.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let this = Self(tempfile::tempdir().expect("a temporary folder"));
        write_photographs(&this.path("in"));
        let rocket = net::assets::PHOTOGRAPHS[2].bytes;
        for name in ["a.jfif", "b.JPE", "sub/c.jfi", "no ending", "telephone.HEIC"] {
            this.write(&format!("in/{name}"), rocket);
        }
        this.write("in/photo.avif", AVIF);
        this.write("in/sub/photo.AVIF", AVIF);
        this.write("in/x.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
        this.write("in/x.jxl", b"\xFF\x0A\xFA\x7F");
        this.write("in/x.dng", b"II*\0\x08\0\0\0\0\0");
        this.write("in/x.svg", b"<svg/>");
        this.write("in/clip.MOV", b"\0\0\0\x14ftypqt  \0\0\0\0qt  ");
        this.write("in/labels.csv", b"file,class\n");
        this.write("in/.hidden.jpg", rocket);
        std::os::unix::fs::symlink("..", this.path("in/sub/up")).expect("linked");
        std::os::unix::fs::symlink("../sub/c.jfi", this.path("in/sub/again.jpg")).expect("linked");
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("inside")).expect("created");
        std::fs::write(path, bytes).expect("written");
    }
}

const AVIF: &[u8] = include_bytes!("../../net/tests/data/photo.avif");

/// Images of [`Folder`]: the shipped ones and five more.
const IMAGES: usize = net::assets::PHOTOGRAPHS.len() + 5;

/// The sentence on standard error, and the figures in `report`.
fn assert_left_out(output: &Output, report: &serde_json::Value) {
    let errors = String::from_utf8_lossy(&output.stderr);
    for part in [
        "left out: 2 AVIF (not supported; convert it to PNG or JPEG)",
        "1 HEIC (",
        "1 JPEG XL (",
        "1 SVG (",
        "1 RAW (",
        "1 video (not supported; take frames out",
        "1 file that is no image (1 .csv)",
        "1 hidden",
        "2 links to what is there already or to nothing (",
        "sub/up",
    ] {
        assert!(errors.contains(part), "`{part}` is not in {errors}");
    }
    let left_out = &report["left_out"];
    assert_eq!(
        (&left_out["not_supported"]["AVIF"], &left_out["no_images"][".csv"], &left_out["hidden"]),
        (&2.into(), &1.into(), &1.into())
    );
    assert_eq!(left_out["links"].as_array().map(Vec::len), Some(2));
    test_support::plain::assert_plain(&errors);
}

#[test]
fn classify_reads_what_can_be_read_and_counts_the_rest() {
    let folder = Folder::new();
    let input = folder.path("in");
    let output = ember(&["classify", text(&input), "--format", "json", "--top", "1"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(output.status.code(), Some(0), "what is left out is no failure: {}", String::from_utf8_lossy(&output.stderr));
    let results = document["results"].as_array().expect("results");
    assert_eq!(results.len(), IMAGES, "{results:?}");
    for result in results {
        let name = Path::new(result["path"].as_str().expect("a path")).file_name().expect("a name").to_str().expect("text").to_string();
        if ["a.jfif", "b.JPE", "c.jfi", "no ending", "telephone.HEIC"].contains(&name.as_str()) {
            assert_eq!(result["predictions"], results.last().expect("the rocket's")["predictions"], "{name}");
        }
    }
    assert_left_out(&output, &document["summary"]);
    let quiet = ember(&["classify", "-q", text(&input), "--format", "csv"]);
    assert!(quiet.stderr.is_empty(), "{}", String::from_utf8_lossy(&quiet.stderr));
}

#[test]
fn quantize_compress_and_bench_search_alike() {
    let folder = Folder::new();
    let (input, network, report) = (folder.path("in"), folder.path("tiny.safetensors"), folder.path("report.json"));
    write_network(&network, 0);
    let model = folder.path("tiny.ember");
    let output =
        ember(&[&["quantize", text(&network), "--images", text(&input), "-o", text(&model), "--json", text(&report)][..], &FACTS].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(json(&report)["images"], IMAGES);
    assert_left_out(&output, &json(&report));

    let small = folder.path("small.ember");
    let arguments = ["compress", text(&model), "--target-kb", "2", "--pieces", "0", "--images", text(&input), "-o", text(&small)];
    let output = ember(&[&arguments[..], &["--json", text(&report)]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(json(&report)["calibration_inputs"], IMAGES);
    assert_left_out(&output, &json(&report));

    let arguments = ["bench", text(&input), "--model", text(&model), "--frames", "4", "--latency-frames", "1", "--json", text(&report)];
    let output = ember(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(json(&report)["images"], IMAGES);
    assert_left_out(&output, &json(&report));
}

#[test]
fn a_folder_of_other_formats_alone_says_which() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("x.avif"), AVIF).expect("written");
    let network = folder.path().join("tiny.safetensors");
    write_network(&network, 0);
    let (output, input) = (folder.path().join("o.ember"), text(folder.path()));
    for arguments in [
        [&["quantize", text(&network), "--images", input, "-o", text(&output)][..], &FACTS].concat(),
        vec!["compress", "--bits", "4", "--images", input, "-o", text(&output)],
        vec!["bench", input],
        vec!["classify", input],
    ] {
        let output = ember(&arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && errors.contains("holds no images"), "{arguments:?}: {errors}");
        assert!(errors.contains("1 AVIF (not supported; convert it to PNG or JPEG)"), "{arguments:?}: {errors}");
    }
}

#[test]
fn formats_that_are_not_read_are_named_by_every_command() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("photo.avif"), AVIF).expect("written");
    std::fs::write(at("photo.jpg"), AVIF).expect("written");
    std::fs::write(at("l.csv"), "photo.avif 3\nphoto.jpg 3\n").expect("written");
    let (avif, output) = (at("photo.avif"), at("o.ember"));
    for arguments in [
        vec!["classify", text(&avif)],
        vec!["bench", text(&avif)],
        vec!["trace-layers", text(&avif), "--device", "software"],
        vec!["eval", text(folder.path()), "--labels", "l.csv"],
        vec!["compress", "--bits", "4", "--images", text(folder.path()), "-o", text(&output)],
    ] {
        let output = ember(&arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && errors.contains("AVIF is not supported; expected JPEG, "), "{arguments:?}: {errors}");
        assert!(!errors.contains("damaged") && !errors.contains("copy it again"), "{errors}");
    }
}

#[test]
fn links_that_cannot_be_followed_are_named_in_their_place() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_photographs(&folder.path().join("in"));
    std::os::unix::fs::symlink("nowhere.png", folder.path().join("in/gone.png")).expect("linked");
    let output = ember(&["classify", text(&folder.path().join("in"))]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{errors}");
    assert!(errors.contains("gone.png") && errors.contains("where the link leads"), "{errors}");
    succeed(&["classify", text(&folder.path().join("in/coffee.png"))]);
}
