//! What `ember` refuses, and in which words: one sentence that names the thing, before any long work.

mod common;

use common::{ember, text};
use std::path::{Path, PathBuf};

/// Runs `ember`, which must fail with code 1 and one sentence; gives the sentence. A line of the log may stand before it.
fn refusal(arguments: &[&str]) -> String {
    let output = ember(&[&["-q"], arguments].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    test_support::plain::assert_plain(&errors);
    let sentences: Vec<&str> = errors.lines().filter(|line| !line.contains(" WARN ")).collect();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {errors}");
    assert!(output.stdout.is_empty() && sentences.len() == 1 && sentences[0].starts_with("ember: "), "{errors}");
    sentences[0].to_string()
}

/// A folder with one photograph, a label file and a model.
struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let this = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let photograph = net::assets::PHOTOGRAPHS[0];
        std::fs::write(this.path(photograph.name), photograph.bytes).expect("written");
        std::fs::write(this.path("labels.csv"), "file,class\ncoffee.png,967\n").expect("written");
        net::model_file::save(&net::model_file::Model::default_model(), &this.path("model.ember")).expect("written");
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn eval(&self, more: &[&str]) -> Vec<String> {
        let start = ["eval", text(self.folder.path()), "--labels", "labels.csv"];
        start.iter().chain(more).map(|s| s.to_string()).collect()
    }
}

fn refused(arguments: &[String]) -> String {
    refusal(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn eval_of_one_photograph_prints_int8_alone_without_a_float_network() {
    let folder = Folder::new();
    let json = folder.path("out.json");
    let arguments = folder.eval(&["--json", text(&json)]);
    let output = ember(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--float"), "it says how to compare");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(json).expect("written")).expect("JSON");
    assert_eq!((&report["images"], &report["int8"]["top1"], &report["float"]), (&1.into(), &100.0.into(), &serde_json::Value::Null));
}

#[test]
fn outputs_that_cannot_be_written_are_refused_first() {
    let folder = Folder::new();
    let missing = folder.path("missing/out.ember");
    // the network does not exist either: the output is looked at first
    let sentence = refusal(&["quantize", "nothing.onnx", "--images", "nowhere", "-o", text(&missing)]);
    assert!(sentence.contains(text(&missing)) && sentence.contains("does not exist"), "{sentence}");
    let inside_file = folder.path("labels.csv/out.json");
    let sentence = refused(&folder.eval(&["--json", text(&inside_file)]));
    assert!(sentence.contains("is not a folder"), "{sentence}");
    let sentence = refusal(&["quantize", "nothing.onnx", "--images", "nowhere", "-o", text(folder.folder.path())]);
    assert!(sentence.contains("the output is a folder"), "{sentence}");
}

#[test]
fn damaged_models_are_refused_by_name() {
    let folder = Folder::new();
    let whole = std::fs::read(folder.path("model.ember")).expect("readable");
    let path = folder.path("damaged.ember");
    let refused_as = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("written");
        refused(&folder.eval(&["--model", text(&path)]))
    };
    for keep in [0, 5, 1000, whole.len() / 2, whole.len() - 1] {
        let sentence = refused_as(&whole[..keep]);
        assert!(sentence.contains("damaged.ember"), "{keep}: {sentence}");
    }
    for at in [0, 9, 200, 30_000, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        let sentence = refused_as(&bytes);
        assert!(sentence.contains("damaged.ember") && sentence.contains("ember quantize"), "{at}: {sentence}");
    }
}

#[test]
fn broken_images_and_labels_are_refused_by_name() {
    let folder = Folder::new();
    let photograph = net::assets::PHOTOGRAPHS[0];
    std::fs::write(folder.path("coffee.png"), &photograph.bytes[..photograph.bytes.len() / 2]).expect("written");
    let sentence = refused(&folder.eval(&[]));
    assert!(sentence.contains("coffee.png") && sentence.contains("damaged or cut short"), "{sentence}");
    std::fs::remove_file(folder.path("coffee.png")).expect("removed");
    let sentence = refused(&folder.eval(&[]));
    assert!(sentence.contains("coffee.png") && sentence.contains("cannot be read"), "{sentence}");
    std::fs::write(folder.path("labels.csv"), "name\nx\n").expect("written");
    let sentence = refused(&folder.eval(&[]));
    assert!(sentence.contains("columns file and class"), "{sentence}");
}

#[test]
fn networks_and_folders_that_do_not_serve_are_refused_by_name() {
    let folder = Folder::new();
    let output = folder.path("out.ember");
    std::fs::write(folder.path("text.onnx"), "no network").expect("written");
    let (network, output) = (folder.path("text.onnx"), text(&output));
    let sentence = refusal(&["quantize", text(&network), "--images", ".", "-o", output]);
    assert!(sentence.contains("text.onnx") && sentence.contains("not a whole ONNX file"), "{sentence}");
    let sentence = refusal(&["quantize", "absent.safetensors", "--images", ".", "-o", output]);
    assert!(sentence.contains("absent.safetensors") && sentence.contains("cannot be read"), "{sentence}");
    assert!(!Path::new(output).exists(), "nothing is written");
}

#[test]
fn wrong_command_lines_give_code_2_and_help_gives_0() {
    assert_eq!(ember(&["quantize"]).status.code(), Some(2));
    assert_eq!(ember(&["eval", ".", "--labels"]).status.code(), Some(2));
    let help = ember(&["quantize", "--help"]);
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("Examples:"));
    let completions = ember(&["completions", "bash"]);
    assert!(completions.status.success() && String::from_utf8_lossy(&completions.stdout).contains("_ember"));
}
