//! Coordinates of the nodes that are needed, in a compact sorted form: 16 bytes a node.

use geodata::LonLat;

/// Coordinates by node id.
#[derive(Default)]
pub struct NodeStore {
    ids: Vec<i64>,
    points: Vec<Option<LonLat>>,
}

impl NodeStore {
    /// A store for these ids, in any order and with repetitions; no coordinates yet.
    pub fn for_ids(mut ids: Vec<i64>) -> NodeStore {
        ids.sort_unstable();
        ids.dedup();
        ids.shrink_to_fit();
        let points = vec![None; ids.len()];
        NodeStore { ids, points }
    }

    /// The row of an id that is needed.
    pub fn row(&self, id: i64) -> Option<usize> {
        self.ids.binary_search(&id).ok()
    }

    /// Sets the coordinates of a row.
    pub fn set(&mut self, row: usize, point: LonLat) {
        self.points[row] = Some(point);
    }

    /// Coordinates of a node; `None` when it was not needed or is not in the file.
    pub fn point(&self, id: i64) -> Option<LonLat> {
        self.points[self.row(id)?]
    }

    /// Coordinates of those of the nodes that the file has.
    pub fn line(&self, ids: &[i64]) -> Vec<LonLat> {
        ids.iter().filter_map(|id| self.point(*id)).collect()
    }
}
