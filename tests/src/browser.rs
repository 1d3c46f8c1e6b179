//! A headless Chromium, driven by the `WebDriver` protocol: JSON over HTTP, so that nothing but its driver is needed.

use crate::binaries::http;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long something may take to appear; the machine is shared.
const PATIENCE: Duration = Duration::from_secs(20);
const INSTALL: &str = "run `make tools` (Debian: apt-get install chromium chromium-driver)";

/// A browser with one page; closed when dropped.
pub struct Browser {
    driver: Child,
    address: String,
    session: String,
}

impl Browser {
    /// Starts a browser.
    pub fn start() -> Browser {
        let driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut driver = driver.unwrap_or_else(|e| panic!("no `chromedriver`: {e}; {INSTALL}"));
        let mut lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines();
        let port = lines.find_map(|line| {
            let line = line.ok()?;
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let mut browser = Browser {
            driver,
            address: format!("127.0.0.1:{}", port.expect("the driver says its port")),
            session: String::new(),
        };
        // Containers are without the kernel's means for a sandbox and with a small /dev/shm.
        let options = json!({"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]});
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "SEVERE"}}}});
        let (status, answer) = browser.send("POST /session", &wanted);
        assert_eq!(status, 200, "no Chromium: {answer}; {INSTALL}");
        let session = answer["value"]["sessionId"].as_str();
        session.expect("a session").clone_into(&mut browser.session);
        browser
    }

    /// Opens a page and waits until it is loaded.
    pub fn open(&self, url: &str) {
        self.ask("url", &json!({ "url": url }));
    }

    /// Presses keys one after the other, wherever the focus is.
    pub fn press(&self, keys: &str) {
        let stroke = |key: char| {
            let key = key.to_string();
            [
                json!({"type": "keyDown", "value": key}),
                json!({"type": "keyUp", "value": key}),
            ]
        };
        let strokes: Vec<Value> = keys.chars().flat_map(stroke).collect();
        self.ask(
            "actions",
            &json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}),
        );
    }

    /// Runs a script in the page; returns what it returns.
    pub fn run(&self, script: &str) -> Value {
        self.ask("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Waits until the visible text of an element contains a text; returns all of it.
    #[track_caller]
    pub fn wait_for(&self, css: &str, text: &str) -> String {
        // What is hidden has a text too.
        let script = format!(
            "const e = document.querySelector({css:?}); return e?.checkVisibility() ? e.innerText : ''"
        );
        let began = Instant::now();
        loop {
            let shown = self.run(&script);
            let shown = shown.as_str().unwrap_or_default();
            if !shown.is_empty() && shown.contains(text) {
                return shown.to_owned();
            }
            assert!(
                began.elapsed() < PATIENCE,
                "`{css}` should show «{text}», the page shows: {}",
                self.run("return document.body.innerText")
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the browser had to complain of.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.ask("se/log", &json!({"type": "browser"}));
        let message = |entry: &Value| entry["message"].as_str().unwrap_or_default().to_owned();
        log.as_array().into_iter().flatten().map(message).collect()
    }

    #[track_caller]
    fn ask(&self, command: &str, body: &Value) -> Value {
        let path = format!("POST /session/{}/{command}", self.session);
        let (status, mut answer) = self.send(&path, body);
        assert_eq!(status, 200, "{command}: {answer}");
        answer["value"].take()
    }

    fn send(&self, line: &str, body: &Value) -> (u16, Value) {
        let json = "Content-Type: application/json\r\n";
        let (status, _, answer) = http(&self.address, line, json, &body.to_string());
        (status, serde_json::from_str(&answer).unwrap_or_default())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser with the session, and wants an object in every request; it may be gone already, which
        // must not hide why a test failed.
        let end = format!("DELETE /session/{}", self.session);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.send(&end, &json!({})))).ok();
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}
