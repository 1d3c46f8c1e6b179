//! Things by where they are: cells of some degrees, for looking up what lies within a known distance.

use geodata::LonLat;
use rustc_hash::FxHashMap;

/// Things in square cells.
pub(crate) struct Grid<T> {
    cell_degrees: f64,
    cells: FxHashMap<(i32, i32), Vec<T>>,
}

impl<T> Grid<T> {
    /// An empty grid. A cell and its neighbours reach `cell_degrees` in every direction; a degree of longitude is
    /// 111 km at the equator, half of that at 60°.
    pub(crate) fn new(cell_degrees: f64) -> Grid<T> {
        Grid {
            cell_degrees,
            cells: FxHashMap::default(),
        }
    }

    pub(crate) fn insert(&mut self, point: LonLat, thing: T) {
        let cell = self.cell(point);
        self.cells.entry(cell).or_default().push(thing);
    }

    /// What lies in the cell of a point and in those around it.
    pub(crate) fn around(&self, point: LonLat) -> impl Iterator<Item = &T> {
        let (x, y) = self.cell(point);
        let cells = (x - 1..=x + 1).flat_map(move |x| (y - 1..=y + 1).map(move |y| (x, y)));
        cells.filter_map(|cell| self.cells.get(&cell)).flatten()
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "degrees over the size of a cell are small numbers"
    )]
    fn cell(&self, point: LonLat) -> (i32, i32) {
        let number = |degrees: f64| (degrees / self.cell_degrees).floor() as i32;
        (number(point.lon()), number(point.lat()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_found_across_the_edges_of_cells() {
        let mut grid = Grid::new(0.01);
        for (n, (lon, lat)) in [
            (30.0099, 50.0),
            (30.0101, 49.9999),
            (30.05, 50.0),
            (-0.001, 0.001),
        ]
        .into_iter()
        .enumerate()
        {
            grid.insert(LonLat::clamped(lon, lat), n);
        }
        let around = |lon, lat| {
            let mut found: Vec<usize> = grid.around(LonLat::clamped(lon, lat)).copied().collect();
            found.sort_unstable();
            found
        };
        assert_eq!(around(30.01, 50.0), [0, 1]);
        assert_eq!(around(0.001, -0.001), [3]);
        assert!(around(10.0, 10.0).is_empty());
    }
}
