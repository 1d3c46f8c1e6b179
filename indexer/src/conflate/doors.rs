//! Doors → houses and stations.
//!
//! A door belongs to the building on whose outline it lies; one with an address of its own to the house with that
//! address; a station's exit to the station of its name.

use super::World;
use super::street_name::StreetName;
use crate::grid::Grid;
use crate::osm::{Harvest, RawEntrance};
use crate::report::RejectReason;
use geodata::draft::{Door, DoorOwner, Draft};
use geodata::{Layer, SourceId};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use synonyms::fold;

/// How far an exit may lie from its station, in metres.
const EXIT_M: f64 = 900.0;
/// How far a door may lie from the house whose address it bears, in metres.
const DOOR_M: f64 = 250.0;

/// Gives every door that can be told from others its owner.
pub(super) fn resolve(all: &mut Harvest, world: &mut World) {
    let entrances = std::mem::take(&mut all.entrances);
    if entrances.is_empty() {
        return;
    }
    let outlined: FxHashSet<SourceId> = entrances.iter().map(|e| e.building).collect();
    let joined: FxHashMap<SourceId, SourceId> = world
        .drafts
        .joined
        .iter()
        .map(|(main, other)| (*other, *main))
        .collect();
    let main = |source: SourceId| joined.get(&source).copied().unwrap_or(source);
    let wanted: FxHashSet<SourceId> = outlined.into_iter().map(main).collect();
    let places = world.drafts.places.par_iter();
    let all = places.flat_map_iter(|d| d.houses.iter().map(|h| h.source));
    let houses: Vec<SourceId> = all.filter(|s| wanted.contains(s)).collect();
    let houses: FxHashSet<SourceId> = houses.into_iter().collect();
    let kept = |source: SourceId| Some(main(source)).filter(|s| houses.contains(s));
    let by_address = houses_by_address(&entrances, world);
    let stations = stations_by_cell(world);
    let mut doors = Vec::new();
    for entrance in entrances {
        let exit = is_exit(&entrance, world)
            .then(|| station_of(&entrance, &stations, world))
            .flatten();
        let owner = exit.map(DoorOwner::Place).or_else(|| {
            let on_outline = Some(entrance.building)
                .filter(|b| !b.is_none())
                .and_then(kept);
            on_outline
                .or_else(|| addressed(&entrance, &by_address))
                .map(DoorOwner::House)
        });
        match owner {
            Some(owner) => doors.push(Door {
                owner,
                source: entrance.source,
                point: entrance.point,
                reference: entrance.reference,
                flats: entrance.flats,
                kind: entrance.kind,
            }),
            None if !entrance.reference.is_empty() || !entrance.flats.is_empty() => {
                world.rejects.add(
                    RejectReason::EntranceWithoutHouse,
                    &entrance.source.to_string(),
                );
            }
            None => {}
        }
    }
    doors.sort_by_key(|d| (d.owner, d.source));
    world.drafts.doors = doors;
}

fn is_exit(entrance: &RawEntrance, world: &World) -> bool {
    matches!(
        world.drafts.atoms.get(entrance.kind),
        "subway_entrance" | "train_station_entrance"
    )
}

fn stations_by_cell(world: &World) -> Grid<u32> {
    let mut stations = Grid::new(EXIT_M);
    let all = world.drafts.places.iter().zip(0..);
    for (draft, n) in all.filter(|(d, _)| d.layer == Layer::Station) {
        stations.insert(draft.point, n);
    }
    stations
}

/// The station an exit leads to: one of its name, else the nearest.
fn station_of(entrance: &RawEntrance, stations: &Grid<u32>, world: &World) -> Option<u32> {
    let near = stations.around(entrance.point);
    let rated = near.filter_map(|n| {
        let draft = &world.drafts.places[*n as usize];
        let distance = draft.point.distance_m(entrance.point);
        let named = entrance
            .names
            .iter()
            .any(|e| draft.names.iter().any(|d| fold(&d.text) == fold(&e.text)));
        (distance <= EXIT_M).then_some((!named, distance, *n))
    });
    rated
        .min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
        .map(|(_, _, n)| n)
}

/// Houses that bear the same number and lie near each door with an address: (door, house) by the nearest.
fn houses_by_address(entrances: &[RawEntrance], world: &World) -> FxHashMap<SourceId, SourceId> {
    let doors = entrances
        .iter()
        .filter(|e| e.building.is_none() && !e.address.number.is_empty());
    let mut wanted: Grid<&RawEntrance> = Grid::new(DOOR_M);
    let mut numbers = FxHashSet::default();
    for door in doors {
        wanted.insert(door.point, door);
        numbers.insert(door.address.number);
    }
    let mut best: FxHashMap<SourceId, (f64, SourceId)> = FxHashMap::default();
    let houses = world
        .drafts
        .places
        .iter()
        .flat_map(|d| d.houses.iter().map(move |h| (d, h)));
    for (draft, house) in houses.filter(|(_, h)| numbers.contains(&h.number)) {
        let near = wanted.around(house.point);
        for door in near.filter(|d| d.address.number == house.number) {
            let distance = door.point.distance_m(house.point);
            let better = best
                .get(&door.source)
                .is_none_or(|(d, s)| distance < *d || distance <= *d && house.source < *s);
            if distance <= DOOR_M
                && better
                && bears_name(draft, world.drafts.atoms.get(door.address.street))
            {
                best.insert(door.source, (distance, house.source));
            }
        }
    }
    best.into_iter()
        .map(|(door, (_, house))| (door, house))
        .collect()
}

/// Whether a street has the name that a door's address gives; a door that names none fits any.
fn bears_name(street: &Draft, name: &str) -> bool {
    let asked = StreetName::read(name);
    name.is_empty()
        || street
            .names
            .iter()
            .any(|n| StreetName::read(&n.text).words == asked.words)
}

fn addressed(
    entrance: &RawEntrance,
    by_address: &FxHashMap<SourceId, SourceId>,
) -> Option<SourceId> {
    by_address.get(&entrance.source).copied()
}
