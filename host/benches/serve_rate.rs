//! Images a second of `ember serve` over HTTP beside `ember classify`, in turns in one run, on the software path:
//! `cargo bench -p host --bench serve_rate -- FOLDER` with photographs (by default the shipped ones). `EMBER_IMAGES` a turn (400), in
//! `EMBER_TURNS` turns (3); the median counts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Connections, kept alive.
const CONNECTIONS: usize = 16;

fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn files(folder: &str) -> Vec<PathBuf> {
    let mut all: Vec<_> = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    all.retain(|path| path.is_file());
    all.sort();
    all
}

/// `images` through `ember classify`, by its own summary.
fn classify(images: &[PathBuf]) -> f64 {
    let output = Command::new(env!("CARGO_BIN_EXE_ember")).args(["classify", "-q", "--format", "json"]).args(images).output();
    let json: serde_json::Value = serde_json::from_slice(&output.expect("ember starts").stdout).expect("JSON");
    assert_eq!(json["summary"]["classified"], images.len());
    json["summary"]["images_per_second"].as_f64().expect("a number")
}

/// The same, their bytes over HTTP.
fn serve(address: &str, images: &[Vec<u8>]) -> f64 {
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let mut stream = TcpStream::connect(address).expect("it listens");
                stream.set_nodelay(true).expect("set");
                while let Some(image) = images.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let head = "POST /v2/models/squeezenet/infer HTTP/1.1\r\nhost: x\r\ninference-header-content-length: 0\r\n";
                    stream.write_all(format!("{head}content-length: {}\r\n\r\n", image.len()).as_bytes()).expect("sent");
                    stream.write_all(image).expect("sent");
                    answer(&mut stream);
                }
            });
        }
    });
    images.len() as f64 / begun.elapsed().as_secs_f64()
}

fn answer(stream: &mut TcpStream) {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).expect("a status");
    assert!(line.contains(" 200 "), "{line}");
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).expect("a header");
        if let Some(text) = line.strip_prefix("content-length: ") {
            length = text.trim().parse().expect("a number");
        }
    }
    reader.read_exact(&mut vec![0; length]).expect("whole");
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` only wants to know that it builds
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../net/assets/images");
    let folder = arguments.iter().find(|argument| !argument.starts_with('-')).map_or(shipped, String::as_str);
    let (count, turns) = (setting("EMBER_IMAGES", 400), setting("EMBER_TURNS", 3));
    let paths: Vec<PathBuf> = files(folder).into_iter().cycle().take(count).collect();
    let images: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).expect("a file")).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ember"));
    let command = command.args(["serve", "-q", "--http", "127.0.0.1:0", "--grpc", "off"]).stdout(Stdio::piped());
    let mut server = command.spawn().expect("ember starts");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let address = line.trim().strip_prefix("serving http://").expect("an address").to_string();
    let (mut classified, mut served) = (vec![], vec![]);
    for _ in 0..turns {
        classified.push(classify(&paths));
        served.push(serve(&address, &images));
    }
    server.kill().and_then(|()| server.wait()).expect("it ends");
    let (classified, served) = (median(classified), median(served));
    println!("{count} images of {folder}, {turns} turns, median; {CONNECTIONS} connections, an image a request");
    println!("ember classify {classified:.1} images/s, over HTTP {served:.1} images/s, ratio {:.2}", served / classified);
}
