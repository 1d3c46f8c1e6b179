//! `learn`.

use crate::clock;
use crate::learn::{LearnPlan, run_learn};
use crate::progress::Progress;
use anyhow::{Context, Result};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(super) struct LearnArgs {
    /// The data folder, whose live snapshot says which places there are.
    #[arg(long, env = "KUDY_DATA", value_name = "DIR")]
    data: PathBuf,
    /// The address base, where the spots are kept: `sqlite:FILE` or `postgres://…`. By default DIR/kudy.db.
    #[arg(long, env = "KUDY_BASE", value_name = "URL", hide_env_values = true)]
    base: Option<String>,
    /// Pickups, a JSON object per line: `place` (an id) or `osm` (`w123`), `lat`, `lon`, `accuracy_m`, `time` (RFC 3339) or
    /// `ts` (seconds since 1970), `user`, and perhaps `accepted`. Lines whose `type` is not `pickup` are skipped. All that
    /// shall count of the places in it: their spots are replaced.
    #[arg(long, env = "KUDY_PICKUPS", value_name = "FILE.jsonl")]
    pickups: PathBuf,
    /// Learn spots again that cartographers have revoked.
    #[arg(long, env = "KUDY_AGAIN")]
    again: bool,
}

impl LearnArgs {
    pub(super) fn run(self, out: &mut impl Write) -> Result<()> {
        let own = || {
            format!(
                "sqlite:{}",
                self.data.join(crate::edits::BASE_FILE).display()
            )
        };
        let now = clock::now().unix_timestamp();
        let plan = LearnPlan {
            base: self.base.clone().unwrap_or_else(own),
            data: self.data.clone(),
            pickups: self.pickups,
            again: self.again,
            at_ms: now.saturating_mul(1000),
        };
        let report = run_learn(&plan, Progress::default())?;
        write!(out, "{report}").context("cannot write the report")
    }
}
