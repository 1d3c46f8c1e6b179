//! `nightly`.

use crate::clock;
use crate::nightly::{NightlyConfig, NightlyPlan, TimeOfDay, run, seconds_until};
use anyhow::{Context, Result};
use clap::Args;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The file that is read when no other is named.
const CONFIG_FILE: &str = "nightly.toml";
/// The clock may be set, and a machine may sleep: it is looked at this often while waiting.
const LOOK: Duration = Duration::from_secs(30);

#[derive(Args, Debug)]
pub(super) struct NightlyArgs {
    /// The data folder.
    #[arg(long, env = "KUDY_DATA", value_name = "DIR")]
    data: PathBuf,
    /// A folder of extracts (.osm.pbf), diffs (.osc.gz), address lists (.csv, .geojson), `popularity.csv` and golden
    /// questions (golden*.tsv, golden*.jsonl).
    #[arg(long, env = "KUDY_SOURCES", value_name = "DIR")]
    sources: PathBuf,
    /// The address base, whose edits are applied: `sqlite:FILE` or `postgres://…`. Without one, DIR/kudy.db if it is there.
    #[arg(long, env = "KUDY_BASE", value_name = "URL", hide_env_values = true)]
    base: Option<String>,
    /// Stay and run every day at this time (UTC) instead of once, each night as a program of its own, which goes on when the
    /// one that waits is ended.
    #[arg(long, env = "KUDY_AT", value_name = "HH:MM")]
    at: Option<TimeOfDay>,
    /// Limits of the gate and retention; `nightly.toml` in the data folder when there is one.
    #[arg(long, env = "KUDY_CONFIG", value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Publish whatever the gate finds; the journal keeps what it found.
    #[arg(long, env = "KUDY_FORCE")]
    force: bool,
    /// The program that answers golden questions; by default the `kudy-server` beside this one.
    #[arg(long, env = "KUDY_SERVER_BIN", value_name = "FILE")]
    server_bin: Option<PathBuf>,
}

impl NightlyArgs {
    pub(super) fn run(self, out: &mut impl Write) -> Result<()> {
        let Some(at) = self.at else {
            return self.once(out);
        };
        let program = std::env::current_exe().context("cannot tell where this program lies")?;
        loop {
            wait_until(at, out)?;
            // A night that fails is told, and the next one is another chance.
            if let Err(error) = self.as_a_program(&program) {
                writeln!(std::io::stderr(), "error: {error:#}").unwrap_or_default();
            }
        }
    }

    /// Runs one night as a program of its own. Its memory goes back to the system to the last byte, and a night that is
    /// killed, by the kernel for want of memory say, leaves who waits for the next one alive. A program that was replaced
    /// since is the new one.
    fn as_a_program(&self, program: &Path) -> Result<()> {
        let mut night = Command::new(program);
        night.arg("nightly").stdin(Stdio::null());
        // By the environment, which other users of the machine do not see: the address of a base may hold a password.
        night.env_remove("KUDY_AT");
        let values = [
            ("KUDY_DATA", Some(self.data.as_os_str())),
            ("KUDY_SOURCES", Some(self.sources.as_os_str())),
            ("KUDY_BASE", self.base.as_deref().map(OsStr::new)),
            ("KUDY_CONFIG", self.config.as_deref().map(Path::as_os_str)),
            ("KUDY_FORCE", self.force.then_some(OsStr::new("true"))),
            (
                "KUDY_SERVER_BIN",
                self.server_bin.as_deref().map(Path::as_os_str),
            ),
        ];
        for (name, value) in values {
            match value {
                Some(value) => night.env(name, value),
                None => night.env_remove(name),
            };
        }
        let status = night
            .status()
            .with_context(|| format!("cannot run `{}`", program.display()))?;
        anyhow::ensure!(status.success(), "the night ended with {status}");
        Ok(())
    }

    fn once(&self, out: &mut impl Write) -> Result<()> {
        let plan = NightlyPlan {
            data: self.data.clone(),
            sources: self.sources.clone(),
            base: self.base.clone(),
            config: self.config()?,
            server: self.server()?,
            force: self.force,
        };
        let report = run(&plan, || clock::rfc3339(clock::now()))?;
        write!(out, "{report}").context("cannot write the report")
    }

    /// Read again for every night, so that a change needs no restart.
    fn config(&self) -> Result<NightlyConfig> {
        let default = self.data.join(CONFIG_FILE);
        match &self.config {
            Some(path) => Ok(NightlyConfig::read(path)?),
            None if default.exists() => Ok(NightlyConfig::read(&default)?),
            None => Ok(NightlyConfig::default()),
        }
    }

    fn server(&self) -> Result<PathBuf> {
        if let Some(path) = &self.server_bin {
            return Ok(path.clone());
        }
        let own = std::env::current_exe().context("cannot tell where this program lies")?;
        Ok(own.with_file_name("kudy-server"))
    }
}

fn wait_until(at: TimeOfDay, out: &mut impl Write) -> Result<()> {
    let mut left = seconds_until(at, clock::now());
    writeln!(out, "next run in {} h {} min", left / 3600, left / 60 % 60)?;
    out.flush()?;
    loop {
        std::thread::sleep(LOOK.min(Duration::from_secs(left + 1)));
        let now_left = seconds_until(at, clock::now());
        // The time left jumps up when the moment has passed.
        if now_left > left {
            return Ok(());
        }
        left = now_left;
    }
}
