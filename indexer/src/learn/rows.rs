//! A file of pickups, a JSON object per line, → pickups by place. A bad line is counted by reason and never stops the rest.

use crate::report::{PickupReject, RejectReason, Rejects};
use anyhow::{Context, Result};
use chrono::DateTime;
use geodata::snapshot::{DocId, Snapshot};
use geodata::{Layer, LonLat, PlaceRef, SourceId};
use rustc_hash::{FxHashMap, FxHasher};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::path::Path;

/// With a larger radius a phone does not know where it is, in metres.
const MAX_ACCURACY_M: f64 = 50.0;
/// Farther from a house or POI nobody waits for its car, in metres.
const MAX_AWAY_M: f64 = 300.0;
/// The same for a station or a street, whose point is only one of it.
const MAX_AWAY_LARGE_M: f64 = 1_000.0;
/// The type that events of pickups have.
const PICKUP: &str = "pickup";

/// A line as it is written; other fields may be there.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: Option<String>,
    place: Option<String>,
    osm: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    accuracy_m: Option<f64>,
    /// RFC 3339.
    time: Option<String>,
    /// Seconds since 1970 UTC.
    ts: Option<f64>,
    user: Option<String>,
    accepted: Option<bool>,
}

/// One pickup of a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pickup {
    /// A number for the rider; names are not kept.
    pub rider: u64,
    pub point: LonLat,
    pub accuracy_m: f64,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// What a file says.
#[derive(Debug, Default)]
pub struct Pickups {
    /// In the order of the ids as text, so that two runs do the same.
    pub by_place: Vec<(PlaceRef, Vec<Pickup>)>,
    /// When the newest was, in milliseconds since 1970 UTC.
    pub newest_ms: i64,
    /// Lines of pickups.
    pub read: u64,
    /// Lines of other types.
    pub other_types: u64,
    /// Pickups that count.
    pub used: u64,
    pub rejects: Rejects,
}

/// What a line names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Anchor {
    Place(PlaceRef),
    Object(SourceId),
}

/// A place that a line may name: its id, where it is, and how far its riders may be.
#[derive(Debug, Clone, Copy)]
struct Known {
    id: PlaceRef,
    point: LonLat,
    max_away_m: f64,
}

/// Reads a file of pickups; places are those of a snapshot.
///
/// # Errors
/// When the file cannot be read.
pub fn read_pickups(path: &Path, snapshot: &Snapshot) -> Result<Pickups> {
    let unreadable = || format!("cannot read `{}`", path.display());
    let file = File::open(path).with_context(unreadable)?;
    let mut pickups = Pickups::default();
    let mut rows: FxHashMap<Anchor, Vec<Pickup>> = FxHashMap::default();
    for (number, line) in (1u64..).zip(BufReader::new(file).lines()) {
        let line = line.with_context(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        match read_line(&line) {
            Ok(None) => pickups.other_types += 1,
            Ok(Some((anchor, pickup))) => {
                pickups.read += 1;
                rows.entry(anchor).or_default().push(pickup);
            }
            Err(reason) => {
                pickups.read += 1;
                let reason = RejectReason::Pickup(reason);
                pickups.rejects.add(reason, &format!("line {number}"));
            }
        }
    }
    pickups.place(rows, snapshot);
    Ok(pickups)
}

fn read_line(line: &str) -> Result<Option<(Anchor, Pickup)>, PickupReject> {
    let parsed: Option<Line> = serde_json::from_str(line).ok();
    let line = parsed.ok_or(PickupReject::Unreadable)?;
    if line.kind.as_deref().is_some_and(|kind| kind != PICKUP) {
        return Ok(None);
    }
    let place = line.place.as_ref().and_then(|p| p.parse().ok());
    let object = line.osm.as_ref().and_then(|o| o.parse().ok());
    let anchor = place.map(Anchor::Place).or(object.map(Anchor::Object));
    let anchor = anchor.ok_or(PickupReject::UnknownPlace)?;
    if line.accepted == Some(false) {
        return Err(PickupReject::NotAccepted);
    }
    let at_ms = read_time(&line).ok_or(PickupReject::Unreadable)?;
    let point = line
        .lon
        .zip(line.lat)
        .and_then(|(lon, lat)| LonLat::new(lon, lat).ok());
    let point = point.ok_or(PickupReject::Unreadable)?;
    let rider = line.user.as_deref().filter(|u| !u.trim().is_empty());
    let rider = rider.ok_or(PickupReject::WithoutRider)?;
    let accuracy_m = line.accuracy_m.ok_or(PickupReject::Unreadable)?;
    if !(0.0..=MAX_ACCURACY_M).contains(&accuracy_m) {
        return Err(PickupReject::Inaccurate);
    }
    let pickup = Pickup {
        rider: number_of(rider),
        point,
        accuracy_m,
        at_ms,
    };
    Ok(Some((anchor, pickup)))
}

/// The same for the same name in every run.
fn number_of(rider: &str) -> u64 {
    let mut hasher = FxHasher::default();
    rider.hash(&mut hasher);
    hasher.finish()
}

fn read_time(line: &Line) -> Option<i64> {
    if let Some(text) = &line.time {
        let parsed = DateTime::parse_from_rfc3339(text).ok()?;
        return Some(parsed.timestamp_millis());
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    let ms = line
        .ts
        .filter(|ts| (0.0..=253_402_300_799.0).contains(ts))
        .map(|ts| (ts * 1000.0).round() as i64);
    ms
}

impl Pickups {
    /// Gives rows to the places that they name.
    fn place(&mut self, rows: FxHashMap<Anchor, Vec<Pickup>>, snapshot: &Snapshot) {
        let known = known_places(&rows, snapshot);
        let mut by_place: BTreeMap<String, (PlaceRef, Vec<Pickup>)> = BTreeMap::new();
        for (anchor, rows) in rows {
            let places = known.get(&anchor).map_or(&[][..], Vec::as_slice);
            for row in rows {
                let near = |k: &&Known| k.point.distance_m(row.point) <= k.max_away_m;
                let sample = || match anchor {
                    Anchor::Place(id) => id.to_string(),
                    Anchor::Object(id) => id.to_string(),
                };
                if places.is_empty() {
                    self.rejects
                        .add(RejectReason::Pickup(PickupReject::UnknownPlace), &sample());
                } else if !places.iter().any(|k| near(&k)) {
                    self.rejects
                        .add(RejectReason::Pickup(PickupReject::FarAway), &sample());
                } else {
                    self.used += 1;
                    self.newest_ms = self.newest_ms.max(row.at_ms);
                }
                for place in places.iter().filter(near) {
                    let (_, list) = by_place
                        .entry(place.id.to_string())
                        .or_insert((place.id, Vec::new()));
                    list.push(row);
                }
            }
        }
        self.by_place = by_place.into_values().collect();
    }
}

/// The places that are named; a corner house is found on two streets, and is one place on each.
fn known_places(
    rows: &FxHashMap<Anchor, Vec<Pickup>>,
    snapshot: &Snapshot,
) -> FxHashMap<Anchor, Vec<Known>> {
    let mut known: FxHashMap<Anchor, Vec<Known>> = FxHashMap::default();
    for anchor in rows.keys() {
        if let Anchor::Place(id) = anchor {
            let id = snapshot.gone(*id).and_then(|g| g.successor).unwrap_or(*id);
            known.entry(*anchor).or_default().extend(find(snapshot, id));
        }
    }
    let mut add = |source: SourceId, place: Known| {
        let anchor = Anchor::Object(source);
        if !rows.contains_key(&anchor) {
            return;
        }
        let places = known.entry(anchor).or_default();
        if !places.iter().any(|k| k.id == place.id) {
            places.push(place);
        }
    };
    for doc in 0..DocId::try_from(snapshot.len()).unwrap_or(DocId::MAX) {
        for source in snapshot.sources(doc) {
            add(*source, whole(snapshot, doc));
        }
        for house in snapshot.houses(doc).iter() {
            let id = PlaceRef::house(snapshot.place(doc).id, house.source);
            let place = Known {
                id,
                point: house.point,
                max_away_m: MAX_AWAY_M,
            };
            add(house.source, place);
            for other in snapshot.joined(house.source) {
                add(other, place);
            }
        }
    }
    known
}

fn find(snapshot: &Snapshot, id: PlaceRef) -> Option<Known> {
    let doc = snapshot.find(id.place)?;
    if id.part.is_none() {
        return Some(whole(snapshot, doc));
    }
    let house = snapshot
        .houses(doc)
        .iter()
        .find(|h| id.is_house(h.source))?;
    Some(Known {
        id,
        point: house.point,
        max_away_m: MAX_AWAY_M,
    })
}

fn whole(snapshot: &Snapshot, doc: DocId) -> Known {
    let place = snapshot.place(doc);
    Known {
        id: PlaceRef::whole(place.id),
        point: place.point,
        max_away_m: match snapshot.layer(doc) {
            Layer::House | Layer::Entrance | Layer::Poi => MAX_AWAY_M,
            _ => MAX_AWAY_LARGE_M,
        },
    }
}
