//! The same thing from two sources → one place: areas, streets, houses, POIs.
//!
//! In: what the readers left, per file. Out: a [`World`] of drafts that the build writes down. Nothing here knows files.

/// Boundaries and place nodes → areas, settlements, hierarchy.
mod areas;
/// Settlements without boundary.
mod collectors;
/// Corner houses, found from both streets.
mod corners;
/// Doors → houses and stations.
mod doors;
/// Houses → streets and settlements.
mod houses;
/// Houses along `addr:interpolation` lines.
mod interpolation;
/// Houses that are the same.
mod joined;
/// Which outlines of houses are kept.
mod outlines;
/// POIs and stations.
mod places;
/// Houses, put where they belong.
mod settle;
/// Streets by name and by place.
mod street_index;
/// What a street's name is made of, for comparing.
mod street_name;
/// Ways → streets.
mod streets;

use crate::addresses::ListRow;
use crate::osm::Harvest;
use crate::progress::Progress;
use crate::report::{HouseCounts, RejectReason, Rejects};
use geodata::draft::{Draft, Drafts};
use geodata::ground::{Ground, Mark};
use geodata::{LonLat, SourceId, importance};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// Everything that was read, resolved, and what became of it.
#[derive(Default)]
pub struct World {
    pub drafts: Drafts,
    pub houses: HouseCounts,
    pub rejects: Rejects,
    /// Objects read.
    pub read: u64,
}

/// Metres per degree of latitude.
const DEGREE_M: f64 = 111_195.08;
/// How far the same id in two files may lie apart to be the same object, in metres.
const SAME_OBJECT_M: f64 = 2_000.0;

/// What the caller decides.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// ISO 3166-1 alpha-2 code, lower case, for places that no country's boundary contains.
    pub country: Option<String>,
}

/// Resolves everything that was read.
pub fn conflate(
    harvests: Vec<Harvest>,
    lists: Vec<ListRow>,
    options: &Options,
    progress: &Progress,
) -> World {
    let mut world = World::default();
    progress.stage("settlements");
    let mut all = merge(harvests, &mut world);
    // Most ways of streets are joined: what is not filled is never touched.
    let most = all.areas.len() + all.streets.len() + all.places.len();
    world.drafts.places.reserve_exact(most);
    let settlements = areas::resolve(&mut all, options, &mut world);
    progress.stage("streets");
    let streets = streets::resolve(std::mem::take(&mut all.streets), &settlements, &mut world);
    progress.stage("houses");
    houses::resolve(
        &mut all,
        lists,
        houses::Ground {
            settlements: &settlements,
            streets,
        },
        &mut world,
    );
    world.drafts.ground = std::mem::take(&mut all.ground);
    progress.stage("outlines");
    outlines::resolve(std::mem::take(&mut all.outlines), &mut world);
    progress.stage("places");
    places::resolve(&mut all, &settlements, &mut world);
    doors::resolve(&mut all, &mut world);
    let places = world.drafts.places.par_iter_mut();
    places.for_each(|draft| draft.importance = importance(draft));
    world
}

/// Joins the files: texts are interned anew, an object that lies in two extracts is kept once.
fn merge(harvests: Vec<Harvest>, world: &mut World) -> Harvest {
    let mut all = Harvest::default();
    let mut seen = Seen::default();
    let many = harvests.len() > 1;
    for mut one in harvests {
        world.rejects.merge(std::mem::take(&mut one.rejects));
        all.read += one.read;
        rename_atoms(&mut one, &mut all);
        if many {
            seen.begin_file();
            one.houses
                .retain(|h| seen.is_fresh(h.source, Some(h.point), &mut world.rejects));
            one.places
                .retain(|p| seen.is_fresh(p.source, p.geometry.point, &mut world.rejects));
            one.areas.retain(|a| {
                seen.is_fresh(a.place.source, a.place.geometry.point, &mut world.rejects)
            });
            one.streets
                .retain(|s| seen.is_fresh(s.source, s.line.first().copied(), &mut world.rejects));
            one.entrances
                .retain(|e| seen.is_fresh(e.source, Some(e.point), &mut world.rejects));
        }
        take_up(&mut all.houses, one.houses);
        take_up(&mut all.places, one.places);
        take_up(&mut all.areas, one.areas);
        take_up(&mut all.streets, one.streets);
        take_up(&mut all.entrances, one.entrances);
        take_up(&mut all.interpolations, one.interpolations);
        take_up(&mut all.street_members, one.street_members);
        take_up(&mut all.outlines, one.outlines);
        take_up_ground(&mut all.ground, one.ground, many);
    }
    world.houses = HouseCounts {
        read: all.houses.len() as u64,
        ..HouseCounts::default()
    };
    world.read = all.read;
    all
}

/// The number of something in a list.
fn row(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 4 G of anything")
}

/// Places with what is theirs: `owned` is sorted by the row of the owner.
fn owners<'p, 'o, T>(
    places: &'p mut [Draft],
    owned: &'o [T],
    owner: impl Fn(&T) -> u32,
) -> Vec<(&'p mut Draft, &'o [T])> {
    let mut lists = owned.chunk_by(|a, b| owner(a) == owner(b)).peekable();
    let places = (0..).zip(places);
    let owners = places.filter_map(|(n, draft)| {
        let own = lists.next_if(|list| owner(&list[0]) == n)?;
        Some((draft, own))
    });
    owners.collect()
}

/// Joins two lists; the first file's is taken as it is.
fn take_up<T>(all: &mut Vec<T>, one: Vec<T>) {
    if all.is_empty() {
        *all = one;
    } else {
        all.extend(one);
    }
}

/// Joins what lies on the ground; an object that an extract before had is not taken again.
fn take_up_ground(all: &mut Ground, one: Ground, many: bool) {
    let mut known: FxHashSet<SourceId> = FxHashSet::default();
    if many {
        known.extend(all.lines.iter().map(|(_, source, _)| source));
        known.extend(all.areas.iter().map(|(_, source, _)| source));
        known.extend(all.marks.iter().map(|mark| mark.source));
        // Junctions have no object of their own; two in one place do no harm.
        known.remove(&SourceId::NONE);
    }
    all.lines
        .append(one.lines, |source| !known.contains(&source));
    all.areas
        .append(one.areas, |source| !known.contains(&source));
    let fresh = |mark: &Mark| !known.contains(&mark.source);
    all.marks.extend(one.marks.into_iter().filter(fresh));
}

/// Objects of the files before, and those of the file at hand: one object may be a house and a place in one file.
#[derive(Default)]
struct Seen {
    before: FxHashMap<SourceId, LonLat>,
    here: FxHashMap<SourceId, LonLat>,
}

impl Seen {
    fn begin_file(&mut self) {
        self.before.extend(self.here.drain());
    }

    /// Whether no file before had this object.
    fn is_fresh(&mut self, source: SourceId, point: Option<LonLat>, rejects: &mut Rejects) -> bool {
        let Some(point) = point else { return true };
        let counted = self.here.insert(source, point).is_some();
        match self.before.get(&source) {
            Some(known) if known.distance_m(point) <= SAME_OBJECT_M => false,
            Some(_) => {
                if !counted {
                    rejects.add(RejectReason::SameIdElsewhere, &source.to_string());
                }
                true
            }
            None => true,
        }
    }
}

fn rename_atoms(one: &mut Harvest, all: &mut Harvest) {
    if all.atoms.is_empty() {
        all.atoms = std::mem::take(&mut one.atoms);
        return;
    }
    let atoms = all.atoms.take_up(&std::mem::take(&mut one.atoms));
    one.houses.iter_mut().for_each(|h| h.address.rename(&atoms));
    one.places.iter_mut().for_each(|p| p.address.rename(&atoms));
    let areas = one.areas.iter_mut();
    areas.for_each(|a| a.place.address.rename(&atoms));
    for mark in &mut one.ground.marks {
        mark.reference.rename(&atoms);
        mark.name.rename(&atoms);
    }
    for e in &mut one.entrances {
        e.address.rename(&atoms);
        for atom in [&mut e.kind, &mut e.reference, &mut e.flats] {
            atom.rename(&atoms);
        }
    }
    one.streets
        .iter_mut()
        .for_each(|s| s.wikidata.rename(&atoms));
    one.street_members
        .iter_mut()
        .for_each(|m| m.name.rename(&atoms));
}
