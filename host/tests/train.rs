//! `ember train` as a user runs it, on photographs that the tests draw: what is learnt, what is written, what an interruption leaves, and
//! what is refused.

mod common;

use common::shapes::made;
use common::{ember, json, succeed, text};
use image::{Rgb, RgbImage};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

struct Work {
    folder: tempfile::TempDir,
}

impl Work {
    fn new(count: usize, colours: usize, side: u32) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        made(&folder.path().join("photos"), count, colours, side);
        Self { folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `ember train photos -o NAME.ember` and more.
    fn train(&self, name: &str, more: &[&str]) -> Output {
        self.command(name, more).output().expect("ember starts")
    }

    fn command(&self, name: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ember"));
        command.arg("train").arg(self.at("photos")).arg("-o").arg(self.at(&format!("{name}.ember"))).args(more);
        command
    }

    fn bytes(&self, name: &str) -> [Vec<u8>; 2] {
        ["ember", "safetensors"].map(|ending| std::fs::read(self.at(&format!("{name}.{ending}"))).expect("written"))
    }
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn assert_done(output: &Output) {
    assert!(output.status.success(), "{}", errors(output));
}

/// Enough for these tests, small enough for a minute.
const SMALL: [&str; 8] = ["--from", "nothing", "--size", "39", "--resize", "direct", "--epochs", "3"];

#[test]
fn shapes_and_colours_are_learnt_from_nothing() {
    let work = Work::new(60, 3, 48);
    let recipe =
        "--from nothing --size 48 --resize direct --no-augmentation --epochs 26 --warm-up 4 --batch 8 --learning-rate 0.02 --dropout 0 \
                  --patience 0 --validation 0.25";
    let report = work.at("own.json");
    let output = work.train("own", &recipe.split_whitespace().chain(["--json", text(&report)]).collect::<Vec<_>>());
    assert_done(&output);
    let report = json(&work.at("own.json"));
    for form in ["float", "int8"] {
        let percent = report[form]["percent"].as_f64().expect("a number");
        let interval: Vec<f64> = report[form]["interval"].as_array().expect("two").iter().filter_map(serde_json::Value::as_f64).collect();
        assert!(percent >= 95.0, "{form}: {percent}");
        assert!(interval[0] < percent && interval[1] >= percent, "{form}: {interval:?}");
    }
    assert_eq!(report["classes"].as_array().map(Vec::len), Some(9));
    // both files are one network, and commands take them without further options
    let (model, float, photos) = (work.at("own.ember"), work.at("own.safetensors"), work.at("photos"));
    let output = ember(&["eval", text(&photos), "--model", text(&model), "--float", text(&float)]);
    assert_done(&output);
    assert!(!errors(&output).contains("another float network"), "{}", errors(&output));
    let checked = succeed(&["check", text(&float)]);
    assert!(checked.contains("48x48"), "{checked}");
    let found = succeed(&["classify", text(&photos.join("green cross/003.png")), "--model", text(&model), "--top", "1"]);
    assert!(found.contains("green cross"), "{found}");
    let html = std::fs::read_to_string(work.at("own.html")).expect("written");
    for part in ["<svg", "Confusion", "95 % interval", "frames a second", "ember classify", "color-scheme: light dark"] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("http://www.w3.org/1999") && !html.contains("src=\"http") && !html.contains("href="), "it needs another file");
    assert!(!work.at("own.checkpoint").exists());
}

#[test]
fn groups_of_imagenet_are_told_apart() {
    let Some(images) = test_support::data::data("images") else { return };
    let groups = Path::new(env!("CARGO_MANIFEST_DIR")).join("../train/groups/imagenet.csv");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (model, report) = (folder.path().join("own.ember"), folder.path().join("own.json"));
    let (mut float, mut int8, mut of) = (0, 0, 0);
    // one split measures on 79 photographs, each of which is more than a percent
    for seed in ["1", "2", "3"] {
        let more = ["--seed", seed, "--groups", text(&groups), "--json", text(&report)];
        succeed(&[&["train", text(&images), "--labels", "labels.csv", "-o", text(&model)], &more[..]].concat());
        let figures = json(&report);
        let right = |form: &str, what: &str| figures[form][what].as_u64().expect("a number");
        (float, int8, of) = (float + right("float", "right"), int8 + right("int8", "right"), of + right("int8", "of"));
        assert!(figures["classes"].as_array().is_some_and(|all| all.len() >= 6));
    }
    let percent = |right: u64| 100.0 * right as f64 / of as f64;
    assert!(percent(int8) >= 90.0, "{int8} of {of}");
    assert!((percent(float) - percent(int8)).abs() <= 0.5, "{float} and {int8} of {of}");
}

#[test]
fn killed_at_any_moment_it_ends_with_the_same_files() {
    let work = Work::new(14, 1, 40);
    for (name, more) in [("all", &SMALL[..]), ("classifier", &["--epochs", "40", "--patience", "0"])] {
        assert_done(&work.train(&format!("{name}-whole"), more));
        let seed = 11;
        println!("seed {seed}");
        let mut rng = StdRng::seed_from_u64(seed);
        let (resumed, more) = (format!("{name}-resumed"), [more, &["--resume"]].concat());
        let mut killed = 0;
        for _ in 0..8 {
            let mut child = work.command(&resumed, &more).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("ember starts");
            std::thread::sleep(Duration::from_millis(rng.random_range(100..1500)));
            killed += usize::from(child.try_wait().expect("asked").is_none());
            child.kill().expect("SIGKILL");
            child.wait().expect("it is gone");
        }
        println!("{name}: killed {killed} times");
        assert_done(&work.train(&resumed, &more));
        assert!(work.bytes(&format!("{name}-whole")) == work.bytes(&resumed), "{name}: other files");
    }
}

#[test]
fn a_checkpoint_goes_on_only_with_what_it_was_begun_with() {
    let work = Work::new(6, 1, 40);
    let command = |more: &[&str]| work.train("own", &[&SMALL[..], more].concat());
    // the third checkpoint does not come to an end: a model file that cannot be written
    let long = ["--from", "nothing", "--size", "39", "--resize", "direct", "--epochs", "500", "--patience", "0"];
    let mut child = work.command("own", &long).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("ember starts");
    while !work.at("own.checkpoint").exists() {
        assert!(child.try_wait().expect("asked").is_none(), "it ended");
        std::thread::sleep(Duration::from_millis(20));
    }
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(interrupted.success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", errors(&output));
    assert!(errors(&output).contains("--resume"), "{}", errors(&output));
    let refused = |output: Output, parts: &[&str]| {
        let sentence = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{sentence}");
        assert!(parts.iter().all(|part| sentence.contains(part)), "{sentence}");
    };
    refused(command(&[]), &["own.checkpoint", "--resume", "--restart"]);
    refused(command(&["--resume"]), &["--epochs was 500, but is 3"]);
    let last = |more: &[&str]| work.train("own", &[&long[..], &["--resume"], more].concat());
    refused(last(&["--seed", "2"]), &["--seed was 1, but is 2"]);
    std::fs::rename(work.at("photos/red disc/004.png"), work.at("photos/red disc/104.png")).expect("renamed");
    refused(last(&[]), &["104.png is new"]);
    std::fs::remove_file(work.at("photos/red disc/104.png")).expect("removed");
    refused(last(&[]), &["another training", "red disc"]);
    std::fs::write(work.at("own.checkpoint"), "x").expect("written");
    refused(last(&[]), &["damaged", "--restart"]);
    assert_done(&command(&["--restart"]));
    assert!(!work.at("own.checkpoint").exists());
}

/// What a file system without space does, with one where such a thing may be mounted: the second checkpoint, which is written beside the first, does not
/// fit. The first is whole, and training goes on from it when there is space again.
#[test]
fn a_full_disk_at_a_checkpoint_loses_nothing() {
    let work = Work::new(6, 1, 40);
    assert_done(&work.train("whole", &SMALL));
    let space = work.at("space");
    std::fs::create_dir_all(&space).expect("created");
    let kilobytes = |path: &Path| std::fs::metadata(path).expect("written").len() / 1024;
    // three tensors of every layer in a checkpoint: one of them fits, and half of the next
    let size = kilobytes(&work.at("whole.safetensors")) * 3 * 3 / 2;
    let script = format!(
        "mount -t tmpfs -o size={size}k tmpfs \"$0\" || exit 99
        \"$@\" 2> \"$0/../said\"; echo $? > \"$0/../code\"
        cp \"$0\"/* \"$0/../left\"
        mount -o remount,size=1g \"$0\"
        \"$@\" --resume && cp \"$0\"/own.* \"$0/..\""
    );
    std::fs::create_dir_all(work.at("left")).expect("created");
    let inner = work.command("space/own", &SMALL);
    let mounted = [&["--mount"][..], &["--mount", "--user", "--map-root-user"]].into_iter().any(|namespaces| {
        let mut command = Command::new("unshare");
        command.args(namespaces).args(["sh", "-c", &script]).arg(&space).arg(inner.get_program()).args(inner.get_args());
        let output = command.output();
        let is_mounted = work.at("code").exists();
        assert!(!is_mounted || output.as_ref().is_ok_and(|output| output.status.success()), "{output:?}");
        is_mounted
    });
    if !mounted {
        return eprintln!("SKIPPED: no mount namespace can be made here");
    }
    let read = |name: &str| std::fs::read_to_string(work.at(name)).expect("written");
    assert_eq!(read("code").trim(), "1", "{}", read("said"));
    assert_full(&read("said"));
    assert!(read("said").contains("No space left on device"), "{}", read("said"));
    let left: Vec<_> = std::fs::read_dir(work.at("left")).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["own.checkpoint"], "the checkpoint before, and no part of another");
    assert!(work.bytes("whole") == work.bytes("own"));
}

fn assert_full(sentence: &str) {
    assert!(sentence.contains("own.checkpoint: the output cannot be written") && sentence.contains("free some space"), "{sentence}");
    assert!(!sentence.contains("panicked"), "{sentence}");
}

/// The same by a limit on the size of files, which every system has: no checkpoint is ever written.
#[test]
fn a_checkpoint_that_may_not_grow_loses_nothing() {
    let work = Work::new(6, 1, 40);
    assert_done(&work.train("whole", &SMALL));
    let inner = work.command("own", &SMALL);
    let mut command = Command::new("sh");
    // writing fails, and no signal comes
    command.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", "64"]);
    let output = command.arg(inner.get_program()).args(inner.get_args()).output().expect("sh starts");
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    assert_full(&errors(&output));
    // with space again
    assert_done(&work.train("own", &[&SMALL[..], &["--resume"]].concat()));
    assert!(work.bytes("whole") == work.bytes("own"));
}

#[test]
fn what_is_no_set_of_classes_is_refused_in_a_sentence() {
    let work = Work::new(3, 1, 40);
    let refuse = |more: &[&str], parts: &[&str]| {
        let output = work.train("own", more);
        let sentence = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{sentence}");
        assert!(parts.iter().all(|part| sentence.contains(part)), "{sentence}");
        assert!(sentence.trim().lines().last().is_some_and(|l| l.starts_with("ember: ")) && !sentence.contains("panicked"), "{sentence}");
        assert!(!work.at("own.ember").exists() && !work.at("own.checkpoint").exists());
    };
    let folder = |name: &str| {
        std::fs::create_dir_all(work.at("photos").join(name)).expect("created");
        work.at("photos").join(name)
    };
    let empty = folder("an empty one");
    refuse(&[], &["an empty one", "no images"]);
    std::fs::write(empty.join("x.png"), "no picture").expect("written");
    refuse(&[], &["left out", "x.png", "`an empty one` has no photographs that can be read"]);
    std::fs::remove_dir_all(&empty).expect("removed");
    let twice = folder("Red Disc");
    std::fs::copy(work.at("photos/red disc/000.png"), twice.join("0.png")).expect("copied");
    refuse(&[], &["`Red Disc` and `red disc`", "capital letters"]);
    std::fs::remove_dir_all(&twice).expect("removed");
    let list = |name: &str, lines: String| {
        std::fs::write(work.at(name), lines).expect("written");
        work.at(name)
    };
    let one = list("one.csv", "file,class\nred disc/000.png,x\nred cross/000.png,x\n".into());
    refuse(&["--labels", text(&one)], &["only one class, `x`"]);
    let many = list("many.csv", "file,class\n".to_string() + &(0..10_000).map(|i| format!("{i}.png,class {i:05}\n")).collect::<String>());
    refuse(&["--labels", text(&many)], &["10000 classes", "1024", "--groups"]);
    let gap = list("gap.csv", "file,class\nred disc/000.png,0\nred cross/000.png,2\n".into());
    refuse(&["--labels", text(&gap)], &["`class 1` has no photographs"]);
    let groups = list("groups.csv", "class,group\n1,a\n1,b\n".into());
    refuse(&["--labels", text(&gap), "--groups", text(&groups)], &["line 3", "second group"]);
    refuse(&["--train", "last:9"], &["last:9", "(8)"]);
    refuse(&["--from", "nothing", "--train", "classifier"], &["--from nothing"]);
    refuse(&["--from", "missing.onnx"], &["missing.onnx"]);
    refuse(&["--float", text(&work.at("own.ember"))], &["two outputs have this name"]);
    refuse(&["--validation", text(&work.at("photos"))], &["named for training and for validation"]);
    assert_eq!(work.train("own", &["--validation", "1.5"]).status.code(), Some(2));
}

#[test]
fn copies_few_photographs_and_broken_ones_are_named() {
    let work = Work::new(12, 1, 40);
    let photos = work.at("photos");
    // whichever of the two is measured on, the other is learnt from, or both are on one side: so many that some are divided
    for i in 0..12 {
        std::fs::copy(photos.join(format!("red disc/{i:03}.png")), photos.join(format!("red disc/copy {i}.png"))).expect("copied");
    }
    for i in 4..12 {
        std::fs::remove_file(photos.join(format!("red cross/{i:03}.png"))).expect("removed");
    }
    std::fs::write(photos.join("red disc/broken.jpg"), b"\xff\xd8\xff\xe0 cut").expect("written");
    let tiny = photos.join("red square/tiny.png");
    RgbImage::from_pixel(1, 1, Rgb([200, 40, 40])).save(tiny).expect("written");
    let output = work.train("own", &["--epochs", "5", "--json", text(&work.at("own.json"))]);
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    for part in [
        "is the same file as",
        "are learnt from too",
        "broken.jpg",
        "tiny.png: the photograph has only 1x1 pixels",
        "fewer than 10 photographs",
        "`red cross` (4)",
        "1 photograph could not be read",
    ] {
        assert!(said.contains(part), "`{part}`: {said}");
    }
    let report = json(&work.at("own.json"));
    let copies = report["alike"].as_array().expect("a list");
    assert!(!copies.is_empty() && copies.iter().all(|pair| pair["bits"] == 0 && pair["same_file"] == true), "{copies:?}");
    assert_eq!(report["skipped"].as_array().map(Vec::len), Some(1));
    assert!(report["classes"].as_array().is_some_and(|all| all.iter().any(|c| c["name"] == "red cross" && c["few"] == true)));
    let html = std::fs::read_to_string(work.at("own.html")).expect("written");
    assert!(html.contains("the same file") && html.contains("broken.jpg"));
}

#[test]
fn the_same_files_on_one_thread_and_on_two() {
    let work = Work::new(8, 1, 40);
    // the second begins with what the first made
    let small = work.at("all1.safetensors");
    let last = ["--from", text(&small), "--resize", "direct", "--train", "last:1", "--epochs", "2"];
    for (name, more) in [("all", &SMALL[..]), ("last", &last), ("classifier", &["--epochs", "9"])] {
        let on = |threads: &str| {
            let output = work.command(&format!("{name}{threads}"), more).env("RAYON_NUM_THREADS", threads).output().expect("ember starts");
            assert_done(&output);
            work.bytes(&format!("{name}{threads}"))
        };
        assert!(on("1") == on("2"), "{name}: other files");
    }
}
