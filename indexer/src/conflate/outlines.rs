//! Which outlines of houses are kept: those in which a point may be nearer to another house.
//!
//! The points that are nearer to a house than to any other form a convex cell (its Voronoi cell), so that an outline lies
//! in the cell of its own house when all its corners do. Most buildings are small and compact: of them the point alone
//! tells who lives there.

use super::World;
use geodata::Outlines;
use geodata::draft::Draft;
use geodata::snapshot::{LINE_BREAK, in_box, position_code, position_of};
use geodata::{Bbox, LonLat, Plane, SourceId};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Places whose houses are gathered on one core at a time.
const CHUNK: usize = 4_096;

/// Keeps what is needed of all outlines, by the houses of the world.
pub(super) fn resolve(all: Vec<Outlines>, world: &mut World) {
    if all.is_empty() {
        return;
    }
    let houses = positions(&world.drafts.places);
    let mains = mains(world);
    // Of several outlines with one address only one has the point: the others reach out from where it is.
    let kept = |part: Outlines| {
        let mut kept = Outlines::default();
        for (source, point, rings) in (0..part.len()).map(|n| part.get(n)) {
            let (main, point) = mains.get(&source).copied().unwrap_or((source, point));
            if reaches_out(rings, point, &houses) {
                let rings = rings.split(|p| *p == LINE_BREAK).filter(|r| !r.is_empty());
                kept.push(main, point, &rings.collect::<Vec<_>>());
            }
        }
        kept
    };
    let kept: Vec<Outlines> = all.into_par_iter().map(kept).collect();
    for part in kept {
        world.drafts.outlines.append(part);
    }
}

/// Where houses are: each [`position_code`] once, sorted.
fn positions(places: &[Draft]) -> Vec<u64> {
    let counts = places.iter().map(|draft| draft.houses.len());
    let mut codes = vec![0; counts.sum()];
    let mut rest = codes.as_mut_slice();
    let mut own = Vec::with_capacity(places.len().div_ceil(CHUNK));
    for places in places.chunks(CHUNK) {
        let counts = places.iter().map(|draft| draft.houses.len());
        let (codes, behind) = rest.split_at_mut(counts.sum());
        own.push((places, codes));
        rest = behind;
    }
    own.into_par_iter().for_each(|(places, codes)| {
        let houses = places.iter().flat_map(|draft| &draft.houses);
        for (code, house) in codes.iter_mut().zip(houses) {
            *code = position_code(house.point);
        }
    });
    codes.par_sort_unstable();
    codes.dedup();
    codes
}

/// The houses that were joined to others, with those others and their points.
fn mains(world: &World) -> FxHashMap<SourceId, (SourceId, LonLat)> {
    let joined = world.drafts.joined.iter().map(|(main, _)| *main);
    let mut points: FxHashMap<SourceId, Option<LonLat>> = joined.map(|m| (m, None)).collect();
    let houses = world.drafts.places.par_iter().flat_map_iter(|d| &d.houses);
    let wanted = houses.filter(|h| points.contains_key(&h.source));
    let found: Vec<(SourceId, LonLat)> = wanted.map(|h| (h.source, h.point)).collect();
    points.extend(found.into_iter().map(|(main, point)| (main, Some(point))));
    let pairs = world.drafts.joined.iter();
    pairs
        .filter_map(|(main, other)| Some((*other, (*main, (*points.get(main)?)?))))
        .collect()
}

/// Whether a corner of an outline is nearer to the point of another house than to `own`; `houses` are the
/// [`position_code`]s of all, sorted.
fn reaches_out(rings: &[LonLat], own: LonLat, houses: &[u64]) -> bool {
    let plane = Plane::at(own);
    let square = |(x, y): (f64, f64)| x * x + y * y;
    // Each with the square of its distance to the house.
    let corners = rings.iter().filter(|p| **p != LINE_BREAK);
    let corners: Vec<((f64, f64), f64)> = corners
        .map(|p| plane.offset_m(*p))
        .map(|p| (p, square(p)))
        .collect();
    let reach = corners.iter().map(|(_, far)| *far).fold(0.0, f64::max);
    // Another house that is nearer to a corner is within twice the corner's distance.
    Bbox::within(own, 2.0 * reach.sqrt()).any(|bbox| {
        let others = in_box(houses, &bbox, |code| code).filter_map(position_of);
        let others = others.filter(|p| *p != own && bbox.contains(*p));
        others.map(|p| plane.offset_m(p)).any(|(x, y)| {
            let nearer = |((a, b), far): &((f64, f64), f64)| square((a - x, b - y)) < *far;
            corners.iter().any(nearer)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A point in metres east and north of a corner of the world.
    fn at(x: f64, y: f64) -> LonLat {
        LonLat::clamped(30.0 + x / 71_475.0, 50.0 + y / 111_195.0)
    }

    #[track_caller]
    fn check(width: f64, others: &[LonLat], expect: bool) {
        let half = width / 2.0;
        let rings = [
            (-half, -6.0),
            (half, -6.0),
            (half, 6.0),
            (-half, 6.0),
            (-half, -6.0),
        ]
        .map(|(x, y)| at(x, y));
        let all = others.iter().copied().chain([at(0.0, 0.0)]);
        let mut houses: Vec<u64> = all.map(position_code).collect();
        houses.sort_unstable();
        assert_eq!(
            reaches_out(&rings, at(0.0, 0.0), &houses),
            expect,
            "{width} m"
        );
    }

    #[test]
    fn only_outlines_that_reach_into_the_cell_of_another_house_are_kept() {
        let across = [at(30.0, 30.0), at(-40.0, 0.0)];
        check(12.0, &across, false);
        check(80.0, &across, true);
        check(80.0, &[], false);
        check(12.0, &[at(0.0, 13.0)], false);
        check(12.0, &[at(0.0, 11.0)], true);
    }
}
