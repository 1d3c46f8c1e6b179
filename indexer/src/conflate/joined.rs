//! Houses that are the same → one, with what only all houses of a street together tell: corners, and where a street lies
//! that is known from addresses only.

use super::World;
use super::corners::add_corners;
use super::streets;
use geodata::draft::{Draft, DraftHouse};
use geodata::{Layer, LonLat, SourceId};
use rayon::prelude::*;

/// Two objects with one number on one street are one house when this close, in metres.
const SAME_HOUSE_M: f64 = 150.0;

/// Joins houses that are the same, adds corners, and settles streets known from addresses only.
pub(super) fn join_houses(world: &mut World) {
    let housed = world
        .drafts
        .places
        .par_iter_mut()
        .filter(|d| !d.houses.is_empty());
    let settle = |draft: &mut Draft| {
        let mut joined = Vec::new();
        join_same(&mut draft.houses, &mut joined);
        if draft.layer == Layer::Street && draft.lines.is_empty() {
            let points = vec![draft.houses.iter().map(|h| h.point).collect::<Vec<_>>()];
            draft.point = middle(&points[0]);
            draft.radius_m = streets::radius_m(&points, draft.point);
        }
        joined
    };
    let mut joined: Vec<(SourceId, SourceId)> = housed.flat_map_iter(settle).collect();
    joined.par_sort_unstable();
    joined.dedup();
    world.houses.joined = joined.len() as u64;
    world.drafts.joined = joined;
    add_corners(world);
    world.houses.records = world
        .drafts
        .places
        .iter()
        .map(|d| d.houses.len() as u64)
        .sum();
}

/// The house nearest to the middle of all: a point where somebody lives.
fn middle(points: &[LonLat]) -> LonLat {
    let n = points.len().max(1) as f64;
    let (x, y) = points
        .iter()
        .fold((0.0, 0.0), |(x, y), p| (x + p.lon(), y + p.lat()));
    let centre = LonLat::clamped(x / n, y / n);
    points
        .iter()
        .copied()
        .min_by(|a, b| a.distance_m(centre).total_cmp(&b.distance_m(centre)))
        .unwrap_or(centre)
}

/// Sorts houses by number; of several with one number in one spot the outline outranks the point, the map the list, and
/// anything what was interpolated.
fn join_same(houses: &mut Vec<DraftHouse>, joined: &mut Vec<(SourceId, SourceId)>) {
    let rank = |h: &DraftHouse| {
        (
            h.interpolated,
            !h.source.is_osm(),
            h.source.packed() & 3 == 0,
            h.source,
        )
    };
    houses.sort_by(|a, b| a.key.cmp(&b.key).then(rank(a).cmp(&rank(b))));
    let mut kept: Vec<DraftHouse> = Vec::with_capacity(houses.len());
    for house in houses.drain(..) {
        let same = kept
            .iter_mut()
            .rev()
            .take_while(|k| k.key == house.key)
            .find(|k| k.point.distance_m(house.point) <= SAME_HOUSE_M || house.interpolated);
        match same {
            Some(main) => {
                if main.source != house.source && !house.interpolated {
                    joined.push((main.source, house.source));
                }
                if main.postcode.is_empty() {
                    main.postcode = house.postcode;
                }
            }
            None => kept.push(house),
        }
    }
    *houses = kept;
}
