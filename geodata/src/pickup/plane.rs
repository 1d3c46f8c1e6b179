//! A plane in metres around a place: what is near is small enough for the earth to be flat.

use crate::coord::{self, Bbox, LonLat};
use crate::segment;

/// Metres east and north of a plane's origin.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Xy {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Xy {
    pub(super) fn pair(self) -> (f64, f64) {
        (self.x, self.y)
    }

    pub(super) fn distance_m(self, other: Xy) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// Whether another point is nearer than a distance.
    pub(super) fn is_within(self, other: Xy, reach_m: f64) -> bool {
        let (dx, dy) = (self.x - other.x, self.y - other.y);
        dx * dx + dy * dy < reach_m * reach_m
    }

    /// The point at `share` (0 to 1) of the way to another one.
    pub(super) fn toward(self, other: Xy, share: f64) -> Xy {
        Xy {
            x: self.x + (other.x - self.x) * share,
            y: self.y + (other.y - self.y) * share,
        }
    }
}

/// The plane that touches the earth at a point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane(coord::Plane);

impl Plane {
    pub(super) fn at(origin: LonLat) -> Plane {
        Plane(coord::Plane::at(origin))
    }

    pub(super) fn xy(&self, point: LonLat) -> Xy {
        let (x, y) = self.0.offset_m(point);
        Xy { x, y }
    }

    pub(super) fn point(&self, at: Xy) -> LonLat {
        self.0.point((at.x, at.y))
    }

    /// The box, in degrees, of a box of the plane; west of its east unless it lies over the date line.
    pub(super) fn bbox(&self, (low, high): (Xy, Xy)) -> Bbox {
        let (low, high) = (self.point(low), self.point(high));
        let over = if high.lon() < low.lon() { 360.0 } else { 0.0 };
        Bbox {
            west: low.lon(),
            south: low.lat(),
            east: high.lon() + over,
            north: high.lat(),
        }
    }
}

/// The point of a segment that is nearest to another point, as its share of the way from `a` to `b`.
pub(super) fn nearest_share(a: Xy, b: Xy, at: Xy) -> f64 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let square = dx * dx + dy * dy;
    if square <= f64::EPSILON {
        return 0.0;
    }
    (((at.x - a.x) * dx + (at.y - a.y) * dy) / square).clamp(0.0, 1.0)
}

/// The distance of a point from a line of segments, in metres; infinite for a line without points.
pub(super) fn distance_to_line(line: &[Xy], at: Xy) -> f64 {
    let segments = line
        .windows(2)
        .map(|w| at.distance_m(w[0].toward(w[1], nearest_share(w[0], w[1], at))));
    let ends = line.first().map(|p| p.distance_m(at));
    segments.chain(ends).fold(f64::INFINITY, f64::min)
}

/// Whether a ring holds a point, by counting the edges that a ray to the east crosses.
pub(super) fn holds(ring: &[Xy], at: Xy) -> bool {
    let crosses = |w: &&[Xy]| {
        let (a, b) = (w[0], w[1]);
        (a.y > at.y) != (b.y > at.y) && at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x
    };
    ring.windows(2).filter(crosses).count() % 2 == 1
}

/// The corners of the smallest box around points; turned inside out for none.
pub(super) fn span(points: impl IntoIterator<Item = Xy>) -> (Xy, Xy) {
    let none = Xy {
        x: f64::INFINITY,
        y: f64::INFINITY,
    };
    let start = (
        none,
        Xy {
            x: -none.x,
            y: -none.y,
        },
    );
    points.into_iter().fold(start, |(low, high), p| {
        (
            Xy {
                x: low.x.min(p.x),
                y: low.y.min(p.y),
            },
            Xy {
                x: high.x.max(p.x),
                y: high.y.max(p.y),
            },
        )
    })
}

/// Whether two segments cross.
pub(super) fn segments_meet((a, b): (Xy, Xy), (c, d): (Xy, Xy)) -> bool {
    segment::cross((a.pair(), b.pair()), (c.pair(), d.pair()))
}

/// The area of a ring, in square metres (the shoelace formula).
pub(super) fn area(ring: &[Xy]) -> f64 {
    let cross = ring.windows(2).map(|w| w[0].x * w[1].y - w[1].x * w[0].y);
    (cross.sum::<f64>() / 2.0).abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn points_come_back_from_the_plane(lon in -180.0..180.0, lat in -89.0..89.0, x in -2000.0..2000.0, y in -2000.0..2000.0) {
            let plane = Plane::at(LonLat::clamped(lon, lat));
            let at = Xy { x, y };
            let back = plane.xy(plane.point(at));
            prop_assert!(back.distance_m(at) < 0.05, "{back:?} {at:?}");
        }
    }
}
