//! The server under load, and the floor of HTTP: a fixed answer of the usual size, by the same runtime and sockets.

use crate::in_process::{self, InProcess};
use crate::load::{Figures, Load};
use crate::queries::{Ask, Asks};
use crate::{Args, median, tell};
use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use geodata::snapshot::Snapshot;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tests::{ServerProcess, http_get};
use tokio::net::TcpListener;

/// Connections of the loads.
pub(crate) const CONNECTIONS: [usize; 3] = [1, 8, 32];
/// The connections whose throughput is compared with the floor.
pub(crate) const COMPARED: usize = 32;
/// Answers whose size is looked at.
const SAMPLED: usize = 500;
/// Memory is looked at when so many requests have been answered.
const LEAST_REQUESTS: f64 = 10_000.0;
/// How long the load before the measured ones lasts, in seconds.
const WARM_UP_S: u64 = 2;

/// One number of connections.
pub(crate) struct Loaded {
    pub(crate) connections: usize,
    /// Medians of the rounds.
    pub(crate) server: Figures,
    pub(crate) floor: Figures,
    /// Processor time of the server per request, in microseconds.
    pub(crate) cpu_us: f64,
}

/// What a server showed.
pub(crate) struct Serving {
    /// The day of the build.
    pub(crate) date: String,
    pub(crate) asks: String,
    /// From the start of the program to the first answer of `/health/ready`.
    pub(crate) ready_seconds: f64,
    pub(crate) loads: Vec<Loaded>,
    /// Reverse lookups per second at [`COMPARED`] connections; `None` where the server has none.
    pub(crate) reverse: Option<Figures>,
    pub(crate) requests: f64,
    pub(crate) resident_mb: u64,
    /// The median size of an answer, in bytes.
    pub(crate) answer_bytes: usize,
    pub(crate) in_process: InProcess,
}

impl Serving {
    /// The throughput of the server as a share of the floor's.
    pub(crate) fn share_of_floor(&self) -> f64 {
        let compared = self.loads.iter().find(|l| l.connections == COMPARED);
        compared.map_or(0.0, |l| l.server.per_second / l.floor.per_second)
    }
}

/// Serves the snapshot of a data folder and loads it.
pub(crate) fn measure(args: &Args, data: &Path) -> Result<Serving> {
    let snapshot = Arc::new(Snapshot::open_current(data)?);
    let asks = Asks::of(args, &snapshot)?;
    let began = Instant::now();
    let server = ServerProcess::start(data);
    let (status, _) = http_get(&server.address, "/health/ready");
    let ready_seconds = began.elapsed().as_secs_f64();
    ensure!(status == 200, "the server is not ready: status {status}");

    let load = Load::of(asks.all.iter().map(Ask::path), data, "asks")?;
    let answer_bytes = usual_size(&server, &asks.all)?;
    let floor = Floor::start(answer_bytes)?;
    tell("the server under load");
    let mut requests = load.run(&server.address, COMPARED, WARM_UP_S)?.requests;
    let mut loads = Vec::new();
    for connections in CONNECTIONS {
        let (mut real, mut fixed, mut cpu_us) = (Vec::new(), Vec::new(), Vec::new());
        // In turns: when the machine is busy with something else for a while, both feel it.
        for _ in 0..args.rounds.max(1) {
            let before = server.cpu_seconds();
            let figures = load.run(&server.address, connections, args.seconds)?;
            cpu_us.push((server.cpu_seconds() - before) * 1e6 / figures.requests);
            requests += figures.requests;
            real.push(figures);
            fixed.push(load.run(&floor.address, connections, args.seconds)?);
        }
        loads.push(Loaded {
            connections,
            server: middle(&real),
            floor: middle(&fixed),
            cpu_us: median(cpu_us),
        });
    }
    while requests < LEAST_REQUESTS {
        requests += load.run(&server.address, COMPARED, args.seconds)?.requests;
    }
    let resident_mb = server.resident_mb();
    let reverse = reverse(args, &server, &asks.all, data)?;
    drop(server);
    tell("searches in process");
    let in_process = in_process::measure(Arc::clone(&snapshot), &asks.all);
    Ok(Serving {
        // `2026-01-31T02:00:00Z`: this build is of today.
        date: snapshot.manifest().built_at.chars().take(10).collect(),
        asks: asks.source,
        ready_seconds,
        loads,
        reverse,
        requests,
        resident_mb,
        answer_bytes,
        in_process,
    })
}

/// The median of each figure.
fn middle(rounds: &[Figures]) -> Figures {
    let of = |figure: fn(&Figures) -> f64| median(rounds.iter().map(figure).collect());
    Figures {
        requests: of(|f| f.requests),
        per_second: of(|f| f.per_second),
        p50_ms: of(|f| f.p50_ms),
        p95_ms: of(|f| f.p95_ms),
        p99_ms: of(|f| f.p99_ms),
    }
}

fn usual_size(server: &ServerProcess, asks: &[Ask]) -> Result<usize> {
    let mut sizes = Vec::new();
    for ask in asks.iter().take(SAMPLED) {
        let (status, body) = http_get(&server.address, &ask.path());
        ensure!(
            status == 200,
            "«{}» was answered with status {status}",
            ask.text
        );
        sizes.push(body.len());
    }
    sizes.sort_unstable();
    sizes
        .get(sizes.len() / 2)
        .copied()
        .context("there is nothing to ask")
}

fn reverse(
    args: &Args,
    server: &ServerProcess,
    asks: &[Ask],
    data: &Path,
) -> Result<Option<Figures>> {
    let paths: Vec<String> = asks
        .iter()
        .filter_map(|a| a.focus)
        .map(|f| format!("/v1/reverse?lat={}&lon={}", f.lat(), f.lon()))
        .collect();
    let Some(first) = paths.first() else {
        return Ok(None);
    };
    let (status, _) = http_get(&server.address, first);
    if status != 200 {
        return Ok(None);
    }
    let load = Load::of(paths.into_iter(), data, "reverse")?;
    load.run(&server.address, COMPARED, args.seconds).map(Some)
}

/// A server with nothing behind it.
struct Floor {
    address: String,
    /// Serves until it is dropped.
    _runtime: tokio::runtime::Runtime,
}

impl Floor {
    fn start(answer_bytes: usize) -> Result<Floor> {
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .context("cannot listen")?;
        let address = listener.local_addr().context("cannot tell the address")?;
        let body: &'static str = String::leak("x".repeat(answer_bytes));
        let answer = move || async move { ([(CONTENT_TYPE, "application/json")], body) };
        let router = Router::new().route("/v1/autocomplete", get(answer));
        runtime.spawn(server::run(listener, router, std::future::pending()));
        Ok(Floor {
            address: address.to_string(),
            _runtime: runtime,
        })
    }
}
