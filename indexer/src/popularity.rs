//! How often places were asked for: a CSV with `osm,count` or `id,count`.

use crate::conflate::World;
use crate::report::RejectReason;
use csv::StringRecord;
use geodata::{PlaceId, PlaceRef, SourceId};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
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

/// Counts by what the file names.
#[derive(Default)]
pub struct Popularity {
    objects: FxHashMap<SourceId, Asked>,
    places: FxHashMap<PlaceId, Asked>,
    /// Ids that are neither an object's nor a place's.
    foreign: Vec<String>,
}

/// What a row takes at least, more often than not: `w123456789,12`.
const ROW_BYTES: u64 = 14;

/// How often something was asked for.
#[derive(Default)]
struct Asked {
    count: u32,
    /// Whether there is such a thing.
    known: AtomicBool,
}

impl Asked {
    /// The count, for something that there is.
    fn claim(&self) -> u32 {
        self.known.store(true, Ordering::Relaxed);
        self.count
    }
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
    let mut popularity = Popularity::default();
    let rows = std::fs::metadata(path).map_or(0, |m| m.len() / ROW_BYTES);
    popularity
        .objects
        .reserve(usize::try_from(rows).unwrap_or_default());
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(bad)? {
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
        popularity.add(record.get(id).unwrap_or_default().trim(), value);
    }
    Ok(popularity)
}

impl Popularity {
    fn add(&mut self, id: &str, count: u32) {
        let known = if let Ok(object) = id.parse::<SourceId>() {
            self.objects.entry(object).or_default()
        } else if let Ok(place) = id.parse::<PlaceRef>() {
            self.places.entry(place.place).or_default()
        } else {
            return self.foreign.push(id.to_owned());
        };
        known.count = known.count.saturating_add(count);
    }

    /// Gives every place the counts of its objects, and a street those of its houses; unknown ids are counted. Places
    /// have their ids already.
    pub fn apply(self, world: &mut World) {
        // A corner house is found on two streets: its count is both streets'.
        world.drafts.places.par_iter_mut().for_each(|draft| {
            let objects = draft.sources.iter().filter_map(|s| self.objects.get(s));
            let own = objects.chain(self.places.get(&draft.id));
            let own = own.map(Asked::claim);
            draft.popularity = own.fold(draft.popularity, u32::saturating_add);
            for house in &mut draft.houses {
                house.popularity = self.objects.get(&house.source).map_or(0, Asked::claim);
            }
            // A range, a list and a corner have a record for each of their numbers, and count once.
            let asked = draft.houses.iter().filter(|h| h.popularity > 0);
            let mut asked: Vec<(SourceId, u32)> = asked.map(|h| (h.source, h.popularity)).collect();
            asked.sort_unstable();
            asked.dedup();
            let houses = asked.iter().map(|(_, count)| *count);
            draft.popularity = houses.fold(draft.popularity, u32::saturating_add);
        });
        for id in self.unknown() {
            world.rejects.add(RejectReason::PopularityUnknownId, &id);
        }
    }

    /// Ids that no place and no house has, sorted.
    fn unknown(self) -> Vec<String> {
        let is_known = |asked: &Asked| asked.known.load(Ordering::Relaxed);
        let objects = self.objects.iter();
        let objects = objects.filter(|(_, asked)| asked.count > 0 && !is_known(asked));
        let objects = objects.map(|(source, _)| source.to_string());
        let places = self.places.iter().filter(|(_, asked)| !is_known(asked));
        let places = places.map(|(place, _)| PlaceRef::whole(*place).to_string());
        let mut unknown: Vec<String> = objects.chain(places).chain(self.foreign).collect();
        unknown.sort_unstable();
        unknown
    }
}
