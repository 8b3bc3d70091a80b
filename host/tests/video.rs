//! `ember classify --raw`: frames of a video have the results of the same pixels in files, numbers and times; from standard input,
//! a file and a FIFO, queued and dropped; from a clip that ffmpeg made and decodes, where it is installed.

mod common;

use common::text;
use image::RgbImage;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;

/// Photographs with some noise, so that every frame has other sums.
fn frames(count: usize) -> Vec<RgbImage> {
    const SEED: u64 = 1;
    println!("seed {SEED}");
    let mut rng = StdRng::seed_from_u64(SEED);
    let photographs = net::assets::PHOTOGRAPHS.iter().cycle().take(count);
    let frame = |photograph: &net::assets::Photograph| {
        let photograph = image::load_from_memory(photograph.bytes).expect("an image").to_rgb8();
        let mut frame = image::imageops::thumbnail(&photograph, WIDTH, HEIGHT);
        frame.iter_mut().for_each(|byte| *byte = byte.saturating_add(rng.random_range(0..32)));
        frame
    };
    photographs.map(frame).collect()
}

fn write_files(folder: &Path, frames: &[RgbImage]) -> Vec<PathBuf> {
    let write = |(n, frame): (usize, &RgbImage)| {
        let path = folder.join(format!("{n:03}.png"));
        frame.save(&path).expect("written");
        path
    };
    frames.iter().enumerate().map(write).collect()
}

fn classify(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ember"));
    command.args(["classify", "--quiet"]).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.spawn().expect("ember starts");
    let mut to = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // whoever takes nothing closes the pipe
    let writer = std::thread::spawn(move || drop(to.write_all(&input)));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("the writer ends");
    output
}

fn records(output: &Output) -> Vec<Value> {
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn sums(records: &[Value]) -> Vec<Value> {
    records.iter().map(|record| record["sums"].clone()).collect()
}

fn sums_of_files(paths: &[PathBuf]) -> Vec<Value> {
    let mut words = vec!["--format", "jsonl", "--logits"];
    words.extend(paths.iter().map(|path| text(path)));
    let output = run(classify(&words), b"");
    assert!(output.status.success());
    let sums = sums(&records(&output));
    assert!(sums.iter().all(|sums| sums.as_array().is_some_and(|sums| sums.len() == 1000)));
    sums
}

fn raw(frames: &[RgbImage]) -> Vec<u8> {
    frames.iter().flat_map(|frame| frame.as_raw().clone()).collect()
}

#[test]
fn frames_have_the_sums_of_files_with_their_pixels() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let frames = frames(5);
    let expected = sums_of_files(&write_files(folder.path(), &frames));
    assert!(expected.windows(2).all(|pair| pair[0] != pair[1]), "frames differ");

    let words = ["--format", "jsonl", "--logits", "--raw", "64x48:rgb24", "--fps", "2"];
    let rgb = raw(&frames);
    let file = folder.path().join("video.rgb");
    std::fs::write(&file, &rgb).expect("written");
    let fifo = folder.path().join("video.fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo starts").success());
    let to_fifo = {
        let (fifo, rgb) = (fifo.clone(), rgb.clone());
        std::thread::spawn(move || std::fs::write(fifo, rgb).expect("written"))
    };
    for path in ["-", text(&file), text(&fifo)] {
        let output = run(classify(&[&words[..], &[path]].concat()), if path == "-" { &rgb } else { b"" });
        let records = records(&output);
        assert!(output.status.success() && sums(&records) == expected, "{path}");
        for (n, record) in records.iter().enumerate() {
            assert_eq!((&record["index"], &record["frame"], &record["seconds"]), (&n.into(), &n.into(), &(n as f64 / 2.0).into()));
            assert_eq!(record["path"], path);
        }
    }
    to_fifo.join().expect("the writer ends");

    let bgr0: Vec<u8> = rgb.chunks_exact(3).flat_map(|p| [p[2], p[1], p[0], 77]).collect();
    let output = run(classify(&["--format", "jsonl", "--logits", "--raw", "64x48:bgr0", "-"]), &bgr0);
    assert_eq!(sums(&records(&output)), expected);
}

#[test]
fn every_form_says_frame_and_time() {
    let rgb = raw(&frames(2));
    let outputs = ["table", "csv", "json"].map(|format| {
        let output = run(classify(&["--format", format, "--top", "1", "--raw", "64x48:rgb24", "--fps", "4", "-"]), &rgb);
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("text")
    });
    let lines: Vec<&str> = outputs[0].lines().collect();
    assert!(lines[2].starts_with("frame 1     0.250 s  "), "{lines:?}");
    let lines: Vec<&str> = outputs[1].lines().collect();
    assert_eq!(lines[0], "index,path,frame,seconds,rank,class,name,probability,error");
    assert!(lines[2].starts_with("1,-,1,0.25,1,"), "{lines:?}");
    let json: Value = serde_json::from_str(&outputs[2]).expect("JSON");
    assert_eq!((&json["results"][1]["seconds"], &json["summary"]["dropped"]), (&0.25.into(), &0.into()));
}

#[test]
fn a_video_that_ends_inside_a_frame_keeps_what_came_before() {
    let mut rgb = raw(&frames(3));
    rgb.truncate(rgb.len() - 1);
    for behind in ["queue", "drop"] {
        let output = run(classify(&["--format", "jsonl", "--raw", "64x48:rgb24", "--when-behind", behind, "-"]), &rgb);
        assert_eq!(output.status.code(), Some(3), "{behind}");
        let records = records(&output);
        let (last, whole) = records.split_last().expect("the problem");
        assert!(
            last["error"].as_str().is_some_and(|error| error.contains("frame 2: the video ends after 9215 of its 9216 bytes")),
            "{last}"
        );
        assert!(whole.iter().all(|record| record["predictions"].is_array()) && (behind == "drop" || whole.len() == 2), "{records:?}");
    }
}

#[test]
fn of_frames_that_come_too_fast_every_one_is_classified_or_counted() {
    let (count, rgb) = (400u64, raw(&frames(8)).repeat(50));
    let words = ["--format", "json", "--top", "1", "--threads", "1", "--raw", "64x48:rgb24", "--when-behind", "drop", "-"];
    let output = run(classify(&words), &rgb);
    assert!(output.status.success());
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let results = json["results"].as_array().expect("results");
    let dropped = json["summary"]["dropped"].as_u64().expect("a count");
    assert_eq!(results.len() as u64 + dropped, count);
    assert!(dropped > 0, "a pipe is faster than the network");
    let numbers: Vec<u64> = results.iter().map(|record| record["frame"].as_u64().expect("a number")).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    assert_eq!(numbers.last(), Some(&(count - 1)), "the newest one is never dropped");
}

/// Results come while the video goes on: a camera has no end.
#[test]
fn a_result_comes_before_the_next_frame_is_there() {
    let frames = frames(2);
    let mut child = classify(&["--format", "jsonl", "--raw", "64x48:rgb24", "-"]).spawn().expect("ember starts");
    let mut to = child.stdin.take().expect("a pipe");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    for frame in &frames {
        to.write_all(frame.as_raw()).expect("written");
        to.flush().expect("written");
        let line = lines.next().expect("a line").expect("text");
        assert!(line.contains("predictions"), "{line}");
    }
    drop(to);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn wrong_words_are_said_in_one_sentence() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = text(folder.path());
    for (code, words, says) in [
        (2, &["--raw", "64x48:yuv420p", "-"][..], "-pix_fmt rgb24"),
        (2, &["--raw", "64x48:rgb24", "-", "a.rgb"], "--raw reads one video"),
        (2, &["--raw", "64x48:rgb24", "-0", "-"], "--null reads paths"),
        (2, &["--fps", "25", "-"], "--raw"),
        (2, &["--raw", "64x48:rgb24", "--fps", "0", "-"], "0.001 to 100000"),
        (1, &["--raw", "64x48:rgb24", "missing.rgb"], "expected a file, a FIFO or a device"),
        (1, &["--raw", "64x48:rgb24", folder], "it is a folder"),
        (3, &["--raw", "64x48:rgb24", "-"], "frame 0: there is none"),
    ] {
        let output = run(classify(words), b"");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {error}");
        assert!(error.contains(says), "{words:?}: {error}");
    }
}

/// The README's line, with a clip that ffmpeg encodes without loss.
#[test]
fn a_clip_through_ffmpeg_has_the_sums_of_its_frames() {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        return eprintln!("SKIPPED: ffmpeg is not installed");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let expected = sums_of_files(&write_files(folder.path(), &frames(12)));
    let (pictures, clip) = (folder.path().join("%03d.png"), folder.path().join("clip.mkv"));
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-framerate", "25", "-start_number", "0", "-i", text(&pictures), "-c:v", "ffv1", "-pix_fmt", "bgr0"])
        .arg(&clip)
        .status();
    assert!(made.expect("ffmpeg starts").success());
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error", "-i", text(&clip), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg starts");
    let mut ember = classify(&["--format", "jsonl", "--logits", "--raw", "64x48:rgb24", "-"]);
    let output = ember.stdin(ffmpeg.stdout.take().expect("a pipe")).output().expect("ember starts");
    assert!(ffmpeg.wait().expect("it ends").success() && output.status.success());
    assert_eq!(sums(&records(&output)), expected);
}
