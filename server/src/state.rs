//! What handlers share: the live snapshot, the weights, and the bound on searches at once.

use crate::error::ApiError;
use crate::people::{AccessArgs, Gate};
use crate::search::RankWeights;
use arc_swap::ArcSwap;
use geodata::base::Base;
use geodata::snapshot::Snapshot;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Searches that may run at once, per core.
const SEARCHES_PER_CORE: usize = 2;
/// How long a search waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// The snapshot that is being served.
pub struct Live {
    pub snapshot: Snapshot,
    pub since: Instant,
}

/// A snapshot that was published but cannot be served.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The name of its folder.
    pub snapshot: String,
    pub reason: String,
    pub at: Instant,
}

/// Tells the time in milliseconds since 1970 UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What a service is made of beside the snapshot.
pub struct Service {
    pub weights: RankWeights,
    pub base: Base,
    pub access: AccessArgs,
    pub clock: Clock,
}

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    live: Arc<ArcSwap<Live>>,
    /// The last one that could not be served, until one can.
    refused: Arc<Mutex<Option<Refused>>>,
    weights: Arc<RankWeights>,
    turns: Arc<Semaphore>,
    base: Base,
    gate: Arc<Gate>,
    clock: Clock,
}

impl AppState {
    pub fn new(snapshot: Snapshot, service: Service) -> AppState {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let live = Live {
            snapshot,
            since: Instant::now(),
        };
        AppState {
            live: Arc::new(ArcSwap::from_pointee(live)),
            refused: Arc::default(),
            weights: Arc::new(service.weights),
            turns: Arc::new(Semaphore::new(cores * SEARCHES_PER_CORE)),
            base: service.base,
            gate: Arc::new(Gate::new(service.access)),
            clock: service.clock,
        }
    }

    /// The snapshot of this moment. A handler asks once, so that its answer comes from one snapshot; the old one is
    /// closed when the last request that began with it has ended.
    pub fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// The address base; it may be away.
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// Now, in milliseconds since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        (self.clock)()
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    pub fn weights(&self) -> &RankWeights {
        &self.weights
    }

    /// Serves another snapshot from now on.
    pub fn swap(&self, snapshot: Snapshot) {
        self.live.store(Arc::new(Live {
            snapshot,
            since: Instant::now(),
        }));
        self.set_refused(None);
    }

    /// Remembers that a published snapshot cannot be served.
    pub fn refuse(&self, snapshot: String, reason: String) {
        self.set_refused(Some(Refused {
            snapshot,
            reason,
            at: Instant::now(),
        }));
    }

    /// What was published since the live snapshot but cannot be served.
    pub fn refused(&self) -> Option<Refused> {
        let refused = self.refused.lock();
        refused.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets what could not be served: another one is published, or the live one again.
    pub fn accept(&self) {
        self.set_refused(None);
    }

    fn set_refused(&self, refused: Option<Refused>) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = refused;
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
        let (live, weights) = (self.live(), Arc::clone(&self.weights));
        let task = tokio::task::spawn_blocking(move || {
            let result = work(&live.snapshot, &weights);
            drop(turn);
            result
        });
        task.await.map_err(|error| {
            tracing::error!(%error, "a search failed");
            ApiError::Internal
        })
    }
}
