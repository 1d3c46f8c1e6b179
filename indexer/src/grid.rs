//! Things by where they are: cells of some metres, for looking up what lies within a known distance.

use geodata::LonLat;
use rustc_hash::FxHashMap;

/// Metres per degree of latitude, a little less than there are: cells are rather too large than too small.
pub(crate) const DEGREE_M: f64 = 110_000.0;
/// The least share of a degree's width at the equator: all around the poles are few cells.
const MIN_WIDTH: f64 = 0.001;

/// Things in cells that are as high and at least as wide as the distance within which they are looked for.
pub(crate) struct Grid<T> {
    cell_degrees: f64,
    /// Cells per degree of longitude, of each row from the south.
    per_degree: Vec<f64>,
    /// By row and column.
    cells: FxHashMap<(usize, i32), Vec<T>>,
}

impl<T> Grid<T> {
    /// An empty grid: a cell and its neighbours reach `cell_m` metres in every direction.
    pub(crate) fn new(cell_m: f64) -> Grid<T> {
        let cell_degrees = cell_m / DEGREE_M;
        let rows = (0..).map(|row| f64::from(row) * cell_degrees - 90.0);
        let per_degree = rows.take_while(|south| *south < 90.0).map(|south| {
            let to_pole = south.abs().max((south + cell_degrees).abs()).min(90.0);
            to_pole.to_radians().cos().max(MIN_WIDTH) / cell_degrees
        });
        Grid {
            per_degree: per_degree.collect(),
            cell_degrees,
            cells: FxHashMap::default(),
        }
    }

    pub(crate) fn insert(&mut self, point: LonLat, thing: T) {
        let row = self.row(point);
        let cell = (row, self.column(point, row));
        self.cells.entry(cell).or_default().push(thing);
    }

    /// What lies in the cell of a point and in those around it.
    pub(crate) fn around(&self, point: LonLat) -> impl Iterator<Item = &T> {
        let row = self.row(point);
        let rows = row.saturating_sub(1)..=(row + 1).min(self.per_degree.len() - 1);
        let cells = rows.flat_map(move |row| {
            let column = self.column(point, row);
            (column - 1..=column + 1).map(move |column| (row, column))
        });
        cells.filter_map(|cell| self.cells.get(&cell)).flatten()
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a latitude is at least -90"
    )]
    fn row(&self, point: LonLat) -> usize {
        let row = ((point.lat() + 90.0) / self.cell_degrees) as usize;
        row.min(self.per_degree.len() - 1)
    }

    /// Which column of a row the longitude of a point lies in.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cell of a centimetre has a number of 32 bits"
    )]
    fn column(&self, point: LonLat, row: usize) -> i32 {
        (point.lon() * self.per_degree[row]).floor() as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geodata::Plane;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_near_is_found_at_any_latitude(
            (lon, lat) in (-179.0..179.0, -85.0..85.0), angle in 0.0..std::f64::consts::TAU, share in 0.0..1.0, cell_m in 50.0..20_000.0,
        ) {
            let here = LonLat::clamped(lon, lat);
            let far = share * cell_m;
            let there = Plane::at(here).point((far * angle.cos(), far * angle.sin()));
            prop_assume!(here.distance_m(there) <= cell_m);
            let mut grid = Grid::new(cell_m);
            grid.insert(there, ());
            prop_assert_eq!(grid.around(here).count(), 1);
        }
    }

    #[test]
    fn what_is_far_is_not_found() {
        let mut grid = Grid::new(1_000.0);
        for (lon, lat) in [(30.05, 50.0), (30.0, 50.03), (-30.0, 50.0), (0.0, 90.0)] {
            grid.insert(LonLat::clamped(lon, lat), ());
        }
        assert_eq!(grid.around(LonLat::clamped(30.0, 50.0)).count(), 0);
        assert_eq!(grid.around(LonLat::clamped(0.0, -90.0)).count(), 0);
        assert_eq!(grid.around(LonLat::clamped(0.001, 90.0)).count(), 1);
    }
}
