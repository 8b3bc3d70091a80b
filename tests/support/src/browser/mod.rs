//! Reports in a browser: headless Chromium, spoken to by its own protocol over two pipes, so that no crate and no port is needed.
//!
//! A report is opened narrow and wide, light and dark ([`Browser::report`]), and [`Report::problems`] names what is wrong with it: errors on the console,
//! requests to anywhere, a page wider than its window, pictures that do not load, text without contrast, and figures that are not those of
//! the JSON file. A page says where in the JSON a figure is by `data-figure="int8.percent"`, and by `data-times="100"` that it is shown times 100; an
//! empty one stands for 0.

mod figures;
mod protocol;

use protocol::Connection;
use serde_json::{json, Value};
use std::collections::BTreeSet;
use std::path::Path;

/// Windows' widths, pixels.
const WIDTHS: [u32; 2] = [1280, 400];
const HEIGHT: u32 = 900;

/// Seen from inside the page: what is wrong, and the figures.
const LOOK: &str = include_str!("look.js");

/// A running browser.
pub struct Browser {
    connection: Connection,
}

/// What a page was like in every window.
#[derive(Debug)]
pub struct Report {
    problems: BTreeSet<String>,
    /// Path in the JSON, text, factor.
    figures: Vec<(String, String, f64)>,
}

impl Browser {
    /// Starts Debian's `chromium`; without it, says so and gives `None`: the test then passes without having tested.
    ///
    /// # Panics
    /// It is there and does not start.
    pub fn start() -> Option<Self> {
        if std::process::Command::new("chromium").arg("--version").output().is_err() {
            eprintln!("SKIPPED: chromium is not installed");
            return None;
        }
        Some(Self { connection: Connection::start("chromium") })
    }

    /// Opens the HTML file `page` in every window.
    ///
    /// # Panics
    /// The browser does not answer, or there is no such file.
    pub fn report(&mut self, page: &Path) -> Report {
        let page = page.canonicalize().expect("there is a page");
        let mut report = Report { problems: BTreeSet::new(), figures: Vec::new() };
        for width in WIDTHS {
            for scheme in ["light", "dark"] {
                let (problems, figures) = self.look(&page, width, scheme);
                report.problems.extend(problems.into_iter().map(|problem| format!("{width} pixels, {scheme}: {problem}")));
                report.figures = figures;
            }
        }
        report
    }

    /// Problems and figures in one window; a picture of it is written to the folder `EMBER_SCREENSHOTS`, if that is set.
    fn look(&mut self, page: &Path, width: u32, scheme: &str) -> (Vec<String>, Vec<(String, String, f64)>) {
        let name = page.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut page = self.visit(&format!("file://{}", page.display()), width, scheme);
        let seen = page.look(&name);
        let problems = page.problems(|asked| asked == page.url);
        (seen.0.into_iter().chain(problems).collect(), seen.1)
    }

    /// Opens `url` in a window of its own, `width` pixels wide, `scheme` being `light` or `dark`.
    ///
    /// # Panics
    /// The browser does not answer.
    pub fn visit(&mut self, url: &str, width: u32, scheme: &str) -> Page<'_> {
        let to = &mut self.connection;
        let target = to.call(None, "Target.createTarget", json!({"url": "about:blank"}))["targetId"].clone();
        let session = to.call(None, "Target.attachToTarget", json!({"targetId": target, "flatten": true}))["sessionId"].clone();
        let session = session.as_str().unwrap_or_default().to_string();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            to.call(Some(&session), &format!("{domain}.enable"), json!({}));
        }
        let window = json!({"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false});
        to.call(Some(&session), "Emulation.setDeviceMetricsOverride", window);
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        to.call(Some(&session), "Emulation.setEmulatedMedia", media);
        to.events.clear();
        to.call(Some(&session), "Page.navigate", json!({"url": url}));
        to.wait_for(Some(&session), "Page.loadEventFired");
        Page { connection: to, target, session, url: url.into(), window: format!("{width}-{scheme}") }
    }
}

/// An open page; closed when it is dropped.
pub struct Page<'a> {
    connection: &'a mut Connection,
    target: Value,
    session: String,
    url: String,
    window: String,
}

impl Page<'_> {
    /// The value of a JavaScript expression, which may be a promise.
    ///
    /// # Panics
    /// It throws.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let what = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.connection.call(Some(&self.session), "Runtime.evaluate", what);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].take()
    }

    /// Chooses the file `path` in the input that `selector` finds.
    ///
    /// # Panics
    /// There is no such input.
    pub fn choose(&mut self, selector: &str, path: &Path) {
        let session = Some(self.session.as_str());
        let root = self.connection.call(session, "DOM.getDocument", json!({}))["root"]["nodeId"].clone();
        let node = self.connection.call(session, "DOM.querySelector", json!({"nodeId": root, "selector": selector}))["nodeId"].clone();
        self.connection.call(session, "DOM.setFileInputFiles", json!({"nodeId": node, "files": [path]}));
    }

    /// What is wrong with the page as it is now, and its figures; a picture called `name` is kept as [`Browser::report`] does.
    ///
    /// # Panics
    /// The browser does not answer.
    pub fn look(&mut self, name: &str) -> (Vec<String>, Vec<(String, String, f64)>) {
        let seen = self.evaluate(LOOK);
        let problems = seen["problems"].as_array().unwrap_or_else(|| panic!("the page cannot be looked at: {seen}"));
        let problems = problems.iter().map(|problem| problem.as_str().unwrap_or_default().to_string()).collect();
        let figure = |figure: &Value| {
            let text = |name: &str| figure[name].as_str().unwrap_or_default().to_string();
            (text("path"), text("text"), figure["times"].as_f64().unwrap_or(1.0))
        };
        let figures = seen["figures"].as_array().map(|all| all.iter().map(figure).collect()).unwrap_or_default();
        if let Some(folder) = std::env::var_os("EMBER_SCREENSHOTS") {
            let all = json!({"captureBeyondViewport": true});
            let picture = self.connection.call(Some(&self.session), "Page.captureScreenshot", all)["data"].clone();
            let file = Path::new(&folder).join(format!("{name}-{}.png.base64", self.window));
            std::fs::write(file, picture.as_str().unwrap_or_default()).expect("written");
        }
        (problems, figures)
    }

    /// What the browser said against the page until now; it may ask for what `is_allowed`.
    pub fn problems(&self, is_allowed: impl Fn(&str) -> bool) -> Vec<String> {
        let of_this = self.connection.events.iter().filter(|event| event["sessionId"].as_str() == Some(&self.session));
        of_this.filter_map(|event| said(event, &is_allowed)).collect()
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.connection.call(None, "Target.closeTarget", json!({"targetId": self.target}));
        }
    }
}

/// What an event of the browser says against a page that may ask for what `is_allowed`.
fn said(event: &Value, is_allowed: &impl Fn(&str) -> bool) -> Option<String> {
    let of = &event["params"];
    match event["method"].as_str()? {
        "Runtime.exceptionThrown" => Some(format!("an exception: {}", of["exceptionDetails"])),
        "Runtime.consoleAPICalled" => Some(format!("on the console: {}", of["args"])),
        "Log.entryAdded" => Some(format!("in the browser's log: {}", of["entry"]["text"])),
        "Network.requestWillBeSent" => {
            let asked = of["request"]["url"].as_str().unwrap_or_default();
            (!is_allowed(asked) && !asked.starts_with("data:")).then(|| format!("it asks for {asked}"))
        }
        _ => None,
    }
}

impl Report {
    /// All that is wrong: in the windows, and beside `json`, every number of which has to be on the page but those whose path begins with one of
    /// `left_out`.
    pub fn problems(&self, json: &Value, left_out: &[&str]) -> Vec<String> {
        let mut problems: Vec<String> = self.problems.iter().cloned().collect();
        problems.extend(self.figures.iter().filter_map(|(path, text, times)| figures::wrong(json, path, text, *times)));
        let shown: BTreeSet<&str> = self.figures.iter().map(|(path, ..)| path.as_str()).collect();
        for path in figures::numbers(json) {
            if !shown.contains(path.as_str()) && !left_out.iter().any(|start| path.starts_with(start)) {
                problems.push(format!("{path} is in the JSON and not on the page"));
            }
        }
        problems
    }
}
