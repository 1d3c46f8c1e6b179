//! Where a car can stop: points along the kerbs of roads.

use super::anchors::Anchor;
use super::plane::{Xy, distance_to_line, nearest_share};
use super::scene::{Scene, SceneRoad};
use super::walk::WalkField;
use crate::ground::{Flow, RoadClass, RoadTrait};

/// How far apart points along a road are looked at, in metres; those next to anchors and gates come on top.
const SPACING_M: f64 = 8.0;
/// How near an anchor or gate is to the road beside which the car stops next to it, in metres.
const NEXT_TO_M: f64 = 50.0;
/// How far from a junction no car may stop, in metres: Ukraine's traffic rules, 15.9; most countries have 5 to 10.
const JUNCTION_M: f64 = 10.0;
/// How far from a crossing for walkers no car may stop, in metres: the same rule.
const CROSSING_M: f64 = 10.0;
/// How far from a bus stop no car may stop, in metres. The rule says 30 from the sign; stops are mapped where people wait.
const BUS_STOP_M: f64 = 15.0;
/// Nearer than this to tracks of a tram a car is in its way, in metres.
const TRAM_M: f64 = 1.8;

/// How much of the way from the kerb to the middle of the road somebody steps who cannot stand at the kerb.
const FOOTING: f64 = 0.6;

/// What speaks against stopping at a point; each is accepted only if there is no other point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objection {
    Bridge,
    Roundabout,
    Junction,
    Crossing,
    BusStop,
    TramTrack,
    NoStopping,
    Trunk,
}

/// A point where a car can stand.
pub(super) struct Kerb<'a> {
    pub(super) at: Xy,
    /// The point on the middle of the road beside it.
    pub(super) centre: Xy,
    pub(super) road: &'a SceneRoad,
    /// The direction in which the car stands, in degrees clockwise from north.
    pub(super) heading_deg: f64,
    /// The kerb is on the right as the line of the road runs.
    right_of_line: bool,
    /// The segment of the road.
    segment: (Xy, Xy),
}

impl Kerb<'_> {
    /// Whether a point lies on the other side of the road.
    pub(super) fn is_across(&self, other: Xy) -> bool {
        let (a, b) = self.segment;
        let cross = (b.x - a.x) * (other.y - a.y) - (b.y - a.y) * (other.x - a.x);
        // Left of the line is positive.
        (cross < 0.0) != self.right_of_line
    }

    /// Where a walk to the car ends: at the kerb or, where that is in the cell of a fence, on the road beside it.
    pub(super) fn footing(&self, field: &WalkField) -> Xy {
        if field.walk_m(self.at).is_some() {
            return self.at;
        }
        self.at.toward(self.centre, FOOTING)
    }

    /// What speaks against stopping here.
    pub(super) fn objections(&self, scene: &Scene) -> Vec<Objection> {
        let road = self.road.road;
        let clear = &scene.kept_clear;
        let near =
            |marks: &[Xy], reach_m: f64| marks.iter().any(|m| m.is_within(self.centre, reach_m));
        let forbidden = if self.right_of_line {
            RoadTrait::NoStoppingRight
        } else {
            RoadTrait::NoStoppingLeft
        };
        let tram = || {
            clear
                .trams
                .iter()
                .any(|line| distance_to_line(line, self.at) < TRAM_M)
        };
        let street = road.class.is_street();
        let found = [
            (road.is(RoadTrait::Bridge), Objection::Bridge),
            (road.is(RoadTrait::Roundabout), Objection::Roundabout),
            (road.class == RoadClass::Trunk, Objection::Trunk),
            (road.is(forbidden), Objection::NoStopping),
            (
                street && near(&clear.junctions, JUNCTION_M),
                Objection::Junction,
            ),
            (
                street && near(&clear.crossings, CROSSING_M),
                Objection::Crossing,
            ),
            (near(&clear.bus_stops, BUS_STOP_M), Objection::BusStop),
            (tram(), Objection::TramTrack),
        ];
        found
            .into_iter()
            .filter(|(is, _)| *is)
            .map(|(_, why)| why)
            .collect()
    }
}

/// Half the width of a road, in metres: how far from its middle the kerb is. Kept small, because a map's line is more
/// often in the middle of the asphalt than of what is wide enough.
fn offset_m(class: RoadClass) -> f64 {
    match class {
        RoadClass::Motorway | RoadClass::Trunk | RoadClass::Primary | RoadClass::Secondary => 4.0,
        RoadClass::Tertiary => 3.5,
        RoadClass::Unclassified | RoadClass::Residential => 3.0,
        RoadClass::LivingStreet | RoadClass::Service | RoadClass::Track => 2.5,
        RoadClass::Driveway | RoadClass::ParkingAisle => 2.0,
    }
}

/// Points along all roads on which a car may stop, in a box of the plane.
pub(super) fn kerbs<'a>(
    scene: &'a Scene,
    anchors: &[Anchor],
    (low, high): (Xy, Xy),
    left_hand: bool,
) -> Vec<Kerb<'a>> {
    let inside = |p: &Xy| p.x >= low.x && p.x <= high.x && p.y >= low.y && p.y <= high.y;
    let gates = scene.marks.iter().filter(|m| m.gate().is_some());
    let attracting: Vec<Xy> = anchors
        .iter()
        .map(|a| a.at)
        .chain(gates.map(|m| m.at))
        .collect();
    let mut found = Vec::new();
    let usable = |r: &&SceneRoad| {
        let road = r.road;
        road.is_open() && road.class != RoadClass::Motorway && !road.is(RoadTrait::Tunnel)
    };
    for road in scene.roads.iter().filter(usable) {
        for ends in road.line.windows(2) {
            let (a, b) = (ends[0], ends[1]);
            let box_low = Xy {
                x: a.x.min(b.x),
                y: a.y.min(b.y),
            };
            let box_high = Xy {
                x: a.x.max(b.x),
                y: a.y.max(b.y),
            };
            let apart = box_high.x < low.x
                || box_high.y < low.y
                || box_low.x > high.x
                || box_low.y > high.y;
            if apart || a == b {
                continue;
            }
            let mut shares = evenly(a.distance_m(b));
            shares.extend(attracting.iter().filter_map(|at| {
                let share = nearest_share(a, b, *at);
                a.toward(b, share)
                    .is_within(*at, NEXT_TO_M)
                    .then_some(share)
            }));
            shares.sort_by(f64::total_cmp);
            shares.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
            let centres = shares.into_iter().map(|s| a.toward(b, s)).filter(inside);
            for centre in centres {
                found.extend(sides(road, (a, b), centre, left_hand));
            }
        }
    }
    found
}

/// The kerb at a point that is given: of the nearest road that any car reaches, on the point's side of it.
pub(super) fn kerb_at(scene: &Scene, at: Xy, left_hand: bool) -> Option<Kerb<'_>> {
    let open = scene.roads.iter().filter(|r| r.road.is_open());
    let segments = open.flat_map(|road| road.line.windows(2).map(move |w| (road, (w[0], w[1]))));
    let near = segments.filter(|(_, (a, b))| a != b).map(|(road, (a, b))| {
        let centre = a.toward(b, nearest_share(a, b, at));
        (centre.distance_m(at), road, (a, b), centre)
    });
    let (_, road, ends, centre) = near.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let nearest = sides(road, ends, centre, left_hand)
        .min_by(|a, b| a.at.distance_m(at).total_cmp(&b.at.distance_m(at)))?;
    Some(Kerb { at, ..nearest })
}

/// Shares of a segment that are about [`SPACING_M`] apart, with its ends.
fn evenly(length_m: f64) -> Vec<f64> {
    let mut shares = vec![0.0];
    let step = SPACING_M / length_m.max(SPACING_M);
    while let Some(next) = shares.last().map(|s| s + step).filter(|s| *s < 1.0) {
        shares.push(next);
    }
    shares.push(1.0);
    shares
}

/// The kerbs beside a point in the middle of a road: that of each direction of traffic.
fn sides(
    road: &SceneRoad,
    (a, b): (Xy, Xy),
    centre: Xy,
    left_hand: bool,
) -> impl Iterator<Item = Kerb<'_>> {
    let length = a.distance_m(b);
    let along = Xy {
        x: (b.x - a.x) / length,
        y: (b.y - a.y) / length,
    };
    let with_line = !matches!(road.road.flow, Flow::Backward);
    let against_line = !matches!(road.road.flow, Flow::Forward);
    let directions = [(with_line, 1.0), (against_line, -1.0)];
    directions
        .into_iter()
        .filter(|(open, _)| *open)
        .map(move |(_, sign)| {
            let side = if left_hand { -sign } else { sign };
            let offset = offset_m(road.road.class) * side;
            let heading = (along.x * sign).atan2(along.y * sign);
            Kerb {
                at: Xy {
                    x: centre.x + along.y * offset,
                    y: centre.y - along.x * offset,
                },
                centre,
                road,
                heading_deg: heading.to_degrees().rem_euclid(360.0),
                right_of_line: side > 0.0,
                segment: (a, b),
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceId;
    use crate::ground::Road;

    fn road(class: RoadClass, flow: Flow) -> SceneRoad {
        SceneRoad {
            road: Road::new(class, flow),
            source: SourceId::NONE,
            // From west to east.
            line: vec![Xy { x: -50.0, y: 0.0 }, Xy { x: 50.0, y: 0.0 }],
        }
    }

    /// (metres north of the line, heading) of the kerbs.
    fn of(flow: Flow, left_hand: bool) -> Vec<(f64, f64)> {
        let road = road(RoadClass::Residential, flow);
        let ends = (road.line[0], road.line[1]);
        sides(&road, ends, Xy::default(), left_hand)
            .map(|k| (k.at.y, k.heading_deg.round()))
            .collect()
    }

    #[test]
    fn cars_stand_on_the_right_of_travel_and_on_the_left_where_they_keep_to_it() {
        assert_eq!(of(Flow::Both, false), [(-3.0, 90.0), (3.0, 270.0)]);
        assert_eq!(of(Flow::Both, true), [(3.0, 90.0), (-3.0, 270.0)]);
        assert_eq!(of(Flow::Forward, false), [(-3.0, 90.0)]);
        assert_eq!(of(Flow::Backward, false), [(3.0, 270.0)]);
        assert_eq!(of(Flow::Backward, true), [(-3.0, 270.0)]);
    }

    #[test]
    fn a_kerb_knows_what_lies_across_its_road() {
        let road = road(RoadClass::Residential, Flow::Both);
        let ends = (road.line[0], road.line[1]);
        for kerb in sides(&road, ends, Xy::default(), false) {
            let north = Xy { x: 3.0, y: 20.0 };
            assert_eq!(kerb.is_across(north), kerb.at.y < 0.0);
        }
    }
}
