//! Where the car stops: from a place or a point to the points where rider and driver meet.
//!
//! The place's anchors (doors, exits, gates, stands) are found on the ground around it; from them a walk spreads over a
//! grid in which barriers are in the way; points along the kerbs of roads are judged by that walk and by what speaks
//! for and against stopping there; the best that lie apart are named.

/// Doors, exits, gates and stands of a place.
mod anchors;
/// What lies between a car and its point.
mod between;
/// What people have ruled, and what was learnt.
mod guide;
/// Which kerb is best.
mod judge;
/// Points along the kerbs of roads.
mod kerb;
/// Where somebody is to be met.
mod meeting;
/// Drawings of what was found, for operators.
mod picture;
/// A plane in metres.
mod plane;
/// What lies around a place.
mod scene;
/// How far it is on foot.
mod walk;
/// What points are called.
mod wording;

use crate::coord::LonLat;
use crate::ground::{AreaKind, Gate, RoadClass};
use crate::place::Layer;
use crate::snapshot::Snapshot;
use crate::source::SourceId;
use anchors::{Anchor, AnchorKind, Premises, Target, anchors};
pub use between::{Between, between};
pub use guide::{Given, GivenBy, Guidance};
use judge::{Candidate, Court, NO_WAY_M, OBJECTION_M, choose};
use kerb::{Kerb, kerbs};
pub use meeting::Meeting;
pub use picture::draw;
use plane::{Plane, Xy, distance_to_line, span};
use scene::{Scene, SceneArea};
use walk::WalkField;
pub use wording::Wording;

/// How many points an answer has when the query does not say, and at most.
pub const DEFAULT_PICKUPS: usize = 5;
pub const MAX_PICKUPS: usize = 10;
/// How far around the anchors is looked, in metres: first near, then as far as a rider walks.
const REACHES_M: [f64; 2] = [130.0, 300.0];
/// How far around a place its building and doors are looked for, in metres; around a station or the grounds of a POI
/// its exits and stands.
const PREMISES_M: f64 = 150.0;
const STATION_M: f64 = 260.0;
/// How far around a place without any road the nearest one is looked for, in metres.
const FAR_M: f64 = 2_000.0;
/// A point is at a door, or at a stand, when the walk is no longer than this, in metres.
const AT_DOOR_M: f64 = 40.0;
/// A point is at a gate that lies on its walk and no farther than this, in metres.
const AT_GATE_M: f64 = 30.0;
/// How near its path a gate is passed, in metres.
const PASSED_M: f64 = 4.0;
/// How far from a street's line its carriageway may be drawn, in metres.
const SAME_STREET_M: f64 = 6.0;
/// The cost in metres at which nothing speaks for a point any more.
const HOPELESS_M: f64 = 400.0;
/// Countries where cars keep to the left: <https://en.wikipedia.org/wiki/Left-_and_right-hand_traffic>.
const LEFT_HAND: [&str; 56] = [
    "ag", "au", "bb", "bd", "bn", "bs", "bt", "bw", "cy", "dm", "fj", "gb", "gd", "gg", "gy", "hk",
    "id", "ie", "im", "in", "je", "jm", "jp", "ke", "ki", "kn", "lc", "lk", "ls", "mo", "mt", "mu",
    "mv", "mw", "my", "mz", "na", "np", "nr", "nz", "pg", "pk", "sb", "sc", "sg", "sr", "sz", "th",
    "to", "tt", "tz", "ug", "vc", "ws", "za", "zm",
];

/// What somebody asks for.
pub struct PickupQuery {
    pub meeting: Meeting,
    pub side: SideWish,
    pub limit: usize,
    /// Language tags in order of preference.
    pub languages: Vec<String>,
}

/// On which side of the road, as seen from the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideWish {
    Same,
    Opposite,
    Either,
}

/// What kind of point it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickupKind {
    /// Recommended by a cartographer.
    Pin,
    /// A named point of a zone.
    Zone,
    /// Where riders and drivers have met.
    Learnt,
    Entrance,
    Stand,
    Gate,
    Yard,
    Curb,
}

impl PickupKind {
    pub fn as_str(self) -> &'static str {
        match self {
            PickupKind::Pin => "pin",
            PickupKind::Zone => "zone",
            PickupKind::Learnt => "learnt",
            PickupKind::Entrance => "entrance",
            PickupKind::Stand => "stand",
            PickupKind::Gate => "gate",
            PickupKind::Yard => "yard",
            PickupKind::Curb => "curb",
        }
    }
}

/// A point where a car can stop.
#[derive(Debug, Clone)]
pub struct PickupPoint {
    pub point: LonLat,
    pub kind: PickupKind,
    pub name: String,
    /// The road it lies on.
    pub way: SourceId,
    pub class: RoadClass,
    /// The name of that road's street.
    pub street: Option<String>,
    /// The kerb as the car stands: on its right, or on its left where cars keep to the left.
    pub right_kerb: bool,
    /// The place lies on the other side of the road.
    pub across: bool,
    /// The direction of the car, in degrees clockwise from north.
    pub heading_deg: f64,
    /// Metres on foot from the place; the straight line where nobody knows the way.
    pub walk_m: f64,
    /// The way on foot, from the point to the place.
    pub walk: Vec<LonLat>,
    pub access_note: Option<String>,
    /// 0 to 1.
    pub confidence: f64,
    pub why: Vec<String>,
}

/// The nearest road of a place where no car can come.
#[derive(Debug, Clone, Copy)]
pub struct NearestRoad {
    pub point: LonLat,
    pub way: SourceId,
    pub distance_m: f64,
}

/// What was found.
pub struct PickupAnswer {
    /// The best first.
    pub points: Vec<PickupPoint>,
    /// Where no car can come within 300 m: where the nearest road is, if there is any.
    pub nearest: Option<NearestRoad>,
    /// What it was found in, for drawing.
    sight: Sight,
}

impl PickupAnswer {
    /// Where walks begin: doors, exits, gates, stands.
    pub fn anchors(&self) -> Vec<LonLat> {
        let plane = self.sight.scene.plane;
        let anchors = self.sight.anchors.iter();
        anchors.map(|a| plane.point(a.at)).collect()
    }
}

/// What a query looked at.
struct Sight {
    scene: Scene,
    anchors: Vec<Anchor>,
    /// How far around the anchors the scene reaches, in metres.
    reach_m: f64,
    /// Cars keep to the left here.
    left_hand: bool,
}

/// Finds where cars can stop for a meeting, by what a snapshot knows of the ground. `guide` says what people have ruled
/// about it, when it is told the meeting's point and where walks begin: doors, exits, gates, stands.
pub fn pickup_points(
    snapshot: &Snapshot,
    query: &PickupQuery,
    guide: impl FnOnce(&[LonLat]) -> Guidance,
) -> PickupAnswer {
    let mut sight = Sight::new(snapshot, &query.meeting);
    let plane = sight.scene.plane;
    let begins = sight.anchors.iter().map(|a| plane.point(a.at));
    let guidance = guide(&begins.chain([query.meeting.point]).collect::<Vec<LonLat>>());
    let permitted = |c: &Candidate| {
        query.side.allows(c) && (c.given.is_some() || guidance.permits(plane.point(c.kerb.at)))
    };
    let mut points = Vec::new();
    for (n, reach_m) in REACHES_M.into_iter().enumerate() {
        sight.look(snapshot, reach_m);
        let court = Court {
            scene: &sight.scene,
            anchors: &sight.anchors,
            field: &sight.field(reach_m),
        };
        let find = |stray| {
            let mut ranked = court.ranked(sight.kerbs(reach_m), stray, permitted);
            guidance.favour(&mut ranked, &plane);
            let given = guidance.candidates(&sight.scene, sight.left_hand);
            let given = given.into_iter().map(|c| court.measured(c));
            ranked.extend(given.filter(permitted));
            ranked.sort_by(|a, b| a.cost_m().total_cmp(&b.cost_m()));
            ranked
        };
        let mut ranked = find(false);
        let bound = OBJECTION_M.min(reach_m + NO_WAY_M);
        let is_good = ranked.first().is_some_and(|c| c.cost_m() < bound);
        let is_last = n + 1 == REACHES_M.len();
        if !is_good && is_last {
            ranked = find(true);
        }
        if is_good || is_last {
            let chosen = choose(ranked, query.limit).into_iter();
            let described = chosen.map(|c| sight.describe(c, court.field, (snapshot, query)));
            points = described.collect();
            break;
        }
    }
    let nearest = if points.is_empty() {
        nearest_road(snapshot, query.meeting.point)
    } else {
        None
    };
    PickupAnswer {
        points,
        nearest,
        sight,
    }
}

impl SideWish {
    fn allows(self, candidate: &Candidate) -> bool {
        match self {
            SideWish::Either => true,
            SideWish::Same => !candidate.across,
            SideWish::Opposite => candidate.across,
        }
    }
}

impl Sight {
    /// Finds the anchors of a meeting.
    fn new(snapshot: &Snapshot, meeting: &Meeting) -> Sight {
        let code = country_of(snapshot, meeting.point);
        let plane = Plane::at(meeting.point);
        let here = Xy::default();
        let mut scene = seen(snapshot, plane, bounds_of([here].into_iter(), PREMISES_M));
        if matches!(meeting.premises, Premises::Poi | Premises::Station) {
            // Grounds reach far: an airport, a university.
            let around = |a: &&SceneArea| a.kind == AreaKind::Site && a.holds(here);
            let corners = scene.areas.iter().filter(around).flat_map(|a| &a.ring);
            let wide = bounds_of(corners.copied().chain([here]), STATION_M);
            scene = seen(snapshot, plane, wide);
        }
        let target = Target {
            premises: meeting.premises,
            at: here,
            front: meeting.front.map(|p| plane.xy(p)),
            exits: meeting.exits.iter().map(|p| plane.xy(*p)).collect(),
        };
        Sight {
            anchors: anchors(&scene, &target),
            scene,
            reach_m: 0.0,
            left_hand: code.is_some_and(|code| LEFT_HAND.contains(&code.as_str())),
        }
    }

    /// Looks at the ground as far around the anchors as cars are looked for.
    fn look(&mut self, snapshot: &Snapshot, reach_m: f64) {
        if self.reach_m < reach_m {
            self.reach_m = reach_m;
            self.scene = seen(snapshot, self.scene.plane, self.bounds(reach_m));
        }
    }

    /// How far it is on foot from the anchors.
    fn field(&self, reach_m: f64) -> WalkField {
        let mut field = self.scene.field(self.bounds(reach_m));
        field.spread(self.anchors.iter().map(|a| (a.at, a.handicap_m())));
        field
    }

    fn kerbs(&self, reach_m: f64) -> Vec<Kerb<'_>> {
        let bounds = self.bounds(reach_m);
        kerbs(&self.scene, &self.anchors, bounds, self.left_hand)
    }

    fn bounds(&self, reach_m: f64) -> (Xy, Xy) {
        bounds_of(self.anchors.iter().map(|a| a.at), reach_m)
    }

    fn describe(
        &self,
        candidate: Candidate,
        field: &WalkField,
        (snapshot, query): (&Snapshot, &PickupQuery),
    ) -> PickupPoint {
        let plane = &self.scene.plane;
        let kerb = &candidate.kerb;
        let path = field.path(kerb.footing(field));
        let end = path.last().copied().unwrap_or(kerb.at);
        let nearest =
            |a: &&Anchor, b: &&Anchor| a.at.distance_m(end).total_cmp(&b.at.distance_m(end));
        let anchor = self.anchors.iter().min_by(nearest);
        let straight_m = anchor.map_or(0.0, |a| a.at.distance_m(kerb.at));
        let handicap_m = anchor.map_or(0.0, Anchor::handicap_m);
        let walk_m = candidate
            .walk_m
            .map_or(straight_m, |w| (w - handicap_m).max(0.0));
        let gate = self.closed_gate(&path, kerb.at);
        let words = Wording::of(&query.languages);
        let point = plane.point(kerb.at);
        let street = street_at(snapshot, plane.point(kerb.centre), &query.languages);
        let class = kerb.road.road.class;
        let kind = match candidate.given.as_ref().map(|g| g.by) {
            Some(GivenBy::Pin) => PickupKind::Pin,
            Some(GivenBy::Zone) => PickupKind::Zone,
            Some(GivenBy::Learnt(_)) => PickupKind::Learnt,
            None => kind_of(anchor, gate, (class, walk_m)),
        };
        let given = candidate.given.as_ref().map(|g| g.name.clone());
        let named = || anchor.and_then(|a| words.anchor(a));
        let name = match (kind, gate) {
            (PickupKind::Gate, Some(gate)) => Some(words.at_gate(gate)),
            (PickupKind::Entrance | PickupKind::Stand, _) => named(),
            (PickupKind::Yard, _) => Some(words.in_yard()),
            (PickupKind::Pin | PickupKind::Zone | PickupKind::Learnt, _) => {
                given.filter(|n| !n.is_empty()).or_else(named)
            }
            _ => None,
        };
        let note = match candidate.walk_m {
            None if candidate.given.is_none() => Some(words.no_way()),
            _ => gate.map(|_| words.gate_closed()),
        };
        let fallback = || street.clone().unwrap_or_else(|| words.at_road());
        PickupPoint {
            point,
            kind,
            name: name.unwrap_or_else(fallback),
            way: kerb.road.source,
            class,
            street: street.clone(),
            right_kerb: !self.left_hand,
            across: candidate.across,
            heading_deg: kerb.heading_deg,
            walk_m,
            walk: path.iter().map(|p| plane.point(*p)).collect(),
            access_note: note,
            confidence: confidence(&candidate, anchor),
            why: candidate.reasons.iter().map(|r| r.told()).collect(),
        }
    }

    /// The first gate on a walk that is closed to cars, if it is near the car.
    fn closed_gate(&self, path: &[Xy], kerb: Xy) -> Option<Gate> {
        let near = self
            .scene
            .marks
            .iter()
            .filter(|m| m.at.distance_m(kerb) <= AT_GATE_M);
        let closed = near.filter_map(|m| Some((m, m.gate().filter(|g| !g.cars && g.walkers)?)));
        let passed = closed.filter(|(m, _)| distance_to_line(path, m.at) <= PASSED_M);
        passed
            .min_by(|(a, _), (b, _)| a.at.distance_m(kerb).total_cmp(&b.at.distance_m(kerb)))
            .map(|(_, gate)| gate)
    }
}

fn kind_of(
    anchor: Option<&Anchor>,
    gate: Option<Gate>,
    (class, walk_m): (RoadClass, f64),
) -> PickupKind {
    let at_door = walk_m <= AT_DOOR_M;
    match anchor.map(|a| a.kind) {
        _ if gate.is_some() => PickupKind::Gate,
        Some(AnchorKind::Stand) if at_door => PickupKind::Stand,
        Some(AnchorKind::Door(_)) if at_door => PickupKind::Entrance,
        _ if class >= RoadClass::Service => PickupKind::Yard,
        _ => PickupKind::Curb,
    }
}

/// How sure it is that the car can stop there and the rider gets there.
fn confidence(candidate: &Candidate, anchor: Option<&Anchor>) -> f64 {
    let near = 1.0 - candidate.cost_m().min(HOPELESS_M) / HOPELESS_M;
    let known = match anchor.map(|a| a.kind) {
        Some(AnchorKind::Front) | None => 0.8,
        Some(_) => 1.0,
    };
    let objected = if candidate.objections.is_empty() {
        1.0
    } else {
        0.5
    };
    (known * objected * near).clamp(0.05, 1.0)
}

/// The ground in a box of a plane.
fn seen(snapshot: &Snapshot, plane: Plane, bounds: (Xy, Xy)) -> Scene {
    Scene::new(plane, snapshot.ground(&plane.bbox(bounds)), bounds)
}

/// The box around points with a margin.
fn bounds_of(points: impl Iterator<Item = Xy>, margin_m: f64) -> (Xy, Xy) {
    let (low, high) = span(points);
    (
        Xy {
            x: low.x - margin_m,
            y: low.y - margin_m,
        },
        Xy {
            x: high.x + margin_m,
            y: high.y + margin_m,
        },
    )
}

/// The code of the country around a point, in lower case.
fn country_of(snapshot: &Snapshot, point: LonLat) -> Option<String> {
    let mut areas = snapshot.areas_of(point).into_iter();
    let country = areas.find(|doc| snapshot.layer(*doc) == Layer::Country);
    let code = country.and_then(|doc| snapshot.attribute(doc, "countrycode"));
    let code = code.or(snapshot.manifest().country.as_deref())?;
    Some(code.to_lowercase())
}

/// The name of the street whose line a point lies on.
fn street_at(snapshot: &Snapshot, point: LonLat, languages: &[String]) -> Option<String> {
    let streets = snapshot.surroundings(point, SAME_STREET_M).streets;
    let on = streets
        .into_iter()
        .filter(|s| s.distance_m <= SAME_STREET_M);
    let nearest = on.min_by(|a, b| a.distance_m.total_cmp(&b.distance_m))?;
    Some(snapshot.name_in(nearest.doc, languages).to_owned())
}

/// The nearest open road within [`FAR_M`].
fn nearest_road(snapshot: &Snapshot, point: LonLat) -> Option<NearestRoad> {
    let plane = Plane::at(point);
    let scene = seen(
        snapshot,
        plane,
        bounds_of([Xy::default()].into_iter(), FAR_M),
    );
    let open = scene
        .roads
        .iter()
        .filter(|r| r.road.is_open() && r.road.class != RoadClass::Motorway);
    let nearest = open.filter_map(|road| {
        let on = road
            .line
            .windows(2)
            .map(|w| w[0].toward(w[1], plane::nearest_share(w[0], w[1], Xy::default())));
        let at = on.min_by(|a, b| {
            a.distance_m(Xy::default())
                .total_cmp(&b.distance_m(Xy::default()))
        })?;
        Some((at, road.source))
    });
    let (at, way) = nearest.min_by(|a, b| {
        a.0.distance_m(Xy::default())
            .total_cmp(&b.0.distance_m(Xy::default()))
    })?;
    Some(NearestRoad {
        point: plane.point(at),
        way,
        distance_m: at.distance_m(Xy::default()),
    })
}
