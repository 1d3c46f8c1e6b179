//! What lies between a car and the point where it is awaited.

use super::bounds_of;
use super::plane::{Plane, Xy, nearest_share, segments_meet};
use super::scene::Scene;
use super::seen;
use crate::coord::LonLat;
use crate::ground::{Flow, LineKind, RoadTrait};
use crate::segment;
use crate::snapshot::Snapshot;

/// How far around the two points is looked, in metres.
const MARGIN_M: f64 = 25.0;
/// How near a gate or crossing is to where the straight line meets a barrier or tracks, in metres.
const OPENING_M: f64 = 8.0;
/// A car or point belongs to a carriageway whose middle is no farther than this, in metres.
const ON_ROAD_M: f64 = 12.0;
/// Carriageways whose directions differ by more than this are opposite ones, in degrees.
const OPPOSITE_DEG: f64 = 120.0;

/// What lies between two points, as far as the ground is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// Nothing that is known of.
    Nothing,
    /// A fence, a wall or rails.
    Barrier,
    Water,
    /// The middle of a street whose directions are divided.
    OppositeCarriageway,
}

/// What lies on the straight line between two points. A fence with a gate, or tracks with a crossing, where the line
/// meets them are nothing; a bridge that both stand on is nothing either.
pub fn between(snapshot: &Snapshot, from: LonLat, to: LonLat) -> Between {
    let plane = Plane::at(to);
    let ends = (plane.xy(from), plane.xy(to));
    let bounds = bounds_of([ends.0, ends.1].into_iter(), MARGIN_M);
    let scene = seen(snapshot, plane, bounds);
    if meets(&scene, ends, |kind| kind == LineKind::Water) && !on_bridge(&scene, ends) {
        return Between::Water;
    }
    let stops = |kind| matches!(kind, LineKind::Barrier | LineKind::Rail);
    if meets(&scene, ends, stops) {
        return Between::Barrier;
    }
    let (here, there) = (course_at(&scene, ends.0), course_at(&scene, ends.1));
    let turned = here.zip(there).map(|(a, b)| {
        let difference = (a - b).rem_euclid(360.0);
        difference.min(360.0 - difference)
    });
    match turned {
        Some(degrees) if degrees > OPPOSITE_DEG => Between::OppositeCarriageway,
        _ => Between::Nothing,
    }
}

/// Whether the line between two points meets a line of some kinds where nothing opens it.
fn meets(scene: &Scene, (a, b): (Xy, Xy), kinds: impl Fn(LineKind) -> bool) -> bool {
    let lines = scene.lines.iter().filter(|(kind, _)| kinds(*kind));
    let mut segments = lines.flat_map(|(_, line)| line.windows(2));
    segments.any(|w| {
        segments_meet((a, b), (w[0], w[1])) && !is_open(scene, crossing((a, b), (w[0], w[1])))
    })
}

fn is_open(scene: &Scene, at: Xy) -> bool {
    let gate = |g: crate::ground::Gate| g.walkers;
    let gates = scene.marks.iter().filter(|m| m.gate().is_some_and(gate));
    let mut openings = gates
        .map(|m| m.at)
        .chain(scene.kept_clear.crossings.iter().copied());
    openings.any(|opening| opening.is_within(at, OPENING_M))
}

/// Where two segments that meet do so.
fn crossing((a, b): (Xy, Xy), (c, d): (Xy, Xy)) -> Xy {
    let turn = |p: Xy| segment::turn(c.pair(), d.pair(), p.pair());
    let (from, to) = (turn(a), turn(b));
    a.toward(b, from / (from - to))
}

fn on_bridge(scene: &Scene, (a, b): (Xy, Xy)) -> bool {
    let bridges = scene.roads.iter().filter(|r| r.road.is(RoadTrait::Bridge));
    let near = |line: &[Xy], at: Xy| super::plane::distance_to_line(line, at) <= ON_ROAD_M;
    bridges
        .map(|r| &r.line)
        .any(|line| near(line, a) && near(line, b))
}

/// The direction of traffic, in degrees, of the carriageway of a divided road that a point is on.
fn course_at(scene: &Scene, at: Xy) -> Option<f64> {
    let segments = scene.roads.iter().flat_map(|road| {
        let ends = road.line.windows(2).filter(|w| w[0] != w[1]);
        ends.map(move |w| (road.road, w[0], w[1]))
    });
    let nearest = segments
        .map(|(road, a, b)| {
            let far = a.toward(b, nearest_share(a, b, at)).distance_m(at);
            (far, road, a, b)
        })
        .filter(|(far, ..)| *far <= ON_ROAD_M)
        .min_by(|a, b| a.0.total_cmp(&b.0));
    let (_, road, a, b) = nearest?;
    let (from, to) = match road.flow {
        Flow::Both => return None,
        Flow::Forward => (a, b),
        Flow::Backward => (b, a),
    };
    let course = (to.x - from.x).atan2(to.y - from.y).to_degrees();
    road.class.is_street().then_some(course.rem_euclid(360.0))
}
