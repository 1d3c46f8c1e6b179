//! The build report: what was read, what was accepted, what was rejected and why.

use crate::edits::EditCounts;
use crate::identity::Changes;
use crate::osm::ChangeCounts;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// How many examples of each reason are kept.
const SAMPLES: usize = 3;

/// Why an object, or a part of it, did not become what it claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectReason {
    OutsideWorld,
    NullIsland,
    MissingNodes,
    SomeNodesMissing,
    NoRing,
    SomeRingsOpen,
    BadName,
    NumberWithoutDigits,
    NumberTooLong,
    NumberTooLarge,
    NoStreetOrPlace,
    UnknownAreaLevel,
    InterpolationWithoutEnds,
    InterpolationTooLong,
    EntranceWithoutHouse,
    SameIdElsewhere,
    ListRowUnusable,
    ListRowFitsNothing,
    PopularityUnknownId,
    Pickup(PickupReject),
}

/// Why a line of a file of pickups does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PickupReject {
    Unreadable,
    UnknownPlace,
    NotAccepted,
    Inaccurate,
    WithoutRider,
    FarAway,
}

impl RejectReason {
    /// The stable word for the reason, and what it means.
    fn texts(self) -> (&'static str, &'static str) {
        match self {
            RejectReason::OutsideWorld => ("outside_world", "coordinates outside the world"),
            RejectReason::NullIsland => ("null_island", "at 0,0: a lost coordinate"),
            RejectReason::MissingNodes => (
                "missing_nodes",
                "fewer than two of its nodes are in the file",
            ),
            RejectReason::SomeNodesMissing => (
                "some_nodes_missing",
                "kept without the nodes that are not in the file",
            ),
            RejectReason::NoRing => ("no_ring", "boundary without a closed ring: kept as a point"),
            RejectReason::SomeRingsOpen => (
                "some_rings_open",
                "kept without the rings that do not close",
            ),
            RejectReason::BadName => (
                "bad_name",
                "name without letters or digits, or longer than 255 characters",
            ),
            RejectReason::NumberWithoutDigits => {
                ("number_without_digits", "house number without digits")
            }
            RejectReason::NumberTooLong => {
                ("number_too_long", "house number longer than 60 characters")
            }
            RejectReason::NumberTooLarge => ("number_too_large", "house number above 99999"),
            RejectReason::NoStreetOrPlace => (
                "no_street_or_place",
                "house far from any street and settlement",
            ),
            RejectReason::UnknownAreaLevel => {
                ("unknown_area_level", "boundary of a level that is no layer")
            }
            RejectReason::InterpolationWithoutEnds => (
                "interpolation_without_ends",
                "line without numbers at its ends",
            ),
            RejectReason::InterpolationTooLong => {
                ("interpolation_too_long", "line that spans too many numbers")
            }
            RejectReason::EntranceWithoutHouse => (
                "entrance_without_house",
                "numbered entrance on no addressed house",
            ),
            RejectReason::SameIdElsewhere => (
                "same_id_elsewhere",
                "id used by another object in another file",
            ),
            RejectReason::ListRowUnusable => (
                "list_row_unusable",
                "list row without number, coordinates or street",
            ),
            RejectReason::ListRowFitsNothing => (
                "list_row_fits_nothing",
                "list row far from any settlement or street",
            ),
            RejectReason::PopularityUnknownId => (
                "popularity_unknown_id",
                "popularity for an object that is no place",
            ),
            RejectReason::Pickup(reason) => reason.texts(),
        }
    }
}

impl PickupReject {
    /// The stable word for the reason, and what it means.
    fn texts(self) -> (&'static str, &'static str) {
        match self {
            PickupReject::Unreadable => (
                "pickup_unreadable",
                "line that is no JSON object with `lat`, `lon`, `accuracy_m` and `time` or `ts`",
            ),
            PickupReject::UnknownPlace => (
                "pickup_unknown_place",
                "pickup of a place or object that the snapshot does not have",
            ),
            PickupReject::NotAccepted => {
                ("pickup_not_accepted", "pickup point that was not accepted")
            }
            PickupReject::Inaccurate => ("pickup_inaccurate", "position with a radius above 50 m"),
            PickupReject::WithoutRider => ("pickup_without_rider", "pickup without `user`"),
            PickupReject::FarAway => ("pickup_far_away", "pickup far from its place"),
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.texts().0)
    }
}

/// Counts of one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectCount {
    pub meaning: String,
    pub count: u64,
    /// The first few, for looking them up.
    pub samples: Vec<String>,
}

/// Counts by reason.
#[derive(Debug, Clone, Default)]
pub struct Rejects(BTreeMap<RejectReason, RejectCount>);

impl Rejects {
    /// Counts one object.
    pub fn add(&mut self, reason: RejectReason, sample: &str) {
        let entry = self.0.entry(reason).or_insert_with(|| RejectCount {
            meaning: reason.texts().1.to_owned(),
            count: 0,
            samples: Vec::new(),
        });
        entry.count += 1;
        if entry.samples.len() < SAMPLES {
            entry.samples.push(sample.to_owned());
        }
    }

    /// Takes up the counts of another stage.
    pub fn merge(&mut self, other: Rejects) {
        for (reason, more) in other.0 {
            match self.0.get_mut(&reason) {
                Some(entry) => {
                    entry.count += more.count;
                    let room = SAMPLES - entry.samples.len().min(SAMPLES);
                    entry.samples.extend(more.samples.into_iter().take(room));
                }
                None => {
                    self.0.insert(reason, more);
                }
            }
        }
    }

    /// How many of a reason were counted.
    pub fn count(&self, reason: RejectReason) -> u64 {
        self.0.get(&reason).map_or(0, |e| e.count)
    }

    /// All counts, by the reasons' stable words.
    pub fn counts(&self) -> BTreeMap<String, RejectCount> {
        self.0
            .iter()
            .map(|(reason, count)| (reason.to_string(), count.clone()))
            .collect()
    }
}

/// How objects with a house number fared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HouseCounts {
    /// Objects with `addr:housenumber`, and rows of lists.
    pub read: u64,
    /// Attached by the name of their street.
    pub by_street_name: u64,
    /// Attached by a name in another language, an old name, or one with a slip of the pen.
    pub by_other_name: u64,
    /// On a street that is only known from addresses.
    pub on_unmapped_street: u64,
    /// Attached to a settlement: `addr:place`, or no street near.
    pub by_place: u64,
    /// Without `addr:street`: attached to the nearest street.
    pub by_nearest_street: u64,
    /// The same house from another object or list, joined.
    pub joined: u64,
    pub rejected: u64,
    /// Records by which houses are found: corners, ranges and lists have several.
    pub records: u64,
}

/// A line for each reason.
pub(crate) fn write_rejected(
    f: &mut fmt::Formatter<'_>,
    rejected: &BTreeMap<String, RejectCount>,
) -> fmt::Result {
    for (reason, r) in rejected {
        writeln!(
            f,
            "rejected   {:>7} {reason}: {} ({})",
            r.count,
            r.meaning,
            r.samples.join(", ")
        )?;
    }
    Ok(())
}

/// What a build did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct BuildReport {
    pub snapshot: String,
    pub published: bool,
    /// Objects read.
    pub read: u64,
    /// What the diffs did.
    pub diffs: ChangeCounts,
    pub places: BTreeMap<String, u64>,
    /// What became of the edits in force; none without a base.
    pub edits: Option<EditCounts>,
    /// The snapshot whose ids were kept.
    pub ids_from: Option<String>,
    /// What became of its ids, by layer.
    pub changes: Changes,
    pub houses: HouseCounts,
    pub entrances: u64,
    pub rejected: BTreeMap<String, RejectCount>,
    pub seconds: f64,
    pub stages: Vec<(String, f64)>,
    pub peak_memory_mb: u64,
    pub snapshot_bytes: u64,
}

impl fmt::Display for BuildReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "snapshot   {}{}",
            self.snapshot,
            if self.published {
                ", published"
            } else {
                ", not published"
            }
        )?;
        writeln!(
            f,
            "read       {} objects in {:.1} s, peak memory {} MB",
            self.read, self.seconds, self.peak_memory_mb
        )?;
        if self.diffs != ChangeCounts::default() {
            let d = &self.diffs;
            writeln!(
                f,
                "diffs      {} objects created, {} modified, {} deleted; {} changes outdated",
                d.created, d.modified, d.deleted, d.outdated
            )?;
        }
        let places: Vec<String> = self
            .places
            .iter()
            .map(|(layer, n)| format!("{layer} {n}"))
            .collect();
        writeln!(f, "places     {}", places.join(", "))?;
        let h = &self.houses;
        writeln!(
            f,
            "houses     {} read: {} by street, {} by another name of it, {} on streets known from addresses only,",
            h.read, h.by_street_name, h.by_other_name, h.on_unmapped_street
        )?;
        writeln!(
            f,
            "           {} in places, {} by the nearest street, {} joined, {} rejected; {} entrances",
            h.by_place, h.by_nearest_street, h.joined, h.rejected, self.entrances
        )?;
        if let Some(before) = &self.ids_from {
            writeln!(f, "ids        kept from {before}:")?;
            for (layer, c) in &self.changes {
                writeln!(
                    f,
                    "           {layer}: {} kept, {} new, {} retired",
                    c.kept, c.new, c.retired
                )?;
            }
        }
        if let Some(e) = &self.edits {
            writeln!(
                f,
                "edits      {} kept, {} absorbed, {} conflicted, {} orphaned, {} unreadable",
                e.kept, e.absorbed, e.conflicted, e.orphaned, e.unreadable
            )?;
        }
        write_rejected(f, &self.rejected)
    }
}

/// Peak resident memory of this process; 0 where the system does not tell.
pub(crate) fn peak_memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or_default()
        / 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_keep_three_samples() {
        let mut a = Rejects::default();
        let mut b = Rejects::default();
        for id in ["n1", "n2", "n3", "n4"] {
            a.add(RejectReason::NullIsland, id);
            b.add(RejectReason::NullIsland, id);
        }
        a.merge(b);
        let counts = a.counts();
        assert_eq!(counts["null_island"].count, 8);
        assert_eq!(counts["null_island"].samples, ["n1", "n2", "n3"]);
    }
}
