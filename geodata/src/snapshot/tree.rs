//! A packed R-tree over boxes, mapped: which things may be near?
//!
//! Boxes are kept as 32-bit floats, rounded outwards (a few decimetres at most), which halves the file; whoever asks
//! looks at the things themselves anyway.

use super::error::OpenError;
use super::table::{Table, write_table};
use crate::coord::Bbox;
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex, RTreeRef};
use std::io;
use std::path::Path;

/// Boxes by where they are; known by their position.
pub struct BoxTree {
    /// Empty when there are no boxes.
    bytes: Table<u8>,
}

impl BoxTree {
    /// Maps a tree over `boxes` boxes.
    ///
    /// # Errors
    /// When the file is missing, or is no tree over as many boxes.
    pub(super) fn open(path: &Path, boxes: usize) -> Result<BoxTree, OpenError> {
        let tree = BoxTree {
            bytes: Table::open(path)?,
        };
        let found = tree.tree().map_or(0, |t| t.num_items() as usize);
        if found == boxes {
            Ok(tree)
        } else {
            Err(OpenError::Tree {
                path: path.to_owned(),
            })
        }
    }

    fn tree(&self) -> Option<RTreeRef<'_, f32>> {
        RTreeRef::try_new(&self.bytes).ok()
    }

    /// Positions of the boxes that touch a box, in no order.
    pub fn search(&self, bbox: &Bbox) -> Vec<u32> {
        let [west, south, east, north] = rounded(bbox);
        self.tree()
            .map_or(Vec::new(), |t| t.search(west, south, east, north))
    }

    /// Writes a tree over boxes.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(path: &Path, boxes: &[Bbox]) -> io::Result<()> {
        let count = u32::try_from(boxes.len()).expect("fewer than 4 G boxes");
        let mut builder = RTreeBuilder::<f32>::new(count);
        for bbox in boxes {
            let [west, south, east, north] = rounded(bbox);
            builder.add(west, south, east, north);
        }
        if boxes.is_empty() {
            return write_table::<u8>(path, &[]);
        }
        let tree: RTree<f32> = builder.finish::<HilbertSort>();
        write_table(path, &tree.into_inner())
    }
}

/// A box of 32-bit floats that holds the box.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding is what this is for, and it goes outwards"
)]
fn rounded(b: &Bbox) -> [f32; 4] {
    [
        (b.west as f32).next_down(),
        (b.south as f32).next_down(),
        (b.east as f32).next_up(),
        (b.north as f32).next_up(),
    ]
}
