//! Boxes in a packed R-tree: which of them hold a point or lie near one. Their owner knows them by their position.

use crate::coord::{Bbox, LonLat};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};

/// Boxes by where they are; never changed.
#[derive(Default)]
pub struct BoxTree(Option<RTree<f64>>);

impl BoxTree {
    /// Takes up boxes; they are known by their position from then on.
    pub fn new(boxes: &[Bbox]) -> BoxTree {
        let count = u32::try_from(boxes.len()).expect("fewer than 4 G boxes");
        if count == 0 {
            return BoxTree(None);
        }
        let mut builder = RTreeBuilder::<f64>::new(count);
        for b in boxes {
            builder.add(b.west, b.south, b.east, b.north);
        }
        BoxTree(Some(builder.finish::<HilbertSort>()))
    }

    /// Positions of the boxes that hold a point, ascending.
    pub fn holding(&self, point: LonLat) -> Vec<usize> {
        self.touching([Bbox::at(point)])
    }

    /// Positions of the boxes of which some part may lie within a distance of a point, ascending.
    pub fn near(&self, point: LonLat, radius_m: f64) -> Vec<usize> {
        self.touching(Bbox::within(point, radius_m))
    }

    fn touching(&self, wanted: impl IntoIterator<Item = Bbox>) -> Vec<usize> {
        let Some(tree) = &self.0 else {
            return Vec::new();
        };
        let found = wanted
            .into_iter()
            .flat_map(|b| tree.search(b.west, b.south, b.east, b.north));
        let mut found: Vec<usize> = found.map(|n| n as usize).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_found_by_point_and_by_distance() {
        let cell = |n: u32| {
            let west = 30.0 + f64::from(n) * 0.01;
            Bbox::new([west, 50.0, west + 0.01, 50.01]).unwrap()
        };
        let tree = BoxTree::new(&(0..50).map(cell).collect::<Vec<Bbox>>());
        assert_eq!(tree.holding(LonLat::clamped(30.005, 50.005)), [0]);
        assert_eq!(tree.holding(LonLat::clamped(30.01, 50.005)), [0, 1]);
        // A hundredth of a degree is 715 m wide here.
        assert_eq!(tree.near(LonLat::clamped(30.035, 50.005), 300.0), [3]);
        assert_eq!(tree.near(LonLat::clamped(30.035, 50.005), 400.0), [2, 3, 4]);
        assert!(
            BoxTree::new(&[])
                .near(LonLat::clamped(30.0, 50.0), 1e6)
                .is_empty()
        );
    }
}
