//! What people and programs have ruled about where cars stop: zones, pins and bans, learnt spots. All that are in force,
//! by where they are; a change makes new rulings and leaves the old ones as they are to who is reading them.
//!
//! A zone is an R-tree box and its rings: a thousand corners are looked at in some microseconds, and only those of zones
//! whose box is in question.

use crate::search::{Moment, is_open};
use geodata::admin::Area;
use geodata::base::{PinTarget, StoredPin, StoredSpot, StoredZone};
use geodata::zones::{ZoneKind, ZonePoint, name_in};
use geodata::{Bbox, BoxTree, LonLat, PlaceRef};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A zone in force.
#[derive(Debug, Clone, PartialEq)]
pub struct RuledZone {
    pub id: i64,
    pub kind: ZoneKind,
    /// By language.
    pub names: BTreeMap<String, String>,
    pub points: Vec<ZonePoint>,
    pub hours: Option<String>,
    pub capacity: Option<u32>,
    pub area: Area,
}

impl RuledZone {
    /// The name in the first of some languages that there is, else the first there is.
    pub fn name_in(&self, languages: &[String]) -> &str {
        name_in(&self.names, languages)
    }

    /// Whether it is in force at a moment; `None` when its hours say that nobody knows. `country` (ISO 3166-1 alpha-2)
    /// is whose holidays count.
    pub fn is_open(&self, at: Moment, country: Option<&str>) -> Option<bool> {
        let Some(hours) = &self.hours else {
            return Some(true);
        };
        let corner = self.area.rings.first().and_then(|ring| ring.first())?;
        is_open(hours, *corner, country, at)
    }
}

impl From<StoredZone> for RuledZone {
    fn from(stored: StoredZone) -> RuledZone {
        let zone = stored.zone;
        RuledZone {
            id: stored.id,
            kind: zone.kind,
            names: zone.names,
            points: zone.points,
            hours: zone.hours,
            capacity: zone.capacity,
            area: Area {
                rings: zone.outline.polygons.into_iter().flatten().collect(),
            },
        }
    }
}

/// What has changed: by id, what is in force now, or nothing any more.
#[derive(Debug, Clone, Default)]
pub struct RulingChanges {
    pub zones: BTreeMap<i64, Option<StoredZone>>,
    pub pins: BTreeMap<i64, Option<StoredPin>>,
    pub spots: BTreeMap<i64, Option<StoredSpot>>,
}

/// All zones, pins, bans and learnt spots in force; never changed.
#[derive(Default)]
pub struct Rulings {
    zones: Shelf<RuledZone>,
    pins: Shelf<StoredPin>,
    spots: Shelf<StoredSpot>,
    pins_by_place: FxHashMap<PlaceRef, Vec<usize>>,
    /// The pins that count for who asks from about a point, by that point.
    pins_by_asker: BoxTree,
    askers: Vec<usize>,
    spots_by_place: FxHashMap<PlaceRef, Vec<usize>>,
}

impl Rulings {
    /// These rulings with some of them changed.
    pub fn with(&self, changes: RulingChanges) -> Rulings {
        let zones = self.zones.with(changes.zones, |zone| {
            zone.area
                .bbox()
                .unwrap_or(Bbox::at(LonLat::clamped(0.0, 0.0)))
        });
        let pins = self.pins.with(changes.pins, |p| Bbox::at(p.pin.point));
        let spots = self.spots.with(changes.spots, |s| Bbox::at(s.spot.point));
        let mut pins_by_place: FxHashMap<PlaceRef, Vec<usize>> = FxHashMap::default();
        let (mut askers, mut boxes) = (Vec::new(), Vec::new());
        for (n, stored) in pins.things.iter().enumerate() {
            let asked = match stored.pin.target {
                PinTarget::Place(place) => {
                    pins_by_place.entry(place).or_default().push(n);
                    continue;
                }
                PinTarget::Point(asked) => asked,
                PinTarget::Everybody => stored.pin.point,
            };
            askers.push(n);
            boxes.push(Bbox::at(asked));
        }
        let mut spots_by_place: FxHashMap<PlaceRef, Vec<usize>> = FxHashMap::default();
        for (n, spot) in spots.things.iter().enumerate() {
            spots_by_place.entry(spot.place).or_default().push(n);
        }
        Rulings {
            zones,
            pins,
            spots,
            pins_by_place,
            pins_by_asker: BoxTree::new(&boxes),
            askers,
            spots_by_place,
        }
    }

    /// How many zones, pins and spots there are.
    pub fn counts(&self) -> (usize, usize, usize) {
        let len = (self.zones.things.len(), self.pins.things.len());
        (len.0, len.1, self.spots.things.len())
    }

    /// A zone by its id.
    pub fn zone(&self, id: i64) -> Option<&RuledZone> {
        let zones = &self.zones.things;
        let found = zones.binary_search_by_key(&id, |z| z.id).ok()?;
        Some(&zones[found])
    }

    /// The zones in which a point lies, in order of their ids.
    pub fn zones_at(&self, point: LonLat) -> Vec<&RuledZone> {
        let holding = self.zones.tree.holding(point).into_iter();
        let zones = holding.map(|n| &*self.zones.things[n]);
        zones.filter(|z| z.area.contains(point)).collect()
    }

    /// The zones within a distance of a point, each with its distance in metres, 0 inside: the nearest first.
    pub fn zones_within(&self, point: LonLat, radius_m: f64) -> Vec<(&RuledZone, f64)> {
        let distance = |z: &RuledZone| z.area.distance_m(point);
        self.zones.within((point, radius_m), distance)
    }

    /// The pins and bans that count for who asks for a place, or from a point with others within a distance of it; in
    /// order of their ids.
    pub fn pins_for(
        &self,
        place: Option<PlaceRef>,
        point: LonLat,
        radius_m: f64,
    ) -> Vec<&StoredPin> {
        let of_place = place.and_then(|place| self.pins_by_place.get(&place));
        let near = self.pins_by_asker.near(point, radius_m);
        let near = near.into_iter().map(|n| self.askers[n]).filter(|n| {
            let pin = &self.pins.things[*n].pin;
            let asked = match pin.target {
                PinTarget::Point(asked) => asked,
                _ => pin.point,
            };
            asked.distance_m(point) <= radius_m
        });
        let mut found: Vec<usize> = near
            .chain(of_place.into_iter().flatten().copied())
            .collect();
        found.sort_unstable();
        found.iter().map(|n| &*self.pins.things[*n]).collect()
    }

    /// The pins and bans within a distance of a point, whoever they are for, each with its distance in metres: the nearest
    /// first.
    pub fn pins_within(&self, point: LonLat, radius_m: f64) -> Vec<(&StoredPin, f64)> {
        let distance = |p: &StoredPin| p.pin.point.distance_m(point);
        self.pins.within((point, radius_m), distance)
    }

    /// The learnt spots of a place, the heaviest first.
    pub fn spots_of(&self, place: PlaceRef) -> impl Iterator<Item = &StoredSpot> {
        let found = self.spots_by_place.get(&place).into_iter().flatten();
        found.map(|n| &*self.spots.things[*n])
    }

    /// The learnt spots within a distance of a point, whichever place they belong to, each with its distance in metres:
    /// the nearest first.
    pub fn spots_within(&self, point: LonLat, radius_m: f64) -> Vec<(&StoredSpot, f64)> {
        let distance = |s: &StoredSpot| s.spot.point.distance_m(point);
        self.spots.within((point, radius_m), distance)
    }
}

/// Things in order of their ids, and where they are.
struct Shelf<T> {
    ids: Vec<i64>,
    things: Vec<Arc<T>>,
    tree: BoxTree,
}

impl<T> Default for Shelf<T> {
    fn default() -> Shelf<T> {
        Shelf {
            ids: Vec::new(),
            things: Vec::new(),
            tree: BoxTree::default(),
        }
    }
}

impl<T> Shelf<T> {
    fn with<S: Into<T>>(
        &self,
        changes: BTreeMap<i64, Option<S>>,
        bbox: impl Fn(&T) -> Bbox,
    ) -> Shelf<T> {
        let known = self
            .ids
            .iter()
            .copied()
            .zip(self.things.iter().map(Arc::clone));
        let mut all: BTreeMap<i64, Arc<T>> = known.collect();
        for (id, thing) in changes {
            match thing {
                Some(thing) => all.insert(id, Arc::new(thing.into())),
                None => all.remove(&id),
            };
        }
        let boxes: Vec<Bbox> = all.values().map(|thing| bbox(thing)).collect();
        let (ids, things) = all.into_iter().unzip();
        Shelf {
            ids,
            things,
            tree: BoxTree::new(&boxes),
        }
    }

    fn within(
        &self,
        (point, radius_m): (LonLat, f64),
        distance: impl Fn(&T) -> f64,
    ) -> Vec<(&T, f64)> {
        let near = self.tree.near(point, radius_m).into_iter();
        let measured = near.map(|n| (&*self.things[n], distance(&self.things[n])));
        let mut found: Vec<(&T, f64)> = measured.filter(|(_, m)| *m <= radius_m).collect();
        found.sort_by(|a, b| a.1.total_cmp(&b.1));
        found
    }
}
