//! Rows in the order of where their points are: what lies in a box is a few runs of them.
//!
//! The order is that of Morton codes (Z-order: G. M. Morton, "A computer oriented geodetic data base", 1966). The points
//! stay in their own table, so that such an index takes four bytes a row.

use super::gallop::gallop;
use crate::coord::{Bbox, LonLat};
use smallvec::SmallVec;

/// Where the world begins, in steps of 1e-7 degree.
const WEST_E7: i32 = -1_800_000_000;
const SOUTH_E7: i32 = -900_000_000;
/// Most cells that cover a box.
const CELLS: usize = 9;

/// The place of a point in the order.
pub fn position_code(point: LonLat) -> u64 {
    let (x, y) = grid(point);
    spread(x) | spread(y) << 1
}

/// The point that has a [`position_code`]; `None` for numbers that are no point's.
pub fn position_of(code: u64) -> Option<LonLat> {
    let (x, y) = (gather(code), gather(code >> 1) / 2);
    LonLat::from_e7(
        WEST_E7.wrapping_add_unsigned(x),
        SOUTH_E7.wrapping_add_unsigned(y),
    )
}

/// Rows of a list in the order of [`position_code`] that may lie in a box; `code` tells that of a row.
pub fn in_box<T: Copy>(
    rows: &[T],
    bbox: &Bbox,
    code: impl Fn(T) -> u64 + Copy,
) -> impl Iterator<Item = T> {
    let runs = runs(bbox);
    let begin = runs
        .first()
        .map_or(0, |(first, _)| rows.partition_point(|r| code(*r) < *first));
    let mut rest = &rows[begin..];
    runs.into_iter().flat_map(move |(first, last)| {
        // The next run mostly begins close behind the one before.
        rest = &rest[gallop(rest, |r| code(*r) < first)..];
        let run = rest.iter().copied();
        run.take_while(move |r| code(*r) <= last)
    })
}

/// Runs of codes that cover a box, ascending: at most three cells by three, those that follow each other joined.
fn runs(bbox: &Bbox) -> SmallVec<[(u64, u64); CELLS]> {
    let (left, low) = grid(LonLat::clamped(bbox.west, bbox.south));
    let (right, high) = grid(LonLat::clamped(bbox.east, bbox.north));
    let span = (right - left).max(high - low);
    // Cells at least half as wide as the box.
    let shift = u32::BITS - (span / 2).leading_zeros();
    let mut cells: SmallVec<[u64; CELLS]> = (left >> shift..=right >> shift)
        .flat_map(|x| (low >> shift..=high >> shift).map(move |y| spread(x) | spread(y) << 1))
        .collect();
    cells.sort_unstable();
    cells
        .chunk_by(|a, b| a + 1 == *b)
        .map(|run| {
            let last = run[run.len() - 1];
            (
                run[0] << (2 * shift),
                last << (2 * shift) | ((1 << (2 * shift)) - 1),
            )
        })
        .collect()
}

/// A point on a grid of 32 bits a side.
fn grid(point: LonLat) -> (u32, u32) {
    let (lon, lat) = point.e7();
    // The world is twice as wide as high: both sides then have the same number of steps.
    (lon.abs_diff(WEST_E7), lat.abs_diff(SOUTH_E7) * 2)
}

/// Puts a zero before every bit.
fn spread(value: u32) -> u64 {
    let mut v = u64::from(value);
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        v = (v | v << shift) & mask;
    }
    v
}

/// Every other bit, beginning with the lowest: what [`spread`] has spread.
fn gather(value: u64) -> u32 {
    let mut v = value & 0x5555_5555_5555_5555;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0f0f_0f0f_0f0f_0f0f),
        (4, 0x00ff_00ff_00ff_00ff),
        (8, 0x0000_ffff_0000_ffff),
        (16, 0x0000_0000_ffff_ffff),
    ] {
        v = (v | v >> shift) & mask;
    }
    u32::try_from(v).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point() -> impl Strategy<Value = LonLat> {
        (-180.0..=180.0, -90.0..=90.0).prop_map(|(x, y)| LonLat::clamped(x, y))
    }

    proptest! {
        #[test]
        fn a_point_is_known_by_its_code(point in point()) {
            prop_assert_eq!(position_of(position_code(point)), Some(point));
        }

        #[test]
        fn what_lies_in_a_box_is_found(points in prop::collection::vec(point(), 0..60), centre in point(), radius in 0.0..9e6) {
            let mut rows: Vec<u32> = (0..).take(points.len()).collect();
            let at = |row: u32| points[row as usize];
            rows.sort_by_key(|r| position_code(at(*r)));
            for bbox in Bbox::within(centre, radius) {
                let mut found: Vec<u32> = in_box(&rows, &bbox, |r| position_code(at(r))).filter(|r| bbox.contains(at(*r))).collect();
                found.sort_unstable();
                let expect: Vec<u32> = (0..).take(points.len()).filter(|r| bbox.contains(at(*r))).collect();
                prop_assert_eq!(found, expect);
            }
        }
    }
}
