//! Outlines of buildings in few bytes: corners as offsets from their house, four bytes each.

use crate::coord::LonLat;
use bytemuck::{Pod, Zeroable};

/// Steps of 1e-7 degree in the unit of an offset: 4.4 cm northwards, less eastwards.
const UNIT_E7: i16 = 4;

/// A corner of an outline: units east and north of the house's point. The last corner of a ring is joined to its first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Corner {
    east: i16,
    north: i16,
}

impl Corner {
    /// Separates the rings of one outline.
    pub const BREAK: Corner = Corner {
        east: i16::MIN,
        north: i16::MIN,
    };

    /// A point as seen from a house; `None` beyond 0.013 degrees, where no building reaches.
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    pub fn new(house: LonLat, point: LonLat) -> Option<Corner> {
        let (east, north) = offset(house, point);
        let unit = |v: f64| (v.abs() < f64::from(i16::MAX)).then(|| v.round() as i16);
        Some(Corner {
            east: unit(east)?,
            north: unit(north)?,
        })
    }

    /// Where it is, seen from its house; `None` for [`Corner::BREAK`].
    pub fn point(self, house: LonLat) -> Option<LonLat> {
        if self == Corner::BREAK {
            return None;
        }
        let (lon, lat) = house.e7();
        let units = |v: i16| i32::from(v) * i32::from(UNIT_E7);
        LonLat::from_e7(lon + units(self.east), lat + units(self.north))
    }

    fn position(self) -> (f64, f64) {
        (f64::from(self.east), f64::from(self.north))
    }
}

/// Units east and north of a house.
fn offset(house: LonLat, point: LonLat) -> (f64, f64) {
    let ((x, y), (to_x, to_y)) = (house.e7(), point.e7());
    let units = |from: i32, to: i32| (f64::from(to) - f64::from(from)) / f64::from(UNIT_E7);
    (units(x, to_x), units(y, to_y))
}

/// Whether the outline of a house holds a point, by counting the edges that a ray to the east crosses.
pub(super) fn holds(outline: &[Corner], house: LonLat, point: LonLat) -> bool {
    let (x, y) = offset(house, point);
    let crosses = |(a, b): ((f64, f64), (f64, f64))| {
        (a.1 > y) != (b.1 > y) && x < (b.0 - a.0) * (y - a.1) / (b.1 - a.1) + a.0
    };
    let rings = outline.split(|c| *c == Corner::BREAK);
    let edges = rings.flat_map(|ring| {
        let next = ring.iter().cycle().skip(1);
        ring.iter()
            .zip(next)
            .map(|(a, b)| (a.position(), b.position()))
    });
    edges.filter(|edge| crosses(*edge)).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::is_inside;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_outlines_hold_what_the_ring_holds(corners in prop::collection::vec((-0.001..0.001, -0.001..0.001), 3..9), x in -0.001..0.001, y in -0.001..0.001) {
            let house = LonLat::clamped(30.0, 50.0);
            let at = |(x, y): (f64, f64)| LonLat::clamped(30.0 + x, 50.0 + y);
            let mut ring: Vec<LonLat> = corners.into_iter().map(at).collect();
            let packed: Vec<Corner> = ring.iter().map(|p| Corner::new(house, *p).unwrap()).collect();
            ring.push(ring[0]);
            let point = at((x, y));
            let near_edge = crate::nearest_on_line(&ring, point).unwrap().1 < 0.1;
            prop_assert!(near_edge || holds(&packed, house, point) == is_inside(&ring, point));
        }
    }

    #[test]
    fn what_is_too_far_for_a_building_is_no_corner() {
        let house = LonLat::clamped(30.0, 50.0);
        assert_eq!(Corner::new(house, LonLat::clamped(30.02, 50.0)), None);
        assert_eq!(Corner::new(house, LonLat::clamped(-180.0, 50.0)), None);
    }
}
