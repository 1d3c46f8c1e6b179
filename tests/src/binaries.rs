//! The built programs, as a user runs them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Of the processor times that Linux tells: the same on every machine.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a program printed and how it ended.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The program built beside the tests; `make test` builds it first.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let folder = test
        .ancestors()
        .nth(2)
        .expect("tests run from target/PROFILE/deps");
    let path = folder.join(name);
    assert!(
        path.exists(),
        "`{}` is not built; run `cargo build --bins` first",
        path.display()
    );
    path
}

fn finish(mut command: Command) -> Output {
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs `kudy-indexer` to its end.
pub fn run_indexer<A: AsRef<std::ffi::OsStr>>(arguments: &[A]) -> Output {
    let mut command = Command::new(program("kudy-indexer"));
    command.args(arguments);
    finish(command)
}

/// Starts `kudy-indexer` and kills it after a while, wherever it is then; returns whether it had not ended.
pub fn kill_indexer_after<A: AsRef<std::ffi::OsStr>>(arguments: &[A], moment: Duration) -> bool {
    let mut command = Command::new(program("kudy-indexer"));
    command.args(arguments).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program starts");
    std::thread::sleep(moment);
    // It may have ended already.
    child.kill().ok();
    child.wait().expect("the program ends").code().is_none()
}

/// Starts `kudy-indexer`, reads what it prints until a line is the last that is wanted, and kills it then; returns the
/// lines.
pub fn watch_indexer<A: AsRef<std::ffi::OsStr>>(
    arguments: &[A],
    mut last: impl FnMut(&str) -> bool,
) -> Vec<String> {
    let mut command = Command::new(program("kudy-indexer"));
    command.args(arguments).stdin(Stdio::null());
    command.stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut lines = Vec::new();
    for line in BufReader::new(child.stdout.take().expect("a pipe")).lines() {
        lines.push(line.expect("text"));
        if lines.last().is_some_and(|l| last(l)) {
            break;
        }
    }
    // It may have ended already.
    child.kill().ok();
    child.wait().expect("the program ends");
    lines
}

/// Runs a command of `kudy-server` that ends.
pub fn run_server<A: AsRef<std::ffi::OsStr>>(arguments: &[A]) -> Output {
    let mut command = Command::new(program("kudy-server"));
    command.args(arguments);
    finish(command)
}

const SERVE: [&str; 6] = [
    "serve",
    "--listen",
    "127.0.0.1:0",
    "--log-format",
    "json",
    "--data",
];

/// A running server on a free port; killed when dropped.
pub struct ServerProcess {
    child: Child,
    pub address: String,
}

impl ServerProcess {
    /// Starts a server over a data folder and waits until it listens.
    pub fn start(data: &Path) -> ServerProcess {
        ServerProcess::start_with(data, &[])
    }

    /// Starts a server with more options.
    pub fn start_with(data: &Path, options: &[&str]) -> ServerProcess {
        let mut command = Command::new(program("kudy-server"));
        command.args(SERVE).arg(data).args(options);
        ServerProcess::spawn(command)
    }

    /// Starts a server whose base lies alone on a small disk of its own, mounted on a folder that only this server sees. A
    /// file `ballast` takes a part of the disk.
    pub fn start_on_small_disk(data: &Path, disk: &Path, kilobytes: u32) -> ServerProcess {
        let script = format!(
            "mount -t tmpfs -o size={kilobytes}k kudy \"$0\" && head -c 200000 /dev/zero > \"$0/ballast\" && exec \"$@\""
        );
        let mut command = Command::new("unshare");
        command
            .args(["--map-root-user", "--mount", "sh", "-c", &script])
            .arg(disk);
        command.arg(program("kudy-server")).args(SERVE).arg(data);
        let base = format!("sqlite:{}", disk.join("kudy.db").display());
        command.args(["--report-rate", "off", "--base", &base]);
        ServerProcess::spawn(command)
    }

    fn spawn(mut command: Command) -> ServerProcess {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the server says where it listens");
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .expect("an address")
            .to_owned();
        ServerProcess { child, address }
    }

    /// The root folder as it sees it, with its own mounts.
    pub fn root(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root", self.child.id()))
    }

    /// Asks it to look for a new snapshot.
    pub fn hang_up(&self) {
        self.signal("-HUP");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let mut kill = Command::new("kill");
        kill.args([signal, &pid]).status().expect("kill runs");
    }

    /// Its resident memory.
    pub fn resident_mb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the server runs");
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
        kilobytes.expect("a size") / 1024
    }

    /// Processor time that all its threads have taken since it started, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.expect("the server runs");
        // Behind the name in brackets: the state, ten other numbers, the ticks in user mode and in the kernel.
        let (_, rest) = stat.rsplit_once(')').expect("a name in brackets");
        let fields = rest.split_whitespace().skip(11).take(2);
        fields.filter_map(|f| f.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_SECOND
    }

    /// Asks it to stop; returns its exit code and its log.
    pub fn stop(mut self) -> (i32, String) {
        self.signal("-TERM");
        let code = self
            .child
            .wait()
            .expect("the server ends")
            .code()
            .unwrap_or(-1);
        let mut log = String::new();
        self.child
            .stderr
            .take()
            .expect("a pipe")
            .read_to_string(&mut log)
            .expect("a readable log");
        (code, log)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Asks a server; returns the status and the body. `path` goes out as it is, valid or not.
pub fn http_get(address: &str, path: &str) -> (u16, String) {
    let (status, _, body) = http(address, &format!("GET {path}"), "", "");
    (status, body)
}

/// Sends a request with more headers, each with its end of line, and a body; returns the status, the headers and the
/// body of the answer.
pub fn http(address: &str, line: &str, headers: &str, body: &str) -> (u16, String, String) {
    try_http(address, line, headers, body).expect("the server answers")
}

/// The same, `None` when the server is gone or goes away meanwhile.
pub fn try_http(
    address: &str,
    line: &str,
    headers: &str,
    body: &str,
) -> Option<(u16, String, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(
        stream,
        "{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut answer = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && answer.read_line(&mut head).ok()? > 0 {}
    let mut body = Vec::new();
    // Not everybody closes the connection because it was asked to.
    match content_length(&head) {
        Some(length) => answer.take(length).read_to_end(&mut body).ok()?,
        None => answer.read_to_end(&mut body).ok()?,
    };
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok())?;
    let body = String::from_utf8_lossy(&body).into_owned();
    Some((status, head.trim_end().to_owned(), body))
}

/// How long the body behind a head is, in bytes, if the head says so.
fn content_length(head: &str) -> Option<u64> {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.next()?.1.trim().parse().ok()
}
