//! Follows the address base: an approved edit is searchable a moment later, on every server that shares the base.
//!
//! While the base is away, what is shown stays as it is; it catches up when the base is back.

use super::ledger::{Entry, Ledger};
use super::overlay::{Overlay, OverlayError};
use crate::search::View;
use geodata::base::{Base, BaseError, EditChange, EditState};
use geodata::edits::Edit;
use geodata::snapshot::Snapshot;
use std::sync::Arc;
use thiserror::Error;

/// Changes that are read at once.
const PAGE: i64 = 2_000;

/// Why edits cannot be shown.
#[derive(Debug, Error)]
pub enum FollowError {
    #[error("cannot read the changes of the address base: {0}")]
    Base(#[from] BaseError),
    #[error("cannot show the edits: {0}")]
    Overlay(#[from] OverlayError),
    #[error("showing the edits failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// A snapshot and the edits over it.
pub struct Follower {
    base: Base,
    snapshot: Arc<Snapshot>,
    ledger: Ledger,
    /// Taken out while a task works on it.
    overlay: Option<Overlay>,
    /// Whether the ledger has changes that are not shown yet.
    behind: bool,
    /// Whether the ledger is that of another snapshot, as far as it counts, because the base was away.
    provisional: bool,
}

impl Follower {
    /// Nothing is read yet; see [`Follower::catch_up`].
    pub fn new(base: Base, snapshot: Arc<Snapshot>) -> Follower {
        let since = snapshot.manifest().base_change.unwrap_or_default();
        Follower {
            base,
            ledger: Ledger::since(since),
            overlay: Some(Overlay::over(Arc::clone(&snapshot))),
            snapshot,
            behind: false,
            provisional: false,
        }
    }

    /// The same base over another snapshot, and what is to be shown over it. While the base is away, that is what is
    /// known of it.
    ///
    /// # Errors
    /// When the edits cannot be written.
    pub async fn over(&self, snapshot: Arc<Snapshot>) -> Result<(Follower, View), FollowError> {
        let mut next = Follower::new(self.base.clone(), Arc::clone(&snapshot));
        match next.catch_up().await {
            Ok(view) => {
                let view = view.unwrap_or_else(|| View::of(snapshot));
                return Ok((next, view));
            }
            Err(FollowError::Base(error)) => {
                tracing::warn!(%error, "edits are shown as far as they are known");
            }
            Err(error) => return Err(error),
        }
        let since = snapshot.manifest().base_change.unwrap_or_default();
        next.ledger = self.ledger.rebased(since);
        next.provisional = true;
        let view = next.show().await?;
        Ok((next, view))
    }

    /// The snapshot under the edits.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// The last change of the base that was taken in.
    pub fn last_change(&self) -> i64 {
        self.ledger.last()
    }

    /// Edits that are shown, and reverted ones that wait for a fresh import.
    pub fn counts(&self) -> (usize, usize) {
        let shown = self.overlay.as_ref().map_or(0, Overlay::len);
        (shown, self.ledger.waiting())
    }

    /// Takes in what is new; returns what is to be shown from now on, if it is another.
    ///
    /// # Errors
    /// When the base is away or the edits cannot be written; it may be called again.
    pub async fn catch_up(&mut self) -> Result<Option<View>, FollowError> {
        let read = self.read().await;
        // What was read before the base went away is shown all the same.
        if self.behind {
            let view = self.show().await?;
            read?;
            return Ok(Some(view));
        }
        read?;
        Ok(None)
    }

    async fn read(&mut self) -> Result<(), BaseError> {
        let last = self.base.last_change().await?;
        let since = self.snapshot.manifest().base_change.unwrap_or_default();
        let mut after = if self.provisional {
            since
        } else {
            self.ledger.last()
        };
        let mut entries = Vec::new();
        while after < last {
            let changes = self.base.changes_since(after, PAGE).await?;
            // Changes of other things than edits have numbers too.
            after = changes.last().map_or(last, |c| c.entry.number);
            entries.extend(changes.iter().map(entry));
        }
        // All or nothing: the base may have gone away between two pages.
        if self.provisional {
            self.ledger = Ledger::since(since);
            (self.provisional, self.behind) = (false, true);
        }
        for entry in entries {
            self.behind |= self.ledger.take(entry);
        }
        self.ledger.skip_to(after);
        Ok(())
    }

    async fn show(&mut self) -> Result<View, FollowError> {
        let edits = self.ledger.edits();
        let snapshot = Arc::clone(&self.snapshot);
        let mut overlay = self
            .overlay
            .take()
            .unwrap_or_else(|| Overlay::over(snapshot));
        let task = tokio::task::spawn_blocking(move || {
            let shown = overlay.show(&edits);
            (overlay, shown)
        });
        let (overlay, shown) = task.await?;
        let view = overlay.view();
        self.overlay = Some(overlay);
        shown?;
        self.behind = false;
        Ok(view)
    }
}

fn entry(change: &EditChange) -> Entry {
    let said = &change.edit.said;
    let operation = (said.operation.as_str(), said.target.as_deref());
    let number = u32::try_from(change.edit.id).unwrap_or_default();
    let edit = Edit::read(number, operation, &said.before, &said.after);
    if let Err(error) = &edit {
        tracing::warn!(edit = change.edit.id, %error, "an edit makes no sense to this version");
    }
    let shown = |state: &str| state.parse().is_ok_and(is_shown);
    Entry {
        change: change.entry.number,
        number: change.edit.id,
        edit: edit.ok(),
        was_in_force: change.entry.from.as_deref().is_some_and(shown),
        is_in_force: shown(&change.entry.to),
    }
}

/// Whether snapshots and overlays show an edit in a state. An absorbed one is shown by older snapshots as an edit and by
/// newer ones as what the map says.
fn is_shown(state: EditState) -> bool {
    state.in_force() || state == EditState::Absorbed
}
