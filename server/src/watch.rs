//! Follows a data folder's `current` link: a newly published snapshot is loaded beside the live one and takes its place.

use crate::search::warm_up;
use crate::state::AppState;
use geodata::snapshot::{CURRENT_LINK, Snapshot};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::signal::unix::Signal;
use tokio::time::MissedTickBehavior;

/// How often the link is looked at.
const POLL: Duration = Duration::from_millis(500);
/// How long a snapshot that could not be served is left alone before it is tried again: a copy may still be under way.
const RETRY: Duration = Duration::from_secs(60);

/// Watches until the task is dropped; a SIGHUP makes it look at once, also at what was refused.
pub async fn watch(state: AppState, data: PathBuf, mut hangup: Signal) {
    let mut ticks = tokio::time::interval(POLL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let asked = tokio::select! {
            _ = ticks.tick() => false,
            Some(()) = hangup.recv() => true,
        };
        look(&state, &data, asked).await;
    }
}

/// Looks at the link once and swaps if it points at a snapshot that is not the live one.
async fn look(state: &AppState, data: &Path, asked: bool) {
    let Ok(folder) = std::fs::canonicalize(data.join(CURRENT_LINK)) else {
        // Between two snapshots there is always one; no link at all is a mistake that the next publication mends.
        return;
    };
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let refused = state.refused();
    if state.live().snapshot.manifest().name == *name {
        if refused.is_some() {
            // Rolled back to what is being served anyway.
            state.accept();
        }
        return;
    }
    let waiting = refused.is_some_and(|r| r.snapshot == *name && r.at.elapsed() < RETRY);
    if waiting && !asked {
        return;
    }
    let name = name.into_owned();
    load(state, folder, name).await;
}

async fn load(state: &AppState, folder: PathBuf, name: String) {
    tracing::info!(snapshot = %name, "loading");
    let began = Instant::now();
    let warm = state.clone();
    let task = tokio::task::spawn_blocking(move || {
        let snapshot = Snapshot::open(&folder)?;
        warm_up(&snapshot, warm.weights());
        Ok::<_, geodata::snapshot::OpenError>(snapshot)
    });
    let reason = match task.await {
        Ok(Ok(snapshot)) => {
            let seconds = began.elapsed().as_secs_f64();
            state.swap(snapshot);
            metrics::counter!("snapshot_swaps_total").increment(1);
            tracing::info!(snapshot = %name, seconds, "swapped");
            return;
        }
        Ok(Err(error)) => with_causes(&error),
        Err(error) => error.to_string(),
    };
    metrics::counter!("snapshot_refused_total").increment(1);
    let live = state.live();
    let serving = &live.snapshot.manifest().name;
    tracing::error!(snapshot = %name, %reason, %serving, "refused a snapshot; the old one is still served");
    state.refuse(name, reason);
}

/// An error and what caused it, as one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |e| e.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}
