//! `make bench-end-to-end`: extracts in, answers over HTTP out, everything measured and set against floors.
//!
//! The built programs do what they do in production: `kudy-indexer build` into a temporary folder, `kudy-server serve` on
//! a free port of 127.0.0.1, `wrk` on the same machine. The floors are measured in the same run: decoding the same files
//! and keeping nothing, and an HTTP server that only sends a fixed answer of the usual size.

/// The build, and the floor of reading.
mod import;
/// Questions without HTTP.
mod in_process;
/// `wrk`: requests in, latencies out.
mod load;
/// What is asked.
mod queries;
/// The table and its Markdown.
mod report;
/// The server under load, and the floor of HTTP.
mod serving;

use anyhow::{Context, Result};
use clap::Parser;
use report::Report;
use std::io::Write;
use std::path::PathBuf;
use tests::{Machine, append_report};

/// The programs' own: the floors are floors of these programs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures a build and a server over extracts.
#[derive(Parser)]
pub(crate) struct Args {
    /// An OpenStreetMap extract; may be given several times. The bundled ones when absent.
    #[arg(long, value_name = "FILE.osm.pbf")]
    osm: Vec<PathBuf>,
    /// How often places were asked for.
    #[arg(long, value_name = "FILE.csv")]
    popularity: Option<PathBuf>,
    /// The country of places that lie in no country's boundary.
    #[arg(long, value_name = "UA")]
    country: Option<String>,
    /// Questions: rows of JSON with `q`, `lat`, `lon`, `lang`, `category`. Drawn from the snapshot when absent.
    #[arg(long, value_name = "FILE.jsonl")]
    queries: Option<PathBuf>,
    /// What the extracts are called in the report.
    #[arg(long, value_name = "TEXT", default_value = "the bundled extracts")]
    name: String,
    /// Also append the report to this file as Markdown.
    #[arg(long, value_name = "FILE.md")]
    append: Option<PathBuf>,
    /// How long each load lasts, in seconds.
    #[arg(long, value_name = "N", default_value_t = 5)]
    seconds: u64,
    /// How often each build, load and floor is measured; the medians are reported.
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let args = &Args::parse();
    load::check_wrk()?;
    let data = tempfile::tempdir().context("cannot make a temporary folder")?;
    // Before anything runs: how busy the machine is with other work.
    let machine = Machine::describe()?;
    let import = import::measure(args, data.path())?;
    let serving = serving::measure(args, data.path())?;
    let report = Report {
        name: args.name.clone(),
        date: serving.date.clone(),
        machine,
        import,
        serving,
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{report}")?;
    let markdown = report.markdown();
    match &args.append {
        None => write!(out, "as Markdown, for BENCHMARKS.md:\n\n{markdown}")?,
        Some(path) => {
            append_report(path, &markdown)?;
            writeln!(out, "appended to {}", path.display())?;
        }
    }
    Ok(())
}

/// The middle one of some figures; 0 without any.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Says what is being measured: a run takes minutes.
fn tell(what: &str) {
    writeln!(std::io::stderr(), "… {what}").unwrap_or_default();
}
