//! Points and boxes on the earth: longitude first, WGS 84 degrees, kept as integers of 1e-7 degree (≈ 1 cm).

use crate::segment;
use bytemuck::{Pod, Zeroable};
use thiserror::Error;

/// Mean earth radius in metres (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;
/// Metres in one degree of latitude on that sphere.
const DEGREE_M: f64 = 111_195.08;
const E7: f64 = 1e7;
/// How much wider than asked a box around a circle is, so that no rounding leaves out what lies on its edge: the plane
/// of [`LonLat::offset_m`] errs by less than this.
const BOX_MARGIN: f64 = 1.01;
/// The same where the circle is a point, in degrees.
const BOX_MARGIN_DEGREES: f64 = 1e-6;

/// A coordinate outside the world.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum CoordError {
    #[error("expected a longitude between -180 and 180, got `{0}`")]
    Longitude(f64),
    #[error("expected a latitude between -90 and 90, got `{0}`")]
    Latitude(f64),
    #[error("expected a box `west,south,east,north` with west < east and south < north")]
    EmptyBox,
}

/// A point: longitude, latitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(C)]
pub struct LonLat {
    lon_e7: i32,
    lat_e7: i32,
}

impl LonLat {
    /// No point: separates the lines of a geometry where only points can be stored.
    pub(crate) const BREAK: LonLat = LonLat {
        lon_e7: i32::MAX,
        lat_e7: i32::MAX,
    };

    /// A point from degrees.
    ///
    /// # Errors
    /// When a coordinate is outside the world or not a number.
    pub fn new(lon: f64, lat: f64) -> Result<LonLat, CoordError> {
        if !(-180.0..=180.0).contains(&lon) {
            return Err(CoordError::Longitude(lon));
        }
        if !(-90.0..=90.0).contains(&lat) {
            return Err(CoordError::Latitude(lat));
        }
        Ok(LonLat::clamped(lon, lat))
    }

    /// A point from degrees that are known to lie in the world, or nearly so (the result of a computation).
    #[expect(
        clippy::cast_possible_truncation,
        reason = "clamped to the world, which fits"
    )]
    pub fn clamped(lon: f64, lat: f64) -> LonLat {
        let e7 = |v: f64, max: f64| (v.clamp(-max, max) * E7).round() as i32;
        LonLat {
            lon_e7: e7(lon, 180.0),
            lat_e7: e7(lat, 90.0),
        }
    }

    /// A point from integers of 1e-7 degree, `None` outside the world.
    pub fn from_e7(lon_e7: i32, lat_e7: i32) -> Option<LonLat> {
        let inside = (-1_800_000_000..=1_800_000_000).contains(&lon_e7)
            && (-900_000_000..=900_000_000).contains(&lat_e7);
        inside.then_some(LonLat { lon_e7, lat_e7 })
    }

    /// Longitude and latitude as integers of 1e-7 degree.
    pub fn e7(self) -> (i32, i32) {
        (self.lon_e7, self.lat_e7)
    }

    pub fn lon(self) -> f64 {
        f64::from(self.lon_e7) / E7
    }

    pub fn lat(self) -> f64 {
        f64::from(self.lat_e7) / E7
    }

    /// Great-circle distance in metres (equirectangular below 100 km, where it errs by less than 0.1 %; haversine above).
    pub fn distance_m(self, other: LonLat) -> f64 {
        let (x, y) = self.offset_m(other);
        let flat = (x * x + y * y).sqrt();
        if flat < 100_000.0 {
            return flat;
        }
        let (a, b) = (self.lat().to_radians(), other.lat().to_radians());
        let half = |v: f64| (v / 2.0).sin().powi(2);
        let h = half(b - a) + a.cos() * b.cos() * half((other.lon() - self.lon()).to_radians());
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }

    /// Metres east and north of this point to another one, on the plane that touches the earth between them; over the
    /// date line where that is the shorter way.
    pub fn offset_m(self, other: LonLat) -> (f64, f64) {
        let mid = ((self.lat() + other.lat()) / 2.0).to_radians();
        (
            degrees_east(self, other) * DEGREE_M * mid.cos(),
            (other.lat() - self.lat()) * DEGREE_M,
        )
    }

    /// The direction in which the great circle to another point begins, in degrees clockwise from north, 0 to 360;
    /// `None` for the same point. The formula is the "initial course" of Ed Williams' Aviation Formulary.
    pub fn bearing_deg(self, other: LonLat) -> Option<f64> {
        if self == other {
            return None;
        }
        let (a, b) = (self.lat().to_radians(), other.lat().to_radians());
        let east = degrees_east(self, other).to_radians();
        let (y, x) = (
            east.sin() * b.cos(),
            a.cos() * b.sin() - a.sin() * b.cos() * east.cos(),
        );
        Some(y.atan2(x).to_degrees().rem_euclid(360.0))
    }
}

/// Degrees of longitude from one point east to another, -180 to 180.
fn degrees_east(from: LonLat, to: LonLat) -> f64 {
    let east = to.lon() - from.lon();
    if east.abs() > 180.0 {
        east - 360.0_f64.copysign(east)
    } else {
        east
    }
}

/// The point at `share` (0 to 1) of the way from `a` to `b`.
pub fn interpolate(a: LonLat, b: LonLat, share: f64) -> LonLat {
    let mix = |p: f64, q: f64| p + (q - p) * share;
    LonLat::clamped(mix(a.lon(), b.lon()), mix(a.lat(), b.lat()))
}

/// The plane that touches the earth at a point: exact near it, and of distances farther away the order is right enough.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    point: LonLat,
    /// Metres per degree of longitude.
    east_m: f64,
    /// By how much they become fewer with each radian of latitude to the north.
    narrowing_m: f64,
}

impl Plane {
    /// The plane at a point.
    pub fn at(point: LonLat) -> Plane {
        let (sin, cos) = point.lat().to_radians().sin_cos();
        Plane {
            point,
            east_m: DEGREE_M * cos,
            narrowing_m: DEGREE_M * sin,
        }
    }

    /// Metres east and north of the point.
    pub fn offset_m(&self, other: LonLat) -> (f64, f64) {
        (
            degrees_east(self.point, other) * self.east_m,
            (other.lat() - self.point.lat()) * DEGREE_M,
        )
    }

    /// The point that lies some metres east and north.
    pub fn point(&self, (east_m, north_m): (f64, f64)) -> LonLat {
        // At a pole every direction is north or south.
        let lon = self.point.lon() + east_m / self.east_m.max(f64::MIN_POSITIVE);
        let around = (lon + 540.0).rem_euclid(360.0) - 180.0;
        let lon = if (-180.0..=180.0).contains(&lon) {
            lon
        } else {
            around
        };
        LonLat::clamped(lon, self.point.lat() + north_m / DEGREE_M)
    }

    /// Metres from the point: what [`LonLat::distance_m`] measures, up to 0.1 % less or more below 100 km, and up to 2 %
    /// below 1,000 km in latitudes where people live.
    pub fn distance_m(&self, other: LonLat) -> f64 {
        let north = other.lat() - self.point.lat();
        // Half-way: the cosine of a sum, by the first terms of the Taylor series of its small part.
        let half = north.to_radians() / 2.0;
        let (sin, cos) = (half - half.powi(3) / 6.0, 1.0 - half * half / 2.0);
        let x = degrees_east(self.point, other) * (self.east_m * cos - self.narrowing_m * sin);
        let y = north * DEGREE_M;
        (x * x + y * y).sqrt()
    }

    /// The same in single precision for a longitude and a latitude in degrees: up to 3 m less or more as well.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "single precision is what is asked for"
    )]
    #[inline]
    pub fn roughly_m(&self, (lon, lat): (f32, f32)) -> f32 {
        let north = lat - self.point.lat() as f32;
        let east = lon - self.point.lon() as f32;
        let around = if east.abs() > 180.0 {
            360.0_f32.copysign(east)
        } else {
            0.0
        };
        let half = north * (std::f32::consts::PI / 360.0);
        let (sin, cos) = (half - half * half * half / 6.0, 1.0 - half * half / 2.0);
        let narrowed = self.east_m as f32 * cos - self.narrowing_m as f32 * sin;
        let (x, y) = ((east - around) * narrowed, north * DEGREE_M as f32);
        (x * x + y * y).sqrt()
    }

    /// The point of a polyline that is nearest to the plane's, and its distance in metres; `None` for an empty line.
    pub fn nearest_on_line(&self, line: &[LonLat]) -> Option<(LonLat, f64)> {
        let first = line.first()?;
        let mut from = self.offset_m(*first);
        let mut best = (0, 0.0, from.0 * from.0 + from.1 * from.1);
        for (n, end) in line.iter().enumerate().skip(1) {
            let to = self.offset_m(*end);
            let along = (to.0 - from.0, to.1 - from.1);
            let length = along.0 * along.0 + along.1 * along.1;
            let share = if length > 0.0 {
                (-(from.0 * along.0 + from.1 * along.1) / length).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let (x, y) = (from.0 + along.0 * share, from.1 + along.1 * share);
            let square = x * x + y * y;
            if square < best.2 {
                best = (n - 1, share, square);
            }
            from = to;
        }
        let (n, share, square) = best;
        let end = line.get(n + 1).unwrap_or(first);
        Some((interpolate(line[n], *end, share), square.sqrt()))
    }
}

/// The point of a polyline that is nearest to `point`, and its distance in metres; `None` for an empty line.
pub fn nearest_on_line(line: &[LonLat], point: LonLat) -> Option<(LonLat, f64)> {
    Plane::at(point).nearest_on_line(line)
}

/// Whether a polyline crosses the segment between two points.
pub fn line_crosses(line: &[LonLat], from: LonLat, to: LonLat) -> bool {
    // On a plane whose axes are scaled differently, what crosses still crosses.
    let flat = |p: LonLat| (degrees_east(from, p), p.lat());
    let way = (flat(from), flat(to));
    let mut segments = line.windows(2);
    segments.any(|ends| segment::cross(way, (flat(ends[0]), flat(ends[1]))))
}

/// A box in degrees: west, south, east, north.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bbox {
    pub west: f64,
    pub south: f64,
    pub east: f64,
    pub north: f64,
}

impl Bbox {
    /// A box from degrees.
    ///
    /// # Errors
    /// When an edge is outside the world or the box is empty.
    pub fn new([west, south, east, north]: [f64; 4]) -> Result<Bbox, CoordError> {
        LonLat::new(west, south)?;
        LonLat::new(east, north)?;
        if west >= east || south >= north {
            return Err(CoordError::EmptyBox);
        }
        Ok(Bbox {
            west,
            south,
            east,
            north,
        })
    }

    /// The smallest box around points; `None` when there are none.
    pub fn around(points: impl IntoIterator<Item = LonLat>) -> Option<Bbox> {
        points.into_iter().fold(None, |bbox, p| {
            let (lon, lat) = (p.lon(), p.lat());
            let b = bbox.unwrap_or(Bbox::at(p));
            Some(Bbox {
                west: b.west.min(lon),
                south: b.south.min(lat),
                east: b.east.max(lon),
                north: b.north.max(lat),
            })
        })
    }

    /// The distance between opposite corners, in metres.
    pub fn diagonal_m(&self) -> f64 {
        LonLat::clamped(self.west, self.south).distance_m(LonLat::clamped(self.east, self.north))
    }

    /// The box that holds one point.
    pub fn at(point: LonLat) -> Bbox {
        let (lon, lat) = (point.lon(), point.lat());
        Bbox {
            west: lon,
            south: lat,
            east: lon,
            north: lat,
        }
    }

    /// Boxes that together hold everything within a distance of a point: one, or two on both sides of the date line. Near
    /// a pole they reach all around it.
    pub fn within(point: LonLat, radius_m: f64) -> impl Iterator<Item = Bbox> {
        let high = radius_m.max(0.0) * BOX_MARGIN / DEGREE_M + BOX_MARGIN_DEGREES;
        let (south, north) = (
            (point.lat() - high).max(-90.0),
            (point.lat() + high).min(90.0),
        );
        let to_pole = south.abs().max(north.abs());
        let wide = high / to_pole.to_radians().cos().max(f64::MIN_POSITIVE);
        let (west, east) = if to_pole >= 90.0 || wide >= 180.0 {
            (-180.0, 180.0)
        } else {
            (point.lon() - wide, point.lon() + wide)
        };
        let part = |west: f64, east: f64| {
            (west <= east).then_some(Bbox {
                west,
                south,
                east,
                north,
            })
        };
        let parts = [
            part(west.max(-180.0), east.min(180.0)),
            part(west + 360.0, 180.0),
            part(-180.0, east - 360.0),
        ];
        parts.into_iter().flatten()
    }

    /// Whether a point lies in the box, its edges included.
    pub fn contains(&self, point: LonLat) -> bool {
        (self.west..=self.east).contains(&point.lon())
            && (self.south..=self.north).contains(&point.lat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_world_has_edges() {
        assert_eq!(LonLat::new(30.5, 95.2), Err(CoordError::Latitude(95.2)));
        assert!(LonLat::new(f64::NAN, 0.0).is_err());
        assert!(Bbox::new([30.0, 50.0, 29.0, 51.0]).is_err());
    }

    #[test]
    fn distances_are_metres() {
        let kyiv = LonLat::clamped(30.5234, 50.4501);
        let lviv = LonLat::clamped(24.0297, 49.8397);
        let km = kyiv.distance_m(lviv) / 1000.0;
        assert!((465.0..470.0).contains(&km), "{km}");
        let near = LonLat::clamped(30.5234, 50.4601);
        assert!((kyiv.distance_m(near) - 1112.0).abs() < 1.0);
    }

    proptest! {
        #[test]
        fn distances_on_a_plane_are_those_on_the_earth(
            lon in -180.0..180.0_f64, lat in -65.0..65.0_f64, x in -1.0..1.0_f64, y in -1.0..1.0_f64, degrees in 0.0..9.0_f64,
        ) {
            let from = LonLat::clamped(lon, lat);
            let east = x * degrees / lat.to_radians().cos();
            let to = LonLat::clamped((lon + east + 540.0).rem_euclid(360.0) - 180.0, lat + y * degrees);
            let (flat_m, round_m) = (Plane::at(from).distance_m(to), from.distance_m(to));
            let share = if round_m < 100_000.0 { 0.001 } else { 0.02 };
            prop_assert!((flat_m - round_m).abs() <= share * round_m + 0.01, "{flat_m} {round_m}");
            let single = |degrees: f64| degrees.to_string().parse::<f32>().expect("a number");
            let rough_m = f64::from(Plane::at(from).roughly_m((single(to.lon()), single(to.lat()))));
            prop_assert!((rough_m - round_m).abs() <= share * round_m + 3.0, "{rough_m} {round_m}");
        }
    }

    #[test]
    fn bearings_go_clockwise_from_north() {
        let at = |lon, lat| LonLat::clamped(lon, lat);
        let goes = |from: LonLat, to, expect: f64| {
            let bearing = from.bearing_deg(to);
            bearing.is_some_and(|degrees| (degrees - expect).abs() < 0.01)
        };
        let from = at(30.0, 50.0);
        for (to, expect) in [
            (at(30.0, 50.1), 0.0),
            (at(30.1, 50.0), 89.96),
            (at(30.0, 49.9), 180.0),
            (at(29.9, 50.0), 270.04),
        ] {
            assert!(goes(from, to, expect));
        }
        assert_eq!(from.bearing_deg(from), None);
        // Over the date line.
        assert!(goes(at(179.99, 10.0), at(-179.99, 10.0), 90.0));
    }

    proptest! {
        #[test]
        fn boxes_around_hold_what_is_near(lon in -180.0..=180.0, lat in -90.0..=90.0, x in -180.0..=180.0, y in -90.0..=90.0, radius in 0.0..60_000.0) {
            let (from, far) = (LonLat::clamped(lon, lat), LonLat::clamped(x, y));
            // A point near the first one, over the date line or a pole as it comes.
            let near = interpolate(from, far, 0.001);
            for point in [near, far] {
                if from.distance_m(point) <= radius {
                    prop_assert!(Bbox::within(from, radius).any(|b| b.contains(point)));
                }
            }
        }

        #[test]
        fn the_nearest_point_is_no_farther_than_any_vertex(points in prop::collection::vec((30.0..30.1, 50.0..50.1), 1..8), p in (30.0..30.1, 50.0..50.1)) {
            let line: Vec<LonLat> = points.into_iter().map(|(x, y)| LonLat::clamped(x, y)).collect();
            let point = LonLat::clamped(p.0, p.1);
            let (_, distance) = nearest_on_line(&line, point).expect("a line of points");
            prop_assert!(line.iter().all(|v| distance <= v.distance_m(point) * 1.005 + 0.1));
        }
    }
}
