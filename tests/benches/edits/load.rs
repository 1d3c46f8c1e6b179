//! Those who search meanwhile.

use crate::connection::Connection;
use anyhow::{Context, Result, anyhow, ensure};
use geodata::snapshot::Snapshot;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tests::{Mix, encode};

/// Queries that are drawn.
const DRAWN: usize = 20_000;
const SEED: u64 = 1;

/// Connections that search until they are stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    began: Instant,
    searchers: Vec<JoinHandle<Result<Vec<Duration>>>>,
}

/// What they saw.
pub(crate) struct Searched {
    pub(crate) took: Vec<Duration>,
    pub(crate) seconds: f64,
}

impl Load {
    pub(crate) fn start(address: &str, snapshot: &Snapshot, connections: usize) -> Result<Load> {
        let mix = Mix::over(snapshot, SEED).context("the snapshot has no street with houses")?;
        let path = |q: tests::MixQuery| {
            let at = format!("&lat={}&lon={}", q.focus.lat(), q.focus.lon());
            format!("GET /v1/autocomplete?q={}{at}", encode(&q.text))
        };
        let paths: Arc<Vec<String>> = Arc::new({ mix }.draw(DRAWN).into_iter().map(path).collect());
        let stop = Arc::new(AtomicBool::new(false));
        let searcher = |n: usize| {
            let (stop, paths, address) =
                (Arc::clone(&stop), Arc::clone(&paths), address.to_owned());
            std::thread::spawn(move || search(&address, (&paths, n * 3_571), &stop))
        };
        let searchers = (0..connections).map(searcher).collect();
        Ok(Load {
            stop,
            began: Instant::now(),
            searchers,
        })
    }

    pub(crate) fn stop(self) -> Result<Searched> {
        self.stop.store(true, Ordering::Relaxed);
        let seconds = self.began.elapsed().as_secs_f64();
        let mut took = Vec::new();
        for searcher in self.searchers {
            took.extend(
                searcher
                    .join()
                    .map_err(|panic| anyhow!("a searcher panicked: {panic:?}"))??,
            );
        }
        Ok(Searched { took, seconds })
    }
}

fn search(
    address: &str,
    (paths, first): (&[String], usize),
    stop: &AtomicBool,
) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(address)?;
    let mut took = Vec::new();
    for n in first.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let path = &paths[n % paths.len()];
        let began = Instant::now();
        let (status, _) = connection.ask(path, "", "")?;
        ensure!(status == 200, "`{path}` was answered with status {status}");
        took.push(began.elapsed());
    }
    Ok(took)
}
