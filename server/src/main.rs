//! `kudy-server`: serves snapshots, and says how well.

use anyhow::{Context, Result, ensure};
use clap::{Args, Parser, Subcommand};
use geodata::snapshot::Snapshot;
use server::eval::{Case, EvalReport, Verdict, judge, read_suite};
use server::search::{RankWeights, warm_up};
use server::{AppState, LogFormat, init_logs, init_metrics, router, run};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Serves Kudy's search over HTTP.
#[derive(Parser)]
#[command(name = "kudy-server", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the live snapshot of a data folder.
    Serve(ServeArgs),
    /// Ask the questions of a suite, in process, and print how many are answered rightly, and how fast.
    Eval(EvalArgs),
}

#[derive(Args, Debug)]
struct ServeArgs {
    /// The data folder that `kudy-indexer build` fills.
    #[arg(long, env = "KUDY_DATA", value_name = "DIR")]
    data: PathBuf,
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(
        long,
        env = "KUDY_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080"
    )]
    listen: String,
    /// How log lines look.
    #[arg(long, env = "KUDY_LOG_FORMAT", value_enum, default_value = "human")]
    log_format: LogFormat,
    /// What is logged: `info`, or per module as in `info,server=debug`.
    #[arg(long, env = "KUDY_LOG", value_name = "FILTER", default_value = "info")]
    log: String,
}

#[derive(Args, Debug)]
struct EvalArgs {
    /// The data folder that `kudy-indexer build` fills.
    #[arg(long, env = "KUDY_DATA", value_name = "DIR")]
    data: PathBuf,
    /// Questions: rows of JSON (`.jsonl`) or golden cases (`.tsv`); may be repeated.
    #[arg(long, env = "KUDY_SUITE", value_name = "FILE", required = true)]
    suite: Vec<PathBuf>,
    /// Only categories that begin like this; may be repeated.
    #[arg(long, env = "KUDY_ONLY", value_name = "CATEGORY")]
    only: Vec<String>,
    /// List each question that was not answered within its rank, with what came instead.
    #[arg(long, env = "KUDY_MISSES")]
    misses: bool,
    /// List so many questions that took longest, with their milliseconds.
    #[arg(long, env = "KUDY_SLOWEST", value_name = "N", default_value_t = 0)]
    slowest: usize,
    /// Write the numbers as JSON.
    #[arg(long, env = "KUDY_REPORT", value_name = "FILE.json")]
    report: Option<PathBuf>,
    /// Fail when the weighted total of hit@k is below this share, 0 to 1.
    #[arg(long, env = "KUDY_MIN_HITK", value_name = "SHARE")]
    min_hitk: Option<f64>,
    /// Weights of the ranking rules; the ones compiled in when absent.
    #[arg(long, env = "KUDY_WEIGHTS", value_name = "FILE.toml")]
    weights: Option<PathBuf>,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(args) => {
            let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime");
            runtime.and_then(|r| r.block_on(serve(args)))
        }
        Command::Eval(args) => eval(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(std::io::stderr(), "error: {error:#}").unwrap_or_default();
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: ServeArgs) -> Result<()> {
    init_logs(args.log_format, &args.log)?;
    init_metrics();
    // The port first: a server that cannot listen need not load anything.
    let listener = TcpListener::bind(&args.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on `{}`", args.listen))?;
    let snapshot = Snapshot::open_current(&args.data)?;
    let weights = RankWeights::default();
    warm_up(&snapshot, &weights);
    let address = listener.local_addr().context("cannot tell the address")?;
    tracing::info!(snapshot = %snapshot.manifest().name, places = snapshot.len(), "listening on http://{address}");
    writeln!(std::io::stdout(), "listening on http://{address}")
        .context("cannot write to standard output")?;
    let router = router(AppState::new(snapshot, weights));
    run(listener, router, shutdown())
        .await
        .context("the server failed")?;
    tracing::info!("stopped");
    Ok(())
}

fn eval(args: &EvalArgs) -> Result<()> {
    let mut cases = Vec::new();
    for suite in &args.suite {
        cases.extend(read_suite(suite)?);
    }
    let wanted = |c: &Case| {
        args.only.is_empty() || args.only.iter().any(|o| c.category.starts_with(o.as_str()))
    };
    cases.retain(wanted);
    ensure!(
        !cases.is_empty(),
        "the suite has no question of a wanted category"
    );
    let weights = match &args.weights {
        Some(path) => {
            let at = || format!("cannot read the weights of `{}`", path.display());
            let text = std::fs::read_to_string(path).with_context(at)?;
            RankWeights::from_toml(&text).with_context(at)?
        }
        None => RankWeights::default(),
    };
    let snapshot = Snapshot::open_current(&args.data)?;
    warm_up(&snapshot, &weights);
    let verdicts: Vec<Verdict> = cases
        .iter()
        .map(|c| judge(&snapshot, &weights, c))
        .collect();
    let report = EvalReport::of(&cases, &verdicts);
    let mut out = std::io::stdout().lock();
    for (case, verdict) in cases
        .iter()
        .zip(&verdicts)
        .filter(|(c, v)| args.misses && !v.holds(c))
    {
        let rank = verdict
            .rank
            .map_or("not found".to_owned(), |r| format!("rank {r}"));
        let (at, query, expected) = (&case.at, &case.query, case.expected());
        writeln!(
            out,
            "{at}\t{}\t«{query}»\t{expected}\t{rank}\t{}",
            case.category,
            verdict.shown.join("; ")
        )?;
    }
    let mut slowest: Vec<(f64, &Case)> = cases
        .iter()
        .zip(&verdicts)
        .map(|(c, v)| (v.slowest().as_secs_f64() * 1000.0, c))
        .collect();
    slowest.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (ms, case) in slowest.iter().take(args.slowest) {
        writeln!(
            out,
            "{ms:.2} ms\t{}\t{}\t«{}»",
            case.at, case.category, case.query
        )?;
    }
    write!(out, "{report}")?;
    if let Some(path) = &args.report {
        let json = serde_json::to_string_pretty(&report)?;
        std::fs::write(path, json).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    if let Some(least) = args.min_hitk {
        ensure!(
            (0.0..=1.0).contains(&least),
            "`--min-hitk`: expected 0 to 1, got {least}"
        );
        let hitk = report.total.hitk;
        ensure!(
            hitk >= least,
            "hit@k is {hitk:.3}, expected at least {least}"
        );
    }
    Ok(())
}

/// Ready at the first Ctrl-C or SIGTERM.
async fn shutdown() {
    let mut terminate = signal(SignalKind::terminate()).expect("a handler for SIGTERM can be set");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
