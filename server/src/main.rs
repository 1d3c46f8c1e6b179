//! `kudy-server`: serves snapshots, and says how well.

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use geodata::snapshot::Snapshot;
use server::eval::EvalArgs;
use server::search::{RankWeights, warm_up};
use server::{AppState, LogFormat, init_logs, init_metrics, router, run, watch};
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

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(args) => {
            let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime");
            runtime.and_then(|r| r.block_on(serve(args)))
        }
        Command::Eval(args) => args.run(&mut std::io::stdout().lock()),
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
    let state = AppState::new(snapshot, RankWeights::default());
    let live = state.live();
    let warm = state.clone();
    // The first searches are slower than later ones, but they are answered: readiness does not wait for the warm-up.
    tokio::task::spawn_blocking(move || warm_up(&warm.live().snapshot, warm.weights()));
    let hangup = signal(SignalKind::hangup()).context("cannot handle SIGHUP")?;
    tokio::spawn(watch(state.clone(), args.data, hangup));
    let address = listener.local_addr().context("cannot tell the address")?;
    tracing::info!(snapshot = %live.snapshot.manifest().name, places = live.snapshot.len(), "listening on http://{address}");
    writeln!(std::io::stdout(), "listening on http://{address}")
        .context("cannot write to standard output")?;
    drop(live);
    let router = router(state);
    run(listener, router, shutdown())
        .await
        .context("the server failed")?;
    tracing::info!("stopped");
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
