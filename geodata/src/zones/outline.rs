//! Polygons that somebody has drawn, and what is wrong with them, with the place where it is wrong.
//!
//! Everything is compared in whole units of 1e-7 degree, so nothing depends on rounding. Edges are compared pair by pair:
//! a thousand corners are half a million pairs, a millisecond, and no sweep line that could be wrong itself.

use crate::admin::Area;
use crate::coord::LonLat;
use crate::snapshot::is_inside;
use std::fmt;
use thiserror::Error;

/// The most corners of one outline.
pub const MAX_CORNERS: usize = 1_000;
/// Corners of the smallest ring, with the one where it closes.
const MIN_POSITIONS: usize = 4;
/// An outline is never wider, in degrees: it would lie on both sides of the date line.
const MAX_WIDTH: f64 = 180.0;

/// One or more polygons: each its outline first, then its holes; each ring ends with the corner that it begins with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    pub polygons: Vec<Vec<Vec<LonLat>>>,
}

/// Which ring, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingPath {
    pub polygon: usize,
    pub ring: usize,
}

impl fmt::Display for RingPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ring {
            0 => write!(f, "the outline of polygon {}", self.polygon + 1),
            hole => write!(f, "hole {hole} of polygon {}", self.polygon + 1),
        }
    }
}

/// A corner for people: `[lon, lat]`.
struct At(LonLat);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {}]", self.0.lon(), self.0.lat())
    }
}

/// What is wrong with an outline.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum OutlineError {
    #[error("expected at least one polygon with an outline, got none")]
    Empty,
    #[error("expected at most {MAX_CORNERS} corners, got {0}")]
    TooManyCorners(usize),
    #[error(
        "expected {ring} to have at least 3 corners and the first one again, got {positions} positions"
    )]
    TooFewCorners { ring: RingPath, positions: usize },
    #[error("expected {ring} to end where it begins, at {}, it ends at {}", At(*.first), At(*.last))]
    Unclosed {
        ring: RingPath,
        first: LonLat,
        last: LonLat,
    },
    #[error("expected a shape on one side of the date line, got one that is {0} degrees wide")]
    TooWide(f64),
    #[error("{ring} touches or crosses itself at {}", At(*.at))]
    SelfIntersection { ring: RingPath, at: LonLat },
    #[error("{ring} crosses {other} at {}", At(*.at))]
    Crossing {
        ring: RingPath,
        other: RingPath,
        at: LonLat,
    },
    #[error("{ring} lies outside its polygon, at {}", At(*.at))]
    HoleOutside { ring: RingPath, at: LonLat },
    #[error("{ring} lies inside another polygon, at {}", At(*.at))]
    Overlap { ring: RingPath, at: LonLat },
}

/// One side of a ring.
struct Edge {
    path: RingPath,
    /// Its number in the ring, and how many the ring has.
    n: usize,
    of: usize,
    from: LonLat,
    to: LonLat,
}

impl Outline {
    /// The same as rings among which a point is inside when it is inside an odd number of them.
    pub fn area(&self) -> Area {
        Area {
            rings: self.polygons.iter().flatten().cloned().collect(),
        }
    }

    /// Looks for everything that would make it unclear what is inside.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), OutlineError> {
        if self.polygons.is_empty() || self.polygons.iter().any(Vec::is_empty) {
            return Err(OutlineError::Empty);
        }
        let corners = self.polygons.iter().flatten().map(Vec::len).sum();
        if corners > MAX_CORNERS {
            return Err(OutlineError::TooManyCorners(corners));
        }
        for (path, ring) in self.rings() {
            check_ring(path, ring)?;
        }
        let bbox = self.area().bbox().ok_or(OutlineError::Empty)?;
        if bbox.east - bbox.west > MAX_WIDTH {
            return Err(OutlineError::TooWide(bbox.east - bbox.west));
        }
        self.check_edges()?;
        self.check_nesting()
    }

    /// Square metres, on the plane that touches the earth at the first corner of each ring.
    pub fn square_m(&self) -> f64 {
        let signed = |(path, ring): (RingPath, &Vec<LonLat>)| {
            let size = ring_square_m(ring);
            if path.ring == 0 { size } else { -size }
        };
        self.rings().map(signed).sum()
    }

    fn rings(&self) -> impl Iterator<Item = (RingPath, &Vec<LonLat>)> {
        let polygons = self.polygons.iter().enumerate();
        polygons.flat_map(|(polygon, rings)| {
            let numbered = rings.iter().enumerate();
            numbered.map(move |(n, ring)| (RingPath { polygon, ring: n }, ring))
        })
    }

    fn check_edges(&self) -> Result<(), OutlineError> {
        let edges: Vec<Edge> = self
            .rings()
            .flat_map(|(path, ring)| edges_of(path, ring))
            .collect();
        for (n, edge) in edges.iter().enumerate() {
            for later in &edges[n + 1..] {
                edge.check_against(later)?;
            }
        }
        Ok(())
    }

    /// Holes lie in their polygon, polygons outside each other. Rings do not cross by now, so one corner tells it, but for
    /// corners that lie on the other ring: any that does not is enough.
    fn check_nesting(&self) -> Result<(), OutlineError> {
        for (path, ring) in self.rings() {
            for (polygon, other) in self.polygons.iter().enumerate() {
                let own = path.polygon == polygon;
                let corner = ring
                    .iter()
                    .find(|corner| !is_on(&other[0], **corner))
                    .filter(|_| !(own && path.ring == 0));
                let Some(at) = corner.copied() else { continue };
                match (own, is_inside(&other[0], at)) {
                    (true, false) => return Err(OutlineError::HoleOutside { ring: path, at }),
                    (false, true) if path.ring == 0 && !in_hole(other, at) => {
                        return Err(OutlineError::Overlap { ring: path, at });
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

fn in_hole(polygon: &[Vec<LonLat>], point: LonLat) -> bool {
    polygon.iter().skip(1).any(|hole| is_inside(hole, point))
}

fn is_on(ring: &[LonLat], point: LonLat) -> bool {
    ring.windows(2)
        .any(|pair| turn(pair[0], pair[1], point) == 0 && spans(pair[0], pair[1], point))
}

fn check_ring(path: RingPath, ring: &[LonLat]) -> Result<(), OutlineError> {
    let (Some(first), Some(last)) = (ring.first(), ring.last()) else {
        return Err(OutlineError::TooFewCorners {
            ring: path,
            positions: 0,
        });
    };
    if first != last {
        return Err(OutlineError::Unclosed {
            ring: path,
            first: *first,
            last: *last,
        });
    }
    if ring.len() < MIN_POSITIONS {
        return Err(OutlineError::TooFewCorners {
            ring: path,
            positions: ring.len(),
        });
    }
    Ok(())
}

fn edges_of(path: RingPath, ring: &[LonLat]) -> impl Iterator<Item = Edge> {
    let of = ring.len() - 1;
    let pairs = ring.windows(2).enumerate();
    pairs.map(move |(n, pair)| Edge {
        path,
        n,
        of,
        from: pair[0],
        to: pair[1],
    })
}

impl Edge {
    fn check_against(&self, later: &Edge) -> Result<(), OutlineError> {
        if !self.may_meet(later) {
            return Ok(());
        }
        if self.path != later.path {
            let at = self.crossing(later);
            return at.map_or(Ok(()), |at| {
                Err(OutlineError::Crossing {
                    ring: later.path,
                    other: self.path,
                    at,
                })
            });
        }
        let at = if self.n + 1 == later.n {
            turns_back(self.from, self.to, later.to)
        } else if later.n + 1 == self.of && self.n == 0 {
            turns_back(later.from, later.to, self.to)
        } else {
            self.crossing(later).or_else(|| self.touch(later))
        };
        at.map_or(Ok(()), |at| {
            Err(OutlineError::SelfIntersection {
                ring: self.path,
                at,
            })
        })
    }

    /// Whether the boxes around both overlap.
    fn may_meet(&self, other: &Edge) -> bool {
        let apart = |a: (i32, i32), b: (i32, i32)| {
            a.0.max(a.1) < b.0.min(b.1) || b.0.max(b.1) < a.0.min(a.1)
        };
        let ((a, b), (c, d)) = (self.from.e7(), self.to.e7());
        let ((e, f), (g, h)) = (other.from.e7(), other.to.e7());
        !apart((a, c), (e, g)) && !apart((b, d), (f, h))
    }

    /// Where both cross with their insides.
    fn crossing(&self, other: &Edge) -> Option<LonLat> {
        let (a, b) = (
            turn(self.from, self.to, other.from),
            turn(self.from, self.to, other.to),
        );
        let (c, d) = (
            turn(other.from, other.to, self.from),
            turn(other.from, other.to, self.to),
        );
        let opposite = |a: i128, b: i128| a.signum() * b.signum() < 0;
        (opposite(a, b) && opposite(c, d)).then(|| {
            #[expect(clippy::cast_precision_loss, reason = "a share of the way")]
            let share = c as f64 / (c - d) as f64;
            crate::coord::interpolate(self.from, self.to, share)
        })
    }

    /// A corner of one that lies on the other.
    fn touch(&self, other: &Edge) -> Option<LonLat> {
        let on = |edge: &Edge, point: LonLat| {
            turn(edge.from, edge.to, point) == 0 && spans(edge.from, edge.to, point)
        };
        let own = [other.from, other.to].into_iter().find(|p| on(self, *p));
        own.or_else(|| [self.from, self.to].into_iter().find(|p| on(other, *p)))
    }
}

/// Twice the signed area of a triangle: positive when it turns left.
fn turn(a: LonLat, b: LonLat, c: LonLat) -> i128 {
    let along = |from: LonLat, to: LonLat| {
        let ((x, y), (to_x, to_y)) = (from.e7(), to.e7());
        (
            i128::from(to_x) - i128::from(x),
            i128::from(to_y) - i128::from(y),
        )
    };
    let (first, second) = (along(a, b), along(a, c));
    first.0 * second.1 - first.1 * second.0
}

/// Whether a point of the line through two others lies between them.
fn spans(a: LonLat, b: LonLat, point: LonLat) -> bool {
    let ((ax, ay), (bx, by), (x, y)) = (a.e7(), b.e7(), point.e7());
    (ax.min(bx)..=ax.max(bx)).contains(&x) && (ay.min(by)..=ay.max(by)).contains(&y)
}

/// The corner at which a ring goes back the way it came, or stays where it is.
fn turns_back(from: LonLat, corner: LonLat, to: LonLat) -> Option<LonLat> {
    let straight = turn(from, corner, to) == 0;
    let back = straight && (spans(from, corner, to) || spans(corner, to, from));
    back.then_some(corner)
}

fn ring_square_m(ring: &[LonLat]) -> f64 {
    let Some(first) = ring.first() else {
        return 0.0;
    };
    let flat: Vec<(f64, f64)> = ring.iter().map(|p| first.offset_m(*p)).collect();
    let twice: f64 = flat
        .windows(2)
        .map(|pair| pair[0].0 * pair[1].1 - pair[1].0 * pair[0].1)
        .sum();
    twice.abs() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring(corners: &[(i32, i32)]) -> Vec<LonLat> {
        let at = |(x, y): &(i32, i32)| {
            LonLat::from_e7(300_000_000 + x * 1_000, 500_000_000 + y * 1_000).unwrap()
        };
        corners.iter().map(at).collect()
    }

    #[track_caller]
    fn check(polygons: &[&[&[(i32, i32)]]], expect: &str) {
        let rings = |rings: &&[&[(i32, i32)]]| rings.iter().map(|r| ring(r)).collect();
        let outline = Outline {
            polygons: polygons.iter().map(rings).collect(),
        };
        let found = outline
            .check()
            .map_or_else(|e| e.to_string(), |()| String::new());
        assert_eq!(found, expect);
    }

    const SQUARE: &[(i32, i32)] = &[(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)];

    #[test]
    fn what_can_be_drawn_passes() {
        check(&[&[SQUARE]], "");
        check(&[&[&[(0, 0), (100, 0), (50, 80), (0, 0)]]], "");
        check(&[&[&[(0, 0), (50, 0), (100, 0), (100, 100), (0, 0)]]], "");
        check(&[&[SQUARE, &[(20, 20), (40, 20), (40, 40), (20, 20)]]], "");
        check(
            &[
                &[SQUARE],
                &[&[(100, 100), (200, 100), (200, 200), (100, 100)]],
            ],
            "",
        );
        let island: &[(i32, i32)] = &[(25, 22), (35, 22), (35, 30), (25, 22)];
        check(
            &[
                &[SQUARE, &[(20, 20), (40, 20), (40, 40), (20, 20)]],
                &[island],
            ],
            "",
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        check(
            &[],
            "expected at least one polygon with an outline, got none",
        );
        check(
            &[&[]],
            "expected at least one polygon with an outline, got none",
        );
        check(
            &[&[&[]]],
            "expected the outline of polygon 1 to have at least 3 corners and the first one again, got 0 positions",
        );
        check(
            &[&[&[(0, 0), (100, 0), (0, 0)]]],
            "expected the outline of polygon 1 to have at least 3 corners and the first one again, got 3 positions",
        );
        check(
            &[&[&[(0, 0), (100, 0), (100, 100), (0, 100)]]],
            "expected the outline of polygon 1 to end where it begins, at [30, 50], it ends at [30, 50.01]",
        );
        let bow: &[(i32, i32)] = &[(0, 0), (100, 100), (100, 0), (0, 100), (0, 0)];
        check(
            &[&[bow]],
            "the outline of polygon 1 touches or crosses itself at [30.005, 50.005]",
        );
        let spike: &[(i32, i32)] = &[(0, 0), (100, 0), (100, 100), (100, 50), (0, 0)];
        check(
            &[&[spike]],
            "the outline of polygon 1 touches or crosses itself at [30.01, 50.01]",
        );
        let eight: &[(i32, i32)] = &[
            (0, 0),
            (50, 50),
            (100, 0),
            (100, 100),
            (50, 50),
            (0, 100),
            (0, 0),
        ];
        check(
            &[&[eight]],
            "the outline of polygon 1 touches or crosses itself at [30.005, 50.005]",
        );
        let twice: &[(i32, i32)] = &[(0, 0), (100, 0), (100, 0), (100, 100), (0, 0)];
        check(
            &[&[twice]],
            "the outline of polygon 1 touches or crosses itself at [30.01, 50]",
        );
        let out: &[(i32, i32)] = &[(50, 50), (150, 50), (150, 60), (50, 50)];
        check(
            &[&[SQUARE, out]],
            "hole 1 of polygon 1 crosses the outline of polygon 1 at [30.01, 50.005]",
        );
        let beside: &[(i32, i32)] = &[(150, 50), (250, 50), (250, 60), (150, 50)];
        check(
            &[&[SQUARE, beside]],
            "hole 1 of polygon 1 lies outside its polygon, at [30.015, 50.005]",
        );
        let inside: &[(i32, i32)] = &[(50, 50), (60, 50), (60, 60), (50, 50)];
        check(
            &[&[SQUARE], &[inside]],
            "the outline of polygon 2 lies inside another polygon, at [30.005, 50.005]",
        );
    }

    #[test]
    fn limits_of_size() {
        let many: Vec<LonLat> = (0..1_001)
            .map(|n| LonLat::clamped(f64::from(n) * 0.01, 50.0))
            .collect();
        let outline = |ring: Vec<LonLat>| Outline {
            polygons: vec![vec![ring]],
        };
        assert_eq!(
            outline(many).check(),
            Err(OutlineError::TooManyCorners(1_001))
        );
        let world = [(-170.0, 0.0), (170.0, 0.0), (170.0, 10.0), (-170.0, 0.0)];
        let world = world.map(|(x, y)| LonLat::clamped(x, y)).to_vec();
        assert!(matches!(
            outline(world).check(),
            Err(OutlineError::TooWide(_))
        ));
        let size = outline(ring(SQUARE)).square_m();
        assert!((size - 1111.95 * 714.8).abs() < 200.0, "{size}");
    }

    proptest! {
        #[test]
        fn a_star_is_fine_and_its_bow_is_not(radii in prop::collection::vec(0.1..1.0, 6..80)) {
            let n = radii.len();
            let at = |(k, r): (usize, &f64)| {
                let angle = k as f64 / n as f64 * std::f64::consts::TAU;
                LonLat::clamped(30.0 + r * angle.cos(), 50.0 + r * angle.sin())
            };
            let mut ring: Vec<LonLat> = radii.iter().enumerate().map(at).collect();
            ring.push(ring[0]);
            let star = Outline { polygons: vec![vec![ring.clone()]] };
            prop_assert_eq!(star.check(), Ok(()));
            // A way straight back to a corner seen before, and on from there.
            ring.insert(n, ring[2]);
            let bow = Outline { polygons: vec![vec![ring]] };
            prop_assert!(bow.check().is_err());
        }
    }
}
