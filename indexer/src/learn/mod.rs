//! Learns where cars stop from where riders were picked up.
//!
//! A file of pickups → rows by place (`rows`) → spots of each place (`spots`) → the base, where a place's spots are
//! replaced together and what a cartographer has revoked stays revoked. The file is all that counts for the places in it:
//! the same file gives the same spots.

/// What was learnt, for people.
mod report;
/// A line of the file → a pickup of a place, or why not.
mod rows;
/// Pickups of one place → spots.
mod spots;

pub use report::{LearnReport, SpotCounts};
pub use rows::{Pickup, Pickups, read_pickups};
pub use spots::{MIN_RIDERS, find_spots};

use crate::progress::Progress;
use crate::report::peak_memory_mb;
use anyhow::{Context, Result};
use geodata::PlaceRef;
use geodata::base::{Base, BaseError, Spot, SpotState, Write};
use geodata::snapshot::Snapshot;
use rayon::prelude::*;
use std::path::PathBuf;

/// Places that are written in one transaction: others want to write too.
const PLACES_AT_ONCE: usize = 100;
/// A spot this near to a revoked one of the same place is the same, in metres.
const REVOKED_M: f64 = 12.0;

/// What is to be learnt.
#[derive(Debug, Clone)]
pub struct LearnPlan {
    pub data: PathBuf,
    /// The address base: `sqlite:FILE` or `postgres://…`.
    pub base: String,
    pub pickups: PathBuf,
    /// Whether spots that were revoked may be learnt again.
    pub again: bool,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// What the pickups say of a place.
enum Learnt {
    /// Too few riders: what is known stays.
    Unknown,
    Spots(Vec<Spot>),
}

/// Learns, and writes what is new to the base.
///
/// # Errors
/// When the snapshot, the file or the base cannot be used. Places that are written already stay written; the same again
/// does the rest.
pub fn run_learn(plan: &LearnPlan, progress: Progress) -> Result<LearnReport> {
    let snapshot = Snapshot::open_current(&plan.data)?;
    progress.stage("reading pickups");
    let pickups = read_pickups(&plan.pickups, &snapshot)?;
    progress.stage("finding spots");
    let newest_ms = pickups.newest_ms;
    let learnt: Vec<(PlaceRef, Learnt)> = pickups
        .by_place
        .par_iter()
        .map(|(place, rows)| (*place, learn(rows, newest_ms)))
        .collect();
    progress.stage("writing to the base");
    let builder = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = builder.context("cannot start the runtime")?;
    let counts = runtime
        .block_on(write(plan, &learnt))
        .context("cannot write the spots to the base")?;
    let (_, seconds) = progress.finish();
    Ok(LearnReport {
        read: pickups.read,
        other_types: pickups.other_types,
        used: pickups.used,
        places: learnt.len(),
        spots: counts,
        rejected: pickups.rejects.counts(),
        seconds,
        peak_memory_mb: peak_memory_mb(),
    })
}

fn learn(rows: &[Pickup], newest_ms: i64) -> Learnt {
    let mut riders: Vec<u64> = rows.iter().map(|r| r.rider).collect();
    riders.sort_unstable();
    riders.dedup();
    if riders.len() < MIN_RIDERS {
        return Learnt::Unknown;
    }
    Learnt::Spots(find_spots(rows, newest_ms))
}

async fn write(plan: &LearnPlan, learnt: &[(PlaceRef, Learnt)]) -> Result<SpotCounts, BaseError> {
    let base = Base::open(&plan.base)?;
    base.ready().await?;
    let mut counts = SpotCounts::default();
    for some in learnt.chunks(PLACES_AT_ONCE) {
        let mut write = base.write(plan.at_ms).await?;
        for (place, learnt) in some {
            match learnt {
                Learnt::Unknown => counts.places_without_riders += 1,
                Learnt::Spots(spots) => {
                    let kept = keep(&mut write, plan.again, (*place, spots)).await?;
                    counts.revoked += spots.len() - kept.len();
                    counts.places_with_spots += usize::from(!kept.is_empty());
                    counts.spots += kept.len();
                    let changed = write.replace_spots(*place, &kept).await?;
                    counts.places_changed += usize::from(changed);
                }
            }
        }
        write.commit().await?;
    }
    base.close().await;
    Ok(counts)
}

/// The spots that nobody has revoked.
async fn keep(
    write: &mut Write,
    again: bool,
    (place, spots): (PlaceRef, &[Spot]),
) -> Result<Vec<Spot>, BaseError> {
    if again {
        return Ok(spots.to_vec());
    }
    let revoked = write.spots_of(place, SpotState::Revoked).await?;
    let is_revoked = |spot: &Spot| {
        let mut revoked = revoked.iter();
        revoked.any(|r| r.spot.point.distance_m(spot.point) <= REVOKED_M)
    };
    Ok(spots.iter().copied().filter(|s| !is_revoked(s)).collect())
}
