//! What handlers share: the open snapshot, the weights, and the bound on searches at once.

use crate::error::ApiError;
use crate::search::RankWeights;
use geodata::snapshot::Snapshot;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Searches that may run at once, per core.
const SEARCHES_PER_CORE: usize = 2;
/// How long a search waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    snapshot: Arc<Snapshot>,
    weights: Arc<RankWeights>,
    turns: Arc<Semaphore>,
}

impl AppState {
    pub fn new(snapshot: Snapshot, weights: RankWeights) -> AppState {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        AppState {
            snapshot: Arc::new(snapshot),
            weights: Arc::new(weights),
            turns: Arc::new(Semaphore::new(cores * SEARCHES_PER_CORE)),
        }
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Runs work that computes for longer than a handler may, on a thread of its own, when its turn has come.
    ///
    /// # Errors
    /// [`ApiError::Overloaded`] when the turn does not come in time, [`ApiError::Internal`] when the work panics.
    pub async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Snapshot, &RankWeights) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = tokio::time::timeout(MAX_WAIT, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(ApiError::Overloaded);
        };
        let (snapshot, weights) = (Arc::clone(&self.snapshot), Arc::clone(&self.weights));
        let task = tokio::task::spawn_blocking(move || {
            let result = work(&snapshot, &weights);
            drop(turn);
            result
        });
        task.await.map_err(|error| {
            tracing::error!(%error, "a search failed");
            ApiError::Internal
        })
    }
}
