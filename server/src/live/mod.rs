//! Approved edits that are newer than the snapshot, over it.

/// Which edits those are, from the journal.
mod ledger;
/// Edits → small snapshots over the published one.
mod overlay;

/// The base → what is shown.
mod follow;

pub use follow::{FollowError, Follower};
pub use ledger::{Entry, Ledger};
pub use overlay::{Overlay, OverlayError};
