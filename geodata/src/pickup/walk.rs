//! How far it is on foot: a grid around the anchors in which fences, walls, tracks, water and buildings are in the way,
//! and carriageways of large roads too, except where there is a gate, a crossing, an arch or a bridge.
//!
//! Lines are drawn so that cells of a line share edges: nobody slips through between two that touch at a corner only.
//! Costs spread from the anchors by Dial's algorithm (1969), Dijkstra's with buckets.

use super::plane::Xy;
use crate::segment;

/// The side of a cell in metres.
const CELL_M: f64 = 2.0;
/// The cost of a step to the side, and across a corner: ten units for a cell.
const STEP: u32 = 10;
const DIAGONAL: u32 = 14;
const BUCKETS: u32 = DIAGONAL + 1;
/// The most cells of a grid: a square of one kilometre.
const MAX_CELLS: usize = 250_000;
/// How far from its anchor a walk begins at most, in cells: doors lie in walls.
const DOORSTEP: usize = 2;
/// As many cells of an obstacle in a row as this are crossed by a way; more run along it.
const CROSSED: usize = 5;

/// What is in the way; one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Obstacle {
    /// Fences and walls: gates open them.
    Barrier = 1,
    /// A carriageway of a large road: crossings open it.
    Carriageway = 1 << 1,
    /// Arches open them.
    Building = 1 << 2,
    /// Tracks and water: every way that leads over them opens them.
    Nature = 1 << 3,
}

/// What blocks the rim.
const RIM: u8 = 1 << 7;

/// A cell, by its row in the grid.
type Cell = usize;

/// The grid, and how far each cell is from the nearest anchor. Around it is a rim of cells that nobody enters.
pub(super) struct WalkField {
    /// The corner of the cell in the second row and column.
    low: Xy,
    /// With the rim.
    width: usize,
    height: usize,
    blocked: Vec<u8>,
    cost: Vec<u32>,
}

impl WalkField {
    /// An empty grid over a box of the plane; what reaches beyond the bound on cells is cut off.
    pub(super) fn over(low: Xy, high: Xy) -> WalkField {
        let width = cells(high.x - low.x) + 2;
        let height = cells(high.y - low.y).min(MAX_CELLS / width) + 2;
        let mut blocked = vec![0; width * height];
        for (n, cell) in blocked.iter_mut().enumerate() {
            let (x, y) = (n % width, n / width);
            if x == 0 || y == 0 || x == width - 1 || y == height - 1 {
                *cell = RIM;
            }
        }
        WalkField {
            low,
            width,
            height,
            blocked,
            cost: vec![u32::MAX; width * height],
        }
    }

    /// Draws an obstacle.
    pub(super) fn block(&mut self, line: &[Xy], obstacle: Obstacle) {
        for cell in self.trace(line).into_iter().flatten() {
            self.blocked[cell] |= obstacle as u8;
        }
    }

    /// Opens an obstacle around a point.
    pub(super) fn open_at(&mut self, at: Xy, reach_m: f64, obstacle: Obstacle) {
        let reach = cells(reach_m);
        let Some(cell) = self.cell(at) else { return };
        let (x, y) = (cell % self.width, cell / self.width);
        for y in y.saturating_sub(reach).max(1)..=(y + reach).min(self.height - 2) {
            for x in x.saturating_sub(reach).max(1)..=(x + reach).min(self.width - 2) {
                self.blocked[y * self.width + x] &= !(obstacle as u8);
            }
        }
    }

    /// Opens obstacles where a way crosses them; where it runs along one, that stays.
    pub(super) fn open_along(&mut self, line: &[Xy], obstacle: Obstacle) {
        let bit = obstacle as u8;
        let mut run: Vec<Cell> = Vec::new();
        let traced = self.trace(line);
        for cell in traced.into_iter().chain(std::iter::once(None)) {
            match cell.filter(|c| self.blocked[*c] & bit != 0) {
                Some(cell) => run.push(cell),
                None => {
                    if run.len() <= CROSSED {
                        for cell in run.drain(..) {
                            self.blocked[cell] &= !bit;
                        }
                    }
                    run.clear();
                }
            }
        }
    }

    /// Spreads from anchors, each with a head start in metres that makes it less attractive.
    pub(super) fn spread(&mut self, anchors: impl IntoIterator<Item = (Xy, f64)>) {
        let mut buckets: Vec<Vec<Cell>> = (0..BUCKETS).map(|_| Vec::new()).collect();
        let mut due: Vec<Cell> = Vec::new();
        let mut starts: Vec<(u32, Cell)> = Vec::new();
        for (at, handicap_m) in anchors {
            let start = units(handicap_m);
            starts.extend(self.doorstep(at).into_iter().map(|(c, d)| (start + d, c)));
        }
        starts.sort_unstable();
        let mut starts = starts.into_iter().peekable();
        let Some((mut now, _)) = starts.peek().copied() else {
            return;
        };
        loop {
            while let Some((cost, cell)) = starts.next_if(|(cost, _)| *cost <= now) {
                if cost < self.cost[cell] {
                    self.cost[cell] = cost;
                    buckets[(now % BUCKETS) as usize].push(cell);
                }
            }
            std::mem::swap(&mut due, &mut buckets[(now % BUCKETS) as usize]);
            for cell in due.drain(..) {
                // One that was reached by a shorter way has been there.
                if self.cost[cell] == now {
                    self.relax(cell, &mut buckets);
                }
            }
            if buckets.iter().all(Vec::is_empty) {
                match starts.peek() {
                    Some((cost, _)) => now = now.max(*cost),
                    None => return,
                }
            } else {
                now += 1;
            }
        }
    }

    fn relax(&mut self, cell: Cell, buckets: &mut [Vec<Cell>]) {
        let from = self.cost[cell];
        for (next, step) in self.around(cell) {
            let cost = from + step;
            if cost < self.cost[next] && self.blocked[next] == 0 {
                self.cost[next] = cost;
                buckets[(cost % BUCKETS) as usize].push(next);
            }
        }
    }

    /// The free cells of an anchor: on both sides of the wall that it is a door of, whichever side its own cell lies on,
    /// but through nothing else.
    fn doorstep(&self, at: Xy) -> Vec<(Cell, u32)> {
        let Some(cell) = self.cell(at) else {
            return Vec::new();
        };
        let mut free = Vec::new();
        if self.blocked[cell] == 0 {
            free.push((cell, 0));
        }
        let mut reached = vec![(cell, 0)];
        for _ in 0..DOORSTEP {
            let mut next = Vec::new();
            for (cell, cost) in reached {
                for (neighbour, step) in self.around(cell) {
                    match self.blocked[neighbour] {
                        0 => free.push((neighbour, cost + step)),
                        b if b == Obstacle::Building as u8 => next.push((neighbour, cost + step)),
                        _ => {}
                    }
                }
            }
            reached = next;
        }
        free
    }

    /// The cells around a cell, with what a step there costs. None is outside: no cell of the rim is ever reached.
    fn around(&self, cell: Cell) -> [(Cell, u32); 8] {
        let width = self.width;
        [
            (cell - 1, STEP),
            (cell + 1, STEP),
            (cell - width, STEP),
            (cell + width, STEP),
            (cell - width - 1, DIAGONAL),
            (cell - width + 1, DIAGONAL),
            (cell + width - 1, DIAGONAL),
            (cell + width + 1, DIAGONAL),
        ]
    }

    /// Metres on foot from the nearest anchor, with its head start; `None` where nobody gets.
    pub(super) fn walk_m(&self, at: Xy) -> Option<f64> {
        let cost = self.cost[self.cell(at)?];
        (cost < u32::MAX).then(|| metres(cost))
    }

    /// The way on foot from a point back to its anchor: its corners.
    pub(super) fn path(&self, at: Xy) -> Vec<Xy> {
        let Some(mut cell) = self.cell(at) else {
            return Vec::new();
        };
        let mut path = vec![at];
        let mut step = 0;
        loop {
            let lower = self.around(cell).into_iter();
            let lower = lower.filter(|(c, _)| self.cost[*c] < self.cost[cell]);
            let next = lower.min_by_key(|(c, _)| self.cost[*c]).map(|(c, _)| c);
            let taken = next.map_or(0, |next| next.cast_signed() - cell.cast_signed());
            if taken != std::mem::replace(&mut step, taken) {
                path.push(self.middle(cell));
            }
            match next {
                Some(next) => cell = next,
                None => return path,
            }
        }
    }

    /// The cell in a row and column within the rim.
    fn inner(&self, x: usize, y: usize) -> Cell {
        (y + 1) * self.width + x + 1
    }

    fn middle(&self, cell: Cell) -> Xy {
        Xy {
            x: self.low.x + (float(cell % self.width) - 0.5) * CELL_M,
            y: self.low.y + (float(cell / self.width) - 0.5) * CELL_M,
        }
    }

    fn cell(&self, at: Xy) -> Option<Cell> {
        let (x, y) = (
            index(at.x - self.low.x, self.width - 2)?,
            index(at.y - self.low.y, self.height - 2)?,
        );
        Some(self.inner(x, y))
    }

    /// The cells of a line, one sharing an edge with the next (Amanatides and Woo, 1987); `None` where it leaves the
    /// grid.
    fn trace(&self, line: &[Xy]) -> Vec<Option<Cell>> {
        let mut cells: Vec<Option<Cell>> = Vec::new();
        for ends in line.windows(2) {
            let scaled = |p: Xy| ((p.x - self.low.x) / CELL_M, (p.y - self.low.y) / CELL_M);
            if let Some((from, to)) = self.clipped(scaled(ends[0]), scaled(ends[1])) {
                self.trace_segment(from, to, &mut cells);
            } else if cells.last() != Some(&None) {
                cells.push(None);
            }
        }
        cells
    }

    fn trace_segment(&self, from: (f64, f64), to: (f64, f64), cells: &mut Vec<Option<Cell>>) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let (mut x, mut y) = (from.0.floor(), from.1.floor());
        let (last_x, last_y) = (to.0.floor(), to.1.floor());
        // How much of the segment it takes to cross a cell, and to reach the next border.
        let per = |d: f64| {
            if d.abs() > 0.0 {
                1.0 / d.abs()
            } else {
                f64::INFINITY
            }
        };
        let reach = |v: f64, cell: f64, d: f64| {
            let room = if d > 0.0 { cell + 1.0 - v } else { v - cell };
            if d.abs() > 0.0 {
                room / d.abs()
            } else {
                f64::INFINITY
            }
        };
        let (mut next_x, mut next_y) = (reach(from.0, x, dx), reach(from.1, y, dy));
        let steps = (last_x - x).abs() + (last_y - y).abs();
        let mut left = index(steps * CELL_M, MAX_CELLS).unwrap_or_default();
        loop {
            let cell = index(x * CELL_M, self.width - 2)
                .zip(index(y * CELL_M, self.height - 2))
                .map(|(x, y)| self.inner(x, y));
            if cells.last() != Some(&cell) {
                cells.push(cell);
            }
            if left == 0 {
                return;
            }
            left -= 1;
            if next_x < next_y {
                x += dx.signum();
                next_x += per(dx);
            } else {
                y += dy.signum();
                next_y += per(dy);
            }
        }
    }

    /// The part of a segment, in cells, that lies in the grid.
    fn clipped(&self, from: (f64, f64), to: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
        let (width, height) = (float(self.width - 2) - 1e-6, float(self.height - 2) - 1e-6);
        let (enter, leave) = segment::clip((from, to), ((0.0, 0.0), (width, height)))?;
        let at = |share: f64| {
            (
                (from.0 + (to.0 - from.0) * share).clamp(0.0, width),
                (from.1 + (to.1 - from.1) * share).clamp(0.0, height),
            )
        };
        Some((at(enter), at(leave)))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the largest grid"
)]
fn cells(length_m: f64) -> usize {
    (length_m / CELL_M).ceil().clamp(1.0, 1e5) as usize
}

/// The cell in which a length ends; `None` outside.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
fn index(length_m: f64, count: usize) -> Option<usize> {
    let at = (length_m / CELL_M).floor();
    (at >= 0.0 && at < float(count)).then_some(at as usize)
}

#[expect(clippy::cast_precision_loss, reason = "a grid has few cells")]
fn float(n: usize) -> f64 {
    n as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a head start is small"
)]
fn units(length_m: f64) -> u32 {
    (length_m.clamp(0.0, 10_000.0) / CELL_M * f64::from(STEP)).round() as u32
}

fn metres(cost: u32) -> f64 {
    f64::from(cost) / f64::from(STEP) * CELL_M
}

#[cfg(test)]
mod tests {
    use super::super::plane::distance_to_line;
    use super::*;

    fn at(x: f64, y: f64) -> Xy {
        Xy { x, y }
    }

    /// A field of 100 m around the origin with a wall along x = 10 from y = -30 to 30.
    fn walled(open: impl FnOnce(&mut WalkField)) -> WalkField {
        let mut field = WalkField::over(at(-50.0, -50.0), at(50.0, 50.0));
        field.block(&[at(10.0, -30.0), at(10.0, 30.0)], Obstacle::Barrier);
        open(&mut field);
        field.spread([(at(0.5, 0.5), 0.0)]);
        field
    }

    #[track_caller]
    fn check(field: &WalkField, to: Xy, expect: std::ops::RangeInclusive<f64>) {
        let walk = field.walk_m(to).unwrap();
        assert!(expect.contains(&walk), "{walk}");
    }

    #[test]
    fn a_wall_is_walked_around_and_a_gate_is_walked_through() {
        let walled_in = walled(|_| {});
        check(&walled_in, at(-20.0, 0.0), 19.0..=22.0);
        check(&walled_in, at(20.0, 0.0), 62.0..=75.0);
        let gated = walled(|f| f.open_at(at(10.0, 0.0), 3.0, Obstacle::Barrier));
        check(&gated, at(20.0, 0.0), 19.0..=24.0);
        let path = gated.path(at(20.0, 0.0));
        assert!(distance_to_line(&path, at(10.0, 0.0)) < 4.0);
        assert!(path.last().unwrap().distance_m(at(0.5, 0.5)) < 4.0);
    }

    #[test]
    fn a_way_opens_what_it_crosses_and_not_what_it_runs_along() {
        let across = walled(|f| f.open_along(&[at(0.0, 5.0), at(30.0, 5.0)], Obstacle::Barrier));
        check(&across, at(20.0, 0.0), 19.0..=30.0);
        let along = walled(|f| f.open_along(&[at(10.0, -30.0), at(10.0, 30.0)], Obstacle::Barrier));
        check(&along, at(20.0, 0.0), 62.0..=75.0);
        let other = walled(|f| f.open_along(&[at(0.0, 5.0), at(30.0, 5.0)], Obstacle::Nature));
        check(&other, at(20.0, 0.0), 62.0..=75.0);
    }

    #[test]
    fn nobody_slips_through_a_slanting_ring_and_a_door_leads_out_of_its_wall() {
        let mut field = WalkField::over(at(-50.0, -50.0), at(50.0, 50.0));
        let ring = [
            at(-17.3, 2.1),
            at(3.7, 19.9),
            at(21.4, -5.2),
            at(-2.6, -22.3),
            at(-17.3, 2.1),
        ];
        field.block(&ring, Obstacle::Building);
        field.spread([(at(0.0, 0.0), 0.0)]);
        assert_eq!(field.walk_m(at(40.0, 40.0)), None);
        let door = ring[0].toward(ring[1], 0.5);
        field.spread([(door, 0.0)]);
        assert!(field.walk_m(at(40.0, 40.0)).unwrap() < 65.0);
    }

    #[test]
    fn points_outside_and_lines_that_leave_the_grid_do_no_harm() {
        let mut field = WalkField::over(at(-10.0, -10.0), at(10.0, 10.0));
        field.block(
            &[at(-500.0, 3.0), at(500.0, 3.0), at(500.0, 900.0)],
            Obstacle::Barrier,
        );
        field.spread([(at(0.0, 0.0), 0.0), (at(999.0, 0.0), 0.0)]);
        assert_eq!(field.walk_m(at(0.0, 8.0)), None);
        assert_eq!(field.walk_m(at(0.0, 80.0)), None);
        assert!(field.path(at(99.0, 0.0)).is_empty());
        assert!(field.walk_m(at(0.0, -8.0)).is_some());
    }
}
