//! What handlers share: the live snapshot, the weights, and the bound on searches at once.

use crate::error::ApiError;
use crate::people::{AccessArgs, Gate};
use crate::pickup::Rulings;
use crate::search::{RankWeights, View};
use arc_swap::ArcSwap;
use geodata::base::Base;
use geodata::snapshot::Snapshot;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};

/// Longer pieces of work that may run at once, per core.
const WORKS_PER_CORE: usize = 2;
/// How long work waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// The snapshot that is being served.
pub struct Live {
    pub snapshot: Arc<Snapshot>,
    /// The snapshot with what was edited since.
    pub view: View,
    pub since: Instant,
}

impl Live {
    fn new(snapshot: Snapshot) -> Live {
        let snapshot = Arc::new(snapshot);
        Live {
            view: View::of(Arc::clone(&snapshot)),
            snapshot,
            since: Instant::now(),
        }
    }
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

/// Shared by all handlers; cheap to clone, for each request does so several times.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

struct Shared {
    live: ArcSwap<Live>,
    /// Where cars stop, as people and programs have ruled.
    rulings: ArcSwap<Rulings>,
    /// The last one that could not be served, until one can.
    refused: Mutex<Option<Refused>>,
    weights: Arc<RankWeights>,
    turns: Arc<Semaphore>,
    base: Base,
    gate: Gate,
    clock: Clock,
    /// Told when this server has written to the base: what follows it need not wait for its next look.
    base_changed: Notify,
    followed: Mutex<Followed>,
}

/// How far the base has been followed.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    /// The last change that is shown.
    pub change: i64,
    /// Edits over the snapshot.
    pub edits: usize,
    /// Reverted edits that show again what was before them with the next import only.
    pub waiting: usize,
    /// Why the base could not be followed the last time.
    pub trouble: Option<String>,
}

impl AppState {
    pub fn new(snapshot: Snapshot, service: Service) -> AppState {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        AppState(Arc::new(Shared {
            live: ArcSwap::from_pointee(Live::new(snapshot)),
            rulings: ArcSwap::default(),
            refused: Mutex::default(),
            weights: Arc::new(service.weights),
            turns: Arc::new(Semaphore::new(cores * WORKS_PER_CORE)),
            base: service.base,
            gate: Gate::new(service.access),
            clock: service.clock,
            base_changed: Notify::new(),
            followed: Mutex::default(),
        }))
    }

    /// The snapshot of this moment. A handler asks once, so that its answer comes from one snapshot; the old one is
    /// closed when the last request that began with it has ended.
    pub fn live(&self) -> Arc<Live> {
        self.0.live.load_full()
    }

    /// Zones, pins, bans and learnt spots of this moment. A handler asks once, as for [`AppState::live`].
    pub fn rulings(&self) -> Arc<Rulings> {
        self.0.rulings.load_full()
    }

    /// Rules by others from now on.
    pub fn rule(&self, rulings: Arc<Rulings>) {
        self.0.rulings.store(rulings);
    }

    /// The address base; it may be away.
    pub fn base(&self) -> &Base {
        &self.0.base
    }

    /// Now, in milliseconds since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        (self.0.clock)()
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub fn weights(&self) -> &RankWeights {
        &self.0.weights
    }

    /// Serves another snapshot from now on, with the edits over it.
    pub fn swap(&self, snapshot: Arc<Snapshot>, view: View) {
        self.0.live.store(Arc::new(Live {
            snapshot,
            view,
            since: Instant::now(),
        }));
        self.set_refused(None);
    }

    /// Shows other edits over the same snapshot.
    pub fn show(&self, view: View) {
        let live = self.live();
        self.0.live.store(Arc::new(Live {
            snapshot: Arc::clone(&live.snapshot),
            view,
            since: live.since,
        }));
    }

    /// Says that this server has written to the base.
    pub(crate) fn base_changed(&self) {
        self.0.base_changed.notify_one();
    }

    /// Ready when this server has written to the base.
    pub async fn wait_for_change(&self) {
        self.0.base_changed.notified().await;
    }

    /// How far the base has been followed.
    pub fn followed(&self) -> Followed {
        self.0
            .followed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Remembers how far the base has been followed.
    pub fn set_followed(&self, followed: Followed) {
        *self
            .0
            .followed
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = followed;
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
        let refused = self.0.refused.lock();
        refused.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets what could not be served: another one is published, or the live one again.
    pub fn accept(&self) {
        self.set_refused(None);
    }

    fn set_refused(&self, refused: Option<Refused>) {
        *self
            .0
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = refused;
    }

    /// Answers from the snapshot of this moment, on the thread of the handler: for questions that are bounded to a few
    /// milliseconds and mostly take a fraction of one. To hand such a one to another thread and take it back costs about
    /// as much as a short search.
    pub fn answer<T>(&self, work: impl FnOnce(&View, &RankWeights) -> T) -> T {
        work(&self.0.live.load().view, &self.0.weights)
    }

    /// Runs work that computes for longer than a handler may, on a thread of its own, when its turn has come.
    ///
    /// # Errors
    /// [`ApiError::Overloaded`] when the turn does not come in time, [`ApiError::Internal`] when the work panics.
    pub async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&View, &RankWeights) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = tokio::time::timeout(MAX_WAIT, Arc::clone(&self.0.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(ApiError::Overloaded);
        };
        let (live, weights) = (self.live(), Arc::clone(&self.0.weights));
        let task = tokio::task::spawn_blocking(move || {
            let result = work(&live.view, &weights);
            drop(turn);
            result
        });
        task.await.map_err(|error| {
            tracing::error!(%error, "work failed");
            ApiError::Internal
        })
    }
}
