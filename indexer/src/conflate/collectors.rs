//! Settlements and districts without boundary: each collects what lies in reach of its point.

use crate::grid::{DEGREE_M, Grid};
use geodata::LonLat;
use geodata::admin::SETTLEMENT_STRETCH;
use rustc_hash::FxHashMap;

/// A settlement or district that is only a point.
pub(super) struct Collector {
    pub(super) draft: u32,
    pub(super) point: LonLat,
    pub(super) reach_m: f64,
    /// Else a district.
    pub(super) is_settlement: bool,
}

/// Those of one reach: a village need not be looked for as far as a city.
struct Reach {
    reach_m: f64,
    is_settlement: bool,
    points: Grid<(LonLat, u32)>,
}

impl Reach {
    fn new(reach_m: f64, is_settlement: bool) -> Reach {
        Reach {
            reach_m,
            is_settlement,
            points: Grid::new(reach_m * stretch(is_settlement)),
        }
    }
}

/// How many reaches away one still collects.
fn stretch(is_settlement: bool) -> f64 {
    if is_settlement {
        SETTLEMENT_STRETCH
    } else {
        1.0
    }
}

/// All of them, by how far they reach.
pub(super) struct Collectors(Vec<Reach>);

impl Collectors {
    /// Indexes them.
    pub(super) fn new(all: Vec<Collector>) -> Collectors {
        let mut by_reach: FxHashMap<(u64, bool), Reach> = FxHashMap::default();
        for one in all {
            let kind = (one.reach_m.to_bits(), one.is_settlement);
            let reach = by_reach.entry(kind);
            let reach = reach.or_insert_with(|| Reach::new(one.reach_m, one.is_settlement));
            reach.points.insert(one.point, (one.point, one.draft));
        }
        Collectors(by_reach.into_values().collect())
    }

    /// The settlement, or the district, that a point belongs to: the nearest as seen from its reach.
    pub(super) fn nearest(&self, point: LonLat, is_settlement: bool) -> Option<u32> {
        let of_kind = self.0.iter().filter(|r| r.is_settlement == is_settlement);
        let near = of_kind.flat_map(|reach| {
            let around = reach.points.around(point);
            // Most of the cells around lie too far north or south, which is told at once.
            let most = reach.reach_m * stretch(is_settlement) / DEGREE_M;
            let around = around.filter(move |(at, _)| (at.lat() - point.lat()).abs() <= most);
            around.map(|(at, draft)| (point.distance_m(*at) / reach.reach_m, *draft))
        });
        let near = near.filter(|(far, _)| *far <= stretch(is_settlement));
        let nearest = near.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        nearest.map(|(_, draft)| draft)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collector(draft: u32, lon: f64, reach_m: f64, is_settlement: bool) -> Collector {
        Collector {
            draft,
            point: LonLat::clamped(lon, 48.0),
            reach_m,
            is_settlement,
        }
    }

    #[test]
    fn the_nearest_as_seen_from_its_reach_collects() {
        // 0.01 degrees are 744 m.
        let collectors = Collectors::new(vec![
            collector(1, 30.0, 1_600.0, true),
            collector(2, 30.05, 700.0, true),
            collector(3, 30.02, 1_200.0, false),
        ]);
        let nearest = |lon, settlement| collectors.nearest(LonLat::clamped(lon, 48.0), settlement);
        assert_eq!(
            nearest(30.03, true),
            Some(1),
            "2.2 km of 1.6 and 1.5 of 0.7"
        );
        assert_eq!(nearest(30.04, true), Some(2));
        assert_eq!(nearest(30.03, false), Some(3));
        assert_eq!(
            nearest(30.04, false),
            None,
            "a district ends where its reach ends"
        );
        assert_eq!(nearest(30.09, true), None);
    }
}
