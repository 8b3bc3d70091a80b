//! `ember serve` as its user meets it: the program itself, asked by unmodified public clients (`tritonclient`, curl) and by a browser, told
//! to end, and its answers beside those of `ember classify`. What is not installed is skipped, with a message: Chromium, curl, and the
//! Python of `target/clients` (or of `EMBER_CLIENTS`) with the packages of `.ci/clients.txt`.

mod common;

use common::{succeed, text, write_photographs};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use test_support::browser::Browser;
use test_support::data::data;

const PATIENCE: Duration = Duration::from_secs(60);

/// The program, serving; dropped, it is killed.
struct Serving {
    child: Child,
    http: String,
    grpc: String,
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let local = ["serve", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_ember"));
        let mut child = command.args(local).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("ember starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let (http, grpc) =
            line.trim().strip_prefix("serving ").and_then(|rest| rest.split_once(" and ")).unwrap_or_else(|| panic!("{line:?}"));
        let place = |url: &str| url.split_once("://").expect("a scheme").1.to_string();
        Self { http: place(http), grpc: place(grpc), child }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
    }

    /// Waits for its end; exit code and standard error.
    fn end(&mut self) -> (Option<i32>, String) {
        let end = Instant::now() + PATIENCE;
        while self.child.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < end, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut errors = String::new();
        self.child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("UTF-8");
        (self.child.wait().expect("ended").code(), errors)
    }

    /// One request; status and body.
    fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut stream = self.send(method, path, headers, body);
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let head = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let status = std::str::from_utf8(&answer[9..12]).expect("ASCII").parse().expect("a status");
        (status, answer.split_off(head + 4))
    }

    fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(&self.http).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n")
            .expect("sent");
        stream.write_all(body).expect("sent");
        stream
    }

    fn classify(&self, file: &[u8]) -> Value {
        let (status, body) = self.ask("POST", "/v2/models/squeezenet/infer", "inference-header-content-length: 0\r\n", file);
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).expect("JSON")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// Photographs to ask about: the shipped ones, and of the test data as many as `EMBER_SERVE_IMAGES` says (20).
fn photographs(folder: &Path) -> Vec<PathBuf> {
    write_photographs(folder);
    let most = std::env::var("EMBER_SERVE_IMAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let files = |folder: &Path| -> Vec<PathBuf> {
        let mut all: Vec<_> = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        all.sort();
        all
    };
    let mut all = files(folder);
    if let Some(more) = data("images/val") {
        all.extend(files(&more).into_iter().filter(|path| path.is_file()).take(most));
    }
    all
}

/// What `ember classify` says of them.
fn classified(paths: &[PathBuf]) -> Vec<Value> {
    let mut arguments = vec!["classify", "--format", "json", "--logits", "-q"];
    arguments.extend(paths.iter().map(|path| text(path)));
    let mut json: Value = serde_json::from_str(&succeed(&arguments)).expect("JSON");
    json["results"].as_array_mut().map(std::mem::take).expect("results")
}

#[test]
fn answers_are_those_of_classify() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let paths = photographs(folder.path());
    let serving = Serving::start(&[]);
    for (path, expected) in paths.iter().zip(classified(&paths)) {
        let answer = serving.classify(&std::fs::read(path).expect("a file"));
        let of = |name: &str| {
            let is_it = |output: &&Value| output["name"] == name;
            answer["outputs"].as_array().expect("outputs").iter().find(is_it).map(|output| output["data"].clone()).expect("an output")
        };
        let each =
            |name: &str| -> Value { expected["predictions"].as_array().expect("five").iter().map(|one| one[name].clone()).collect() };
        assert_eq!(
            (of("sums"), of("class_ids"), of("labels")),
            (expected["sums"].clone(), each("class"), each("name")),
            "{}",
            path.display()
        );
        for prediction in expected["predictions"].as_array().expect("five") {
            let class = prediction["class"].as_u64().expect("a number") as usize;
            let (served, exact) =
                (of("probabilities")[class].as_f64().expect("a number"), prediction["probability"].as_f64().expect("a number"));
            assert_eq!(served as f32, exact as f32, "{} {class}", path.display());
        }
    }
}

#[test]
fn a_signal_drains_and_a_second_one_ends() {
    // a batch that takes a while on one thread
    let batch = |serving: &Serving| {
        let count = 200usize;
        let json = format!(
            r#"{{"inputs":[{{"name":"images","datatype":"UINT8","shape":[{count},227,227,3],"parameters":{{"binary_data_size":{}}}}}],"outputs":[{{"name":"class_ids"}}]}}"#,
            count * 227 * 227 * 3
        );
        let header = format!("inference-header-content-length: {}\r\n", json.len());
        let stream =
            serving.send("POST", "/v2/models/squeezenet/infer", &header, &[json.into_bytes(), vec![9; count * 227 * 227 * 3]].concat());
        let end = Instant::now() + PATIENCE;
        while !String::from_utf8_lossy(&serving.ask("GET", "/devices", "", b"").1).contains("\"under_way\":200") {
            assert!(Instant::now() < end, "the batch does not begin");
        }
        stream
    };
    for (signal, code) in [("TERM", 0), ("INT", 0)] {
        let mut serving = Serving::start(&["--threads", "1"]);
        let mut under = batch(&serving);
        serving.signal(signal);
        let mut answer = String::new();
        under.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let (ended, errors) = serving.end();
        assert_eq!(ended, Some(code), "{signal}: {errors}");
        assert!(errors.contains("everything that was under way has its answer"), "{errors}");
    }
    let mut serving = Serving::start(&["--threads", "1"]);
    let _under = batch(&serving);
    serving.signal("TERM");
    std::thread::sleep(Duration::from_millis(50));
    serving.signal("TERM");
    assert_eq!(serving.end().0, Some(143));
}

#[test]
fn what_stands_in_the_way_is_one_sentence() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "").expect("written");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("an address").to_string();
    for (arguments, code, says) in [
        (vec!["--http", &taken, "--grpc", "off"], 1, "cannot be listened on"),
        (vec!["--http", "off", "--grpc", "off"], 1, "neither HTTP nor gRPC is asked for"),
        (vec!["--token-file", text(&empty)], 1, "there is no token; expected one in the first line"),
        (vec!["--token-file", "none"], 1, "none: the token cannot be read"),
        (vec!["--model", "none.ember"], 1, "none.ember: the model cannot be read"),
        (vec!["--model", "a=x", "--model", "a=y"], 2, "--model names a:1 twice"),
        (vec!["--device", "xdma:0", "--device-dir", text(folder.path())], 1, "there is no such node"),
    ] {
        let output = common::ember(&[&["serve"], arguments.as_slice()].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(code) && errors.contains(says), "{arguments:?}: {:?} {errors}", output.status);
        assert!(!errors.contains("panicked"), "{errors}");
    }
}

#[test]
fn the_log_may_be_json() {
    let mut serving = Serving::start(&["-v", "--log", "json"]);
    assert_eq!(serving.ask("GET", "/v2", "x-request-id: mine\r\n", b"").0, 200);
    serving.signal("TERM");
    let (code, errors) = serving.end();
    assert_eq!(code, Some(0), "{errors}");
    let lines: Vec<Value> = errors.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let line = lines.iter().find(|line| line["fields"]["message"] == "GET /v2").unwrap_or_else(|| panic!("{errors}"));
    assert_eq!((&line["span"]["id"], &line["fields"]["code"]), (&"mine".into(), &"200".into()), "{line}");
}

#[test]
fn public_clients_get_the_same() {
    let python = std::env::var_os("EMBER_CLIENTS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/clients/bin/python"), PathBuf::from);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let paths = photographs(&folder.path().join("photos"));
    let expected = folder.path().join("expected.json");
    std::fs::write(&expected, Value::from(classified(&paths)).to_string()).expect("written");
    let serving = Serving::start(&[]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/serve_clients.py");
    for package in ["tritonclient", "kserve"] {
        let has = Command::new(&python).args(["-c", &format!("import {package}")]).output();
        if !has.is_ok_and(|output| output.status.success()) {
            eprintln!("SKIPPED: {} has no {package}; .ci/run makes it", python.display());
            continue;
        }
        let output = Command::new(&python).arg(&script).args([package, &serving.http, &serving.grpc]).arg(&expected).output();
        let output = output.expect("Python starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        print!("{said}");
    }
}

#[test]
fn curl_asks_as_the_help_says() {
    let serving = Serving::start(&[]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_photographs(folder.path());
    let file = format!("@{}", folder.path().join("coffee.png").display());
    let url = format!("http://{}/v2/models/squeezenet/infer", serving.http);
    let arguments = ["-sS", "--fail", "--data-binary", &file, "-H", "Inference-Header-Content-Length: 0", &url];
    let Ok(output) = Command::new("curl").args(arguments).output() else {
        eprintln!("SKIPPED: curl is not installed");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["outputs"][3]["data"][0], "espresso");
}

/// Waits until `expression` is true in the page.
const UNTIL: &str = "new Promise((done, late) => { const end = Date.now() + 60000; const look = () => (CONDITION) ? done(true) : Date.now() > end ? late(new Error(document.body.innerText)) : setTimeout(look, 20); look(); })";

#[test]
fn the_page_in_a_browser() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_photographs(folder.path());
    let broken = folder.path().join("broken.jpg");
    std::fs::write(&broken, "no image").expect("written");
    let secret = folder.path().join("token");
    std::fs::write(&secret, "s3cret\n").expect("written");
    let (open, closed) = (Serving::start(&[]), Serving::start(&["--token-file", text(&secret)]));
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")] {
        let url = format!("http://{}/", open.http);
        let mut page = browser.visit(&url, width, scheme);
        page.choose("#file", &folder.path().join("coffee.png"));
        page.evaluate(&UNTIL.replace("CONDITION", "!document.getElementById('answer').hidden"));
        let rows =
            page.evaluate("[...document.querySelectorAll('#answer tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))");
        assert_eq!((rows.as_array().map(Vec::len), &rows[0][0], &rows[0][1]), (Some(5), &"espresso".into(), &"99.75 %".into()), "{rows}");
        page.evaluate(&UNTIL.replace("CONDITION", "document.querySelector('#devices tbody tr')"));
        let device = page.evaluate("[...document.querySelector('#devices tbody tr').cells].map(cell => cell.textContent)");
        assert_eq!(
            (&device[0], &device[1], &device[5]),
            (&"squeezenet, version 1".into(), &"software".into(), &"0 of 256".into()),
            "{device}"
        );
        let mut problems = page.look("serve").0;
        problems.extend(page.problems(|asked| asked.starts_with(&url) || asked.starts_with("blob:")));
        assert!(problems.is_empty(), "{width} {scheme}: {problems:#?}");
        // dropped, as a hand would
        let bytes = serde_json::to_string(net::assets::PHOTOGRAPHS[2].bytes).expect("numbers");
        page.evaluate(&format!(
            "{{ const to = new DataTransfer(); to.items.add(new File([new Uint8Array({bytes})], 'dropped')); \
             document.getElementById('drop').dispatchEvent(new DragEvent('drop', {{dataTransfer: to, cancelable: true}})); }}"
        ));
        page.evaluate(&UNTIL.replace(
            "CONDITION",
            "document.getElementById('hint').textContent === 'dropped' && !document.getElementById('answer').hidden",
        ));
        let first = page.evaluate("document.querySelector('#answer tbody tr').cells[0].textContent");
        assert_ne!(first, "espresso");
        // what is no image is named, and nothing stays from before
        page.choose("#file", &broken);
        page.evaluate(&UNTIL.replace("CONDITION", "document.getElementById('said').className === 'wrong'"));
        let said = page.evaluate("document.getElementById('said').textContent");
        assert!(said.as_str().is_some_and(|said| said.contains("this is not an image in a known format")), "{said}");
        assert_eq!(page.evaluate("document.getElementById('answer').hidden"), true);
    }
    // with a token the page asks for it
    let mut page = browser.visit(&format!("http://{}/", closed.http), 400, "light");
    page.evaluate(&UNTIL.replace("CONDITION", "!document.getElementById('token-field').hidden"));
    page.evaluate("{ const field = document.getElementById('token'); field.value = 's3cret'; field.dispatchEvent(new Event('change')); }");
    page.evaluate(&UNTIL.replace("CONDITION", "document.querySelector('#devices tbody tr')"));
    page.choose("#file", &folder.path().join("coffee.png"));
    page.evaluate(&UNTIL.replace("CONDITION", "!document.getElementById('answer').hidden"));
}
