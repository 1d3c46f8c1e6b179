//! Where the car stops: what has been ruled about it, and whether the driver is there.
//!
//! Zones, pins, bans and learnt spots of the address base → `rulings`, by where they are.
//! Fixes of the driver's phone → what they say about the car (`track`) → verdict with its reason (`arrival`) → a sentence
//! for people (`sentence`). Nothing here knows HTTP, the clock or the network.

/// The recipe: a driver's fixes and a pickup point → far, near or arrived, and why.
mod arrival;
/// Rulings → what counts for one meeting.
mod guidance;
/// Zones, pins, bans and learnt spots in force.
mod rulings;
/// A verdict as a sentence.
mod sentence;
/// The driver's fixes, put in order, and what of them is to be believed.
mod track;
/// The words of an arrival check.
mod verdict;

pub use arrival::{
    ACCURACY_CAP_M, AGREE_M, Check, DWELL_S, HELD_MARGIN_M, MAX_ACCURACY_M, MAX_AGE_S,
    MAX_SPEED_KMH, NEAR_M, Target, judge,
};
pub use geodata::pickup::Between;
pub(crate) use guidance::{AtMeeting, guidance};
pub use rulings::{RuledZone, RulingChanges, Rulings};
pub use sentence::{overridden, sentence};
pub use track::Fix;
pub use verdict::{Judgement, Note, PointKind, Reason, Rule, Verdict};
