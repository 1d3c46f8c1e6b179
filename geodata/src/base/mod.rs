//! The address base: what people write. Edits and their reviews, reports of missing addresses, zones, pins and
//! learnt spots, people and their tokens, idempotent answers.
//!
//! One query layer for SQLite and PostgreSQL: sqlx with its `Any` driver, `$1` parameters, integers, floats and text
//! only. Everything is written inside a [`Write`]: it holds the row of the change feed from its beginning, so writes come
//! one after another on both databases, and the numbers of the feed have no gaps and are in the order of commits: who
//! asks for what is newer than the last number it saw misses nothing. Content is never changed or deleted; states
//! change with a journal entry. Time and secrets are arguments.

/// What a request with an idempotency key was answered.
mod answers;
/// A copy of the whole base.
mod backup;
/// Cases: the cartographers' queue.
mod cases;
/// An edit and its states as types.
mod edit;
/// Edits: added, changed, listed.
mod edits;
/// What can go wrong.
mod error;
/// Every change of state, numbered.
mod journal;
/// The tables, from version to version.
mod migrations;
/// Verdicts of arrival checks that somebody overrode.
mod overrides;
/// Tokens and roles.
mod people;
/// Points that cartographers recommend or forbid.
mod pins;
/// A report, its case and their states as types.
mod report;
/// What a reported text names.
mod reported;
/// Reports: each joins the case of its address.
mod reports;
/// Learnt spots.
mod spots;
/// Opening a base, connections, reading.
mod store;
/// One transaction that writes.
mod write;
/// Zones, version by version.
mod zones;

pub use answers::{Answer, Request};
pub use cases::{CaseChange, CaseFilter};
pub use edit::{Edit, EditState, NewEdit};
pub use edits::{Added, EditFilter, MAX_EDITS, StateChange};
pub use error::BaseError;
pub use journal::{EditChange, InForce, JournalEntry, NumberedEdit, Subject};
pub use overrides::ArrivalOverride;
pub use people::{NewToken, Role, Token, hash_secret};
pub use pins::{Pin, PinFilter, PinKind, PinTarget, StoredPin};
pub use report::{Case, CaseState, KnownReport, NewReport, Report};
pub use spots::{Spot, SpotFilter, SpotState, StoredSpot};
pub use store::{Base, Database};
pub use write::Write;
pub use zones::{Author, StoredZone, ZoneFilter};
