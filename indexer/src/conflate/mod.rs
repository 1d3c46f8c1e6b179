//! The same thing from two sources → one place: areas, streets, houses, POIs.
//!
//! In: what the readers left, per file. Out: a [`World`] of drafts that the build writes down. Nothing here knows files.

/// Boundaries and place nodes → areas, settlements, hierarchy.
mod areas;
/// Doors → houses and stations.
mod doors;
/// Places before they are numbered and written.
mod draft;
/// Houses → streets and settlements.
mod houses;
/// How much a place matters, from what the map says.
mod importance;
/// POIs and stations.
mod places;
/// What a street's name is made of, for comparing.
mod street_name;
/// Ways → streets.
mod streets;

use crate::addresses::ListRow;
use crate::osm::Harvest;
use crate::report::{HouseCounts, RejectReason};
use geodata::SourceId;
use rustc_hash::{FxHashMap, FxHashSet};

pub use draft::{Door, DoorOwner, Draft, DraftHouse, World};

/// How far the same id in two files may lie apart to be the same object, in metres.
const SAME_OBJECT_M: f64 = 2_000.0;

/// What the caller decides.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// ISO 3166-1 alpha-2 code, lower case, for places that no country's boundary contains.
    pub country: Option<String>,
}

/// Resolves everything that was read.
pub fn conflate(harvests: Vec<Harvest>, lists: Vec<ListRow>, options: &Options) -> World {
    let mut world = World::default();
    let mut all = merge(harvests, &mut world);
    let settlements = areas::resolve(&mut all, options, &mut world);
    let streets = streets::resolve(std::mem::take(&mut all.streets), &settlements, &mut world);
    houses::resolve(
        &mut all,
        lists,
        houses::Ground {
            settlements: &settlements,
            streets,
        },
        &mut world,
    );
    places::resolve(&mut all, &settlements, &mut world);
    doors::resolve(&mut all, &mut world);
    importance::weigh(&mut world);
    world
}

/// Joins the files: texts are interned anew, an object that lies in two extracts is kept once.
fn merge(harvests: Vec<Harvest>, world: &mut World) -> Harvest {
    let mut all = Harvest::default();
    let mut seen: FxHashMap<SourceId, geodata::LonLat> = FxHashMap::default();
    let many = harvests.len() > 1;
    for mut one in harvests {
        world.rejects.merge(std::mem::take(&mut one.rejects));
        all.read += one.read;
        rename_atoms(&mut one, &mut all);
        let mut fresh = |source: SourceId, point: Option<geodata::LonLat>| -> bool {
            let (true, Some(point)) = (many, point) else {
                return true;
            };
            match seen.insert(source, point) {
                Some(before) if before.distance_m(point) <= SAME_OBJECT_M => false,
                Some(_) => {
                    world
                        .rejects
                        .add(RejectReason::SameIdElsewhere, &source.to_string());
                    true
                }
                None => true,
            }
        };
        // One object may be a house and a place: the house is asked for first, under an id of its own.
        let houses: FxHashSet<usize> = one
            .houses
            .iter()
            .enumerate()
            .filter(|(_, h)| fresh(h.source, Some(h.point)))
            .map(|(n, _)| n)
            .collect();
        let repeated: FxHashSet<SourceId> = one
            .houses
            .iter()
            .enumerate()
            .filter(|(n, _)| !houses.contains(n))
            .map(|(_, h)| h.source)
            .collect();
        let is_house: FxHashSet<SourceId> = one.houses.iter().map(|h| h.source).collect();
        let mut keep = |source: SourceId, point| {
            if is_house.contains(&source) {
                !repeated.contains(&source)
            } else {
                fresh(source, point)
            }
        };
        all.places.extend(
            one.places
                .into_iter()
                .filter(|p| keep(p.source, p.geometry.point)),
        );
        all.areas.extend(
            one.areas
                .into_iter()
                .filter(|a| keep(a.place.source, a.place.geometry.point)),
        );
        all.streets.extend(
            one.streets
                .into_iter()
                .filter(|s| keep(s.source, s.line.first().copied())),
        );
        all.entrances.extend(
            one.entrances
                .into_iter()
                .filter(|e| many.then(|| keep(e.source, Some(e.point))).unwrap_or(true)),
        );
        all.houses.extend(
            one.houses
                .into_iter()
                .enumerate()
                .filter(|(n, _)| houses.contains(n))
                .map(|(_, h)| h),
        );
        all.interpolations.extend(one.interpolations);
        all.street_members.extend(one.street_members);
    }
    world.houses = HouseCounts {
        read: all.houses.len() as u64,
        ..HouseCounts::default()
    };
    world.read = all.read;
    all
}

fn rename_atoms(one: &mut Harvest, all: &mut Harvest) {
    let atoms = std::mem::take(&mut one.atoms);
    let mut renamed = |atom: &mut crate::osm::Atom| *atom = all.atoms.intern(atoms.get(*atom));
    let mut address = |a: &mut crate::osm::RawAddress| {
        for atom in [
            &mut a.number,
            &mut a.street,
            &mut a.place,
            &mut a.city,
            &mut a.postcode,
            &mut a.unit,
        ] {
            renamed(atom);
        }
    };
    one.houses.iter_mut().for_each(|h| address(&mut h.address));
    one.places.iter_mut().for_each(|p| address(&mut p.address));
    one.areas
        .iter_mut()
        .for_each(|a| address(&mut a.place.address));
    one.entrances
        .iter_mut()
        .for_each(|e| address(&mut e.address));
    for e in &mut one.entrances {
        [&mut e.kind, &mut e.reference, &mut e.flats]
            .into_iter()
            .for_each(&mut renamed);
    }
    one.streets
        .iter_mut()
        .for_each(|s| renamed(&mut s.wikidata));
    one.street_members
        .iter_mut()
        .for_each(|m| renamed(&mut m.name));
}
