//! Shapes of admin areas: which areas is a point in?
//!
//! A packed R-tree over the areas' boxes finds the few that may contain the point; the rings, a winding of even-odd
//! crossings over all of them, decide. Holes and several outer rings need no special case under the even-odd rule.

use super::error::OpenError;
use super::shelves::Shelves;
use super::table::{Table, write_table};
use super::tree::BoxTree;
use crate::coord::{Bbox, LonLat};
use bytemuck::{Pod, Zeroable};
use std::io;
use std::path::Path;

/// One ring of one area.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct ShapeRecord {
    /// The number of the area's place.
    pub place: u32,
    pub first_point: u32,
    pub points: u32,
}

/// All shapes of a snapshot.
pub struct AreaShapes {
    /// Sorted by place.
    rings: Table<ShapeRecord>,
    shelves: Shelves,
    points: Table<LonLat>,
    tree: BoxTree,
}

impl AreaShapes {
    pub(super) fn open(rings: &Path, points: &Path, tree: &Path) -> Result<AreaShapes, OpenError> {
        let rings: Table<ShapeRecord> = Table::open(rings)?;
        Ok(AreaShapes {
            tree: BoxTree::open(tree, rings.len())?,
            points: Table::open(points)?,
            shelves: Shelves::of(&rings, |r| r.place),
            rings,
        })
    }

    /// Numbers of the areas that contain a point, ascending.
    pub fn containing(&self, point: LonLat) -> Vec<u32> {
        self.those_containing(point, |_| true)
    }

    /// Numbers of those `wanted` areas that contain a point, ascending: of others nobody measures the rings.
    pub fn those_containing(&self, point: LonLat, wanted: impl Fn(u32) -> bool) -> Vec<u32> {
        // The tree holds one box per ring; the parity over all rings of an area tells inside from outside.
        let mut hits: Vec<(u32, bool)> = self
            .tree
            .search(&Bbox::at(point))
            .into_iter()
            .filter_map(|n| self.rings.get(n as usize))
            .filter(|ring| wanted(ring.place))
            .map(|ring| (ring.place, is_inside(self.ring(ring), point)))
            .collect();
        hits.sort_unstable();
        hits.chunk_by(|a, b| a.0 == b.0)
            .filter(|rings| rings.iter().filter(|(_, inside)| *inside).count() % 2 == 1)
            .map(|rings| rings[0].0)
            .collect()
    }

    /// The rings of an area.
    pub fn rings_of(&self, place: u32) -> impl Iterator<Item = &[LonLat]> {
        let first = self.shelves.below(place, &self.rings, |r| r.place);
        self.rings[first..]
            .iter()
            .take_while(move |r| r.place == place)
            .map(|r| self.ring(r))
    }

    fn ring(&self, ring: &ShapeRecord) -> &[LonLat] {
        let first = ring.first_point as usize;
        self.points
            .get(first..first + ring.points as usize)
            .unwrap_or_default()
    }

    /// Writes the rings of areas, given as (place, ring) sorted by place.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(areas: &[(u32, Vec<LonLat>)], paths: [&Path; 3]) -> io::Result<()> {
        let row = |n: usize| u32::try_from(n).expect("fewer than 4 G points");
        let mut points: Vec<LonLat> = Vec::new();
        let mut rings = Vec::with_capacity(areas.len());
        let mut boxes = Vec::with_capacity(areas.len());
        for (place, ring) in areas {
            rings.push(ShapeRecord {
                place: *place,
                first_point: row(points.len()),
                points: row(ring.len()),
            });
            points.extend_from_slice(ring);
            let somewhere = || Bbox::at(LonLat::clamped(0.0, 0.0));
            boxes.push(Bbox::around(ring.iter().copied()).unwrap_or_else(somewhere));
        }
        write_table(paths[0], &rings)?;
        write_table(paths[1], &points)?;
        BoxTree::write(paths[2], &boxes)
    }
}

/// Whether a point lies in a ring, by counting the edges that a ray to the east crosses.
pub(crate) fn is_inside(ring: &[LonLat], point: LonLat) -> bool {
    let (x, y) = (point.lon(), point.lat());
    let mut inside = false;
    for pair in ring.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        if (a.lat() > y) != (b.lat() > y)
            && x < (b.lon() - a.lon()) * (y - a.lat()) / (b.lat() - a.lat()) + a.lon()
        {
            inside = !inside;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;

    fn square(west: f64, south: f64, size: f64) -> Vec<LonLat> {
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
            .map(|(x, y)| LonLat::clamped(west + x * size, south + y * size))
            .to_vec()
    }

    #[test]
    fn holes_are_outside_and_every_part_is_inside() -> Result<(), Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let paths = ["r", "p", "t"].map(|n| dir.path().join(n));
        let paths = [paths[0].as_path(), paths[1].as_path(), paths[2].as_path()];
        let areas = [
            (3, square(30.0, 50.0, 1.0)),
            (3, square(30.4, 50.4, 0.2)),
            (3, square(32.0, 50.0, 0.5)),
            (9, square(30.3, 50.3, 0.5)),
        ];
        AreaShapes::write(&areas, paths)?;
        let shapes = AreaShapes::open(paths[0], paths[1], paths[2])?;
        let at = |lon, lat| shapes.containing(LonLat::clamped(lon, lat));
        assert_eq!(at(30.1, 50.1), [3]);
        assert_eq!(at(30.5, 50.5), [9]);
        assert_eq!(at(30.35, 50.35), [3, 9]);
        assert_eq!(at(32.2, 50.2), [3]);
        assert!(at(31.5, 50.5).is_empty());
        assert_eq!(shapes.rings_of(3).count(), 3);
        Ok(())
    }
}
