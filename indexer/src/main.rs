//! `kudy-indexer`: builds snapshots.

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use indexer::pipeline::{BuildPlan, run_build};
use indexer::progress::Progress;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Builds Kudy's search snapshots from OpenStreetMap extracts and address lists.
#[derive(Parser)]
#[command(name = "kudy-indexer", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build a snapshot and make it the live one.
    Build(BuildArgs),
}

#[derive(Args)]
struct BuildArgs {
    /// The data folder; snapshots are kept under DIR/snapshots, DIR/current points at the live one.
    #[arg(long, env = "KUDY_DATA", value_name = "DIR")]
    data: PathBuf,
    /// An OpenStreetMap extract; may be given several times.
    #[arg(
        long,
        env = "KUDY_OSM",
        value_name = "FILE.osm.pbf",
        required = true,
        value_delimiter = ','
    )]
    osm: Vec<PathBuf>,
    /// An own address list; may be given several times.
    #[arg(
        long,
        env = "KUDY_ADDRESSES",
        value_name = "FILE.csv|FILE.geojson",
        value_delimiter = ','
    )]
    addresses: Vec<PathBuf>,
    /// How often places were asked for: `osm,count` or `id,count`.
    #[arg(long, env = "KUDY_POPULARITY", value_name = "FILE.csv")]
    popularity: Option<PathBuf>,
    /// The country of places that lie in no country's boundary: an ISO 3166-1 code of two letters.
    #[arg(long, env = "KUDY_COUNTRY", value_name = "UA", value_parser = parse_country)]
    country: Option<String>,
    /// Write the snapshot, but leave the live one as it is.
    #[arg(long, env = "KUDY_NO_PUBLISH")]
    no_publish: bool,
    /// Also write the report as JSON.
    #[arg(long, env = "KUDY_REPORT", value_name = "FILE.json")]
    report: Option<PathBuf>,
}

fn parse_country(text: &str) -> Result<String, String> {
    let code = text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic());
    code.then(|| text.to_lowercase())
        .ok_or_else(|| "expected a code of two letters such as `UA`".to_owned())
}

fn main() -> ExitCode {
    let Command::Build(args) = Cli::parse().command;
    match build(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(std::io::stderr(), "error: {error:#}").unwrap_or_default();
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the clock"
)]
fn build(args: BuildArgs) -> Result<()> {
    let built_at = OffsetDateTime::from(SystemTime::now())
        .replace_nanosecond(0)?
        .format(&Rfc3339)?;
    let plan = BuildPlan {
        data: args.data,
        osm: args.osm,
        addresses: args.addresses,
        popularity: args.popularity,
        country: args.country,
        publish: !args.no_publish,
        built_at,
    };
    let report = run_build(&plan, Progress::default())?;
    if let Some(path) = &args.report {
        let file = std::fs::File::create(path)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        serde_json::to_writer_pretty(file, &report)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    write!(std::io::stdout(), "{report}").context("cannot write the report")?;
    Ok(())
}
