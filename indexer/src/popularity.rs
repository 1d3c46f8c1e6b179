//! How often places were asked for: a CSV with `osm,count` or `id,count`.

use crate::conflate::World;
use crate::report::RejectReason;
use geodata::{PlaceId, SourceId};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a popularity file cannot be used.
#[derive(Debug, Error)]
pub enum PopularityError {
    #[error("cannot read `{}`", .path.display())]
    Csv { path: PathBuf, source: csv::Error },
    #[error("`{}`: expected a header `osm,count` or `id,count`, got `{found}`", .path.display())]
    Header { path: PathBuf, found: String },
    #[error("`{}` line {line}: expected a count, got `{found}`", .path.display())]
    Count {
        path: PathBuf,
        line: u64,
        found: String,
        source: std::num::ParseIntError,
    },
}

/// Counts by OSM id or place id.
pub struct Popularity {
    counts: FxHashMap<String, u32>,
}

/// Reads a popularity file.
///
/// # Errors
/// When it cannot be read, its header is another one, or a count is no number.
pub fn read_popularity(path: &Path) -> Result<Popularity, PopularityError> {
    let bad = |source| PopularityError::Csv {
        path: path.to_owned(),
        source,
    };
    let mut reader = csv::Reader::from_path(path).map_err(bad)?;
    let header = reader.headers().map_err(bad)?.clone();
    let id = header.iter().position(|h| matches!(h.trim(), "osm" | "id"));
    let count = header.iter().position(|h| h.trim() == "count");
    let (Some(id), Some(count)) = (id, count) else {
        let found = header.iter().collect::<Vec<_>>().join(",");
        return Err(PopularityError::Header {
            path: path.to_owned(),
            found,
        });
    };
    let mut counts = FxHashMap::default();
    for record in reader.records() {
        let record = record.map_err(bad)?;
        let text = record.get(count).unwrap_or_default();
        let line = record.position().map_or(0, csv::Position::line);
        let value: u32 = text
            .trim()
            .parse()
            .map_err(|source| PopularityError::Count {
                source,
                path: path.to_owned(),
                line,
                found: text.to_owned(),
            })?;
        *counts
            .entry(record.get(id).unwrap_or_default().trim().to_owned())
            .or_default() += value;
    }
    Ok(Popularity { counts })
}

impl Popularity {
    /// Gives every place the counts of its objects, and a street those of its houses; unknown ids are counted.
    pub fn apply(mut self, world: &mut World) {
        let counts = &self.counts;
        let count = |source: SourceId| counts.get(&source.to_string()).copied().unwrap_or_default();
        // A corner house is found on two streets: its count is both streets'.
        for house in world.drafts.iter_mut().flat_map(|d| &mut d.houses) {
            house.popularity = count(house.source);
        }
        let mut take =
            |source: SourceId| self.counts.remove(&source.to_string()).unwrap_or_default();
        for draft in &mut world.drafts {
            let own: u32 = draft
                .sources
                .iter()
                .map(|s| take(*s))
                .fold(0, u32::saturating_add);
            draft.popularity = draft.popularity.saturating_add(own);
        }
        for draft in &mut world.drafts {
            // A range, a list and a corner have a record for each of their numbers, and count once.
            let mut houses: Vec<(SourceId, u32)> = draft
                .houses
                .iter()
                .map(|h| (h.source, h.popularity))
                .collect();
            houses.sort_unstable();
            houses.dedup();
            for (source, count) in houses {
                take(source);
                draft.popularity = draft.popularity.saturating_add(count);
            }
        }
        for draft in &mut world.drafts {
            if let Some(count) = self
                .counts
                .remove(&PlaceId::derive(&draft.identity()).to_string())
            {
                draft.popularity = draft.popularity.saturating_add(count);
            }
        }
        let mut unknown: Vec<String> = self.counts.into_keys().collect();
        unknown.sort_unstable();
        for id in unknown {
            world.rejects.add(RejectReason::PopularityUnknownId, &id);
        }
    }
}
