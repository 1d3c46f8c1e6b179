//! What was learnt, for people.

use crate::report::{RejectCount, write_rejected};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Spots, and the places they belong to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SpotCounts {
    /// In force now, of the places in the file.
    pub spots: usize,
    pub places_with_spots: usize,
    /// Places whose spots are others than before.
    pub places_changed: usize,
    /// Places with too few riders to say anything: what was known of them stays.
    pub places_without_riders: usize,
    /// Spots that would be there if a cartographer had not revoked them.
    pub revoked: usize,
}

/// What became of a file of pickups.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LearnReport {
    /// Lines of pickups.
    pub read: u64,
    /// Lines of other types.
    pub other_types: u64,
    /// Pickups that count.
    pub used: u64,
    /// Places in the file.
    pub places: usize,
    pub spots: SpotCounts,
    pub rejected: BTreeMap<String, RejectCount>,
    pub seconds: f64,
    pub peak_memory_mb: u64,
}

impl fmt::Display for LearnReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "read       {} pickups, {} of them used, and {} lines of other types in {:.1} s, peak memory {} MB",
            self.read, self.used, self.other_types, self.seconds, self.peak_memory_mb
        )?;
        let s = &self.spots;
        writeln!(
            f,
            "places     {}: {} with spots, {} with others than before, {} with fewer than five riders",
            self.places, s.places_with_spots, s.places_changed, s.places_without_riders
        )?;
        writeln!(
            f,
            "spots      {}; {} left out because somebody revoked them",
            s.spots, s.revoked
        )?;
        write_rejected(f, &self.rejected)
    }
}
