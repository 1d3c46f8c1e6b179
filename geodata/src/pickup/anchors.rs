//! From a place to its anchors: the doors, exits, gates and stands that people come out of or wait at.

use super::plane::{Xy, area, distance_to_line, nearest_share};
use super::scene::{DOOR_REACH_M, Scene, SceneArea, SceneMark};
use crate::ground::{AreaKind, EntranceKind, MarkKind};

/// Doors of one place that are looked at, the nearest to its point first.
const MAX_ANCHORS: usize = 16;
/// How far a house's point may lie from the outline of its building, in metres: address nodes stand beside it.
const BESIDE_M: f64 = 3.0;
/// How far from a station's point its exits and stands are looked for, in metres.
const STATION_REACH_M: f64 = 250.0;
/// How far outside the grounds of a place its stands and gates are, in metres.
const GROUNDS_REACH_M: f64 = 30.0;
/// Grounds as large as this are reached at their gates and stands first, in square metres.
const LARGE_GROUNDS_M2: f64 = 150_000.0;
/// What a door costs that is not the main one, in metres of walk.
const OTHER_DOOR_M: f64 = 5.0;
/// What a door costs that is for goods, cars or staff, in metres of walk.
const SERVICE_DOOR_M: f64 = 60.0;

/// What an anchor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnchorKind {
    Door(EntranceKind),
    Gate,
    Stand,
    /// The side of a building that faces its street, or the place's own point.
    Front,
}

/// Where a walk begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Anchor {
    pub(super) at: Xy,
    pub(super) kind: AnchorKind,
    /// The number of an entrance or exit; may be empty.
    pub(super) reference: String,
    /// Its own name; may be empty.
    pub(super) name: String,
}

impl Anchor {
    fn plain(at: Xy, kind: AnchorKind) -> Anchor {
        Anchor {
            at,
            kind,
            reference: String::new(),
            name: String::new(),
        }
    }

    fn of(mark: &SceneMark, kind: AnchorKind) -> Anchor {
        Anchor {
            at: mark.at,
            kind,
            reference: mark.reference.clone(),
            name: mark.name.clone(),
        }
    }

    /// How much less attractive it is than the main door, in metres of walk.
    pub(super) fn handicap_m(&self) -> f64 {
        match self.kind {
            AnchorKind::Door(EntranceKind::Service) => SERVICE_DOOR_M,
            AnchorKind::Door(EntranceKind::Other) => OTHER_DOOR_M,
            _ => 0.0,
        }
    }
}

/// What a place is, as far as its anchors are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Premises {
    House,
    /// One door of a house or an exit of a station.
    Door,
    Station,
    Poi,
    /// A point, a street, a settlement: nothing has doors.
    Point,
}

/// Where somebody is to be met.
pub(super) struct Target {
    pub(super) premises: Premises,
    pub(super) at: Xy,
    /// The nearest point of its street, if it has one.
    pub(super) front: Option<Xy>,
    /// Exits that are known to be its own.
    pub(super) exits: Vec<Xy>,
}

/// The anchors of a place.
pub(super) fn anchors(scene: &Scene, target: &Target) -> Vec<Anchor> {
    let (at, front) = (target.at, target.front);
    let mut found = match target.premises {
        Premises::Door => vec![door_at(scene, at)],
        Premises::Station => station(scene, at, &target.exits),
        Premises::Poi => grounds(scene, at).map_or_else(
            || inside(scene, at, front),
            |area| of_grounds(scene, area, at),
        ),
        Premises::House | Premises::Point => inside(scene, at, front),
    };
    if found.is_empty() {
        found.push(Anchor::plain(at, AnchorKind::Front));
    }
    found.sort_by(|a, b| a.at.distance_m(at).total_cmp(&b.at.distance_m(at)));
    found.truncate(MAX_ANCHORS);
    found
}

fn doors(scene: &Scene) -> impl Iterator<Item = (EntranceKind, &SceneMark)> {
    scene.marks.iter().filter_map(|mark| match mark.kind {
        MarkKind::Entrance(kind) => Some((kind, mark)),
        _ => None,
    })
}

/// The door that stands at a point.
fn door_at(scene: &Scene, at: Xy) -> Anchor {
    let here = doors(scene).find(|(_, mark)| mark.at.distance_m(at) <= DOOR_REACH_M);
    here.map_or_else(
        || Anchor::plain(at, AnchorKind::Door(EntranceKind::Other)),
        |(kind, mark)| Anchor::of(mark, AnchorKind::Door(kind)),
    )
}

/// Doors of the building around a point; without any the side that faces its street or, of a shop in it, the nearest one.
fn inside(scene: &Scene, at: Xy, front: Option<Xy>) -> Vec<Anchor> {
    let Some(building) = building(scene, at) else {
        return Vec::new();
    };
    let own = doors_of(scene, building);
    if own.is_empty() {
        let facing = nearest_on(&building.ring, front.unwrap_or(at));
        return vec![Anchor::plain(facing, AnchorKind::Front)];
    }
    own
}

fn doors_of(scene: &Scene, area: &SceneArea) -> Vec<Anchor> {
    doors(scene)
        .filter(|(_, mark)| area.edge_m(mark.at) <= DOOR_REACH_M)
        .map(|(kind, mark)| Anchor::of(mark, AnchorKind::Door(kind)))
        .collect()
}

/// The building that holds a point, the smallest of several; else one that the point stands beside.
fn building(scene: &Scene, at: Xy) -> Option<&SceneArea> {
    let buildings = || scene.areas.iter().filter(|a| a.kind != AreaKind::Site);
    let smallest = buildings()
        .filter(|a| a.holds(at))
        .min_by(|a, b| area(&a.ring).total_cmp(&area(&b.ring)));
    smallest.or_else(|| {
        let beside = buildings().map(|a| (a, a.edge_m(at)));
        beside
            .filter(|(_, far)| *far <= BESIDE_M)
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(area, _)| area)
    })
}

/// The smallest grounds around a point, unless a building of their own holds it there: then that counts.
fn grounds(scene: &Scene, at: Xy) -> Option<&SceneArea> {
    let around = scene
        .areas
        .iter()
        .filter(|a| a.kind != AreaKind::Building && a.holds(at));
    let smallest = around.min_by(|a, b| area(&a.ring).total_cmp(&area(&b.ring)))?;
    let own = building(scene, at).filter(|b| !std::ptr::eq(*b, smallest));
    let has_doors = own.is_some_and(|b| !doors_of(scene, b).is_empty());
    (!has_doors).then_some(smallest)
}

/// Ways into grounds: main doors of buildings on them, doors in their outline, stands; where there are none, gates.
fn of_grounds(scene: &Scene, grounds: &SceneArea, at: Xy) -> Vec<Anchor> {
    let mut found = Vec::new();
    let large = area(&grounds.ring) >= LARGE_GROUNDS_M2;
    for (kind, mark) in doors(scene) {
        let edge = grounds.edge_m(mark.at) <= DOOR_REACH_M;
        let main = kind == EntranceKind::Main || kind == EntranceKind::Station;
        if edge || grounds.holds(mark.at) && (main || large && !mark.name.is_empty()) {
            found.push(Anchor::of(mark, AnchorKind::Door(kind)));
        }
    }
    let near =
        |mark: &&SceneMark| grounds.holds(mark.at) || grounds.edge_m(mark.at) <= GROUNDS_REACH_M;
    let stands = scene.marked(MarkKind::TaxiStand).filter(near);
    found.extend(stands.map(|m| Anchor::of(m, AnchorKind::Stand)));
    if found.is_empty() {
        let gates = scene
            .marks
            .iter()
            .filter(|m| m.gate().is_some_and(|g| g.walkers) && grounds.edge_m(m.at) <= BESIDE_M);
        found.extend(gates.map(|m| Anchor::of(m, AnchorKind::Gate)));
    }
    if found.is_empty() {
        let nearest = scene
            .roads
            .iter()
            .filter(|r| r.road.is_open())
            .flat_map(|r| r.line.iter().copied())
            .min_by(|a, b| {
                let far = |p: Xy| distance_to_line(&grounds.ring, p);
                far(*a)
                    .total_cmp(&far(*b))
                    .then(a.distance_m(at).total_cmp(&b.distance_m(at)))
            });
        let front = nearest.map(|road| nearest_on(&grounds.ring, road));
        found.extend(front.map(|at| Anchor::plain(at, AnchorKind::Front)));
    }
    found
}

/// Exits and stands of a station.
fn station(scene: &Scene, at: Xy, exits: &[Xy]) -> Vec<Anchor> {
    let near = |mark: &SceneMark| mark.at.distance_m(at) <= STATION_REACH_M;
    let mut found: Vec<Anchor> = exits.iter().map(|exit| door_at(scene, *exit)).collect();
    if found.is_empty() {
        found = grounds(scene, at).map_or_else(
            || inside(scene, at, None),
            |area| of_grounds(scene, area, at),
        );
    }
    let stands = scene.marked(MarkKind::TaxiStand).filter(|m| near(m));
    found.extend(stands.map(|m| Anchor::of(m, AnchorKind::Stand)));
    found
}

/// The point of a ring that is nearest to another point.
fn nearest_on(ring: &[Xy], to: Xy) -> Xy {
    let on = ring
        .windows(2)
        .map(|w| w[0].toward(w[1], nearest_share(w[0], w[1], to)));
    on.min_by(|a, b| a.distance_m(to).total_cmp(&b.distance_m(to)))
        .unwrap_or(to)
}
