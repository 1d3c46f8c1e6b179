//! Settlements and districts without boundary: each collects what lies in reach of its point.

use super::DEGREE_M;
use geodata::LonLat;
use geodata::admin::SETTLEMENT_STRETCH;
use rstar::primitives::GeomWithData;
use rstar::{PointDistance, RTree};
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
    points: RTree<Known>,
}

/// A position on the plane, and the draft that is there.
type Known = GeomWithData<[f64; 2], u32>;

impl Reach {
    /// How many reaches away one still collects.
    fn stretch(&self) -> f64 {
        if self.is_settlement {
            SETTLEMENT_STRETCH
        } else {
            1.0
        }
    }
}

/// All of them, by how far they reach.
pub(super) struct Collectors(Vec<Reach>);

impl Collectors {
    /// Indexes them.
    pub(super) fn new(all: Vec<Collector>) -> Collectors {
        let mut by_reach: FxHashMap<(u64, bool), Vec<Known>> = FxHashMap::default();
        for one in all {
            let kind = (one.reach_m.to_bits(), one.is_settlement);
            let at = GeomWithData::new(plane(one.point), one.draft);
            by_reach.entry(kind).or_default().push(at);
        }
        let mut reaches: Vec<((u64, bool), Vec<_>)> = by_reach.into_iter().collect();
        reaches.sort_unstable_by_key(|(kind, _)| *kind);
        let reach = |((bits, is_settlement), points)| Reach {
            reach_m: f64::from_bits(bits),
            is_settlement,
            points: RTree::bulk_load(points),
        };
        Collectors(reaches.into_iter().map(reach).collect())
    }

    /// The settlement, or the district, that a point belongs to: the nearest as seen from its reach.
    pub(super) fn nearest(&self, point: LonLat, is_settlement: bool) -> Option<u32> {
        let at = plane(point);
        let of_kind = self.0.iter().filter(|r| r.is_settlement == is_settlement);
        let nearest = of_kind.filter_map(|reach| {
            let one = reach.points.nearest_neighbor(&at)?;
            let stretch = one.distance_2(&at).sqrt() / reach.reach_m;
            (stretch <= reach.stretch()).then_some((stretch, one.data))
        });
        let nearest = nearest.min_by(|a, b| a.0.total_cmp(&b.0));
        nearest.map(|(_, draft)| draft)
    }
}

/// A plane that keeps distances of some kilometres within a few per cent at one latitude.
fn plane(point: LonLat) -> [f64; 2] {
    [
        point.lon() * DEGREE_M * point.lat().to_radians().cos(),
        point.lat() * DEGREE_M,
    ]
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
