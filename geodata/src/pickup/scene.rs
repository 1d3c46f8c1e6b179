//! What lies around a place, on a plane in metres.

use super::plane::{Plane, Xy, distance_to_line, holds};
use super::walk::{Obstacle, WalkField};
use crate::ground::{AreaKind, Gate, LineKind, MarkKind, Path, Road, RoadTrait};
use crate::snapshot::{GroundMark, NearGround};
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

/// What lies around a place.
pub(super) struct Scene {
    pub(super) plane: Plane,
    pub(super) roads: Vec<SceneRoad>,
    /// Everything else that is a line.
    pub(super) lines: Vec<(LineKind, Vec<Xy>)>,
    pub(super) areas: Vec<SceneArea>,
    pub(super) marks: Vec<SceneMark>,
    /// Cars keep to the left here.
    pub(super) left_hand: bool,
}

impl Scene {
    pub(super) fn new(origin: LonLat, ground: NearGround, left_hand: bool) -> Scene {
        let plane = Plane::at(origin);
        let flat = |points: &[LonLat]| points.iter().map(|p| plane.xy(*p)).collect::<Vec<Xy>>();
        let (mut roads, mut lines) = (Vec::new(), Vec::new());
        for line in ground.lines {
            let points = flat(&line.points);
            match line.kind {
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
        let mark = |mark: GroundMark| SceneMark {
            kind: mark.kind,
            at: plane.xy(mark.point),
            reference: mark.reference,
            name: mark.name,
        };
        Scene {
            plane,
            roads,
            lines,
            areas: areas.collect(),
            marks: ground.marks.into_iter().map(mark).collect(),
            left_hand,
        }
    }

    /// Marks of a kind.
    pub(super) fn marked(&self, kind: MarkKind) -> impl Iterator<Item = &SceneMark> {
        self.marks.iter().filter(move |m| m.kind == kind)
    }

    /// The grid for walks in a box, with everything that is in the way and what opens it.
    pub(super) fn field(&self, low: Xy, high: Xy) -> WalkField {
        let mut field = WalkField::over(low, high);
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
