//! `nightly`.

use crate::clock;
use crate::nightly::{NightlyConfig, NightlyPlan, TimeOfDay, run, seconds_until};
use anyhow::{Context, Result};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
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
    /// Stay and run every day at this time (UTC) instead of once.
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
        loop {
            wait_until(at, out)?;
            // A night that fails is told, and the next one is another chance.
            if let Err(error) = self.once(out) {
                writeln!(std::io::stderr(), "error: {error:#}").unwrap_or_default();
            }
        }
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
