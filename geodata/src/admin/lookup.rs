//! Assigns places to areas while a snapshot is built: millions of points against tens of thousands of polygons.
//!
//! A packed R-tree over boxes finds the areas that may contain a point. The edges of every area are sorted into
//! horizontal slabs, so that a country's border of 20,000 points costs as little as a village's.

use crate::coord::{Bbox, LonLat};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};

/// The rings of an area, outer and inner alike: a point is inside when it is inside an odd number of them.
#[derive(Debug, Clone, Default)]
pub struct Area {
    pub rings: Vec<Vec<LonLat>>,
}

/// Edges per slab, on average.
const EDGES_PER_SLAB: usize = 8;

/// Point-in-polygon over many areas.
pub struct AreaLookup {
    tree: Option<RTree<f64>>,
    slabs: Vec<Slabs>,
}

impl AreaLookup {
    /// Indexes areas; they are known by their position from then on.
    pub fn new(areas: &[Area]) -> AreaLookup {
        let slabs: Vec<Slabs> = areas.iter().map(Slabs::new).collect();
        let mut builder =
            RTreeBuilder::<f64>::new(u32::try_from(areas.len()).expect("fewer than 4 G areas"));
        for area in &slabs {
            builder.add(
                area.bbox.west,
                area.bbox.south,
                area.bbox.east,
                area.bbox.north,
            );
        }
        let tree = (!areas.is_empty()).then(|| builder.finish::<HilbertSort>());
        AreaLookup { tree, slabs }
    }

    /// Positions of the areas that contain a point, ascending.
    pub fn containing(&self, point: LonLat) -> Vec<usize> {
        let (x, y) = (point.lon(), point.lat());
        let Some(tree) = &self.tree else {
            return Vec::new();
        };
        let mut found: Vec<usize> = tree
            .search(x, y, x, y)
            .into_iter()
            .map(|n| n as usize)
            .filter(|n| self.slabs[*n].contains(point))
            .collect();
        found.sort_unstable();
        found
    }

    /// Area in square degrees of the box around an area: orders nested areas well enough.
    pub fn extent(&self, area: usize) -> f64 {
        let b = self.slabs[area].bbox;
        (b.east - b.west) * (b.north - b.south)
    }
}

/// The edges of an area, by latitude.
struct Slabs {
    bbox: Bbox,
    height: f64,
    edges: Vec<Vec<(LonLat, LonLat)>>,
}

impl Slabs {
    fn new(area: &Area) -> Slabs {
        let points = area.rings.iter().flatten().copied();
        let bbox = Bbox::around(points).unwrap_or(Bbox {
            west: 0.0,
            south: 0.0,
            east: 0.0,
            north: 0.0,
        });
        let count: usize = area.rings.iter().map(Vec::len).sum();
        let n = (count / EDGES_PER_SLAB).max(1);
        let height = ((bbox.north - bbox.south) / n as f64).max(f64::MIN_POSITIVE);
        let mut slabs = Slabs {
            bbox,
            height,
            edges: vec![Vec::new(); n],
        };
        for pair in area.rings.iter().flat_map(|r| r.windows(2)) {
            let (low, high) = (
                slabs.slab(pair[0].lat().min(pair[1].lat())),
                slabs.slab(pair[0].lat().max(pair[1].lat())),
            );
            for slab in &mut slabs.edges[low..=high] {
                slab.push((pair[0], pair[1]));
            }
        }
        slabs
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the slabs there are"
    )]
    fn slab(&self, lat: f64) -> usize {
        (((lat - self.bbox.south) / self.height).max(0.0) as usize).min(self.edges.len() - 1)
    }

    fn contains(&self, point: LonLat) -> bool {
        let (x, y) = (point.lon(), point.lat());
        let crosses = |(a, b): &&(LonLat, LonLat)| {
            (a.lat() > y) != (b.lat() > y)
                && x < (b.lon() - a.lon()) * (y - a.lat()) / (b.lat() - a.lat()) + a.lon()
        };
        self.edges[self.slab(y)].iter().filter(crosses).count() % 2 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::is_inside;
    use proptest::prelude::*;

    fn star(seed: &[f64]) -> Vec<LonLat> {
        let n = seed.len() as f64;
        let at = |(k, r): (usize, &f64)| {
            let angle = k as f64 / n * std::f64::consts::TAU;
            LonLat::clamped(30.0 + r * angle.cos(), 50.0 + r * angle.sin())
        };
        let mut ring: Vec<LonLat> = seed.iter().enumerate().map(at).collect();
        ring.push(ring[0]);
        ring
    }

    proptest! {
        #[test]
        fn slabs_agree_with_counting_every_edge(radii in prop::collection::vec(0.1..1.0, 3..60), x in 29.0..31.0, y in 49.0..51.0) {
            let ring = star(&radii);
            let point = LonLat::clamped(x, y);
            let lookup = AreaLookup::new(&[Area { rings: vec![ring.clone()] }]);
            prop_assert_eq!(!lookup.containing(point).is_empty(), is_inside(&ring, point));
        }
    }
}
