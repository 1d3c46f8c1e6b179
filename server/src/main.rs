//! `kudy-server`: serves snapshots, and says how well.

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use geodata::base::{Base, BaseError};
use geodata::snapshot::Snapshot;
use server::command::{BackupArgs, TokenArgs, open_base};
use server::eval::EvalArgs;
use server::people::AccessArgs;
use server::search::{RankWeights, warm_up};
use server::{
    AppState, LogFormat, Service, init_logs, init_metrics, publish_found, router, run, watch,
};
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
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
    /// Make, list and revoke tokens: who may do what.
    Token(TokenArgs),
    /// Copy the address base while it is in use (SQLite).
    Backup(BackupArgs),
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
    /// The address base: `sqlite:PATH` or `postgres://USER@HOST/DATABASE`. Default: the file `kudy.db` in the data
    /// folder.
    // It may hold a password.
    #[arg(long, env = "KUDY_BASE", value_name = "URL", hide_env_values = true)]
    base: Option<String>,
    #[command(flatten)]
    access: AccessArgs,
    /// How log lines look.
    #[arg(long, env = "KUDY_LOG_FORMAT", value_enum, default_value = "human")]
    log_format: LogFormat,
    /// What is logged: `info`, or per module as in `info,server=debug`.
    #[arg(long, env = "KUDY_LOG", value_name = "FILTER", default_value = "info")]
    log: String,
}

fn main() -> ExitCode {
    small_pages();
    let out = &mut stdout();
    let result = match Cli::parse().command {
        Command::Serve(args) => runtime().and_then(|r| r.block_on(serve(args))),
        Command::Eval(args) => args.run(&mut out.lock()),
        Command::Token(args) => runtime().and_then(|r| r.block_on(args.run(out, now_ms()))),
        Command::Backup(args) => runtime().and_then(|r| r.block_on(args.run(out))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(std::io::stderr(), "error: {error:#}").unwrap_or_default();
            ExitCode::FAILURE
        }
    }
}

/// Memory comes in small pages. A large one is cleared when it is touched for the first time, which takes up to 3 ms in a
/// virtual machine, and some request would wait for that; searches are no faster with them. A system that is not to be
/// told so serves as well, with rare delays.
#[cfg(target_os = "linux")]
fn small_pages() {
    nix::sys::prctl::set_thp_disable(true).unwrap_or_default();
}

#[cfg(not(target_os = "linux"))]
fn small_pages() {}

/// Searches run on the threads of the handlers: these look for new requests after so many of them at most, so that none
/// waits long while others are answered.
const SEARCHES_BETWEEN_LOOKS: u32 = 8;

fn runtime() -> Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let builder = builder.enable_all().event_interval(SEARCHES_BETWEEN_LOOKS);
    builder.build().context("cannot start the runtime")
}

/// The one place that reads the clock.
#[expect(clippy::disallowed_methods, reason = "main reads the clock")]
fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

async fn serve(args: ServeArgs) -> Result<()> {
    init_logs(args.log_format, &args.log)?;
    init_metrics();
    // The port first: a server that cannot listen need not load anything.
    let listener = TcpListener::bind(&args.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on `{}`", args.listen))?;
    let base = prepare_base(open_base(args.base.as_deref(), &args.data)?).await?;
    let snapshot = Snapshot::open_current(&args.data)?;
    let service = Service {
        weights: RankWeights::default(),
        base: base.clone(),
        access: args.access,
        clock: Arc::new(now_ms),
    };
    let state = AppState::new(snapshot, service);
    let live = state.live();
    let warm = state.clone();
    // The first searches are slower than later ones, but they are answered: readiness does not wait for the warm-up.
    tokio::task::spawn_blocking(move || warm_up(&warm.live().snapshot, warm.weights()));
    let hangup = signal(SignalKind::hangup()).context("cannot handle SIGHUP")?;
    let tasks = [
        tokio::spawn(watch(state.clone(), args.data, hangup)),
        tokio::spawn(publish_found(state.clone())),
    ];
    let address = listener.local_addr().context("cannot tell the address")?;
    tracing::info!(snapshot = %live.snapshot.manifest().name, places = live.snapshot.len(), "listening on http://{address}");
    writeln!(stdout(), "listening on http://{address}")
        .context("cannot write to standard output")?;
    drop(live);
    let served = run(listener, router(state), shutdown()).await;
    served.context("the server failed")?;
    // They ask the base all the time.
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    base.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Brings the base up to date. One that is away is only told of: searching does without, and it is tried again at every
/// use.
async fn prepare_base(base: Base) -> Result<Base> {
    match base.ready().await {
        Err(error @ (BaseError::Unavailable(_) | BaseError::Full(_))) => {
            tracing::warn!(%error, "searching without the address base");
        }
        prepared => prepared?,
    }
    Ok(base)
}

/// Ready at the first Ctrl-C or SIGTERM.
async fn shutdown() {
    let mut terminate = signal(SignalKind::terminate()).expect("a handler for SIGTERM can be set");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
