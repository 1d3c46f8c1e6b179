//! What is roughly known of each place, in eight bytes: where it is, what it is, and what it counts for.
//!
//! Hundreds of places are compared for each that is looked at closely. Their records lie all over a table that no
//! processor keeps near; the sketches of a whole country are an eighth of it.

use super::records::PlaceRecord;

/// Bits of a coordinate: the world in steps of 38 m at most from west to east, and of 19 m from south to north.
const COORDINATE: u32 = 20;
const STEPS: f32 = ((1 << COORDINATE) - 1) as f32;
const IMPORTANCE: u32 = 8;
const MOST_IMPORTANCE: f32 = ((1 << IMPORTANCE) - 1) as f32;
/// Bits of a popularity and of a radius.
const COUNT: u32 = 6;
const MOST_COUNT: u32 = (1 << COUNT) - 1;
/// Steps of a popularity's logarithm, for each doubling.
const STEPS_PER_DOUBLING: f32 = 3.0;
/// The least radius that is more than none, in metres; each further one is a quarter of a power of two more.
const LEAST_RADIUS_M: u32 = 8;
const QUARTERS: u32 = 2;

/// A place, roughly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlaceSketch {
    /// From the lowest bit on: longitude, importance, layer.
    east: u32,
    /// From the lowest bit on: latitude, popularity, radius.
    north: u32,
}

impl PlaceSketch {
    /// The sketch of a place.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is rounded fits its bits"
    )]
    pub fn of(place: &PlaceRecord) -> PlaceSketch {
        let importance = (place.importance.clamp(0.0, 1.0) * MOST_IMPORTANCE).round() as u32;
        let doublings = (1.0 + place.popularity as f32).log2();
        let popularity = ((doublings * STEPS_PER_DOUBLING).round() as u32).min(MOST_COUNT);
        let position =
            |degrees: f64, whole: f64| ((degrees / whole + 0.5) * f64::from(STEPS)).round() as u32;
        PlaceSketch {
            east: position(place.point.lon(), 360.0)
                | importance << COORDINATE
                | u32::from(place.layer) << (COORDINATE + IMPORTANCE),
            north: position(place.point.lat(), 180.0)
                | popularity << COORDINATE
                | radius_step(place.radius_m) << (COORDINATE + COUNT),
        }
    }

    /// Longitude and latitude in degrees, up to half a step of 0.00035 and 0.00018 more or less.
    #[inline]
    pub fn degrees(self) -> (f32, f32) {
        let share = |word: u32| number(word, 0, COORDINATE) * (1.0 / STEPS) - 0.5;
        (share(self.east) * 360.0, share(self.north) * 180.0)
    }

    /// Static importance, up to 0.002 more or less.
    #[inline]
    pub fn importance(self) -> f32 {
        number(self.east, COORDINATE, IMPORTANCE) * (1.0 / MOST_IMPORTANCE)
    }

    /// The binary logarithm of one more than its popularity, up to a sixth more or less; of two million or more, 21.
    #[inline]
    pub fn popularity_log2(self) -> f32 {
        number(self.north, COORDINATE, COUNT) * (1.0 / STEPS_PER_DOUBLING)
    }

    /// Radius in metres, at most a fifth less, and at most 393 km.
    #[inline]
    pub fn radius_m(self) -> f32 {
        const QUARTER: u32 = 1 << (f32::MANTISSA_DIGITS - 1 - QUARTERS);
        let step = self.north >> (COORDINATE + COUNT);
        // The bits of a floating-point number: a power of two and quarters of it.
        let before = (LEAST_RADIUS_M as f32).to_bits() - QUARTER;
        let radius = f32::from_bits(before + step * QUARTER);
        if step == 0 { 0.0 } else { radius }
    }

    /// What [`Layer`](crate::Layer) it is, as its number.
    #[inline]
    pub fn layer(self) -> usize {
        (self.east >> (COORDINATE + IMPORTANCE)) as usize
    }
}

/// The number that some bits are. It is positive in either way, but all processors know how to convert signed ones.
#[inline]
fn number(word: u32, from: u32, bits: u32) -> f32 {
    (word >> from & ((1 << bits) - 1)).cast_signed() as f32
}

/// The number of the largest radius that is no larger than this one.
fn radius_step(radius_m: u32) -> u32 {
    if radius_m < LEAST_RADIUS_M {
        return 0;
    }
    let doublings = radius_m.ilog2();
    let quarters = radius_m << (u32::BITS - 1 - doublings) << 1 >> (u32::BITS - QUARTERS);
    let step = ((doublings - LEAST_RADIUS_M.ilog2()) << QUARTERS) + quarters + 1;
    step.min(MOST_COUNT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coord::LonLat;
    use bytemuck::Zeroable;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_sketch_is_as_good_as_it_says(
            (lon, lat) in (-180.0..=180.0, -90.0..=90.0),
            (importance, layer) in (0.0..=1.0_f32, 0..16_u8),
            (popularity, radius_m) in (0..2_000_000_u32, 0..390_000_u32),
        ) {
            let place = PlaceRecord {
                point: LonLat::clamped(lon, lat),
                importance,
                popularity,
                radius_m,
                layer,
                ..PlaceRecord::zeroed()
            };
            let sketch = PlaceSketch::of(&place);
            let (east, north) = sketch.degrees();
            prop_assert!((f64::from(east) - lon).abs() < 0.000_2, "{east}");
            prop_assert!((f64::from(north) - lat).abs() < 0.000_1, "{north}");
            prop_assert!((sketch.importance() - importance).abs() <= 0.002);
            prop_assert_eq!(sketch.layer(), usize::from(layer));
            let doublings = (1.0 + f64::from(popularity)).log2();
            prop_assert!((f64::from(sketch.popularity_log2()) - doublings).abs() <= 0.17);
            let (radius, whole) = (f64::from(sketch.radius_m()), f64::from(radius_m));
            prop_assert!(radius <= whole && (radius >= 0.8 * whole || radius_m < LEAST_RADIUS_M), "{radius}");
        }
    }

    #[test]
    fn radii_are_known_from_the_smallest_on() {
        let radius = |radius_m| {
            let place = PlaceRecord {
                radius_m,
                ..PlaceRecord::zeroed()
            };
            PlaceSketch::of(&place).radius_m().to_string()
        };
        let shown = [0, 7, 8, 9, 10, 15, 16, 17, 20].map(radius);
        assert_eq!(shown, ["0", "0", "8", "8", "10", "14", "16", "16", "20"]);
    }

    #[test]
    fn what_is_beyond_a_sketch_is_the_most_it_can_tell() {
        let place = PlaceRecord {
            popularity: u32::MAX,
            radius_m: u32::MAX,
            importance: 7.0,
            ..PlaceRecord::zeroed()
        };
        let sketch = PlaceSketch::of(&place);
        let most = (
            sketch.popularity_log2(),
            sketch.radius_m(),
            sketch.importance(),
        );
        assert_eq!(format!("{most:?}"), "(21.0, 393216.0, 1.0)");
    }
}
