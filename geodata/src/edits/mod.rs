//! What cartographers change: operations, the fields they touch, and how edits are applied to drafts.
//!
//! The same [`Workbench`] applies edits over a fresh import at night, and over the places of a snapshot for the overlay
//! that servers search until then. Nothing here knows where edits are stored.

/// Edits → drafts.
mod apply;
/// An edit, checked.
mod edit;
/// What of a place or house can be edited, read from a draft and written to it.
mod fields;
/// Edits that take places away, join them or split them.
mod joined;
/// A field that upstream and an edit both changed.
mod merge;
/// What can be done to a place.
mod operation;

pub use apply::{Missing, Workbench};
pub use edit::{Edit, EditError, NewHouse, Subject};
pub use fields::{
    Fields, MAX_TEXT_CHARS, SAME_POINT_M, house_fields, is_name, place_fields, same_value,
};
pub use merge::{Disagreement, Settled, Upstream};
pub use operation::Operation;
