//! What people have written since: approved edits that are newer than the snapshot, over it; zones, pins and learnt spots.

/// Which edits those are, from the journal.
mod ledger;
/// Edits → small snapshots over the published one.
mod overlay;
/// Where their files are written.
mod scratch;

/// The base → what is shown.
mod follow;
/// The base → where cars stop.
mod rulings;

pub use follow::{FollowError, Follower};
pub use ledger::{Entry, Ledger};
pub use overlay::{Overlay, OverlayError};
pub use rulings::RulingsFollower;
pub use scratch::remove_left_behind;
