//! Keeps what is served up to date: follows a data folder's `current` link, and the address base.
//!
//! A newly published snapshot is loaded beside the live one, with the edits over it, and takes its place. Edits that come
//! into force are shown over the live one.

use crate::live::{FollowError, Follower, RulingsFollower, remove_left_behind};
use crate::search::{View, warm_up};
use crate::state::{AppState, Followed};
use geodata::snapshot::{CURRENT_LINK, Snapshot};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::Signal;
use tokio::time::MissedTickBehavior;

/// How often the link is looked at.
const POLL_LINK: Duration = Duration::from_millis(500);
/// How often the base is looked at: other servers write to it too.
const POLL_BASE: Duration = Duration::from_millis(150);
/// How long a snapshot that could not be served is left alone before it is tried again: a copy may still be under way.
const RETRY: Duration = Duration::from_secs(60);

/// Watches until the task is dropped; a SIGHUP makes it look at once, also at what was refused.
pub async fn watch(state: AppState, data: PathBuf, mut hangup: Signal) {
    remove_left_behind();
    let mut link = tokio::time::interval(POLL_LINK);
    let mut base = tokio::time::interval(POLL_BASE);
    link.set_missed_tick_behavior(MissedTickBehavior::Delay);
    base.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut follower = Follower::new(state.base().clone(), Arc::clone(&state.live().snapshot));
    let mut rulings = RulingsFollower::new(state.base().clone());
    loop {
        tokio::select! {
            _ = link.tick() => look(&state, &mut follower, (&data, false)).await,
            Some(()) = hangup.recv() => look(&state, &mut follower, (&data, true)).await,
            _ = base.tick() => follow(&state, &mut follower, &mut rulings).await,
            () = state.wait_for_change() => follow(&state, &mut follower, &mut rulings).await,
        }
    }
}

/// Shows what has changed in the base.
async fn follow(state: &AppState, follower: &mut Follower, rulings: &mut RulingsFollower) {
    let trouble = catch_up(state, follower, rulings).await.err();
    let trouble = trouble.map(|error| error.to_string());
    let before = state.followed().trouble;
    if let Some(trouble) = trouble.as_ref().filter(|_| before.is_none()) {
        tracing::warn!(%trouble, "edits are shown as far as they are known");
    } else if trouble.is_none() && before.is_some() {
        tracing::info!("the address base is followed again");
    }
    note(state, follower, trouble);
}

async fn catch_up(
    state: &AppState,
    follower: &mut Follower,
    rulings: &mut RulingsFollower,
) -> Result<(), FollowError> {
    // What is wrong with an edit is no reason to stop in a zone that is forbidden by now.
    let view = follower.catch_up().await;
    let shown = view.map(|view| view.into_iter().for_each(|view| state.show(view)));
    if let Some(rulings) = rulings.catch_up().await? {
        state.rule(rulings);
    }
    shown
}

fn note(state: &AppState, follower: &Follower, trouble: Option<String>) {
    let (edits, waiting) = follower.counts();
    state.set_followed(Followed {
        change: follower.last_change(),
        edits,
        waiting,
        trouble,
    });
}

/// Looks at the link once and swaps if it points at a snapshot that is not the live one.
async fn look(state: &AppState, follower: &mut Follower, (data, asked): (&Path, bool)) {
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
    tracing::info!(snapshot = %name, "loading");
    let began = Instant::now();
    match load(state, follower, folder).await {
        Ok((next, view)) => {
            state.swap(Arc::clone(next.snapshot()), view);
            note(state, &next, None);
            *follower = next;
            metrics::counter!("snapshot_swaps_total").increment(1);
            let seconds = began.elapsed().as_secs_f64();
            tracing::info!(snapshot = %name, seconds, "swapped");
        }
        Err(reason) => {
            metrics::counter!("snapshot_refused_total").increment(1);
            let live = state.live();
            let serving = &live.snapshot.manifest().name;
            tracing::error!(snapshot = %name, %reason, %serving, "refused a snapshot; the old one is still served");
            state.refuse(name, reason);
        }
    }
}

/// Opens a snapshot and puts the edits over it.
async fn load(
    state: &AppState,
    follower: &Follower,
    folder: PathBuf,
) -> Result<(Follower, View), String> {
    let warm = state.clone();
    let task = tokio::task::spawn_blocking(move || {
        let snapshot = Snapshot::open(&folder)?;
        warm_up(&snapshot, warm.weights());
        Ok::<_, geodata::snapshot::OpenError>(snapshot)
    });
    let opened = task.await.map_err(|error| error.to_string())?;
    let snapshot = opened.map_err(|error| with_causes(&error))?;
    let over = follower.over(Arc::new(snapshot)).await;
    over.map_err(|error: FollowError| with_causes(&error))
}

/// An error and what caused it, as one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |e| e.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}
