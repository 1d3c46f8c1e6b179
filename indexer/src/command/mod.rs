//! `kudy-indexer` on the command line: what can be asked, and what is printed.

/// `build` and `update`.
mod build;
/// `learn`.
mod learn;
/// `list`, `rollback`, `prune`, `inspect`.
mod manage;
/// `nightly`.
mod nightly;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::io::Write;
use std::path::Path;

/// Builds Kudy's search snapshots from OpenStreetMap extracts and address lists, and looks after them.
#[derive(Parser, Debug)]
#[command(name = "kudy-indexer", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Build a snapshot and make it the live one.
    Build(build::BuildArgs),
    /// Build again from what the live snapshot was built from, with further diffs on top.
    Update(build::UpdateArgs),
    /// Everything a night needs: lock, check, build, gate, publish, prune, journal; once, or every day at a time.
    Nightly(nightly::NightlyArgs),
    /// Learn from pickups where cars stop, and keep it in the address base.
    Learn(learn::LearnArgs),
    /// The snapshots there are, the newest first.
    List(manage::ListArgs),
    /// Make an older snapshot the live one; running servers follow.
    Rollback(manage::RollbackArgs),
    /// Remove old snapshots and the sources that only they were built from.
    Prune(manage::PruneArgs),
    /// Everything the live snapshot knows of a place.
    Inspect(manage::InspectArgs),
}

impl Cli {
    /// Does what was asked and prints what came of it.
    ///
    /// # Errors
    /// When it cannot be done; the message says what, and what to do.
    pub fn run(self, out: &mut impl Write) -> Result<()> {
        match self.command {
            Command::Build(args) => args.run(out),
            Command::Update(args) => args.run(out),
            Command::Nightly(args) => args.run(out),
            Command::Learn(args) => args.run(out),
            Command::List(args) => args.run(out),
            Command::Rollback(args) => args.run(out),
            Command::Prune(args) => args.run(out),
            Command::Inspect(args) => args.run(out),
        }
    }
}

fn parse_country(text: &str) -> Result<String, String> {
    let code = text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic());
    code.then(|| text.to_lowercase())
        .ok_or_else(|| "expected a code of two letters such as `UA`".to_owned())
}

/// A count of bytes for people.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    use anyhow::Context;
    let json = serde_json::to_string_pretty(value)?;
    std::fs::write(path, json).with_context(|| format!("cannot write `{}`", path.display()))
}
