//! `wrk`: requests in, latencies out.

use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Asks for the paths of a file in turn, each thread from another place on; prints what came of it on one line.
const SCRIPT: &str = r#"
local requests, at, threads = {}, 0, 0
function setup(thread)
  thread:set("offset", threads * 3571)
  threads = threads + 1
end
function init(args)
  for path in io.lines(args[1]) do requests[#requests + 1] = wrk.format("GET", path) end
  at = offset
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("\nfigures %d %d %d %d %d %d\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
"#;

/// What one load showed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) requests: f64,
    pub(crate) per_second: f64,
    /// Latencies as the load generator sees them, in milliseconds.
    pub(crate) p50_ms: f64,
    pub(crate) p95_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Requests to send over and over.
pub(crate) struct Load {
    script: PathBuf,
    paths: PathBuf,
}

/// Whether `wrk` is there.
pub(crate) fn check_wrk() -> Result<()> {
    // It prints its version and exits with 1.
    match Command::new("wrk").arg("--version").output() {
        Ok(_) => Ok(()),
        Err(_) => bail!(
            "expected the load generator `wrk` on the PATH, found none; install it: `apt-get install wrk`"
        ),
    }
}

impl Load {
    /// A load of the paths of requests; its files are kept in a folder.
    pub(crate) fn of(
        paths: impl Iterator<Item = String>,
        folder: &Path,
        name: &str,
    ) -> Result<Load> {
        let load = Load {
            script: folder.join("load.lua"),
            paths: folder.join(format!("{name}.paths")),
        };
        let lines: String = paths.map(|p| p + "\n").collect();
        std::fs::write(&load.script, SCRIPT).context("cannot write the script of the load")?;
        std::fs::write(&load.paths, lines).context("cannot write the requests of the load")?;
        Ok(load)
    }

    /// Loads a server for some seconds over some connections.
    pub(crate) fn run(&self, address: &str, connections: usize, seconds: u64) -> Result<Figures> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut wrk = Command::new("wrk");
        wrk.arg(format!("-t{}", cores.min(connections)));
        wrk.args([format!("-c{connections}"), format!("-d{seconds}s")]);
        wrk.arg("-s").arg(&self.script);
        wrk.arg(format!("http://{address}"))
            .arg("--")
            .arg(&self.paths);
        let output = wrk.output().context("cannot run `wrk`")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let figures = text.lines().find_map(|l| l.strip_prefix("figures "));
        let numbers = figures.map(|f| {
            f.split(' ')
                .map(str::parse)
                .collect::<Result<Vec<f64>, _>>()
        });
        let Some(Ok(numbers)) = numbers else {
            bail!(
                "`wrk` failed: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        };
        let [requests, duration_us, errors, p50, p95, p99] = numbers[..] else {
            bail!("`wrk` told {} figures, expected 6", numbers.len());
        };
        ensure!(
            errors <= 0.0,
            "{errors} of {requests} requests failed: this measures nothing"
        );
        Ok(Figures {
            requests,
            per_second: requests * 1e6 / duration_us,
            p50_ms: p50 / 1e3,
            p95_ms: p95 / 1e3,
            p99_ms: p99 / 1e3,
        })
    }
}
