//! What a benchmark ran on, which state of the code, and where its report is kept.

use anyhow::{Context, Result};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// The machine and the code.
pub struct Machine {
    pub cores: usize,
    pub cpu: String,
    pub memory_gb: f64,
    /// Load average of the minute before: other work on the machine.
    pub load: String,
    pub commit: String,
    /// The day, UTC: `2026-01-31`.
    pub date: String,
}

impl Machine {
    /// Asks `/proc` and `git`.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub fn describe() -> Result<Machine> {
        let read = |path: &str| {
            std::fs::read_to_string(path).with_context(|| format!("cannot read `{path}`"))
        };
        let (cpu, memory, load) = (
            read("/proc/cpuinfo")?,
            read("/proc/meminfo")?,
            read("/proc/loadavg")?,
        );
        let cpu = cpu.lines().find_map(|l| l.strip_prefix("model name"));
        let kilobytes = memory.lines().find_map(|l| l.strip_prefix("MemTotal:"));
        let kilobytes = kilobytes.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
        Ok(Machine {
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            cpu: cpu
                .map_or("unknown", |c| c.trim_matches([' ', '\t', ':']))
                .to_owned(),
            memory_gb: kilobytes.unwrap_or_default() / (1 << 20) as f64,
            load: load.split(' ').next().unwrap_or_default().to_owned(),
            commit: commit(),
            date: today()?,
        })
    }
}

/// Puts a report at the end of a file.
///
/// # Errors
/// When the file cannot be written.
pub fn append_report(path: &Path, markdown: &str) -> Result<()> {
    let file = File::options().append(true).create(true).open(path);
    let written = file.and_then(|mut f| write!(f, "\n{markdown}"));
    written.with_context(|| format!("cannot append to `{}`", path.display()))
}

fn today() -> Result<String> {
    let output = Command::new("date").args(["-u", "+%F"]).output();
    let output = output.context("cannot ask for the date")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn commit() -> String {
    let git = |arguments: &[&str]| -> Option<String> {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
        let output = git.output().ok().filter(|o| o.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else {
        return "unknown".to_owned();
    };
    let clean =
        git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|s| s.is_empty());
    if clean {
        commit
    } else {
        commit + " with changes"
    }
}
