//! What lies around a place, on a plane in metres.

use super::plane::{Plane, Xy, distance_to_line, holds, span};
use super::walk::{Obstacle, WalkField};
use crate::ground::{AreaKind, Gate, LineKind, MarkKind, Path, Road, RoadTrait};
use crate::snapshot::NearGround;
use crate::{LonLat, SourceId};

/// How far from its mark a crossing opens a carriageway, in metres: wide roads are drawn by one line.
const CROSSING_REACH_M: f64 = 8.0;
/// How far from its mark a gate opens a fence, in metres.
const GATE_REACH_M: f64 = 3.0;
/// A door this near to an outline is a door of it, in metres: some are drawn beside it.
pub(super) const DOOR_REACH_M: f64 = 2.0;

/// A road on the plane.
pub(super) struct SceneRoad {
    pub(super) road: Road,
    pub(super) source: SourceId,
    pub(super) line: Vec<Xy>,
}

/// An area on the plane.
pub(super) struct SceneArea {
    pub(super) kind: AreaKind,
    pub(super) ring: Vec<Xy>,
}

impl SceneArea {
    pub(super) fn holds(&self, at: Xy) -> bool {
        holds(&self.ring, at)
    }

    /// How far a point is from the outline, in metres.
    pub(super) fn edge_m(&self, at: Xy) -> f64 {
        distance_to_line(&self.ring, at)
    }
}

/// A point on the plane.
pub(super) struct SceneMark {
    pub(super) kind: MarkKind,
    pub(super) at: Xy,
    pub(super) reference: String,
    pub(super) name: String,
}

impl SceneMark {
    pub(super) fn gate(&self) -> Option<Gate> {
        match self.kind {
            MarkKind::Gate(gate) => Some(gate),
            _ => None,
        }
    }
}

/// Marks that keep cars from stopping near them, and tracks of trams.
#[derive(Default)]
pub(super) struct KeptClear {
    pub(super) junctions: Vec<Xy>,
    pub(super) crossings: Vec<Xy>,
    pub(super) bus_stops: Vec<Xy>,
    pub(super) trams: Vec<Vec<Xy>>,
}

/// What lies around a place.
pub(super) struct Scene {
    pub(super) plane: Plane,
    pub(super) roads: Vec<SceneRoad>,
    /// Everything else that is a line.
    pub(super) lines: Vec<(LineKind, Vec<Xy>)>,
    pub(super) areas: Vec<SceneArea>,
    pub(super) marks: Vec<SceneMark>,
    /// Where no car stops within some metres.
    pub(super) kept_clear: KeptClear,
}

impl Scene {
    /// The ground as far as it touches a box of the plane.
    pub(super) fn new(plane: Plane, ground: NearGround, (low, high): (Xy, Xy)) -> Scene {
        let touches = |points: &[Xy]| {
            let (from, to) = span(points.iter().copied());
            from.x <= high.x && from.y <= high.y && to.x >= low.x && to.y >= low.y
        };
        let mut kept_clear = KeptClear::default();
        let flat = |points: &[LonLat]| points.iter().map(|p| plane.xy(*p)).collect::<Vec<Xy>>();
        let (mut roads, mut lines) = (Vec::new(), Vec::new());
        for line in ground.lines {
            let points = flat(&line.points);
            if !touches(&points) {
                continue;
            }
            match line.kind {
                LineKind::Tram => kept_clear.trams.push(points),
                LineKind::Road(road) => roads.push(SceneRoad {
                    road,
                    source: line.source,
                    line: points,
                }),
                kind => lines.push((kind, points)),
            }
        }
        let areas = ground.areas.iter().map(|area| SceneArea {
            kind: area.kind,
            ring: flat(&area.ring),
        });
        let mut marks = Vec::new();
        for mark in ground.marks {
            let at = plane.xy(mark.point);
            if !touches(&[at]) {
                continue;
            }
            match mark.kind {
                MarkKind::Junction => kept_clear.junctions.push(at),
                MarkKind::Crossing => kept_clear.crossings.push(at),
                MarkKind::BusStop => kept_clear.bus_stops.push(at),
                _ => {}
            }
            if mark.kind != MarkKind::Junction {
                marks.push(SceneMark {
                    kind: mark.kind,
                    at,
                    reference: mark.reference,
                    name: mark.name,
                });
            }
        }
        Scene {
            plane,
            roads,
            lines,
            areas: areas.filter(|a| touches(&a.ring)).collect(),
            marks,
            kept_clear,
        }
    }

    /// Marks of a kind.
    pub(super) fn marked(&self, kind: MarkKind) -> impl Iterator<Item = &SceneMark> {
        self.marks.iter().filter(move |m| m.kind == kind)
    }

    /// The grid for walks in a box, with everything that is in the way and what opens it.
    pub(super) fn field(&self, bounds: (Xy, Xy)) -> WalkField {
        let mut field = WalkField::over(bounds.0, bounds.1);
        for (kind, line) in &self.lines {
            match kind {
                LineKind::Barrier => field.block(line, Obstacle::Barrier),
                LineKind::Rail | LineKind::Water => field.block(line, Obstacle::Nature),
                LineKind::Road(_) | LineKind::Path(_) | LineKind::Tram => {}
            }
        }
        for area in self.areas.iter().filter(|a| a.kind != AreaKind::Site) {
            field.block(&area.ring, Obstacle::Building);
        }
        let apart = |r: Road| r.is(RoadTrait::Bridge) || r.is(RoadTrait::Tunnel);
        for SceneRoad { road, line, .. } in &self.roads {
            if road.class.is_major() && !apart(*road) {
                field.block(line, Obstacle::Carriageway);
            }
            if road.is_open() {
                field.open_along(line, Obstacle::Barrier);
            }
            if road.is(RoadTrait::Passage) {
                field.open_along(line, Obstacle::Building);
            }
            field.open_along(line, Obstacle::Nature);
        }
        for (kind, line) in &self.lines {
            let LineKind::Path(path) = kind else {
                continue;
            };
            field.open_along(line, Obstacle::Barrier);
            field.open_along(line, Obstacle::Nature);
            if *path != Path::Plain {
                field.open_along(line, Obstacle::Carriageway);
            }
        }
        for mark in &self.marks {
            match mark.kind {
                MarkKind::Crossing => {
                    field.open_at(mark.at, CROSSING_REACH_M, Obstacle::Carriageway);
                    field.open_at(mark.at, CROSSING_REACH_M, Obstacle::Nature);
                }
                MarkKind::Gate(gate) if gate.walkers => {
                    field.open_at(mark.at, GATE_REACH_M, Obstacle::Barrier);
                }
                _ => {}
            }
        }
        field
    }
}
