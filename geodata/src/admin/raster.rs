//! A raster over areas: which of them hold a whole cell, and which have their border in it.
//!
//! Most points lie in cells that no border but that of a village crosses, so that what they lie in is known without a look
//! at a polygon.

use crate::coord::{Bbox, LonLat};
use rustc_hash::FxHashMap;
use std::ops::RangeInclusive;

/// Cells per area, and the most of all: four bytes each.
const CELLS_PER_AREA: usize = 64;
const MAX_CELLS: usize = 1 << 22;
/// The least width of a cell, in degrees: points have seven decimals.
const MIN_STEP: f64 = 1e-6;
/// A little more than the box: its edges are rounded, and its own.
const EDGE: f64 = 1.000_001;

/// What cells have in common: the areas of another such list, and one more.
#[derive(Clone, Copy)]
struct Link {
    before: u32,
    area: u32,
    /// Whether the area's border may run through the cell, which else lies inside.
    border: bool,
}

/// No list.
const NONE: u32 = 0;

/// Cells over the box around all areas.
pub(super) struct Raster {
    west: f64,
    south: f64,
    /// Width and height of a cell, in degrees.
    step: (f64, f64),
    /// How many columns there are, and rows.
    side: usize,
    /// The list of each cell, row by row from the south.
    cells: Vec<u32>,
    /// Behind one that stands for none.
    links: Vec<Link>,
}

impl Raster {
    /// Cells for areas in some box.
    pub(super) fn new(around: Option<Bbox>, areas: usize) -> Raster {
        let b = around.unwrap_or(Bbox::at(LonLat::clamped(0.0, 0.0)));
        let side = (areas * CELLS_PER_AREA).min(MAX_CELLS).isqrt().max(1);
        let step = |extent: f64| (extent / side as f64).max(MIN_STEP);
        Raster {
            west: b.west,
            south: b.south,
            step: (step(b.east - b.west), step(b.north - b.south)),
            side,
            cells: vec![NONE; side * side],
            links: vec![Link {
                before: NONE,
                area: 0,
                border: false,
            }],
        }
    }

    /// Adds an area; those with smaller numbers are there already. `holds` tells whether a point lies in it.
    pub(super) fn add<'a>(
        &mut self,
        area: usize,
        rings: impl Iterator<Item = &'a [LonLat]> + Clone,
        holds: impl Fn(LonLat) -> bool,
    ) {
        let Some(bbox) = Bbox::around(rings.clone().flatten().copied()) else {
            return;
        };
        let area = u32::try_from(area).expect("fewer than 4 G areas");
        let (columns, rows) = self.covered(&bbox);
        let width = columns.end() - columns.start() + 1;
        let height = rows.end() - rows.start() + 1;
        let mut border = vec![false; width * height];
        for ends in rings.flat_map(|ring| ring.windows(2)) {
            let Some(edge) = Bbox::around(ends.iter().copied()) else {
                continue;
            };
            let (crossed, high) = self.covered(&edge);
            for row in high {
                let first = (row - rows.start()) * width;
                let cells = first + crossed.start() - columns.start()
                    ..=first + crossed.end() - columns.start();
                border[cells].fill(true);
            }
        }
        let mut known: FxHashMap<(u32, bool), u32> = FxHashMap::default();
        for (row, border) in rows.zip(border.chunks(width)) {
            // Between two cells with a border all are inside or none is.
            let mut inside = None;
            for (column, border) in columns.clone().zip(border) {
                if *border {
                    inside = None;
                } else if !*inside.get_or_insert_with(|| holds(self.centre(column, row))) {
                    continue;
                }
                let cell = &mut self.cells[row * self.side + column];
                let links = &mut self.links;
                *cell = *known.entry((*cell, *border)).or_insert_with(|| {
                    links.push(Link {
                        before: *cell,
                        area,
                        border: *border,
                    });
                    u32::try_from(links.len() - 1).expect("fewer than 4 G lists")
                });
            }
        }
    }

    /// The areas that hold a point's cell or have their border in it, the last one first; with whether it is the border.
    pub(super) fn around(&self, point: LonLat) -> impl Iterator<Item = (usize, bool)> {
        let (x, y) = (point.lon() - self.west, point.lat() - self.south);
        let reach = self.side as f64 * EDGE;
        let within =
            (0.0..=reach * self.step.0).contains(&x) && (0.0..=reach * self.step.1).contains(&y);
        let (column, row) = (self.column(point.lon()), self.row(point.lat()));
        let mut at = if within {
            self.cells[row * self.side + column]
        } else {
            NONE
        };
        std::iter::from_fn(move || {
            let link = self.links[at as usize];
            (std::mem::replace(&mut at, link.before) != NONE)
                .then_some((link.area as usize, link.border))
        })
    }

    fn covered(&self, b: &Bbox) -> (RangeInclusive<usize>, RangeInclusive<usize>) {
        let columns = self.column(b.west)..=self.column(b.east);
        (columns, self.row(b.south)..=self.row(b.north))
    }

    fn column(&self, lon: f64) -> usize {
        number((lon - self.west) / self.step.0, self.side)
    }

    fn row(&self, lat: f64) -> usize {
        number((lat - self.south) / self.step.1, self.side)
    }

    fn centre(&self, column: usize, row: usize) -> LonLat {
        LonLat::clamped(
            self.west + (column as f64 + 0.5) * self.step.0,
            self.south + (row as f64 + 0.5) * self.step.1,
        )
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the cells there are"
)]
fn number(cells: f64, all: usize) -> usize {
    (cells.max(0.0) as usize).min(all - 1)
}
